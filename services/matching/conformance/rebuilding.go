package conformance

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/jiebang/jiebang/services/matching/engine"
)

// begin must succeed.
func begin(t *testing.T, e engine.Engine, s engine.Schema) engine.Generation {
	t.Helper()
	g, err := e.Begin(t.Context(), Kind, s)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// found are the ids that a query finds.
func found(t *testing.T, e engine.Searcher, text string) []string {
	t.Helper()
	return set(search(t, e, engine.Query{Text: text, Limit: 100}).Hits)
}

// rebuild: until Commit the old index is served, after it the new one with its schema; what was written meanwhile is in both.
func rebuild(t *testing.T, w writing) {
	e := fill(t, w, Kind, doc("a", 1, "碳酸钙改性", nil), doc("b", 1, "碳酸钙研磨", nil), doc("c", 1, "碳酸钙捕集", nil))
	s := Schema
	s.Version, s.Filter = 2, append(slices.Clone(s.Filter), "stage")
	g := begin(t, e, s)
	seen(t)(g.Put(t.Context(), doc("a", 2, "碳酸钙新", attrs("stage", engine.Str("中试"))), doc("b", 2, "碳酸钙新", nil)))
	seen(t)(g.Put(t.Context(), doc("a", 2, "碳酸钙新", attrs("stage", engine.Str("中试"))), doc("c", 2, "碳酸钙新", nil), doc("d", 2, "碳酸钙新", nil)))
	same(t, "before", found(t, e, "碳酸钙"), []string{"a", "b", "c"})
	seen(t)(e.Put(t.Context(), Kind, doc("e", 3, "碳酸钙晚", nil)))
	seen(t)(e.Delete(t.Context(), Kind, "c", "nobody"))
	same(t, "written meanwhile", found(t, e, "碳酸钙"), []string{"a", "b", "e"})
	if err := g.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, "after", found(t, e, "碳酸钙"), []string{"a", "b", "d", "e"})
	same(t, "the old texts", found(t, e, "研磨"), []string{})
	same(t, "the new schema", set(search(t, e, engine.Query{Filter: engine.Has{Attr: "stage"}, Limit: 5}).Hits), []string{"a"})
	if err := e.Ensure(t.Context(), Kind, s); err != nil {
		t.Errorf("the new schema is not the one that is served: %v", err)
	}
	seen(t)(e.Put(t.Context(), Kind, doc("f", 4, "碳酸钙后", attrs("stage", engine.Str("小试")))))
	same(t, "written afterwards", found(t, e, "碳酸钙"), []string{"a", "b", "d", "e", "f"})
	if err := g.Abort(t.Context()); err != nil {
		t.Errorf("abort after commit: %v", err)
	}
	same(t, "after that", found(t, e, "碳酸钙"), []string{"a", "b", "d", "e", "f"})
	if versions, err := e.List(t.Context(), Kind); err != nil {
		t.Error(err)
	} else {
		same(t, "versions", versions, map[string]int64{"a": 2, "b": 2, "d": 2, "e": 3, "f": 4})
	}
}

// abort: the old index stays, and another rebuild can begin. A kind that has no index yet can be built so as well.
func abort(t *testing.T, w writing) {
	e := fill(t, w, Kind, doc("a", 1, "碳酸钙改性", nil))
	g := begin(t, e, Schema)
	seen(t)(g.Put(t.Context(), doc("b", 1, "碳酸钙研磨", nil)))
	if err := g.Abort(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, "aborted", found(t, e, "碳酸钙"), []string{"a"})
	if err := g.Commit(t.Context()); err == nil {
		t.Error("an aborted rebuild was committed")
	}
	g = begin(t, e, Schema)
	if err := g.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, "rebuilt of nothing", found(t, e, "碳酸钙"), []string{})

	first, err := e.Begin(t.Context(), engine.Profiles, Schema)
	if err != nil {
		t.Fatal(err)
	}
	seen(t)(first.Put(t.Context(), doc("p", 1, "碳酸钙专家", nil)))
	if err := first.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, "a first one", set(search(t, e, engine.Query{Kind: engine.Profiles, Text: "碳酸钙", Limit: 5}).Hits), []string{"p"})
}

// newer: what is written while a rebuild fills is newer than what the filling brings, in whatever order they come.
func newer(t *testing.T, w writing) {
	e := fill(t, w, Kind, doc("a", 1, "碳酸钙旧", nil), doc("b", 1, "碳酸钙旧", nil), doc("c", 1, "碳酸钙旧", nil))
	g := begin(t, e, Schema)
	seen(t)(g.Put(t.Context(), doc("a", 1, "碳酸钙旧", nil)))
	seen(t)(e.Put(t.Context(), Kind, doc("a", 2, "变压器新", nil), doc("b", 2, "变压器新", nil)))
	seen(t)(e.Delete(t.Context(), Kind, "c"))
	seen(t)(g.Put(t.Context(), doc("a", 1, "碳酸钙旧", nil), doc("b", 1, "碳酸钙旧", nil), doc("c", 1, "碳酸钙旧", nil)))
	if err := g.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, "old", found(t, e, "碳酸钙"), []string{})
	same(t, "new", found(t, e, "变压器"), []string{"a", "b"})
}

// whileSearching: readers get an answer throughout, of the old index or of the new one and never of both.
func whileSearching(t *testing.T, w writing) {
	const readers, each, docs = 4, 25, 30
	var old, young []engine.Doc
	for i := range docs {
		old, young = append(old, doc(fmt.Sprintf("o%02d", i), 1, "碳酸钙", nil)), append(young, doc(fmt.Sprintf("n%02d", i), 2, "碳酸钙", nil))
	}
	e := fill(t, w, Kind, old...)
	g := begin(t, e, Schema)
	seen(t)(g.Put(t.Context(), young...))
	var all sync.WaitGroup
	for range readers {
		all.Go(func() {
			for range each {
				got, err := e.Search(t.Context(), engine.Query{Kind: Kind, Text: "碳酸钙", Limit: 100})
				if err != nil {
					t.Errorf("while the index is swapped: %v", err)
					return
				}
				if n := len(got.Hits); n != docs || got.Hits[0].ID[0] != got.Hits[n-1].ID[0] {
					t.Errorf("a mixture: %v", ids(got.Hits))
				}
			}
		})
	}
	if err := g.Commit(t.Context()); err != nil {
		t.Error(err)
	}
	all.Wait()
	if got := search(t, e, engine.Query{Text: "碳酸钙", Limit: 100}); len(got.Hits) != docs || got.Hits[0].ID != "n00" {
		t.Errorf("after the swap: %v", ids(got.Hits))
	}
}
