package contract_test

import (
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/contracting/contract"
)

var terms = contract.Terms{ID: "c1", Buyer: "o1", Seller: "o2", Broker: "o3", Title: "技术开发合同", Class: contract.Development, Field: "new_materials",
	Channel: contract.Jiebang, Total: 41800000, TextDigest: make([]byte, 32)}

// TestDigestIsForever pins what parties have signed.
func TestDigestIsForever(t *testing.T) {
	if got, want := hex.EncodeToString(terms.Digest()), "695f8e849d32aead105896e4f448158fc1fbcf4ebc522bf0c2b914c119bd9c2e"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestDigestBindsEverything changes each term: a signature of one is none of another.
func TestDigestBindsEverything(t *testing.T) {
	seen := map[string]bool{string(terms.Digest()): true}
	for _, change := range []func(*contract.Terms){
		func(t *contract.Terms) { t.ID = "c2" }, func(t *contract.Terms) { t.Buyer, t.Seller = t.Seller, t.Buyer },
		func(t *contract.Terms) { t.Broker = "" }, func(t *contract.Terms) { t.Title += "x" }, func(t *contract.Terms) { t.Class = contract.Service },
		func(t *contract.Terms) { t.Field = "agriculture" }, func(t *contract.Terms) { t.Channel = contract.Auction },
		func(t *contract.Terms) { t.Total++ }, func(t *contract.Terms) { t.TextDigest = make([]byte, 31) },
		func(t *contract.Terms) { t.Buyer, t.Seller = "o1o", "2" },
	} {
		changed := terms
		change(&changed)
		seen[string(changed.Digest())] = true
	}
	if len(seen) != 11 {
		t.Errorf("got %d different digests, want 11", len(seen))
	}
}

func TestSignDate(t *testing.T) {
	now := time.Date(2024, 12, 31, 16, 0, 0, 0, time.UTC) // the new year in China
	if got := contract.SignDate(now); got != "2025-01-01" {
		t.Errorf("got %s", got)
	}
	if got := contract.SignDate(now.Add(-time.Microsecond)); got != "2024-12-31" {
		t.Errorf("got %s", got)
	}
	for _, test := range []struct {
		date string
		want error
	}{
		{"", contract.ErrSignDateMissing}, {"2025-01-02", contract.ErrSignDateFuture}, {"2025-01-01", nil}, {"1984-12-31", contract.ErrSignDateFuture}, {"1985-01-01", nil},
	} {
		if err := contract.CheckSignDate(test.date, now); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.date, err, test.want)
		}
	}
}

func TestFinalStates(t *testing.T) {
	for _, s := range []contract.State{contract.Completed, contract.Cancelled, contract.Terminated} {
		for _, e := range []contract.Event{contract.Propose, contract.Sign, contract.Activate, contract.Refuse, contract.Confirm, contract.Complete, contract.Terminate} {
			if next, err := s.Next(e); err == nil {
				t.Errorf("%s leads from %s to %s", e, s, next)
			}
		}
	}
}
