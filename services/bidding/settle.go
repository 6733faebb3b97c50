package bidding

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
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
	return each(ctx, tx, demandID, bid.Lapse, "bid.lapsed", in...)
}

// Unsettle leaves the bids of a demand to be confirmed, since it was amended.
func Unsettle(ctx context.Context, tx *storage.Txn, demandID string) error {
	return each(ctx, tx, demandID, bid.Unsettle, "bid.unsettled", bid.Submitted)
}

// Lose ends the opened bids of a demand that ends without a decision.
func Lose(ctx context.Context, tx *storage.Txn, demandID string) error {
	return each(ctx, tx, demandID, bid.Lose, "bid.not_selected", bid.Opened, bid.Shortlisted, bid.Reserve)
}

// each moves the bids of a demand that are in some states, in the order of their ids, which tells nothing.
func each(ctx context.Context, tx *storage.Txn, demandID string, e bid.Event, kind string, in ...bid.State) error {
	bids, err := tx.Bid.Query().Where(entbid.DemandID(demandID), entbid.StateIn(in...)).Order(entbid.ByID()).
		All(scope.Open(ctx, "an amendment or the end of a demand reaches every bid, and the answer tells of none"))
	if err != nil {
		return err
	}
	for _, b := range bids {
		if err := Move(ctx, tx, b, e, kind); err != nil {
			return err
		}
	}
	return nil
}
