// Package outcome measures matches by what became of them: shown, opened, contacted, bid, signed. It counts pairs of a demand and an organization,
// keeps nobody's profile, and decides nothing.
package outcome

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	entcontract "github.com/jiebang/jiebang/ent/gen/ent/contract"
	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	entengagement "github.com/jiebang/jiebang/ent/gen/ent/engagement"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Where matches come from, as it is stored.
const (
	MatchDemand       = "match_demand"
	MatchOrganization = "match_organization"
	Search            = "search"
)

// Steps of an engagement, as they are stored.
const (
	Shown = "shown"
)

// solvers search for demands to take; bureaus and audit offices look on.
var solvers = []party.Kind{party.Enterprise, party.University, party.Institute, party.Lab, party.Broker}

// Outcomes keeps them.
type Outcomes struct {
	db    *storage.DB
	notes *notes
}

// New returns the outcomes of db.
func New(db *storage.DB) *Outcomes {
	return &Outcomes{db, newNotes(func(ctx context.Context, jurisdiction string, steps []storage.Engagement) error {
		return storage.Engage(ctx, db, jurisdiction, steps)
	})}
}

// Run writes what was noted until ctx ends.
func (m *Outcomes) Run(ctx context.Context, log *slog.Logger) { m.notes.run(ctx, log) }

// Flush writes what was noted until now.
func (m *Outcomes) Flush(ctx context.Context) error { return m.notes.flush(ctx) }

// Show notes that a public demand and an organization were shown to each other, if who was shown them is a side of the pair: whoever looks on tells
// nothing of how good a match is.
func (m *Outcomes) Show(source string, d *ent.Demand, organization string, to party.Caller) {
	side := to.Organization == organization
	switch source {
	case MatchDemand:
		side = to.Organization == d.OrganizationID
	case Search:
		side = side && slices.Contains(solvers, to.Kind)
	}
	if side && d.State.Public() && organization != "" && organization != d.OrganizationID {
		m.notes.add(storage.Engagement{Source: source, Demand: d.ID, Organization: organization, Step: Shown, At: m.db.Clock().Now()})
	}
}

// ErrForeign says that somebody else's match would be recorded.
var ErrForeign = fault.New(fault.Forbidden, "ENGAGEMENT_FOREIGN", "a match is recorded by the demander or by the organization on the other side")

// Record notes that one side of a match opened it or contacted the other. Only what was shown counts.
func (m *Outcomes) Record(ctx context.Context, demandID, organizationID, source, step string) error {
	caller := identity.Caller(ctx)
	d, err := posting.Find(ctx, m.db.Read, demandID, caller)
	if err != nil {
		return err
	}
	if caller.Organization != d.OrganizationID && caller.Organization != organizationID {
		return ErrForeign
	}
	if _, err := identity.Organization(ctx, m.db.Read, organizationID); err != nil {
		return err
	}
	if d.State.Public() {
		m.notes.add(storage.Engagement{Source: source, Demand: d.ID, Organization: organizationID, Step: step, At: m.db.Clock().Now()})
	}
	return nil
}

// Outcome is what became of the matches of a source; each pair of demand and organization counts once in each.
type Outcome struct {
	Source                                  string
	Shown, Opened, Contacted, Bid, Contract int64
}

// Between summarizes the matches that were first shown in a jurisdiction in a span of days of China, the last included.
func (m *Outcomes) Between(ctx context.Context, jurisdiction, from, to string) ([]Outcome, error) {
	query := m.db.Read.Engagement.Query().Where(entengagement.Jurisdiction(jurisdiction))
	first, err := day("from_day", from)
	if err != nil {
		return nil, err
	}
	last, err := day("to_day", to)
	if err != nil {
		return nil, err
	}
	if !first.IsZero() {
		query.Where(entengagement.ShownAtGTE(first))
	}
	if !last.IsZero() {
		query.Where(entengagement.ShownAtLT(last.AddDate(0, 0, 1)))
	}
	outcomes := []Outcome{{Source: MatchDemand}, {Source: MatchOrganization}, {Source: Search}}
	at := map[string]*Outcome{}
	for i := range outcomes {
		at[outcomes[i].Source] = &outcomes[i]
	}
	const page = 1000
	for after := ""; ; {
		rows, err := query.Clone().Where(entengagement.IDGT(after)).Order(entengagement.ByID()).Limit(page).All(ctx)
		if err != nil {
			return nil, err
		}
		bids, signed, err := m.followed(ctx, rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			after = r.ID
			o := at[r.Source]
			if o == nil {
				continue
			}
			o.Shown++
			o.Opened += count(r.OpenedAt != nil)
			o.Contacted += count(r.ContactedAt != nil)
			key := pair{r.DemandID, r.OrganizationID}
			o.Bid += count(!bids[key].Before(r.ShownAt))
			o.Contract += count(!signed[key].Before(r.ShownAt))
		}
		if len(rows) < page {
			return outcomes, nil
		}
	}
}

// day reads a day of China; an empty one is zero.
func day(field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.ParseInLocation(time.DateOnly, text, demand.Zone)
	if err != nil {
		return at, rpc.ErrField.At(field).With("field", field).With("rule", "day")
	}
	return at, nil
}

func count(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// pair is a demand and an organization.
type pair struct{ demand, organization string }

// followed returns when the organizations of engagements bid for the demands, where bids are opened, and when they signed.
func (m *Outcomes) followed(ctx context.Context, rows []*ent.Engagement) (bids, signed map[pair]time.Time, err error) {
	bids, signed = map[pair]time.Time{}, map[pair]time.Time{}
	demands := make([]string, len(rows))
	for i, r := range rows {
		demands[i] = r.DemandID
	}
	// Whether anybody has bid for a demand that still takes bids is nobody's to know.
	opened := func(s *sql.Selector) {
		t := sql.Table(entdemand.Table)
		s.Where(sql.In(s.C(entbid.FieldDemandID), sql.Select(t.C(entdemand.FieldID)).From(t).
			Where(sql.NotIn(t.C(entdemand.FieldState), string(demand.Draft), string(demand.Published), string(demand.Stale), string(demand.Withdrawn), string(demand.Cancelled)))))
	}
	all, err := m.db.Read.Bid.Query().Where(entbid.DemandIDIn(demands...), entbid.StateIn(bid.Opened, bid.Won, bid.NotSelected), opened).All(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, b := range all {
		if b.SubmittedAt != nil {
			bids[pair{b.DemandID, b.OrganizationID}] = *b.SubmittedAt
		}
	}
	contracts, err := m.db.Read.Contract.Query().Where(entcontract.DemandIDIn(demands...), entcontract.StateIn(contract.Active, contract.Completed)).All(ctx)
	for _, c := range contracts {
		if c.SellerSignedAt != nil {
			signed[pair{*c.DemandID, c.SellerID}] = *c.SellerSignedAt
		}
	}
	return bids, signed, err
}
