// Package shingle tells how much of two texts is the same, without comparing them word by word: each is cut into overlapping shingles, of which a sketch
// keeps, for each of many orders, the first (MinHash).
//
//   - What texts share is a share of their shingles, so that a moved paragraph, another number or another name changes little.
//   - A sketch depends on the text alone: equal texts have equal sketches on every machine.
package shingle

import "github.com/jiebang/jiebang/services/matching/text"

const (
	width  = 4   // characters in a shingle
	orders = 128 // of which a sketch keeps the first shingle
)

// Sketch stands for a text.
type Sketch [orders]uint64

// Of makes the sketch of a text as it is read for searching; false if the text is too short to have one.
func Of(s string) (sketch Sketch, ok bool) {
	runes := []rune(text.Fold(s))
	if len(runes) < width {
		return sketch, false
	}
	for i := range sketch {
		sketch[i] = ^uint64(0)
	}
	for i := 0; i+width <= len(runes); i++ {
		h := uint64(14695981039346656037) // FNV-1a over the characters
		for _, r := range runes[i : i+width] {
			h = (h ^ uint64(r)) * 1099511628211
		}
		for n := range sketch {
			sketch[n] = min(sketch[n], mix(h+uint64(n)*0x9e3779b97f4a7c15))
		}
	}
	return sketch, true
}

// mix is the finalizer of SplitMix64: it makes each order one of its own.
func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// Similarity is about how much of the shingles of two texts is common to both, per cent.
func Similarity(a, b Sketch) int {
	same := 0
	for i := range a {
		if a[i] == b[i] {
			same++
		}
	}
	return same * 100 / orders
}
