package witness

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/ledger/entry"
)

const origin = "jiebang/330182"

// signer signs as a ledger of an origin.
func signer(name, seed string) (note.Signer, string) {
	skey, key, err := note.GenerateKey(strings.NewReader(strings.Repeat(seed, 64)), name)
	if err != nil {
		panic(err)
	}
	s, err := note.NewSigner(skey)
	if err != nil {
		panic(err)
	}
	return s, key
}

// member is a witness.
func member(name, seed string) *Signer {
	s, err := NewSigner(name, []byte(strings.Repeat(seed, 32)))
	if err != nil {
		panic(err)
	}
	return s
}

// tree is a ledger's tree that grows: leaf i of branch b differs from that of other branches from its fork on.
type tree struct {
	roots  []entry.Checkpoint // by size
	hashes []tlog.Hash
}

func grow(n int, leaf func(int) string) *tree {
	t, frontier := &tree{roots: []entry.Checkpoint{{Origin: origin, Root: entry.Frontier(nil).Root()}}}, entry.Frontier(nil)
	for i := range n {
		var stored []tlog.Hash
		frontier, stored = frontier.Append(int64(i), tlog.RecordHash([]byte(leaf(i))))
		t.hashes = append(t.hashes, stored...)
		t.roots = append(t.roots, entry.Checkpoint{Origin: origin, Size: int64(i + 1), Root: frontier.Root()})
	}
	return t
}

// request asks for the head of a size after an old one.
func (t *tree) request(s note.Signer, old, size int64) Request {
	checkpoint, err := t.roots[size].Sign(s)
	if err != nil {
		panic(err)
	}
	r := Request{Old: old, Checkpoint: checkpoint}
	if old > 0 && old <= size {
		r.Proof, err = tlog.ProveTree(size, old, tlog.HashReaderFunc(func(indexes []int64) (out []tlog.Hash, err error) {
			for _, i := range indexes {
				out = append(out, t.hashes[i])
			}
			return out, nil
		}))
		if err != nil {
			panic(err)
		}
	}
	return r
}

// TestJudge names each reason not to sign.
func TestJudge(t *testing.T) {
	home, key := signer(origin, "a")
	thief, _ := signer(origin, "b")
	stranger, _ := signer("jiebang/330127", "c")
	honest, forged := grow(9, func(i int) string { return fmt.Sprint(i) }), grow(9, func(i int) string { return fmt.Sprint(i + i/3*100) })
	away := grow(9, func(i int) string { return fmt.Sprint(i) })
	for i := range away.roots {
		away.roots[i].Origin = "jiebang/330127"
	}
	cut := honest.request(home, 4, 9)
	cut.Proof = cut.Proof[1:]
	stale := honest.request(home, 0, 4)
	stale.Proof = honest.request(home, 4, 9).Proof
	unreadable := honest.request(home, 4, 9)
	unreadable.Checkpoint = "hello\n\n" + unreadable.Checkpoint
	nothing, notEmpty := honest.request(home, 0, 0), grow(0, nil)
	notEmpty.roots[0].Root = tlog.RecordHash(nil)
	for _, c := range []struct {
		name string
		last int64
		r    Request
		want error
	}{
		{"the first", 0, honest.request(home, 0, 4), nil},
		{"the next", 4, honest.request(home, 4, 9), nil},
		{"the same again", 4, honest.request(home, 4, 4), nil},
		{"nothing at all", 0, nothing, nil},
		{"an unknown ledger", 0, away.request(stranger, 0, 4), ErrUnknown},
		{"another's signature", 4, honest.request(thief, 4, 9), ErrSignature},
		{"backwards", 9, honest.request(home, 9, 4), ErrOld},
		{"from another size", 4, honest.request(home, 5, 9), ErrConflict},
		{"from the beginning again", 4, honest.request(home, 0, 9), ErrConflict},
		{"history rewritten", 4, forged.request(home, 4, 9), ErrProof},
		{"the same size, another root", 4, forged.request(home, 4, 4), ErrProof},
		{"a proof cut short", 4, cut, ErrProof},
		{"a proof from nothing", 0, stale, ErrProof},
		{"nothing that is something", 0, notEmpty.request(home, 0, 0), ErrProof},
		{"no checkpoint", 4, unreadable, ErrRequest},
	} {
		last := func(string) entry.Checkpoint { return honest.roots[c.last] }
		if _, err := (Logs{origin: key}).Judge(c.r, last); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
}

// TestNeverTwo lets a ledger that lies ask for anything: all heads that a witness signs lie on one history.
func TestNeverTwo(t *testing.T) {
	home, key := signer(origin, "a")
	rapid.Check(t, func(t *rapid.T) {
		fork := rapid.IntRange(0, 12).Draw(t, "fork")
		branches := []*tree{grow(16, func(i int) string { return fmt.Sprint(i) }), grow(16, func(i int) string {
			if i >= fork {
				return fmt.Sprint("forged ", i)
			}
			return fmt.Sprint(i)
		})}
		var last entry.Checkpoint
		var signed []entry.Checkpoint
		for range rapid.IntRange(1, 20).Draw(t, "requests") {
			b := rapid.SampledFrom(branches).Draw(t, "branch")
			r := b.request(home, int64(rapid.IntRange(0, 16).Draw(t, "old")), int64(rapid.IntRange(0, 16).Draw(t, "size")))
			if rapid.Bool().Draw(t, "conforming") {
				r = b.request(home, last.Size, int64(rapid.IntRange(0, 16).Draw(t, "next")))
			}
			if next, err := (Logs{origin: key}).Judge(r, func(string) entry.Checkpoint { return last }); err == nil {
				last, signed = next, append(signed, next)
			}
		}
		on := func(b *tree) bool {
			for _, c := range signed {
				if b.roots[c.Size] != c {
					return false
				}
			}
			return true
		}
		if !on(branches[0]) && !on(branches[1]) {
			t.Fatalf("signed on two histories: %v", signed)
		}
	})
}

// TestRequest reads what it writes, and nothing that is written otherwise.
func TestRequest(t *testing.T) {
	home, _ := signer(origin, "a")
	body := string(grow(9, func(i int) string { return fmt.Sprint(i) }).request(home, 4, 9).Encode())
	if r, err := ParseRequest([]byte(body)); err != nil || string(r.Encode()) != body {
		t.Fatalf("got %v %v", r, err)
	}
	for _, bad := range []string{"", "\n\n", "old 04" + body[5:], "old -1" + body[5:], "size 4" + body[5:], "old 4\nAAAA" + body[5:], strings.Replace(body, "\n\n", "\n", 1)[:20],
		"old 4\n" + strings.Repeat("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 64) + "\n"} {
		if r, err := ParseRequest([]byte(bad)); err == nil {
			t.Errorf("%q is read as %v", bad, r)
		}
	}
}

// TestCosignatureIsForever pins the bytes of a cosignature and of a witness's key.
func TestCosignatureIsForever(t *testing.T) {
	s := member("witness.example/w1", "w")
	text := "jiebang/330182\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	const key = "witness.example/w1+773a6c12+BMhTrQ8M0rYZrqks7sT9VqJNZJnVhM55JX5Fz9gTm2Cn"
	const line = "— witness.example/w1 dzpsEgAAAABlU/EAVAL/E1DiRuGN8CUMOk/gZkitQdGrQV0NB7o1MXb4l3Wd9YazitNn74CLNFF0SboqoJNNEqbbi+1n1eX5HjqtDA==\n"
	if got := s.String(); got != key {
		t.Errorf("got key %s, want %s", got, key)
	}
	if got := s.Cosign(text, time.Unix(1_700_000_000, 0)); got != line {
		t.Errorf("got %q, want %q", got, line)
	}
}

// TestPolicy counts each witness once, whatever it signs.
func TestPolicy(t *testing.T) {
	home, key := signer(origin, "a")
	one, two, three, stranger := member("w.example/1", "1"), member("w.example/2", "2"), member("w.example/3", "3"), member("w.example/4", "4")
	file := fmt.Sprintf("# 见证\nlog %s\nwitness 审计局 %s\nwitness 大学 %s https://w.example/2/\n\twitness  公证处 %s\ngroup 三取二 2 审计局 大学 公证处\nquorum 三取二\n", key, one, two, three)
	p, err := ParsePolicy(file)
	if err != nil {
		t.Fatal(err)
	}
	if p.Logs[0] != key || p.Witnesses[1].URL != "https://w.example/2" || p.Witnesses[2].Name != "公证处" {
		t.Errorf("got %+v", p)
	}
	checkpoint, err := grow(3, func(i int) string { return fmt.Sprint(i) }).roots[3].Sign(home)
	if err != nil {
		t.Fatal(err)
	}
	by := func(signers ...*Signer) string {
		s := checkpoint
		for i, w := range signers {
			s += w.Cosign(Text(checkpoint), time.Unix(1_700_000_000+int64(i), 0))
		}
		return s
	}
	for _, c := range []struct {
		name  string
		note  string
		count int
		met   bool
	}{
		{"nobody", by(), 0, false}, {"one", by(one), 1, false}, {"one twice", by(one, one, one), 1, false}, {"one and a stranger", by(one, stranger), 1, false},
		{"two", by(three, one), 2, true}, {"all", by(three, one, two, stranger), 3, true},
	} {
		if found, met, err := p.Check(c.note); err != nil || met != c.met || len(found) != c.count {
			t.Errorf("%s: got %d %v %v, want %d %v", c.name, len(found), met, err, c.count, c.met)
		}
	}
	forged := strings.Replace(by(one, two), "\n3\n", "\n4\n", 1)
	if _, met, err := p.Check(forged); err == nil || met {
		t.Error("cosignatures of another text count")
	}
	other := checkpoint + strings.Replace(one.Cosign(Text(checkpoint), time.Unix(1, 0)), "w.example/1", "w.example/2", 1)
	if found, met, err := p.Check(other); err != nil || met || len(found) != 0 {
		t.Errorf("a signature under another's name: got %v %v %v", found, met, err)
	}
}

// TestPolicyFiles refuses what is no policy, most of all what would count somebody twice.
func TestPolicyFiles(t *testing.T) {
	_, key := signer(origin, "a")
	one, again, two := member("w.example/1", "1"), member("w.example/again", "1"), member("w.example/2", "2")
	ws := fmt.Sprintf("witness a %s\nwitness b %s\n", one, two)
	for name, c := range map[string]struct {
		file string
		ok   bool
	}{
		"none": {"quorum none\n", true}, "a witness": {ws + "quorum b\n", true}, "groups": {ws + "group g any a\ngroup h all g b\nquorum h\n", true},
		"no quorum": {ws, false}, "two quorums": {ws + "quorum a\nquorum b\n", false}, "a key twice": {ws + "witness c " + again.String() + "\nquorum a\n", false},
		"a name twice": {ws + "witness a " + again.String() + "\nquorum a\n", false}, "a member twice": {ws + "group g 2 a a\nquorum g\n", false},
		"a member of two groups": {ws + "group g any a\ngroup h 2 g a\nquorum h\n", false}, "nobody": {ws + "group g 0 a\nquorum g\n", false},
		"more than there are": {ws + "group g 3 a b\nquorum g\n", false}, "later": {"quorum a\n" + ws, false}, "none as a member": {ws + "group g any none\nquorum g\n", false},
		"a ledger's key": {"witness a " + key + "\nquorum a\n", false}, "a witness's key": {"log " + one.String() + "\nquorum none\n", false},
		"a ledger twice": {"log " + key + "\nlog " + key + "\nquorum none\n", false}, "words": {"trust everyone\nquorum none\n", false},
		"upper case": {"witness a " + strings.Replace(one.String(), "+", "+A", 1) + "\nquorum a\n", false},
	} {
		if _, err := ParsePolicy(c.file); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrPolicy) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
