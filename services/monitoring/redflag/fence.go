package redflag

import (
	"math/big"
	"slices"

	"github.com/jiebang/jiebang/services/money"
)

// fences are Tukey's: a value at or beyond one is unusual among its like. They are exact, in units of a fortieth.
type fences struct {
	sample, first, third int64 // the quartiles in quarters
	low, high            int64
}

// fence computes the fences of values, tenths of the interquartile range beyond the quartiles; false if there are too few values, or they do not spread.
// Quartiles are interpolated between the values beside them.
func fence(values []int64, least, tenths int64) (f fences, ok bool) {
	n := int64(len(values))
	if n < max(least, 2) {
		return f, false
	}
	sorted := slices.Sorted(slices.Values(values))
	quartile := func(q int64) int64 {
		at, rest := (n-1)*q/4, (n-1)*q%4
		return sorted[at]*4 + (sorted[min(at+1, n-1)]-sorted[at])*rest
	}
	f.sample, f.first, f.third = n, quartile(1), quartile(3)
	spread := f.third - f.first
	f.low, f.high = 10*f.first-tenths*spread, 10*f.third+tenths*spread
	return f, spread > 0
}

func (f fences) below(v int64) bool { return v*40 <= f.low }

func (f fences) above(v int64) bool { return v*40 >= f.high }

// million is what a ratio is told in parts of.
const million = 1_000_000

// ratio is a part of a whole in parts of a million, at most a milliard times the whole either way.
func ratio(part, whole money.Fen) int64 {
	if whole <= 0 {
		return 0
	}
	const most = 1_000_000_000 * million
	n := new(big.Int).Mul(big.NewInt(int64(part)), big.NewInt(million))
	n.Quo(n, big.NewInt(int64(whole)))
	if !n.IsInt64() {
		return most * int64(n.Sign())
	}
	return max(-most, min(most, n.Int64()))
}

// reaches reports whether a part is at least so many per cent of a whole.
func reaches(part, whole money.Fen, percent int64) bool {
	l := new(big.Int).Mul(big.NewInt(int64(part)), big.NewInt(100))
	return l.Cmp(new(big.Int).Mul(big.NewInt(int64(whole)), big.NewInt(percent))) >= 0
}
