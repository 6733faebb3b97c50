// Package judging is 评榜: criteria, panel, conflicts, scores, the decision, its announcement 公示 and the award.
//
//   - Criteria are fixed before a demand is published, and public from then on.
//   - Who judges is known to the bureau and to the experts alone until the decision is announced.
//   - An expert reads a bid once it has declared that it has no conflict, and the sheets of others once its own is locked. What is known of a conflict
//     counts against whatever an expert declares, and no sheet of an expert with a conflict counts.
//   - Exactly one bid of a demand has its award, or one a lane where there are several: the lock decides it, and a unique index would refuse a second.
package judging

import (
	"context"
	"errors"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	entevaluation "github.com/jiebang/jiebang/ent/gen/ent/evaluation"
	entsheet "github.com/jiebang/jiebang/ent/gen/ent/sheet"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/judging/evaluation"
	"github.com/jiebang/jiebang/services/judging/score"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/posting/procedure"
)

// Judging judges bids.
type Judging struct{ db *storage.DB }

// New returns the judging of db.
func New(db *storage.DB) *Judging { return &Judging{db} }

// Case is an evaluation with what surrounds it.
type Case struct {
	Evaluation *ent.Evaluation
	Firm       string // organization id of the demander
	Draft      bool   // the demand is not published yet

	demand *ent.Demand
	how    procedure.Procedure
}

// Find reads the case of a demand that the caller may know of. A demand for which nothing is kept yet has an evaluation of version 0.
func Find(ctx context.Context, c *ent.Client, demandID string, caller party.Caller) (*Case, error) {
	d, err := posting.Find(ctx, c, demandID, caller)
	if err != nil {
		return nil, err
	}
	return of(ctx, c, d)
}

// of reads the case of a demand.
func of(ctx context.Context, c *ent.Client, d *ent.Demand) (*Case, error) {
	how, err := procedure.Of(d.Procedure)
	if err != nil {
		return nil, err
	}
	k := &Case{demand: d, how: how, Firm: d.OrganizationID, Draft: !d.State.Public()}
	k.Evaluation, err = c.Evaluation.Query().Where(entevaluation.ID(d.ID)).Only(scope.Open(ctx, "criteria are public, and what else of an evaluation a caller sees is decided on each field"))
	if ent.IsNotFound(err) {
		k.Evaluation = &ent.Evaluation{ID: d.ID, Jurisdiction: d.Jurisdiction, State: evaluation.Planned, Plan: score.Default.Encode()}
		return k, nil
	}
	return k, err
}

// Find reads the evaluation of a demand. That of a demand which the caller may not know of is as unknown as that of one which has none.
func (j *Judging) Find(ctx context.Context, demandID string) (*Case, error) {
	k, err := Find(ctx, j.db.Read, demandID, identity.Caller(ctx))
	if errors.Is(err, demand.ErrNotFound) || err == nil && !k.how.Judging {
		return nil, evaluation.ErrNotFound
	}
	return k, err
}

// object is an evaluation as the policy sees it: everybody may know that there is one, and those who act for an expert of its panel have a part in it.
func (k *Case) object(caller party.Caller) policy.Object {
	o := identity.Owned(k.Firm, k.demand.Jurisdiction, k.demand.State.Public())
	if panel, err := k.panel(); err == nil && panel.Of(caller.Organization, caller.Person) != nil {
		o.Parties = []string{caller.Organization}
	}
	return o
}

func (k *Case) panel() (evaluation.Panel, error) {
	return evaluation.Decode[evaluation.Panel](k.Evaluation.Panel)
}

// Plan is what the bids are judged by.
func (k *Case) Plan() (score.Plan, error) { return score.DecodePlan(k.Evaluation.Plan) }

// Resume lets experts score again after one of their sheets was reopened; the ranking is made anew.
func (k *Case) Resume(ctx context.Context, tx *storage.Txn) error {
	k.Evaluation.Ranking, k.Evaluation.MissingReason = "", ""
	return move(ctx, tx, k.Evaluation, evaluation.Resume, "evaluation.scoring_resumed")
}

// change loads the case of a demand under the lock, checks the version, and lets decide change it.
func (j *Judging) change(ctx context.Context, demandID, etag string, decide func(*storage.Txn, *Case) error) (*Case, error) {
	home, err := rpc.Home(id.Demand, demandID, demand.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, j.db, identity.Change(ctx, home), func(tx *storage.Txn) (*Case, error) {
		k, err := Find(ctx, tx.Client, demandID, tx.Caller)
		if err != nil {
			return nil, err
		}
		hidden := demand.ErrNotFound.With("demand", demandID)
		if err := identity.May(ctx, tx.Caller, k.object(tx.Caller), hidden, evaluation.ErrForeign); err != nil {
			return nil, err
		}
		if !k.how.Judging {
			return nil, evaluation.ErrDirect
		}
		if err := rpc.CheckEtag("etag", etag, k.Evaluation.Version); err != nil {
			return nil, err
		}
		if k.Evaluation.Version == 0 {
			k.Evaluation.CreatedAt = tx.Now
		}
		return k, decide(tx, k)
	})
}

// SetCriteria sets what a demand's bids will be judged by, until it is published.
func (j *Judging) SetCriteria(ctx context.Context, demandID, etag string, p score.Plan) (*Case, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	return j.change(ctx, demandID, etag, func(tx *storage.Txn, k *Case) (err error) {
		if k.demand.State.Public() {
			return evaluation.ErrPublished.With("state", string(k.demand.State))
		}
		e := k.Evaluation
		if e.State, err = e.State.Next(evaluation.Plan); err != nil {
			return err
		}
		e.Plan = p.Encode()
		return save(ctx, tx, "evaluation.planned", e, id.OrganizationName(k.Firm))
	})
}

// bids reads bids of a demand in states, in the order in which they were received.
func bids(ctx context.Context, tx *storage.Txn, demandID string, states ...bid.State) ([]*ent.Bid, error) {
	return tx.Bid.Query().Where(entbid.DemandID(demandID), entbid.StateIn(states...)).Order(entbid.BySubmittedAt(), entbid.ByID()).
		All(scope.Open(ctx, "what becomes of one bid becomes of all bids of the demand"))
}

// judged are the states of bids that are being judged.
var judged = []bid.State{bid.Opened, bid.Shortlisted}

// sheets reads the sheets of a demand.
func sheets(ctx context.Context, tx *storage.Txn, demandID string) ([]*ent.Sheet, error) {
	return tx.Sheet.Query().Where(entsheet.DemandID(demandID)).Order(entsheet.ByID()).All(scope.Open(ctx, "a ranking is made of all sheets"))
}

// counted are the sheets that are part of a ranking.
func counted(all []*ent.Sheet) (sheets []score.Sheet, err error) {
	for _, s := range all {
		if s.State.Counts() {
			points, err := score.DecodePoints(s.Points)
			if err != nil {
				return nil, err
			}
			sheets = append(sheets, score.Sheet{Expert: s.OrganizationID, Bid: s.BidID, Points: points})
		}
	}
	return sheets, nil
}

// ranking ranks the bids that are judged, by the sheets as they are now.
func (k *Case) ranking(ctx context.Context, tx *storage.Txn) ([]score.Place, []score.Sheet, error) {
	plan, err := k.Plan()
	if err != nil {
		return nil, nil, err
	}
	all, err := sheets(ctx, tx, k.demand.ID)
	if err != nil {
		return nil, nil, err
	}
	counts, err := counted(all)
	if err != nil {
		return nil, nil, err
	}
	rows, err := bids(ctx, tx, k.demand.ID, judged...)
	entrants := make([]score.Entrant, len(rows))
	for i, b := range rows {
		entrants[i] = score.Entrant{Bid: b.ID, Received: received(b)}
	}
	return score.Rank(plan, counts, entrants), counts, err
}

func received(b *ent.Bid) time.Time {
	if b.SubmittedAt == nil {
		return b.CreatedAt
	}
	return *b.SubmittedAt
}
