package embedded_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/matching/embedded"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/text"
)

const kind = engine.Achievements

// plain is schema without synonyms.
var plain = engine.Schema{Version: 1, Text: schema.Text, Filter: schema.Filter, Facet: schema.Facet, Sort: schema.Sort}

func open(t testing.TB, s engine.Schema) *embedded.Engine {
	e := embedded.New()
	must(t, e.Ensure(context.Background(), kind, s))
	return e
}

func put(t interface {
	Helper()
	Fatal(...any)
}, e *embedded.Engine, docs ...engine.Doc) {
	t.Helper()
	ticket, err := e.Put(context.Background(), kind, docs...)
	if err == nil {
		err = ticket.Wait(context.Background())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestWrites applies random writes, and wants in the end what the last of each id left: the documents, their texts, and their order by attributes.
func TestWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := embedded.New()
		if err := e.Ensure(context.Background(), kind, plain); err != nil {
			t.Fatal(err)
		}
		lives := map[string]engine.Doc{}
		for range rapid.IntRange(1, 40).Draw(t, "writes") {
			id := fmt.Sprint("d", rapid.IntRange(0, 9).Draw(t, "id"))
			if rapid.IntRange(0, 3).Draw(t, "what") == 0 {
				if _, err := e.Delete(context.Background(), kind, id, "nobody"); err != nil {
					t.Fatal(err)
				}
				delete(lives, id)
				continue
			}
			d := document(t, id)
			put(t, e, engine.Doc{ID: id, Text: map[string]string{"title": "旧的"}}, d) // the later one of a Put counts
			lives[id] = d
		}
		by := []engine.Sort{{Attr: "price", Desc: rapid.Bool().Draw(t, "desc")}}
		q := engine.Query{Kind: kind, Filter: conditions.Draw(t, "filter"), Sort: by, Limit: 50}
		r, err := e.Search(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for id, d := range lives {
			if engine.Admits(q.Filter, d.Attrs) {
				want = append(want, id)
			}
			if got, ok := e.Text(kind, id); !ok || got["title"] != d.Text["title"] || got["body"] != d.Text["body"] {
				t.Fatalf("%s: %q, want %q", id, got, d.Text)
			}
		}
		slices.SortFunc(want, func(a, b string) int { return order(lives[a], lives[b], by[0]) })
		if got := ids(r); !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
		if stats, err := e.Stats(context.Background(), kind); err != nil || stats.Docs != len(lives) {
			t.Fatalf("%+v, %v, want %d documents", stats, err, len(lives))
		}
	})
}

func order(a, b engine.Doc, by engine.Sort) int {
	x, y := a.Attrs[by.Attr], b.Attrs[by.Attr]
	switch {
	case x == nil && y != nil:
		return 1
	case x != nil && y == nil:
		return -1
	}
	c, _ := engine.Compare(x, y)
	if by.Desc {
		c = -c
	}
	return cmp.Or(c, strings.Compare(a.ID, b.ID))
}

func ids(r engine.Result) (ids []string) {
	for _, h := range r.Hits {
		ids = append(ids, h.ID)
	}
	return ids
}

// TestMemoryOfTheDead gives the memory of what was deleted or replaced back.
func TestMemoryOfTheDead(t *testing.T) {
	e, m := open(t, plain), newMaker()
	size := func() int64 {
		s, err := e.Stats(context.Background(), kind)
		must(t, err)
		return s.Bytes
	}
	var docs []engine.Doc
	var gone []string
	for i := range 3000 {
		docs = append(docs, m.doc(fmt.Sprint("d", i)))
		if i >= 30 {
			gone = append(gone, docs[i].ID)
		}
	}
	put(t, e, docs...)
	full := size()
	for range 5 {
		put(t, e, docs...)
	}
	if again := size(); again > full*8/5 {
		t.Errorf("after putting all again five times: %d bytes, once: %d", again, full)
	}
	_, err := e.Delete(context.Background(), kind, gone...)
	must(t, err)
	if left := size(); left > full/25 {
		t.Errorf("a hundredth of the documents takes %d bytes of %d", left, full)
	}
	if df, n := e.DF(kind, text.Terms(text.Fold(docs[0].Text["title"]))[0]); n > 45 || df < 1 || df > n {
		t.Errorf("a term is in %d of %d documents", df, n)
	}
}

// TestNothingIsLeft: what was put and deleted leaves no trace in the scores of the others.
func TestNothingIsLeft(t *testing.T) {
	docs := []engine.Doc{{ID: "a", Text: map[string]string{"title": "碳酸钙改性", "body": "一种碳酸钙"}}, {ID: "b", Text: map[string]string{"title": "碳酸锂", "body": "与碳酸钙不同的一种盐"}}}
	score := func(e *embedded.Engine) float64 {
		r, err := e.Match(context.Background(), engine.MatchQuery{Kind: kind, Text: "碳酸钙", Limit: 1})
		must(t, err)
		return r.Hits[0].Score
	}
	fresh, used := open(t, plain), open(t, plain)
	put(t, fresh, docs...)
	put(t, used, docs...)
	put(t, used, engine.Doc{ID: "c", Text: map[string]string{"body": strings.Repeat("很长的碳酸钙", 100)}})
	_, err := used.Delete(context.Background(), kind, "c")
	must(t, err)
	if a, b := score(fresh), score(used); a != b {
		t.Errorf("%v without, %v after", a, b)
	}
}

// TestReadersNeverWait reads while writers write and an index is rebuilt: every answer is of one moment.
func TestReadersNeverWait(t *testing.T) {
	e := open(t, plain)
	pair := func(version int) []engine.Doc { // always written together
		docs := make([]engine.Doc, 2)
		for i := range docs {
			docs[i] = engine.Doc{ID: fmt.Sprint("p", i), Version: int64(version), Text: map[string]string{"title": fmt.Sprint("碳酸钙 v", version)}, Attrs: map[string]engine.Value{"price": engine.Num(version)}}
		}
		return docs
	}
	put(t, e, pair(0)...)
	var over atomic.Bool
	var readers, writers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for !over.Load() {
				r, err := e.Search(context.Background(), engine.Query{Kind: kind, Text: "碳酸钙", Filter: engine.Has{Attr: "price"}, Facets: []string{"field"}, Sort: []engine.Sort{{Attr: "price"}}, Limit: 10, Highlight: []string{"title"}})
				if err != nil || len(r.Hits) != 2 {
					t.Errorf("%v, %v", r.Hits, err)
					return
				}
				if a, b := r.Hits[0].Highlights["title"][0].Text, r.Hits[1].Highlights["title"][0].Text; a != b {
					t.Errorf("a mixture of %q and %q", a, b)
				}
				if _, err := e.Match(context.Background(), engine.MatchQuery{Kind: kind, Text: "碳酸钙", Limit: 10}); err != nil {
					t.Error(err)
				}
				if _, err := e.List(context.Background(), kind); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Go(func() {
		for v := range 300 {
			put(t, e, pair(v)...)
		}
	})
	writers.Go(func() {
		for i := range 300 {
			put(t, e, engine.Doc{ID: fmt.Sprint("x", i%50), Text: map[string]string{"body": "别的"}})
		}
	})
	writers.Go(func() {
		for range 30 {
			g, err := e.Begin(context.Background(), kind, plain)
			must(t, err)
			_, err = g.Put(context.Background(), pair(-1)...)
			must(t, err)
			must(t, g.Commit(context.Background()))
		}
	})
	writers.Wait()
	over.Store(true)
	readers.Wait()
}

// TestWritesDuringARebuild: what was written since Begin is in what Commit serves, whatever the rebuild brought, even if the caller changes it afterwards.
func TestWritesDuringARebuild(t *testing.T) {
	e := open(t, plain)
	old := engine.Doc{ID: "a", Version: 1, Text: map[string]string{"title": "旧文"}}
	put(t, e, old, engine.Doc{ID: "b", Version: 1, Text: map[string]string{"title": "旧文"}})
	g, err := e.Begin(context.Background(), kind, plain)
	must(t, err)
	fresh := engine.Doc{ID: "a", Version: 2, Text: map[string]string{"title": "新文"}}
	put(t, e, fresh)
	fresh.Text["title"] = "改了"
	_, err = e.Delete(context.Background(), kind, "b")
	must(t, err)
	_, err = g.Put(context.Background(), old, engine.Doc{ID: "b", Version: 1}, engine.Doc{ID: "c", Version: 1})
	must(t, err)
	must(t, g.Commit(context.Background()))
	list, err := e.List(context.Background(), kind)
	must(t, err)
	if len(list) != 2 || list["a"] != 2 || list["c"] != 1 {
		t.Errorf("%v", list)
	}
	if got, _ := e.Text(kind, "a"); got["title"] != "新文" {
		t.Errorf("%q", got)
	}
	if err := g.Commit(context.Background()); err == nil {
		t.Error("a generation was served twice")
	}
	if _, err := g.Put(context.Background(), old); err == nil {
		t.Error("a generation took a document after it was served")
	}
}

// tired is a context that ends after it has been asked so many times.
type tired struct {
	context.Context
	left int
}

func (c *tired) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestCancelled: a search looks at its context while it scans, and what it leaves behind does not disturb the next one.
func TestCancelled(t *testing.T) {
	e := open(t, plain)
	docs := make([]engine.Doc, 40_000)
	for i := range docs {
		docs[i] = engine.Doc{ID: fmt.Sprint("d", i), Text: map[string]string{"title": "碳酸钙"}}
	}
	put(t, e, docs...)
	for left := range 5 {
		for _, s := range []string{"", "碳酸钙"} {
			if _, err := e.Search(&tired{t.Context(), left}, engine.Query{Kind: kind, Text: s, Limit: 1}); !errors.Is(err, context.Canceled) {
				t.Errorf("search %q after %d looks: %v", s, left, err)
			}
		}
		if _, err := e.Match(&tired{t.Context(), left}, engine.MatchQuery{Kind: kind, Text: "碳酸钙 碳酸 钙粉 酸钙粉 工业用", Limit: 1}); left < 3 && !errors.Is(err, context.Canceled) {
			t.Errorf("match after %d looks: %v", left, err)
		}
	}
	r, err := e.Search(t.Context(), engine.Query{Kind: kind, Text: "碳酸钙", Limit: 2})
	must(t, err)
	if r.Total != len(docs) || r.Hits[0].Score != r.Hits[1].Score {
		t.Errorf("afterwards: %+v", r)
	}
}

// TestMeaning: synonyms both ways and less than the word itself, pinyin, slips of the ear, parts.
func TestMeaning(t *testing.T) {
	e := open(t, schema)
	put(t, e, engine.Doc{ID: "led", Text: map[string]string{"title": "LED 驱动"}}, engine.Doc{ID: "diode", Text: map[string]string{"title": "发光二极管封装"}},
		engine.Doc{ID: "calcium", Text: map[string]string{"title": "碳酸钙改性"}}, engine.Doc{ID: "filled", Text: map[string]string{"title": "glass filled nylon"}},
		engine.Doc{ID: "bank", Text: map[string]string{"title": "银行业务"}}, engine.Doc{ID: "machine", Text: map[string]string{"title": "machine vision"}})
	for q, want := range map[string]string{
		"led": "led diode", "发光二极管": "diode led", "filled": "filled", "tansuangai": "calcium", "tan suan gai": "calcium", "碳算钙": "calcium", "yinhang": "bank", "machine": "machine",
		"machne": "machine", "filed": "filled", "龘龘": "", "🎉": "bank calcium diode filled led machine",
	} {
		r, err := e.Search(context.Background(), engine.Query{Kind: kind, Text: q, Limit: 10})
		must(t, err)
		if got := strings.Join(ids(r), " "); got != want {
			t.Errorf("%q finds %q, want %q", q, got, want)
		}
	}
}

// TestNumbersOfCodes: the short number of a code or a measure finds nothing by itself, a long one does, and a number that was typed alone does too.
func TestNumbersOfCodes(t *testing.T) {
	e := open(t, plain)
	put(t, e, engine.Doc{ID: "steel", Text: map[string]string{"title": "GCr15 轴承钢"}}, engine.Doc{ID: "minutes", Text: map[string]string{"title": "保温 15 分钟"}},
		engine.Doc{ID: "heat", Text: map[string]string{"title": "60℃ 水浴"}}, engine.Doc{ID: "share", Text: map[string]string{"title": "含量 60%"}},
		engine.Doc{ID: "plate", Text: map[string]string{"title": "Q235B 钢板"}})
	for q, want := range map[string]string{"GCr15": "steel", "60℃": "heat", "Q235": "plate", "15": "minutes steel"} {
		r, err := e.Search(context.Background(), engine.Query{Kind: kind, Text: q, Limit: 10})
		must(t, err)
		found := ids(r)
		slices.Sort(found)
		if got := strings.Join(found, " "); got != want {
			t.Errorf("%q finds %q, want %q", q, got, want)
		}
	}
}

// TestSlipsCountOnce: a document that has a word and its slip has no more of the question than one that has the word.
func TestSlipsCountOnce(t *testing.T) {
	e := open(t, plain)
	put(t, e, engine.Doc{ID: "both", Text: map[string]string{"title": "lithium lithum"}}, engine.Doc{ID: "one", Text: map[string]string{"title": "lithium carbon"}},
		engine.Doc{ID: "other", Text: map[string]string{"title": "电池 电池"}})
	r, err := e.Search(context.Background(), engine.Query{Kind: kind, Text: "lithium 电池", Limit: 10})
	must(t, err)
	scores := map[string]float64{}
	for _, h := range r.Hits {
		scores[h.ID] = h.Score
	}
	if scores["both"] <= scores["one"] || scores["both"] > 1.5*scores["one"] {
		t.Errorf("%v", scores)
	}
}

// TestFragments cuts a long text where the marks are.
func TestFragments(t *testing.T) {
	e := open(t, plain)
	long := strings.Repeat("前文", 200) + "碳酸钙改性" + strings.Repeat("后文", 200)
	put(t, e, engine.Doc{ID: "a", Text: map[string]string{"title": "题", "body": long}})
	r, err := e.Search(context.Background(), engine.Query{Kind: kind, Text: "碳酸钙", Limit: 1, Highlight: []string{"title", "body", "nothing"}})
	must(t, err)
	h := r.Hits[0].Highlights
	body := h["body"][0]
	if !strings.Contains(long, body.Text) || len([]rune(body.Text)) != 120 || len(body.Marks) != 1 || body.Text[body.Marks[0].Start:body.Marks[0].End] != "碳酸钙" {
		t.Errorf("%+v", body)
	}
	put(t, e, engine.Doc{ID: "a", Text: map[string]string{"body": strings.Repeat("前文", 200) + "碳酸钙"}})
	r, err = e.Search(context.Background(), engine.Query{Kind: kind, Text: "碳酸钙", Limit: 1, Highlight: []string{"body"}})
	must(t, err)
	if end := r.Hits[0].Highlights["body"][0]; len([]rune(end.Text)) != 120 || !strings.HasSuffix(end.Text, "碳酸钙") || len(end.Marks) != 1 {
		t.Errorf("at the end: %+v", end)
	}
	if h["title"][0].Text != "题" || len(h["title"][0].Marks) != 0 || len(h) != 2 {
		t.Errorf("%+v", h)
	}
}
