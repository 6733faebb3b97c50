package seal

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// chinese is a text of n characters that compresses as badly as Chinese characters can: each is as likely as any other.
func chinese(n int) string {
	r := rand.New(rand.NewChaCha8([32]byte{1}))
	var b strings.Builder
	for range n {
		b.WriteRune(rune(0x4e00 + r.IntN(20_902)))
	}
	return b.String()
}

// large is a bid with a proposal as long as it may be, of the worst text, and with structure.
func large() Plain {
	p := full()
	p.Proposal = chinese(MaxProposal)
	for i := range 30 {
		p.Answers = append(p.Answers, Answer{chinese(10), "≥95%", chinese(60)})
		p.Attachments = append(p.Attachments, Attachment{chinese(20), 1 << 30, Sum([]byte(chinese(1))), fmt.Sprint(i)})
	}
	return p
}

// TestBuckets seals bids of all sizes: the length is one of few, and equal in a bucket.
func TestBuckets(t *testing.T) {
	w := newWorld(t, "buckets", 2, 3)
	lengths := map[int]int{}
	rapid.Check(t, func(r *rapid.T) {
		p := small()
		p.Proposal = chinese(rapid.IntRange(1, MaxProposal).Draw(r, "characters"))
		p.Commitment = strings.Repeat("a", rapid.IntRange(0, 300).Draw(r, "letters"))
		e, _ := w.sealed(t, p)
		bucket := len(e.Payload) - 16
		if !slices.Contains(Buckets, bucket) {
			r.Fatalf("a payload of %d bytes", len(e.Payload))
		}
		if length := len(e.Encode()); lengths[bucket] == 0 {
			lengths[bucket] = length
		} else if lengths[bucket] != length {
			r.Fatalf("envelopes of %d and %d bytes in one bucket", length, lengths[bucket])
		}
	})
	if len(lengths) < 3 {
		t.Errorf("only %d buckets were tried", len(lengths))
	}
}

// TestLargestFits seals the longest proposal with structure, to as many custodians as there can be, and both parts together into one call.
func TestLargestFits(t *testing.T) {
	w := newWorld(t, "large", 5, MaxRecipients)
	technical, price := large(), Plain{Organization: bidder, Submission: 3, Amount: small().Amount}
	technical.Amount = nil
	total := 0
	for part, p := range map[Part]Plain{Technical: technical, Price: price} {
		key, err := NewKey(w.rand)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Seal(w.rand, key, w.terms, part, p)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > MaxEnvelope {
			t.Errorf("%s: %d bytes, at most %d", part, len(b), MaxEnvelope)
		}
		if _, err := Parse(b); err != nil {
			t.Error(err)
		}
		total += len(b)
	}
	if room := 64<<10 - total; room < 1<<10 {
		t.Errorf("both parts have %d bytes, which leaves %d of 64 KiB", total, room)
	}
}

// TestTooLarge says clearly that content does not fit, compressed or not.
func TestTooLarge(t *testing.T) {
	w := newWorld(t, "large", 2, 3)
	p := large()
	p.Commitment = chinese(MaxProposal)
	if _, err := Seal(w.rand, Key{}, w.terms, Whole, p); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
	for range 70 {
		p.Answers = append(p.Answers, Answer{"a", "b", strings.Repeat("a", maxText)})
	}
	if _, err := Seal(w.rand, Key{}, w.terms, Whole, p); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

// TestUnpack refuses what pack does not make, a little that unpacks to a lot among it.
func TestUnpack(t *testing.T) {
	packed := func(body []byte, length, size int) []byte {
		b := binary.BigEndian.AppendUint32(nil, uint32(length))
		return append(append(b, body...), make([]byte, max(size-len(body), 0))...)
	}
	var bomb bytes.Buffer
	z, err := flate.NewWriter(&bomb, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(make([]byte, MaxPlain+1)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := pack([]byte("abc"))
	if err != nil {
		t.Fatal(err)
	}
	length := int(binary.BigEndian.Uint32(good))
	longer := bytes.Clone(good)
	longer[3]++
	for name, bad := range map[string][]byte{
		"nothing":            nil,
		"half a length":      {0, 0},
		"a bomb":             packed(bomb.Bytes(), bomb.Len(), 4096),
		"a byte more":        longer,
		"a byte less":        packed(good[4:4+length-1], length-1, 4096),
		"longer than it is":  packed(good[4:4+length], 5000, 4096),
		"something in zeros": append(slices.Clone(good[:len(good)-1]), 1),
	} {
		if got, ok := unpack(bad); ok {
			t.Errorf("%s: unpacked to %d bytes", name, len(got))
		}
	}
	if got, ok := unpack(good); !ok || string(got) != "abc" {
		t.Errorf("got %q", got)
	}
}

// TestContentRules tries what may not be sealed, field by field.
func TestContentRules(t *testing.T) {
	for field, change := range map[string]func(*Plain){
		"organization":                   func(p *Plain) { p.Organization = "" },
		"submission":                     func(p *Plain) { p.Submission = 0 },
		"amountFen":                      func(p *Plain) { *p.Amount = 0 },
		"proposal":                       func(p *Plain) { p.Proposal = strings.Repeat("字", MaxProposal+1) },
		"answers[1].indicator":           func(p *Plain) { p.Answers[1].Indicator = "" },
		"answers[0].value":               func(p *Plain) { p.Answers[0].Value = "\x00" },
		"answers":                        func(p *Plain) { p.Answers = make([]Answer, maxList+1) },
		"milestones[1].due":              func(p *Plain) { p.Milestones[1].Due = "2027-02-30" },
		"team[0].name":                   func(p *Plain) { p.Team[0].Name = "\xff" },
		"consortium":                     func(p *Plain) { p.Consortium[0].Share++ },
		"consortium[1].organization":     func(p *Plain) { p.Consortium[1].Organization = bidder },
		"consortium[0].shareBasisPoints": func(p *Plain) { p.Consortium[0].Share, p.Consortium[1].Share = 0, 10_000 },
		"commitment":                     func(p *Plain) { p.Commitment = "\x1b[31m" },
		"attachments[0].label":           func(p *Plain) { p.Attachments[0].Label = "" },
		"attachments[0].size":            func(p *Plain) { p.Attachments[0].Size = -1 },
		"attachments[1].label":           func(p *Plain) { p.Attachments = append(p.Attachments, p.Attachments[0]) },
	} {
		p := full()
		if err := p.Check(Whole); err != nil {
			t.Fatal(err)
		}
		change(&p)
		f := p.check(Whole)
		if f == nil || f.Field != field {
			t.Errorf("%s: got %v", field, f)
		}
		w := newWorld(t, "rules", 2, 3)
		if _, err := Seal(w.rand, Key{}, w.terms, Whole, p); !errors.Is(err, ErrContent) {
			t.Errorf("%s: sealed, %v", field, err)
		}
	}
	whole := full()
	other := full()
	other.Consortium[0].Organization = "organizations/o330182-other"
	if other.Check(Whole) == nil {
		t.Error("a consortium without the bidder is accepted")
	}
	price := Plain{Organization: bidder, Submission: 1, Amount: small().Amount}
	if err := price.Check(Price); err != nil {
		t.Error(err)
	}
	for _, err := range []error{whole.Check(Price), whole.Check(Technical), price.Check(Technical), price.Check(Whole), whole.Check("")} {
		if err == nil {
			t.Error("a part is accepted as another")
		}
	}
}

// TestPossession asks for keys: the holder alone answers, and about that alone.
func TestPossession(t *testing.T) {
	w := newWorld(t, "possession", 2, 3)
	challenge, want, err := NewChallenge(w.rand, w.terms.Recipients[0], "2026-11-25")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := w.identities[0].Answer("2026-11-25", challenge); err != nil || got != want {
		t.Errorf("got %s and %v, want %s", got, err, want)
	}
	if _, err := w.identities[1].Answer("2026-11-25", challenge); err == nil {
		t.Error("another answers")
	}
	if _, err := w.identities[0].Answer("2026-11-26", challenge); err == nil {
		t.Error("it is answered about something else")
	}
	again, other, err := NewChallenge(w.rand, w.terms.Recipients[0], "2026-11-25")
	if err != nil || other == want || bytes.Equal(again, challenge) {
		t.Error("two challenges are one")
	}
	if _, _, err := NewChallenge(w.rand, "age1x", ""); err == nil {
		t.Error("no key is asked")
	}
}

// TestSeededSealIsSame seals twice from one seed: a server's chance is its source's alone.
func TestSeededSealIsSame(t *testing.T) {
	var sealed [2][]byte
	for i := range sealed {
		w := newWorld(t, "same", 2, 3)
		e, _ := w.sealed(t, full())
		sealed[i] = e.Encode()
	}
	if !bytes.Equal(sealed[0], sealed[1]) {
		t.Error("one seed, two envelopes")
	}
	w := newWorld(t, "same", 2, 3)
	a, _ := w.sealed(t, full())
	b, _ := w.sealed(t, full())
	if a.Nonce == b.Nonce || bytes.Equal(a.Payload, b.Payload) || a.KeyCommit == b.KeyCommit || a.Stanzas[0].Commit == b.Stanzas[0].Commit {
		t.Error("two envelopes of one bid have something in common")
	}
}

// TestFaultsHaveTexts wants a Chinese text for each fault.
func TestFaultsHaveTexts(t *testing.T) {
	for _, f := range Faults {
		if Chinese[f.Reason] == "" {
			t.Errorf("%s has none", f.Reason)
		}
	}
	if len(Faults) != len(Chinese) {
		t.Errorf("%d faults, %d texts", len(Faults), len(Chinese))
	}
}
