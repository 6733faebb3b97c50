package index

import (
	"context"

	"entgo.io/ent/dialect/sql"

	entachievement "github.com/jiebang/jiebang/ent/gen/ent/achievement"
	entcontract "github.com/jiebang/jiebang/ent/gen/ent/contract"
	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	entprofile "github.com/jiebang/jiebang/ent/gen/ent/profile"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/offering/profile"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// read returns the public documents among the ids.
func (x *Index) read(ctx context.Context, k engine.Kind, ids []string) ([]engine.Doc, error) {
	return x.documents(ctx, k, func(s *sql.Selector) { s.Where(sql.In(s.C("id"), anys(ids)...)) })
}

// page returns up to a batch of public documents after an id, and the last id looked at; empty at the end.
func (x *Index) page(ctx context.Context, k engine.Kind, after string) (docs []engine.Doc, last string, err error) {
	docs, err = x.documents(ctx, k, func(s *sql.Selector) { s.Where(sql.GT(s.C("id"), after)).OrderBy(s.C("id")).Limit(batch) })
	if len(docs) > 0 {
		last = docs[len(docs)-1].ID
	}
	return docs, last, err
}

func (x *Index) documents(ctx context.Context, k engine.Kind, which func(*sql.Selector)) (docs []engine.Doc, err error) {
	add := func(d engine.Doc, public bool) {
		if public {
			docs = append(docs, d)
		}
	}
	switch k {
	case engine.Demands:
		rows, err := x.db.Read.Demand.Query().Where(entdemand.StateNotIn(demand.Unlisted()...), which).All(ctx)
		for _, r := range rows {
			add(Demand(r))
		}
		return docs, err
	case engine.Achievements:
		rows, err := x.db.Read.Achievement.Query().Where(entachievement.StateEQ(achievement.Listed), which).All(ctx)
		for _, r := range rows {
			add(Achievement(r))
		}
		return docs, err
	}
	rows, err := x.db.Read.Profile.Query().Where(entprofile.StateEQ(profile.Listed), which).All(ctx)
	if err != nil {
		return nil, err
	}
	var organizations []string
	for _, r := range rows {
		organizations = append(organizations, r.OrganizationID)
	}
	signed, err := x.Contracts(ctx, organizations)
	for _, r := range rows {
		add(Profile(r, signed[r.OrganizationID]))
	}
	return docs, err
}

// Contracts counts, for each of the organizations, the contracts in force or completed that it sold or brokered.
func (x *Index) Contracts(ctx context.Context, organizations []string) (map[string]int, error) {
	counts := map[string]int{}
	if len(organizations) == 0 {
		return counts, nil
	}
	rows, err := x.db.Read.Contract.Query().Where(entcontract.StateIn(contract.Active, contract.Completed),
		entcontract.Or(entcontract.SellerIDIn(organizations...), entcontract.BrokerIDIn(organizations...))).
		Select(entcontract.FieldSellerID, entcontract.FieldBrokerID).All(scope.Open(ctx, "how many contracts an organization has signed is public"))
	for _, r := range rows {
		counts[r.SellerID]++
		if r.BrokerID != nil && *r.BrokerID != r.SellerID {
			counts[*r.BrokerID]++
		}
	}
	return counts, err
}

// profilesOf returns the ids of the profiles of organizations.
func (x *Index) profilesOf(ctx context.Context, organizations []string) ([]string, error) {
	if len(organizations) == 0 {
		return nil, nil
	}
	return x.db.Read.Profile.Query().Where(entprofile.OrganizationIDIn(organizations...)).IDs(ctx)
}

func anys(ids []string) []any {
	out := make([]any, len(ids))
	for i, id := range ids {
		out[i] = id
	}
	return out
}
