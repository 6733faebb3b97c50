package train

import (
	"crypto/sha256"
	"fmt"
	"math"
	"slices"

	"github.com/jiebang/jiebang/services/matching/evaluate"
)

// values are what a weight may be, round and few; simple is where each is until the judgements say otherwise.
var values = []float64{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1}

const simple = 0.5

// draws are how strongly weights may be drawn towards simple ones: the goal that a difference of 1 must gain.
var draws = []float64{0.1, 0.03, 0.01}

// weights of the features of a sample.
type weights []float64

func (w weights) String() string { return fmt.Sprint([]float64(w)) }

// goal is what weights are chosen by: all figures alike. Those of the bar alone are too few pairs to choose by.
func goal(f evaluate.Figures) float64 { return f.NDCG10 + f.AUC + f.Recall50 + f.Recall200 }

// trainer remembers what weights have been measured: for each, the figures of every demand. Who chooses weights reads those of the demands that it
// may see and no others.
type trainer struct {
	sample *Sample
	known  map[string][]evaluate.Figures
	told   func(measured int)
}

func (t *trainer) figures(w weights) []evaluate.Figures {
	key := w.String()
	f, ok := t.known[key]
	if !ok {
		f = make([]evaluate.Figures, len(t.sample.Demands))
		parallel(len(f), func(i int) { f[i] = t.sample.measure(&t.sample.Demands[i], w) })
		t.known[key] = f
		t.told(len(t.known))
	}
	return f
}

// on is the mean of the figures of some demands.
func (t *trainer) on(demands []int, w weights) evaluate.Figures {
	all := t.figures(w)
	these := make([]evaluate.Figures, len(demands))
	for i, d := range demands {
		these[i] = all[d]
	}
	return evaluate.Mean(these)
}

// none is that no feature is left out.
const none = -1

// fit chooses weights by some demands: one pair after the other takes the values that are best with the others as they are, until none moves. One at
// a time they would stop where two must move together.
func (t *trainer) fit(demands []int, draw float64, without int) weights {
	w := make(weights, len(t.sample.Features))
	for k := range w {
		w[k] = simple
	}
	w[0] = 1
	if without != none {
		w[without] = 0
	}
	worth := func(w weights) float64 {
		sum := goal(t.on(demands, w))
		for k, x := range w[1:] {
			if k+1 != without {
				sum -= draw * math.Abs(x-simple)
			}
		}
		return sum
	}
	best := worth(w)
	for moved := true; moved; {
		moved = false
		for k := 1; k < len(w); k++ {
			for l := k; l < len(w); l++ {
				for _, other := range moves(w, k, l, without) {
					if got := worth(other); got > best+1e-9 {
						best, w, moved = got, other, true
					}
				}
			}
		}
	}
	return w
}

// moves are weights with other values in two places, which may be one.
func moves(w weights, k, l, without int) (all []weights) {
	if k == without || l == without {
		return nil
	}
	for _, x := range values {
		for _, y := range values {
			other := slices.Clone(w)
			other[k], other[l] = x, y
			all = append(all, other)
		}
	}
	return all
}

// chosen fits with the draw that is best in the folds of these demands, the stronger of equals.
func (t *trainer) chosen(folds [][]int, without int) weights {
	best, draw := math.Inf(-1), draws[0]
	for _, x := range draws {
		var each []evaluate.Figures
		for i, held := range folds {
			f := t.figures(t.fit(outside(folds, i), x, without))
			for _, d := range held {
				each = append(each, f[d])
			}
		}
		if got := goal(evaluate.Mean(each)); got > best+1e-9 {
			best, draw = got, x
		}
	}
	return t.fit(slices.Concat(folds...), draw, without)
}

// outside are the demands of all folds but one.
func outside(folds [][]int, but int) []int {
	return slices.Concat(slices.Concat(folds[:but]...), slices.Concat(folds[but+1:]...))
}

// Split is the demands of each fold, split in one of several ways. A demand's fold is by its id alone, so that it stays when others come.
func (s *Sample) Split(way int) ([][]int, error) {
	folds := make([][]int, Folds)
	for i, d := range s.Demands {
		h := sha256.Sum256(fmt.Appendf(nil, "%d %s", way, d.ID))
		k := h[0] % Folds
		folds[k] = append(folds[k], i)
	}
	for _, f := range folds {
		if len(f) == 0 {
			return nil, fmt.Errorf("需求太少: %d 项分不成 %d 份", len(s.Demands), Folds)
		}
	}
	return folds, nil
}
