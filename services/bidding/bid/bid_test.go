package bid_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/jiebang/jiebang/services/bidding/bid"
)

// TestDigestIsForever pins what stands in ledgers for ever.
func TestDigestIsForever(t *testing.T) {
	got := hex.EncodeToString(bid.Digest("b330182-0123456789abcdef", 1, make([]byte, bid.NonceSize), 41800000, "硬脂酸干法包覆"))
	if want := "e1b692c7d2ce39fb17315784cc57420f5cf22aa4d7612ee07a5024f9bd5f5639"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestDigestBindsEverything changes each part.
func TestDigestBindsEverything(t *testing.T) {
	nonce := make([]byte, bid.NonceSize)
	other := bytes.Repeat([]byte{1}, bid.NonceSize)
	seen := map[string]bool{}
	for _, d := range [][]byte{
		bid.Digest("b1", 1, nonce, 100, "p"), bid.Digest("b2", 1, nonce, 100, "p"), bid.Digest("b1", 2, nonce, 100, "p"),
		bid.Digest("b1", 1, other, 100, "p"), bid.Digest("b1", 1, nonce, 101, "p"), bid.Digest("b1", 1, nonce, 100, "q"), bid.Digest("b1", 1, nonce, 100, ""),
	} {
		seen[string(d)] = true
	}
	if len(seen) != 7 {
		t.Errorf("got %d different digests, want 7", len(seen))
	}
}

// TestSealedStates makes sure that what a bidder alone may know is exactly what has not been opened.
func TestSealedStates(t *testing.T) {
	for s := range bid.Machine {
		never := s == bid.Draft || s == bid.Submitted || s == bid.Unconfirmed || s == bid.Withdrawn || s == bid.Lapsed
		if s.Sealed() != never {
			t.Errorf("%s: sealed %v", s, s.Sealed())
		}
	}
}
