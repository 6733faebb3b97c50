package matching

import (
	"context"
	"maps"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entachievement "github.com/jiebang/jiebang/ent/gen/ent/achievement"
	entprofile "github.com/jiebang/jiebang/ent/gen/ent/profile"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/index"
	"github.com/jiebang/jiebang/services/matching/match"
	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/offering/profile"
	"github.com/jiebang/jiebang/services/posting/demand"
)

const (
	mostOwn  = 20 // things of an organization of each kind that are matched, the newest
	mostOpen = 60 // open demands that are looked at for each of them
)

// offer is something that an organization has listed.
type offer struct {
	kind   engine.Kind
	name   string
	text   match.Text
	fields []demand.Field
	mature bool
}

// offers are what an organization has listed, the newest first.
func (m *Matching) offers(ctx context.Context, organizationID string) (all []offer, err error) {
	achievements, err := m.db.Read.Achievement.Query().Where(entachievement.OrganizationID(organizationID), entachievement.StateEQ(achievement.Listed)).
		Order(entachievement.ByPublishedAt(sql.OrderDesc())).Limit(mostOwn).All(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range achievements {
		if t, ok := m.offered(engine.Achievements, a.ID); ok {
			all = append(all, offer{engine.Achievements, id.AchievementName(a.ID), t, []demand.Field{a.Field}, mature(a)})
		}
	}
	profiles, err := m.db.Read.Profile.Query().Where(entprofile.OrganizationID(organizationID), entprofile.StateEQ(profile.Listed)).
		Order(entprofile.ByPublishedAt(sql.OrderDesc())).Limit(mostOwn).All(ctx)
	for _, p := range profiles {
		if t, ok := m.offered(engine.Profiles, p.ID); ok {
			all = append(all, offer{engine.Profiles, id.ProfileName(p.ID), t, p.Fields, false})
		}
	}
	return all, err
}

// Opportunities finds the open demands that an organization could take, by what it has listed.
func (m *Matching) Opportunities(ctx context.Context, organizationID string, limit int) ([]Suggestion[*ent.Demand], string, error) {
	if _, err := identity.Organization(ctx, m.db.Read, organizationID); err != nil {
		return nil, "", err
	}
	if err := m.model.fresh(ctx, m.index); err != nil {
		return nil, "", notReady(err)
	}
	own, err := m.offers(ctx, organizationID)
	if err != nil {
		return nil, "", err
	}
	if len(own) == 0 {
		return nil, "", ErrNothing.With("organization", organizationID)
	}
	ctx, done := index.Allow(ctx)
	defer done()
	now := m.db.Clock().Now()
	found, by, err := m.openFor(ctx, own, engine.And{engine.Eq{Attr: "state", Value: engine.Str("PUBLISHED")},
		engine.Range{Attr: "deadline", Min: engine.Time(now), AboveMin: true}})
	if err != nil {
		return nil, "", err
	}
	found = found[:min(2*limit, len(found))]
	open, _, err := m.demands(ctx, func(s *sql.Selector) {
		among(found)(s)
		s.Where(sql.And(sql.EQ(s.C("state"), string(demand.Published)), sql.GT(s.C("deadline"), now)))
	})
	if err != nil {
		return nil, "", err
	}
	signed, err := m.index.Contracts(ctx, []string{organizationID})
	because := map[string]offer{}
	for _, r := range found {
		for _, o := range own {
			if o.name == r.because {
				because[r.id] = o
			}
		}
	}
	return explain(found, open, limit, func(d *ent.Demand) match.Facts {
		o := because[d.ID]
		return match.Facts{SameField: slices.Contains(o.fields, d.Field), Mature: o.mature, Contracts: signed[organizationID]}
	}), by, err
}

// openFor scores, for each of the offers, the demands that a filter admits; each demand counts with the offer that fits it best.
func (m *Matching) openFor(ctx context.Context, own []offer, filter engine.Filter) ([]ranked, string, error) {
	of := map[string]ranked{}
	var by string
	for _, o := range own {
		matcher := m.model.pool(o.kind)
		if matcher == nil {
			return nil, "", ErrNotReady
		}
		hits, engineName, err := m.candidates(ctx, engine.Demands, o.text, filter, mostOpen)
		if err != nil {
			return nil, "", err
		}
		by = engineName
		c := matcher.Read(o.text)
		for id := range hits {
			asks, ok := m.offered(engine.Demands, id)
			if !ok {
				continue
			}
			q := matcher.Prepare(asks)
			r := ranked{id: id, query: q, candidate: c, asks: asks, offers: o.text, score: matcher.Model.Score(q.Compare(c)), because: o.name}
			if had, ok := of[id]; !ok || r.score > had.score {
				of[id] = r
			}
		}
	}
	return slices.SortedFunc(maps.Values(of), best), by, nil
}
