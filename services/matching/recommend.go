package matching

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/index"
	"github.com/jiebang/jiebang/services/matching/match"
	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/posting"
)

// Faults of matching.
var (
	ErrNotReady = fault.New(fault.Unavailable, "MATCHING_NOT_READY", "the index is being filled; ask again in a few seconds")
	ErrNothing  = fault.New(fault.Precondition, "NOTHING_TO_MATCH", "the organization has listed nothing that demands could be matched with")
	ErrRange    = fault.New(fault.Invalid, "RANGE_EMPTY", "the lower bound is above the upper one, so nothing would be found")
)

// bodyRunes of a candidate's text are read.
const bodyRunes = 200

// Suggestion is a counterpart, how well it fits in thousandths, and why.
type Suggestion[T any] struct {
	Row     T
	Score   int
	Reasons []match.Reason
	Because string // name of what of the organization's fits; for demands only
}

// Counterparts are what could answer a demand.
type Counterparts struct {
	Demand       *ent.Demand
	Achievements []Suggestion[*ent.Achievement]
	Profiles     []Suggestion[*ent.Profile]
	Engine       string
}

// Counterparts finds what could answer a demand that the caller may read.
func (m *Matching) Counterparts(ctx context.Context, demandID string, limit int) (all Counterparts, err error) {
	if all.Demand, err = posting.Find(ctx, m.db.Read, demandID, identity.Caller(ctx)); err != nil {
		return all, err
	}
	ctx, done := index.Allow(ctx)
	defer done()
	d := all.Demand
	if !index.OpenDemand(d.State) {
		ctx = index.Apart(ctx)
	}
	asks := match.Text{Title: d.Title, Body: d.Description}
	found, by, err := m.rank(ctx, engine.Achievements, asks, 2*limit)
	if err != nil {
		return all, err
	}
	all.Engine = by
	offers, _, err := m.achievements(ctx, among(found))
	if err != nil {
		return all, err
	}
	signed, err := m.index.Contracts(ctx, owners(offers, func(a *ent.Achievement) string { return a.OrganizationID }))
	if err != nil {
		return all, err
	}
	all.Achievements = explain(found, offers, limit, func(a *ent.Achievement) match.Facts {
		return match.Facts{SameField: a.Field == d.Field, Mature: mature(a), Contracts: signed[a.OrganizationID]}
	})
	if found, _, err = m.rank(ctx, engine.Profiles, asks, 2*limit); err != nil {
		return all, err
	}
	people, _, err := m.profiles(ctx, among(found))
	if err != nil {
		return all, err
	}
	if signed, err = m.index.Contracts(ctx, owners(people, func(p *ent.Profile) string { return p.OrganizationID })); err != nil {
		return all, err
	}
	all.Profiles = explain(found, people, limit, func(p *ent.Profile) match.Facts {
		return match.Facts{SameField: slices.Contains(p.Fields, d.Field), Contracts: signed[p.OrganizationID]}
	})
	return all, nil
}

// mature reports whether an achievement has been proven beyond the laboratory.
func mature(a *ent.Achievement) bool {
	return a.Maturity == achievement.Pilot || a.Maturity == achievement.Industrial || a.Trl >= 6
}

// ranked is a candidate before it is read from the database.
type ranked struct {
	id        string
	score     float64
	query     *match.Query
	candidate *match.Candidate
	asks      match.Text
	offers    match.Text
	because   string
}

// rank finds candidates of a kind by several questions and scores their texts, the best first.
func (m *Matching) rank(ctx context.Context, k engine.Kind, asks match.Text, limit int) ([]ranked, string, error) {
	if err := m.model.fresh(ctx, m.index); err != nil {
		return nil, "", notReady(err)
	}
	pool := m.model.pool(k)
	if pool == nil {
		return nil, "", ErrNotReady
	}
	ids, by, err := m.candidates(ctx, k, asks, nil, match.ByText)
	if err != nil {
		return nil, "", err
	}
	query := pool.Prepare(asks)
	for _, id := range query.Nearest(pool.near, match.ByMeaning) {
		ids[id] = true
	}
	var all []ranked
	for id := range ids {
		offers, ok := m.offered(k, id)
		if !ok {
			continue
		}
		c := pool.read(id, offers)
		all = append(all, ranked{id: id, query: query, candidate: c, asks: asks, offers: offers, score: pool.Model.Score(query.Compare(c))})
	}
	slices.SortFunc(all, best)
	return all[:min(limit, len(all))], by, nil
}

func best(a, b ranked) int { return cmp.Or(cmp.Compare(b.score, a.score), strings.Compare(a.id, b.id)) }

// candidates asks by the whole text, by the title, and by a search for the title.
func (m *Matching) candidates(ctx context.Context, k engine.Kind, asks match.Text, filter engine.Filter, most int) (map[string]bool, string, error) {
	ids := map[string]bool{}
	var by string
	for _, q := range []engine.MatchQuery{
		{Kind: k, Text: asks.Title + "\n" + asks.Body, Filter: filter, Limit: most},
		{Kind: k, Text: asks.Title, Filter: filter, Limit: min(match.ByTitle, most)},
	} {
		found, err := m.index.Match(ctx, q)
		if err != nil {
			return nil, "", notReady(err)
		}
		by = found.Engine
		for _, h := range found.Hits {
			ids[h.ID] = true
		}
	}
	found, err := m.index.Search(ctx, engine.Query{Kind: k, Text: asks.Title, Filter: filter, Limit: min(match.ByWords, most)})
	for _, h := range found.Hits {
		ids[h.ID] = true
	}
	return ids, by, notReady(err)
}

func notReady(err error) error {
	if errors.Is(err, engine.ErrNotReady) || errors.Is(err, engine.ErrUnavailable) {
		return ErrNotReady
	}
	return err
}

// offered is the text of a document as matching reads it.
func (m *Matching) offered(k engine.Kind, id string) (match.Text, bool) {
	fields, ok := m.index.Memory().Text(k, id)
	return textOf(k, fields), ok
}

// textOf is what of a document's fields is its title and what is said under it.
func textOf(k engine.Kind, fields map[string]string) match.Text {
	switch k {
	case engine.Demands:
		return match.Text{Title: fields["title"], Body: fields["description"]}
	case engine.Achievements:
		return match.Text{Title: fields["title"] + " " + fields["keywords"], Body: first(fields["summary"])}
	}
	return match.Text{Title: fields["display_name"] + " " + fields["keywords"], Body: first(fields["introduction"] + " " + fields["equipment"])}
}

func first(s string) string {
	n := 0
	for i := range s {
		if n++; n > bodyRunes {
			return s[:i]
		}
	}
	return s
}

// among restricts a query to what was ranked.
func among(found []ranked) func(*sql.Selector) {
	ids := make([]any, len(found))
	for i, r := range found {
		ids[i] = r.id
	}
	return func(s *sql.Selector) {
		if len(ids) == 0 {
			s.Where(sql.False())
			return
		}
		s.Where(sql.In(s.C("id"), ids...))
	}
}

func owners[T any](rows map[string]T, owner func(T) string) []string {
	of := map[string]bool{}
	for _, r := range rows {
		of[owner(r)] = true
	}
	return slices.Sorted(maps.Keys(of))
}

// explain gives those that are public their whole score and its reasons.
func explain[T any](found []ranked, public map[string]T, limit int, facts func(T) match.Facts) (all []Suggestion[T]) {
	for _, r := range found {
		row, ok := public[r.id]
		if !ok {
			continue
		}
		s := Suggestion[T]{Row: row, Because: r.because}
		s.Score, s.Reasons = r.query.Explain(r.candidate, r.asks, r.offers, facts(row))
		all = append(all, s)
	}
	slices.SortStableFunc(all, func(a, b Suggestion[T]) int { return b.Score - a.Score })
	return all[:min(limit, len(all))]
}
