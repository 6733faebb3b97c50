// Package revising changes demands that are published, with the bids that they have: amendments, withdrawals, and what the bureau grants of either. It
// stands above bidding, because each of them may reach bids that nobody has opened.
package revising

import (
	"context"
	"slices"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/bidding"
	"github.com/jiebang/jiebang/services/codes"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/posting/detail"
	"github.com/jiebang/jiebang/services/posting/procedure"
	"github.com/jiebang/jiebang/services/posting/workday"
)

// Revising changes published demands.
type Revising struct {
	db  *storage.DB
	fix posting.Fix
}

// New returns the revising of db. Fix fixes anew what bids are sealed under when a demand is amended.
func New(db *storage.DB, fix posting.Fix) *Revising { return &Revising{db: db, fix: fix} }

// What happens to bids that nobody has opened is decided here without a word of them: every answer is the same whether there are any.

// WithdrawDemand takes a demand of a direct procedure back before its deadline. Its bids lapse unread.
func (r *Revising) WithdrawDemand(ctx context.Context, demandID, etag, remark string) (*ent.Demand, error) {
	return posting.Change(ctx, r.db, demandID, posting.At(etag), func(tx *storage.Txn, d *ent.Demand) error {
		if _, err := d.State.Next(demand.Withdraw); err != nil {
			return err
		}
		if how, err := procedure.Of(d.Procedure); err != nil {
			return err
		} else if how.Vetting {
			return demand.ErrCancelInstead.With("procedure", how.ID())
		}
		if err := posting.Before(d, tx.Now); err != nil {
			return err
		}
		d.Remark = remark
		if err := posting.Move(ctx, tx, d, demand.Withdraw, "demand.withdrawn"); err != nil {
			return err
		}
		return bidding.Lapse(ctx, tx, demandID)
	})
}

// CancelDemand asks the bureau to cancel a demand of a vetted procedure.
func (r *Revising) CancelDemand(ctx context.Context, demandID, etag string, p detail.Pending) (*ent.Demand, error) {
	return posting.Change(ctx, r.db, demandID, posting.At(etag), func(tx *storage.Txn, d *ent.Demand) error {
		if _, err := d.State.Next(demand.Cancel); err != nil {
			return err
		}
		if how, err := procedure.Of(d.Procedure); err != nil {
			return err
		} else if !how.Vetting {
			return demand.ErrWithdrawInstead.With("procedure", how.ID())
		}
		if err := demand.CheckReason(codes.CancellationReason, p.Cancel); err != nil {
			return err
		}
		return ask(ctx, tx, d, p, "demand.cancellation_asked")
	})
}

// ask notes what a firm asks of the bureau; one thing at a time.
func ask(ctx context.Context, tx *storage.Txn, d *ent.Demand, p detail.Pending, kind string) error {
	if d.Pending != "" {
		return demand.ErrPending
	}
	d.Pending = p.Encode()
	return posting.Save(ctx, tx, kind, d)
}

// DecideDemand decides, for the bureau, on what the firm has asked.
func (r *Revising) DecideDemand(ctx context.Context, demandID, etag string, grant bool, remark string) (*ent.Demand, error) {
	return posting.Change(ctx, r.db, demandID, posting.At(etag), func(tx *storage.Txn, d *ent.Demand) error {
		p, err := detail.DecodePending(d.Pending)
		if err != nil {
			return err
		}
		if d.Pending == "" {
			return demand.ErrNonePending
		}
		d.Pending, d.Remark = "", remark
		switch {
		case !grant:
			return posting.Save(ctx, tx, "demand.request_refused", d)
		case p.Amendment != nil:
			return r.amend(ctx, tx, d, *p.Amendment)
		}
		d.Reason = p.Cancel
		if remark == "" {
			d.Remark = p.Text
		}
		if err := posting.Move(ctx, tx, d, demand.Cancel, "demand.cancelled"); err != nil {
			return err
		}
		if err := bidding.Lapse(ctx, tx, demandID); err != nil {
			return err
		}
		return bidding.Lose(ctx, tx, demandID)
	})
}

// AmendDemand changes fields of a published demand: at once in a direct procedure, and once the bureau has granted it in others.
func (r *Revising) AmendDemand(ctx context.Context, demandID, etag string, c posting.Content, fields []string) (*ent.Demand, error) {
	return posting.Change(ctx, r.db, demandID, posting.SeenAt("demand.etag", etag), func(tx *storage.Txn, d *ent.Demand) error {
		how, err := procedure.Of(d.Procedure)
		if err != nil {
			return err
		}
		a := amendment(d, c, fields)
		if err := check(d, a, how, tx.Now); err != nil {
			return err
		}
		if how.Vetting {
			return ask(ctx, tx, d, detail.Pending{Amendment: &a}, "demand.amendment_asked")
		}
		return r.amend(ctx, tx, d, a)
	})
}

// amendment is what of the named fields differs from the demand.
func amendment(d *ent.Demand, c posting.Content, fields []string) (a detail.Amendment) {
	for _, f := range fields {
		switch {
		case f == "description" && c.Description != d.Description:
			a.Description = c.Description
		case f == "budget" && !equal(c.Budget, d.BudgetFen):
			if c.Budget != nil {
				a.BudgetFen = new(int64(*c.Budget))
			}
		case f == "details" && c.Details != d.Details:
			a.Details = c.Details
		case f == "deadline" && c.Deadline != nil && (d.Deadline == nil || !c.Deadline.Equal(*d.Deadline)):
			a.Deadline = c.Deadline.UTC().Format(time.RFC3339Nano)
		default:
			continue
		}
		a.Fields = append(a.Fields, f)
	}
	slices.Sort(a.Fields)
	return a
}

func equal(a, b *money.Fen) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

// check reports whether a demand may be amended so at now.
func check(d *ent.Demand, a detail.Amendment, how procedure.Procedure, now time.Time) error {
	if _, err := d.State.Next(demand.Amend); err != nil {
		return err
	}
	if err := posting.Before(d, now); err != nil {
		return err
	}
	if len(a.Fields) == 0 {
		return demand.ErrAmendment.At("update_mask")
	}
	if slices.Contains(a.Fields, "details") && how.Vetting {
		content, err := detail.Decode(a.Details)
		if err != nil {
			return err
		}
		if err := content.Ready(how.Judging); err != nil {
			return err
		}
	}
	_, err := deadline(d, a, how, now)
	return err
}

// deadline is the deadline of a demand after an amendment at now: not before the present one, and after a material one so many working days away.
func deadline(d *ent.Demand, a detail.Amendment, how procedure.Procedure, now time.Time) (time.Time, error) {
	at := *d.Deadline
	if slices.Contains(a.Fields, "deadline") {
		asked, err := time.Parse(time.RFC3339Nano, a.Deadline)
		if err != nil {
			return at, err
		}
		if asked.Before(at) {
			return at, demand.ErrDeadlineEarlier.With("deadline", at.UTC().Format(time.RFC3339)).At("demand.deadline")
		}
		at = asked
	}
	if demand.Material(a.Fields) {
		least, err := workday.Add(now, how.AmendDays)
		if err != nil {
			return at, err
		}
		if at.Before(least) {
			at = least
		}
	}
	return at, demand.CheckDeadline(now, &at)
}

// amend applies an amendment. A material one leaves the bids to be confirmed.
func (r *Revising) amend(ctx context.Context, tx *storage.Txn, d *ent.Demand, a detail.Amendment) error {
	how, err := procedure.Of(d.Procedure)
	if err != nil {
		return err
	}
	if err := check(d, a, how, tx.Now); err != nil {
		return err
	}
	at, err := deadline(d, a, how, tx.Now)
	if err != nil {
		return err
	}
	d.Deadline, d.NextEventAt = &at, &at
	for _, f := range a.Fields {
		switch f {
		case "description":
			d.Description = a.Description
		case "budget":
			d.BudgetFen = (*money.Fen)(a.BudgetFen)
		case "details":
			d.Details = a.Details
		}
	}
	material := demand.Material(a.Fields)
	if material {
		d.AmendedAt = &tx.Now
	}
	if err := posting.Move(ctx, tx, d, demand.Amend, "demand.amended"); err != nil {
		return err
	}
	if err := r.fix(ctx, tx, d, posting.Image(d)); err != nil || !material {
		return err
	}
	return bidding.Unsettle(ctx, tx, d.ID)
}
