package scope_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"buf.build/go/protovalidate"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/limit"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/internal/storagetest"
	"github.com/jiebang/jiebang/services/judging/evaluation"
	"github.com/jiebang/jiebang/services/judging/objection"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/monitoring/casefile"
	"github.com/jiebang/jiebang/services/noticing/hook"
	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/offering/profile"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/watching/watch"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// calls runs do inside a call by a caller, as the gate makes it.
func calls(t testing.TB, c party.Caller, do func(ctx context.Context)) {
	t.Helper()
	validator, err := protovalidate.New()
	if err != nil {
		t.Fatal(err)
	}
	g := &rpc.Gate{Policies: rpc.Policies{"/s/m": {Action: "demand.list", Access: policy.Public}}, Validator: validator, Log: slog.New(slog.DiscardHandler),
		Rand: chance.Seeded("scope"), Now: time.Now, Clock: time.Now, Observe: func(string, string, time.Duration) {}, Limits: limit.New(limit.None),
		Authenticate: func(context.Context, string, string) (party.Caller, error) { return c, nil }}
	ctx := t.Context()
	if c.Known() {
		ctx = metadata.NewIncomingContext(ctx, metadata.Pairs("authorization", "Bearer x"))
	}
	_, err = g.Intercept(ctx, &pb.ListDemandsRequest{}, &grpc.UnaryServerInfo{FullMethod: "/s/m"}, func(ctx context.Context, _ any) (any, error) {
		do(ctx)
		return nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

const (
	here  = "330182"
	there = "330127"
)

// organizations of the rows; each caller is of one of them, or of none.
var organizations = []string{"oA", "oB", "oC"}

// row is a row of any table as the wall ought to see it.
type row struct {
	table, id, jurisdiction string
	public                  bool
	owners                  []string // organizations that it is for
	experts                 []string // organizations for whose experts it is
	person                  string
	watched                 []party.Role // who reads it for the authority
	keeper                  bool         // the bureau's security administrator keeps it
}

// filler fills a database.
type filler struct {
	tx   *storage.Side
	ctx  context.Context
	rows []row
	n    int
}

func (f *filler) add(r row) string {
	f.n++
	r.id = fmt.Sprintf("%s%04d", r.table[:1], f.n)
	if r.table == "ledger_entries" || r.table == "postings" {
		r.id = fmt.Sprint(entry.Key(r.jurisdiction, int64(f.n)))
	}
	f.rows = append(f.rows, r)
	return r.id
}

// audited sets the columns that all audited rows have.
func audited[B interface {
	SetJurisdiction(string) B
	SetVersion(int) B
	SetEntrySeq(int64) B
	SetEntryHash([]byte) B
	SetCreatedAt(time.Time) B
	SetUpdatedAt(time.Time) B
}](b B, place string) B {
	return b.SetJurisdiction(place).SetVersion(1).SetEntrySeq(1).SetEntryHash(r32).SetCreatedAt(noon).SetUpdatedAt(noon)
}

// fill fills a database with a row for each table, owner, jurisdiction and state.
func fill(t testing.TB, db *storage.DB) []row {
	t.Helper()
	f := &filler{ctx: t.Context()}
	err := storage.Aside(t.Context(), db, func(tx *storage.Side) error {
		f.tx = tx
		var errs []error
		for _, place := range []string{here, there} {
			for i, o := range organizations {
				next := organizations[(i+1)%len(organizations)]
				errs = append(errs, f.vetted(place, o, next), f.demand(place, o, demand.Draft), f.demand(place, o, demand.Withdrawn), f.offers(place, o), f.bids(place, o, next), f.rest(place, o, next), f.judging(place, o), f.told(place, o))
			}
		}
		return errors.Join(errs...)
	})
	if err != nil {
		t.Fatal(err)
	}
	return f.rows
}

func (f *filler) demand(place, owner string, s demand.State) error {
	id := f.add(row{table: "demands", jurisdiction: place, public: s != demand.Draft, owners: []string{owner}})
	return audited(f.tx.Demand.Create().SetID(id), place).SetOrganizationID(owner).SetTitle("t").SetField("nuclear").SetState(s).Exec(f.ctx)
}

// vetted is a demand that is being vetted, with an expert who was asked, and who has read what is confidential.
func (f *filler) vetted(place, owner, next string) error {
	d := row{table: "demands", jurisdiction: place, owners: []string{owner}, person: "u" + next, watched: watchers}
	of := f.add(d)
	err := audited(f.tx.Demand.Create().SetID(of), place).SetOrganizationID(owner).SetTitle("t").SetField("nuclear").SetState(demand.Vetting).Exec(f.ctx)
	id := f.add(row{table: "opinions", jurisdiction: place, owners: []string{owner}, person: "u" + next, watched: watchers})
	err = errors.Join(err, audited(f.tx.Opinion.Create().SetID(id), place).SetDemandID(of).SetOrganizationID(next).SetPersonID("u"+next).SetAskedBy("u").Exec(f.ctx))
	id = f.add(row{table: "disclosures", jurisdiction: place, owners: []string{owner, next}, watched: watchers})
	return errors.Join(err, audited(f.tx.Disclosure.Create().SetID(id), place).SetDemandID(of).SetOrganizationID(next).Exec(f.ctx))
}

func (f *filler) offers(place, owner string) error {
	for _, s := range []achievement.State{achievement.Draft, achievement.Listed, achievement.Withdrawn} {
		id := f.add(row{table: "achievements", jurisdiction: place, public: s == achievement.Listed, owners: []string{owner}})
		if err := audited(f.tx.Achievement.Create().SetID(id), place).SetOrganizationID(owner).SetTitle("t").SetSummary("").SetField("nuclear").SetIndustries(nil).
			SetDisciplines(nil).SetKeywords(nil).SetProperties(nil).SetTrl(0).SetMaturity("").SetModes(nil).SetRegion("").SetState(s).Exec(f.ctx); err != nil {
			return err
		}
	}
	for _, s := range []profile.State{profile.Draft, profile.Listed} {
		id := f.add(row{table: "profiles", jurisdiction: place, public: s == profile.Listed, owners: []string{owner}})
		if err := audited(f.tx.Profile.Create().SetID(id), place).SetOrganizationID(owner).SetKind(profile.Lab).SetDisplayName("p").SetPosition("").SetIntroduction("").
			SetFields(nil).SetIndustries(nil).SetDisciplines(nil).SetKeywords(nil).SetEquipment(nil).SetRegion("").SetConsented(true).SetState(s).Exec(f.ctx); err != nil {
			return err
		}
	}
	return nil
}

var watchers = []party.Role{party.Operator, party.Approver, party.Registrar, party.Auditor}

// bids are in every state, each for a demand of its own.
func (f *filler) bids(place, demander, bidder string) error {
	for _, s := range []bid.State{bid.Draft, bid.Submitted, bid.Withdrawn, bid.Opened, bid.Won, bid.NotSelected} {
		if err := f.demand(place, demander, demand.Published); err != nil {
			return err
		}
		of := f.rows[len(f.rows)-1].id
		r := row{table: "bids", jurisdiction: place, owners: []string{bidder}}
		if s == bid.Opened || s == bid.Won || s == bid.NotSelected {
			r.owners, r.watched = []string{bidder, demander}, watchers
		}
		judges := f.judges(s, demander, bidder)
		for organization, state := range judges {
			if state != evaluation.Recused {
				r.experts = append(r.experts, organization)
			}
		}
		bidID := f.add(r)
		for organization, state := range judges {
			if err := f.sheet(place, organization, bidID, state, judges); err != nil {
				return err
			}
		}
		if err := audited(f.tx.Bid.Create().SetID(bidID), place).SetOrganizationID(bidder).SetDemandID(of).SetAmountFen(1).SetProposal("").SetNonce(r32).
			SetContentDigest(r32).SetSubmission(0).SetState(s).Exec(f.ctx); err != nil {
			return err
		}
	}
	return nil
}

// judges are the organizations that judge a bid in a state, and how far each has come.
func (f *filler) judges(s bid.State, demander, bidder string) map[string]evaluation.SheetState {
	third := organizations[slices.IndexFunc(organizations, func(o string) bool { return o != demander && o != bidder })]
	return map[bid.State]map[string]evaluation.SheetState{
		bid.Opened: {third: evaluation.Cleared}, bid.Won: {third: evaluation.Locked, "oZ": evaluation.Locked}, bid.NotSelected: {third: evaluation.Recused},
	}[s]
}

// sheet is one of an organization about a bid; another that is locked goes with one that is.
func (f *filler) sheet(place, organization, bidID string, s evaluation.SheetState, judges map[string]evaluation.SheetState) error {
	r := row{table: "sheets", jurisdiction: place, owners: []string{organization}, watched: watchers}
	for other, state := range judges {
		if other != organization && s == evaluation.Locked && state == evaluation.Locked {
			r.experts = append(r.experts, other)
		}
	}
	return audited(f.tx.Sheet.Create().SetID(f.add(r)), place).SetDemandID("d").SetBidID(bidID).SetOrganizationID(organization).SetState(s).Exec(f.ctx)
}

// judging is an evaluation, and an objection to it.
func (f *filler) judging(place, owner string) error {
	id := f.add(row{table: "evaluations", jurisdiction: place, watched: watchers})
	err := audited(f.tx.Evaluation.Create().SetID(id), place).SetState(evaluation.Scoring).SetPlan("").Exec(f.ctx)
	id = f.add(row{table: "objections", jurisdiction: place, owners: []string{owner}, watched: watchers})
	draft, started := f.add(row{table: "monitoring_cases", jurisdiction: place, watched: watchers}), f.add(row{table: "monitoring_cases", jurisdiction: place, owners: []string{owner}, watched: watchers})
	opened := func(id string, s casefile.State) error {
		return audited(f.tx.MonitoringCase.Create().SetID(id), place).SetOrganizationID("oX").SetSubject("t").SetDemanderID(owner).SetState(s).SetCause(casefile.Indicator).SetText("t").SetOpenedBy("t").Exec(f.ctx)
	}
	err = errors.Join(err, opened(draft, casefile.Draft), opened(started, casefile.Active))
	return errors.Join(err, audited(f.tx.Objection.Create().SetID(id), place).SetDemandID("d"+id).SetOrganizationID(owner).SetState(objection.Filed).
		SetGround(objection.Other).SetText("t").SetDueAt(noon).Exec(f.ctx))
}

// rest is a contract, a token, a membership, an approval and an entry.
func (f *filler) rest(place, owner, next string) error {
	id := f.add(row{table: "contracts", jurisdiction: place, owners: []string{owner, next}, watched: watchers})
	err := audited(f.tx.Contract.Create().SetID(id), place).SetTitle("t").SetBuyerID(owner).SetSellerID("oX").SetBrokerID(next).SetChannel(contract.Auction).
		SetClass("development").SetField("nuclear").SetTotalFen(1).SetRecorded(true).SetState(contract.Active).Exec(f.ctx)
	err = errors.Join(err, f.hanging(place, owner, id))
	id = f.add(row{table: "tokens", jurisdiction: place, owners: []string{owner}, keeper: true})
	err = errors.Join(err, audited(f.tx.Token.Create().SetID(id), place).SetOrganizationID(owner).SetDisplayName("t").SetRoles(nil).SetSecretHash(r32).SetExpiresAt(noon).Exec(f.ctx))
	id = f.add(row{table: "memberships", jurisdiction: place, owners: []string{owner}, person: "u" + next, keeper: true})
	err = errors.Join(err, audited(f.tx.Membership.Create().SetID(id), place).SetOrganizationID(owner).SetPersonID("u"+next).SetRoles(nil).SetState(party.Member).SetCodeHash(r32).
		SetInvitedBy("u").SetExpiresAt(noon).Exec(f.ctx))
	f.add(row{table: "ledger_entries", jurisdiction: place, owners: []string{owner}, watched: []party.Role{party.Auditor}})
	seq := int64(f.n)
	e := entry.Entry{Jurisdiction: place, Sequence: seq, Time: noon, Kind: "demand.drafted", Subject: "demands/x", Organization: "organizations/" + owner, Actor: "t",
		Row: (&entry.Image{}).Text("title", "organizations/"+next).Row()}
	return errors.Join(err, f.tx.LedgerEntry.Create().SetID(entry.Key(place, seq)).SetJurisdiction(place).SetSequence(seq).SetSalt(r32[:16]).SetBody(e.Encode()).
		SetHashes(r32).Exec(f.ctx))
}

// hanging is what hangs on a contract: an amendment, a milestone, a payment and its accounts. Its broker has no part in it.
func (f *filler) hanging(place, owner, contractID string) error {
	of := func(table string) string {
		return f.add(row{table: table, jurisdiction: place, owners: []string{owner}, watched: watchers})
	}
	err := audited(f.tx.Amendment.Create().SetID(of("amendments")), place).SetContractID(contractID).SetBuyerID(owner).SetSellerID("oX").SetDrafterID("oX").SetNumber(1).
		SetReasons(nil).SetExplanation("").SetNewTotalFen(1).SetDifferenceFen(0).SetTextDigest(r32).SetState("draft").Exec(f.ctx)
	err = errors.Join(err, audited(f.tx.Milestone.Create().SetID(of("milestones")), place).SetContractID(contractID).SetBuyerID(owner).SetSellerID("oX").SetNumber(1).SetTitle("t").
		SetShare(1).SetAmountFen(1).SetDueDate("2026-03-02").SetIndicators(nil).SetState("scheduled").Exec(f.ctx))
	err = errors.Join(err, audited(f.tx.Payment.Create().SetID(of("payments")), place).SetContractID(contractID).SetBuyerID(owner).SetSellerID("oX").SetKind("refund").
		SetAmountFen(-1).SetState("planned").Exec(f.ctx))
	err = errors.Join(err, audited(f.tx.Registration.Create().SetID(of("registrations")), place).SetContractID(contractID).SetBuyerID(owner).SetSellerID("oX").SetRegistry("t").
		SetState("not_filed").SetClaimedTotalFen(1).SetClaimedTechnologyFen(1).Exec(f.ctx))
	listed := f.add(row{table: "registry_records", jurisdiction: place, watched: watchers})
	err = errors.Join(err, audited(f.tx.RegistryRecord.Create().SetID(listed), place).SetNumber(listed).SetTotalFen(1).SetTechnologyFen(1).Exec(f.ctx))
	of("postings")
	posting := entry.Key(place, int64(f.n))
	f.rows = append(f.rows, row{table: "balances", id: contractID, jurisdiction: place, owners: []string{owner}, watched: watchers})
	return errors.Join(err, f.tx.Posting.Create().SetID(posting).SetJurisdiction(place).SetContractID(contractID).SetCommitted(1).SetObligation(-1).Exec(f.ctx))
}

// told are notices of an organization and of a person, a webhook with a delivery, a saved search, and what nobody reads.
func (f *filler) told(place, owner string) error {
	person := "u" + owner
	mine, own := f.add(row{table: "notices", jurisdiction: place, owners: []string{owner}}), f.add(row{table: "notices", jurisdiction: place, person: person})
	notice := func(id string) *ent.NoticeCreate {
		return f.tx.Notice.Create().SetID(id).SetJurisdiction(place).SetKind("demand.closed").SetSubject("demands/x").SetText("t").SetCreatedAt(noon).SetExpiresAt(noon)
	}
	hooked, sent := f.add(row{table: "webhooks", jurisdiction: place, owners: []string{owner}}), f.add(row{table: "deliveries", jurisdiction: place, owners: []string{owner}})
	watched := f.add(row{table: "watches", jurisdiction: place, person: person})
	return errors.Join(notice(mine).SetOrganizationID(owner).Exec(f.ctx), notice(own).SetPersonID(person).Exec(f.ctx),
		f.tx.Webhook.Create().SetID(hooked).SetOrganizationID(owner).SetURL("https://"+hooked).SetKinds(nil).SetNonce(r32[:16]).SetState(hook.Active).SetCreatedBy("t").
			SetCreatedAt(noon).Exec(f.ctx),
		f.tx.Delivery.Create().SetID(sent).SetWebhookID(hooked).SetOrganizationID(owner).SetNoticeID(mine).SetKind("demand.closed").SetBody(r32).SetState(hook.Waiting).
			SetNextAt(noon).SetCreatedAt(noon).Exec(f.ctx),
		f.tx.Watch.Create().SetID(watched).SetPersonID(person).SetDisplayName("w").SetTarget(watch.Demands).SetFilter(watch.Filter{}).SetVersion(1).SetCreatedAt(noon).Exec(f.ctx),
		f.tx.Imprint.Create().SetID(f.add(row{table: "imprints", jurisdiction: place})).SetKept(map[string]string{}).SetChangedAt(noon).Exec(f.ctx))
}

var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

var r32 = make([]byte, 32)

// sees says what the wall ought to let through.
func (r row) sees(c party.Caller) bool {
	if r.public || c.Organization != "" && slices.Contains(r.owners, c.Organization) || c.Person != "" && c.Person == r.person {
		return true
	}
	if c.Organization != "" && slices.Contains(r.experts, c.Organization) && slices.Contains(c.Roles, party.Expert) {
		return true
	}
	if c.Jurisdiction != r.jurisdiction {
		return false
	}
	authority := c.Kind == party.Bureau || c.Kind == party.AuditOffice
	return authority && slices.ContainsFunc(c.Roles, func(role party.Role) bool { return slices.Contains(r.watched, role) }) ||
		r.keeper && c.Kind == party.Bureau && slices.Contains(c.Roles, party.Secadmin)
}

// read reads every row of every table without a word about whose it is.
func read(t *rapid.T, ctx context.Context, c *ent.Client) map[string][]string {
	ids := func(all []string, err error) []string {
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(all)
		return all
	}
	entries, err := c.LedgerEntry.Query().All(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var numbers []string
	for _, e := range entries {
		numbers = append(numbers, fmt.Sprint(e.ID))
	}
	slices.Sort(numbers)
	postings, err := c.Posting.Query().IDs(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var posted []string
	for _, p := range postings {
		posted = append(posted, fmt.Sprint(p))
	}
	slices.Sort(posted)
	return map[string][]string{"demands": ids(c.Demand.Query().IDs(ctx)), "achievements": ids(c.Achievement.Query().IDs(ctx)), "profiles": ids(c.Profile.Query().IDs(ctx)),
		"bids": ids(c.Bid.Query().IDs(ctx)), "contracts": ids(c.Contract.Query().IDs(ctx)), "tokens": ids(c.Token.Query().IDs(ctx)),
		"amendments": ids(c.Amendment.Query().IDs(ctx)), "milestones": ids(c.Milestone.Query().IDs(ctx)), "payments": ids(c.Payment.Query().IDs(ctx)),
		"registrations": ids(c.Registration.Query().IDs(ctx)), "registry_records": ids(c.RegistryRecord.Query().IDs(ctx)),
		"balances": ids(c.Balance.Query().IDs(ctx)), "postings": posted,
		"memberships": ids(c.Membership.Query().IDs(ctx)), "evaluations": ids(c.Evaluation.Query().IDs(ctx)), "sheets": ids(c.Sheet.Query().IDs(ctx)),
		"objections": ids(c.Objection.Query().IDs(ctx)), "monitoring_cases": ids(c.MonitoringCase.Query().IDs(ctx)), "ledger_entries": numbers, "opinions": ids(c.Opinion.Query().IDs(ctx)), "disclosures": ids(c.Disclosure.Query().IDs(ctx)),
		"notices":  ids(c.Notice.Query().IDs(ctx)),
		"webhooks": ids(c.Webhook.Query().IDs(ctx)), "deliveries": ids(c.Delivery.Query().IDs(ctx)), "watches": ids(c.Watch.Query().IDs(ctx)), "imprints": ids(c.Imprint.Query().IDs(ctx))}
}

// TestWall reads everything as callers of all kinds: the wall alone lets through what each may know of, and no row more or less.
func TestWall(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		db, err := storage.Open(t.Context(), storage.Options{URL: url, Scope: scope.Install})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		if _, _, err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		rows := fill(t, db)
		rapid.Check(t, func(r *rapid.T) {
			c := party.Caller{Token: rapid.SampledFrom([]string{"", "t1"}).Draw(r, "token")}
			if c.Known() {
				c.Organization = rapid.SampledFrom(append(organizations, "", "oZ")).Draw(r, "organization")
				c.Person = rapid.SampledFrom([]string{"", "uoA", "uoB", "uZ"}).Draw(r, "person")
				c.Kind = rapid.SampledFrom([]party.Kind{party.Enterprise, party.Bureau, party.AuditOffice}).Draw(r, "kind")
				c.Jurisdiction = rapid.SampledFrom([]string{here, there, ""}).Draw(r, "jurisdiction")
				c.Roles = rapid.SliceOfN(rapid.SampledFrom(party.Roles), 0, 2).Draw(r, "roles")
			}
			want, all := map[string][]string{}, map[string][]string{}
			for _, w := range rows {
				if all[w.table] = append(all[w.table], w.id); w.sees(c) {
					want[w.table] = append(want[w.table], w.id)
				}
			}
			for _, m := range []map[string][]string{want, all} {
				for table := range m {
					slices.Sort(m[table])
				}
			}
			calls(t, c, func(ctx context.Context) {
				got := read(r, ctx, db.Read)
				maps.DeleteFunc(got, func(_ string, ids []string) bool { return len(ids) == 0 })
				if diff := cmp.Diff(want, got); diff != "" {
					r.Fatalf("%+v (-want +got):\n%s", c, diff)
				}
				if diff := cmp.Diff(all, read(r, scope.Open(ctx, "test"), db.Read)); diff != "" {
					r.Fatalf("open (-want +got):\n%s", diff)
				}
			})
			if diff := cmp.Diff(all, read(r, t.Context(), db.Read)); diff != "" {
				r.Fatalf("outside of a call (-want +got):\n%s", diff)
			}
		})
	})
}
