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

// closed are the bids of a demand that wait to be opened and are sealed to a custodian, with what each is sealed under. Before the deadline has
// acted there are none for anybody, whether or not anybody has bid.
func closed(ctx context.Context, c *ent.Client, caller party.Caller, demandID, custodianID string) (bids []*ent.Bid, mine *ent.Custodian, err error) {
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
	all, err := bidding.Waiting(ctx, c, demandID)
	if err != nil {
		return nil, nil, err
	}
	to := map[string]bool{} // whether what is under a policy is sealed to the custodian
	for _, b := range all {
		if _, known := to[string(b.Policy)]; !known {
			under, err := keeping.Under(ctx, c, demandID, b.Policy)
			if err != nil {
				return nil, nil, err
			}
			to[string(b.Policy)] = slices.Contains(keeping.Recipients(under), mine.Recipient)
		}
		if to[string(b.Policy)] {
			bids = append(bids, b)
		}
	}
	if len(bids) == 0 {
		return nil, nil, bid.ErrNotClosed
	}
	return bids, mine, nil
}

// Envelopes are the bids that wait for a custodian, who is the caller.
func (s *Opening) Envelopes(ctx context.Context, demandID, custodianID string) ([]*ent.Bid, error) {
	bids, _, err := closed(ctx, s.db.Read, identity.Caller(ctx), demandID, custodianID)
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
		bids, mine, err := closed(ctx, tx.Client, tx.Caller, demandID, custodianID)
		if err != nil {
			return Given{}, err
		}
		if !bytes.Equal(digest, bidding.SetOf(bids)) {
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
	bids, mine, err := closed(ctx, s.db.Read, identity.Caller(ctx), demandID, custodianID)
	if err != nil {
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
