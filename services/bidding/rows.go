package bidding

import (
	"context"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/money"
)

// Image is the audited columns of a bid. While it is sealed, its content stands in the digest of its envelope alone; from the opening on the
// amount and the proposal stand beside it, and the entry of the opening has the envelope and the shares that opened it, so that anyone can
// do it again.
func Image(b *ent.Bid) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", b.Jurisdiction).Int("version", int64(b.Version)).Time("created_at", b.CreatedAt).Time("updated_at", b.UpdatedAt).
		Text("demand_id", b.DemandID).Text("organization_id", b.OrganizationID).Bytes("content_digest", b.ContentDigest).
		Int("submission", int64(b.Submission)).Text("state", string(b.State)).Bytes("policy", b.Policy)
	entry.Optional(i, "submitted_at", b.SubmittedAt, i.Time)
	entry.Optional(i, "opened_at", b.OpenedAt, i.Time)
	for _, c := range []entry.Column{{Name: "level", Value: b.Level}, {Name: "sealed_by", Value: b.SealedBy}, {Name: "fault", Value: b.Fault}} {
		if c.Value != "" {
			i.Text(c.Name, c.Value)
		}
	}
	entry.Optional(i, "lane", b.Lane, func(n string, l int) *entry.Image { return i.Int(n, int64(l)) })
	if !b.State.Sealed() {
		entry.Optional(i, "amount_fen", b.AmountFen, func(n string, f money.Fen) *entry.Image { return i.Int(n, int64(f)) })
		entry.Optional(i, "proposal", b.Proposal, i.Text)
		entry.Optional(i, "consortium", b.Consortium, i.Text)
		i.Bytes("nonce", b.Nonce)
	}
	return i.Row()
}

// save appends the entry of a changed bid, with facts of the moment, and writes its row; version 0 is a new one.
func save(ctx context.Context, tx *storage.Txn, kind string, b *ent.Bid, facts ...entry.Column) error {
	b.Version, b.UpdatedAt = b.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.BidName(b.DemandID, b.ID), Organization: id.OrganizationName(b.OrganizationID), Row: Image(b).With(facts)})
	if err != nil {
		return err
	}
	b.EntrySeq, b.EntryHash = r.Sequence, r.Hash
	if b.Version == 1 {
		return tx.Bid.Create().SetID(b.ID).SetJurisdiction(b.Jurisdiction).SetVersion(b.Version).SetEntrySeq(b.EntrySeq).SetEntryHash(b.EntryHash).
			SetCreatedAt(b.CreatedAt).SetUpdatedAt(b.UpdatedAt).SetDemandID(b.DemandID).SetOrganizationID(b.OrganizationID).SetDraft(b.Draft).
			SetEnvelope(b.Envelope).SetPolicy(b.Policy).SetLevel(b.Level).SetSealedBy(b.SealedBy).SetContentDigest(b.ContentDigest).SetSubmission(b.Submission).
			SetState(b.State).SetNillableSubmittedAt(b.SubmittedAt).Exec(ctx)
	}
	var amount *int64
	if b.AmountFen != nil {
		amount = new(int64(*b.AmountFen))
	}
	if !b.State.Sealed() { // nothing changes an envelope any more, and a thousand of them are long to write
		return tx.Write(ctx, `UPDATE bids SET version = ?, entry_seq = ?, entry_hash = ?, updated_at = ?, amount_fen = ?, proposal = ?, consortium = ?, fault = ?, state = ?,
			opened_at = ?, lane = ? WHERE id = ? AND version = ?`, b.Version, b.EntrySeq, b.EntryHash, b.UpdatedAt, amount, b.Proposal, b.Consortium, b.Fault, string(b.State), b.OpenedAt, b.Lane, b.ID, b.Version-1)
	}
	return tx.Write(ctx, `UPDATE bids SET version = ?, entry_seq = ?, entry_hash = ?, updated_at = ?, amount_fen = ?, proposal = ?, nonce = ?, draft = ?, envelope = ?,
		policy = ?, level = ?, sealed_by = ?, content_digest = ?, submission = ?, state = ?, submitted_at = ? WHERE id = ? AND version = ?`,
		b.Version, b.EntrySeq, b.EntryHash, b.UpdatedAt, amount, b.Proposal, b.Nonce, b.Draft, b.Envelope, b.Policy, b.Level, b.SealedBy, b.ContentDigest, b.Submission, string(b.State), b.SubmittedAt,
		b.ID, b.Version-1)
}

// held is a bid as it was read under the lock, with its demand and the policy that envelopes for it must be under now.
type held struct {
	bid    *ent.Bid
	demand *ent.Demand
	policy []byte

	received time.Time // when the call about it had come in
}

// load reads a bid of an organization with the state and the deadline of its demand, in one row. Like the writing of a changed bid, it is said
// in SQL: it happens under the lock all the time, and ent takes as long to build a statement as the database to run it.
func load(ctx context.Context, tx *storage.Txn, bidID, demandID string) (held, error) {
	b, d := &ent.Bid{ID: bidID, DemandID: demandID, OrganizationID: tx.Caller.Organization}, &ent.Demand{ID: demandID}
	h := held{bid: b, demand: d}
	var amount *int64
	err := tx.Row(ctx, `SELECT b.jurisdiction, b.version, b.entry_seq, b.entry_hash, b.created_at, b.updated_at, b.amount_fen, b.proposal, b.nonce, b.draft,
		b.envelope, b.policy, COALESCE(b.level, ''), COALESCE(b.sealed_by, ''), COALESCE(b.fault, ''), b.content_digest, b.submission, b.state, b.submitted_at,
		b.opened_at, b.lane, d.organization_id, d.state, d.deadline,
		(SELECT s.policy FROM sealings s WHERE s.demand_id = d.id ORDER BY s.entry_seq DESC LIMIT 1)
		FROM bids b JOIN demands d ON d.id = b.demand_id WHERE b.id = ? AND b.demand_id = ? AND b.organization_id = ?`,
		[]any{bidID, demandID, tx.Caller.Organization},
		&b.Jurisdiction, &b.Version, &b.EntrySeq, &b.EntryHash, &b.CreatedAt, &b.UpdatedAt, &amount, &b.Proposal, &b.Nonce, &b.Draft, &b.Envelope, &b.Policy,
		&b.Level, &b.SealedBy, &b.Fault, &b.ContentDigest, &b.Submission, &b.State, &b.SubmittedAt, &b.OpenedAt, &b.Lane, &d.OrganizationID, &d.State, &d.Deadline, &h.policy)
	if storage.NoRow(err) {
		return held{}, bid.ErrNotFound
	}
	if amount != nil {
		b.AmountFen = new(money.Fen(*amount))
	}
	return h, err
}
