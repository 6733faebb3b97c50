package province_test

import (
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/jiebang/jiebang/services/internal/bench/province"
	"github.com/jiebang/jiebang/services/matching/embedded"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/index"
)

// TestRows: one seed makes the same rows and another seed others, all of them public, no two alike, as long as real ones.
func TestRows(t *testing.T) {
	one, again, other := province.New("seed"), province.New("seed"), province.New("other")
	seen := map[string]bool{}
	for i := range 2000 {
		d, a := one.Demand(i), one.Achievement(i)
		if diff := cmp.Diff(again.Demand(i).String()+again.Achievement(i).String(), d.String()+a.String()); diff != "" {
			t.Fatal(diff)
		}
		if o := other.Demand(i); o.Description == d.Description {
			t.Fatalf("another seed made the same: %s", o.Description)
		}
		if _, public := index.Demand(d); !public {
			t.Fatalf("%v is not public", d)
		}
		if _, public := index.Achievement(a); !public {
			t.Fatalf("%v is not public", a)
		}
		for _, s := range []string{d.ID, a.ID, d.Description, a.Summary} {
			if seen[s] {
				t.Fatalf("%q is there twice", s)
			}
			seen[s] = true
		}
		for _, c := range []struct {
			text        string
			least, most int
		}{{d.Title, 6, 100}, {a.Title, 6, 100}, {d.Description, 200, 500}, {a.Summary, 200, 500}, {one.Asked(), 2, 100}, {again.Asked(), 2, 100}} {
			if n := utf8.RuneCountInString(c.text); n < c.least || n > c.most {
				t.Fatalf("%q has %d characters, want %d to %d", c.text, n, c.least, c.most)
			}
		}
	}
}

// TestQuestions asks an index of a small province: each question is one that the schemas allow, and most find something.
func TestQuestions(t *testing.T) {
	e, m := embedded.New(), province.New("rows")
	for _, x := range m.Indexes() {
		docs := make([]engine.Doc, 500)
		for i := range docs {
			docs[i] = x.Doc(i)
		}
		if err := e.Ensure(t.Context(), x.Kind, index.Schemas[x.Kind]); err != nil {
			t.Fatal(err)
		}
		if ticket, err := e.Put(t.Context(), x.Kind, docs...); err != nil || ticket.Wait(t.Context()) != nil {
			t.Fatal(err)
		}
	}
	kinds, empty := map[engine.Kind]int{}, 0
	for range 100 {
		q := m.Question()
		r, err := e.Search(t.Context(), q)
		if err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
		kinds[q.Kind]++
		if r.Total == 0 {
			empty++
		}
	}
	if len(kinds) != 2 || empty > 50 {
		t.Errorf("of 100 questions %d found nothing; %v", empty, kinds)
	}
}
