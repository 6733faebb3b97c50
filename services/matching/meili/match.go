package meili

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/meilisearch/meilisearch-go"

	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/meili/wire"
	"github.com/jiebang/jiebang/services/matching/text"
)

const (
	maxRepeat = 4   // times a term counts, so that boilerplate does not win
	maxTerms  = 20  // of a text that are asked for, each in a query of its own
	perTerm   = 300 // documents of each that are taken
	rankDamp  = 60  // of reciprocal ranks, with which lists of unlike scores are joined
	flatness  = 0.8 // the part of a term's weight that does not depend on where it stands in the document
)

// weighed is a term and what it weighs.
type weighed struct {
	term   string
	weight float64
}

// choose returns the terms of a folded text that say most, the weightiest first.
func (e *Engine) choose(k engine.Kind, folded string) []weighed {
	count, order := map[string]int{}, []weighed(nil)
	for _, t := range text.Terms(folded) {
		if count[t]++; count[t] == 1 {
			order = append(order, weighed{term: t})
		}
	}
	for i, w := range order {
		order[i].weight = e.rarity(k, w.term) * (1 + math.Log(float64(min(count[w.term], maxRepeat))))
	}
	slices.SortStableFunc(order, func(a, b weighed) int { return cmp.Compare(b.weight, a.weight) })
	return order[:min(len(order), maxTerms)]
}

// common are characters that join words more often than they are one.
const common = "的了和与及或等在对为是于以之其该这那把被并而由从向到个中上下可能有无不也就要会使所用进行通过采各种项本"

// rarity is how much a term says, before the server is asked: from its documents where they are known, else a guess.
func (e *Engine) rarity(k engine.Kind, term string) float64 {
	if e.o.DF != nil {
		df, n := e.o.DF(k, term)
		if df == 0 && n > 0 {
			return 0 // nothing is found by it
		}
		return idf(df, n)
	}
	switch {
	case !strings.ContainsFunc(term, text.Han):
		if strings.ContainsFunc(term, unicode.IsLetter) && len(term) > 2 {
			return 6
		}
		return 3
	case strings.ContainsAny(term, common):
		return 1
	}
	return 4
}

// idf is the weight of a term that df of n documents have.
func idf(df, n int) float64 {
	return math.Log(1 + (float64(max(n, df)-df)+0.5)/(float64(df)+0.5))
}

// union asks for terms, each in its own query, and joins what they find: a document weighs what the terms weigh that it has.
func (e *Engine) union(ctx context.Context, uid, filter string, terms []weighed, extra ...*meilisearch.SearchRequest) ([]engine.Hit, []meilisearch.SearchResponse, error) {
	rs := make([]*meilisearch.SearchRequest, 0, len(terms)+len(extra))
	for _, t := range terms {
		rs = append(rs, &meilisearch.SearchRequest{IndexUID: uid, Query: `"` + wire.Term(t.term) + `"`, Filter: filter, Limit: perTerm, ShowRankingScore: true,
			AttributesToRetrieve: []string{"id"}})
	}
	answers, err := e.ask(ctx, append(rs, extra...))
	if err != nil {
		return nil, nil, err
	}
	scores, all := map[string]float64{}, 0.0
	for i, t := range terms {
		weight := t.weight
		if e.o.DF == nil { // what the server found is better than the guess
			weight = idf(total(answers[i]), 2*engine.MaxWindow)
		}
		found, err := wire.Hits(answers[i].Hits)
		if err != nil {
			return nil, nil, err
		}
		for _, h := range found {
			scores[h.ID] += weight * (flatness + (1-flatness)*h.Score)
		}
		all += weight
	}
	return ranked(scores, all), answers[len(terms):], nil
}

// ranked puts the best first, the id deciding between equals, with scores as parts of all.
func ranked(scores map[string]float64, all float64) []engine.Hit {
	hits := make([]engine.Hit, 0, len(scores))
	for id, s := range scores {
		hits = append(hits, engine.Hit{ID: id, Score: s / max(all, math.SmallestNonzeroFloat64)})
	}
	slices.SortFunc(hits, func(a, b engine.Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	return hits[:min(len(hits), engine.MaxWindow)]
}

// widen answers a query of whose words no document has all with those that have any of its terms; false if none has.
func (e *Engine) widen(ctx context.Context, p *plan) (engine.Result, bool, error) {
	hits, _, err := e.union(ctx, p.uid, p.filter, e.choose(p.Kind, text.Fold(p.Text)))
	if err != nil || len(hits) == 0 {
		return engine.Result{}, false, err
	}
	ids, scores := make([]string, len(hits)), map[string]float64{}
	for i, h := range hits {
		ids[i], scores[h.ID] = h.ID, h.Score
	}
	out := engine.Result{Total: len(hits), Hits: slices.Clone(hits[min(p.Offset, len(hits)):min(p.Offset+p.Limit, len(hits))])}
	if len(p.Facets) == 0 && len(p.Highlight) == 0 && len(p.Sort) == 0 {
		return out, true, nil
	}
	// The counts, the given order and the texts are the server's to tell, of these documents.
	of := *p
	of.filter, of.words = "("+p.filter+") AND "+wire.IDs(ids), ""
	rs := []*meilisearch.SearchRequest{of.request("")}
	if len(p.Sort) == 0 {
		of.Offset, of.Limit, of.Facets = 0, len(out.Hits), nil
		if len(out.Hits) > 0 {
			of.filter = "(" + p.filter + ") AND " + wire.IDs(ids[p.Offset:p.Offset+len(out.Hits)])
		}
		rs[0].Offset, rs[0].Limit, rs[0].HitsPerPage = 0, 0, new(int64(0))
		rs = append(rs, of.request(""))
	}
	answers, err := e.ask(ctx, rs)
	if err != nil {
		return engine.Result{}, false, err
	}
	counted, err := p.result(answers[0])
	if err != nil {
		return engine.Result{}, false, err
	}
	shown, err := of.result(answers[len(answers)-1])
	if err != nil {
		return engine.Result{}, false, err
	}
	out.Facets = counted.Facets
	if len(p.Sort) > 0 {
		out.Hits = shown.Hits
	}
	texts := map[string]map[string][]engine.Fragment{}
	for _, h := range shown.Hits {
		texts[h.ID] = h.Highlights
	}
	for i, h := range out.Hits {
		out.Hits[i].Score, out.Hits[i].Highlights = scores[h.ID], texts[h.ID]
	}
	return out, true, nil
}

// Match ranks by the terms of a long text that say most, and by its vector where there is an embedder, the two lists joined by rank.
func (e *Engine) Match(ctx context.Context, q engine.MatchQuery) (engine.Result, error) {
	filter, err := wire.Filter(q.Must, q.Filter)
	if err != nil {
		return engine.Result{}, err
	}
	return e.match(ctx, q, filter)
}

func (e *Engine) match(ctx context.Context, q engine.MatchQuery, filter string) (engine.Result, error) {
	if q.Limit < 0 || q.Limit > engine.MaxWindow {
		return engine.Result{}, engine.ErrWindow
	}
	if err := wire.CheckNames(string(q.Kind)); err != nil {
		return engine.Result{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, e.o.Timeout)
	defer cancel()
	near, err := e.near(q, filter)
	if err != nil {
		return engine.Result{}, err
	}
	// The first is asked so that a missing index or a bad filter is known although the text has no terms.
	probe := &meilisearch.SearchRequest{IndexUID: e.uid(q.Kind), Filter: filter, HitsPerPage: new(int64(0)), AttributesToRetrieve: []string{"id"}}
	found, rest, err := e.union(ctx, e.uid(q.Kind), filter, e.choose(q.Kind, text.Fold(q.Text)), append([]*meilisearch.SearchRequest{probe}, near...)...)
	if err != nil {
		return engine.Result{}, err
	}
	if len(near) > 0 {
		close, err := wire.Hits(rest[1].Hits)
		if err != nil {
			return engine.Result{}, err
		}
		found = byRank(found, close)
	}
	return engine.Result{Hits: found[:min(len(found), q.Limit)], Total: len(found)}, nil
}

// near asks for the documents whose vectors are nearest.
func (e *Engine) near(q engine.MatchQuery, filter string) ([]*meilisearch.SearchRequest, error) {
	m := e.o.Embedder
	if m == nil {
		return nil, nil
	}
	r := &meilisearch.SearchRequest{IndexUID: e.uid(q.Kind), Filter: filter, Limit: perTerm, ShowRankingScore: true, AttributesToRetrieve: []string{"id"},
		Vector: q.Vector, Hybrid: &meilisearch.SearchRequestHybrid{Embedder: m.Name, SemanticRatio: 1}}
	if r.Vector == nil && m.Embed != nil {
		if strings.TrimSpace(q.Text) == "" {
			return nil, nil
		}
		r.Vector = m.Embed(q.Text)
	}
	if r.Vector == nil {
		if r.Query = q.Text; strings.TrimSpace(q.Text) == "" {
			return nil, nil
		}
	}
	return []*meilisearch.SearchRequest{r}, nil
}

// byRank joins two lists whose scores do not compare.
func byRank(byTerms []engine.Hit, byVector []wire.Hit) []engine.Hit {
	scores := map[string]float64{}
	for i, h := range byTerms {
		scores[h.ID] += 1 / float64(rankDamp+i)
	}
	for i, h := range byVector {
		scores[h.ID] += 1 / float64(rankDamp+i)
	}
	return ranked(scores, 2/float64(rankDamp))
}

// Similar asks the embedder's vectors, or matches the document's own text.
func (e *Engine) Similar(ctx context.Context, k engine.Kind, id string, q engine.MatchQuery) (engine.Result, error) {
	filter, err := wire.Filter(q.Must, q.Filter)
	if err != nil {
		return engine.Result{}, err
	}
	if !engine.ValidID(id) {
		return engine.Result{}, engine.ErrNotFound
	}
	if q.Kind = k; e.o.Embedder != nil && q.Limit > 0 {
		return e.alike(ctx, id, q, filter)
	}
	source, err := e.textOf(ctx, k, id)
	if err != nil {
		return engine.Result{}, err
	}
	q.Text, q.Vector = source, nil
	return e.match(ctx, q, "("+filter+") AND NOT "+wire.IDs([]string{id}))
}

// textOf is the text that a document was put with.
func (e *Engine) textOf(ctx context.Context, k engine.Kind, id string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, e.o.Timeout)
	defer cancel()
	answers, err := e.ask(ctx, []*meilisearch.SearchRequest{{IndexUID: e.uid(k), Filter: wire.IDs([]string{id}), Limit: 1, AttributesToRetrieve: []string{"*"}}})
	if err != nil {
		return "", err
	}
	found, err := wire.Hits(answers[0].Hits)
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", engine.ErrNotFound
	}
	var all []string
	for _, s := range found[0].Texts {
		all = append(all, s)
	}
	slices.Sort(all)
	return strings.Join(all, "\n"), nil
}

// alike asks the server for the documents whose vectors are nearest to a document's.
func (e *Engine) alike(ctx context.Context, id string, q engine.MatchQuery, filter string) (engine.Result, error) {
	if q.Limit > engine.MaxWindow {
		return engine.Result{}, engine.ErrWindow
	}
	ctx, cancel := context.WithTimeout(ctx, e.o.Timeout)
	defer cancel()
	var resp meilisearch.SimilarDocumentResult
	err := e.find.Index(e.uid(q.Kind)).SearchSimilarDocumentsWithContext(ctx, &meilisearch.SimilarDocumentQuery{Id: id, Embedder: e.o.Embedder.Name, Filter: filter,
		Limit: int64(q.Limit), AttributesToRetrieve: []string{"id"}, ShowRankingScore: true}, &resp)
	if err != nil {
		return engine.Result{}, wire.Typed("similar", err)
	}
	found, err := wire.Hits(resp.Hits)
	if err != nil {
		return engine.Result{}, err
	}
	out := engine.Result{Total: int(min(resp.EstimatedTotalHits, engine.MaxWindow))}
	for _, h := range found {
		out.Hits = append(out.Hits, engine.Hit{ID: h.ID, Score: h.Score})
	}
	return out, nil
}

// Federate asks for one list over several indexes.
func (e *Engine) Federate(ctx context.Context, qs []engine.Query, offset, limit int) ([]engine.KindHit, error) {
	if err := (engine.Query{Offset: offset, Limit: limit}).Check(); err != nil || limit == 0 || len(qs) == 0 {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, e.o.Timeout)
	defer cancel()
	req := &meilisearch.MultiSearchRequest{Federation: &meilisearch.MultiSearchFederation{Offset: int64(offset), Limit: int64(limit)}}
	kinds := map[string]engine.Kind{}
	for _, q := range qs {
		p, err := e.plan(engine.Query{Kind: q.Kind, Text: q.Text, Filter: q.Filter, Must: q.Must, Limit: 1})
		if err != nil {
			return nil, err
		}
		if kinds[p.uid] = q.Kind; p.none {
			continue
		}
		req.Queries = append(req.Queries, &meilisearch.SearchRequest{IndexUID: p.uid, Query: p.words, Filter: p.filter, MatchingStrategy: meilisearch.Frequency,
			AttributesToRetrieve: []string{"id"}})
	}
	if len(req.Queries) == 0 {
		return nil, nil
	}
	resp, err := e.find.MultiSearchWithContext(ctx, req)
	if err != nil {
		return nil, wire.Typed("federated search", err)
	}
	found, err := wire.Hits(resp.Hits)
	if err != nil {
		return nil, err
	}
	var out []engine.KindHit
	for _, h := range found {
		out = append(out, engine.KindHit{Kind: kinds[h.Federation.Index], Hit: engine.Hit{ID: h.ID, Score: h.Federation.Score}})
	}
	return out, nil
}
