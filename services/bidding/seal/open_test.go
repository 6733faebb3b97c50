package seal

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/bidding/seal/shamir"
	"github.com/jiebang/jiebang/services/fault"
)

// rogue is a bidder who seals with a program of his own. Each change is made before what follows from it.
type rogue struct {
	inner    func(*inner)
	plain    func(*Plain)
	padded   func([]byte) []byte
	shares   func([][KeySize]byte)
	envelope func(*Envelope)
	commit   func(*Envelope)
}

// seal seals a small bid, as far as r is honest.
func (r rogue) seal(t testing.TB, w *world) *Envelope {
	t.Helper()
	p := small()
	e := &Envelope{Part: Whole, Level: w.terms.Level, Demand: w.terms.Demand, Policy: w.terms.Policy(), Threshold: w.terms.Threshold, Nonce: Sum([]byte("nonce"))}
	in := inner{Part: Whole, Demand: e.Demand, Policy: e.Policy, Nonce: e.Nonce}
	if r.inner != nil {
		r.inner(&in)
	}
	if r.plain != nil {
		r.plain(&p)
	}
	padded, err := pack(p.encode(in))
	if err != nil {
		t.Fatal(err)
	}
	if r.padded != nil {
		padded = r.padded(padded)
	}
	key, err := NewKey(w.rand)
	if err != nil {
		t.Fatal(err)
	}
	shares, err := shamir.Split(w.rand, key, w.terms.Threshold, len(w.terms.Recipients))
	if err != nil {
		t.Fatal(err)
	}
	if r.shares != nil {
		r.shares(shares)
	}
	if _, err := e.seal(key, w.terms.Recipients, shares, padded); err != nil {
		t.Fatal(err)
	}
	if r.envelope != nil {
		r.envelope(e)
		e.KeyCommit = e.keyCommit(key)
	}
	if r.commit != nil {
		r.commit(e)
	}
	return e
}

// TestRogues finds out each rogue, by every pair of custodians alike.
func TestRogues(t *testing.T) {
	for name, c := range map[string]struct {
		rogue rogue
		want  *fault.Fault
	}{
		"of another organization": {rogue{plain: func(p *Plain) { p.Organization = rival }}, ErrInnerOrganization},
		"for another demand":      {rogue{inner: func(in *inner) { in.Demand += "0" }}, ErrInnerDemand},
		"of other terms":          {rogue{inner: func(in *inner) { in.Policy[0] ^= 1 }}, ErrInnerPolicy},
		"of another envelope":     {rogue{inner: func(in *inner) { in.Nonce[31] ^= 1 }}, ErrInnerNonce},
		"of another part":         {rogue{inner: func(in *inner) { in.Part = Technical }}, ErrInnerPart},
		"superseded":              {rogue{plain: func(p *Plain) { p.Submission-- }}, ErrSuperseded},
		"of a later submission":   {rogue{plain: func(p *Plain) { p.Submission++ }}, ErrSuperseded},
		"without an amount":       {rogue{plain: func(p *Plain) { p.Amount = nil }}, ErrInnerContent},
		"shares that are 90 %":    {rogue{plain: func(p *Plain) { p.Consortium = []Member{{bidder, 9000, ""}} }}, ErrInnerContent},
		"with a NUL":              {rogue{plain: func(p *Plain) { p.Proposal = "a\x00" }}, ErrInnerContent},
		"not UTF-8":               {rogue{plain: func(p *Plain) { p.Proposal = "\xff" }}, ErrInnerContent},
		"padded with something":   {rogue{padded: func(b []byte) []byte { b[len(b)-1] = 1; return b }}, ErrPayload},
		"a length beyond":         {rogue{padded: func(b []byte) []byte { b[0] = 0xff; return b }}, ErrPayload},
		"not compressed":          {rogue{padded: func(b []byte) []byte { copy(b[lengthSize:], "\xff\xff\xff"); return b }}, ErrPayload},
		"a third share":           {rogue{shares: func(s [][KeySize]byte) { s[2][7] ^= 1 }}, ErrSharesDisagree},
		"a first share":           {rogue{shares: func(s [][KeySize]byte) { s[0] = s[1] }}, ErrSharesDisagree},
		"of another key":          {rogue{shares: func(s [][KeySize]byte) { flipAll(s) }}, ErrKeyCommit},
		"another commitment":      {rogue{commit: func(e *Envelope) { e.KeyCommit[3] ^= 4 }}, ErrKeyCommit},
		"another payload":         {rogue{envelope: func(e *Envelope) { e.Payload[100] ^= 1 }}, ErrPayload},
	} {
		w := newWorld(t, "rogues", 2, 3)
		e := c.rogue.seal(t, w)
		for _, places := range [][]int{{0, 1}, {0, 2}, {1, 2}, {2, 1}, {0, 1, 2}} {
			got, err := Combine(e, w.shares(t, e, places...), w.expected(e))
			if got != nil {
				t.Errorf("%s: %v open it", name, places)
			}
			if t.Run(name, func(t *testing.T) { refused(t, err, c.want, OfBidder) }); t.Failed() {
				break
			}
		}
	}
	w := newWorld(t, "rogues", 2, 3)
	e := rogue{}.seal(t, w)
	if _, err := Combine(e, w.shares(t, e, 0, 2), w.expected(e)); err != nil {
		t.Errorf("an honest bid is refused: %v", err)
	}
}

// flipAll changes the secret, and so that the shares still agree.
func flipAll(shares [][KeySize]byte) {
	for i := range shares {
		shares[i][0] ^= 1
	}
}

// TestForgedStanza seals another share, or nothing, to one custodian. He can say so; the other two open the envelope, and it convicts the bidder.
func TestForgedStanza(t *testing.T) {
	for name, forge := range map[string]func(*Envelope){
		"nothing to read":      func(e *Envelope) { e.Stanzas[1].Sealed[60] ^= 1 },
		"another's":            func(e *Envelope) { e.Stanzas[1].Sealed = e.Stanzas[0].Sealed },
		"a key of no strength": func(e *Envelope) { clear(e.Stanzas[1].Sealed[:KeySize]) },
	} {
		w := newWorld(t, "forged", 2, 3)
		e := rogue{}.seal(t, w)
		key := mustOpen(t, w, e).Key
		forge(e)
		aead, err := e.aead(key)
		if err != nil {
			t.Fatal(err)
		}
		padded, err := pack(ptr(small()).encode(inner{Part: Whole, Demand: e.Demand, Policy: e.Policy, Nonce: e.Nonce}))
		if err != nil {
			t.Fatal(err)
		}
		e.Payload = aead.Seal(nil, make([]byte, aead.NonceSize()), padded, e.committed())
		e.KeyCommit = e.keyCommit(key)
		_, err = OpenStanza(w.identities[1], e)
		refused(t, err, ErrStanzaOpen, OfNobody)
		_, err = Combine(e, w.shares(t, e, 0, 2), w.expected(e))
		if refused(t, err, ErrStanzaForged, OfBidder); t.Failed() {
			t.Fatal(name)
		}
	}
}

func ptr[T any](v T) *T { return &v }

func mustOpen(t testing.TB, w *world, e *Envelope) *Opened {
	t.Helper()
	o, err := Combine(e, w.shares(t, e, 0, 1), w.expected(e))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestShares convicts custodians who give something else, and wants enough of them.
func TestShares(t *testing.T) {
	w := newWorld(t, "shares", 2, 3)
	e, _ := w.sealed(t, small())
	all := w.shares(t, e, 0, 1, 2)
	wrong := all[1]
	wrong.Value[5] ^= 1
	other := newWorld(t, "other", 2, 3)
	foreign := Share{other.terms.Recipients[0], all[0].Value}
	for name, c := range map[string]struct {
		shares []Share
		want   *fault.Fault
		whom   Blame
	}{
		"none":               {nil, ErrSharesFew, OfNobody},
		"one":                {all[:1], ErrSharesFew, OfNobody},
		"one twice":          {[]Share{all[0], all[0]}, ErrSharesFew, OfNobody},
		"one wrong":          {[]Share{all[0], wrong}, ErrShareWrong, OfCustodian},
		"one wrong of three": {[]Share{all[0], all[2], wrong}, ErrShareWrong, OfCustodian},
		"another's":          {[]Share{all[0], {all[1].Recipient, all[0].Value}}, ErrShareWrong, OfCustodian},
		"a foreign one":      {[]Share{all[0], foreign}, ErrShareForeign, OfCustodian},
	} {
		_, err := Combine(e, c.shares, w.expected(e))
		if refused(t, err, c.want, c.whom); t.Failed() {
			t.Fatal(name)
		}
	}
	_, err := OpenStanza(other.identities[0], e)
	refused(t, err, ErrNoStanza, OfNobody)
}

// TestExpected compares an envelope with what the ledger says.
func TestExpected(t *testing.T) {
	w := newWorld(t, "expected", 2, 3)
	e, _ := w.sealed(t, small())
	for name, c := range map[string]struct {
		change func(*Expected)
		want   *fault.Fault
		whom   Blame
	}{
		"another envelope":     {func(x *Expected) { x.Digest[0] ^= 1 }, ErrDigest, OfPlatform},
		"another demand":       {func(x *Expected) { x.Terms.Demand += "0" }, ErrDemand, OfNobody},
		"other terms":          {func(x *Expected) { x.Terms.Digest[0] ^= 1 }, ErrPolicy, OfNobody},
		"a later deadline":     {func(x *Expected) { x.Terms.Deadline = x.Terms.Deadline.AddDate(0, 0, 1) }, ErrPolicy, OfNobody},
		"another organization": {func(x *Expected) { x.Organization = rival }, ErrInnerOrganization, OfBidder},
		"a newer version":      {func(x *Expected) { x.Submission++ }, ErrSuperseded, OfBidder},
	} {
		want := w.expected(e)
		c.change(&want)
		_, err := Combine(e, w.shares(t, e, 1, 2), want)
		if refused(t, err, c.want, c.whom); t.Failed() {
			t.Fatal(name)
		}
	}
}

// TestCheck refuses, without a key, what is not sealed to exactly the recipients.
func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Envelope)
		want   *fault.Fault
	}{
		"another demand":      {func(e *Envelope) { e.Demand += "0" }, ErrDemand},
		"another policy":      {func(e *Envelope) { e.Policy[0] ^= 1 }, ErrPolicy},
		"another level":       {func(e *Envelope) { e.Level = Platform }, ErrPolicy},
		"another threshold":   {func(e *Envelope) { e.Threshold = 3 }, ErrStanzas},
		"a stanza less":       {func(e *Envelope) { e.Stanzas = e.Stanzas[:2] }, ErrStanzas},
		"a stanza more":       {func(e *Envelope) { e.Stanzas = append(e.Stanzas, e.Stanzas[0]) }, ErrStanzas},
		"stanzas exchanged":   {func(e *Envelope) { slices.Reverse(e.Stanzas) }, ErrStanzas},
		"to somebody else":    {func(e *Envelope) { e.Stanzas[1].Recipient = newWorldKey(t) }, ErrStanzas},
		"terms that are none": {nil, ErrTerms},
	} {
		w := newWorld(t, "check", 2, 3)
		e, _ := w.sealed(t, small())
		if c.change == nil {
			w.terms.Threshold = 0
		} else {
			c.change(e)
		}
		if refused(t, e.Check(w.terms), c.want, OfNobody); t.Failed() {
			t.Fatal(name)
		}
	}
}

func newWorldKey(t *testing.T) string { return newWorld(t, "somebody", 1, 1).terms.Recipients[0] }

// TestNoOracle copies the stanza of a bid into envelopes that a custodian would open earlier or besides: of another demand, of another
// envelope, at another place, of another part. None opens, so nobody gets a share of a sealed bid by asking about another one.
func TestNoOracle(t *testing.T) {
	w := newWorld(t, "oracle", 2, 3)
	e, _ := w.sealed(t, small())
	for name, change := range map[string]func(*Envelope){
		"another demand":    func(e *Envelope) { e.Demand = "demands/d330182-other" },
		"other terms":       func(e *Envelope) { e.Policy[0] ^= 1 },
		"another envelope":  func(e *Envelope) { e.Nonce[0] ^= 1 },
		"another part":      func(e *Envelope) { e.Part = Price },
		"another threshold": func(e *Envelope) { e.Threshold = 1 },
		"another level":     func(e *Envelope) { e.Level = Platform },
		"another place":     func(e *Envelope) { e.Stanzas = e.Stanzas[:1]; e.Stanzas = slices.Insert(e.Stanzas, 0, Stanza{}) },
	} {
		copied := *e
		copied.Stanzas = slices.Clone(e.Stanzas)
		change(&copied)
		place := copied.place(w.terms.Recipients[0])
		if share, err := w.identities[0].open(copied.stanzaInfo(w.terms.Recipients[0], place), e.Stanzas[0].Sealed); err == nil {
			t.Errorf("%s: opened to %x", name, share)
		}
	}
	if _, err := w.identities[0].Answer("demands/d330182-0123456789abcdef", e.Stanzas[0].Sealed); err == nil {
		t.Error("a stanza is answered as a challenge")
	}
}

// TestDealers deals in whatever way: all subsets open the same, or all convict the bidder for the same.
func TestDealers(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(2, 7).Draw(r, "n")
		k := rapid.IntRange(2, n).Draw(r, "t")
		w := newWorld(t, rapid.StringN(0, 8, 32).Draw(r, "seed"), k, n)
		changed := rapid.IntRange(0, n).Draw(r, "changed")
		e := rogue{shares: func(shares [][KeySize]byte) {
			for i := range changed {
				shares[i][rapid.IntRange(0, KeySize-1).Draw(r, "byte")] ^= rapid.Byte().Draw(r, "by")
			}
		}}.seal(t, w)
		outcomes := map[string]bool{}
		for _, places := range subsets(n, k) {
			o, err := Combine(e, w.shares(t, e, places...), w.expected(e))
			if err != nil && BlameOf(err) != OfBidder {
				r.Fatalf("%v convict %q: %v", places, BlameOf(err), err)
			}
			outcomes[fmt.Sprint(o != nil, err)] = true
		}
		if len(outcomes) != 1 {
			r.Fatalf("it depends on who opens: %v", outcomes)
		}
		for _, places := range subsets(n, k-1) {
			_, err := Combine(e, w.shares(t, e, places...), w.expected(e))
			refused(t, err, ErrSharesFew, OfNobody)
		}
	})
}

// TestEveryFlip changes every byte of an envelope. None opens, and none is taken for the envelope in the ledger.
func TestEveryFlip(t *testing.T) {
	w := newWorld(t, "flips", 2, 3)
	e, _ := w.sealed(t, small())
	shares, good := w.shares(t, e, 0, 2), e.Encode()
	parsed := 0
	for at := range good {
		bad := bytes.Clone(good)
		bad[at] ^= 1 << (at % 8)
		if opens(bad, shares, w) {
			t.Fatalf("it opens with byte %d changed", at)
		}
		if _, err := Parse(bad); err == nil {
			parsed++
		}
	}
	if parsed < Buckets[0] {
		t.Errorf("only %d flips were put to the cryptography", parsed)
	}
}

// opens reports whether b opens for somebody who believes any digest, or commits to the key of the shares, whatever else is wrong.
func opens(b []byte, shares []Share, w *world) bool {
	e, err := Parse(b)
	if err != nil {
		return false
	}
	want := w.expected(e)
	if _, err := Combine(e, shares, want); err == nil {
		return true
	}
	if len(e.Stanzas) < 2 {
		return false
	}
	through := []shamir.Point{{X: 1, Value: shares[0].Value}, {X: 3, Value: shares[1].Value}}
	return e.keyCommit(Key(shamir.Join(through, 0))) == e.KeyCommit
}

// FuzzOpen changes an envelope in whatever way. Only itself opens.
func FuzzOpen(f *testing.F) {
	w := newWorld(f, "fuzz", 2, 3)
	e, _ := w.sealed(f, small())
	shares, good := w.shares(f, e, 0, 2), e.Encode()
	f.Add(good)
	for _, at := range []int{0, 10, 60, 120, 300, 500, 1000, len(good) - 3} {
		bad := bytes.Clone(good)
		bad[at] ^= 1
		f.Add(bad)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if parsed, err := Parse(b); err == nil && !bytes.Equal(parsed.Encode(), b) {
			t.Errorf("accepted %q, which is not what it encodes to", b)
		}
		if opens(b, shares, w) != bytes.Equal(b, good) {
			t.Errorf("%x opens: %v", b, opens(b, shares, w))
		}
	})
}

// FuzzContent reads whatever was sealed: it is content in its one encoding, or refused.
func FuzzContent(f *testing.F) {
	p := full()
	in := inner{Part: Whole, Demand: "demands/d1"}
	f.Add(p.encode(in))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, in, ok := decode(b); ok && !bytes.Equal(p.encode(in), b) {
			t.Errorf("accepted %q, which encodes to %q", b, p.encode(in))
		}
	})
}
