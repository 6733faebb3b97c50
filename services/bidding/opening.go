package bidding

import (
	"context"
	"encoding/hex"
	"errors"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/bidding/consortium"
	"github.com/jiebang/jiebang/services/bidding/envelope"
	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/bidding/uniting"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/keeping"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Apply moves a bid to where its outcome leads. The entry has the envelope and the shares: whoever reads it can open it again.
func Apply(ctx context.Context, tx *storage.Txn, b *ent.Bid, o envelope.Outcome) (err error) {
	event, kind := bid.Open, "bid.opened"
	if o.Fault != nil {
		event, kind, b.Fault = bid.Spoil, "bid.invalid", o.Fault.Reason
	} else {
		b.AmountFen, b.Proposal = o.Plain.Amount, &o.Plain.Proposal
		if members := consortium.Encode(consortium.Opened(o.Plain.Consortium)); members != "" {
			b.Consortium = &members
		}
	}
	if b.State, err = b.State.Next(event); err != nil {
		return err
	}
	b.OpenedAt = &tx.Now
	facts := (&entry.Image{}).Bytes(entry.Fact+"envelope", b.Envelope)
	for _, s := range o.Shares {
		facts.Bytes(entry.Fact+"share_"+s.Recipient, s.Value[:])
	}
	return save(ctx, tx, kind, b, facts.Row()...)
}

// Exclude ends the opening of a demand's bids: once none is sealed any more, those are invalid whose consortia are barred.
func Exclude(ctx context.Context, tx *storage.Txn, d *ent.Demand) error {
	if err := AllOpened(ctx, tx, d.ID); err != nil {
		if errors.Is(err, bid.ErrWaits) {
			return nil
		}
		return err
	}
	ids, why, err := uniting.Excluded(ctx, tx.Client, d)
	if err != nil {
		return err
	}
	for _, bidID := range ids {
		b, err := tx.Bid.Get(past(ctx), bidID)
		if err != nil {
			return err
		}
		b.Fault = why[bidID].Reason
		if err := Move(ctx, tx, b, bid.Exclude, "bid.excluded"); err != nil {
			return err
		}
	}
	return nil
}

func past(ctx context.Context) context.Context {
	return scope.Open(ctx, "custodians open what is sealed to them, and decisions wait until they have, after the deadline")
}

func waiting(c *ent.Client, demandID string, to [][]byte) *ent.BidQuery {
	q := c.Bid.Query().Where(entbid.DemandID(demandID), entbid.StateEQ(bid.Submitted)).Order(entbid.BySubmittedAt(), entbid.ByID())
	if to != nil {
		q.Where(entbid.PolicyIn(to...))
	}
	return q
}

// Waiting reads the bids of a demand that are sealed still, in the order in which they were received. They may be restricted to those under some policies.
func Waiting(ctx context.Context, c *ent.Client, demandID string, to [][]byte) ([]*ent.Bid, error) {
	return waiting(c, demandID, to).All(past(ctx))
}

// Page reads a page of what Waiting reads, with one more bid if there is one.
func Page(ctx context.Context, c *ent.Client, demandID string, to [][]byte, from, limit int) ([]*ent.Bid, error) {
	return waiting(c, demandID, to).Offset(from).Limit(limit + 1).All(past(ctx))
}

// Heads are what Waiting reads without the envelopes: a thousand of those take a while, and seldom is more than their digests needed.
func Heads(ctx context.Context, c *ent.Client, demandID string, to [][]byte) ([]*ent.Bid, error) {
	return waiting(c, demandID, to).Select(entbid.FieldID, entbid.FieldVersion, entbid.FieldContentDigest).All(past(ctx))
}

// Unchanged is a bid as it was read before the lock was held, or as it is read again if it has changed since.
func Unchanged(ctx context.Context, tx *storage.Txn, head, read *ent.Bid) (*ent.Bid, error) {
	if read != nil && read.Version == head.Version {
		return read, nil
	}
	return tx.Bid.Get(past(ctx), head.ID)
}

// AllOpened makes sure that no bid of a demand waits to be opened still, before anything is decided between bids.
func AllOpened(ctx context.Context, tx *storage.Txn, demandID string) error {
	rest, err := waiting(tx.Client, demandID, nil).Exist(past(ctx))
	if err == nil && rest {
		err = bid.ErrWaits
	}
	return err
}

// byID are bids by their ids.
func byID(bids []*ent.Bid) map[string]*ent.Bid {
	all := make(map[string]*ent.Bid, len(bids))
	for _, b := range bids {
		all[b.ID] = b
	}
	return all
}

// outcomes opens the bids of level S0 of a demand, by their ids.
func (s *Bidding) outcomes(ctx context.Context, c *ent.Client, bids []*ent.Bid) (map[string]envelope.Outcome, error) {
	found := map[string]envelope.Outcome{}
	for _, b := range bids {
		if b.Level != string(seal.Platform) {
			continue
		}
		under, err := keeping.Under(ctx, c, b.DemandID, b.Policy)
		if err != nil {
			return nil, err
		}
		shares, err := s.platformShares(b)
		if err != nil {
			return nil, err
		}
		found[b.ID] = envelope.Decide(b, under, shares)
	}
	return found, nil
}

// openAll opens bids at the deadline. What was read and opened before the lock was held counts if it is still the same envelope.
func (s *Bidding) openAll(ctx context.Context, tx *storage.Txn, heads []*ent.Bid, read map[string]*ent.Bid, before map[string]envelope.Outcome) error {
	for _, head := range heads {
		b, err := Unchanged(ctx, tx, head, read[head.ID])
		if err != nil {
			return err
		}
		o, done := before[b.ID]
		switch {
		case b.Level == string(seal.Custodians):
			continue
		case b.Envelope == nil: // older than envelopes
			b.OpenedAt = &tx.Now
			if err := Move(ctx, tx, b, bid.Open, "bid.opened"); err != nil {
				return err
			}
			continue
		case !done || !o.Of(b):
			now, err := s.outcomes(ctx, tx.Client, []*ent.Bid{b})
			if err != nil {
				return err
			}
			o = now[b.ID]
		}
		if err := Apply(ctx, tx, b, o); err != nil {
			return err
		}
	}
	return nil
}

// closedSet is the fact that fixes which envelopes there were at the deadline.
func closedSet(bids []*ent.Bid) entry.Column {
	return entry.Column{Name: entry.Fact + "envelopes", Value: hex.EncodeToString(SetOf(bids))}
}

// SetOf is the digest of the set of the envelopes of bids.
func SetOf(bids []*ent.Bid) []byte {
	digests := make([][]byte, len(bids))
	for i, b := range bids {
		digests[i] = b.ContentDigest
	}
	return bid.Set(digests)
}
