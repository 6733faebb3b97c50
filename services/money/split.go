package money

import (
	"math/bits"
	"slices"
)

// Split divides f, which is not negative, by shares, by the largest remainder: each part is its exact share rounded down, and the fen that are left go to
// the parts with the largest remainders, the first of equals first. The parts add up to f. Shares are positive and below 2^31.
func (f Fen) Split(shares []int64) []Fen {
	var whole uint64
	for _, s := range shares {
		whole += uint64(s)
	}
	if whole == 0 {
		return nil
	}
	parts, rests, order := make([]Fen, len(shares)), make([]uint64, len(shares)), make([]int, len(shares))
	left := f
	for i, s := range shares {
		high, low := bits.Mul64(uint64(f), uint64(s))
		quotient, rest := bits.Div64(high, low, whole)
		parts[i], rests[i], order[i] = Fen(quotient), rest, i
		left -= parts[i]
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case rests[a] > rests[b]:
			return -1
		case rests[a] < rests[b]:
			return 1
		}
		return 0
	})
	for _, i := range order[:left] {
		parts[i]++
	}
	return parts
}
