package vetting

import (
	"context"
	"slices"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	entmembership "github.com/jiebang/jiebang/ent/gen/ent/membership"
	entopinion "github.com/jiebang/jiebang/ent/gen/ent/opinion"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/vetting/opinion"
)

// askExpert asks a person for an opinion, anew if it was asked before.
func askExpert(ctx context.Context, tx *storage.Txn, d *ent.Demand, person string) error {
	organization, err := expert(ctx, tx, d, person)
	if err != nil {
		return err
	}
	o, err := tx.Opinion.Query().Where(entopinion.DemandID(d.ID), entopinion.PersonID(person)).Only(ctx)
	if ent.IsNotFound(err) {
		o, err = &ent.Opinion{ID: id.New(tx.Rand, id.Opinion, d.Jurisdiction), Jurisdiction: d.Jurisdiction, DemandID: d.ID, OrganizationID: organization, PersonID: person,
			AskedBy: tx.Caller.Principal(), CreatedAt: tx.Now}, nil
	}
	if err != nil {
		return err
	}
	o.Verdict, o.Text, o.GivenAt = nil, "", nil
	return save(ctx, tx, "opinion.asked", o)
}

// expert returns the organization for which a person may be asked about a demand: it is an expert there, in the demand's jurisdiction, and has no part in
// the firm.
func expert(ctx context.Context, tx *storage.Txn, d *ent.Demand, person string) (organization string, err error) {
	all, err := tx.Membership.Query().Where(entmembership.PersonID(person), entmembership.StateEQ(party.Member)).Order(entmembership.ByID()).
		All(scope.Open(ctx, "who is an expert stands in memberships of other organizations"))
	if err != nil {
		return "", err
	}
	for _, m := range all {
		one, err := identity.Affiliated(ctx, tx.Client, m.OrganizationID, d.OrganizationID)
		if err != nil {
			return "", err
		}
		if one {
			return "", opinion.ErrConflicted.With("expert", id.PersonName(person)).At("experts")
		}
		if organization == "" && m.Jurisdiction == d.Jurisdiction && slices.Contains(m.Roles, party.Expert) {
			organization = m.OrganizationID
		}
	}
	if organization == "" {
		return "", opinion.ErrNoExpert.With("expert", id.PersonName(person)).At("experts")
	}
	return organization, nil
}

// Give gives the opinion that the caller was asked for.
func (v *Vetting) Give(ctx context.Context, demandID, opinionID, etag string, said opinion.Verdict, text string) (*ent.Opinion, error) {
	home, err := rpc.Home(id.Opinion, opinionID, opinion.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, v.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Opinion, error) {
		o, err := tx.Opinion.Query().Where(entopinion.ID(opinionID), entopinion.DemandID(demandID)).Only(ctx)
		if ent.IsNotFound(err) {
			return nil, opinion.ErrNotFound
		}
		if err != nil {
			return nil, err
		}
		object := policy.Object{Is: true, Person: o.PersonID, Jurisdiction: o.Jurisdiction, Openness: policy.Private}
		if err := identity.May(ctx, tx.Caller, object, opinion.ErrNotFound, opinion.ErrNotFound); err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag("etag", etag, o.Version); err != nil {
			return nil, err
		}
		d, err := tx.Demand.Query().Where(entdemand.ID(demandID)).Only(ctx)
		if err != nil {
			return nil, err
		}
		switch {
		case d.State != demand.Vetting:
			return nil, demand.ErrState.With("state", string(d.State)).With("event", "opinion")
		case o.GivenAt != nil:
			return nil, opinion.ErrGiven
		}
		o.Verdict, o.Text, o.GivenAt = &said, text, &tx.Now
		return o, save(ctx, tx, "opinion.given", o)
	})
}

// List returns the opinions about a demand that the caller may read. The firm reads them once the vetting is over, and not whose they are.
func (v *Vetting) List(ctx context.Context, demandID string) ([]*ent.Opinion, error) {
	caller := identity.Caller(ctx)
	d, err := posting.Find(ctx, v.db.Read, demandID, caller)
	if err != nil {
		return nil, err
	}
	all, err := v.db.Read.Opinion.Query().Where(entopinion.DemandID(demandID)).Order(entopinion.ByCreatedAt(), entopinion.ByID()).All(ctx)
	if err != nil {
		return nil, err
	}
	var out []*ent.Opinion
	for _, o := range all {
		switch {
		case caller.Oversees(d.Jurisdiction), caller.Person != "" && caller.Person == o.PersonID:
			out = append(out, o)
		case caller.Organization == d.OrganizationID && d.State != demand.Vetting && o.GivenAt != nil && counts(o, d.VettedAt):
			o.PersonID, o.OrganizationID = "", ""
			out = append(out, o)
		}
	}
	return out, nil
}
