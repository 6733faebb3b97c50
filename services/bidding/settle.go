package bidding

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/internal/chance"
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

// crowd is how many bids look like none: by so many entries, or a multiple, the ledger grows when something happens to bids that nobody has opened.
const crowd = 16

// hide moves the sealed bids of a demand that are in some states. Their entries stand among others that say nothing, in an order that chance draws: neither
// the size of the ledger nor the place of a bidder's own entry tells how many there are.
func hide(ctx context.Context, tx *storage.Txn, demandID string, e bid.Event, kind string, in ...bid.State) error {
	bids, err := reached(ctx, tx, demandID, in...)
	if err != nil {
		return err
	}
	places := max((len(bids)+crowd-1)/crowd, 1) * crowd
	for _, place := range chance.Perm(tx.Rand, places) {
		if place < len(bids) {
			err = Move(ctx, tx, bids[place], e, kind)
		} else {
			err = ledger.AppendCover(tx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Lose ends the opened bids of a demand that ends without a decision.
func Lose(ctx context.Context, tx *storage.Txn, demandID string) error {
	return each(ctx, tx, demandID, bid.Lose, "bid.not_selected", bid.Opened, bid.Shortlisted, bid.Reserve)
}

// each moves the bids of a demand that are in some states, in the order of their ids.
func each(ctx context.Context, tx *storage.Txn, demandID string, e bid.Event, kind string, in ...bid.State) error {
	bids, err := reached(ctx, tx, demandID, in...)
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

func reached(ctx context.Context, tx *storage.Txn, demandID string, in ...bid.State) ([]*ent.Bid, error) {
	return tx.Bid.Query().Where(entbid.DemandID(demandID), entbid.StateIn(in...)).Order(entbid.ByID()).
		All(scope.Open(ctx, "an amendment or the end of a demand reaches every bid, and the answer tells of none"))
}
