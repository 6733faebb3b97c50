// Package posting is 发榜: firms draft, publish and withdraw demands, and their deadlines act by themselves.
//
//   - A demand belongs to one ledger, that of its jurisdiction, for ever.
//   - What a deadline does to bids is bidding's; it and the demand change in one transaction.
package posting

import (
	"context"
	"encoding/hex"
	"slices"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	entopinion "github.com/jiebang/jiebang/ent/gen/ent/opinion"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/posting/detail"
	"github.com/jiebang/jiebang/services/posting/procedure"
	"github.com/jiebang/jiebang/services/vetting/opinion"
)

// Posting posts demands.
type Posting struct {
	db *storage.DB

	fix Fix
}

// Fix fixes what bids are sealed under, whenever a demand is published or amended. Content is the row of its entry.
type Fix func(ctx context.Context, tx *storage.Txn, d *ent.Demand, content entry.Row) error

// New returns the posting of db.
func New(db *storage.DB, fix Fix) *Posting { return &Posting{db: db, fix: fix} }

// Content is what a firm writes in a demand.
type Content struct {
	Procedure          string // of a new demand; its code
	Title, Description string
	Field              demand.Field
	Budget             *money.Fen // nil is 面议
	Deadline           *time.Time
	Details            string // in its stored form
	NDA, Winner        string // what is not for everyone
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
		d.Procedure, d.Attempt = new(how.ID()), 1
		if err := c.apply(tx, d, contentFields); err != nil {
			return nil, err
		}
		return d, Save(ctx, tx, "demand.drafted", d)
	})
}

// contentFields are the fields of Content by their names in the API.
var contentFields = []string{"title", "description", "field", "budget", "deadline", "details", "nda_details", "winner_details"}

// ContentFields are the fields that a firm writes.
func ContentFields() []string { return slices.Clone(contentFields) }

// apply writes the named fields of c into d.
func (c Content) apply(tx *storage.Txn, d *ent.Demand, fields []string) error {
	gated, err := detail.DecodeGated(d.Gated)
	if err != nil {
		return err
	}
	before := gated
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
		case "details":
			d.Details = c.Details
		case "nda_details":
			gated.NDA = c.NDA
		case "winner_details":
			gated.Winner = c.Winner
		}
	}
	if gated != before {
		gated.Nonce = hex.EncodeToString(chance.Bytes(tx.Rand, nonceSize))
		d.Gated = gated.Encode()
	}
	return nil
}

// nonceSize is how many bytes blind the digest of what is not for everyone.
const nonceSize = 32

// Edit changes fields of a draft, or of a demand that was returned.
func (p *Posting) Edit(ctx context.Context, demandID, etag string, c Content, fields []string) (*ent.Demand, error) {
	return Change(ctx, p.db, demandID, Seen{"demand.etag", etag}, func(tx *storage.Txn, d *ent.Demand) error {
		if !d.State.Editable() {
			return demand.ErrNotDraft.With("state", string(d.State))
		}
		if err := c.apply(tx, d, fields); err != nil {
			return err
		}
		return Save(ctx, tx, "demand.edited", d)
	})
}

// Publish opens a demand for bids until its deadline, and gives it its number.
func (p *Posting) Publish(ctx context.Context, demandID, etag string) (*ent.Demand, error) {
	return Change(ctx, p.db, demandID, At(etag), func(tx *storage.Txn, d *ent.Demand) error {
		next, err := d.State.Next(demand.Publish)
		if err != nil {
			return err
		}
		how, err := procedure.Of(d.Procedure)
		if err != nil {
			return err
		}
		if err := publishes(how, d, tx.Caller.Organization == d.OrganizationID); err != nil {
			return err
		}
		if err := demand.CheckDeadline(tx.Now, d.Deadline); err != nil {
			return err
		}
		if err := demand.CheckPeriod(tx.Now, *d.Deadline, how.MinDays); err != nil {
			return err
		}
		year := tx.Now.In(demand.Zone).Year()
		n, err := tx.Serial(ctx, "XQ", year)
		if err != nil {
			return err
		}
		number := demand.Number(d.Jurisdiction, year, n)
		d.State, d.Number, d.PublishedAt, d.NextEventAt, d.Comments = next, &number, &tx.Now, d.Deadline, ""
		d.HeartbeatAt = demand.Alive(tx.Now, how.HeartbeatDays)
		if err := Save(ctx, tx, "demand.published", d); err != nil {
			return err
		}
		return p.fix(ctx, tx, d, Image(d))
	})
}

// publishes reports whether who calls publishes a demand of a procedure: the firm, or the bureau.
func publishes(how procedure.Procedure, d *ent.Demand, firm bool) error {
	switch {
	case how.Vetting && d.State == demand.Draft:
		return opinion.ErrVetted.With("procedure", how.ID())
	case firm && !how.Delegated:
		return opinion.ErrBureauActs.With("procedure", how.ID())
	case !firm && how.Delegated:
		return opinion.ErrFirmActs.With("procedure", how.ID())
	}
	return nil
}

// Seen is the version that a caller has seen, and the field that says so.
type Seen struct{ field, etag string }

// At is an etag in the field of that name.
func At(etag string) Seen { return Seen{"etag", etag} }

// SeenAt is an etag in a field.
func SeenAt(field, etag string) Seen { return Seen{field, etag} }

// Change loads a demand to which the caller may do what it calls for under the lock, checks the version, and lets decide change it.
func Change(ctx context.Context, db *storage.DB, demandID string, seen Seen, decide func(*storage.Txn, *ent.Demand) error) (*ent.Demand, error) {
	home, err := rpc.Home(id.Demand, demandID, demand.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Demand, error) {
		d, err := Owned(ctx, tx, demandID)
		if err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag(seen.field, seen.etag, d.Version); err != nil {
			return nil, err
		}
		return d, decide(tx, d)
	})
}

// Owned reads a demand to which the caller may do what it calls for, in the transaction. One that the caller may read and no more is refused as
// another's; one that it may not know of is not found.
func Owned(ctx context.Context, tx *storage.Txn, demandID string) (*ent.Demand, error) {
	d, err := read(ctx, tx.Client, demandID)
	if err != nil {
		return nil, err
	}
	o, err := object(ctx, tx.Client, d, tx.Caller)
	if err != nil {
		return nil, err
	}
	if err := identity.May(ctx, tx.Caller, o, notFound(demandID), demand.ErrForeign.With("demand", demandID)); err != nil {
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
	o, err := object(ctx, c, d, caller)
	if err != nil {
		return nil, err
	}
	if err := identity.Sees(caller, "demand.read", o, notFound(demandID)); err != nil {
		return nil, err
	}
	return d, nil
}

// object is a demand as the policy sees it: from its submission to its publication the officers' too, and in part that of an expert who was asked.
func object(ctx context.Context, c *ent.Client, d *ent.Demand, caller party.Caller) (policy.Object, error) {
	o := identity.Owned(d.OrganizationID, d.Jurisdiction, d.State.Public())
	if d.State == demand.Draft || d.State.Public() {
		return o, nil
	}
	o.Openness = policy.Shared
	if caller.Person == "" {
		return o, nil
	}
	asked, err := c.Opinion.Query().Where(entopinion.DemandID(d.ID), entopinion.PersonID(caller.Person)).Exist(ctx)
	if asked {
		o.Parties = []string{caller.Organization}
	}
	return o, err
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
	if d.State = next; !next.Open() {
		d.NextEventAt, d.HeartbeatAt, d.Pending = nil, nil, ""
	}
	if f := demand.FailureOf(e); f != "" {
		d.Failure = &f
	}
	return Save(ctx, tx, kind, d, facts...)
}
