package replay_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/reporting/replay"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// bundle is an exported ledger in parts, so that a test can forge it.
type bundle struct {
	header  entry.Header
	entries []entry.Sealed
}

// export exports the ledger of a market as its auditor does.
func export(t *testing.T, m *markettest.Market) bundle {
	t.Helper()
	head, err := m.Ledgers.GetLedger(m.Bureau.Ctx(), &pb.GetLedgerRequest{Name: "ledgers/330182"})
	if err != nil {
		t.Fatal(err)
	}
	checkpoint, err := m.Ledgers.GetCheckpoint(m.Bureau.Ctx(), &pb.GetCheckpointRequest{Name: "ledgers/330182/checkpoint"})
	if err != nil {
		t.Fatal(err)
	}
	page, err := m.Ledgers.ListEntries(m.Bureau.Ctx(), &pb.ListEntriesRequest{Parent: "ledgers/330182", PageSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	b := bundle{header: entry.Header{Jurisdiction: "330182", Origin: head.GetOrigin(), VerifierKey: head.GetVerifierKey(), Checkpoint: checkpoint.GetNote()}}
	for _, e := range page.GetEntries() {
		b.entries = append(b.entries, entry.Sealed{Salt: e.GetSalt(), Body: string(e.GetBody()), Hash: e.GetEntryHash()})
	}
	return b
}

func (b bundle) verify(t *testing.T, o replay.Options) *replay.Report {
	t.Helper()
	var file bytes.Buffer
	w, err := entry.NewBundleWriter(&file, b.header)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range b.entries {
		if err := w.Write(e.Salt, []byte(e.Body), e.Hash); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := replay.Verify(&file, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rewrite changes the body of an entry as one would who keeps the server's own key: salt, hash and all that follow fit.
func (b bundle) rewrite(i int, change func(string) string) bundle {
	b.entries = append([]entry.Sealed{}, b.entries...)
	e := b.entries[i]
	e.Body = change(e.Body)
	leaf := entry.Leaf(e.Salt, []byte(e.Body))
	e.Hash = leaf[:]
	b.entries[i] = e
	return b
}

// find is the place of the n-th entry of a kind.
func (b bundle) find(t *testing.T, kind string) int {
	t.Helper()
	for i, e := range b.entries {
		if strings.Contains(e.Body, " "+kind+"\n") {
			return i
		}
	}
	t.Fatalf("no entry of kind %s", kind)
	return 0
}

// told opens a market, tells the main story, and exports it.
func told(t *testing.T) (bundle, *markettest.Market) {
	t.Helper()
	m := markettest.Open(t, storagetest.SQLite(t))
	firm, one, two := m.Firm(), m.University(), m.University()
	d := m.Publish(firm, time.Hour)
	first := m.Bid(one, d, 418_000)
	m.Bid(two, d, 450_000)
	k := m.Contract(firm, m.Award(firm, m.Close(firm, d), first))
	m.Sign(one, m.Sign(firm, k))
	return export(t, m), m
}

// TestForgeries rewrites entries so that hashes fit: what cannot have happened is named all the same.
func TestForgeries(t *testing.T) {
	b, _ := told(t)
	if r := b.verify(t, replay.Options{}); len(r.Problems) > 0 || r.ContractsSigned != 1 || r.Amount != 41_800_000 || r.DemandsPublished != 1 {
		t.Fatalf("the honest bundle: %+v", r)
	}
	replace := func(old, new string) func(string) string {
		return func(body string) string { return strings.Replace(body, old, new, 1) }
	}
	for _, test := range []struct {
		name, kind string
		change     func(string) string
		want       string
	}{
		{"a larger total at the signature", "contract.activated", replace("row.total_fen 8 41800000", "row.total_fen 8 51800000"), "合同定稿后内容或金额被改动"},
		{"a total of nothing", "contract.drafted", replace("row.total_fen 8 41800000", "row.total_fen 1 0"), "金额"},
		{"a bid after the deadline", "bid.submitted", replace("time 27 2026-03-02T04:00", "time 27 2026-03-02T06:00"), "需求当时不接受揭榜"},
		{"an opened bid of another amount", "bid.opened", replace("row.amount_fen 8 4", "row.amount_fen 8 1"), "信封不符"},
		{"an award to a bid that is not there", "demand.awarded", replace("row.winning_bid_id 24 b330182-", "row.winning_bid_id 24 b330183-"), "未曾开启"},
		{"two versions at once", "demand.published", replace("row.version 1 2", "row.version 1 3"), "版本"},
		{"a demand that changes after publication", "demand.closed", replace("row.title 27 超细", "row.title 27 超粗"), "内容被改动"},
		{"an unknown kind", "demand.published", replace("kind 16 demand.published", "kind 16 demand.publishex"), "状态不能由"},
		{"a skipped state", "contract.proposed", replace("row.state 17 pending_signature", "row.state 6 active"), "状态不能由"},
		{"another ledger's entry", "demand.published", replace("jurisdiction 6 330182", "jurisdiction 6 330127"), "不属于本行政区"},
	} {
		i := b.find(t, test.kind)
		r := b.rewrite(i, test.change).verify(t, replay.Options{})
		if !names(r, int64(i), test.want) {
			t.Errorf("%s: got %v, want entry %d: %s", test.name, r.Problems, i, test.want)
		}
		if !names(r, -1, "树根") {
			t.Errorf("%s: the root fits", test.name)
		}
	}
}

func names(r *replay.Report, sequence int64, text string) bool {
	for _, p := range r.Problems {
		if p.Sequence == sequence && strings.Contains(p.Text, text) {
			return true
		}
	}
	return false
}

// TestBundles cuts, doubles and reorders a bundle, and signs it with another key.
func TestBundles(t *testing.T) {
	b, m := told(t)
	cut, doubled, turned := b, b, b
	cut.entries = append(append([]entry.Sealed{}, b.entries[:5]...), b.entries[6:]...)
	doubled.entries = append(append([]entry.Sealed{}, b.entries[:6]...), b.entries[5:]...)
	turned.entries = append([]entry.Sealed{}, b.entries...)
	turned.entries[5], turned.entries[6] = turned.entries[6], turned.entries[5]
	for name, test := range map[string]struct {
		b    bundle
		at   int64
		want string
	}{
		"an entry missing":      {cut, 5, "序号应为 5"},
		"an entry twice":        {doubled, 6, "序号应为 6"},
		"two entries exchanged": {turned, 5, "序号应为 5"},
		"the end missing":       {bundle{b.header, b.entries[:10]}, -1, "检查点有"},
		"another checkpoint":    {bundle{entry.Header{Jurisdiction: "330182", Origin: b.header.Origin, VerifierKey: b.header.VerifierKey, Checkpoint: strings.Replace(b.header.Checkpoint, "jiebang", "jiebanf", 1)}, b.entries}, -1, "签名无效"},
	} {
		if r := test.b.verify(t, replay.Options{}); !names(r, test.at, test.want) {
			t.Errorf("%s: got %v, want entry %d: %s", name, r.Problems, test.at, test.want)
		}
	}
	other := export(t, markettest.Open(t, storagetest.SQLite(t)))
	if r := b.verify(t, replay.Options{TrustedKey: other.header.VerifierKey}); !names(r, -1, "不是审计人掌握的公钥") {
		t.Errorf("another trusted key: %v", r.Problems)
	}
	if _, err := replay.Verify(failing{}, replay.Options{}); err == nil {
		t.Error("a file that cannot be read is no error")
	}
	if r, err := replay.Verify(strings.NewReader("{}\n"), replay.Options{}); err != nil || len(r.Problems) == 0 {
		t.Errorf("no bundle at all: %v %v", r, err)
	}
	sealedBids(t, m)
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.Join(io.ErrUnexpectedEOF) }

// sealedBids exports while bids are sealed: they are hashes, the tree fits, and after the opening the whole is there.
func sealedBids(t *testing.T, m *markettest.Market) {
	t.Helper()
	firm, one := m.Firm(), m.University()
	d := m.Publish(firm, time.Hour)
	m.Bid(one, d, 1)
	if r := export(t, m).verify(t, replay.Options{}); len(r.Problems) > 0 || r.Withheld != 2 {
		t.Errorf("while sealed: %d withheld, %v", r.Withheld, r.Problems)
	}
	m.Close(firm, d)
	if r := export(t, m).verify(t, replay.Options{}); len(r.Problems) > 0 || r.Withheld != 0 {
		t.Errorf("after the opening: %d withheld, %v", r.Withheld, r.Problems)
	}
}
