package match

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/services/matching/text"
)

// How many candidates of each kind a match looks at before it scores them. Evaluation looks at as many as a server does.
const (
	ByText    = 300 // by the whole text
	ByTitle   = 300 // by the title
	ByWords   = 60  // by a search for the title, which knows synonyms
	ByMeaning = 300 // by the mean vector of the title's words, which need share none
)

// Near finds, among many titles, those that mean what a query does. When all are added it is only read.
type Near struct {
	ids   []string
	signs []signs
	bytes []int8
}

// signs are the signs of a vector, a bit each: of vectors that lie close together most are the same.
type signs [(Dimensions + 63) / 64]uint64

func (v *Vector) signs() (s signs) {
	for i, x := range v {
		if x > 0 {
			s[i/64] |= 1 << (i % 64)
		}
	}
	return s
}

func (s *signs) apart(o *signs) (n int) {
	for i := range s {
		n += bits.OnesCount64(s[i] ^ o[i])
	}
	return n
}

// Add adds the title of something.
func (n *Near) Add(m *Matcher, id, title string) {
	_, mean := m.words(text.Fold(title))
	n.ids, n.signs = append(n.ids, id), append(n.signs, mean.signs())
	for _, x := range mean {
		n.bytes = append(n.bytes, int8(math.Round(float64(x)*127)))
	}
}

// looked is how many vectors are compared for each that is returned: signs tell only roughly.
const looked = 10

// Nearest are the ids of the titles whose words mean most nearly what those of the query's title do, the nearest first.
func (q *Query) Nearest(n *Near, most int) []string {
	if q.mean == (Vector{}) || n == nil {
		return nil
	}
	own := q.mean.signs()
	var count [Dimensions + 1]int
	for i := range n.signs {
		count[n.signs[i].apart(&own)]++
	}
	within, sum := 0, count[0]
	for within < Dimensions/2 && sum < looked*most {
		within++
		sum += count[within]
	}
	type near struct {
		at  int
		dot float32
	}
	var all []near
	for i := range n.signs {
		if n.signs[i].apart(&own) > within {
			continue
		}
		var dot float32
		for k, x := range n.bytes[i*Dimensions : (i+1)*Dimensions] {
			dot += float32(x) * q.mean[k]
		}
		all = append(all, near{i, dot})
	}
	slices.SortFunc(all, func(a, b near) int {
		return cmp.Or(cmp.Compare(b.dot, a.dot), strings.Compare(n.ids[a.at], n.ids[b.at]))
	})
	ids := make([]string, min(most, len(all)))
	for i := range ids {
		ids[i] = n.ids[all[i].at]
	}
	return ids
}
