// Package wire_test tests what is written for the server: that nothing which a user or a document brings can be more than data.
package wire_test

import (
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/meili/wire"
	"github.com/jiebang/jiebang/services/matching/text"
)

// TestFilter writes every node.
func TestFilter(t *testing.T) {
	day := engine.Time(time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC))
	for want, f := range map[string]engine.Filter{
		`id EXISTS`: nil, `a_x IN ["=ab"]`: engine.Eq{Attr: "x", Value: engine.Str("AB")}, `a_x IN ["1.5"]`: engine.Eq{Attr: "x", Value: engine.Num(1.5)},
		`a_x IN ["true"]`: engine.Eq{Attr: "x", Value: engine.Bool(true)}, `a_x IN ["1767323045000006"]`: engine.Eq{Attr: "x", Value: day},
		`a_x IN ["=农业", "=~e2~88~9a"]`:                engine.In{Attr: "x", Values: []engine.Value{engine.Str("农业"), engine.Str("√")}},
		`(a_x IN [] AND NOT id EXISTS)`:               engine.In{Attr: "x"},
		`NOT (a_x EXISTS)`:                            engine.Not{F: engine.Has{Attr: "x"}},
		`(a_x >= "1" AND a_x < "2")`:                  engine.Range{Attr: "x", Min: engine.Num(1), Max: engine.Num(2), BelowMax: true},
		`a_x EXISTS`:                                  engine.Range{Attr: "x"},
		`NOT id EXISTS`:                               engine.Or{},
		`(a_x EXISTS OR (a_y EXISTS AND a_z EXISTS))`: engine.Or{engine.Has{Attr: "x"}, engine.And{engine.Has{Attr: "y"}, engine.Has{Attr: "z"}}},
	} {
		if got, err := wire.Filter(f); got != want || err != nil {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
	if got, err := wire.Filter(nil, engine.Has{Attr: "x"}, nil); got != "a_x EXISTS" || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	deep := engine.Filter(engine.Has{Attr: "x"})
	for range 100 {
		deep = engine.Not{F: deep}
	}
	for _, bad := range []engine.Filter{deep, engine.Has{}, engine.Has{Attr: `x" OR id EXISTS`}, engine.Eq{Attr: "农业"}, engine.Range{Attr: "x", Min: engine.Str("a")}, engine.Range{Attr: "x", Max: engine.Num(inf)}} {
		if _, err := wire.Filter(engine.And{bad}); !errors.Is(err, engine.ErrBadFilter) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

var inf = func() float64 { x := 1e308; return x * 10 }()

// harmless is all that may stand between the quotes of a filter.
var harmless = regexp.MustCompile(`^=[a-z0-9~._\p{Han}-]*$`)

// TestValues: whatever a value is, it is written in harmless signs; two are the same if and only if strings.EqualFold says so; a facet shows it as it was.
func TestValues(t *testing.T) {
	some := rapid.OneOf(rapid.String(), rapid.StringMatching(`[aAsSkKſKéÉβẞßǅΣσς]{0,3}`), rapid.StringMatching(`["'\\ =~%*\]\[)(]{0,4}`), rapid.StringMatching(`[ＡａA a農农\x00]{0,4}`))
	rapid.Check(t, func(t *rapid.T) {
		a, b := some.Draw(t, "a"), some.Draw(t, "b")
		if utf8.RuneCountInString(a) > 20 || utf8.RuneCountInString(b) > 20 || !utf8.ValidString(a+b) {
			t.Skip()
		}
		write := func(s string) (filter string, stored any, label string) {
			f, err := wire.Filter(engine.Eq{Attr: "x", Value: engine.Str(s)})
			if err != nil {
				t.Fatal(err)
			}
			d, err := wire.Document(engine.Doc{ID: "a", Attrs: map[string]engine.Value{"x": engine.Str(s)}}, engine.Schema{Filter: []string{"x"}, Facet: []string{"x"}})
			if err != nil {
				t.Skip()
			}
			return strings.TrimSuffix(strings.TrimPrefix(f, `a_x IN ["`), `"]`), d["a_x"], d["f_x"].([]string)[0]
		}
		fa, sa, la := write(a)
		fb, _, lb := write(b)
		if !harmless.MatchString(fa) || !harmless.MatchString(la) || sa != fa {
			t.Fatalf("%q is written %s, %v, %s", a, fa, sa, la)
		}
		if (fa == fb) != strings.EqualFold(a, b) || (la == lb) != (a == b) || wire.Given(la) != a {
			t.Fatalf("%q is %s and %s, %q is %s and %s", a, fa, la, b, fb, lb)
		}
	})
}

// TestQuery writes what was typed. A sign reaches the server as letters or not at all.
func TestQuery(t *testing.T) {
	for typed, want := range map[string]string{
		"": "", "  碳酸钙  改性 ": "碳酸钙 改性", `"碳酸钙" -改性`: "碳酸钙 改性", "Transformer 模型": "transformer 模型", "5G基站": `"5g" 基站`, "Q235B": `"q235b"`,
		"3.5kV": `"3zz2e5kv"`, "3.5 kV 电源": `"3zz2e5kv" 电源`, "C++": `"czz2bzz2b"`, "GB/T 4754": `gbt "4754"`, "≥95%": `"95zz25" zz226595zz25`, "纯度 ≥ 95 %": `纯度 "95zz25" zz226595zz25`,
		"a -b": "a b", "😀?!": "", "無線傳感器": "无线传感器",
	} {
		if got := wire.Query(text.Fold(typed)); got != want {
			t.Errorf("%q: got %s, want %s", typed, got, want)
		}
	}
	signs := regexp.MustCompile(`^(("[\p{L}\p{N}]+"|[\p{L}\p{N}々〇ー]+)( |$))*$`)
	rapid.Check(t, func(t *rapid.T) {
		typed := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z0-9 "'.+%≥/碳钙-]{0,12}`)).Draw(t, "typed")
		if got := wire.Query(text.Fold(typed)); !signs.MatchString(got) {
			t.Fatalf("%q becomes %q", typed, got)
		}
	})
}

// TestFragment: a fragment is a part of the text, short, with the first mark in it.
func TestFragment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		source := strings.Repeat(rapid.StringMatching(`[a-z碳酸 。😀]{0,9}`).Draw(t, "before"), rapid.IntRange(0, 40).Draw(t, "times")) + "变压器" + strings.Repeat(rapid.StringMatching(`[变压器钙x]{0,9}`).Draw(t, "after"), 20)
		f := wire.Fragment(source, text.NewMarker("变压器"))
		if n := utf8.RuneCountInString(f.Text); !strings.Contains(source, f.Text) || !utf8.ValidString(f.Text) || n != min(120, utf8.RuneCountInString(source)) {
			t.Fatalf("%q of %q", f.Text, source)
		}
		if len(f.Marks) == 0 {
			t.Fatalf("no mark in %q", f.Text)
		}
		for _, m := range f.Marks {
			if s := f.Text[m.Start:m.End]; !strings.Contains("变压器", s) || s == "" {
				t.Fatalf("%q is marked", s)
			}
		}
	})
}

// TestShapeIsPinned: a document and the settings of an index, as they are written. Whoever changes either raises shape: indexes that were filled before are then
// rebuilt, because their fingerprint is another.
func TestShapeIsPinned(t *testing.T) {
	s := engine.Schema{Version: 3, Text: []engine.Field{{Name: "title"}, {Name: "text"}}, Filter: []string{"field", "at"}, Facet: []string{"field"}, Sort: []string{"at", "price"},
		Synonyms: [][]string{{"通航", "通用航空"}}}
	d := must(wire.Document(engine.Doc{ID: "a", Version: 7, Text: map[string]string{"title": "碳酸鈣 3.5kV", "text": "Ｃ++", "secret": "x"},
		Attrs: map[string]engine.Value{"field": engine.Strs{"Ab", "农"}, "at": engine.Time(time.Unix(1, 0)), "price": engine.Num(2.5), "secret": engine.Str("x")}}, s))(t)
	want := map[string]any{"id": "a", "v": int64(7), "raw_title": "碳酸鈣 3.5kV", "t_title": "碳酸钙 3.5kv", "g_title": "碳酸 酸钙 3zz2e5kv 3zz2e5 kv 碳 酸 钙", "p_title": "zztan zzsuan zzgai",
		"raw_text": "Ｃ++", "t_text": "c++", "g_text": "czz2bzz2b", "a_field": []string{"=ab", "=农"}, "f_field": []string{"=~41b", "=农"}, "a_at": int64(1e6), "a_price": engine.Num(2.5)}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Error(diff)
	}
	w := wire.Settings(s, nil)
	if got := w.TypoTolerance.DisableOnWords; !slices.Equal(got, []string{pinned}) {
		t.Errorf("got %v, want %s", got, pinned)
	}
	text := string(must(json.Marshal(w))(t))
	for _, part := range []string{`"displayedAttributes":["id","v","raw_title","raw_text"]`, `"searchableAttributes":["t_title","g_title","p_title","t_text","g_text"]`, `"filterableAttributes":["id","a_field","a_at","f_field"]`,
		`"sortableAttributes":["id","a_at","a_price"]`, `"synonyms":{"通用航空":["通航"],"通航":["通用航空"]}`, `"disableOnNumbers":true`, `"disableOnAttributes":["g_title","p_title","g_text"]`, `"sortFacetValuesBy":{"*":"count"}`,
		`"maxTotalHits":1000`, `"maxValuesPerFacet":100`, `"locales":["zho"]`, `"attributeRank"`, `"wordPosition"`, `"prefixSearch":"disabled"`, `"stopWords":["的"`} {
		if !strings.Contains(text, part) {
			t.Errorf("%s is not in %s", part, text)
		}
	}
	seen := map[string]bool{}
	for _, change := range []func(*engine.Schema){func(*engine.Schema) {}, func(s *engine.Schema) { s.Version++ }, func(s *engine.Schema) { s.Text = s.Text[:1] }, func(s *engine.Schema) { s.Synonyms = nil },
		func(s *engine.Schema) { s.Sort = nil }, func(s *engine.Schema) { s.Facet = nil }} {
		other := s
		change(&other)
		seen[wire.Settings(other, nil).TypoTolerance.DisableOnWords[0]] = true
	}
	if len(seen) != 6 {
		t.Errorf("schemas share fingerprints: %v", slices.Collect(maps.Keys(seen)))
	}
}

// pinned is the fingerprint of the settings above.
const pinned = "schema685a02f95d0a6d1420b2a2c2"

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
