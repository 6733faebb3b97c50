package conformance

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/matching/engine"
)

// trees makes filters; pick(n) is one of 0 … n-1.
type trees struct {
	pick func(n int) int
	docs []engine.Doc
}

var strange = []engine.Value{engine.Str(""), engine.Str(`a"b\c`), engine.Str("' OR visible = 'bureau"), engine.Str(`" OR visible = "bureau`), engine.Str("AGRICULTURE OR AEROSPACE"), engine.Str("1200000"),
	engine.Str("true"), engine.Str("NEW_MATERIALS "), engine.Str("*"), engine.Str("PUBLIC"), engine.Bool(true), engine.Num(330182), engine.Num(-1.5), engine.Strs{"public"}, nil}

// tree makes a filter at most so deep.
func (g trees) tree(depth int) engine.Filter {
	many := func() (fs []engine.Filter) {
		for range g.pick(4) {
			fs = append(fs, g.tree(depth-1))
		}
		return fs
	}
	kind := g.pick(8)
	if depth == 0 {
		kind = 3 + kind%5
	}
	switch kind {
	case 0:
		return engine.And(many())
	case 1:
		return engine.Or(many())
	case 2:
		return engine.Not{F: g.tree(depth - 1)}
	case 3, 4:
		return engine.Eq{Attr: g.attr(), Value: g.value()}
	case 5:
		in := engine.In{Attr: g.attr()}
		for range g.pick(4) {
			in.Values = append(in.Values, g.value())
		}
		return in
	case 6:
		return engine.Has{Attr: g.attr()}
	}
	return g.span()
}

func (g trees) attr() string { return Schema.Filter[g.pick(len(Schema.Filter))] }

// value is one that a document has, or a strange one.
func (g trees) value() engine.Value {
	v := g.docs[g.pick(len(g.docs))].Attrs[g.attr()]
	many, _ := v.(engine.Strs)
	switch {
	case len(many) > 0:
		return engine.Str(many[g.pick(len(many))])
	case v == nil || g.pick(6) == 0:
		return strange[g.pick(len(strange))]
	}
	return v
}

func (g trees) span() engine.Filter {
	r := engine.Range{Attr: []string{"budget", "deadline"}[g.pick(2)], AboveMin: g.pick(2) == 0, BelowMax: g.pick(2) == 0}
	end := func() engine.Value {
		if g.pick(4) == 0 {
			return nil
		}
		if v := g.docs[g.pick(len(g.docs))].Attrs[r.Attr]; v != nil { // a nil Value, which is not nil in an interface of another type
			return v
		}
		return nil
	}
	r.Min, r.Max = end(), end()
	return r
}

// filters: what a tree admits is what is found, and nothing that Must does not admit.
func (r reading) filters(t *testing.T) {
	ctx := t.Context()
	check := func(t rapid.TB, fs, musts []engine.Filter) {
		qs := make([]engine.Query, len(fs))
		for i := range fs {
			qs[i] = engine.Query{Kind: Kind, Filter: fs[i], Must: musts[i], Limit: most}
		}
		rs, err := r.Multi(ctx, qs)
		if err != nil {
			t.Fatalf("%+v: %v", fs, err)
		}
		for i, got := range rs {
			if want := admitted(r.docs, fs[i], musts[i]); !slices.Equal(set(got.Hits), want) || got.Total != len(want) {
				t.Fatalf("filter %+v, must %+v: got %v (total %d), want %v", fs[i], musts[i], set(got.Hits), got.Total, want)
			}
		}
	}
	seed := uint64(1)
	g := trees{func(n int) int { // the constants of Knuth's MMIX
		seed = seed*6364136223846793005 + 1442695040888963407
		return int(seed >> 33 % uint64(n))
	}, r.docs}
	for range 8 {
		var fs, musts []engine.Filter
		for range 40 {
			fs, musts = append(fs, g.tree(3)), append(musts, g.tree(1))
		}
		check(t, fs, musts)
	}
	if r.o.Fixed {
		return
	}
	rapid.Check(t, func(rt *rapid.T) {
		g := trees{func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "pick") }, r.docs}
		check(rt, []engine.Filter{g.tree(4)}, []engine.Filter{g.tree(2)})
	})
}

// must: nothing hidden is found by any operation, whatever the user's filter says.
func (r reading) must(t *testing.T) {
	greedy := engine.Or{engine.Eq{Attr: "visible", Value: engine.Str("bureau")}, engine.Has{Attr: "visible"}, engine.Not{F: Public}}
	see := func(what string, hits []engine.Hit, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(what, err)
		}
		for _, h := range hits {
			if h.ID == "hidden-caco3" || h.ID == "hidden-drone" {
				t.Errorf("%s finds %s", what, h.ID)
			}
		}
	}
	for _, text := range []string{"", "纳米碳酸钙晶型控制(内部)", "碳酸盖晶型", "tansuangai jingxing", "通航", "hidden-caco3", `" OR visible = "bureau`} {
		for _, sort := range [][]engine.Sort{nil, {{Attr: "budget"}}} {
			q := engine.Query{Kind: Kind, Text: text, Filter: greedy, Must: Public, Limit: most, Sort: sort, Facets: []string{"field"}, Highlight: []string{"title"}}
			got, err := r.Search(t.Context(), q)
			see("search "+text, got.Hits, err)
		}
		got, err := r.Match(t.Context(), engine.MatchQuery{Kind: Kind, Text: text, Filter: greedy, Must: Public, Limit: most})
		see("match "+text, got.Hits, err)
	}
	got, err := r.Similar(t.Context(), Kind, "D002", engine.MatchQuery{Filter: greedy, Must: Public, Limit: most})
	see("similar", got.Hits, err)
	if open := search(t, r, engine.Query{Text: "纳米碳酸钙晶型控制(内部)", Limit: 1}); len(open.Hits) == 0 || open.Hits[0].ID != "hidden-caco3" {
		t.Error("it is not there to be hidden")
	}
}

// badFilters: an attribute that the schema does not name is refused wherever it stands.
func (r reading) badFilters(t *testing.T) {
	bad := engine.Not{F: engine.Or{engine.Eq{Attr: "secret", Value: engine.Str("x")}}}
	qs := map[string]engine.Query{"filter": {Filter: bad}, "must": {Must: bad}, "has": {Filter: engine.Has{Attr: "secret"}}, "in": {Filter: engine.In{Attr: "secret"}},
		"range": {Filter: engine.Range{Attr: "secret"}}, "sort": {Sort: []engine.Sort{{Attr: "org"}}}, "facet": {Facets: []string{"org"}},
		"injected": {Filter: engine.Has{Attr: "visible EXISTS OR a_visible"}}, "injected facet": {Facets: []string{"*"}}, "injected sort": {Sort: []engine.Sort{{Attr: "budget:asc"}}}}
	for what, q := range inOrder(qs) {
		for _, text := range []string{"", "碳酸钙"} {
			q.Kind, q.Text, q.Limit = Kind, text, 10
			if _, err := r.Search(t.Context(), q); !errors.Is(err, engine.ErrBadFilter) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	if _, err := r.Match(t.Context(), engine.MatchQuery{Kind: Kind, Text: "碳酸钙", Must: bad, Limit: 10}); !errors.Is(err, engine.ErrBadFilter) {
		t.Errorf("match: %v", err)
	}
	if _, err := r.Similar(t.Context(), Kind, "D002", engine.MatchQuery{Filter: bad, Limit: 10}); !errors.Is(err, engine.ErrBadFilter) {
		t.Errorf("similar: %v", err)
	}
}

// counted are the buckets of a facet over documents, as the port orders them.
func counted(docs []engine.Doc, facet string) []engine.Bucket {
	counts := map[string]int{}
	for _, d := range docs {
		for _, label := range engine.Labels(d.Attrs[facet]) {
			counts[label]++
		}
	}
	buckets := []engine.Bucket{}
	for value, n := range counts {
		buckets = append(buckets, engine.Bucket{Value: value, Count: n})
	}
	slices.SortFunc(buckets, func(a, b engine.Bucket) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.Value, b.Value)) })
	return buckets[:min(len(buckets), engine.MaxFacetValues)]
}

// facets: the counts are those of the documents that are found, all of them and not the page.
func (r reading) facets(t *testing.T) {
	for _, q := range []engine.Query{{}, {Must: Public}, {Filter: engine.Eq{Attr: "field", Value: engine.Str("NEW_MATERIALS")}, Must: Public}, {Filter: engine.Or{}},
		{Text: "变压器"}, {Text: "碳酸钙", Must: Public}, {Text: "碳酸盖研磨"}, {Text: "元宇宙碳酸钙", Sort: []engine.Sort{{Attr: "budget"}}}, {Text: "bianyaqi"}} {
		q.Facets, q.Limit = Schema.Facet, most
		got := search(t, r, q)
		found := slices.DeleteFunc(slices.Clone(r.docs), func(d engine.Doc) bool { return !slices.Contains(ids(got.Hits), d.ID) })
		for _, facet := range Schema.Facet {
			same(t, fmt.Sprintf("%s of %q %+v", facet, q.Text, q.Filter), got.Facets[facet], counted(found, facet))
		}
		for _, limit := range []int{0, 1} {
			q.Limit = limit
			if few := search(t, r, q); len(few.Hits) > limit {
				t.Errorf("%q: %d hits with a limit of %d", q.Text, len(few.Hits), limit)
			} else {
				same(t, fmt.Sprintf("facets of %q with a limit of %d", q.Text, limit), few.Facets, got.Facets)
			}
		}
	}
}

// sort: a given order is kept whatever the text; documents without the attribute come last, and the id decides between equals.
func (r reading) sort(t *testing.T) {
	key := func(d engine.Doc, attr string) float64 {
		switch v := d.Attrs[attr].(type) {
		case engine.Num:
			return float64(v)
		case engine.Time:
			return float64(time.Time(v).Unix())
		}
		return math.NaN()
	}
	for _, text := range []string{"", "碳酸钙", "变压器 噪声", "碳酸盖 研磨", "tansuangai"} {
		for _, by := range []engine.Sort{{Attr: "budget"}, {Attr: "budget", Desc: true}, {Attr: "deadline"}, {Attr: "deadline", Desc: true}} {
			got := search(t, r, engine.Query{Text: text, Sort: []engine.Sort{by}, Limit: most})
			want := slices.DeleteFunc(slices.Clone(r.docs), func(d engine.Doc) bool { return !slices.Contains(ids(got.Hits), d.ID) })
			slices.SortFunc(want, func(a, b engine.Doc) int {
				x, y := key(a, by.Attr), key(b, by.Attr)
				if math.IsNaN(x) || math.IsNaN(y) {
					return cmp.Or(cmp.Compare(y, x), cmp.Compare(a.ID, b.ID)) // NaN is the least
				}
				if by.Desc {
					x, y = y, x
				}
				return cmp.Or(cmp.Compare(x, y), cmp.Compare(a.ID, b.ID))
			})
			var order []string
			for _, d := range want {
				order = append(order, d.ID)
			}
			same(t, fmt.Sprintf("%q by %+v", text, by), ids(got.Hits), order)
			if text == "" && len(order) != len(r.docs) {
				t.Errorf("%d of %d documents", len(order), len(r.docs))
			}
		}
	}
	two := search(t, r, engine.Query{Sort: []engine.Sort{{Attr: "deadline"}, {Attr: "budget", Desc: true}}, Limit: most})
	if at, next := slices.Index(ids(two.Hits), "D001"), slices.Index(ids(two.Hits), "hidden-caco3"); at+1 != next {
		t.Errorf("of two with one deadline, the smaller budget is first: %v", ids(two.Hits))
	}
}

// paging: pages are parts of one list, which is the same each time; past its end is nothing, past the window an error.
func (r reading) paging(t *testing.T) {
	for _, text := range []string{"", "工艺 控制", "碳酸盖 工艺", "bianyaqi", "碳酸钙"} {
		for _, sort := range [][]engine.Sort{nil, {{Attr: "budget", Desc: true}}} {
			q := engine.Query{Text: text, Sort: sort, Limit: most}
			long := search(t, r, q)
			same(t, text+" twice", ids(search(t, r, q).Hits), ids(long.Hits))
			var pages []string
			for q.Limit = 3; ; q.Offset += q.Limit {
				page := search(t, r, q)
				if pages = append(pages, ids(page.Hits)...); len(page.Hits) == 0 {
					break
				}
				if page.Total < len(long.Hits) && page.Exact {
					t.Errorf("%s: a page has the exact total %d, there are %d", text, page.Total, len(long.Hits))
				}
			}
			same(t, text+" in pages", append([]string{}, pages...), ids(long.Hits))
			for i := 1; i < len(long.Hits) && sort == nil; i++ {
				if long.Hits[i].Score > long.Hits[i-1].Score {
					t.Errorf("%s: hit %d scores more than the one before it", text, i)
				}
			}
		}
	}
	for _, w := range [][2]int{{engine.MaxWindow, 1}, {1, engine.MaxWindow}, {-1, 10}, {0, -1}, {math.MaxInt, 1}} {
		if _, err := r.Search(t.Context(), engine.Query{Kind: Kind, Offset: w[0], Limit: w[1]}); !errors.Is(err, engine.ErrWindow) {
			t.Errorf("offset %d, limit %d: %v", w[0], w[1], err)
		}
	}
	if last := search(t, r, engine.Query{Offset: engine.MaxWindow - most, Limit: most}); len(last.Hits) != 0 {
		t.Errorf("past the end: %v", ids(last.Hits))
	}
}

// multi: many queries at once are answered as each alone, and one bad one fails them all.
func (r reading) multi(t *testing.T) {
	qs := []engine.Query{{Text: "碳酸钙", Limit: 5}, {Text: "碳酸盖 元宇宙", Limit: 5, Offset: 1}, {Limit: 3, Must: Public}, {Text: "bianyaqi", Limit: 2}, {Text: "变压器", Limit: 2, Facets: []string{"field"}}}
	for i := range qs {
		qs[i].Kind = Kind
	}
	rs, err := r.Multi(t.Context(), qs)
	if err != nil || len(rs) != len(qs) {
		t.Fatalf("%d answers, %v", len(rs), err)
	}
	for i, q := range qs {
		same(t, q.Text, rs[i], search(t, r, q))
	}
	if rs, err := r.Multi(t.Context(), nil); err != nil || len(rs) != 0 {
		t.Errorf("no queries: %v, %v", rs, err)
	}
	if _, err := r.Multi(t.Context(), append(qs, engine.Query{Kind: Kind, Sort: []engine.Sort{{Attr: "org"}}})); !errors.Is(err, engine.ErrBadFilter) {
		t.Errorf("with a bad one: %v", err)
	}
}
