package embedded

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/services/matching/embedded/segment"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/text"
)

// leastShare is how much of a question, by rarity, a document must have to be found: one common word of many is no answer.
const leastShare = 0.15

// Search implements engine.Searcher.
func (e *Engine) Search(ctx context.Context, q engine.Query) (engine.Result, error) {
	x, err := e.index(ctx, q.Kind)
	if err != nil {
		return engine.Result{}, err
	}
	if err := x.allows(q); err != nil {
		return engine.Result{}, err
	}
	s := searcher{index: x, query: q, question: x.ask(q.Text), scale: x.scale(searchLength), counts: map[string]map[string]int{}}
	s.top = top{most: q.Offset + q.Limit, before: s.before}
	if len(q.Highlight) > 0 {
		s.marker = text.NewMarker(q.Text + s.question.also)
	}
	for _, attr := range q.Facets {
		s.counts[attr] = map[string]int{}
	}
	for n := range x.views {
		columns := make([]*segment.Column, len(q.Sort))
		for i, by := range q.Sort {
			columns[i] = x.views[n].Column(by.Attr)
		}
		s.keys = append(s.keys, columns)
	}
	for n := range x.views {
		runtime.Gosched() // many callers take turns, so that none waits for whole slices of the others' time
		if err := s.view(ctx, n); err != nil {
			return engine.Result{}, err
		}
	}
	return s.result(), nil
}

// Multi implements engine.Searcher.
func (e *Engine) Multi(ctx context.Context, qs []engine.Query) ([]engine.Result, error) {
	out := make([]engine.Result, len(qs))
	for i, q := range qs {
		r, err := e.Search(ctx, q)
		if err != nil {
			return nil, err
		}
		out[i] = r
	}
	return out, nil
}

// allows refuses a query that reaches past the window or names what the schema does not have.
func (x *index) allows(q engine.Query) error {
	if err := q.Check(); err != nil {
		return err
	}
	if err := x.admits(engine.And{q.Filter, q.Must}); err != nil {
		return err
	}
	for _, attr := range q.Facets {
		if !slices.Contains(x.schema.Facet, attr) {
			return fmt.Errorf("%w: facet %q", engine.ErrBadFilter, attr)
		}
	}
	for _, by := range q.Sort {
		if !slices.Contains(x.schema.Sort, by.Attr) {
			return fmt.Errorf("%w: sort %q", engine.ErrBadFilter, by.Attr)
		}
	}
	return nil
}

func (x *index) admits(f engine.Filter) error {
	for _, attr := range engine.Attributes(f) {
		if !slices.Contains(x.schema.Filter, attr) {
			return fmt.Errorf("%w: filter %q", engine.ErrBadFilter, attr)
		}
	}
	return nil
}

// searcher answers one query.
type searcher struct {
	*index
	query    engine.Query
	question question
	scale    *scale
	marker   *text.Marker        // of what is to be highlighted
	keys     [][]*segment.Column // by segment, those of Sort
	top      top
	total    int
	counts   map[string]map[string]int
}

// view searches one segment.
func (s *searcher) view(ctx context.Context, n int) error {
	v := &s.views[n]
	pass := v.Compile(engine.And{s.query.Filter, s.query.Must})
	counters := make([]segment.Counter, 0, len(s.query.Facets))
	counted := make([]string, 0, len(s.query.Facets))
	for _, attr := range s.query.Facets {
		if c := v.Column(attr); c != nil {
			counters, counted = append(counters, c.Counter()), append(counted, attr)
		}
	}
	err := s.each(ctx, n, func(doc uint32, score float32) {
		if !v.Alive(doc) || !pass(doc) {
			return
		}
		s.total++
		for i := range counters {
			counters[i].Count(doc)
		}
		s.top.offer(hit{view: n, doc: doc, score: score})
	})
	for i := range counters {
		counters[i].AddTo(s.counts[counted[i]])
	}
	return err
}

// each calls take with the documents of a segment that have enough of the question; with all of them if nothing was asked.
func (s *searcher) each(ctx context.Context, n int, take func(uint32, float32)) error {
	v := &s.views[n]
	const pause = 1 << 14 // documents between two looks at the context
	if s.question.empty {
		for doc := range uint32(v.Docs()) {
			if doc%pause == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			take(doc, 0)
		}
		return nil
	}
	work := scratches.Get().(*scratch)
	defer scratches.Put(work)
	touched, err := work.tally(ctx, v, n, s.question, s.scale)
	if err != nil {
		return err
	}
	defer work.wipe()
	enough, norms := float32(s.question.asked*leastShare), v.Norms()
	for _, doc := range touched {
		if t := &work.tallies[doc]; t.cover >= enough && t.cover > 0 {
			take(doc, share(t.score*s.scale.once[norms[doc]], t.cover, s.question.asked))
		}
	}
	return nil
}

func (s *searcher) result() engine.Result {
	r := engine.Result{Total: s.total, Exact: true}
	hits := s.top.sorted()
	for _, h := range hits[min(s.query.Offset, len(hits)):] {
		r.Hits = append(r.Hits, engine.Hit{ID: string(s.views[h.view].ID(h.doc)), Score: float64(h.score), Highlights: s.highlights(h)})
	}
	for attr, counts := range s.counts {
		if r.Facets == nil {
			r.Facets = map[string][]engine.Bucket{}
		}
		r.Facets[attr] = buckets(counts)
	}
	return r
}

func buckets(counts map[string]int) []engine.Bucket {
	out := make([]engine.Bucket, 0, len(counts))
	for v, n := range counts {
		out = append(out, engine.Bucket{Value: v, Count: n})
	}
	slices.SortFunc(out, func(a, b engine.Bucket) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Value, b.Value)) })
	return slices.Clone(out[:min(len(out), engine.MaxFacetValues)])
}

// before orders hits: by the attributes that were asked for, what lacks them last; else by score; and by id.
func (s *searcher) before(a, b hit) int {
	for i, by := range s.query.Sort {
		if c := compare(a, b, s.keys[a.view][i], s.keys[b.view][i], by.Desc); c != 0 {
			return c
		}
	}
	if len(s.query.Sort) == 0 && a.score != b.score {
		return cmp.Compare(b.score, a.score)
	}
	return s.byID(a, b)
}

func (x *index) byID(a, b hit) int {
	if a.view == b.view {
		return cmp.Compare(x.views[a.view].Rank(a.doc), x.views[b.view].Rank(b.doc))
	}
	return bytes.Compare(x.views[a.view].ID(a.doc), x.views[b.view].ID(b.doc))
}

// compare orders two hits by an attribute, whose column in the segment of each is given.
func compare(a, b hit, of, other *segment.Column, desc bool) int {
	var ka, kb uint32
	if of != nil {
		ka = of.Key(a.doc, desc)
	}
	if other != nil {
		kb = other.Key(b.doc, desc)
	}
	if ka == 0 || kb == 0 {
		return cmp.Compare(min(kb, 1), min(ka, 1))
	}
	c := 0
	if of == other {
		c = cmp.Compare(ka, kb)
	} else {
		c = of.Compare(ka, other, kb)
	}
	if desc {
		return -c
	}
	return c
}
