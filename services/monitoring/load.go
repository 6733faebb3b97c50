package monitoring

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entamendment "github.com/jiebang/jiebang/ent/gen/ent/amendment"
	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	entcontract "github.com/jiebang/jiebang/ent/gen/ent/contract"
	entcontracttext "github.com/jiebang/jiebang/ent/gen/ent/contracttext"
	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	entevaluation "github.com/jiebang/jiebang/ent/gen/ent/evaluation"
	entfacts "github.com/jiebang/jiebang/ent/gen/ent/facts"
	entmembership "github.com/jiebang/jiebang/ent/gen/ent/membership"
	entorganization "github.com/jiebang/jiebang/ent/gen/ent/organization"
	entpayment "github.com/jiebang/jiebang/ent/gen/ent/payment"
	entregistration "github.com/jiebang/jiebang/ent/gen/ent/registration"
	entsession "github.com/jiebang/jiebang/ent/gen/ent/session"
	entsheet "github.com/jiebang/jiebang/ent/gen/ent/sheet"
	"github.com/jiebang/jiebang/services/amending/amendment"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/judging/evaluation"
	"github.com/jiebang/jiebang/services/judging/score"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/monitoring/redflag"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/registering/registration"
	"github.com/jiebang/jiebang/services/settling/payment"
)

// loader reads the facts of one ledger at one instant, as far as the caller may read them at all. It asks for nothing that is sealed or a draft.
type loader struct {
	c     *ent.Client
	home  string
	facts *redflag.Facts
}

// load reads the facts of a ledger, and as of which size of it.
func load(ctx context.Context, c *ent.Client, home string, now time.Time) (*redflag.Facts, int64, error) {
	head, err := c.LedgerHead.Get(ctx, home)
	if err != nil {
		return nil, 0, err
	}
	l := &loader{c, home, &redflag.Facts{Now: now, Ledger: redflag.Record{Name: id.LedgerName(home), Sequence: head.Size - 1}, Bids: map[string][]redflag.Bid{},
		Payments: map[string][]redflag.Payment{}, Organizations: map[string]redflag.Organization{}}}
	for _, read := range []func(context.Context) error{l.demands, l.evaluations, l.bids, l.contracts, l.texts, l.amendments, l.payments, l.registrations, l.sheets, l.organizations, l.members} {
		if err := read(ctx); err != nil {
			return nil, 0, err
		}
	}
	return l.facts, head.Size, nil
}

// unpublished are the states of demands that are drafts, or are not published yet.
var unpublished = []demand.State{demand.Draft, demand.Submitted, demand.Vetting, demand.Returned, demand.Rejected, demand.Approved}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (l *loader) demands(ctx context.Context) error {
	rows, err := l.c.Demand.Query().Where(entdemand.Jurisdiction(l.home), entdemand.StateNotIn(unpublished...)).Order(entdemand.ByCreatedAt(), entdemand.ByID()).All(ctx)
	for _, d := range rows {
		f := redflag.Demand{Record: redflag.Record{Name: id.DemandName(d.ID), Sequence: d.EntrySeq}, ID: d.ID, Organization: d.OrganizationID, Field: string(d.Field),
			Text: d.Title + "\n" + d.Description, State: d.State, Published: d.PublishedAt, Deadline: d.Deadline, Related: text(d.RelatedID), Winner: text(d.WinningBidID)}
		if d.Failure != nil {
			f.Failure = *d.Failure
		}
		l.facts.Demands = append(l.facts.Demands, f)
	}
	return err
}

func (l *loader) evaluations(ctx context.Context) error {
	rows, err := l.c.Evaluation.Query().Where(entevaluation.Jurisdiction(l.home)).All(ctx)
	if err != nil {
		return err
	}
	at := map[string]*ent.Evaluation{}
	for _, e := range rows {
		at[e.ID] = e
	}
	for i, d := range l.facts.Demands {
		e := at[d.ID]
		if e == nil {
			continue
		}
		var places []score.Place
		if e.Ranking != "" {
			if err := json.Unmarshal([]byte(e.Ranking), &places); err != nil {
				return err
			}
		}
		for _, p := range places {
			l.facts.Demands[i].Ranking = append(l.facts.Demands[i].Ranking, p.Bid)
		}
		panel, err := evaluation.Decode[evaluation.Panel](e.Panel)
		if err != nil {
			return err
		}
		for _, p := range panel.Active() {
			if !slices.Contains(l.facts.Demands[i].Panel, p.Organization) {
				l.facts.Demands[i].Panel = append(l.facts.Demands[i].Panel, p.Organization)
			}
		}
	}
	return nil
}

func (l *loader) bids(ctx context.Context) error {
	rows, err := l.c.Bid.Query().Where(entbid.Jurisdiction(l.home), entbid.StateNotIn(bid.SealedStates()...)).Order(entbid.BySubmittedAt(), entbid.ByID()).
		Select(entbid.FieldDemandID, entbid.FieldOrganizationID, entbid.FieldState, entbid.FieldAmountFen, entbid.FieldProposal, entbid.FieldSubmittedAt, entbid.FieldUpdatedAt, entbid.FieldEntrySeq).All(ctx)
	for _, b := range rows {
		l.facts.Bids[b.DemandID] = append(l.facts.Bids[b.DemandID], redflag.Bid{Record: redflag.Record{Name: id.BidName(b.DemandID, b.ID), Sequence: b.EntrySeq}, ID: b.ID, Demand: b.DemandID,
			Organization: b.OrganizationID, State: b.State, Amount: b.AmountFen, Text: b.Proposal, Submitted: b.SubmittedAt, Changed: b.UpdatedAt})
	}
	return err
}

func (l *loader) contracts(ctx context.Context) error {
	rows, err := l.c.Contract.Query().Where(entcontract.Jurisdiction(l.home), entcontract.StateIn(contract.Active, contract.Completed, contract.Terminated)).
		Order(entcontract.BySignDate(), entcontract.ByID()).All(ctx)
	for _, k := range rows {
		f := redflag.Contract{Record: redflag.Record{Name: id.ContractName(k.ID), Sequence: k.EntrySeq}, ID: k.ID, Demand: text(k.DemandID), Buyer: k.BuyerID, Seller: k.SellerID,
			Broker: text(k.BrokerID), State: k.State, Channel: k.Channel, Recorded: k.Recorded, Total: k.TotalFen, Digest: k.TextDigest, SignDate: text(k.SignDate), StatedPaid: k.AmountPaidFen}
		if b, s := k.BuyerSignedAt, k.SellerSignedAt; b != nil && s != nil {
			last := *b
			if s.After(last) {
				last = *s
			}
			f.Signed = &last
		}
		if f.Technical, f.Stages, err = agreed(k); err != nil {
			return err
		}
		l.facts.Contracts = append(l.facts.Contracts, f)
	}
	return err
}

// agreed is what of a contract's total is for technology, and what its stages say.
func agreed(k *ent.Contract) (money.Fen, string, error) {
	var clauses contract.Clauses
	var stages []contract.Stage
	if k.Clauses != "" {
		if err := json.Unmarshal([]byte(k.Clauses), &clauses); err != nil {
			return 0, "", err
		}
	}
	if k.Plan != "" {
		if err := json.Unmarshal([]byte(k.Plan), &stages); err != nil {
			return 0, "", err
		}
	}
	words := []string{k.Title}
	for _, s := range stages {
		words = append(append(words, s.Title), s.Indicators...)
	}
	return clauses.Technical, strings.Join(words, "\n"), nil
}

var tag = regexp.MustCompile(`<[^>]*>`)

// written is what a generated text of a contract says, without the sentence of the form that explains what is no technology.
func written(page []byte) string {
	plain := html.UnescapeString(tag.ReplaceAllString(string(page), ""))
	before, after, found := strings.Cut(plain, "非技术价款指")
	if found {
		_, after, _ = strings.Cut(after, "。")
	}
	return before + after
}

func (l *loader) texts(ctx context.Context) error {
	versions := map[string]string{}
	rows, err := l.c.ContractText.Query().Where(entcontracttext.Jurisdiction(l.home)).Order(entcontracttext.ByID()).All(ctx)
	for _, t := range rows {
		versions[t.ID] = written(t.Content)
	}
	if err != nil {
		return err
	}
	kept, err := l.c.Contract.Query().Where(entcontract.Jurisdiction(l.home)).Select(entcontract.FieldTextVersion).All(ctx)
	if err != nil {
		return err
	}
	current := map[string]int{}
	for _, k := range kept {
		current[k.ID] = k.TextVersion
	}
	for i, k := range l.facts.Contracts {
		l.facts.Contracts[i].Text = versions[fmt.Sprintf("%s-%d", k.ID, current[k.ID])]
	}
	return nil
}

func (l *loader) amendments(ctx context.Context) error {
	rows, err := l.c.Amendment.Query().Where(entamendment.Jurisdiction(l.home), entamendment.StateEQ(amendment.Active)).Order(entamendment.ByID()).All(ctx)
	for _, a := range rows {
		f := redflag.Amendment{Record: redflag.Record{Name: id.AmendmentName(a.ContractID, a.ID), Sequence: a.EntrySeq}, Contract: a.ContractID, Number: a.Number, NewTotal: a.NewTotalFen,
			Difference: a.DifferenceFen, Effective: a.UpdatedAt}
		if a.EffectiveAt != nil {
			f.Effective = *a.EffectiveAt
		}
		l.facts.Amendments = append(l.facts.Amendments, f)
	}
	return err
}

func (l *loader) payments(ctx context.Context) error {
	rows, err := l.c.Payment.Query().Where(entpayment.Jurisdiction(l.home), entpayment.StateEQ(payment.Confirmed)).Order(entpayment.ByID()).All(ctx)
	for _, p := range rows {
		if p.Kind.Counts() {
			l.facts.Payments[p.ContractID] = append(l.facts.Payments[p.ContractID], redflag.Payment{Record: redflag.Record{Name: id.PaymentName(p.ContractID, p.ID), Sequence: p.EntrySeq}, Amount: p.AmountFen})
		}
	}
	return err
}

func (l *loader) registrations(ctx context.Context) error {
	rows, err := l.c.Registration.Query().Where(entregistration.Jurisdiction(l.home), entregistration.StateIn(registration.Registered, registration.Changed)).Order(entregistration.ByID()).All(ctx)
	for _, r := range rows {
		l.facts.Registrations = append(l.facts.Registrations, redflag.Registration{Record: redflag.Record{Name: id.RegistrationName(r.ContractID, r.ID), Sequence: r.EntrySeq}, Contract: r.ContractID,
			Number: text(r.Number), Date: text(r.RegisterDate), Total: r.TotalFen, Technology: r.TechnologyFen})
	}
	return err
}

func (l *loader) sheets(ctx context.Context) error {
	rows, err := l.c.Sheet.Query().Where(entsheet.Jurisdiction(l.home), entsheet.StateEQ(evaluation.Locked)).Order(entsheet.ByID()).All(ctx)
	for _, s := range rows {
		l.facts.Sheets = append(l.facts.Sheets, redflag.Sheet{Record: redflag.Record{Name: id.SheetName(s.DemandID, s.ID), Sequence: s.EntrySeq}, Demand: s.DemandID, Bid: s.BidID,
			Organization: s.OrganizationID, Person: s.PersonID, Hints: strings.Fields(s.Hints), Conflict: s.Conflict, Locked: s.LockedAt})
	}
	return err
}

func (l *loader) organizations(ctx context.Context) error {
	rows, err := l.c.Organization.Query().Where(entorganization.Jurisdiction(l.home)).All(ctx)
	for _, o := range rows {
		l.facts.Organizations[o.ID] = redflag.Organization{Record: redflag.Record{Name: id.OrganizationName(o.ID), Sequence: o.EntrySeq}, ID: o.ID, Code: o.Uscc, Parent: text(o.ParentID)}
	}
	return err
}

// members reads who acts for organizations. What is personal is compared, and appears in no finding.
func (l *loader) members(ctx context.Context) error {
	open := scope.Open(ctx, "whether two organizations share persons is told of those that do, without a word about the others")
	rows, err := l.c.Membership.Query().Where(entmembership.Jurisdiction(l.home), entmembership.StateEQ(party.Member), entmembership.PersonIDNEQ("")).Order(entmembership.ByID()).All(open)
	if err != nil {
		return err
	}
	facts, err := l.c.Facts.Query().Where(entfacts.PhoneNEQ("")).Select(entfacts.FieldPhone).All(ctx)
	if err != nil {
		return err
	}
	phones := map[string]string{}
	for _, f := range facts {
		phones[f.ID] = f.Phone
	}
	sessions, err := l.c.Session.Query().Where(entsession.Jurisdiction(l.home)).Select(entsession.FieldPersonID, entsession.FieldAddress).All(ctx)
	if err != nil {
		return err
	}
	addresses := map[string][]string{}
	for _, s := range sessions {
		if a, err := netip.ParseAddr(s.Address); err == nil && !a.Unmap().IsPrivate() && a.IsGlobalUnicast() && !slices.Contains(addresses[s.PersonID], s.Address) {
			addresses[s.PersonID] = append(addresses[s.PersonID], s.Address)
		}
	}
	for _, m := range rows {
		o, ok := l.facts.Organizations[m.OrganizationID]
		if !ok {
			continue
		}
		o.Members = append(o.Members, redflag.Member{Record: redflag.Record{Name: id.MemberName(m.OrganizationID, m.ID), Sequence: m.EntrySeq}, ID: m.PersonID, Phone: phones[m.PersonID], Addresses: addresses[m.PersonID]})
		l.facts.Organizations[m.OrganizationID] = o
	}
	return nil
}
