package amendment_test

import (
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/amending/amendment"
	"github.com/jiebang/jiebang/services/money"
)

var terms = amendment.Terms{ID: "x1", Contract: "c1", Number: 1, Before: 41_800_000, NewTotal: 50_000_000, Reasons: []string{"scope", "price"}, Explanation: "增加中试", TextDigest: make([]byte, 32)}

// TestDigestIsForever pins what parties have signed.
func TestDigestIsForever(t *testing.T) {
	if got, want := hex.EncodeToString(terms.Digest()), "f56c7af8118fc78c9b2f565651050f1046ce9fe64d5ec80578ebf1160ca60274"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestDigestBindsEverything changes each term: a signature of one is none of another.
func TestDigestBindsEverything(t *testing.T) {
	seen := map[string]bool{string(terms.Digest()): true}
	changes := []func(*amendment.Terms){
		func(t *amendment.Terms) { t.ID = "x2" }, func(t *amendment.Terms) { t.Contract = "c2" }, func(t *amendment.Terms) { t.Number++ }, func(t *amendment.Terms) { t.Before++ },
		func(t *amendment.Terms) { t.NewTotal++ }, func(t *amendment.Terms) { t.Reasons = []string{"scope"} }, func(t *amendment.Terms) { t.Explanation += "x" },
		func(t *amendment.Terms) { t.TextDigest = make([]byte, 31) }, func(t *amendment.Terms) { t.ID, t.Contract = "x1c", "1" },
	}
	for _, change := range changes {
		changed := terms
		change(&changed)
		seen[string(changed.Digest())] = true
	}
	if len(seen) != len(changes)+1 {
		t.Errorf("got %d different digests, want %d", len(seen), len(changes)+1)
	}
}

// TestChecks tries totals and instants at their bounds.
func TestChecks(t *testing.T) {
	for _, test := range []struct {
		total money.Fen
		want  error
	}{{99, amendment.ErrBelow}, {100, nil}} {
		if err := amendment.CheckTotal(test.total, 100, 7); !errors.Is(err, test.want) {
			t.Errorf("%d with 100 paid: got %v, want %v", test.total, err, test.want)
		}
		if err := amendment.CheckTotal(test.total, 7, 100); !errors.Is(err, test.want) {
			t.Errorf("%d with 100 accepted: got %v, want %v", test.total, err, test.want)
		}
	}
	now := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	if err := amendment.CheckEffective(now, now); !errors.Is(err, amendment.ErrEarly) {
		t.Errorf("at the same instant: got %v", err)
	}
	if err := amendment.CheckEffective(now.Add(time.Microsecond), now); err != nil {
		t.Errorf("a microsecond later: got %v", err)
	}
	for _, s := range []amendment.State{amendment.Active, amendment.Withdrawn, amendment.Refused} {
		for _, e := range []amendment.Event{amendment.Propose, amendment.Sign, amendment.Activate, amendment.Withdraw, amendment.Refuse} {
			if next, err := s.Next(e); err == nil {
				t.Errorf("%s leads from %s to %s", e, s, next)
			}
		}
	}
}
