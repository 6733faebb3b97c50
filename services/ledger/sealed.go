package ledger

import (
	"context"
	"slices"
	"strings"

	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	"github.com/jiebang/jiebang/ent/gen/ent/predicate"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/bidding/consortium"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// sealed returns the subjects of entries that tell of a bid before all bids of its demand are opened, which those of a demand that was cancelled never are.
// Until then they are for the bidder alone: an auditor gets their hashes, which are enough for the tree, and the rest after the opening. Those of questions
// name who asked, and stay so.
func (l *Ledger) sealed(ctx context.Context, entries []*entry.Entry) (map[string]bool, error) {
	sealed, demands := map[string]bool{}, map[string][]string{} // ids of demands, and the subjects that are bids for them
	for _, e := range entries {
		if strings.Contains(e.Subject, "/questions/") {
			sealed[e.Subject] = true
		}
		if name, _, isBid := strings.Cut(e.Subject, "/bids/"); isBid {
			d := strings.TrimPrefix(name, id.DemandName(""))
			demands[d] = append(demands[d], e.Subject)
		}
	}
	if len(demands) == 0 {
		return sealed, nil
	}
	ids := make([]string, 0, len(demands))
	for d := range demands {
		ids = append(ids, d)
	}
	opened, err := l.demandsWith(ctx, ids, entbid.OpenedAtNotNil())
	if err != nil {
		return nil, err
	}
	waiting, err := l.demandsWith(ctx, ids, entbid.StateEQ(bid.Submitted))
	if err != nil {
		return nil, err
	}
	for _, d := range ids {
		if slices.Contains(opened, d) && !slices.Contains(waiting, d) {
			continue
		}
		for _, subject := range demands[d] {
			sealed[subject] = true
		}
	}
	return sealed, nil
}

// demandsWith are those of some demands that have such bids.
func (l *Ledger) demandsWith(ctx context.Context, demands []string, such predicate.Bid) ([]string, error) {
	return l.db.Read.Bid.Query().Where(entbid.DemandIDIn(demands...), such).Unique(true).Select(entbid.FieldDemandID).
		Strings(scope.Open(ctx, "entries of bids are sealed until all bids of the demand are opened"))
}

// private are the kinds of entries that are never for an auditor: those that cover for bids, and those of bids that came too late.
var private = []string{"cover.made", "bid.refused"}

// object is an entry as the policy sees it: it concerns an organization and the parties in its row.
func object(e *entry.Entry, sealed map[string]bool) policy.Object {
	o := policy.Object{Owner: strings.TrimPrefix(e.Organization, id.OrganizationName("")), Jurisdiction: e.Jurisdiction, Openness: policy.Shared}
	for _, column := range []string{"buyer_id", "seller_id", "broker_id"} {
		if v, ok := e.Row.Get(column); ok {
			o.Parties = append(o.Parties, v)
		}
	}
	if together, ok := e.Row.Get("consortium"); ok && strings.HasPrefix(e.Kind, "contract.") {
		for _, m := range consortium.Read(together) {
			o.Parties = append(o.Parties, m.Organization)
		}
	}
	if sealed[e.Subject] || slices.Contains(private, e.Kind) {
		o.Openness = policy.Private
	}
	return o
}

// sees decides whether a caller may read an entry.
func sees(c party.Caller, e *entry.Entry, sealed map[string]bool) error {
	return identity.Sees(c, "ledger.entry", object(e, sealed), ErrEntryNotFound.With("sequence", e.Sequence))
}
