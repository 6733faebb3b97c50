// Package matching brings demands and those who could solve them together. A search finds and a match suggests; neither decides anything.
//
//   - Engines answer with ids and no more. Each thing is read again from the database, as it is now, before it is shown: what has been taken back is
//     not shown, however far behind an index is.
//   - When no engine can answer, the database finds titles.
package matching

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entachievement "github.com/jiebang/jiebang/ent/gen/ent/achievement"
	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	entprofile "github.com/jiebang/jiebang/ent/gen/ent/profile"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/index"
	"github.com/jiebang/jiebang/services/matching/outcome"
	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/offering/profile"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Matching searches and matches.
type Matching struct {
	db       *storage.DB
	index    *index.Index
	log      *slog.Logger
	outcomes *outcome.Outcomes
	model    *model
	sketches sketches
}

// New returns the matching of db, which asks the engines of an index.
func New(db *storage.DB, x *index.Index, log *slog.Logger) (*Matching, error) {
	model, err := newModel()
	return &Matching{db: db, index: x, log: log, outcomes: outcome.New(db), model: model}, err
}

// Run writes what was shown, and counts the terms of the pools, until ctx ends.
func (m *Matching) Run(ctx context.Context) {
	var running sync.WaitGroup
	running.Go(func() { m.outcomes.Run(ctx, m.log) })
	running.Go(func() { m.followModel(ctx) })
	running.Wait()
}

// Flush writes what was shown and opened until now.
func (m *Matching) Flush(ctx context.Context) error { return m.outcomes.Flush(ctx) }

// Found is a page of things as the database has them now, with what is worth saying of each.
type Found[T any] struct {
	Rows   []T
	Hits   []engine.Hit // one for each row
	Answer index.Answer
	More   bool
}

// ByDatabase is who answered when no engine could.
const ByDatabase = "database"

// Demands finds demands.
func (m *Matching) Demands(ctx context.Context, q engine.Query) (Found[*ent.Demand], error) {
	q.Kind, q.Highlight = engine.Demands, []string{"title", "number", "description"}
	return find(ctx, m, q, entdemand.FieldTitle, m.demands)
}

// Achievements finds achievements.
func (m *Matching) Achievements(ctx context.Context, q engine.Query) (Found[*ent.Achievement], error) {
	q.Kind, q.Highlight = engine.Achievements, []string{"title", "keywords", "summary"}
	return find(ctx, m, q, entachievement.FieldTitle, m.achievements)
}

// Profiles finds experts, laboratories and brokers.
func (m *Matching) Profiles(ctx context.Context, q engine.Query) (Found[*ent.Profile], error) {
	q.Kind, q.Highlight = engine.Profiles, []string{"display_name", "keywords", "position", "introduction", "equipment"}
	return find(ctx, m, q, entprofile.FieldDisplayName, m.profiles)
}

// rows reads the public rows that a restriction admits, by id.
type rows[T any] func(ctx context.Context, which func(*sql.Selector)) (map[string]T, []string, error)

func (m *Matching) demands(ctx context.Context, which func(*sql.Selector)) (map[string]*ent.Demand, []string, error) {
	all, err := m.db.Read.Demand.Query().Where(entdemand.StateNotIn(demand.Unlisted()...), which).All(ctx)
	return byID(all, func(d *ent.Demand) string { return d.ID }), ids(all, func(d *ent.Demand) string { return d.ID }), err
}

func (m *Matching) achievements(ctx context.Context, which func(*sql.Selector)) (map[string]*ent.Achievement, []string, error) {
	all, err := m.db.Read.Achievement.Query().Where(entachievement.StateEQ(achievement.Listed), which).All(ctx)
	return byID(all, func(a *ent.Achievement) string { return a.ID }), ids(all, func(a *ent.Achievement) string { return a.ID }), err
}

func (m *Matching) profiles(ctx context.Context, which func(*sql.Selector)) (map[string]*ent.Profile, []string, error) {
	all, err := m.db.Read.Profile.Query().Where(entprofile.StateEQ(profile.Listed), which).All(ctx)
	return byID(all, func(p *ent.Profile) string { return p.ID }), ids(all, func(p *ent.Profile) string { return p.ID }), err
}

func byID[T any](all []T, id func(T) string) map[string]T {
	rows := make(map[string]T, len(all))
	for _, r := range all {
		rows[id(r)] = r
	}
	return rows
}

func ids[T any](all []T, id func(T) string) []string {
	out := make([]string, len(all))
	for i, r := range all {
		out[i] = id(r)
	}
	return out
}

// find asks the engines and reads what they name; one hit more than the page tells whether there is another.
func find[T any](ctx context.Context, m *Matching, q engine.Query, title string, read rows[T]) (f Found[T], err error) {
	limit := q.Limit
	q.Limit = min(limit+1, engine.MaxWindow-q.Offset)
	if f.Answer, err = m.index.Search(ctx, q); err != nil {
		if !unanswered(err) {
			return f, err
		}
		m.log.Info("no search engine can answer; the database finds titles", "error", err.Error())
		return byTitle(ctx, q, limit, title, read)
	}
	hits := f.Answer.Hits
	if f.More = len(hits) > limit; f.More {
		hits = hits[:limit]
	}
	named := make([]any, len(hits))
	for i, h := range hits {
		named[i] = h.ID
	}
	if len(named) == 0 {
		return f, nil
	}
	public, _, err := read(ctx, func(s *sql.Selector) { s.Where(sql.In(s.C("id"), named...)) })
	if err != nil {
		return f, err
	}
	for _, h := range hits {
		if row, ok := public[h.ID]; ok {
			f.Rows, f.Hits = append(f.Rows, row), append(f.Hits, h)
		}
	}
	if dropped := len(hits) - len(f.Rows); dropped > 0 { // what the engine counted holds what is not public anymore
		f.Answer.Total, f.Answer.Exact, f.Answer.Facets = f.Answer.Total-dropped, false, nil
	}
	return f, nil
}

// unanswered reports whether an error is about the engines, and not about the question or the caller, who may have gone.
func unanswered(err error) bool {
	return errors.Is(err, engine.ErrNotReady) || errors.Is(err, engine.ErrUnavailable)
}

// byTitle finds by the words of titles, in the database, newest first, while the engines are being filled. It has no filters, so that a query
// that has some finds nothing rather than what it did not ask for.
func byTitle[T any](ctx context.Context, q engine.Query, limit int, title string, read rows[T]) (f Found[T], err error) {
	f.Answer.Engine = ByDatabase
	if q.Filter != nil {
		return f, nil
	}
	public, order, err := read(ctx, func(s *sql.Selector) {
		for _, w := range strings.Fields(q.Text) {
			s.Where(has(s, title, w))
		}
		s.OrderBy(sql.Desc(s.C("created_at")), s.C("id")).Offset(q.Offset).Limit(q.Limit)
	})
	if f.More = len(order) > limit; f.More {
		order = order[:limit]
	}
	f.Answer.Total = q.Offset + len(order)
	for _, id := range order {
		f.Rows, f.Hits = append(f.Rows, public[id]), append(f.Hits, engine.Hit{ID: id})
	}
	return f, err
}

// has finds a word in a column whatever the case of its ASCII letters, alike on both databases.
func has(q *sql.Selector, column, word string) *sql.Predicate {
	find, fold := "instr(lower(", ")"
	if q.Dialect() == dialect.Postgres {
		find, fold = "strpos(lower(", ` COLLATE "C")`
	}
	word = strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, word)
	return sql.P(func(b *sql.Builder) {
		b.WriteString(find).Ident(q.C(column)).WriteString(fold + ", ").Arg(word).WriteString(") > 0")
	})
}

// Suggest returns what a person who typed a text may be looking for: keywords that hold it, and then titles, of what was found and is public now.
func (m *Matching) Suggest(ctx context.Context, typed string) ([]string, error) {
	const most, look = 10, 20
	ctx, done := index.Allow(ctx)
	defer done()
	var out []string
	add := func(s string) {
		if len(out) < most && s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	var titles []string
	for _, k := range engine.Kinds {
		q := engine.Query{Kind: k, Text: typed, Limit: look, Highlight: []string{index.Schemas[k].Text[0].Name}}
		found, err := m.index.Search(ctx, q)
		if unanswered(err) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		these, keywords, err := m.words(ctx, k, found.Hits)
		if err != nil {
			return nil, err
		}
		titles = append(titles, these...)
		for _, w := range keywords {
			if holds(w, typed) {
				add(w)
			}
		}
	}
	for _, t := range titles {
		if holds(t, typed) {
			add(t)
		}
	}
	return out, nil
}
