package embedded

import (
	"context"
	"sync"

	"github.com/jiebang/jiebang/services/matching/embedded/segment"
)

// The figures of BM25, chosen by finding known papers by their titles, keywords, fragments and halves.
const (
	saturation   = 1.0 // how soon more of a term in a document counts no more
	repetition   = 4.0 // the same in a text that is matched
	searchLength = 0.5 // how much a long document is held against itself in a search,
	matchLength  = 0.9 // and in a match
)

// scale says for each rounded length what an occurrence of weight 1 in a document that long scores, and how to get there from another weight. What
// every such occurrence in a document scores is the same factor, so that it is left to the end: until then each counts as one.
type scale struct{ once, under [256]float32 }

func (x *index) scale(b float64) *scale {
	average := 1.0
	if x.live > 0 {
		average = max(1, float64(x.length)/segment.Quarters/float64(x.live))
	}
	var s scale
	for i := range s.under {
		under := saturation * (1 - b + b*segment.Length(uint8(i))/average)
		s.under[i], s.once[i] = float32(under), float32((saturation+1)/(1+under))
	}
	return &s
}

// beyond returns how much more than an occurrence of weight 1 one of another weight, in quarters, scores; less than 0 if it is lighter.
func (s *scale) beyond(weight uint32, norm uint8) float32 {
	w, under := float32(weight)/segment.Quarters, s.under[norm]
	return w*(1+under)/(w+under) - 1
}

// tally is what a document of a segment has got so far; its score wants the factor of its length.
type tally struct {
	score, cover float32
	clause       int32 // the last that it had, and one
}

// scratch is the memory of one search, used again by others.
type scratch struct {
	tallies []tally
	sums    []float32
	touched []uint32
	reader  segment.Reader
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// tally scores the documents of a segment for a question and returns those that have anything of it, in no order.
func (s *scratch) tally(ctx context.Context, v *segment.View, n int, q question, by *scale) ([]uint32, error) {
	if len(s.tallies) < v.Docs() {
		s.tallies = make([]tally, v.Docs())
	}
	s.touched = s.touched[:0]
	for i, c := range q.clauses {
		if err := ctx.Err(); err != nil {
			s.wipe()
			return nil, err
		}
		for _, f := range c.terms[n] {
			v.Open(&s.reader, f.term)
			s.clause(v.Norms(), int32(i)+1, float32(c.cover), float32(c.weight*c.rarity)*f.weight, by)
		}
	}
	return s.touched, nil
}

// clause tallies the postings that the reader has open.
func (s *scratch) clause(norms []uint8, mark int32, cover, full float32, by *scale) {
	r, tallies, touched := &s.reader, s.tallies, s.touched
	for n := r.Read(); n > 0; n = r.Read() {
		for _, doc := range r.Docs[:n] {
			t := &tallies[doc]
			if t.clause != mark {
				if t.clause == 0 {
					touched = append(touched, doc)
				}
				t.clause = mark
				t.cover += cover
			}
			t.score += full
		}
		for _, o := range r.Odd {
			doc := r.Docs[o.At]
			tallies[doc].score += full * by.beyond(o.Weight, norms[doc])
		}
	}
	s.touched = touched
}

// wipe makes the tallies empty again.
func (s *scratch) wipe() {
	for _, doc := range s.touched {
		s.tallies[doc] = tally{}
	}
}

// sum adds the postings that the reader has open to the sums, which want the factors of the lengths.
func (s *scratch) sum(norms []uint8, full float32, by *scale) {
	r, sums := &s.reader, s.sums
	for n := r.Read(); n > 0; n = r.Read() {
		for _, doc := range r.Docs[:n] {
			sums[doc] += full
		}
		for _, o := range r.Odd {
			doc := r.Docs[o.At]
			sums[doc] += full * by.beyond(o.Weight, norms[doc])
		}
	}
}

// share turns a score into one that prefers documents that have more of the question. In a search it finds better than lone characters beside the
// pairs did; it would harm a match, whose text nobody has in full.
func share(score, cover float32, asked float64) float32 { return score * min(1, cover/float32(asked)) }
