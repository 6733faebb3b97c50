// Package posting is 发榜: firms draft, publish and withdraw demands, and their deadlines act by themselves.
//
//   - A demand belongs to one ledger, that of its jurisdiction, for ever.
//   - What a deadline does to bids is bidding's; it and the demand change in one transaction.
package posting

import (
	"context"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/posting/procedure"
)

// Posting posts demands.
type Posting struct {
	db *storage.DB

	// Fix fixes what bids are sealed under, whenever a demand is published. Content is the row of its entry.
	Fix func(ctx context.Context, tx *storage.Txn, d *ent.Demand, content entry.Row) error
}

// New returns the posting of db.
func New(db *storage.DB) *Posting { return &Posting{db: db} }

// Content is what a firm writes in a demand.
type Content struct {
	Procedure          string // of a new demand; its code
	Title, Description string
	Field              demand.Field
	Budget             *money.Fen // nil is 面议
	Deadline           *time.Time
}

// Draft drafts a demand of the caller's firm in a jurisdiction; empty is the firm's own.
func (p *Posting) Draft(ctx context.Context, jurisdiction string, c Content) (*ent.Demand, error) {
	if jurisdiction == "" {
		jurisdiction = identity.Caller(ctx).Jurisdiction
	}
	return storage.Tx(ctx, p.db, identity.Change(ctx, jurisdiction), func(tx *storage.Txn) (*ent.Demand, error) {
		if err := tx.Caller.Kind.MayPost(); err != nil {
			return nil, err
		}
		d := &ent.Demand{
			ID: id.New(tx.Rand, id.Demand, jurisdiction), Jurisdiction: jurisdiction, OrganizationID: tx.Caller.Organization,
			State: demand.Draft, CreatedAt: tx.Now,
		}
		how, err := procedure.InForce(c.Procedure, tx.Now.In(demand.Zone))
		if err != nil {
			return nil, err
		}
		d.Procedure = new(how.ID())
		c.apply(d, contentFields)
		return d, Save(ctx, tx, "demand.drafted", d)
	})
}

// contentFields are the fields of Content by their names in the API.
var contentFields = []string{"title", "description", "field", "budget", "deadline"}

// apply writes the named fields of c into d.
func (c Content) apply(d *ent.Demand, fields []string) {
	for _, f := range fields {
		switch f {
		case "title":
			d.Title = c.Title
		case "description":
			d.Description = c.Description
		case "field":
			d.Field = c.Field
		case "budget":
			d.BudgetFen = c.Budget
		case "deadline":
			d.Deadline = c.Deadline
		}
	}
}

// Edit changes fields of a draft.
func (p *Posting) Edit(ctx context.Context, demandID, etag string, c Content, fields []string) (*ent.Demand, error) {
	return p.change(ctx, demandID, "demand.etag", etag, func(tx *storage.Txn, d *ent.Demand) error {
		if d.State != demand.Draft {
			return demand.ErrNotDraft.With("state", string(d.State))
		}
		c.apply(d, fields)
		return Save(ctx, tx, "demand.edited", d)
	})
}

// Publish opens a draft for bids until its deadline, and gives it its number.
func (p *Posting) Publish(ctx context.Context, demandID, etag string) (*ent.Demand, error) {
	return p.change(ctx, demandID, "etag", etag, func(tx *storage.Txn, d *ent.Demand) error {
		next, err := d.State.Next(demand.Publish)
		if err != nil {
			return err
		}
		if err := demand.CheckDeadline(tx.Now, d.Deadline); err != nil {
			return err
		}
		year := tx.Now.In(demand.Zone).Year()
		n, err := tx.Serial(ctx, "XQ", year)
		if err != nil {
			return err
		}
		number := demand.Number(d.Jurisdiction, year, n)
		d.State, d.Number, d.PublishedAt, d.NextEventAt = next, &number, &tx.Now, d.Deadline
		if err := Save(ctx, tx, "demand.published", d); err != nil {
			return err
		}
		return p.Fix(ctx, tx, d, Image(d))
	})
}

// change loads a demand of the caller's firm under the lock, checks the version, and lets decide change it.
func (p *Posting) change(ctx context.Context, demandID, etagField, etag string, decide func(*storage.Txn, *ent.Demand) error) (*ent.Demand, error) {
	home, err := rpc.Home(id.Demand, demandID, demand.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, p.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Demand, error) {
		d, err := Owned(ctx, tx, demandID)
		if err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag(etagField, etag, d.Version); err != nil {
			return nil, err
		}
		return d, decide(tx, d)
	})
}

// Owned reads a demand to which the caller may do what it calls for, in the transaction: one of its firm's. A demand of another that the caller may
// read is refused by its kind; one that it may not know of is not found.
func Owned(ctx context.Context, tx *storage.Txn, demandID string) (*ent.Demand, error) {
	d, err := read(ctx, tx.Client, demandID)
	if err != nil {
		return nil, err
	}
	if err := identity.May(ctx, tx.Caller, object(d), notFound(demandID), demand.ErrForeign.With("demand", demandID)); err != nil {
		return nil, err
	}
	return d, nil
}

// Find reads a demand that the caller may know of.
func Find(ctx context.Context, c *ent.Client, demandID string, caller party.Caller) (*ent.Demand, error) {
	d, err := read(ctx, c, demandID)
	if err != nil {
		return nil, err
	}
	if err := identity.Sees(caller, "demand.read", object(d), notFound(demandID)); err != nil {
		return nil, err
	}
	return d, nil
}

// object is a demand as the policy sees it.
func object(d *ent.Demand) policy.Object {
	return identity.Owned(d.OrganizationID, d.Jurisdiction, d.State.Public())
}

func notFound(demandID string) *fault.Fault { return demand.ErrNotFound.With("demand", demandID) }

func read(ctx context.Context, c *ent.Client, demandID string) (*ent.Demand, error) {
	d, err := c.Demand.Query().Where(entdemand.ID(demandID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, notFound(demandID)
	}
	return d, err
}

// Move moves a demand by an event and appends its entry, with facts of the moment. It is for the areas below, whose acts move demands too.
func Move(ctx context.Context, tx *storage.Txn, d *ent.Demand, e demand.Event, kind string, facts ...entry.Column) error {
	next, err := d.State.Next(e)
	if err != nil {
		return err
	}
	d.State, d.NextEventAt = next, nil
	if f := demand.FailureOf(e); f != "" {
		d.Failure = &f
	}
	return Save(ctx, tx, kind, d, facts...)
}
