package payment_test

import (
	"errors"
	"testing"

	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/settling/payment"
)

// TestKinds says of each kind whether it counts, how, and what it must name.
func TestKinds(t *testing.T) {
	for _, test := range []struct {
		kind              payment.Kind
		counts            bool
		amount            money.Fen
		milestone, holder string
	}{
		{payment.Instalment, true, 5, "n1", ""}, {payment.Prepayment, true, 5, "", ""}, {payment.Refund, true, -5, "", ""},
		{payment.Deposit, false, 5, "", "银行"}, {payment.Escrow, false, 5, "", "银行"},
	} {
		if test.kind.Counts() != test.counts || test.kind.Signed(5) != test.amount {
			t.Errorf("%s: got %t and %d", test.kind, test.kind.Counts(), test.kind.Signed(5))
		}
		for _, milestone := range []string{"", "n1"} {
			for _, holder := range []string{"", "银行"} {
				err := payment.Check(test.kind, milestone, holder)
				if fits := milestone == test.milestone && holder == test.holder; fits != (err == nil) {
					t.Errorf("%s with milestone %q and holder %q: got %v", test.kind, milestone, holder, err)
				}
			}
		}
	}
}

// TestPaid tries what can be paid, to the fen.
func TestPaid(t *testing.T) {
	for _, test := range []struct {
		paid money.Fen
		want error
	}{{-1, payment.ErrExceeds}, {0, nil}, {100, nil}, {101, payment.ErrExceeds}} {
		if err := payment.CheckPaid(test.paid, 100); !errors.Is(err, test.want) {
			t.Errorf("%d: got %v, want %v", test.paid, err, test.want)
		}
	}
}

// TestFinalStates makes sure that nothing becomes of what is confirmed or void.
func TestFinalStates(t *testing.T) {
	for _, s := range []payment.State{payment.Confirmed, payment.Void} {
		for _, e := range []payment.Event{payment.Request, payment.Approve, payment.Claim, payment.Confirm, payment.Dispute, payment.GiveUp} {
			if next, err := s.Next(e); err == nil || s.Open() {
				t.Errorf("%s leads from %s to %s", e, s, next)
			}
		}
	}
}
