// Package noticing_test tests the inbox and webhooks: over gRPC in a market, and, where instants count, on a database of its own.
package noticing_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entnotice "github.com/jiebang/jiebang/ent/gen/ent/notice"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/internal/storagetest"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/noticing"
	"github.com/jiebang/jiebang/services/noticing/send"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/demand"
)

const place = "330182"

// bare is a ledger with nobody around it: what happens, happens when a test says so.
type bare struct {
	db     *storage.DB
	clock  *clock.Manual
	ledger *ledger.Ledger
	*noticing.Noticing
}

func each(t *testing.T, test func(t *testing.T, b bare)) {
	t.Helper()
	storagetest.Each(t, func(t *testing.T, url string) {
		b := bare{clock: clock.NewManual(markettest.Noon)}
		var err error
		if b.db, err = storage.Open(t.Context(), storage.Options{URL: url, Clock: b.clock, Scope: scope.Install}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.db.Close() })
		if _, _, err := b.db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.ledger = ledger.New(b.db, make([]byte, 32))
		if err := b.ledger.Found(t.Context(), place, "科技局"); err != nil {
			t.Fatal(err)
		}
		b.Noticing = noticing.New(b.db, noticing.Options{Key: make([]byte, 32), Loopback: true, Sender: send.New(send.Options{Loopback: true})})
		test(t, b)
	})
}

// organization is the id of an organization that nothing else is known of.
func organization(n string) string { return "o" + place + "-000000000000000" + n }

// post publishes a demand of an organization, as its own act would.
func (b bare) post(t *testing.T, firm, title string) *ent.Demand {
	t.Helper()
	deadline, number := b.clock.Now().Add(7*24*time.Hour), "XQ-"+title
	d := &ent.Demand{ID: id.New(chance.System(), id.Demand, place), Jurisdiction: place, OrganizationID: firm, Title: title, Attempt: 1, Field: "new_materials", State: demand.Draft,
		Deadline: &deadline, CreatedAt: b.clock.Now()}
	b.save(t, d, "demand.drafted")
	d.State, d.Number, d.PublishedAt = demand.Published, &number, new(b.clock.Now())
	b.save(t, d, "demand.published")
	return d
}

// save saves a demand with its entry.
func (b bare) save(t *testing.T, d *ent.Demand, kind string) {
	t.Helper()
	_, err := storage.Tx(t.Context(), b.db, identity.Due(place, kind), func(tx *storage.Txn) (int, error) { return 0, posting.Save(t.Context(), tx, kind, d) })
	if err != nil {
		t.Fatal(err)
	}
}

// bid gives an organization a bid for a demand.
func (b bare) bid(t *testing.T, d *ent.Demand, bidder string, s bid.State) {
	t.Helper()
	err := storage.Aside(t.Context(), b.db, func(tx *storage.Side) error {
		r32 := make([]byte, 32)
		return tx.Bid.Create().SetID(id.New(chance.System(), id.Bid, place)).SetJurisdiction(place).SetVersion(1).SetEntrySeq(1).SetEntryHash(r32).SetCreatedAt(b.clock.Now()).
			SetUpdatedAt(b.clock.Now()).SetOrganizationID(bidder).SetDemandID(d.ID).SetAmountFen(1).SetProposal("").SetNonce(r32).SetContentDigest(r32).SetSubmission(1).SetState(s).
			Exec(t.Context())
	})
	if err != nil {
		t.Fatal(err)
	}
}

// catchUp applies what is there.
func (b bare) catchUp(t *testing.T) {
	t.Helper()
	if err := b.ledger.CatchUp(t.Context(), b.Consumer()); err != nil {
		t.Fatal(err)
	}
}

// texts are the notices of an organization or a person, the oldest first.
func (b bare) texts(t *testing.T, receiver string) (all []string) {
	t.Helper()
	rows, err := b.db.Read.Notice.Query().Where(entnotice.Or(entnotice.OrganizationID(receiver), entnotice.PersonID(receiver))).
		Order(entnotice.ByCreatedAt(), entnotice.BySequence(), entnotice.ByID()).All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		all = append(all, r.Kind+" "+r.Text)
	}
	return all
}

var errCrash = errors.New("crash")

// failing is the consumer, which fails after its writing as often as it is told.
func (b bare) failing(times int) ledger.Consumer {
	c := b.Consumer()
	apply := c.Apply
	c.Apply = func(ctx context.Context, p *storage.Projection, entries []*ledgerEntry) error {
		if err := apply(ctx, p, entries); err != nil {
			return err
		}
		if times--; times >= 0 {
			return errCrash
		}
		return nil
	}
	return c
}

// refusal is a call that must be refused for a reason.
type refusal struct {
	name   string
	call   func() error
	code   codes.Code
	reason string
	field  string
}

// refuse makes calls that must be refused.
func refuse(t *testing.T, m *markettest.Market, refusals []refusal) {
	t.Helper()
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) { m.Refuse(t, r.call, r.code, r.reason, r.field) })
	}
}
