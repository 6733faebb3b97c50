package seal

import (
	"errors"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/money"
)

const (
	bidder = "organizations/o330182-0123456789abcdef"
	rival  = "organizations/o330182-fedcba9876543210"
)

// world is a demand whose bids are sealed, and all that its custodians hold.
type world struct {
	rand       chance.Source
	terms      Terms
	identities []*Identity
}

// newWorld has n custodians, t of whom open; with one it is at level S0.
func newWorld(t testing.TB, seed string, threshold, n int) *world {
	t.Helper()
	w := &world{rand: chance.Seeded(seed)}
	w.terms = Terms{Demand: "demands/d330182-0123456789abcdef", Digest: Sum([]byte("terms")), Level: Custodians, Threshold: threshold,
		Deadline: time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)}
	if n == 1 {
		w.terms.Level = Platform
	}
	for range n {
		i, err := NewIdentity(w.rand)
		if err != nil {
			t.Fatal(err)
		}
		w.identities = append(w.identities, i)
		w.terms.Recipients = append(w.terms.Recipients, i.Recipient())
	}
	return w
}

// sealed is an envelope of p and its key.
func (w *world) sealed(t testing.TB, p Plain) (*Envelope, Key) {
	t.Helper()
	key, err := NewKey(w.rand)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Seal(w.rand, key, w.terms, Whole, p)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Check(w.terms); err != nil {
		t.Fatal(err)
	}
	return e, key
}

// shares are what the custodians at places give.
func (w *world) shares(t testing.TB, e *Envelope, places ...int) (shares []Share) {
	t.Helper()
	for _, i := range places {
		s, err := OpenStanza(w.identities[i], e)
		if err != nil {
			t.Fatal(err)
		}
		shares = append(shares, s)
	}
	return shares
}

// expected is what an honest ledger says of e.
func (w *world) expected(e *Envelope) Expected {
	return Expected{Digest: Sum(e.Encode()), Terms: w.terms, Organization: bidder, Submission: 3}
}

// subsets are all sets of k of n places.
func subsets(n, k int) (all [][]int) {
	for mask := range 1 << n {
		var set []int
		for i := range n {
			if mask>>i&1 == 1 {
				set = append(set, i)
			}
		}
		if len(set) == k {
			all = append(all, set)
		}
	}
	return all
}

// small is a bid with little in it.
func small() Plain {
	amount := money.Fen(41_800_000)
	return Plain{Organization: bidder, Submission: 3, Amount: &amount, Proposal: "硬脂酸干法包覆"}
}

// full is a bid with something in every field.
func full() Plain {
	p := small()
	p.Answers = []Answer{{"吸油值", "≤35 mL/100g", "按 GB/T 5211.15 第三方检测"}, {"白度", "≥93", ""}}
	p.Milestones = []Milestone{{"小试", "2027-06-30", "样品 5 kg"}, {"中试", "2027-12-31", "工艺包\n检测报告"}}
	p.Team = []Person{{"张三", "教授", "负责人"}, {"李四", "", "中试"}}
	p.Consortium = []Member{{bidder, 7000, "研发"}, {rival, 3000, "中试"}}
	p.Commitment = "本单位承诺所填内容真实"
	p.Attachments = []Attachment{{"检测报告.pdf", 1 << 20, Sum([]byte("file")), "a1"}}
	return p
}

// refused wants err to be want and to convict whom.
func refused(t testing.TB, err error, want *fault.Fault, whom Blame) {
	t.Helper()
	if !errors.Is(err, want) || BlameOf(err) != whom {
		t.Errorf("got %v, fault of %q; want %s, of %q", err, BlameOf(err), want.Reason, whom)
	}
}
