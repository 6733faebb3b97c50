package money_test

import (
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/money"
)

// TestSplit divides amounts whose remainders are known.
func TestSplit(t *testing.T) {
	for _, test := range []struct {
		f      money.Fen
		shares []int64
		want   []money.Fen
	}{
		{100, []int64{3333, 3333, 3334}, []money.Fen{33, 33, 34}}, {1, []int64{5000, 5000}, []money.Fen{1, 0}}, {0, []int64{1, 2}, []money.Fen{0, 0}},
		{10, []int64{1, 1, 1}, []money.Fen{4, 3, 3}}, {5, nil, nil}, {money.Max, []int64{1, 9999}, []money.Fen{100_000_000_000, 999_900_000_000_000}},
		{200, []int64{10, 15, 75}, []money.Fen{20, 30, 150}},
		{100, []int64{71, 29}, []money.Fen{71, 29}},
	} {
		if got := test.f.Split(test.shares); !slices.Equal(got, test.want) {
			t.Errorf("%d by %v: got %v, want %v", test.f, test.shares, got, test.want)
		}
	}
}

// TestSplitAddsUp compares random splits with exact fractions: the parts add up to the fen, and each is its exact share rounded down or up.
func TestSplitAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := money.Fen(rapid.Int64Range(0, int64(money.Max)).Draw(t, "fen"))
		shares := rapid.SliceOfN(rapid.Int64Range(1, 1<<31-1), 1, 50).Draw(t, "shares")
		whole, sum := new(big.Int), money.Fen(0)
		for _, s := range shares {
			whole.Add(whole, big.NewInt(s))
		}
		parts := f.Split(shares)
		for i, p := range parts {
			sum += p
			exact, rest := new(big.Int).QuoRem(new(big.Int).Mul(big.NewInt(int64(f)), big.NewInt(shares[i])), whole, new(big.Int))
			if up := int64(p) - exact.Int64(); up != 0 && !(up == 1 && rest.Sign() > 0) {
				t.Fatalf("part %d of %d by %v is %d, exactly %s and %s of %s", i, f, shares, p, exact, rest, whole)
			}
			for j := range i {
				if shares[j] >= shares[i] && parts[j] < p {
					t.Fatalf("a larger share has a smaller part: %v of %v", parts, shares)
				}
			}
		}
		if sum != f {
			t.Fatalf("the parts of %d add up to %d", f, sum)
		}
	})
}

// TestSplitExact divides what has no remainder: each part is its share to the fen, however large.
func TestSplitExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shares := rapid.SliceOfN(rapid.Int64Range(1, 10_000), 1, 10).Draw(t, "shares")
		whole := int64(0)
		for _, s := range shares {
			whole += s
		}
		times := rapid.Int64Range(1, int64(money.Max)/whole).Draw(t, "times")
		for i, p := range money.Fen(times * whole).Split(shares) {
			if want := money.Fen(times * shares[i]); p != want {
				t.Fatalf("part %d of %d by %v: got %d, want %d", i, times*whole, shares, p, want)
			}
		}
	})
}
