package bidding

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
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
	entry.Optional(i, "lane", b.Lane, func(n string, l int) *entry.Image { return i.Int(n, int64(l)) })
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
	return tx.Write(ctx, `UPDATE bids SET version = ?, entry_seq = ?, entry_hash = ?, updated_at = ?, amount_fen = ?, proposal = ?, nonce = ?, content_digest = ?,
		submission = ?, state = ?, submitted_at = ?, opened_at = ?, lane = ? WHERE id = ? AND version = ?`,
		b.Version, b.EntrySeq, b.EntryHash, b.UpdatedAt, int64(b.AmountFen), b.Proposal, b.Nonce, b.ContentDigest,
		b.Submission, string(b.State), b.SubmittedAt, b.OpenedAt, b.Lane, b.ID, b.Version-1)
}

// load reads a bid of an organization with the state and the deadline of its demand, in one row. Like the writing of a changed bid, it is said
// in SQL: it happens under the lock all the time, and ent takes as long to build a statement as the database to run it.
func load(ctx context.Context, tx *storage.Txn, bidID, demandID string) (*ent.Bid, *ent.Demand, error) {
	b, d := &ent.Bid{ID: bidID, DemandID: demandID, OrganizationID: tx.Caller.Organization}, &ent.Demand{ID: demandID}
	err := tx.Row(ctx, `SELECT b.jurisdiction, b.version, b.entry_seq, b.entry_hash, b.created_at, b.updated_at, b.amount_fen, b.proposal, b.nonce, b.content_digest,
		b.submission, b.state, b.submitted_at, b.opened_at, d.organization_id, d.state, d.deadline
		FROM bids b JOIN demands d ON d.id = b.demand_id WHERE b.id = ? AND b.demand_id = ? AND b.organization_id = ?`,
		[]any{bidID, demandID, tx.Caller.Organization},
		&b.Jurisdiction, &b.Version, &b.EntrySeq, &b.EntryHash, &b.CreatedAt, &b.UpdatedAt, &b.AmountFen, &b.Proposal, &b.Nonce, &b.ContentDigest,
		&b.Submission, &b.State, &b.SubmittedAt, &b.OpenedAt, &d.OrganizationID, &d.State, &d.Deadline)
	if storage.NoRow(err) {
		return nil, nil, bid.ErrNotFound
	}
	return b, d, err
}
