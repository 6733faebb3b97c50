package seal

import "testing"

// BenchmarkSeal64K seals a bid of more than 64 KiB for three custodians.
func BenchmarkSeal64K(b *testing.B) {
	w, p := newWorld(b, "bench", 2, 3), large()
	for b.Loop() {
		if _, err := Seal(w.rand, Key{1}, w.terms, Whole, p); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen64K opens it from its bytes and two shares.
func BenchmarkOpen64K(b *testing.B) {
	w := newWorld(b, "bench", 2, 3)
	e, _ := w.sealed(b, large())
	shares, sealed, want := w.shares(b, e, 0, 2), e.Encode(), w.expected(e)
	for b.Loop() {
		e, err := Parse(sealed)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Combine(e, shares, want); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen1000 opens a thousand ordinary bids, the custodians' work included.
func BenchmarkOpen1000(b *testing.B) {
	w := newWorld(b, "bench", 2, 3)
	p := full()
	p.Proposal = chinese(3000)
	envelopes := make([]*Envelope, 1000)
	for i := range envelopes {
		envelopes[i], _ = w.sealed(b, p)
	}
	for b.Loop() {
		for _, e := range envelopes {
			if _, err := Combine(e, w.shares(b, e, 0, 2), w.expected(e)); err != nil {
				b.Fatal(err)
			}
		}
	}
}
