package noticing

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	entmembership "github.com/jiebang/jiebang/ent/gen/ent/membership"
	entorganization "github.com/jiebang/jiebang/ent/gen/ent/organization"
	entsheet "github.com/jiebang/jiebang/ent/gen/ent/sheet"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/bidding/consortium"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/judging/evaluation"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/noticing/notice"
)

// receiver is an organization or a person.
type receiver struct{ organization, person string }

func (r receiver) key() string { return r.organization + r.person }

// receivers are who the audience of a draft is. Who has a live bid, a role or a sheet is read as it is now: each of them is told what is no secret from it.
func (n *Noticing) receivers(ctx context.Context, p *storage.Projection, d notice.Draft, e *entry.Entry) (all []receiver, err error) {
	switch d.To {
	case notice.Owner:
		all = organizations(organization(e))
	case notice.Sides:
		all = organizations(column(e, "buyer_id"), column(e, "seller_id"), column(e, "broker_id"))
		for _, m := range consortium.Read(column(e, "consortium")) {
			all = append(all, organizations(m.Organization)...)
		}
	case notice.Buyer:
		all = organizations(column(e, "buyer_id"))
	case notice.Seller:
		all = organizations(column(e, "seller_id"))
	case notice.Requester:
		all = []receiver{{person: column(e, "requested_by")}}
	case notice.Person:
		all = []receiver{{person: column(e, "person_id")}}
	case notice.Demander, notice.Bidders, notice.Contenders, notice.Winner:
		all, err = n.parties(ctx, d.To, e)
	case notice.Asker, notice.Askers:
		all, err = askers(ctx, p, d.To, e)
	case notice.Officers:
		all, err = n.officers(ctx, e.Jurisdiction, d.May)
	case notice.Joined, notice.Left:
		all, err = n.experts(ctx, d.Experts)
	case notice.Expert:
		all, err = n.experts(ctx, []evaluation.Panelist{{Organization: column(e, "organization_id"), Person: column(e, "person_id")}})
	case notice.Chair, notice.Scorers:
		all, err = n.scorers(ctx, d, e)
	}
	return known(all), err
}

// known leaves out who is named twice, or not at all.
func known(all []receiver) (out []receiver) {
	seen := map[receiver]bool{{}: true}
	for _, r := range all {
		if !seen[r] {
			seen[r], out = true, append(out, r)
		}
	}
	return out
}

func column(e *entry.Entry, name string) string {
	v, _ := e.Row.Get(name)
	return v
}

// organization is the id of the organization that an entry names.
func organization(e *entry.Entry) string {
	return strings.TrimPrefix(e.Organization, id.OrganizationName(""))
}

func organizations(ids ...string) (all []receiver) {
	for _, o := range ids {
		all = append(all, receiver{organization: o})
	}
	return all
}

// demandOf is the id of the demand that an entry is about.
func demandOf(e *entry.Entry) string {
	demand, _, _ := strings.Cut(strings.TrimPrefix(e.Subject, id.DemandName("")), "/")
	return demand
}

// closed are the states of bids that nobody but the bidder has ever read.
var closed = []bid.State{bid.Draft, bid.Submitted, bid.Unconfirmed, bid.Lapsed, bid.Withdrawn, bid.Invalid}

// parties are the organizations of an audience of a demand.
func (n *Noticing) parties(ctx context.Context, to notice.Audience, e *entry.Entry) ([]receiver, error) {
	bids := n.db.Read.Bid.Query().Where(entbid.DemandID(demandOf(e))).Order(entbid.ByOrganizationID()).Unique(true)
	switch to {
	case notice.Demander:
		firm, err := n.db.Read.Demand.Query().Where(entdemand.ID(demandOf(e))).Select(entdemand.FieldOrganizationID).Strings(ctx)
		return organizations(firm...), err
	case notice.Bidders:
		bids.Where(entbid.StateNotIn(bid.Draft, bid.Withdrawn))
	case notice.Contenders:
		bids.Where(entbid.StateNotIn(closed...))
	case notice.Winner:
		bids.Where(entbid.ID(column(e, "winning_bid_id")), entbid.StateNotIn(closed...))
	}
	all, err := bids.Select(entbid.FieldOrganizationID).Strings(ctx)
	return organizations(all...), err
}

// askers is who asked a question, or all who have asked about its demand.
func askers(ctx context.Context, p *storage.Projection, to notice.Audience, e *entry.Entry) ([]receiver, error) {
	asked, err := imprint(ctx, p, askings(e))
	if err != nil || to == notice.Asker {
		return organizations(asked[e.Subject]), err
	}
	return organizations(slices.Sorted(maps.Values(asked))...), nil
}

// officers are the persons of the authorities of a jurisdiction who have an action among their privileges.
func (n *Noticing) officers(ctx context.Context, jurisdiction, action string) ([]receiver, error) {
	authorities, err := n.db.Read.Organization.Query().Where(entorganization.KindIn(party.Bureau, party.AuditOffice), entorganization.Jurisdiction(jurisdiction)).IDs(ctx)
	if err != nil {
		return nil, err
	}
	return n.members(ctx, authorities, func(r party.Role) bool { return policy.Has(r, action) })
}

// experts are the persons of panelists: one person, or whoever is an expert of the organization.
func (n *Noticing) experts(ctx context.Context, panel []evaluation.Panelist) (all []receiver, err error) {
	for _, p := range panel {
		one, err := n.members(ctx, []string{p.Organization}, func(r party.Role) bool { return r == party.Expert })
		if err != nil {
			return nil, err
		}
		all = append(all, slices.DeleteFunc(one, func(r receiver) bool { return p.Person != "" && r.person != p.Person })...)
	}
	return all, nil
}

// scorers are the experts who judge a bid of the demand from which they are not recused; of the experts of a draft, if it names some.
func (n *Noticing) scorers(ctx context.Context, d notice.Draft, e *entry.Entry) ([]receiver, error) {
	sheets, err := n.db.Read.Sheet.Query().Where(entsheet.DemandID(demandOf(e)), entsheet.StateNEQ(evaluation.Recused)).Order(entsheet.ByID()).All(ctx)
	if err != nil {
		return nil, err
	}
	var judge []evaluation.Panelist
	for _, s := range sheets {
		is := func(p evaluation.Panelist) bool { return p.Organization == s.OrganizationID && p.Person == s.PersonID }
		if !slices.ContainsFunc(judge, is) && (d.To == notice.Scorers || slices.ContainsFunc(d.Experts, is)) {
			judge = append(judge, evaluation.Panelist{Organization: s.OrganizationID, Person: s.PersonID})
		}
	}
	return n.experts(ctx, judge)
}

// members are the persons of organizations who are members in a role.
func (n *Noticing) members(ctx context.Context, organizations []string, in func(party.Role) bool) (all []receiver, err error) {
	rows, err := n.db.Read.Membership.Query().Where(entmembership.OrganizationIDIn(organizations...), entmembership.StateEQ(party.Member)).Order(ent.Asc(entmembership.FieldID)).All(ctx)
	for _, m := range rows {
		if slices.ContainsFunc(m.Roles, in) {
			all = append(all, receiver{person: m.PersonID})
		}
	}
	return all, err
}
