package segment_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/matching/embedded/segment"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/text"
)

var schema = engine.Schema{Text: []engine.Field{{Name: "title", Weight: 3}, {Name: "body", Weight: 1}}, Filter: []string{"a", "b", "c"}, Facet: []string{"a"}, Sort: []string{"b"}}

var (
	texts = rapid.Custom(func(t *rapid.T) string {
		words := []string{"碳酸钙", "碳酸", "轴承钢", "q235b", "Q235", " ", "≥95%", "lithium", "lithum", "\xff", "\x00", "👩‍🔬", "的", "𠮷", "ａ", "ü", "\U0010ffff", "①"}
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 12).Draw(t, "words"), "")
	})
	values = rapid.Custom(func(t *rapid.T) engine.Value {
		str := rapid.SampledFrom([]string{"", "a", "A", "b", "K", "\u212a", "ſ", "s", "稀土", "\xff"})
		switch rapid.IntRange(0, 4).Draw(t, "sort") {
		case 0:
			return engine.Str(str.Draw(t, "str"))
		case 1:
			return engine.Strs(rapid.SliceOfN(str, 0, 3).Draw(t, "strs"))
		case 2:
			return engine.Num(rapid.SampledFrom([]float64{-1, 0, 0.5, 1, 1e300}).Draw(t, "num"))
		case 3:
			return engine.Bool(rapid.Bool().Draw(t, "bool"))
		}
		return engine.Time(time.Unix(int64(rapid.IntRange(-2, 2).Draw(t, "time")), 5).In(time.FixedZone("", 3600*rapid.IntRange(0, 1).Draw(t, "zone"))))
	})
	leaves = rapid.Custom(func(t *rapid.T) engine.Filter {
		attr := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "attr")
		end := func(name string) engine.Value {
			if rapid.IntRange(0, 3).Draw(t, "open") == 0 {
				return nil
			}
			return values.Draw(t, name)
		}
		switch rapid.IntRange(0, 3).Draw(t, "node") {
		case 0:
			return engine.Eq{Attr: attr, Value: end("value")}
		case 1:
			return engine.In{Attr: attr, Values: rapid.SliceOfN(values, 0, 3).Draw(t, "values")}
		case 2:
			return engine.Has{Attr: attr}
		}
		return engine.Range{Attr: attr, Min: end("min"), Max: end("max"), AboveMin: rapid.Bool().Draw(t, "above"), BelowMax: rapid.Bool().Draw(t, "below")}
	})
)

func filter(t *rapid.T, depth int) engine.Filter {
	if depth == 0 || rapid.Bool().Draw(t, "leaf") {
		return leaves.Draw(t, "leaf")
	}
	n := rapid.IntRange(0, 3).Draw(t, "parts")
	parts := make([]engine.Filter, n)
	for i := range parts {
		parts[i] = filter(t, depth-1)
	}
	switch rapid.IntRange(0, 3).Draw(t, "join") {
	case 0:
		return engine.And(parts)
	case 1:
		return engine.Or(parts)
	case 2:
		return engine.And{nil, filter(t, depth-1)}
	}
	return engine.Not{F: filter(t, depth-1)}
}

func documents(t *rapid.T, prefix string, most int) []engine.Doc {
	docs := make([]engine.Doc, rapid.IntRange(0, most).Draw(t, "docs"))
	for i := range docs {
		docs[i] = engine.Doc{ID: fmt.Sprintf("%s%d", prefix, (i*7+3)%1000), Version: int64(i), Text: map[string]string{"title": texts.Draw(t, "title"), "body": texts.Draw(t, "body")},
			Attrs: map[string]engine.Value{}}
		for _, attr := range []string{"a", "b", "c"} {
			if rapid.IntRange(0, 3).Draw(t, "has") > 0 {
				docs[i].Attrs[attr] = values.Draw(t, attr)
			}
		}
	}
	return docs
}

// TestFilters compiles any filter to what engine.Admits means.
func TestFilters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		docs := documents(t, "d", 12)
		s := segment.Build(schema, docs)
		f := filter(t, 3)
		pass := s.Compile(f)
		for i, d := range docs {
			if got, want := pass(uint32(i)), engine.Admits(f, d.Attrs); got != want {
				t.Fatalf("%#v on %#v: %v, want %v", f, d.Attrs, got, want)
			}
		}
	})
}

// naive is what a segment of documents must hold: for each term the weight in each document.
func naive(docs []engine.Doc) map[string]map[uint32]uint32 {
	want := map[string]map[uint32]uint32{}
	for i, d := range docs {
		for _, f := range schema.Text {
			for _, term := range text.Terms(text.Fold(d.Text[f.Name])) {
				if want[term] == nil {
					want[term] = map[uint32]uint32{}
				}
				want[term][uint32(i)] += uint32(f.Weight * segment.Quarters)
			}
		}
	}
	return want
}

// check compares a segment with the documents that it must hold.
func check(t interface{ Fatalf(string, ...any) }, s *segment.Segment, docs []engine.Doc) {
	if s.Docs() != len(docs) {
		t.Fatalf("%d documents, want %d", s.Docs(), len(docs))
	}
	byID := slices.Clone(docs)
	slices.SortFunc(byID, func(a, b engine.Doc) int { return strings.Compare(a.ID, b.ID) })
	for i, d := range docs {
		doc, ok := s.Lookup(d.ID)
		if !ok || doc != uint32(i) || string(s.ID(doc)) != d.ID || s.Version(doc) != d.Version || byID[s.Rank(doc)].ID != d.ID {
			t.Fatalf("%q is at %d, %v", d.ID, doc, ok)
		}
		for j, f := range schema.Text {
			if got := s.Text(doc, j); got != d.Text[f.Name] {
				t.Fatalf("%q was put, %q is kept", d.Text[f.Name], got)
			}
		}
	}
	want := naive(docs)
	if s.Terms() != len(want) {
		t.Fatalf("%d terms, want %d", s.Terms(), len(want))
	}
	for term, list := range want {
		at, ok := s.Find(term)
		if !ok || s.Count(at) != len(list) {
			t.Fatalf("%q: %v", term, ok)
		}
		if diff := cmp.Diff(list, postings(s, at)); diff != "" {
			t.Fatalf("%q: %s", term, diff)
		}
	}
}

func postings(s *segment.Segment, term int) map[uint32]uint32 {
	var r segment.Reader
	s.Open(&r, term)
	got := map[uint32]uint32{}
	for n := r.Read(); n > 0; n = r.Read() {
		for _, doc := range r.Docs[:n] {
			got[doc] = segment.Quarters
		}
		for _, o := range r.Odd {
			got[r.Docs[o.At]] = o.Weight
		}
	}
	return got
}

// TestMerge: a segment holds what was put, and a merge is the segment of what is alive.
func TestMerge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var views []segment.View
		var alive []engine.Doc
		for i := range rapid.IntRange(1, 4).Draw(t, "segments") {
			docs := documents(t, fmt.Sprint("s", i, "-"), 10)
			s := segment.Build(schema, docs)
			check(t, s, docs)
			var dead []string
			for _, d := range docs {
				if rapid.IntRange(0, 2).Draw(t, "fate") == 0 {
					dead = append(dead, d.ID)
				} else {
					alive = append(alive, d)
				}
			}
			whole := segment.Whole(s)
			v, _ := whole.Without(append(dead, "nobody"))
			if v.Live != len(docs)-len(dead) || whole.Live != len(docs) {
				t.Fatalf("%d of %d without %d", v.Live, whole.Live, len(dead))
			}
			if all, _ := v.Without(ids(docs)); all.Live != 0 || alive != nil && v.Live > 0 && !slices.ContainsFunc(docs, func(d engine.Doc) bool { doc, _ := v.Lookup(d.ID); return v.Alive(doc) }) {
				t.Fatalf("a view changed: %d are left of it, %d of the one after", v.Live, all.Live)
			}
			views = append(views, v)
		}
		merged := segment.Merge(views)
		check(t, merged, alive)
		f := filter(t, 2)
		pass := merged.Compile(f)
		for i, d := range alive {
			if pass(uint32(i)) != engine.Admits(f, d.Attrs) {
				t.Fatalf("after the merge, %#v on %#v: %v", f, d.Attrs, pass(uint32(i)))
			}
		}
		checkCounts(t, merged, alive)
	})
}

func ids(docs []engine.Doc) (ids []string) {
	for _, d := range docs {
		ids = append(ids, d.ID)
	}
	return ids
}

// TestRangesOfText: a range holds a text that stands alone, and no list.
func TestRangesOfText(t *testing.T) {
	docs := []engine.Doc{{ID: "alone", Attrs: map[string]engine.Value{"a": engine.Str("b")}}, {ID: "among", Attrs: map[string]engine.Value{"a": engine.Strs{"b"}}},
		{ID: "empty", Attrs: map[string]engine.Value{"a": engine.Strs{}}}, {ID: "none"}, {ID: "number", Attrs: map[string]engine.Value{"a": engine.Num(1)}}}
	s := segment.Build(schema, docs)
	for _, f := range []engine.Filter{engine.Range{Attr: "a", Min: engine.Str("a")}, engine.Range{Attr: "a"}, engine.Range{Attr: "a", Min: engine.Strs{"a"}}, engine.Range{Attr: "a", Max: engine.Num(2)},
		engine.Range{Attr: "a", Min: engine.Bool(false)}, engine.Has{Attr: "a"}, engine.Eq{Attr: "a", Value: engine.Strs{"b"}}} {
		pass := s.Compile(f)
		for i, d := range docs {
			if got, want := pass(uint32(i)), engine.Admits(f, d.Attrs); got != want {
				t.Errorf("%#v on %s: %v, want %v", f, d.ID, got, want)
			}
		}
	}
}

// checkCounts compares facets and sort keys with the documents.
func checkCounts(t *rapid.T, s *segment.Segment, docs []engine.Doc) {
	want, got := map[string]int{}, map[string]int{}
	for _, d := range docs {
		for _, label := range engine.Labels(d.Attrs["a"]) {
			want[label]++
		}
	}
	if c := s.Column("a"); c != nil {
		n := c.Counter()
		for doc := range uint32(s.Docs()) {
			n.Count(doc)
		}
		n.AddTo(got)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("facet: %s", diff)
	}
	c := s.Column("b")
	for i, a := range docs {
		for j, b := range docs {
			if order, ok := engine.Compare(a.Attrs["b"], b.Attrs["b"]); ok && (order < 0) != (c.Key(uint32(i), false) < c.Key(uint32(j), false)) {
				t.Fatalf("%v against %v: keys %d and %d", a.Attrs["b"], b.Attrs["b"], c.Key(uint32(i), false), c.Key(uint32(j), false))
			}
		}
	}
}

// TestBlocks reads back lists that are longer than a block, of all widths.
func TestBlocks(t *testing.T) {
	for _, gap := range []int{1, 2, 3, 7, 40, 300} {
		docs := make([]engine.Doc, 300*gap)
		for i := range docs {
			docs[i] = engine.Doc{ID: fmt.Sprintf("d%06d", i)}
			if i%gap == 0 {
				docs[i].Text = map[string]string{"body": "碳酸"}
			}
			if i%(gap*5) == 0 {
				docs[i].Text = map[string]string{"title": "碳酸", "body": strings.Repeat("碳酸 ", i%97)}
			}
		}
		check(t, segment.Build(schema, docs), docs)
	}
}

func TestNear(t *testing.T) {
	s := segment.Build(schema, []engine.Doc{{ID: "a", Text: map[string]string{"body": "lithium lithum lihtium litium xlithium lithiumx lithoum q235b q236b pump pumps 碳酸 谈算 酸钙 钙粉 粉 行业"}}})
	names := func(terms []int) (names []string) {
		for _, word := range strings.Fields("lithium lithum lihtium litium xlithium lithiumx lithoum q235b q236b pump pumps 碳酸 谈算 酸钙 钙粉 粉 行业") {
			if at, ok := s.Find(word); ok && slices.Contains(terms, at) {
				names = append(names, word)
			}
		}
		return names
	}
	for _, c := range []struct {
		got  []int
		want string
	}{
		{s.Near("lithium"), "lithum lihtium litium xlithium lithiumx lithoum"},
		{s.Near("lithim"), "lithium lithum"},
		{s.Near("q235b"), ""},
		{s.Near("pump"), ""},
		{s.Sounding("tan", "suan"), "碳酸 谈算"},
		{s.Sounding("hang", "ye"), "行业"},
		{s.Sounding("xing", "ye"), ""},
		{s.Holding("钙"), "酸钙 钙粉"},
		{s.Holding("粉"), "钙粉 粉"},
	} {
		if got := strings.Join(names(c.got), " "); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// TestFindAll finds what finding one by one finds, whatever is asked for.
func TestFindAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := segment.Build(schema, documents(t, "d", 12))
		var names []string
		for _, asked := range rapid.SliceOfN(texts, 0, 6).Draw(t, "asked") {
			names = append(append(names, asked), text.Terms(text.Fold(asked))...)
		}
		slices.Sort(names)
		names = slices.Compact(names)
		want, got := map[int]int{}, map[int]int{}
		for place, name := range names {
			if term, ok := s.Find(name); ok {
				want[place] = term
			}
		}
		s.FindAll(names, func(place, term int) { got[place] = term })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}
