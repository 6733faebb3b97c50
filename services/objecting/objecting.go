// Package objecting is 异议: the firm and the bidders of a demand object to its announced decision, and the bureau answers.
//
//   - An open objection stops its own demand: the award waits, and what is judged elsewhere goes on.
//   - Whoever reviews an objection decides neither on it nor on the award.
//   - What is not answered in time goes higher, leaves an entry that says so, and stays open.
package objecting

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	entevaluation "github.com/jiebang/jiebang/ent/gen/ent/evaluation"
	entobjection "github.com/jiebang/jiebang/ent/gen/ent/objection"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/judging"
	"github.com/jiebang/jiebang/services/judging/objection"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/posting/procedure"
)

// Objecting takes objections.
type Objecting struct{ db *storage.DB }

// New returns the objecting of db.
func New(db *storage.DB) *Objecting { return &Objecting{db} }

// File objects to the announced decision on a demand.
func (s *Objecting) File(ctx context.Context, demandID string, ground objection.Ground, text string) (*ent.Objection, error) {
	home, err := rpc.Home(id.Demand, demandID, demand.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Objection, error) {
		d, err := posting.Find(ctx, tx.Client, demandID, tx.Caller)
		if err != nil {
			return nil, err
		}
		o := policy.Object{Owner: d.OrganizationID, Jurisdiction: d.Jurisdiction, Openness: policy.Published}
		if o.Parties, err = bidders(ctx, tx, d); err != nil {
			return nil, err
		}
		if err := identity.May(ctx, tx.Caller, o, objection.ErrStanding, objection.ErrStanding); err != nil {
			return nil, err
		}
		if err := inPublicity(ctx, tx, d); err != nil {
			return nil, err
		}
		exists, err := tx.Objection.Query().Where(entobjection.DemandID(demandID), entobjection.OrganizationID(tx.Caller.Organization),
			entobjection.StateIn(objection.Open...)).Exist(ctx)
		if err != nil {
			return nil, err
		}
		if exists {
			return nil, objection.ErrExists
		}
		how, err := procedure.Of(d.Procedure)
		if err != nil {
			return nil, err
		}
		due, err := judging.Until(tx.Now, how.ObjectionDays)
		if err != nil {
			return nil, err
		}
		n := &ent.Objection{ID: id.New(tx.Rand, id.Objection, home), Jurisdiction: home, DemandID: demandID, OrganizationID: tx.Caller.Organization,
			State: objection.Filed, Ground: ground, Text: text, DueAt: due, CreatedAt: tx.Now}
		return n, save(ctx, tx, "objection.filed", n)
	})
}

// bidders are the organizations whose bids for a demand were opened, if the caller is one of them.
func bidders(ctx context.Context, tx *storage.Txn, d *ent.Demand) ([]string, error) {
	mine, err := tx.Bid.Query().Where(entbid.DemandID(d.ID), entbid.OrganizationID(tx.Caller.Organization)).All(ctx)
	if err != nil || !slices.ContainsFunc(mine, func(b *ent.Bid) bool { return !b.State.Sealed() && b.State != bid.Invalid }) {
		return nil, err
	}
	return []string{tx.Caller.Organization}, nil
}

// inPublicity makes sure that a demand is announced and its period not over.
func inPublicity(ctx context.Context, tx *storage.Txn, d *ent.Demand) error {
	if d.State != demand.Announced {
		return objection.ErrPeriod.With("state", strings.ToUpper(string(d.State)))
	}
	e, err := tx.Evaluation.Query().Where(entevaluation.ID(d.ID)).Only(scope.Open(ctx, "when a publicity ends is public"))
	if err != nil {
		return err
	}
	if e.StandstillUntil == nil || !tx.Now.Before(*e.StandstillUntil) {
		return objection.ErrPeriod.With("state", strings.ToUpper(string(d.State)))
	}
	return nil
}

// Named is an objection as a caller names it, in the version that it has seen.
type Named struct{ Demand, Objection, Etag string }

// Review says whether an objection is admissible, and what is to be said about it; the decision is another's.
func (s *Objecting) Review(ctx context.Context, n Named, admissible bool, opinion string) (*ent.Objection, error) {
	return s.change(ctx, n, func(tx *storage.Txn, o *ent.Objection) error {
		event, kind := objection.Admit, "objection.admitted"
		if !admissible {
			event, kind = objection.Reject, "objection.rejected"
		}
		if strings.TrimSpace(opinion) == "" {
			return objection.ErrReason.At("opinion")
		}
		if o.EscalatedAt != nil && !tx.Caller.Has(party.Approver) {
			return objection.ErrEscalated
		}
		e, err := tx.Evaluation.Get(ctx, o.DemandID)
		if err != nil {
			return err
		}
		if e.DecidedBy == tx.Principal {
			return objection.ErrReviewer
		}
		o.ReviewedBy, o.Opinion = tx.Principal, opinion
		return move(ctx, tx, o, event, kind)
	})
}

// Decide upholds or dismisses an admissible objection. When it is upheld the demand is judged again.
func (s *Objecting) Decide(ctx context.Context, n Named, uphold bool, reason string) (*ent.Objection, error) {
	return s.change(ctx, n, func(tx *storage.Txn, o *ent.Objection) error {
		event, kind := objection.Dismiss, "objection.dismissed"
		if uphold {
			event, kind = objection.Uphold, "objection.upheld"
		}
		if strings.TrimSpace(reason) == "" {
			return objection.ErrReason.At("reason")
		}
		if o.ReviewedBy == tx.Principal {
			return objection.ErrReviewer
		}
		o.DecidedBy, o.Reason = tx.Principal, reason
		if err := move(ctx, tx, o, event, kind); err != nil || !uphold {
			return err
		}
		d, err := tx.Demand.Get(ctx, o.DemandID)
		if err != nil || d.State != demand.Announced { // another objection has been upheld before
			return err
		}
		return judging.Reopen(ctx, tx, d)
	})
}

// Withdraw takes an objection back, as the one who objected.
func (s *Objecting) Withdraw(ctx context.Context, n Named) (*ent.Objection, error) {
	return s.change(ctx, n, func(tx *storage.Txn, o *ent.Objection) error {
		return move(ctx, tx, o, objection.Withdraw, "objection.withdrawn")
	})
}

// change loads an objection under the lock, checks the version, and lets decide change it.
func (s *Objecting) change(ctx context.Context, n Named, decide func(*storage.Txn, *ent.Objection) error) (*ent.Objection, error) {
	home, err := rpc.Home(id.Objection, n.Objection, objection.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Objection, error) {
		o, err := find(ctx, tx.Client, tx.Caller, n)
		if err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag("etag", n.Etag, o.Version); err != nil {
			return nil, err
		}
		return o, decide(tx, o)
	})
}

// find reads an objection to which the caller may do what it calls for: one's own, and for the authority all.
func find(ctx context.Context, c *ent.Client, caller party.Caller, n Named) (*ent.Objection, error) {
	o, err := c.Objection.Query().Where(entobjection.ID(n.Objection), entobjection.DemandID(n.Demand)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, objection.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	object := policy.Object{Owner: o.OrganizationID, Jurisdiction: o.Jurisdiction, Openness: policy.Shared}
	return o, identity.May(ctx, caller, object, objection.ErrNotFound, objection.ErrForeign)
}

// readable restricts a query to the objections that find would give the caller.
func readable(caller party.Caller) func(*sql.Selector) {
	return func(q *sql.Selector) {
		mine := sql.EQ(q.C(entobjection.FieldOrganizationID), caller.Organization)
		if caller.Oversees(caller.Jurisdiction) {
			mine = sql.Or(mine, sql.EQ(q.C(entobjection.FieldJurisdiction), caller.Jurisdiction))
		}
		q.Where(mine)
	}
}

// dueBatch is how many objections are looked up at a time.
const dueBatch = 100

// notYet is when to look again at what could not be done: the database's clock may be behind ours.
const notYet = 100 * time.Millisecond

var errNotDue = errors.New("not due")

// EscalateDue sends the objections higher whose time is over, and returns when the next one's will be; zero if there is none. They stay open.
func (s *Objecting) EscalateDue(ctx context.Context) (next time.Time, err error) {
	for {
		rows, err := s.db.Read.Objection.Query().Where(entobjection.StateIn(objection.Open...), entobjection.EscalatedAtIsNil()).
			Order(entobjection.ByDueAt(), entobjection.ByID()).Limit(dueBatch).All(ctx)
		if err != nil || len(rows) == 0 {
			return time.Time{}, err
		}
		var errs []error
		done := 0
		for _, o := range rows {
			if o.DueAt.After(s.db.Clock().Now()) {
				return o.DueAt, errors.Join(errs...)
			}
			switch err := s.escalate(ctx, o.ID, o.Jurisdiction); {
			case errors.Is(err, errNotDue):
			case err != nil:
				errs = append(errs, err)
			default:
				done++
			}
		}
		if done == 0 || len(errs) > 0 {
			return s.db.Clock().Now().Add(notYet), errors.Join(errs...)
		}
	}
}

func (s *Objecting) escalate(ctx context.Context, objectionID, jurisdiction string) error {
	_, err := storage.Tx(ctx, s.db, identity.Due(jurisdiction, "objection.overdue"), func(tx *storage.Txn) (*ent.Objection, error) {
		o, err := tx.Objection.Get(ctx, objectionID)
		if err != nil {
			return nil, err
		}
		if o.EscalatedAt != nil || tx.Now.Before(o.DueAt) || !slices.Contains(objection.Open, o.State) {
			return nil, errNotDue
		}
		o.EscalatedAt = &tx.Now
		return o, move(ctx, tx, o, objection.Escalate, "objection.escalated")
	})
	return err
}
