package meili

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/meilisearch/meilisearch-go"

	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/meili/wire"
	"github.com/jiebang/jiebang/services/matching/text"
)

// plan is how a query is asked.
type plan struct {
	engine.Query
	uid, filter, words string
	vector             []float32
	none               bool // there is a text, and nothing in it to look for
	main, doubts       int  // where in the request the query stands, and the doubts; -1 if they are not asked at once
}

// Search answers a query.
func (e *Engine) Search(ctx context.Context, q engine.Query) (engine.Result, error) {
	rs, err := e.Multi(ctx, []engine.Query{q})
	if err != nil {
		return engine.Result{}, err
	}
	return rs[0], nil
}

// Multi answers queries in one round trip. In others it makes sure, of each that may be one, whether any document has all its words, and looks further if none has.
func (e *Engine) Multi(ctx context.Context, qs []engine.Query) ([]engine.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, e.o.Timeout)
	defer cancel()
	plans := make([]*plan, len(qs))
	var asked []*meilisearch.SearchRequest
	for i, q := range qs {
		p, err := e.plan(q)
		if err != nil {
			return nil, err
		}
		plans[i] = p
		asked = append(asked, p.requests(len(asked), e.o.Embedder)...)
	}
	answers, err := e.ask(ctx, asked)
	if err != nil {
		return nil, err
	}
	results := make([]engine.Result, len(qs))
	for i, p := range plans {
		if results[i], err = e.answer(ctx, p, answers); err != nil {
			return nil, err
		}
	}
	return results, nil
}

func (e *Engine) plan(q engine.Query) (*plan, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	names := slices.Concat([]string{string(q.Kind)}, q.Facets, q.Highlight)
	for _, s := range q.Sort {
		names = append(names, s.Attr)
	}
	if err := wire.CheckNames(names...); err != nil {
		return nil, err
	}
	filter, err := wire.Filter(q.Must, q.Filter)
	if err != nil {
		return nil, err
	}
	folded := text.Fold(q.Text)
	p := &plan{Query: q, uid: e.uid(q.Kind), filter: filter, words: wire.Query(folded), doubts: -1}
	p.none = folded != "" && p.words == ""
	if m := e.o.Embedder; m != nil && m.Ratio > 0 && m.Embed != nil && p.words != "" {
		p.vector = m.Embed(q.Text)
	}
	return p, nil
}

// requests are what is asked first, to stand from place at on.
func (p *plan) requests(at int, m *Embedder) []*meilisearch.SearchRequest {
	main := p.request(p.words)
	if p.none {
		main.Filter = "(" + p.filter + ") AND " + wire.Never // asked all the same: the index, the filter and the facets must be there
	}
	p.main = at
	if m != nil && m.Ratio > 0 && p.words != "" && len(p.Sort) == 0 {
		main.Hybrid, main.Vector = &meilisearch.SearchRequestHybrid{Embedder: m.Name, SemanticRatio: m.Ratio}, p.vector
	}
	rs := []*meilisearch.SearchRequest{main}
	if main.Hybrid == nil && p.several() && (p.Offset > 0 || p.Limit == 0 || len(p.Sort) > 0) { // the best hit will not be among those
		p.doubts = at + 1
		rs = append(rs, p.doubt()...)
	}
	return rs
}

// several reports whether there may be more words than one, of which a document may have some.
func (p *plan) several() bool { return utf8.RuneCountInString(p.words) > 2 }

// doubt asks whether any document has all words, and what the words are as pinyin if they can be.
func (p *plan) doubt() []*meilisearch.SearchRequest {
	rs := []*meilisearch.SearchRequest{{IndexUID: p.uid, Query: p.words, Filter: p.filter, MatchingStrategy: meilisearch.All, Limit: 1, AttributesToRetrieve: []string{"id"}}}
	if syllables := text.Syllables(p.Text); len(syllables) > 1 {
		rs = append(rs, p.request(`"`+wire.Sound(syllables)+`"`))
	}
	return rs
}

// sure reports whether the first hit is known to have all words. A hit that has m words of n scores at most m/n, and n is at most the number of characters.
func (p *plan) sure(r engine.Result) bool {
	n := float64(len([]rune(strings.NewReplacer(" ", "", `"`, "").Replace(p.words))))
	return len(r.Hits) > 0 && r.Hits[0].Score > (n-1)/n
}

// request asks for the page of a query.
func (p *plan) request(q string) *meilisearch.SearchRequest {
	r := &meilisearch.SearchRequest{IndexUID: p.uid, Query: q, Filter: p.filter, MatchingStrategy: meilisearch.Frequency, ShowRankingScore: true,
		AttributesToRetrieve: p.retrieve()}
	page(r, p.Offset, p.Limit)
	for _, f := range p.Facets {
		r.Facets = append(r.Facets, wire.Label+f)
	}
	for _, s := range p.Sort {
		r.Sort = append(r.Sort, wire.Attr+s.Attr+map[bool]string{false: ":asc", true: ":desc"}[s.Desc])
	}
	if len(p.Sort) > 0 {
		r.Sort = append(r.Sort, "id:asc")
	}
	return r
}

// retrieve names the id, and the texts to highlight: all that a search takes out of the server.
func (p *plan) retrieve() []string {
	fields := []string{"id"}
	for _, h := range p.Highlight {
		fields = append(fields, wire.AsGiven+h)
	}
	return fields
}

// page sets the window. A limit of 0 is said in another way, since the client library leaves it out and the server then takes 20.
func page(r *meilisearch.SearchRequest, offset, limit int) {
	if limit == 0 {
		r.HitsPerPage = new(int64(0))
		return
	}
	r.Offset, r.Limit = int64(offset), int64(limit)
}

// ask sends one multi-search.
func (e *Engine) ask(ctx context.Context, rs []*meilisearch.SearchRequest) ([]meilisearch.SearchResponse, error) {
	if len(rs) == 0 {
		return nil, nil
	}
	resp, err := e.find.MultiSearchWithContext(ctx, &meilisearch.MultiSearchRequest{Queries: rs})
	if err != nil {
		return nil, wire.Typed("search", err)
	}
	if len(resp.Results) != len(rs) {
		return nil, fmt.Errorf("%w: %d answers to %d queries", engine.ErrUnavailable, len(resp.Results), len(rs))
	}
	return resp.Results, nil
}

// answer picks what answers a query: its words if a document has them all, else its pinyin, else any of its terms.
func (e *Engine) answer(ctx context.Context, p *plan, answers []meilisearch.SearchResponse) (engine.Result, error) {
	main, err := p.result(answers[p.main])
	hybrid := e.o.Embedder != nil && e.o.Embedder.Ratio > 0 && len(p.Sort) == 0
	if err != nil || hybrid || !p.several() || p.doubts < 0 && p.sure(main) {
		return main, err
	}
	doubt := p.doubt()
	if p.doubts >= 0 {
		answers = answers[p.doubts : p.doubts+len(doubt)]
	} else if answers, err = e.ask(ctx, doubt); err != nil {
		return engine.Result{}, err
	}
	if total(answers[0]) > 0 {
		return main, nil
	}
	if len(answers) > 1 && total(answers[1]) > 0 {
		return p.result(answers[1])
	}
	if r, ok, err := e.widen(ctx, p); ok || err != nil {
		return r, err
	}
	return main, nil
}

// total is how many documents the server found, as it says.
func total(r meilisearch.SearchResponse) int {
	return int(min(max(r.EstimatedTotalHits, r.TotalHits), engine.MaxWindow))
}

// result reads an answer.
func (p *plan) result(r meilisearch.SearchResponse) (engine.Result, error) {
	found, err := wire.Hits(r.Hits)
	if err != nil {
		return engine.Result{}, err
	}
	out := engine.Result{Total: total(r)}
	out.Exact = p.words == "" && out.Total < engine.MaxWindow
	marker := text.NewMarker(p.Text)
	for _, h := range found {
		out.Hits = append(out.Hits, engine.Hit{ID: h.ID, Score: h.Score, Highlights: p.highlights(h, marker)})
	}
	out.Facets, err = wire.Facets(r.FacetDistribution, p.Facets)
	return out, err
}

func (p *plan) highlights(h wire.Hit, marker *text.Marker) map[string][]engine.Fragment {
	if len(p.Highlight) == 0 {
		return nil
	}
	out := map[string][]engine.Fragment{}
	for _, field := range p.Highlight {
		if source, ok := h.Texts[field]; ok {
			out[field] = []engine.Fragment{wire.Fragment(source, marker)}
		}
	}
	return out
}
