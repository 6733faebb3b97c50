package bidding

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/posting/procedure"
)

// Award gives a demand under evaluation to exactly one opened bid.
func (s *Bidding) Award(ctx context.Context, demandID, bidID, etag string) (*ent.Demand, error) {
	return s.decide(ctx, demandID, etag, func(tx *storage.Txn, d *ent.Demand) error {
		if _, err := d.State.Next(demand.Award); err != nil {
			return err
		}
		if err := unjudged(d); err != nil {
			return err
		}
		if err := AllOpened(ctx, tx, demandID); err != nil {
			return err
		}
		bids, err := tx.Bid.Query().Where(entbid.DemandID(demandID), entbid.StateEQ(bid.Opened)).Order(entbid.BySubmittedAt(), entbid.ByID()).All(ctx)
		if err != nil {
			return err
		}
		winner := among(bids, bidID)
		if winner == nil {
			return bid.ErrNotFound.At("bid")
		}
		facts, err := identity.Facts(ctx, tx, identity.Side{Part: "demander", OrganizationID: d.OrganizationID}, identity.Side{Part: "winner", OrganizationID: winner.OrganizationID})
		if err != nil {
			return err
		}
		d.WinningBidID = &winner.ID
		if err := posting.Move(ctx, tx, d, demand.Award, "demand.awarded", facts...); err != nil {
			return err
		}
		for _, b := range bids {
			event, kind := bid.Lose, "bid.not_selected"
			if b == winner {
				event, kind = bid.Win, "bid.won"
			}
			if err := Move(ctx, tx, b, event, kind); err != nil {
				return err
			}
		}
		return nil
	})
}

func among(bids []*ent.Bid, bidID string) *ent.Bid {
	if i := slices.IndexFunc(bids, func(b *ent.Bid) bool { return b.ID == bidID }); i >= 0 {
		return bids[i]
	}
	return nil
}

// RejectAll ends an evaluation without a winner.
func (s *Bidding) RejectAll(ctx context.Context, demandID, etag string) (*ent.Demand, error) {
	return s.decide(ctx, demandID, etag, func(tx *storage.Txn, d *ent.Demand) error {
		if err := unjudged(d); err != nil {
			return err
		}
		if err := AllOpened(ctx, tx, demandID); err != nil && d.State == demand.Evaluating {
			return err
		}
		if err := posting.Move(ctx, tx, d, demand.Reject, "demand.failed"); err != nil {
			return err
		}
		return Lose(ctx, tx, demandID)
	})
}

// unjudged makes sure that the firm decides on a demand, and not a panel and the bureau.
func unjudged(d *ent.Demand) error {
	how, err := procedure.Of(d.Procedure)
	if err == nil && how.Judging {
		return demand.ErrJudged.With("procedure", how.ID())
	}
	return err
}

// decide loads a demand of the caller's firm under the lock and lets act decide on it.
func (s *Bidding) decide(ctx context.Context, demandID, etag string, act func(*storage.Txn, *ent.Demand) error) (*ent.Demand, error) {
	return posting.Change(ctx, s.db, demandID, posting.At(etag), act)
}

// dueBatch is how many deadlines are looked up at a time.
const dueBatch = 100

// CloseDue closes the demands whose deadline has come and returns the next deadline, zero if there is none. Several servers may run it:
// whether a deadline has come is decided again under the lock.
func (s *Bidding) CloseDue(ctx context.Context) (next time.Time, err error) {
	for {
		rows, err := s.db.Read.Demand.Query().Where(entdemand.NextEventAtNotNil()).Order(entdemand.ByNextEventAt(), entdemand.ByID()).
			Limit(dueBatch).Select(entdemand.FieldID, entdemand.FieldJurisdiction, entdemand.FieldNextEventAt).All(ctx)
		if err != nil || len(rows) == 0 {
			return time.Time{}, err
		}
		var errs []error
		closed := 0
		for _, d := range rows {
			if at := d.NextEventAt.Add(s.Drain); at.After(s.db.Clock().Now()) {
				return at, errors.Join(errs...)
			}
			switch err := s.closeOne(ctx, d.ID, d.Jurisdiction); {
			case errors.Is(err, errNotDue):
			case err != nil:
				errs = append(errs, err)
			default:
				closed++
			}
		}
		if closed == 0 || len(errs) > 0 {
			return s.db.Clock().Now().Add(notYet), errors.Join(errs...)
		}
	}
}

var errNotDue = errors.New("not due")

// notYet is when to look again at what could not be closed: the database's clock may be behind ours.
const notYet = 100 * time.Millisecond

// closeOne acts for one deadline: bids close, and those of level S0 are opened; or the demand fails because there are too few.
func (s *Bidding) closeOne(ctx context.Context, demandID, jurisdiction string) error {
	bids, err := Waiting(ctx, s.db.Read, demandID, nil)
	if err != nil {
		return err
	}
	before, err := s.outcomes(ctx, s.db.Read, bids)
	if err != nil {
		return err
	}
	_, err = storage.Tx(ctx, s.db, identity.Due(jurisdiction, "demand.deadline"), func(tx *storage.Txn) (*ent.Demand, error) {
		d, err := tx.Demand.Get(ctx, demandID)
		if err != nil {
			return nil, err
		}
		if d.Deadline == nil || !demand.Due(d.State, d.Deadline.Add(s.Drain), tx.Now) {
			return nil, errNotDue // another server was faster, or its clock is ahead of the database's
		}
		how, err := procedure.Of(d.Procedure)
		if err != nil {
			return nil, err
		}
		if d.AmendedAt != nil { // so that there may be bids that nobody confirmed
			if err := lapse(ctx, tx, demandID, bid.Unconfirmed); err != nil {
				return nil, err
			}
		}
		heads, err := Heads(ctx, tx.Client, demandID, nil)
		if err != nil {
			return nil, err
		}
		if len(heads) < max(how.MinBids, 1) {
			return d, fail(ctx, tx, d, how)
		}
		if err := posting.Move(ctx, tx, d, demand.Close, "demand.closed", closedSet(heads)); err != nil {
			return nil, err
		}
		if err := s.openAll(ctx, tx, heads, byID(bids), before); err != nil {
			return nil, err
		}
		return d, Exclude(ctx, tx, d)
	})
	return err
}

// fail fails a demand for which too few have bid, and their bids with it, unopened.
func fail(ctx context.Context, tx *storage.Txn, d *ent.Demand, how procedure.Procedure) error {
	err := posting.Move(ctx, tx, d, demand.Lapse, "demand.failed")
	if err != nil || how.MinBids < 2 { // none has bid
		return err
	}
	return lapse(ctx, tx, d.ID, bid.Submitted)
}

// Move moves a bid by an event and appends its entry. It is for the area that judges too.
func Move(ctx context.Context, tx *storage.Txn, b *ent.Bid, e bid.Event, kind string) (err error) {
	if b.State, err = b.State.Next(e); err != nil {
		return err
	}
	return save(ctx, tx, kind, b)
}
