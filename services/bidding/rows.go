package bidding

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Image is the audited columns of a bid. While it is sealed, its content stands in the digest alone; from the opening on the amount,
// the proposal and the nonce stand beside it, so that anyone can compare them with the digest that was there before the deadline.
func Image(b *ent.Bid) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", b.Jurisdiction).Int("version", int64(b.Version)).Time("created_at", b.CreatedAt).Time("updated_at", b.UpdatedAt).
		Text("demand_id", b.DemandID).Text("organization_id", b.OrganizationID).Bytes("content_digest", b.ContentDigest).
		Int("submission", int64(b.Submission)).Text("state", string(b.State))
	entry.Optional(i, "submitted_at", b.SubmittedAt, i.Time)
	entry.Optional(i, "opened_at", b.OpenedAt, i.Time)
	if !b.State.Sealed() {
		i.Int("amount_fen", int64(b.AmountFen)).Text("proposal", b.Proposal).Bytes("nonce", b.Nonce)
	}
	return i.Row()
}

// DigestOf is the digest of what the columns of a bid hold; it differs from content_digest if somebody changed them.
func DigestOf(b *ent.Bid) []byte {
	return bid.Digest(b.ID, b.Submission, b.Nonce, b.AmountFen, b.Proposal)
}

// save appends the entry of a changed bid and writes its row; version 0 is a new one.
func save(ctx context.Context, tx *storage.Txn, kind string, b *ent.Bid) error {
	b.Version, b.UpdatedAt = b.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.BidName(b.DemandID, b.ID), Organization: id.OrganizationName(b.OrganizationID), Row: Image(b)})
	if err != nil {
		return err
	}
	b.EntrySeq, b.EntryHash = r.Sequence, r.Hash
	if b.Version == 1 {
		return tx.Bid.Create().SetID(b.ID).SetJurisdiction(b.Jurisdiction).SetVersion(b.Version).SetEntrySeq(b.EntrySeq).SetEntryHash(b.EntryHash).
			SetCreatedAt(b.CreatedAt).SetUpdatedAt(b.UpdatedAt).SetDemandID(b.DemandID).SetOrganizationID(b.OrganizationID).SetAmountFen(b.AmountFen).
			SetProposal(b.Proposal).SetNonce(b.Nonce).SetContentDigest(b.ContentDigest).SetSubmission(b.Submission).SetState(b.State).Exec(ctx)
	}
	return storage.One(tx.Bid.Update().Where(entbid.ID(b.ID), entbid.Version(b.Version-1)).
		SetVersion(b.Version).SetEntrySeq(b.EntrySeq).SetEntryHash(b.EntryHash).SetUpdatedAt(b.UpdatedAt).
		SetAmountFen(b.AmountFen).SetProposal(b.Proposal).SetNonce(b.Nonce).SetContentDigest(b.ContentDigest).SetSubmission(b.Submission).
		SetState(b.State).SetNillableSubmittedAt(b.SubmittedAt).SetNillableOpenedAt(b.OpenedAt).Save(ctx))
}
