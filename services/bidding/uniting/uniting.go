// Package uniting knows what consortia 联合体 need from the database: how their members stand, and which bids of a demand are for the same members.
package uniting

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	entorganization "github.com/jiebang/jiebang/ent/gen/ent/organization"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/bidding/consortium"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/scope"
)

// standing is what is wrong with an organization as a member of a consortium that bids for a demand, whose firm is in the same rows.
func standing(rows []*ent.Organization, demander string) func(organization string) *fault.Fault {
	known := map[string]*ent.Organization{}
	for _, o := range rows {
		known[o.ID] = o
	}
	return func(organization string) *fault.Fault {
		o, firm := known[organization], known[demander]
		switch {
		case o == nil:
			return consortium.ErrUnknown
		case o.State == party.Suspended || o.State == party.Closed || o.Kind.MayBid() != nil:
			return consortium.ErrStanding
		case o.ID == demander || firm != nil && o.Uscc == firm.Uscc:
			return consortium.ErrDemander
		}
		return nil
	}
}

func organizations(ctx context.Context, c *ent.Client, demander string, members []consortium.Member) ([]*ent.Organization, error) {
	ids := []string{demander}
	for _, m := range members {
		ids = append(ids, m.Organization)
	}
	return c.Organization.Query().Where(entorganization.IDIn(ids...)).All(ctx)
}

// Check refuses a consortium that its own members already exclude, while its bidder can mend it. Of other bids it asks nothing.
func Check(ctx context.Context, c *ent.Client, members []consortium.Member, lead, demander string) error {
	if err := consortium.Check(members, lead); err != nil || len(members) == 0 {
		return err
	}
	rows, err := organizations(ctx, c, demander, members)
	if err != nil {
		return err
	}
	stands := standing(rows, demander)
	for _, m := range consortium.Beside(members, lead) {
		if why := stands(m); why != nil {
			return why.With("organization", "organizations/"+m)
		}
	}
	return nil
}

// Excluded are the bids of a demand, all of which are opened, that their consortia exclude, with the reasons by their ids, in the order of those.
func Excluded(ctx context.Context, c *ent.Client, d *ent.Demand) (ids []string, why map[string]*fault.Fault, err error) {
	all := scope.Open(ctx, "what excludes a consortium is decided between all bids, after the deadline")
	rows, err := c.Bid.Query().Where(entbid.DemandID(d.ID), entbid.StateNotIn(bid.SealedStates()...)).Order(entbid.ByID()).
		Select(entbid.FieldID, entbid.FieldOrganizationID, entbid.FieldConsortium).All(all)
	if err != nil {
		return nil, nil, err
	}
	var bids []consortium.Bid
	var members []consortium.Member
	for _, b := range rows {
		one := consortium.Bid{ID: b.ID, Lead: b.OrganizationID}
		if b.Consortium != nil {
			if one.Members, err = consortium.Decode(*b.Consortium); err != nil {
				return nil, nil, err
			}
		}
		bids, members = append(bids, one), append(members, one.Members...)
	}
	if len(members) == 0 {
		return nil, nil, nil
	}
	firms, err := organizations(ctx, c, d.OrganizationID, members)
	if err != nil {
		return nil, nil, err
	}
	why = consortium.Exclude(bids, standing(firms, d.OrganizationID))
	for _, b := range bids {
		if why[b.ID] != nil {
			ids = append(ids, b.ID)
		}
	}
	return ids, why, nil
}
