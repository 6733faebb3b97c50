package redflag

import (
	"testing"

	"github.com/jiebang/jiebang/services/money"
)

// TestFence compares quartiles and fences with those worked out by hand.
func TestFence(t *testing.T) {
	// Of 1 … 8 the quartiles are 2.75 and 6.25, the fences -2.5 and 11.5. Of 10, 20, 30, 40 they are 17.5 and 32.5, -5 and 55.
	for _, c := range []struct {
		values      []int64
		first, last int64 // quartiles in quarters
		low, high   int64 // the last values at or beyond the fences
	}{{[]int64{8, 1, 7, 2, 6, 3, 5, 4}, 11, 25, -3, 12}, {[]int64{40, 10, 30, 20}, 70, 130, -5, 55}, {[]int64{-1, 0, 1, 2, 3}, 0, 8, -3, 5}} {
		f, ok := fence(c.values, 4, 15)
		if !ok || f.first != c.first || f.third != c.last || !f.below(c.low) || f.below(c.low+1) || !f.above(c.high) || f.above(c.high-1) {
			t.Errorf("%v: got %+v %v", c.values, f, ok)
		}
	}
	if _, ok := fence([]int64{1, 2, 3}, 4, 15); ok {
		t.Error("three are enough")
	}
	if _, ok := fence([]int64{7, 7, 7, 7}, 4, 15); ok {
		t.Error("equal values spread")
	}
}

// TestRatio keeps ratios exact, and within what fences can hold.
func TestRatio(t *testing.T) {
	for _, c := range []struct {
		part, whole money.Fen
		want        int64
	}{{1, 3, 333_333}, {-1, 3, -333_333}, {money.Max, 1, 1_000_000_000 * million}, {-money.Max, 1, -1_000_000_000 * million}, {5, 0, 0}} {
		if got := ratio(c.part, c.whole); got != c.want {
			t.Errorf("%d of %d: got %d, want %d", c.part, c.whole, got, c.want)
		}
	}
	if !reaches(money.Max, money.Max, 100) || reaches(money.Max-1, money.Max, 100) || !reaches(0, 1, 0) {
		t.Error("shares are not exact")
	}
}
