package conformance

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jiebang/jiebang/services/demo/corpus"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/text"
)

// highlight: a fragment is a part of the text as it was given; marks lie on characters, in order and apart, and fold to a part of what was typed.
func (r reading) highlight(t *testing.T) {
	for query, marked := range inOrder(map[string]string{"碳酸钙": "碳酸钙", "變壓器": "变压器", "Q235b": "Q235B", "ＰＭ2.5": "PM2.5", "处理": "处理", "轴承钢球": "轴承钢球", "碳酸盖": "碳酸",
		"tansuangai": "碳酸钙", "co2": "CO₂", "c++": "C++", "": "", "热处理 淬火": "热处理"}) {
		got := search(t, r, engine.Query{Text: query, Highlight: []string{"title", "text"}, Limit: most})
		some := false
		for _, h := range got.Hits {
			i := slices.IndexFunc(r.docs, func(d engine.Doc) bool { return d.ID == h.ID })
			for field, fragments := range h.Highlights {
				for _, f := range fragments {
					checkFragment(t, fmt.Sprintf("%s in %s of %s", query, field, h.ID), r.docs[i].Text[field], f)
					for _, m := range f.Marks {
						mark := f.Text[m.Start:m.End]
						some = some || mark == marked
						if text.Syllables(query) == nil && !strings.Contains(text.Fold(query), text.Fold(mark)) {
							t.Errorf("%s: %s is marked", query, mark)
						}
					}
				}
			}
			if h.Highlights["title"] == nil {
				t.Errorf("%s: nothing of the title of %s", query, h.ID)
			}
		}
		if len(got.Hits) == 0 || some != (query != "") {
			t.Errorf("%s: %s is marked in none of %d", query, marked, len(got.Hits))
		}
	}
	for _, h := range search(t, r, engine.Query{Text: "碳酸钙", Limit: 5}).Hits {
		if len(h.Highlights) > 0 {
			t.Errorf("texts that nobody asked for: %v", h.Highlights)
		}
	}
}

func checkFragment(t *testing.T, what, source string, f engine.Fragment) {
	t.Helper()
	if !strings.Contains(source, f.Text) {
		t.Errorf("%s: %q is no part of %q", what, f.Text, source)
	}
	at := 0
	for _, m := range f.Marks {
		if m.Start < at || m.End <= m.Start || m.End > len(f.Text) {
			t.Errorf("%s: marks %v overlap or lie outside", what, f.Marks)
			return
		}
		if at = m.End; !utf8.ValidString(f.Text[m.Start:m.End]) || !utf8.ValidString(f.Text[:m.Start]) {
			t.Errorf("%s: %v cuts a character", what, m)
		}
	}
}

// whole is all text of a document.
func whole(d engine.Doc) string { return d.Text["title"] + "\n" + d.Text["text"] }

// match: a document's own text finds it first, whatever its length; filters hold; a vector is heeded where that is claimed and nowhere else.
func (r reading) match(t *testing.T) {
	match := func(q engine.MatchQuery) engine.Result {
		t.Helper()
		q.Kind = Kind
		got, err := r.Match(t.Context(), q)
		if err != nil {
			t.Fatalf("%.40q: %v", q.Text, err)
		}
		return got
	}
	for i, d := range r.some() {
		if r.o.Vector != nil && i%4 != 0 {
			continue
		}
		if got := match(engine.MatchQuery{Text: whole(d), Limit: 5}); len(got.Hits) == 0 || got.Hits[0].ID != d.ID {
			t.Errorf("the text of %s finds %v", d.ID, ids(got.Hits))
		}
		if i%4 != 0 {
			continue
		}
		only := engine.Eq{Attr: "field", Value: engine.Str("AGRICULTURE")}
		for _, h := range match(engine.MatchQuery{Text: whole(d), Filter: only, Must: Public, Limit: most}).Hits {
			if !slices.Contains(admitted(r.docs, only, Public), h.ID) {
				t.Errorf("%s is no public demand of agriculture", h.ID)
			}
		}
		if r.o.Vector == nil {
			with := match(engine.MatchQuery{Text: whole(d), Vector: []float32{1, 0}, Limit: 5})
			same(t, "a vector that is not asked for", ids(with.Hits), ids(match(engine.MatchQuery{Text: whole(d), Limit: 5}).Hits))
			continue
		}
		if got := match(engine.MatchQuery{Vector: r.o.Vector(whole(d)), Limit: 5}); len(got.Hits) == 0 || got.Hits[0].ID != d.ID {
			t.Errorf("the vector of %s finds %v", d.ID, ids(got.Hits))
		}
	}
	long := strings.Repeat("本项目希望通过招标寻找合作单位共同开展研究。", 500) + whole(r.docs[0])
	if got := match(engine.MatchQuery{Text: long, Limit: 5}); r.o.Vector == nil && (len(got.Hits) == 0 || got.Hits[0].ID != r.docs[0].ID) {
		t.Errorf("a text of %d bytes finds %v", len(long), ids(got.Hits))
	}
	for _, text := range []string{"", "\x00 😀", strings.Repeat("z", 100_000)} {
		match(engine.MatchQuery{Text: text, Limit: 10})
	}
	if got := match(engine.MatchQuery{Text: whole(r.docs[0])}); len(got.Hits) != 0 {
		t.Errorf("a limit of 0 gives %v", ids(got.Hits))
	}
	if _, err := r.Match(t.Context(), engine.MatchQuery{Kind: Kind, Limit: engine.MaxWindow + 1}); !errors.Is(err, engine.ErrWindow) {
		t.Errorf("past the window: %v", err)
	}
}

// leastFirst and leastThree are how many of the achievements find a demand that they solve first, and among the first three, at least. Both engines find more.
const leastFirst, leastThree = 0.8, 0.9

// paraphrases: what solves a demand is written in other words, and finds it.
func (r reading) paraphrases(t *testing.T) {
	solves := map[[2]string]bool{}
	for _, j := range corpus.Judgements() {
		solves[[2]string{j.Achievement, j.Demand}] = j.Grade == 4
	}
	first, three, n := 0.0, 0.0, 0.0
	for i, a := range corpus.Achievements() {
		if r.o.Fixed && i%3 != 0 {
			continue
		}
		got, err := r.Match(t.Context(), engine.MatchQuery{Kind: Kind, Text: a.Title + "\n" + a.Summary, Must: Public, Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(got.Hits, func(h engine.Hit) bool { return solves[[2]string{a.Key, h.ID}] })
		if n++; at == 0 {
			first++
		} else {
			t.Logf("what %s solves is at %d of %v", a.Key, at, ids(got.Hits))
		}
		if at >= 0 {
			three++
		}
	}
	if t.Logf("first %.2f, among three %.2f", first/n, three/n); first/n < leastFirst || three/n < leastThree {
		t.Errorf("first %.2f of %.2f, among three %.2f of %.2f", first/n, leastFirst, three/n, leastThree)
	}
}

// similar: never the document itself; filters hold; a document that is not there is ErrNotFound.
func (r reading) similar(t *testing.T) {
	for _, d := range r.some() {
		got, err := r.Similar(t.Context(), Kind, d.ID, engine.MatchQuery{Must: Public, Limit: most})
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range got.Hits {
			if h.ID == d.ID || !slices.Contains(admitted(r.docs, Public), h.ID) {
				t.Errorf("%s is similar to %s", h.ID, d.ID)
			}
		}
	}
	for id, want := range inOrder(map[string]string{"D014": "D013", "hidden-caco3": "D002", "D026": "D025"}) {
		if r.o.Vector != nil {
			want = r.nearest(id)
		}
		got, err := r.Similar(t.Context(), Kind, id, engine.MatchQuery{Limit: 4})
		if err != nil || !slices.Contains(ids(got.Hits), want) || r.o.Vector != nil && got.Hits[0].ID != want {
			t.Errorf("%s is not similar to %s, but %v (%v)", want, id, ids(got.Hits), err)
		}
	}
	for _, id := range []string{"nobody", "", `x" OR id EXISTS`, strings.Repeat("x", 200)} {
		if _, err := r.Similar(t.Context(), Kind, id, engine.MatchQuery{Limit: 5}); !errors.Is(err, engine.ErrNotFound) {
			t.Errorf("similar to %.20q: %v", id, err)
		}
	}
}

// nearest is the document whose vector is nearest to that of another, as the plain product of the two says.
func (r reading) nearest(id string) string {
	at := slices.IndexFunc(r.docs, func(d engine.Doc) bool { return d.ID == id })
	own, best, nearest := r.o.Vector(whole(r.docs[at])), float32(-1), ""
	for i, d := range r.docs {
		product := float32(0)
		for j, x := range r.o.Vector(whole(d)) {
			product += x * own[j]
		}
		if i != at && product > best {
			best, nearest = product, d.ID
		}
	}
	return nearest
}
