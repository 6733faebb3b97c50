package bidding

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/bidding/consortium"
	"github.com/jiebang/jiebang/services/bidding/envelope"
	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/keeping"
)

// Who seals a bid.
const (
	byServer = "server"
	byBidder = "bidder"
)

// empty takes from a bid whatever its content was in.
func empty(b *ent.Bid) {
	b.AmountFen, b.Proposal, b.Nonce, b.Draft, b.Envelope, b.Policy, b.Level, b.SealedBy = nil, nil, nil, nil, nil, nil, "", ""
}

// hide puts content into a draft, encrypted to the platform.
func (s *Bidding) hide(tx *storage.Txn, b *ent.Bid, c Content) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	empty(b)
	b.Submission = 0
	b.Draft, err = s.keeping.Hide(tx.Rand, id.BidName(b.DemandID, b.ID), text)
	b.ContentDigest = envelope.DigestOf(b)
	return err
}

// put puts an envelope into a bid as its next submission.
func put(b *ent.Bid, content []byte, under *ent.Sealing, by string) {
	empty(b)
	b.Envelope, b.Policy, b.Level, b.SealedBy, b.Submission = content, under.Policy, under.Level, by, b.Submission+1
	b.ContentDigest = envelope.DigestOf(b)
}

// content is what the bidder wrote, as far as the platform can read it: not of what a bidder has sealed to custodians.
func (s *Bidding) content(ctx context.Context, b *ent.Bid) (c Content, err error) {
	switch {
	case b.AmountFen != nil && b.Proposal != nil: // opened, or older than envelopes
		c = Content{Amount: *b.AmountFen, Proposal: *b.Proposal}
		if b.Consortium != nil {
			c.Consortium = consortium.Read(*b.Consortium)
		}
		return c, nil
	case b.Draft != nil:
		text, err := s.keeping.Reveal(id.BidName(b.DemandID, b.ID), b.Draft)
		if err != nil {
			return c, err
		}
		return c, json.Unmarshal(text, &c)
	case b.Level == string(seal.Platform) && b.State.Sealed():
		return s.peek(ctx, b)
	}
	return c, nil
}

// peek opens an envelope of level S0 for the bidder itself. One that cannot be opened has no content; what is wrong with it is said at the
// opening.
func (s *Bidding) peek(ctx context.Context, b *ent.Bid) (c Content, err error) {
	under, err := keeping.Under(ctx, s.db.Read, b.DemandID, b.Policy)
	if err != nil {
		return c, err
	}
	shares, err := s.platformShares(b)
	if err != nil {
		return c, err
	}
	o := envelope.Decide(b, under, shares)
	if o.Fault != nil {
		return c, nil
	}
	return Content{*o.Plain.Amount, o.Plain.Proposal, consortium.Opened(o.Plain.Consortium)}, nil
}

// platformShares is what the platform gives to the opening of a bid of level S0; nothing if the envelope holds nothing for it.
func (s *Bidding) platformShares(b *ent.Bid) ([]seal.Share, error) {
	key, err := s.keeping.Platform(b.DemandID)
	if err != nil {
		return nil, err
	}
	e, err := seal.Parse(b.Envelope)
	if err != nil {
		return nil, nil // the opening says so
	}
	share, err := seal.OpenStanza(key, e)
	if err != nil {
		return nil, nil
	}
	return []seal.Share{share}, nil
}

// sealed seals content for an organization as one submission.
func sealed(source chance.Source, under *ent.Sealing, organization string, submission int, c Content) ([]byte, error) {
	return envelope.Seal(source, under, seal.Plain{Organization: id.OrganizationName(organization), Submission: submission, Amount: &c.Amount, Proposal: c.Proposal,
		Consortium: consortium.Sealed(c.Consortium)})
}

// ahead is what was sealed before the lock was held, and of what it holds good.
type ahead struct {
	sealing  *ent.Sealing
	digest   []byte // of the bid as it was
	envelope []byte
}

// ready seals before the lock is held, so that nobody waits for it; what is nil is the draft. It is a guess: whatever does not hold under the
// lock any more is done again there, and whatever is wrong is said there.
func (s *Bidding) ready(ctx context.Context, bidID, demandID string, what *Content) (a ahead) {
	b, err := s.db.Read.Bid.Query().Where(entbid.ID(bidID), entbid.DemandID(demandID)).Only(ctx)
	if err != nil {
		return ahead{}
	}
	if what == nil {
		c, err := s.content(ctx, b)
		if err != nil || b.State != bid.Draft {
			return ahead{}
		}
		what = &c
	}
	if a.sealing, err = keeping.Sealing(ctx, s.db.Read, demandID); err != nil {
		return ahead{}
	}
	a.digest = b.ContentDigest
	if a.envelope, err = sealed(s.db.Rand(), a.sealing, b.OrganizationID, b.Submission+1, *what); err != nil {
		return ahead{}
	}
	return a
}

// seal seals content into a bid as its next submission, at level S0.
func (s *Bidding) seal(ctx context.Context, tx *storage.Txn, h held, c Content, a ahead) (err error) {
	if a.envelope == nil || !bytes.Equal(a.sealing.Policy, h.policy) || !bytes.Equal(a.digest, h.bid.ContentDigest) {
		if a.sealing, err = keeping.Under(ctx, tx.Client, h.bid.DemandID, h.policy); err != nil {
			return err
		}
		if a.sealing.Level != string(seal.Platform) {
			return bid.ErrBySelf
		}
		if a.envelope, err = sealed(tx.Rand, a.sealing, h.bid.OrganizationID, h.bid.Submission+1, c); err != nil {
			return err
		}
	}
	if a.sealing.Level != string(seal.Platform) {
		return bid.ErrBySelf
	}
	put(h.bid, a.envelope, a.sealing, byServer)
	return nil
}
