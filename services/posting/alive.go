package posting

import (
	"context"
	"errors"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/posting/detail"
	"github.com/jiebang/jiebang/services/posting/procedure"
)

// Confirm notes that the firm says that its published demand is alive; a stale one is listed again.
func (p *Posting) Confirm(ctx context.Context, demandID, etag string) (*ent.Demand, error) {
	return Change(ctx, p.db, demandID, At(etag), func(tx *storage.Txn, d *ent.Demand) error {
		how, err := procedure.Of(d.Procedure)
		if err != nil {
			return err
		}
		event, kind := demand.Confirm, "demand.confirmed"
		if d.State == demand.Stale {
			event, kind = demand.Revive, "demand.revived"
		}
		if _, err := d.State.Next(event); err != nil {
			return err
		}
		if err := Before(d, tx.Now); err != nil {
			return err
		}
		d.HeartbeatAt = demand.Alive(tx.Now, how.HeartbeatDays)
		return Move(ctx, tx, d, event, kind)
	})
}

// Before reports whether the deadline of an open demand is still to come at now, even if nobody has acted for it yet.
func Before(d *ent.Demand, now time.Time) error {
	if d.Deadline != nil && demand.Due(d.State, *d.Deadline, now) {
		return demand.ErrDeadlinePassed.With("deadline", d.Deadline.UTC().Format(time.RFC3339Nano))
	}
	return nil
}

// Lapse lets the live bids of a demand lapse, in its transaction; it is bidding's.
type Lapse func(ctx context.Context, tx *storage.Txn, demandID string) error

// wiltBatch is how many demands are looked up at a time.
const wiltBatch = 100

// WiltDue makes the demands stale whose owners have not said in time that they are alive, ends those that stayed so, and returns when it is due next,
// zero if never. lapse lets the bids of a demand that ends lapse. Several servers may run it: everything is decided again under the lock.
func (p *Posting) WiltDue(ctx context.Context, lapse Lapse) (next time.Time, err error) {
	for {
		rows, err := p.db.Read.Demand.Query().Where(entdemand.HeartbeatAtNotNil()).Order(entdemand.ByHeartbeatAt(), entdemand.ByID()).
			Limit(wiltBatch).Select(entdemand.FieldID, entdemand.FieldJurisdiction, entdemand.FieldHeartbeatAt).All(ctx)
		if err != nil || len(rows) == 0 {
			return time.Time{}, err
		}
		var errs []error
		acted := 0
		for _, d := range rows {
			if d.HeartbeatAt.After(p.db.Clock().Now()) {
				return *d.HeartbeatAt, errors.Join(errs...)
			}
			switch err := p.wilt(ctx, d.ID, d.Jurisdiction, lapse); {
			case errors.Is(err, errNotDue):
			case err != nil:
				errs = append(errs, err)
			default:
				acted++
			}
		}
		if acted == 0 || len(errs) > 0 {
			return p.db.Clock().Now().Add(notYet), errors.Join(errs...)
		}
	}
}

var errNotDue = errors.New("not due")

// notYet is when to look again at what could not be done: the database's clock may be behind ours, or a deadline has come and acts first.
const notYet = time.Second

// wilt acts for one heartbeat that was missed. A deadline that has come goes before it.
func (p *Posting) wilt(ctx context.Context, demandID, jurisdiction string, lapse Lapse) error {
	_, err := storage.Tx(ctx, p.db, identity.Due(jurisdiction, "demand.heartbeat"), func(tx *storage.Txn) (*ent.Demand, error) {
		d, err := tx.Demand.Get(ctx, demandID)
		if err != nil {
			return nil, err
		}
		if d.HeartbeatAt == nil || d.HeartbeatAt.After(tx.Now) || Before(d, tx.Now) != nil {
			return nil, errNotDue
		}
		how, err := procedure.Of(d.Procedure)
		if err != nil {
			return nil, err
		}
		if d.State == demand.Stale {
			if err := Move(ctx, tx, d, demand.Expire, "demand.failed"); err != nil {
				return nil, err
			}
			return d, lapse(ctx, tx, d.ID)
		}
		d.HeartbeatAt = demand.Alive(tx.Now, how.HeartbeatDays)
		return d, Move(ctx, tx, d, demand.Wilt, "demand.wilted")
	})
	return err
}

// Relist drafts an ended demand again: a new one with its content, which names it.
func (p *Posting) Relist(ctx context.Context, demandID string) (*ent.Demand, error) {
	home, err := rpc.Home(id.Demand, demandID, demand.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, p.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Demand, error) {
		old, err := Owned(ctx, tx, demandID)
		if err != nil {
			return nil, err
		}
		if !old.State.Relists() {
			return nil, demand.ErrState.With("state", string(old.State)).With("event", "relist")
		}
		was, err := procedure.Of(old.Procedure)
		if err != nil {
			return nil, err
		}
		how, err := procedure.InForce(was.Code, tx.Now.In(demand.Zone))
		if err != nil {
			return nil, err
		}
		d := &ent.Demand{ID: id.New(tx.Rand, id.Demand, home), Jurisdiction: home, OrganizationID: old.OrganizationID, State: demand.Draft, CreatedAt: tx.Now,
			Procedure: new(how.ID()), Title: old.Title, Description: old.Description, Field: old.Field, BudgetFen: old.BudgetFen, Details: old.Details,
			RelatedID: &old.ID, Attempt: old.Attempt + 1}
		gated, err := detail.DecodeGated(old.Gated)
		if err != nil {
			return nil, err
		}
		if err := (Content{NDA: gated.NDA, Winner: gated.Winner}).apply(tx, d, []string{"nda_details", "winner_details"}); err != nil {
			return nil, err
		}
		return d, Save(ctx, tx, "demand.drafted", d)
	})
}

// Advise advises the author of a demand, and those who vet it, on its weak fields.
func (p *Posting) Advise(ctx context.Context, demandID string) ([]detail.Advice, error) {
	caller := identity.Caller(ctx)
	d, err := Find(ctx, p.db.Read, demandID, caller)
	if err != nil {
		return nil, err
	}
	o, err := object(ctx, p.db.Read, d, caller)
	if err != nil {
		return nil, err
	}
	if err := identity.May(ctx, caller, o, notFound(demandID), demand.ErrForeign.With("demand", demandID)); err != nil {
		return nil, err
	}
	firm, err := identity.Organization(ctx, p.db.Read, d.OrganizationID)
	if err != nil {
		return nil, err
	}
	content, err := detail.Decode(d.Details)
	if err != nil {
		return nil, err
	}
	verified := firm.VerifiedUntil != nil && p.db.Clock().Now().Before(*firm.VerifiedUntil)
	return detail.Advise(detail.Draft{Title: d.Title, Description: d.Description, Budget: d.BudgetFen != nil, Deadline: d.Deadline != nil, Detail: content, Verified: verified}), nil
}
