package entry_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/ledger/entry"
)

var signed = entry.Entry{
	Jurisdiction: "330182", Sequence: 17, Time: time.Date(2024, 2, 26, 1, 2, 3, 4000, time.UTC), Kind: "contract.activated",
	Subject: "contracts/c330182-0123456789abcdef", Organization: "organizations/o330182-0123456789abcdef", Actor: "t330182-0123456789abcdef",
	Request: "6f0c3f3e-3f0e-4d3e-9d55-0a4a9f7f0c11",
	Row:     entry.Row{{Name: "state", Value: "active"}, {Name: "title", Value: "碳酸钙\n改性"}, {Name: "total_fen", Value: "41800000"}},
}

// TestEncodeIsForever pins the bytes and the hash of an entry. A ledger that was written by any version must verify in every later one.
func TestEncodeIsForever(t *testing.T) {
	const want = "jiebang entry 1\n" +
		"jurisdiction 6 330182\nsequence 2 17\ntime 27 2024-02-26T01:02:03.000004Z\nkind 18 contract.activated\n" +
		"subject 34 contracts/c330182-0123456789abcdef\norganization 38 organizations/o330182-0123456789abcdef\n" +
		"actor 24 t330182-0123456789abcdef\nrequest 36 6f0c3f3e-3f0e-4d3e-9d55-0a4a9f7f0c11\n" +
		"row.state 6 active\nrow.title 16 碳酸钙\n改性\nrow.total_fen 8 41800000\n"
	if got := string(signed.Encode()); got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
	leaf := entry.Leaf(bytes.Repeat([]byte{7}, entry.SaltSize), signed.Encode())
	if got := hex.EncodeToString(leaf[:]); got != pinnedLeaf {
		t.Errorf("got leaf %s, want %s", got, pinnedLeaf)
	}
}

const pinnedLeaf = "4e245e7d20f7d3a1e030d7d44db076e218990fd956525603cad255b8804271f9"

func TestDecode(t *testing.T) {
	got, err := entry.Decode(signed.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(&signed, got); d != "" {
		t.Error(d)
	}
}

// TestOneEncoding makes sure that an entry has one encoding and a text stands for one entry.
func TestOneEncoding(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		e := draw(r)
		decoded, err := entry.Decode(e.Encode())
		if err != nil {
			r.Fatal(err)
		}
		if !bytes.Equal(decoded.Encode(), e.Encode()) {
			r.Fatal("decoding and encoding changes the bytes")
		}
		other := draw(r)
		if bytes.Equal(other.Encode(), e.Encode()) != (cmp.Diff(other, e) == "") {
			r.Fatal("two entries, one encoding")
		}
	})
}

func draw(r *rapid.T) *entry.Entry {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("a 0\n碳=.")), 0, 6, -1)
	e := &entry.Entry{Jurisdiction: text.Draw(r, "j"), Sequence: rapid.Int64Range(0, 1<<40).Draw(r, "seq"),
		Time: time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(r, "time")).UTC(), Kind: text.Draw(r, "kind"), Subject: text.Draw(r, "subject"),
		Organization: text.Draw(r, "org"), Actor: text.Draw(r, "actor"), Request: text.Draw(r, "request")}
	for _, name := range []string{"a", "b", "c"} {
		if rapid.Bool().Draw(r, name) {
			e.Row = append(e.Row, entry.Column{Name: name, Value: text.Draw(r, "value")})
		}
	}
	return e
}

func TestDecodeRefuses(t *testing.T) {
	good := string(signed.Encode())
	for name, bad := range map[string]string{
		"another format":       strings.Replace(good, "entry 1", "entry 2", 1),
		"a field missing":      strings.Replace(good, "actor 24 t330182-0123456789abcdef\n", "", 1),
		"fields exchanged":     strings.Replace(strings.Replace(good, "actor 24", "x", 1), "request 36", "actor 36", 1),
		"a wrong length":       strings.Replace(good, "kind 18", "kind 17", 1),
		"a length with a zero": strings.Replace(good, "kind 18", "kind 018", 1),
		"a sequence with plus": strings.Replace(good, "sequence 2 17", "sequence 3 +17", 1),
		"a negative sequence":  strings.Replace(good, "sequence 2 17", "sequence 2 -1", 1),
		"a time of another zone": strings.Replace(good, "time 27 2024-02-26T01:02:03.000004Z",
			"time 32 2024-02-26T09:02:03.000004+08:00", 1),
		"columns out of order": strings.Replace(good, "row.state", "row.z", 1),
		"a column twice":       strings.Replace(good, "row.title 16 碳酸钙\n改性", "row.state 6 active", 1),
		"not UTF-8":            strings.Replace(good, "active", "act\xffve", 1),
		"an end missing":       strings.TrimSuffix(good, "\n"),
		"something after":      good + "x",
		"nothing":              "",
	} {
		if e, err := entry.Decode([]byte(bad)); err == nil {
			t.Errorf("%s: accepted as %+v", name, e)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(signed.Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, err := entry.Decode(b); err == nil && !bytes.Equal(e.Encode(), b) {
			t.Errorf("accepted %q, which is not what the entry encodes to: %q", b, e.Encode())
		}
	})
}

// TestFrontier compares the frontier and the stored hashes with those of tlog for every size.
func TestFrontier(t *testing.T) {
	var frontier entry.Frontier
	var stored []tlog.Hash
	leaves := map[int64][]tlog.Hash{}
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, i := range indexes {
			hashes = append(hashes, stored[i])
		}
		return hashes, nil
	})
	own := entry.HashReader(func(want []int64) (map[int64][]tlog.Hash, error) { return leaves, nil })
	for n := range int64(130) {
		record := []byte{byte(n)}
		hashes, err := tlog.StoredHashes(n, record, reader)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, hashes...)
		var completed []tlog.Hash
		frontier, completed = frontier.Append(n, tlog.RecordHash(record))
		leaves[n] = completed
		if d := cmp.Diff(hashes, completed); d != "" {
			t.Fatalf("leaf %d: %s", n, d)
		}
		want, err := tlog.TreeHash(n+1, reader)
		if err != nil || frontier.Root() != want {
			t.Fatalf("size %d: got root %v, want %v (%v)", n+1, frontier.Root(), want, err)
		}
		if got, err := tlog.TreeHash(n+1, own); err != nil || got != want {
			t.Fatalf("size %d: read back %v, want %v (%v)", n+1, got, want, err)
		}
	}
	if got, want := (entry.Frontier{}).Root(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; got.String() != want {
		t.Errorf("empty tree: got %s, want %s", got, want)
	}
}

// TestSubject reads the subject of an entry alone, whatever the other fields hold, and nothing from what is not an entry.
func TestSubject(t *testing.T) {
	for _, e := range []entry.Entry{{Subject: "demands/d1"}, {Kind: "subject 3 abc\n", Subject: "contracts/c1"}, {}} {
		if got, err := entry.Subject(e.Encode()); err != nil || got != e.Subject {
			t.Errorf("got %q and %v, want %q", got, err, e.Subject)
		}
	}
	whole := (&entry.Entry{Subject: "demands/d1"}).Encode()
	for _, bad := range [][]byte{nil, whole[1:], whole[:30]} {
		if got, err := entry.Subject(bad); err == nil {
			t.Errorf("%q: got %q", bad, got)
		}
	}
}
