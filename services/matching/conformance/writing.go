package conformance

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/matching/engine"
)

func attrs(pairs ...any) map[string]engine.Value {
	m := map[string]engine.Value{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1].(engine.Value)
	}
	return m
}

// unready: an index that was not made says so, to readers and to writers.
func unready(t *testing.T, w writing) {
	_, search := w.Search(t.Context(), engine.Query{Kind: Kind, Text: "碳酸钙", Limit: 1})
	_, match := w.Match(t.Context(), engine.MatchQuery{Kind: Kind, Text: "碳酸钙", Limit: 1})
	_, empty := w.Match(t.Context(), engine.MatchQuery{Kind: Kind, Limit: 1})
	_, similar := w.Similar(t.Context(), Kind, "a", engine.MatchQuery{Limit: 1})
	_, put := w.Put(t.Context(), Kind, doc("a", 1, "碳酸钙", nil))
	_, remove := w.Delete(t.Context(), Kind, "a")
	_, stats := w.Stats(t.Context(), Kind)
	_, list := w.List(t.Context(), Kind)
	for what, err := range inOrder(map[string]error{"search": search, "match": match, "an empty match": empty, "similar": similar, "put": put, "delete": remove, "stats": stats, "list": list}) {
		if !errors.Is(err, engine.ErrNotReady) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// schemas: Ensure may be repeated, and changes nothing of what is served.
func schemas(t *testing.T, w writing) {
	e := fill(t, w, Kind, doc("a", 1, "碳酸钙", attrs("field", engine.Str("新材料"))))
	if err := e.Ensure(t.Context(), Kind, Schema); err != nil {
		t.Errorf("the same again: %v", err)
	}
	for what, change := range inOrder(map[string]func(*engine.Schema){
		"version": func(s *engine.Schema) { s.Version++ }, "text": func(s *engine.Schema) { s.Text = s.Text[:1] }, "filter": func(s *engine.Schema) { s.Filter = append(slices.Clone(s.Filter), "new") },
		"facet": func(s *engine.Schema) { s.Facet = s.Facet[:1] }, "sort": func(s *engine.Schema) { s.Sort = nil }, "synonyms": func(s *engine.Schema) { s.Synonyms = nil },
	}) {
		s := Schema
		change(&s)
		if err := e.Ensure(t.Context(), Kind, s); !errors.Is(err, engine.ErrRebuildNeeded) {
			t.Errorf("another %s: %v", what, err)
		}
	}
	got := search(t, e, engine.Query{Text: "碳酸钙", Filter: engine.Eq{Attr: "field", Value: engine.Str("新材料")}, Sort: []engine.Sort{{Attr: "budget"}}, Limit: 1})
	same(t, "after that", ids(got.Hits), []string{"a"})
}

// put: twice is once, and the second replaces the first, all of it.
func put(t *testing.T, w writing) {
	e := fill(t, w, Kind, engine.Doc{ID: "a", Version: 1, Text: map[string]string{"title": "纳米碳酸钙", "text": "吸油值"}, Attrs: attrs("region", engine.Str("330182"), "budget", engine.Num(5))},
		doc("b", 1, "变压器", nil))
	seen(t)(e.Put(t.Context(), Kind, doc("a", 2, "有机硅浆渣", attrs("region", engine.Str("330109")))))
	seen(t)(e.Put(t.Context(), Kind, doc("a", 2, "有机硅浆渣", attrs("region", engine.Str("330109")))))
	for _, text := range []string{"碳酸钙", "吸油值", "tansuangai"} {
		if got := search(t, e, engine.Query{Text: text, Limit: 5}); len(got.Hits) != 0 {
			t.Errorf("%s is gone, and finds %v", text, ids(got.Hits))
		}
	}
	same(t, "the new text", ids(search(t, e, engine.Query{Text: "浆渣", Limit: 5}).Hits), []string{"a"})
	same(t, "the old attribute", ids(search(t, e, engine.Query{Filter: engine.Has{Attr: "budget"}, Limit: 5}).Hits), []string{})
	same(t, "the new attribute", search(t, e, engine.Query{Facets: []string{"region"}}).Facets["region"], []engine.Bucket{{Value: "330109", Count: 1}})
	seen(t)(e.Put(t.Context(), Kind))
	if s, err := e.Stats(t.Context(), Kind); err != nil || s.Docs != 2 || s.Pending != 0 {
		t.Errorf("stats %+v, %v", s, err)
	}
}

// deleting: what is deleted is gone for every operation; what was not there is no error; what is put again lives.
func deleting(t *testing.T, w writing) {
	e := fill(t, w, Kind, doc("a", 1, "碳酸钙改性", nil), doc("b", 1, "碳酸钙研磨", nil))
	seen(t)(e.Delete(t.Context(), Kind, "a", "nobody", `x" OR id EXISTS`, ""))
	seen(t)(e.Delete(t.Context(), Kind))
	same(t, "search", ids(search(t, e, engine.Query{Text: "碳酸钙", Limit: 5}).Hits), []string{"b"})
	if _, err := e.Similar(t.Context(), Kind, "a", engine.MatchQuery{Limit: 5}); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("similar to what is deleted: %v", err)
	}
	seen(t)(e.Put(t.Context(), Kind, doc("a", 2, "碳酸钙改性", nil)))
	same(t, "again", set(search(t, e, engine.Query{Text: "碳酸钙", Limit: 5}).Hits), []string{"a", "b"})
}

// badDocument: the ticket of what no engine takes fails, and the others of the same Put live.
func badDocument(t *testing.T, w writing) {
	e := fill(t, w, Kind)
	long := engine.Str(strings.Repeat("长", engine.MaxValue))
	for name, bad := range inOrder(map[string]engine.Doc{"id": doc("坏:id", 1, "碳酸钙", nil), "no id": doc("", 1, "碳酸钙", nil), "value": doc("bad", 1, "碳酸钙", attrs("field", long)),
		"values": doc("bad", 1, "碳酸钙", attrs("tags", engine.Strs{string(long)}))}) {
		ticket, err := e.Put(t.Context(), Kind, doc("a", 1, "碳酸钙改性", nil), bad, doc("b", 1, "碳酸钙研磨", nil))
		if err == nil {
			err = ticket.Wait(t.Context())
		}
		if !errors.Is(err, engine.ErrBadDocument) {
			t.Errorf("%s: %v", name, err)
		}
		same(t, name, set(search(t, e, engine.Query{Text: "碳酸钙", Limit: 5}).Hits), []string{"a", "b"})
		seen(t)(e.Delete(t.Context(), Kind, "a", "b"))
	}
}

// emptied: an index that lost its documents answers with nothing, and takes new ones.
func emptied(t *testing.T, w writing) {
	e := fill(t, w, Kind, doc("a", 1, "碳酸钙改性", attrs("field", engine.Str("新材料"))))
	seen(t)(e.Delete(t.Context(), Kind, "a"))
	for _, text := range []string{"", "碳酸钙", "tansuangai", "改性 元宇宙"} {
		got := search(t, e, engine.Query{Text: text, Must: engine.Has{Attr: "field"}, Facets: []string{"field"}, Limit: 5})
		if len(got.Hits) != 0 || got.Total != 0 || len(got.Facets["field"]) != 0 {
			t.Errorf("%q: %+v", text, got)
		}
	}
	if got, err := e.Match(t.Context(), engine.MatchQuery{Kind: Kind, Text: "碳酸钙改性", Limit: 5}); err != nil || len(got.Hits) != 0 {
		t.Errorf("match: %v, %v", ids(got.Hits), err)
	}
	if versions, err := e.List(t.Context(), Kind); err != nil || len(versions) != 0 {
		t.Errorf("list: %v, %v", versions, err)
	}
	seen(t)(e.Put(t.Context(), Kind, doc("b", 1, "碳酸钙研磨", nil)))
	same(t, "again", ids(search(t, e, engine.Query{Text: "碳酸钙", Limit: 5}).Hits), []string{"b"})
}

// list: every id with its version, for comparing with the database.
func list(t *testing.T, w writing) {
	e := fill(t, w, Kind, doc("a", 7, "碳酸钙", nil), doc("b", 1<<40, "变压器", nil), doc("Z_-9", 0, "", nil))
	got, err := e.List(t.Context(), Kind)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "versions", got, map[string]int64{"a": 7, "b": 1 << 40, "Z_-9": 0})
}

// values: an attribute is its value and nothing near it, as Admits has it: case apart, no width, no space, no type is forgiven.
func values(t *testing.T, w writing) {
	all := []engine.Value{engine.Str("ab"), engine.Str("AB"), engine.Str("ＡＢ"), engine.Str(" ab"), engine.Str("ab "), engine.Str("5"), engine.Num(5), engine.Str("true"), engine.Bool(true),
		engine.Str(`a"b\c'`), engine.Str("é"), engine.Str("e\u0301"), engine.Str("ſ"), engine.Str("S"), engine.Str("K"), engine.Str("中 文"), engine.Str(""), engine.Str("~61"), engine.Num(0.1), engine.Num(-3e9),
		engine.Strs{}, engine.Strs{"x", "AB", "x"}, engine.Time(time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)), engine.Bool(false), engine.Str(strings.Repeat("限", engine.MaxValue/3))}
	var docs []engine.Doc
	for i, v := range all {
		docs = append(docs, doc(fmt.Sprintf("d%02d", i), 1, "值", attrs("region", v)))
	}
	e := fill(t, w, Kind, docs...)
	for _, v := range all {
		f := engine.Eq{Attr: "region", Value: v}
		same(t, fmt.Sprintf("%T %q", v, v), set(search(t, e, engine.Query{Filter: f, Limit: 100}).Hits), admitted(docs, f))
	}
	same(t, "counts", search(t, e, engine.Query{Facets: []string{"region"}}).Facets["region"], counted(docs, "region"))
}

// order: a given order comes before what has more of the words; without one, more words come first; of equals the lesser id does, whenever each was put.
func order(t *testing.T, w writing) {
	price := func(n float64) map[string]engine.Value { return attrs("budget", engine.Num(n)) }
	e := fill(t, w, Kind, doc("a", 1, "研磨改造与节能", price(5)), doc("b", 1, "研磨改造", price(1)), doc("c", 1, "研磨改造与节能", price(3)),
		doc("d", 1, "节能电机", price(2)), doc("e", 1, "节能水泵", price(4)), doc("f", 1, "节能窑炉", price(6)), doc("z", 1, "草莓", price(9)), doc("y", 1, "草莓", price(9)), doc("x", 1, "草莓", price(9)))
	both := []string{"a", "b", "c"}
	of := func(hits []engine.Hit) []string {
		return slices.DeleteFunc(ids(hits), func(id string) bool { return !slices.Contains(both, id) })
	}
	q := engine.Query{Text: "研磨 节能", Limit: 9}
	same(t, "by words", of(search(t, e, q).Hits), []string{"a", "c", "b"})
	q.Sort = []engine.Sort{{Attr: "budget"}}
	same(t, "by budget", of(search(t, e, q).Hits), []string{"b", "c", "a"})
	for _, q := range []engine.Query{{Text: "草莓"}, {Text: "草莓", Sort: q.Sort}, {Filter: engine.Eq{Attr: "budget", Value: engine.Num(9)}}, {Text: "草莓 元宇宙"}} {
		q.Limit = 9
		same(t, "equals", ids(search(t, e, q).Hits), []string{"x", "y", "z"})
	}
}

// manyValues: of more values than are counted, the most frequent are.
func manyValues(t *testing.T, w writing) {
	var docs []engine.Doc
	for i := range 140 {
		v := i % 120 // the first 20 are there twice
		docs = append(docs, doc(fmt.Sprintf("d%03d", i), 1, "值", attrs("region", engine.Str(fmt.Sprintf("z%03d", 119-v)))))
	}
	e := fill(t, w, Kind, docs...)
	got := search(t, e, engine.Query{Facets: []string{"region"}, Limit: 100}).Facets["region"]
	if len(got) != engine.MaxFacetValues {
		t.Fatalf("%d values", len(got))
	}
	same(t, "the most frequent", got[:20], counted(docs, "region")[:20])
}

// markup: what looks like markup or like the engine's own language is data, and comes back as it was given.
func markup(t *testing.T, w writing) {
	const title = `<script>alert("碳酸钙")</script> <em>&amp; {{doc}} -"x" OR id = "b"`
	e := fill(t, w, Kind, doc("a", 1, title, nil), doc("b", 1, "变压器", nil))
	got := search(t, e, engine.Query{Text: "碳酸钙", Highlight: []string{"title"}, Limit: 5})
	if len(got.Hits) != 1 || len(got.Hits[0].Highlights["title"]) != 1 || got.Hits[0].Highlights["title"][0].Text != title {
		t.Errorf("got %+v", got.Hits)
	}
}

// federated: one list over several kinds, for engines that make one.
func federated(t *testing.T, w writing) {
	f, ok := w.Engine.(engine.Federated)
	if !ok {
		return
	}
	fill(t, w, engine.Demands, doc("a", 1, "纳米碳酸钙改性", attrs("visible", engine.Str("public"))), doc("hidden", 1, "纳米碳酸钙改性", attrs("visible", engine.Str("bureau"))), doc("b", 1, "变压器", attrs("visible", engine.Str("public"))))
	fill(t, w, engine.Achievements, doc("c", 1, "一种纳米碳酸钙的改性方法", attrs("visible", engine.Str("public"))), doc("d", 1, "通用航空", attrs("visible", engine.Str("public"))))
	qs := []engine.Query{{Kind: engine.Demands, Text: "纳米碳酸钙改性", Must: Public}, {Kind: engine.Achievements, Text: "纳米碳酸钙改性", Must: Public}}
	got, err := f.Federate(t.Context(), qs, 0, 10)
	if err != nil || len(got) != 2 || got[0].Kind != engine.Demands || got[0].ID != "a" || got[1].Kind != engine.Achievements || got[1].ID != "c" || got[0].Score < got[1].Score {
		t.Errorf("got %+v, %v", got, err)
	}
	if next, err := f.Federate(t.Context(), qs, 1, 10); err != nil || len(next) != 1 || next[0].ID != "c" {
		t.Errorf("from 1 on: %+v, %v", next, err)
	}
	if _, err := f.Federate(t.Context(), qs, engine.MaxWindow, 1); !errors.Is(err, engine.ErrWindow) {
		t.Errorf("past the window: %v", err)
	}
	qs[0].Filter = engine.Has{Attr: "secret"}
	if _, err := f.Federate(t.Context(), qs, 0, 10); !errors.Is(err, engine.ErrBadFilter) {
		t.Errorf("a bad filter: %v", err)
	}
}
