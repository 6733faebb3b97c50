package bundles

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/jiebang/jiebang/services/ledger/entry"
)

// File is the bundle as it is written.
func (b *Bundle) File() []byte {
	var file bytes.Buffer
	w := must(entry.NewBundleWriter(&file, b.Header))
	for _, e := range b.Entries {
		if err := w.Write(e.Salt, []byte(e.Body), e.Hash); err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return file.Bytes()
}

// clone is a bundle whose entries may be changed.
func (b *Bundle) clone() *Bundle {
	return &Bundle{b.Header, slices.Clone(b.Entries), b.seed}
}

// mutation makes another file of a bundle.
type mutation struct {
	name   string
	signed bool // again, with the ledger's own key: the file may be a ledger that could have been
	make   func(b *Bundle, file []byte, r *rand.Rand) []byte
}

var mutations = []mutation{
	{"flip", false, flip}, {"flip", false, flip}, {"flip", false, flip}, {"bytes", false, insertOrDelete}, {"lines", false, lines}, {"number", false, number}, {"cut", false, cut},
	{"body", false, func(b *Bundle, _ []byte, r *rand.Rand) []byte { return b.edit(r).File() }},
	{"checkpoint", true, checkpoint}, {"resigned edit", true, func(b *Bundle, _ []byte, r *rand.Rand) []byte { return b.edit(r).sign().File() }},
	{"resigned edits", true, func(b *Bundle, _ []byte, r *rand.Rand) []byte { return b.edit(r).edit(r).edit(r).sign().File() }},
	{"resigned bytes", true, func(b *Bundle, _ []byte, r *rand.Rand) []byte { return b.scribble(r).sign().File() }},
	{"resigned order", true, func(b *Bundle, _ []byte, r *rand.Rand) []byte { return b.reorder(r).sign().File() }},
}

func flip(_ *Bundle, file []byte, r *rand.Rand) []byte {
	file = bytes.Clone(file)
	for range 1 + r.IntN(2) {
		file[r.IntN(len(file))] ^= 1 << r.IntN(8)
	}
	return file
}

func insertOrDelete(_ *Bundle, file []byte, r *rand.Rand) []byte {
	at := r.IntN(len(file))
	if r.IntN(2) == 0 {
		return slices.Delete(bytes.Clone(file), at, at+1)
	}
	return slices.Insert(bytes.Clone(file), at, []byte{'\r', '\n', ' ', '0', '"', 'A', 0}[r.IntN(7)])
}

// lines swaps, deletes, doubles or moves lines.
func lines(_ *Bundle, file []byte, r *rand.Rand) []byte {
	all := bytes.SplitAfter(file, []byte("\n"))
	all = all[:len(all)-1]
	i, j := r.IntN(len(all)), r.IntN(len(all))
	switch r.IntN(4) {
	case 0:
		all[i], all[j] = all[j], all[i]
	case 1:
		all = slices.Delete(all, i, i+1)
	case 2:
		all = slices.Insert(all, j, all[i])
	case 3:
		line := all[i]
		all = slices.Delete(all, i, i+1)
		all = slices.Insert(all, min(j, len(all)), line)
	}
	return bytes.Join(all, nil)
}

// number changes a digit.
func number(_ *Bundle, file []byte, r *rand.Rand) []byte {
	file = bytes.Clone(file)
	for range 1000 {
		if at := r.IntN(len(file)); file[at] >= '0' && file[at] <= '9' {
			file[at] = byte('0' + r.IntN(10))
			break
		}
	}
	return file
}

func cut(_ *Bundle, file []byte, r *rand.Rand) []byte { return bytes.Clone(file[:r.IntN(len(file))]) }

// checkpoint changes the signed note, the key or the names in the header, which stay well written.
func checkpoint(b *Bundle, _ []byte, r *rand.Rand) []byte {
	b = b.clone()
	h := &b.Header
	text, signature, _ := strings.Cut(h.Checkpoint, "\n\n")
	parts := strings.SplitN(h.VerifierKey, "+", 3)
	switch r.IntN(10) {
	case 0:
		h.Checkpoint += signature
	case 1:
		h.Checkpoint += "— witness.example/w " + base64.StdEncoding.EncodeToString([]byte("a signature of another key")) + "\n"
	case 2:
		h.Checkpoint += "— witness.example/w " + []string{"", "AAAA", "AAAAAA", "AAAAAB==", "AAAAAAA="}[r.IntN(5)] + "\n"
	case 3:
		h.Checkpoint = text + "\nextension\n\n" + signature
	case 4:
		h.VerifierKey = parts[0] + "+" + strings.ToUpper(parts[1]) + "+" + parts[2]
	case 5:
		h.Checkpoint = strings.Replace(h.Checkpoint, "=\n", []string{"\n", "==\n", " =\n", "=\n\n"}[r.IntN(4)], 1+r.IntN(2))
	case 6:
		h.Origin = "jiebang/330127"
	case 7:
		h.Jurisdiction = "330127"
	case 8:
		at := r.IntN(len(h.Checkpoint))
		h.Checkpoint = h.Checkpoint[:at] + string(rune(r.IntN(0x3000))) + h.Checkpoint[at:]
	case 9:
		h.VerifierKey = strings.Replace(h.VerifierKey, "+A", []string{"+B", "+ A", "++A", "+"}[r.IntN(4)], 1)
	}
	return b.File()
}

// sign signs the head of the entries as they are, as one would who keeps the server.
func (b *Bundle) sign() *Bundle {
	b = b.clone()
	key := ed25519.NewKeyFromSeed(b.seed)
	skey := must(note.NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%s+%s", b.Header.Origin, strings.Split(b.Header.VerifierKey, "+")[1],
		base64.StdEncoding.EncodeToString(append([]byte{1}, key.Seed()...)))))
	var frontier entry.Frontier
	for i, e := range b.Entries {
		leaf := entry.Leaf(e.Salt, []byte(e.Body))
		if e.Withheld() && len(e.Hash) == len(leaf) {
			leaf = [32]byte(e.Hash)
		}
		frontier, _ = frontier.Append(int64(i), leaf)
	}
	b.Header.Checkpoint = must(entry.Checkpoint{Origin: b.Header.Origin, Size: int64(len(b.Entries)), Root: frontier.Root()}.Sign(skey))
	return b
}

// set changes the body of an entry, and its hash with it.
func (b *Bundle) set(i int, body string) {
	leaf := entry.Leaf(b.Entries[i].Salt, []byte(body))
	b.Entries[i].Body, b.Entries[i].Hash = body, leaf[:]
}

// readable is an entry that is not withheld.
func (b *Bundle) readable(r *rand.Rand) (int, *entry.Entry) {
	for {
		i := r.IntN(len(b.Entries))
		if e, err := entry.Decode([]byte(b.Entries[i].Body)); err == nil {
			return i, e
		}
	}
}

// values that a column may be changed to, beside those of other entries.
var values = []string{"", "0", "-1", "1", "+1", "01", "true", "false", "draft", "published", "evaluating", "opened", "won", "active", "listed", "withdrawn", "verified", "closed", "expert", "no_bids", "terminated",
	"2026-03-02T04:00:00.000000Z", "2026-13-02T04:00:00.000000Z", "2026-03-02T04:00:00,000000Z", "2026-02-29", "2024-02-29", "9223372036854775807", "9223372036854775808", "1000000000000000", "1000000000000001", "00ff", "00FF", "0g", "揭榜"}

// edit changes one thing in one entry, whose encoding stays right.
func (b *Bundle) edit(r *rand.Rand) *Bundle {
	b = b.clone()
	i, e := b.readable(r)
	_, other := b.readable(r)
	switch r.IntN(9) {
	case 0:
		e.Kind = other.Kind
	case 1:
		e.Subject = other.Subject
	case 2:
		e.Time = e.Time.Add(time.Duration(r.IntN(7201)-3600) * time.Second)
	case 3:
		e.Sequence += int64(r.IntN(3) - 1)
	case 4:
		e.Row = other.Row
	default:
		if len(e.Row) > 0 {
			e.Row = change(e.Row, other, r)
		}
	}
	b.set(i, string(e.Encode()))
	return b
}

// change changes, takes away or adds a column.
func change(row entry.Row, other *entry.Entry, r *rand.Rand) entry.Row {
	row = slices.Clone(row)
	c := &row[r.IntN(len(row))]
	switch r.IntN(5) {
	case 0:
		name := c.Name
		return slices.DeleteFunc(row, func(c entry.Column) bool { return c.Name == name })
	case 1:
		c.Value = values[r.IntN(len(values))]
	case 2:
		if v, ok := other.Row.Get(c.Name); ok {
			c.Value = v
		}
	case 3:
		if n, err := strconv.ParseInt(c.Value, 10, 64); err == nil {
			c.Value = strconv.FormatInt(n+int64(r.IntN(3)-1), 10)
		}
	case 4:
		if len(other.Row) > 0 {
			added := other.Row[r.IntN(len(other.Row))]
			if _, there := row.Get(added.Name); !there {
				row = append(row, added)
				slices.SortFunc(row, func(a, b entry.Column) int { return strings.Compare(a.Name, b.Name) })
			}
		}
	}
	return row
}

// scribble changes the bytes of a body, which may leave no encoding at all.
func (b *Bundle) scribble(r *rand.Rand) *Bundle {
	b = b.clone()
	i, _ := b.readable(r)
	body := []rune(b.Entries[i].Body)
	at := r.IntN(len(body))
	switch r.IntN(4) {
	case 0:
		body[at] = []rune{'\n', ' ', '0', '1', 'a', 0, 0x2028, '揭', 0xFFFD, '"', '\\'}[r.IntN(11)]
	case 1:
		body = slices.Delete(body, at, min(len(body), at+1+r.IntN(3)))
	case 2:
		body = slices.Insert(body, at, []rune{'\n', ' ', '0', '9', 'r'}[r.IntN(5)])
	case 3:
		body = body[:at]
	}
	b.set(i, string(body))
	if r.IntN(8) == 0 {
		b.Entries[i].Salt = b.Entries[i].Salt[:r.IntN(16)]
		b.set(i, string(body))
	}
	return b
}

// reorder takes an entry away, doubles it or exchanges two, and numbers the rest again, versions too now and then.
func (b *Bundle) reorder(r *rand.Rand) *Bundle {
	b = b.clone()
	i, j := r.IntN(len(b.Entries)), r.IntN(len(b.Entries))
	switch r.IntN(4) {
	case 0:
		b.Entries = slices.Delete(b.Entries, i, i+1)
	case 1:
		b.Entries = slices.Insert(b.Entries, j, b.Entries[i])
	case 2:
		b.Entries[i], b.Entries[j] = b.Entries[j], b.Entries[i]
	case 3:
		b.Entries = b.Entries[:i]
	}
	versions, again, last := map[string]int64{}, r.IntN(2) == 0, time.Time{}
	for n, s := range b.Entries {
		e, err := entry.Decode([]byte(s.Body))
		if err != nil {
			continue
		}
		e.Sequence = int64(n)
		if e.Time.Before(last) {
			e.Time = last
		}
		last = e.Time
		versions[e.Subject]++
		for k := range e.Row {
			if again && e.Row[k].Name == "version" {
				e.Row[k].Value = strconv.FormatInt(versions[e.Subject], 10)
			}
		}
		b.set(n, string(e.Encode()))
	}
	return b
}
