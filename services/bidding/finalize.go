package bidding

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/keeping"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Receipt is what a bidder keeps of a sealed bid.
type Receipt struct {
	BidID, DemandID, OrganizationID string
	Submission                      int
	Digest                          []byte
	ReceivedAt                      time.Time
	Entry                           storage.Receipt
	SealedBy, Level                 string
}

// Text is what is signed of a receipt: a line for what it is, then a line a field.
func (r Receipt) Text() string {
	var b strings.Builder
	b.WriteString("jiebang bid receipt 1\n")
	for _, f := range [][2]string{
		{"bid", id.BidName(r.DemandID, r.BidID)}, {"organization", id.OrganizationName(r.OrganizationID)}, {"submission", fmt.Sprint(r.Submission)},
		{"digest", hex.EncodeToString(r.Digest)}, {"received", r.ReceivedAt.UTC().Format(entry.TimeLayout)}, {"ledger", r.Entry.Jurisdiction},
		{"sequence", fmt.Sprint(r.Entry.Sequence)}, {"entry", hex.EncodeToString(r.Entry.Hash)}, {"sealed_by", r.SealedBy}, {"level", r.Level},
	} {
		fmt.Fprintf(&b, "%s %s\n", f[0], f[1])
	}
	return b.String()
}

// Finalize takes a bid that the bidder has sealed, as the given submission.
func (s *Bidding) Finalize(ctx context.Context, demandID string, envelope []byte, submission int) (Receipt, error) {
	home, err := rpc.Home(id.Demand, demandID, demand.ErrNotFound)
	if err != nil {
		return Receipt{}, err
	}
	e, wrong := seal.Parse(envelope)
	if wrong == nil && e.Part != seal.Whole {
		wrong = bid.ErrPart
	}
	r, err := storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (Receipt, error) {
		if wrong != nil {
			return Receipt{}, rpc.At("envelope", wrong)
		}
		d, err := posting.Find(ctx, tx.Client, demandID, tx.Caller)
		if err != nil {
			return Receipt{}, err
		}
		at, err := inTime(ctx, tx, d)
		if err != nil {
			return Receipt{}, err
		}
		if err := eligible(ctx, tx, d); err != nil {
			return Receipt{}, err
		}
		under, err := keeping.Sealing(ctx, tx.Client, demandID)
		if err != nil {
			return Receipt{}, err
		}
		if err := e.Check(keeping.Terms(under)); err != nil {
			return Receipt{}, rpc.At("envelope", err)
		}
		b, kind, err := s.place(ctx, tx, d, submission)
		if err != nil {
			return Receipt{}, err
		}
		put(b, envelope, under, byBidder)
		b.SubmittedAt = &at
		if err := save(ctx, tx, kind, b); err != nil {
			return Receipt{}, err
		}
		return receiptOf(b), nil
	})
	if err != nil {
		return Receipt{}, s.refused(ctx, home, demandID, e, err)
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

func receiptOf(b *ent.Bid) Receipt {
	return Receipt{BidID: b.ID, DemandID: b.DemandID, OrganizationID: b.OrganizationID, Submission: b.Submission, Digest: b.ContentDigest, ReceivedAt: *b.SubmittedAt,
		Entry: storage.Receipt{Jurisdiction: b.Jurisdiction, Sequence: b.EntrySeq, Hash: b.EntryHash}, SealedBy: b.SealedBy, Level: b.Level}
}
