package judging

import (
	"context"
	"errors"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entevaluation "github.com/jiebang/jiebang/ent/gen/ent/evaluation"
	entobjection "github.com/jiebang/jiebang/ent/gen/ent/objection"
	"github.com/jiebang/jiebang/services/bidding"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/judging/evaluation"
	"github.com/jiebang/jiebang/services/judging/objection"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// dueBatch is how many periods are looked up at a time.
const dueBatch = 100

// notYet is when to look again at what could not be settled: the database's clock may be behind ours.
const notYet = 100 * time.Millisecond

var errNotDue = errors.New("not due")

// SettleDue awards the demands whose publicity is over, unless an objection is open, and returns when the next will be; zero if there is none. Several
// servers may run it: everything is decided again under the lock.
func (j *Judging) SettleDue(ctx context.Context) (next time.Time, err error) {
	for {
		rows, err := j.db.Read.Evaluation.Query().Where(entevaluation.NextEventAtNotNil(), j.unopposed()).Order(entevaluation.ByNextEventAt(), entevaluation.ByID()).
			Limit(dueBatch).Select(entevaluation.FieldID, entevaluation.FieldJurisdiction, entevaluation.FieldNextEventAt).All(ctx)
		if err != nil || len(rows) == 0 {
			return time.Time{}, err
		}
		var errs []error
		settled := 0
		for _, e := range rows {
			if e.NextEventAt.After(j.db.Clock().Now()) {
				return *e.NextEventAt, errors.Join(errs...)
			}
			switch err := j.settleOne(ctx, e.ID, e.Jurisdiction); {
			case errors.Is(err, errNotDue):
			case err != nil:
				errs = append(errs, err)
			default:
				settled++
			}
		}
		if settled == 0 || len(errs) > 0 {
			return j.db.Clock().Now().Add(notYet), errors.Join(errs...)
		}
	}
}

// unopposed restricts a query to evaluations without an open objection.
func (j *Judging) unopposed() func(*sql.Selector) {
	return func(q *sql.Selector) {
		t := sql.Dialect(j.db.Dialect()).Table(entobjection.Table)
		open := sql.Dialect(j.db.Dialect()).Select(t.C(entobjection.FieldDemandID)).From(t).
			Where(sql.In(t.C(entobjection.FieldState), string(objection.Filed), string(objection.Admissible)))
		q.Where(sql.NotIn(q.C(entevaluation.FieldID), open))
	}
}

// settleOne acts for the end of one period: the bids that were announced have won, and those that were neither nor are reserves have not.
func (j *Judging) settleOne(ctx context.Context, demandID, jurisdiction string) error {
	_, err := storage.Tx(ctx, j.db, identity.Due(jurisdiction, "demand.publicity"), func(tx *storage.Txn) (*ent.Demand, error) {
		d, err := tx.Demand.Get(ctx, demandID)
		if err != nil {
			return nil, err
		}
		k, err := of(ctx, tx.Client, d)
		if err != nil {
			return nil, err
		}
		e := k.Evaluation
		if d.State != demand.Announced || e.NextEventAt == nil || e.StandstillUntil == nil || tx.Now.Before(*e.StandstillUntil) {
			return nil, errNotDue // another server was faster, or its clock is ahead of the database's
		}
		open, err := tx.Objection.Query().Where(entobjection.DemandID(demandID), entobjection.StateIn(objection.Open...)).Exist(ctx)
		if err != nil {
			return nil, err
		}
		if open {
			return nil, errNotDue
		}
		return d, k.award(ctx, tx)
	})
	return err
}

// award gives the demand to the bids that were announced.
func (k *Case) award(ctx context.Context, tx *storage.Txn) error {
	d, e := k.demand, k.Evaluation
	e.NextEventAt = nil
	if err := move(ctx, tx, e, evaluation.Settle, "evaluation.settled"); err != nil {
		return err
	}
	rows, err := bids(ctx, tx, d.ID, bid.Selected, bid.Shortlisted)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(rows, func(b *ent.Bid) bool { return d.WinningBidID != nil && b.ID == *d.WinningBidID })
	if i < 0 {
		return bid.ErrState.With("state", "ANNOUNCED").With("event", string(bid.Win))
	}
	facts, err := identity.Facts(ctx, tx, identity.Side{Part: "demander", OrganizationID: d.OrganizationID},
		identity.Side{Part: "winner", OrganizationID: rows[i].OrganizationID})
	if err != nil {
		return err
	}
	if err := posting.Move(ctx, tx, d, demand.Settle, "demand.awarded", facts...); err != nil {
		return err
	}
	for _, b := range rows {
		event, kind := bid.Lose, "bid.not_selected"
		if b.State == bid.Selected {
			event, kind = bid.Win, "bid.won"
		}
		if err := bidding.Move(ctx, tx, b, event, kind); err != nil {
			return err
		}
	}
	return nil
}

// Reopen takes an announced decision back after an objection to it was upheld: the demand is judged again.
func Reopen(ctx context.Context, tx *storage.Txn, d *ent.Demand) error {
	k, err := of(ctx, tx.Client, d)
	if err != nil {
		return err
	}
	e := k.Evaluation
	e.Ranking, e.MissingReason, e.Decision, e.DecidedBy = "", "", "", ""
	e.AnnouncedAt, e.StandstillUntil, e.NextEventAt = nil, nil, nil
	if err := move(ctx, tx, e, evaluation.Reopen, "evaluation.reopened"); err != nil {
		return err
	}
	d.WinningBidID = nil
	if err := posting.Move(ctx, tx, d, demand.Uphold, "demand.reopened"); err != nil {
		return err
	}
	rows, err := bids(ctx, tx, d.ID, bid.Selected, bid.Reserve)
	if err != nil {
		return err
	}
	for _, b := range rows {
		b.Lane = nil
		if err := bidding.Move(ctx, tx, b, bid.Demote, "bid.demoted"); err != nil {
			return err
		}
	}
	return nil
}

// Lapse takes the award of a demand back because its winner does not sign, or the firm does not: the first reserve is announced. If none is left, or the
// procedure has no judging, the demand fails.
func Lapse(ctx context.Context, tx *storage.Txn, d *ent.Demand) error {
	k, err := of(ctx, tx.Client, d)
	if err != nil {
		return err
	}
	if !k.how.Judging || d.WinningBidID == nil {
		return posting.Move(ctx, tx, d, demand.Refuse, "demand.failed")
	}
	winner, err := tx.Bid.Get(scope.Open(ctx, "whoever refuses to sign declines the award"), *d.WinningBidID)
	if err != nil {
		return err
	}
	lane := winner.Lane
	if err := bidding.Move(ctx, tx, winner, bid.Decline, "bid.declined"); err != nil {
		return err
	}
	decision, err := evaluation.Decode[evaluation.Decision](k.Evaluation.Decision)
	if err != nil {
		return err
	}
	next, err := k.reserve(ctx, tx, decision)
	if err != nil {
		return err
	}
	if next == nil {
		return posting.Move(ctx, tx, d, demand.Refuse, "demand.failed")
	}
	next.Lane = lane
	if err := bidding.Move(ctx, tx, next, bid.Select, "bid.selected"); err != nil {
		return err
	}
	return k.publicize(ctx, tx, publicity{next.ID, evaluation.Promote, "evaluation.promoted", demand.Promote})
}
