package bidding

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger"
)

// What happens to bids that nobody has opened is decided here without a word of them: every answer is the same whether there are any.

// Confirm confirms a bid as it is after its demand was amended.
func (s *Bidding) Confirm(ctx context.Context, bidID, demandID, etag string) (*ent.Bid, error) {
	return s.change(ctx, bidID, demandID, at{"etag", etag}, func(tx *storage.Txn, b *ent.Bid) error {
		return Move(ctx, tx, b, bid.Confirm, "bid.confirmed")
	})
}

// Lapse lets the bids of a demand that ends before its deadline lapse unread.
func Lapse(ctx context.Context, tx *storage.Txn, demandID string) error {
	return lapse(ctx, tx, demandID, bid.Submitted, bid.Unconfirmed)
}

func lapse(ctx context.Context, tx *storage.Txn, demandID string, in ...bid.State) error {
	return hide(ctx, tx, demandID, bid.Lapse, "bid.lapsed", in...)
}

// Unsettle leaves the bids of a demand to be confirmed, since it was amended.
func Unsettle(ctx context.Context, tx *storage.Txn, demandID string) error {
	return hide(ctx, tx, demandID, bid.Unsettle, "bid.unsettled", bid.Submitted)
}

// hide moves the sealed bids of a demand that are in some states, in a crowd, so that nothing tells how many there are.
func hide(ctx context.Context, tx *storage.Txn, demandID string, e bid.Event, kind string, in ...bid.State) error {
	bids, err := reached(ctx, tx, demandID, in...)
	if err != nil {
		return err
	}
	return ledger.Crowd(tx, len(bids), func(i int) error { return Move(ctx, tx, bids[i], e, kind) })
}

// Lose ends the opened bids of a demand that ends without a decision, in the order of their ids.
func Lose(ctx context.Context, tx *storage.Txn, demandID string) error {
	bids, err := reached(ctx, tx, demandID, bid.Opened, bid.Shortlisted, bid.Reserve)
	if err != nil {
		return err
	}
	for _, b := range bids {
		if err := Move(ctx, tx, b, bid.Lose, "bid.not_selected"); err != nil {
			return err
		}
	}
	return nil
}

func reached(ctx context.Context, tx *storage.Txn, demandID string, in ...bid.State) ([]*ent.Bid, error) {
	return tx.Bid.Query().Where(entbid.DemandID(demandID), entbid.StateIn(in...)).Order(entbid.ByID()).
		All(scope.Open(ctx, "an amendment or the end of a demand reaches every bid, and the answer tells of none"))
}
