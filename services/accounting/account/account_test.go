package account_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/accounting/account"
	"github.com/jiebang/jiebang/services/money"
)

// TestEachGroupAddsUpToNothing posts everything there is to post.
func TestEachGroupAddsUpToNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := money.Fen(rapid.Int64Range(-int64(money.Max), int64(money.Max)).Draw(t, "fen"))
		sum := account.Amounts{}
		for _, a := range []account.Amounts{account.Signed(f), account.Changed(f), account.Settled(f), account.Approved(f), account.Recognized(f)} {
			if a.Sum() != 0 {
				t.Fatalf("%+v adds up to %d", a, a.Sum())
			}
			sum = sum.Add(a)
		}
		if sum.Committed != f || sum.Amended != f || sum.Paid != f || sum.Accepted != f || sum.Registered != f || sum.Sum() != 0 ||
			sum.Current() != 2*f || sum.Outstanding() != f {
			t.Fatalf("got %+v of five times %d", sum, f)
		}
	})
}

// TestPaidShare rounds half up, and knows no overflow.
func TestPaidShare(t *testing.T) {
	for _, test := range []struct {
		paid, signed money.Fen
		want         int64
	}{
		{0, 100, 0}, {100, 100, 10_000}, {1, 3, 3333}, {2, 3, 6667}, {1, 20_000, 1}, {1, 20_001, 0}, {150, 100, 15_000},
		{money.Max, money.Max, 10_000}, {money.Max - 1, money.Max, 10_000}, {money.Max / 2, money.Max, 5000}, {5, 0, 0}, {money.Max, 1, 9_223_372_036_854_775_807},
	} {
		a := account.Amounts{Committed: test.signed, Paid: test.paid}
		if got := a.PaidShare(); got != test.want {
			t.Errorf("%d of %d: got %d, want %d", test.paid, test.signed, got, test.want)
		}
	}
}
