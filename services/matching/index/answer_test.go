package index_test

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/internal/enginetest"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/index"
	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/offering/profile"
	"github.com/jiebang/jiebang/services/posting/demand"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestBreaker leaves a server that fails twice in a row alone for ten seconds of the clock.
func TestBreaker(t *testing.T) {
	each(t, enginetest.None, func(t *testing.T, w *world) {
		d := w.demand("超细碳酸钙")
		w.await()
		asked := func(want int, by string) {
			t.Helper()
			before := w.server.Count("Search")
			w.answered(by, "碳酸钙", d)
			if got := w.server.Count("Search") - before; got != want {
				t.Errorf("the server was asked %d times, want %d", got, want)
			}
		}
		w.server.BreakAnswers(enginetest.Errors)
		asked(1, "embedded")
		w.server.Mend()
		asked(1, enginetest.Name)
		w.server.BreakAnswers(enginetest.Errors)
		asked(1, "embedded") // one failure, and one before the success, are no two in a row
		asked(1, "embedded")
		for range 3 {
			asked(0, "embedded")
		}
		w.Clock.Advance(10*time.Second - time.Microsecond)
		asked(0, "embedded")
		w.Clock.Advance(time.Microsecond)
		asked(1, "embedded")
		w.server.Mend()
		for range 3 {
			asked(1, enginetest.Name)
		}
	})
}

// TestBudget gives a call 300 ms of a server that does not answer, however many questions it has.
func TestBudget(t *testing.T) {
	const most = 300 * time.Millisecond
	each(t, enginetest.None, func(t *testing.T, w *world) {
		a, _ := w.Offer(w.zju)
		d := w.demand("超细碳酸钙连续碳化")
		w.await()
		waited := func(call func()) {
			t.Helper()
			before := w.server.Waited()
			w.server.BreakAnswers(enginetest.Slow)
			call()
			if got := w.server.Waited() - before; got <= 0 || got > most {
				t.Errorf("a call waited for %v", got)
			}
			w.server.Mend()
			w.finds("碳酸钙", d) // a success between, so that the breaker stays closed
		}
		waited(func() { w.answered("embedded", "碳酸钙", d) })
		waited(func() {
			found := markettest.Must(w.Matches.MatchDemand(w.firm.Ctx(), &pb.MatchDemandRequest{Name: d.GetName()}))(t)
			if len(found.GetAchievements()) != 1 || found.GetAchievements()[0].GetAchievement().GetName() != a.GetName() {
				t.Errorf("matched %v", found)
			}
		})
		waited(func() {
			found := markettest.Must(w.Matches.MatchOrganization(w.zju.Ctx(), &pb.MatchOrganizationRequest{Name: w.zju.Name}))(t)
			if len(found.GetDemands()) != 1 || found.GetDemands()[0].GetDemand().GetName() != d.GetName() {
				t.Errorf("matched %v", found)
			}
		})
		waited(func() {
			if got := markettest.Must(w.Searches.SuggestQueries(t.Context(), &pb.SuggestQueriesRequest{Query: "碳酸钙"}))(t).GetSuggestions(); len(got) == 0 {
				t.Error("nothing is suggested")
			}
		})
	})
}

// lies are answers that cannot be true, about a market with two public demands.
func lies(good, draft, gone, other string) map[string]engine.Result {
	hits := func(ids ...string) engine.Result {
		r := engine.Result{Total: len(ids)}
		for _, i := range ids {
			r.Hits = append(r.Hits, engine.Hit{ID: i, Score: 1})
		}
		return r
	}
	quoting := func(text string, marks ...engine.Span) engine.Result {
		r := hits(good)
		r.Hits[0].Highlights = map[string][]engine.Fragment{"title": {{Text: text, Marks: marks}}}
		return r
	}
	scored := func(score float64) engine.Result {
		r := hits(good)
		r.Hits[0].Score = score
		return r
	}
	count := func(total int, buckets ...engine.Bucket) engine.Result {
		r := hits(good)
		r.Total, r.Facets = total, map[string][]engine.Bucket{"field": buckets}
		return r
	}
	of := func(attr, value string) engine.Result {
		r := hits(good)
		r.Facets = map[string][]engine.Bucket{attr: {{Value: value, Count: 1}}}
		return r
	}
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprint(good, i)
	}
	return map[string]engine.Result{
		"nobody's id": hits("d330182-zzzzzzzzzzzzzzzz"), "no id": hits(""), "a draft": hits(draft), "withdrawn": hits(good, gone), "another kind": hits(other), "twice": hits(good, good),
		"too many": hits(many...), "NaN": scored(math.NaN()), "infinite": scored(math.Inf(1)), "negative": count(-1), "absurd": count(1 << 40), "one too many": count(3),
		"another text": quoting("碳酸钙废液"), "marks past the end": quoting("超细", engine.Span{Start: 0, End: 99}), "marks before": quoting("超细", engine.Span{Start: -1, End: 3}),
		"marks backwards": quoting("超细", engine.Span{Start: 3, End: 6}, engine.Span{Start: 0, End: 3}),
		"facets":          count(1, engine.Bucket{Value: "NUCLEAR", Count: 1 << 40}), "less than nothing": count(1, engine.Bucket{Value: "NUCLEAR", Count: -1}),
		"too many of a value": count(1, engine.Bucket{Value: "NEW_MATERIALS", Count: 3}), "a value of nothing": of("field", "买我的碳酸钙"), "a value of another attribute": of("state", "NEW_MATERIALS"),
		"a field nobody has": of("field", "NUCLEAR"), "no attribute": of("slogan", "买我的碳酸钙"), "a keyword of demands": of("keyword", "轻钙"),
	}
}

// TestLies believes no answer that cannot be true: the engine in memory answers instead, and what is not public is not shown.
func TestLies(t *testing.T) {
	each(t, enginetest.None, func(t *testing.T, w *world) {
		public, other := w.demand("超细碳酸钙"), w.demand("配电变压器")
		gone, draft := w.demand("碳酸钙废液"), w.Draft(w.firm, time.Hour)
		a, _ := w.Offer(w.zju)
		w.withdraw(gone)
		w.await()
		id := func(name string) string { return name[strings.Index(name, "/")+1:] }
		for name, lie := range lies(id(public.GetName()), id(draft.GetName()), id(gone.GetName()), id(a.GetName())) {
			t.Run(name, func(t *testing.T) {
				w.server.Lie = func(engine.Kind, int) engine.Result { return lie }
				w.server.BreakAnswers(enginetest.Garbage)
				asked := w.server.Count("Search")
				w.answered("embedded", "碳酸钙", public)
				if w.server.Count("Search") == asked {
					t.Error("the server was not asked")
				}
				w.server.Mend()
				w.answered(enginetest.Name, "变压器", other)
			})
		}
		w.Clock.Advance(time.Minute) // what was doubted is compared before the hour is over
		listed := w.server.Count("List")
		w.demand("重质碳酸钙")
		w.await()
		if w.server.Count("List") == listed {
			t.Error("a server that lies is not compared")
		}
	})
}

// TestSuggestedWords suggests no word of the search server's own, and no keyword of what is not public anymore.
func TestSuggestedWords(t *testing.T) {
	each(t, enginetest.None, func(t *testing.T, w *world) {
		list := func(keyword string) *pb.Achievement {
			a := w.Achieve(w.zju)
			a.Title, a.Keywords = "变压器在线监测", []string{keyword}
			a = markettest.Must(w.Achievements.UpdateAchievement(w.zju.Ctx(), &pb.UpdateAchievementRequest{RequestId: markettest.ID(), Achievement: a}))(t)
			return markettest.Must(w.Achievements.PublishAchievement(w.zju.Ctx(), &pb.PublishAchievementRequest{RequestId: markettest.ID(), Name: a.GetName(), Etag: a.GetEtag()}))(t)
		}
		suggested := func(why string, want ...string) {
			t.Helper()
			got := markettest.Must(w.Searches.SuggestQueries(t.Context(), &pb.SuggestQueriesRequest{Query: "石墨"}))(t).GetSuggestions()
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Errorf("%s: got %v, want %v", why, got, want)
			}
		}
		kept, gone := list("石墨烯"), list("石墨电极")
		w.await()
		suggested("both", "石墨烯", "石墨电极")
		id := kept.GetName()[strings.Index(kept.GetName(), "/")+1:]
		w.server.Lie = func(k engine.Kind, _ int) engine.Result {
			if k != engine.Achievements {
				return engine.Result{}
			}
			return engine.Result{Hits: []engine.Hit{{ID: id, Score: 1}}, Total: 1, Facets: map[string][]engine.Bucket{"keyword": {{Value: "石墨电极", Count: 1}}}}
		}
		w.server.BreakAnswers(enginetest.Garbage)
		suggested("a keyword of what was not found", "石墨烯")
		w.server.Mend()
		markettest.Must(w.Achievements.WithdrawAchievement(w.zju.Ctx(), &pb.WithdrawAchievementRequest{RequestId: markettest.ID(), Name: gone.GetName(), Etag: gone.GetEtag()}))(t)
		suggested("withdrawn", "石墨烯") // the engines may not know it yet
		w.await()
		suggested("withdrawn and known to be", "石墨烯")
	})
}

// fill gives every text of a row, and of what lies in it, a word of its own: the field's name.
func fill(v reflect.Value, name string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("<" + name + ">")
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), name)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), name)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Name != "Edges" {
				fill(v.Field(i), f.Name)
			}
		}
	}
}

// TestProjection names the fields that reach an index. A field that is added here is public from then on.
func TestProjection(t *testing.T) {
	d, a, p := &ent.Demand{}, &ent.Achievement{}, &ent.Profile{}
	for _, row := range []any{d, a, p} {
		fill(reflect.ValueOf(row).Elem(), "")
	}
	d.State, a.State, p.State = demand.Published, achievement.Listed, profile.Listed
	of := func(doc engine.Doc, public bool) engine.Doc {
		if !public {
			t.Error("what is listed is not public")
		}
		return doc
	}
	for _, c := range []struct {
		kind engine.Kind
		doc  engine.Doc
		want []string
	}{
		{engine.Demands, of(index.Demand(d)), []string{"Description", "Field", "ID", "Jurisdiction", "Number", "OrganizationID", "Title"}},
		{engine.Achievements, of(index.Achievement(a)), []string{"Field", "ID", "Keywords", "Maturity", "Modes", "OrganizationID", "Region", "Summary", "Title"}},
		{engine.Profiles, of(index.Profile(p, 1)), []string{"DisplayName", "Equipment", "Fields", "ID", "Introduction", "Keywords", "Kind", "OrganizationID", "Position", "Region"}},
	} {
		text := strings.ToLower(fmt.Sprintf("%+v", c.doc))
		var got []string
		for _, row := range []any{d, a, p} {
			for i := range reflect.TypeOf(row).Elem().NumField() {
				if f := reflect.TypeOf(row).Elem().Field(i); strings.Contains(text, "<"+strings.ToLower(f.Name)+">") && !slices.Contains(got, f.Name) {
					got = append(got, f.Name)
				}
			}
		}
		if slices.Sort(got); !slices.Equal(got, c.want) {
			t.Errorf("%s: an index gets %v, want %v", c.kind, got, c.want)
		}
		s := index.Schemas[c.kind]
		for name := range c.doc.Attrs {
			if !slices.Contains(s.Filter, name) {
				t.Errorf("%s: %s is not in the schema", c.kind, name)
			}
		}
		for name := range c.doc.Text {
			if !slices.ContainsFunc(s.Text, func(f engine.Field) bool { return f.Name == name }) {
				t.Errorf("%s: %s is not in the schema", c.kind, name)
			}
		}
	}
}

// TestStates lets nothing into an index that is not public.
func TestStates(t *testing.T) {
	d, a, p := &ent.Demand{}, &ent.Achievement{}, &ent.Profile{}
	listed := []demand.State{demand.Published, demand.Evaluating, demand.Announced, demand.Awarded, demand.Contracted, demand.Fulfilled, demand.Failed}
	for s := range demand.Machine {
		d.State = s
		if _, public := index.Demand(d); public != slices.Contains(listed, s) {
			t.Errorf("a demand that is %s: %v", s, public)
		}
	}
	for s := range achievement.Machine {
		a.State = s
		if _, public := index.Achievement(a); public != (s == achievement.Listed) {
			t.Errorf("an achievement that is %s: %v", s, public)
		}
	}
	for s := range profile.Machine {
		p.State = s
		if _, public := index.Profile(p, 0); public != (s == profile.Listed) {
			t.Errorf("a profile that is %s: %v", s, public)
		}
	}
}

// TestLongKeywords lists what has the longest keywords that the API takes, in characters of four bytes: no engine may stop at it.
func TestLongKeywords(t *testing.T) {
	each(t, enginetest.None, func(t *testing.T, w *world) {
		a := w.Achieve(w.zju)
		a.Keywords = []string{strings.Repeat("𠮷", 40), "碳酸钙"}
		a = markettest.Must(w.Achievements.UpdateAchievement(w.zju.Ctx(), &pb.UpdateAchievementRequest{RequestId: markettest.ID(), Achievement: a}))(t)
		markettest.Must(w.Achievements.PublishAchievement(w.zju.Ctx(), &pb.PublishAchievementRequest{RequestId: markettest.ID(), Name: a.GetName(), Etag: a.GetEtag()}))(t)
		w.await()
		w.same()
		for _, q := range []string{"𠮷", "碳酸钙"} {
			if found := markettest.Must(w.Searches.SearchAchievements(t.Context(), &pb.SearchAchievementsRequest{Query: q}))(t); len(found.GetAchievements()) != 1 {
				t.Errorf("%s: got %v", q, found)
			}
		}
	})
}
