package money_test

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/money"
)

func TestParse(t *testing.T) {
	for _, test := range []struct {
		parse func(string) (money.Fen, error)
		text  string
		want  money.Fen
		err   error
	}{
		{money.ParseYuan, "0.01", 1, nil},
		{money.ParseYuan, "64,180,000", 6_418_000_000, nil},
		{money.ParseYuan, "1.10", 110, nil},
		{money.ParseYuan, "1.100", 110, nil},
		{money.ParseYuan, "1.001", 0, money.ErrFraction},
		{money.ParseYuan, "1e3", 0, money.ErrText},
		{money.ParseYuan, "", 0, money.ErrText},
		{money.ParseYuan, ".5", 0, money.ErrText},
		{money.ParseYuan, "一百", 0, money.ErrText},
		{money.ParseYuan, "-1", -100, nil},
		{money.ParseYuan, "92233720368547758.08", 0, money.ErrTooLarge},
		{money.ParseWan, "6418", 6_418_000_000, nil},
		{money.ParseWan, "0.000001", 1, nil},
		{money.ParseWan, "0.0000001", 0, money.ErrFraction},
	} {
		got, err := test.parse(test.text)
		if got != test.want || !errors.Is(err, test.err) {
			t.Errorf("%q: got %d %v, want %d %v", test.text, got, err, test.want, test.err)
		}
	}
}

func TestCheck(t *testing.T) {
	for f, want := range map[money.Fen]error{math.MinInt64: money.ErrNotPositive, -1: money.ErrNotPositive, 0: money.ErrNotPositive, 1: nil,
		money.Max: nil, money.Max + 1: money.ErrTooLarge, math.MaxInt64: money.ErrTooLarge} {
		if err := f.Check(); !errors.Is(err, want) {
			t.Errorf("%d: got %v, want %v", f, err, want)
		}
	}
}

func TestFromUnits(t *testing.T) {
	for _, test := range []struct {
		currency string
		units    int64
		nanos    int32
		want     money.Fen
		err      error
	}{
		{"CNY", 1, 10_000_000, 101, nil},
		{"CNY", 0, 10_000_000, 1, nil},
		{"CNY", 1, 1, 0, money.ErrFraction},
		{"CNY", -1, 0, 0, money.ErrNotPositive},
		{"CNY", 1, -10_000_000, 0, money.ErrNotPositive},
		{"CNY", 1, 1_000_000_000, 0, money.ErrTooLarge},
		{"CNY", math.MaxInt64, 0, 0, money.ErrTooLarge},
		{"CNY", int64(money.Max) / 100, 0, money.Max, nil},
		{"USD", 1, 0, 0, money.ErrCurrency},
		{"", 1, 0, 0, money.ErrCurrency},
	} {
		got, err := money.FromUnits(test.currency, test.units, test.nanos)
		if got != test.want || !errors.Is(err, test.err) {
			t.Errorf("%s %d %d: got %d %v, want %d %v", test.currency, test.units, test.nanos, got, err, test.want, test.err)
		}
	}
}

// TestRoundTrip makes sure that no form of an amount loses a fen.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		f := money.Fen(rapid.Int64Range(0, int64(money.Max)).Draw(r, "fen"))
		if got, err := money.ParseYuan(f.String()); err != nil || got != f {
			r.Fatalf("%d as %s: got %d %v", f, f, got, err)
		}
		units, nanos := f.Units()
		if got, err := money.FromUnits("CNY", units, nanos); err != nil || got != f {
			r.Fatalf("%d as %d %d: got %d %v", f, units, nanos, got, err)
		}
	})
}

// TestWan compares the rounding with exact fractions.
func TestWan(t *testing.T) {
	for f, want := range map[money.Fen]string{6_418_000_000: "6418", 41_800_000: "41.8", 1: "0", 4_999: "0", 5_000: "0.01", 14_999: "0.01", 15_000: "0.02", -5_000: "-0.01",
		99_995_000: "100", 1_234_567_890: "1234.57"} {
		if got := f.Wan(); got != want {
			t.Errorf("%d: got %s, want %s", f, got, want)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		f := money.Fen(rapid.Int64Range(0, int64(money.Max)).Draw(r, "fen"))
		got, _ := new(big.Rat).SetString(f.Wan())
		off := new(big.Rat).Sub(got, big.NewRat(int64(f), 1_000_000))
		if off.Abs(off).Cmp(big.NewRat(1, 200)) > 0 {
			r.Fatalf("%d prints %s", f, f.Wan())
		}
	})
}
