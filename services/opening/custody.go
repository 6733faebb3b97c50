package opening

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	entopening "github.com/jiebang/jiebang/ent/gen/ent/opening"
	"github.com/jiebang/jiebang/services/bidding"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/keeping"
	"github.com/jiebang/jiebang/services/keeping/custodian"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Share is what a custodian gives of a bid; without a value its stanza cannot be read.
type Share struct {
	BidID string
	Value []byte
}

// closed is what a custodian has to open of a demand: the policies of the bids that are sealed to it, nil if they all are. Before the deadline has acted there is
// nothing for anybody, whether or not anybody has bid.
func closed(ctx context.Context, c *ent.Client, caller party.Caller, demandID, custodianID string) (to [][]byte, mine *ent.Custodian, err error) {
	d, err := c.Demand.Query().Where(entdemand.ID(demandID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil, demand.ErrNotFound.With("demand", demandID)
	}
	if err != nil {
		return nil, nil, err
	}
	if mine, err = keeping.Mine(ctx, c, caller, custodianID); err != nil {
		return nil, nil, err
	}
	if d.State != demand.Evaluating {
		return nil, nil, bid.ErrNotClosed
	}
	to, all, err := keeping.SealedTo(ctx, c, demandID, mine.Recipient)
	if err != nil {
		return nil, nil, err
	}
	if len(to) == 0 {
		return nil, nil, bid.ErrNotClosed
	}
	if all {
		to = nil
	}
	return to, mine, nil
}

// Envelopes are a page of the bids that wait for a custodian, who is the caller, with one more if there is one.
func (s *Opening) Envelopes(ctx context.Context, demandID, custodianID string, from, limit int) ([]*ent.Bid, error) {
	to, _, err := closed(ctx, s.db.Read, identity.Caller(ctx), demandID, custodianID)
	if err != nil {
		return nil, err
	}
	page, err := bidding.Page(ctx, s.db.Read, demandID, to, from, limit)
	return some(page, err, from)
}

// some makes sure that anything waits.
func some(bids []*ent.Bid, err error, from int) ([]*ent.Bid, error) {
	if err == nil && len(bids) == 0 && from == 0 {
		err = bid.ErrNotClosed
	}
	return bids, err
}

// Given is what a custodian's act has led to.
type Given struct {
	Given, Threshold int
	Receipt          storage.Receipt
}

// GiveShares takes a custodian's shares of all bids that wait for it. Each is checked before the lock is held.
func (s *Opening) GiveShares(ctx context.Context, demandID, custodianID string, shares []Share) (Given, error) {
	home, err := rpc.Home(id.Demand, demandID, demand.ErrNotFound)
	if err != nil {
		return Given{}, err
	}
	values, digest, wrong := s.checkShares(ctx, demandID, custodianID, shares) // said under the lock, where a repeated request has its first answer
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (Given, error) {
		if wrong != nil {
			return Given{}, wrong
		}
		to, mine, err := closed(ctx, tx.Client, tx.Caller, demandID, custodianID)
		if err != nil {
			return Given{}, err
		}
		heads, err := bidding.Heads(ctx, tx.Client, demandID, to)
		if heads, err = some(heads, err, 0); err != nil {
			return Given{}, err
		}
		if !bytes.Equal(digest, bidding.SetOf(heads)) {
			return Given{}, bid.ErrShares.At("shares")
		}
		o := &ent.Opening{ID: id.New(tx.Rand, id.Opening, home), Jurisdiction: home, DemandID: demandID, CustodianID: mine.ID, OrganizationID: mine.OrganizationID,
			Shares: encodeShares(values), CreatedAt: tx.Now}
		o.SharesDigest = DigestOf(o)
		before, err := tx.Opening.Query().Where(entopening.DemandID(demandID)).
			All(scope.Open(ctx, "how many custodians have given their shares decides whether bids are opened"))
		if err != nil {
			return Given{}, err
		}
		if slices.ContainsFunc(before, func(other *ent.Opening) bool { return other.CustodianID == mine.ID }) {
			return Given{}, bid.ErrGiven
		}
		if err := save(ctx, tx, "opening.given", o); err != nil {
			return Given{}, err
		}
		return Given{len(before) + 1, custodian.Threshold, storage.Receipt{Jurisdiction: home, Sequence: o.EntrySeq, Hash: o.EntryHash}}, nil
	})
}

// checkShares makes sure that there is one share of each bid that waits for the custodian, and that each is the one that its envelope commits
// to: a wrong one is the custodian's fault, and is refused. It returns the shares by bid, and the digest of the set of their envelopes.
func (s *Opening) checkShares(ctx context.Context, demandID, custodianID string, shares []Share) (map[string]*[seal.KeySize]byte, []byte, error) {
	to, mine, err := closed(ctx, s.db.Read, identity.Caller(ctx), demandID, custodianID)
	if err != nil {
		return nil, nil, err
	}
	bids, err := bidding.Waiting(ctx, s.db.Read, demandID, to)
	if bids, err = some(bids, err, 0); err != nil {
		return nil, nil, err
	}
	values := map[string]*[seal.KeySize]byte{}
	for i, share := range shares {
		field := fmt.Sprintf("shares[%d]", i)
		at := slices.IndexFunc(bids, func(b *ent.Bid) bool { return b.ID == share.BidID })
		if at < 0 {
			return nil, nil, bid.ErrNotFound.At(field + ".bid")
		}
		b := bids[at]
		if len(share.Value) == 0 {
			values[b.ID] = nil
			continue
		}
		if len(share.Value) != seal.KeySize {
			return nil, nil, seal.ErrShareWrong.With("recipient", mine.Recipient).At(field + ".value")
		}
		e, err := seal.Parse(b.Envelope)
		if err != nil {
			return nil, nil, fmt.Errorf("bid %s: %w", b.ID, err)
		}
		value := (*[seal.KeySize]byte)(share.Value)
		if err := e.CheckShare(seal.Share{Recipient: mine.Recipient, Value: *value}); err != nil {
			return nil, nil, rpc.At(field+".value", err)
		}
		values[b.ID] = value
	}
	if len(values) != len(bids) || len(shares) != len(bids) {
		return nil, nil, bid.ErrShares.At("shares")
	}
	return values, bidding.SetOf(bids), nil
}
