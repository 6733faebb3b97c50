// Package conformance holds every search engine to the promises of matching/engine, by one suite. Where engines differ, a field of engine.Caps says so, and
// what is claimed there is tested too.
//
// The corpus is the demonstration's demands, and three documents that are no public demands. Tests name documents by their ids.
package conformance

import (
	"iter"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jiebang/jiebang/services/matching/engine"
)

// Options say how an engine is tested.
type Options struct {
	// Fixed makes the same requests in each run, and of some kinds fewer, for an engine whose exchanges are recorded. Others are tested with random
	// inputs too.
	Fixed bool
	// Vector is what the engine makes vectors with; needed where Caps.Vector.
	Vector func(text string) []float32
}

// Kind is the index that most of the suite uses.
const Kind = engine.Demands

// Schema is how the documents of the corpus are indexed.
var Schema = engine.Schema{
	Version:  1,
	Text:     []engine.Field{{Name: "title", Weight: 3}, {Name: "text", Weight: 1}},
	Filter:   []string{"field", "region", "tags", "org", "budget", "deadline", "open", "visible"},
	Facet:    []string{"field", "region", "tags", "open"},
	Sort:     []string{"budget", "deadline"},
	Synonyms: [][]string{{"通航", "通用航空"}, {"局放", "局部放电"}, {"大模型", "LLM"}},
}

// Public is what anyone may see of the corpus.
var Public = engine.Eq{Attr: "visible", Value: engine.Str("public")}

// Run runs the suite. Each call of open returns an engine without any index, which the suite leaves to open to close.
func Run(t *testing.T, open func(t *testing.T) engine.Engine, o Options) {
	t.Run("Reading", func(t *testing.T) {
		r := reading{fill(t, open(t), Kind, Corpus()...), o, Corpus()}
		each(t, test{"Titles", r.titles}, test{"Words", r.words}, test{"Pairs", r.pairs}, test{"Awkward", r.awkward}, test{"Signs", r.signs}, test{"Exact", r.exact},
			test{"Filters", r.filters}, test{"Must", r.must}, test{"BadFilters", r.badFilters}, test{"Facets", r.facets}, test{"Sort", r.sort}, test{"Paging", r.paging},
			test{"Multi", r.multi}, test{"Highlight", r.highlight}, test{"Match", r.match}, test{"Paraphrases", r.paraphrases}, test{"Similar", r.similar}, test{"Caps", r.caps})
	})
	for _, s := range []struct {
		name string
		test func(*testing.T, writing)
	}{
		{"Unready", unready}, {"Schema", schemas}, {"Put", put}, {"Delete", deleting}, {"BadDocument", badDocument}, {"Emptied", emptied}, {"List", list},
		{"Values", values}, {"Order", order}, {"ManyValues", manyValues}, {"Markup", markup}, {"Rebuild", rebuild}, {"Abort", abort}, {"Newer", newer}, {"WhileSearching", whileSearching},
		{"Federated", federated},
	} {
		t.Run("Writing/"+s.name, func(t *testing.T) { s.test(t, writing{open(t), o}) })
	}
}

// RunVectors runs what may be otherwise for an engine that was opened with vectors, beside Run without them.
func RunVectors(t *testing.T, open func(t *testing.T) engine.Engine, o Options) {
	r := reading{fill(t, open(t), Kind, Corpus()...), o, Corpus()}
	each(t, test{"Must", r.must}, test{"Match", r.match}, test{"Similar", r.similar}, test{"Caps", r.caps})
}

// test is a part of the suite.
type test struct {
	name string
	run  func(*testing.T)
}

func each(t *testing.T, tests ...test) {
	for _, s := range tests {
		t.Run(s.name, s.run)
	}
}

// reading tests what is found in the corpus.
type reading struct {
	engine.Engine
	o    Options
	docs []engine.Doc
}

// some are documents that a test goes through one by one: all, or where exchanges are recorded every third.
func (r reading) some() (docs []engine.Doc) {
	for i, d := range r.docs {
		if i%3 == 0 || !r.o.Fixed {
			docs = append(docs, d)
		}
	}
	return docs
}

// writing tests an engine that is empty at first.
type writing struct {
	engine.Engine
	o Options
}

// most is more than the corpus has.
const most = 200

// inOrder walks a map in the order of its keys, so that the same requests come in the same order in each run.
func inOrder[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !yield(k, m[k]) {
				return
			}
		}
	}
}

// fill makes the index and puts documents into it.
func fill(t *testing.T, e engine.Engine, k engine.Kind, docs ...engine.Doc) engine.Engine {
	t.Helper()
	if err := e.Ensure(t.Context(), k, Schema); err != nil {
		t.Fatal(err)
	}
	seen(t)(e.Put(t.Context(), k, docs...))
	return e
}

// seen waits until a write is seen.
func seen(t *testing.T) func(engine.Ticket, error) {
	return func(ticket engine.Ticket, err error) {
		t.Helper()
		if err == nil {
			err = ticket.Wait(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// search must succeed.
func search(t *testing.T, e engine.Searcher, q engine.Query) engine.Result {
	t.Helper()
	if q.Kind == "" {
		q.Kind = Kind
	}
	r, err := e.Search(t.Context(), q)
	if err != nil {
		t.Fatalf("%q: %v", q.Text, err)
	}
	return r
}

// ids are the ids of hits, in order.
func ids(hits []engine.Hit) []string {
	all := []string{}
	for _, h := range hits {
		all = append(all, h.ID)
	}
	return all
}

// set are the ids of hits in the order of the alphabet.
func set(hits []engine.Hit) []string {
	all := ids(hits)
	slices.Sort(all)
	return all
}

// admitted are the ids of the documents that filters admit, in the order of the alphabet.
func admitted(docs []engine.Doc, filters ...engine.Filter) []string {
	all := []string{}
	for _, d := range docs {
		if engine.Admits(engine.And(filters), d.Attrs) {
			all = append(all, d.ID)
		}
	}
	slices.Sort(all)
	return all
}

// same fails the test if two things differ.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// doc is a small document.
func doc(id string, version int64, title string, attrs map[string]engine.Value) engine.Doc {
	return engine.Doc{ID: id, Version: version, Text: map[string]string{"title": title}, Attrs: attrs}
}
