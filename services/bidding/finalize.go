package bidding

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/bidding/receipt"
	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/keeping"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Finalize takes a bid that the bidder has sealed, as the given submission.
func (s *Bidding) Finalize(ctx context.Context, demandID string, envelope []byte, submission int) (receipt.Receipt, error) {
	home, err := rpc.Home(id.Demand, demandID, demand.ErrNotFound)
	if err != nil {
		return receipt.Receipt{}, err
	}
	e, wrong := seal.Parse(envelope)
	if wrong == nil && e.Part != seal.Whole {
		wrong = bid.ErrPart
	}
	r, err := storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (receipt.Receipt, error) {
		if wrong != nil {
			return receipt.Receipt{}, rpc.At("envelope", wrong)
		}
		d, err := posting.Find(ctx, tx.Client, demandID, tx.Caller)
		if err != nil {
			return receipt.Receipt{}, err
		}
		at, err := inTime(ctx, tx, d)
		if err != nil {
			return receipt.Receipt{}, err
		}
		if err := eligible(ctx, tx, d); err != nil {
			return receipt.Receipt{}, err
		}
		under, err := keeping.Sealing(ctx, tx.Client, demandID)
		if err != nil {
			return receipt.Receipt{}, err
		}
		if err := e.Check(keeping.Terms(under)); err != nil {
			return receipt.Receipt{}, rpc.At("envelope", err)
		}
		b, kind, err := s.place(ctx, tx, d, submission)
		if err != nil {
			return receipt.Receipt{}, err
		}
		put(b, envelope, under, byBidder)
		b.SubmittedAt = &at
		if err := save(ctx, tx, kind, b); err != nil {
			return receipt.Receipt{}, err
		}
		return receipt.Of(b), nil
	})
	if err != nil {
		return receipt.Receipt{}, s.refused(ctx, home, demandID, e, err)
	}
	return r, nil
}

// place is the bid that a submission goes to: the organization's live one, or a new one.
func (s *Bidding) place(ctx context.Context, tx *storage.Txn, d *ent.Demand, submission int) (b *ent.Bid, kind string, err error) {
	b, err = tx.Bid.Query().Where(entbid.DemandID(d.ID), entbid.OrganizationID(tx.Caller.Organization), entbid.StateNEQ(bid.Withdrawn)).Only(ctx)
	event, kind := bid.Submit, "bid.submitted"
	switch {
	case ent.IsNotFound(err):
		b = &ent.Bid{ID: id.New(tx.Rand, id.Bid, tx.Jurisdiction), Jurisdiction: tx.Jurisdiction, DemandID: d.ID, OrganizationID: tx.Caller.Organization,
			State: bid.Draft, CreatedAt: tx.Now}
	case err != nil:
		return nil, "", err
	case b.State != bid.Draft:
		event, kind = bid.Replace, "bid.replaced"
	}
	if b.State, err = b.State.Next(event); err != nil {
		return nil, "", err
	}
	if submission != b.Submission+1 {
		return nil, "", bid.ErrNumber.With("submission", submission).With("next", b.Submission+1).At("submission")
	}
	return b, kind, nil
}
