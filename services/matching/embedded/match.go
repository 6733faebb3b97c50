package embedded

import (
	"cmp"
	"context"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/text"
)

// Match implements engine.Searcher: every term of the text counts, as often as it is there, and none is required.
func (e *Engine) Match(ctx context.Context, q engine.MatchQuery) (engine.Result, error) {
	x, err := e.index(ctx, q.Kind)
	if err != nil {
		return engine.Result{}, err
	}
	return x.match(ctx, q, "")
}

// Similar implements engine.Searcher: it matches with the text of the document.
func (e *Engine) Similar(ctx context.Context, k engine.Kind, id string, q engine.MatchQuery) (engine.Result, error) {
	x, err := e.index(ctx, k)
	if err != nil {
		return engine.Result{}, err
	}
	texts, ok := x.texts(id)
	if !ok {
		return engine.Result{}, engine.ErrNotFound
	}
	var all []string
	for _, f := range x.schema.Text {
		all = append(all, texts[f.Name])
	}
	q.Text = strings.Join(all, "\n")
	return x.match(ctx, q, id)
}

// match matches a text with all documents but the one with the id.
func (x *index) match(ctx context.Context, q engine.MatchQuery, but string) (engine.Result, error) {
	if err := (engine.Query{Limit: q.Limit}).Check(); err != nil {
		return engine.Result{}, err
	}
	if err := x.admits(engine.And{q.Filter, q.Must}); err != nil {
		return engine.Result{}, err
	}
	m := matcher{index: x, query: q, but: but, scale: x.scale(matchLength), top: top{most: q.Limit, before: x.better}}
	m.read(q.Text)
	for n := range x.views {
		runtime.Gosched()
		if err := m.view(ctx, n); err != nil {
			return engine.Result{}, err
		}
	}
	var r engine.Result
	for _, h := range m.top.sorted() {
		r.Hits = append(r.Hits, engine.Hit{ID: string(x.views[h.view].ID(h.doc)), Score: float64(h.score)})
	}
	r.Total = len(r.Hits)
	return r, nil
}

// better orders hits by score, then by id.
func (x *index) better(a, b hit) int {
	if a.score != b.score {
		return cmp.Compare(b.score, a.score)
	}
	return x.byID(a, b)
}

// matcher answers one match.
type matcher struct {
	*index
	query   engine.MatchQuery
	but     string
	scale   *scale
	weights []float32 // of each term of the text
	places  [][]int32 // by segment, where each term is; negative if it is not there
	top     top
}

// read weighs the terms of a text by how rare they are and how often it has them.
func (m *matcher) read(s string) {
	times := map[string]int{}
	text.Each(text.Fold(s), func(t text.Term) { times[t.Text]++ })
	terms := slices.Sorted(maps.Keys(times))
	df := make([]int, len(terms))
	m.places = make([][]int32, len(m.views))
	for n := range m.views {
		v := &m.views[n]
		m.places[n] = make([]int32, len(terms))
		for i := range terms {
			m.places[n][i] = -1
		}
		v.FindAll(terms, func(i, at int) {
			m.places[n][i] = int32(at)
			df[i] += v.Count(at)
		})
	}
	m.weights = make([]float32, len(terms))
	for i, t := range terms {
		often := float64(times[t])
		m.weights[i] = float32(m.rarity(df[i]) * often * (repetition + 1) / (often + repetition))
	}
}

// view matches the documents of a segment.
func (m *matcher) view(ctx context.Context, n int) error {
	v := &m.views[n]
	work := scratches.Get().(*scratch)
	defer scratches.Put(work)
	if len(work.sums) < v.Docs() {
		work.sums = make([]float32, v.Docs())
	}
	defer clear(work.sums[:v.Docs()])
	for i, at := range m.places[n] {
		if err := ctx.Err(); err != nil {
			return err
		}
		if at >= 0 {
			v.Open(&work.reader, int(at))
			work.sum(v.Norms(), m.weights[i], m.scale)
		}
	}
	pass := v.Compile(engine.And{m.query.Filter, m.query.Must})
	norms := v.Norms()
	for doc, sum := range work.sums[:v.Docs()] {
		if sum *= m.scale.once[norms[doc]]; sum > 0 && (len(m.top.heap) < m.top.most || m.top.most > 0 && sum >= m.top.heap[0].score) {
			if d := uint32(doc); v.Alive(d) && pass(d) && (m.but == "" || string(v.ID(d)) != m.but) {
				m.top.offer(hit{view: n, doc: d, score: sum})
			}
		}
	}
	return nil
}
