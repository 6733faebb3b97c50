// Package scoring is the experts' part in 评榜: each has a sheet for each bid that it judges, declares whether it has a conflict, scores, and locks.
//
//   - Who has not declared, and who has a conflict, opens no bid; what the platform knows of a conflict is one whatever is declared.
//   - An expert sees what others say of a bid once its own sheet is locked.
//   - A locked sheet does not change. Reopened with a reason it keeps what was locked.
package scoring

import (
	"context"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entsheet "github.com/jiebang/jiebang/ent/gen/ent/sheet"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/judging"
	"github.com/jiebang/jiebang/services/judging/evaluation"
	"github.com/jiebang/jiebang/services/judging/score"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Scoring lets experts score.
type Scoring struct{ db *storage.DB }

// New returns the scoring of db.
func New(db *storage.DB) *Scoring { return &Scoring{db} }

// Sheet is a sheet with the bidder that it is about, which its expert must know to declare a conflict.
type Sheet struct {
	*ent.Sheet
	Bidder string // organization id
}

// mine reports whether the caller is the expert of a sheet.
func mine(s *ent.Sheet, caller party.Caller) bool {
	return s.OrganizationID == caller.Organization && (s.PersonID == "" || s.PersonID == caller.Person)
}

// sheet reads a sheet to which the caller may do what it calls for: its expert's own, for the authority any, and to read also that of another expert on
// a bid about which the caller's own is locked.
func sheet(ctx context.Context, c *ent.Client, caller party.Caller, demandID, sheetID string) (*ent.Sheet, error) {
	s, err := c.Sheet.Query().Where(entsheet.ID(sheetID), entsheet.DemandID(demandID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, evaluation.ErrSheetNotFound
	}
	if err != nil {
		return nil, err
	}
	o := policy.Object{Jurisdiction: s.Jurisdiction, Openness: policy.Shared}
	if mine(s, caller) {
		o.Owner = s.OrganizationID
	} else if shown(s.State) {
		locked, err := c.Sheet.Query().Where(entsheet.BidID(s.BidID), entsheet.StateEQ(evaluation.Locked), own(caller)).Exist(ctx)
		if err != nil {
			return nil, err
		}
		if locked {
			o.Parties = []string{caller.Organization}
		}
	}
	return s, identity.May(ctx, caller, o, evaluation.ErrSheetNotFound, evaluation.ErrSheetForeign)
}

// shown reports whether a sheet may be shown to other experts: it was locked, so nothing that they see can still be turned by what they said.
func shown(s evaluation.SheetState) bool { return s == evaluation.Locked }

// own restricts a query to the sheets of which the caller is the expert.
func own(caller party.Caller) func(*sql.Selector) {
	return func(q *sql.Selector) {
		q.Where(sql.And(sql.EQ(q.C(entsheet.FieldOrganizationID), caller.Organization), sql.In(q.C(entsheet.FieldPersonID), "", caller.Person)))
	}
}

// readable restricts a query to the sheets that sheet would give the caller to read.
func (s *Scoring) readable(caller party.Caller) func(*sql.Selector) {
	return func(q *sql.Selector) {
		t := sql.Dialect(s.db.Dialect()).Table(entsheet.Table).As("mine")
		locked := sql.Dialect(s.db.Dialect()).Select(t.C(entsheet.FieldBidID)).From(t).Where(sql.And(sql.EQ(t.C(entsheet.FieldOrganizationID), caller.Organization),
			sql.In(t.C(entsheet.FieldPersonID), "", caller.Person), sql.EQ(t.C(entsheet.FieldState), string(evaluation.Locked))))
		may := sql.And(sql.EQ(q.C(entsheet.FieldOrganizationID), caller.Organization), sql.In(q.C(entsheet.FieldPersonID), "", caller.Person))
		may = sql.Or(may, sql.And(sql.EQ(q.C(entsheet.FieldState), string(evaluation.Locked)), sql.In(q.C(entsheet.FieldBidID), locked)))
		if caller.Oversees(caller.Jurisdiction) {
			may = sql.Or(may, sql.EQ(q.C(entsheet.FieldJurisdiction), caller.Jurisdiction))
		}
		q.Where(may)
	}
}

// withBidder adds who the bidder is.
func withBidder(ctx context.Context, c *ent.Client, s *ent.Sheet) (*Sheet, error) {
	b, err := c.Bid.Get(scope.Open(ctx, "an expert must know who bids to declare a conflict"), s.BidID)
	if err != nil {
		return nil, err
	}
	return &Sheet{s, b.OrganizationID}, nil
}

// Find reads a sheet.
func (s *Scoring) Find(ctx context.Context, demandID, sheetID string) (*Sheet, error) {
	row, err := sheet(ctx, s.db.Read, identity.Caller(ctx), demandID, sheetID)
	if err != nil {
		return nil, err
	}
	return withBidder(ctx, s.db.Read, row)
}

// Named is a sheet as a caller names it, in the version that it has seen.
type Named struct{ Demand, Sheet, Etag string }

// change loads a sheet with its case under the lock, checks the version, and lets decide change it.
func (s *Scoring) change(ctx context.Context, n Named, decide func(*storage.Txn, *judging.Case, *ent.Sheet) error) (*Sheet, error) {
	home, err := rpc.Home(id.Sheet, n.Sheet, evaluation.ErrSheetNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (*Sheet, error) {
		s, err := sheet(ctx, tx.Client, tx.Caller, n.Demand, n.Sheet)
		if err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag("etag", n.Etag, s.Version); err != nil {
			return nil, err
		}
		k, err := judging.Find(ctx, tx.Client, n.Demand, tx.Caller)
		if err != nil {
			return nil, err
		}
		if err := decide(tx, k, s); err != nil {
			return nil, err
		}
		return withBidder(ctx, tx.Client, s)
	})
}

// scores makes sure that experts score.
func scores(k *judging.Case) error {
	if k.Evaluation.State != evaluation.Scoring {
		return evaluation.ErrState.With("state", strings.ToUpper(string(k.Evaluation.State))).With("event", "score")
	}
	return nil
}

// Declare says whether the caller has a conflict, with the reason if it has one; who has none may read the bid from now on. A conflict that comes up
// later is declared then, and the sheet does not count any more.
func (s *Scoring) Declare(ctx context.Context, n Named, conflict bool, reason string) (*Sheet, error) {
	return s.change(ctx, n, func(tx *storage.Txn, k *judging.Case, s *ent.Sheet) (err error) {
		if err := scores(k); err != nil {
			return err
		}
		event, kind := evaluation.Clear, "sheet.cleared"
		if conflict {
			if event, kind = evaluation.Recuse, "sheet.recused"; strings.TrimSpace(reason) == "" {
				return evaluation.ErrReason.At("reason")
			}
			s.Conflict = reason
		}
		if s.State, err = s.State.Next(event); err != nil {
			return err
		}
		return judging.SaveSheet(ctx, tx, kind, s)
	})
}

// Lock gives the points of a sheet for good; score.NotApplicable stands for n/a.
func (s *Scoring) Lock(ctx context.Context, n Named, points []int, remark string) (*Sheet, error) {
	return s.change(ctx, n, func(tx *storage.Txn, k *judging.Case, s *ent.Sheet) (err error) {
		if err := scores(k); err != nil {
			return err
		}
		if s.State, err = s.State.Next(evaluation.Lock); err != nil {
			return err
		}
		plan, err := k.Plan()
		if err != nil {
			return err
		}
		if err := plan.CheckPoints(points); err != nil {
			return err
		}
		s.Points, s.Remark, s.LockedAt = score.EncodePoints(points), remark, &tx.Now
		return judging.SaveSheet(ctx, tx, "sheet.locked", s)
	})
}

// Explain says why a locked sheet lies far from the mean of its bid.
func (s *Scoring) Explain(ctx context.Context, n Named, why string) (*Sheet, error) {
	return s.change(ctx, n, func(tx *storage.Txn, k *judging.Case, s *ent.Sheet) (err error) {
		if k.Evaluation.State == evaluation.Closed {
			return evaluation.ErrState.With("state", "CLOSED").With("event", "explain")
		}
		if s.State, err = s.State.Next(evaluation.Explain); err != nil {
			return err
		}
		s.Words = why
		return judging.SaveSheet(ctx, tx, "sheet.explained", s)
	})
}

// Unlock lets the expert of a locked sheet change it, for a reason; what was locked is kept beside it. A ranking that was made is made anew.
func (s *Scoring) Unlock(ctx context.Context, n Named, reason string) (*Sheet, error) {
	return s.change(ctx, n, func(tx *storage.Txn, k *judging.Case, s *ent.Sheet) (err error) {
		if strings.TrimSpace(reason) == "" {
			return evaluation.ErrReason.At("reason")
		}
		if k.Evaluation.State != evaluation.Scoring {
			if err := k.Resume(ctx, tx); err != nil {
				return err
			}
		}
		if s.State, err = s.State.Next(evaluation.Unlock); err != nil {
			return err
		}
		points, err := score.DecodePoints(s.Points)
		if err != nil {
			return err
		}
		former, err := evaluation.Decode[[]evaluation.Former](s.Former)
		if err != nil {
			return err
		}
		s.Former = evaluation.Encode(append(former, evaluation.Former{Points: points, Remark: s.Remark, Words: s.Words,
			Locked: s.LockedAt.UTC().Format(entry.TimeLayout), Reason: reason}))
		s.Points, s.Remark, s.Words, s.LockedAt = "", "", "", nil
		return judging.SaveSheet(ctx, tx, "sheet.reopened", s)
	})
}
