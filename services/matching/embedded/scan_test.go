package embedded_test

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/matching/embedded"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/text"
)

// scan is the plain meaning of a search and of a match: every document is read and scored by the formula.
type scan struct {
	docs   []engine.Doc
	terms  []map[string]float64 // of each document, with its weight
	length []float64
}

func newScan(docs []engine.Doc) *scan {
	s := &scan{docs: docs}
	for _, d := range docs {
		terms, length := map[string]float64{}, 0.0
		for _, f := range plain.Text {
			for _, term := range text.Terms(text.Fold(d.Text[f.Name])) {
				terms[term] += f.Weight
				length += f.Weight
			}
		}
		s.terms, s.length = append(s.terms, terms), append(s.length, length)
	}
	return s
}

func (s *scan) rarity(term string) float64 {
	df := 0.0
	for _, terms := range s.terms {
		if terms[term] > 0 {
			df++
		}
	}
	if df == 0 {
		return 0
	}
	return math.Log(1 + (float64(len(s.docs))-df+0.5)/(df+0.5))
}

// once is BM25 with k1 = 1, for a length that is rounded as the engine rounds it.
func (s *scan) once(doc int, term string, b float64) float64 {
	average := 0.0
	for _, n := range s.length {
		average += n / float64(len(s.docs))
	}
	length := math.Exp2(math.Round(16*math.Log2(1+s.length[doc]))/16) - 1
	w := s.terms[doc][term]
	return 2 * w / (w + 1 - b + b*length/max(1, average))
}

type scored struct {
	id    string
	score float64
}

func (s *scan) search(q engine.Query) (found []scored) {
	weights, covers := map[string]float64{}, map[string]float64{}
	text.Each(text.Fold(q.Text), func(t text.Term) {
		if _, ok := weights[t.Text]; !ok {
			weights[t.Text] = 1
			if t.Kind == text.Part || t.Kind == text.Joined {
				weights[t.Text] = 0.6
			}
			covers[t.Text] = weights[t.Text]
			if t.Kind == text.Part && len(t.Text) < 4 && len(strings.ReplaceAll(t.Text, ".", "")) < 3 && t.Text[0] >= '0' && t.Text[0] <= '9' {
				covers[t.Text] = 0
			}
		}
	})
	asked := 0.0
	for term, w := range covers {
		asked += w * s.rarity(term)
	}
	for i, d := range s.docs {
		score, cover := 0.0, 0.0
		for term, w := range weights {
			if s.terms[i][term] > 0 {
				score += w * s.rarity(term) * s.once(i, term, 0.5)
				cover += covers[term] * s.rarity(term)
			}
		}
		if engine.Admits(q.Filter, d.Attrs) && engine.Admits(q.Must, d.Attrs) && (len(weights) == 0 || cover > 0 && cover >= 0.15*asked) {
			found = append(found, scored{d.ID, score * cover / max(asked, 1e-9)})
		}
	}
	return found
}

func (s *scan) match(q engine.MatchQuery) (found []scored) {
	times := map[string]float64{}
	for _, term := range text.Terms(text.Fold(q.Text)) {
		times[term]++
	}
	for i, d := range s.docs {
		score := 0.0
		for term, n := range times {
			if s.terms[i][term] > 0 {
				score += s.rarity(term) * n * 5 / (n + 4) * s.once(i, term, 0.9)
			}
		}
		if score > 0 && engine.Admits(q.Filter, d.Attrs) && engine.Admits(q.Must, d.Attrs) {
			found = append(found, scored{d.ID, score})
		}
	}
	return found
}

// compare wants the found documents, in the order of their scores.
func compare(t *rapid.T, what string, hits []engine.Hit, want []scored, limit int) {
	t.Helper()
	slices.SortFunc(want, func(a, b scored) int { return cmp.Or(cmp.Compare(b.score, a.score), strings.Compare(a.id, b.id)) })
	if len(hits) != min(limit, len(want)) {
		t.Fatalf("%s: %d hits of %d", what, len(hits), len(want))
	}
	scores := map[string]float64{}
	for _, w := range want {
		scores[w.id] = w.score
	}
	for i, h := range hits {
		near := math.Abs(scores[h.ID]-want[i].score) <= 1e-4*(1+want[i].score)
		if score, ok := scores[h.ID]; !ok || !near || math.Abs(h.Score-score) > 1e-4*(1+score) {
			t.Fatalf("%s: hit %d is %s with %v, want %v", what, i, h.ID, h.Score, want[i])
		}
	}
}

var (
	phrases = rapid.Custom(func(t *rapid.T) string {
		words := []string{"碳酸钙", "碳酸", "轴承钢", "q235b", "Q235", " ", "≥95%", "3.5kV", "kv", "性能", "高性能", "，", "GB/T 4754"}
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 10).Draw(t, "words"), "")
	})
	conditions = rapid.Custom(func(t *rapid.T) engine.Filter {
		leaves := []engine.Filter{nil, engine.Eq{Attr: "field", Value: engine.Str("A")}, engine.Not{F: engine.Eq{Attr: "tags", Value: engine.Str("x")}}, engine.Has{Attr: "price"},
			engine.Range{Attr: "price", Min: engine.Num(2)}, engine.In{Attr: "tags", Values: []engine.Value{engine.Str("x"), engine.Str("y")}}, engine.Or{}, engine.And{}}
		return rapid.SampledFrom(leaves).Draw(t, "leaf")
	})
)

func document(t *rapid.T, id string) engine.Doc {
	attrs := map[string]engine.Value{"field": engine.Str(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "field"))}
	if rapid.Bool().Draw(t, "priced") {
		attrs["price"] = engine.Num(rapid.IntRange(0, 4).Draw(t, "price"))
	}
	if rapid.Bool().Draw(t, "tagged") {
		attrs["tags"] = engine.Strs(rapid.SliceOfN(rapid.SampledFrom([]string{"x", "y", "z"}), 0, 3).Draw(t, "tags"))
	}
	return engine.Doc{ID: id, Text: map[string]string{"title": phrases.Draw(t, "title"), "body": phrases.Draw(t, "body")}, Attrs: attrs}
}

// TestAgainstScan puts random documents in random portions, and wants from searches and matches what a scan of all documents gives.
func TestAgainstScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := embedded.New()
		if err := e.Ensure(context.Background(), kind, plain); err != nil {
			t.Fatal(err)
		}
		var docs []engine.Doc
		for range rapid.IntRange(1, 25).Draw(t, "portions") {
			var portion []engine.Doc
			for range rapid.IntRange(1, 3).Draw(t, "portion") {
				portion = append(portion, document(t, fmt.Sprintf("d%03d", (len(docs)+len(portion))*37%1000)))
			}
			put(t, e, portion...)
			docs = append(docs, portion...)
		}
		s := newScan(docs)
		q := engine.Query{Kind: kind, Text: phrases.Draw(t, "query"), Filter: conditions.Draw(t, "filter"), Must: conditions.Draw(t, "must"), Limit: rapid.IntRange(0, 100).Draw(t, "limit"),
			Facets: []string{"field", "tags"}}
		r, err := e.Search(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		want := s.search(q)
		compare(t, "search "+q.Text, r.Hits, want, q.Limit)
		checkFacets(t, r, docs, want)
		m := engine.MatchQuery{Kind: kind, Text: q.Text, Filter: q.Filter, Must: q.Must, Limit: q.Limit}
		r, err = e.Match(context.Background(), m)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, "match "+q.Text, r.Hits, s.match(m), q.Limit)
	})
}

func checkFacets(t *rapid.T, r engine.Result, docs []engine.Doc, found []scored) {
	t.Helper()
	if r.Total != len(found) || !r.Exact {
		t.Fatalf("%d in total, want %d", r.Total, len(found))
	}
	for attr, buckets := range r.Facets {
		counts := map[string]int{}
		for _, d := range docs {
			if slices.ContainsFunc(found, func(s scored) bool { return s.id == d.ID }) {
				for _, label := range engine.Labels(d.Attrs[attr]) {
					counts[label]++
				}
			}
		}
		if len(buckets) != len(counts) {
			t.Fatalf("%s: %v, want %v", attr, buckets, counts)
		}
		for i, b := range buckets {
			if counts[b.Value] != b.Count || i > 0 && (b.Count > buckets[i-1].Count || b.Count == buckets[i-1].Count && b.Value < buckets[i-1].Value) {
				t.Fatalf("%s: %v, want %v", attr, buckets, counts)
			}
		}
	}
}
