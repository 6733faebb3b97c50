package backfilling

import (
	"context"
	"strconv"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbackfill "github.com/jiebang/jiebang/ent/gen/ent/backfill"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/money"
)

func lineText(line int) string { return strconv.Itoa(line) }

// Image is the audited columns of a backfill.
func Image(b *ent.Backfill) entry.Row {
	return (&entry.Image{}).Text("jurisdiction", b.Jurisdiction).Int("version", int64(b.Version)).Time("created_at", b.CreatedAt).Time("updated_at", b.UpdatedAt).
		Text("source", b.Source).Text("state", string(b.State)).Bytes("digest", b.Digest).Int("row_count", int64(b.RowCount)).
		Int("recorded_count", int64(b.RecordedCount)).Text("staged_by", b.StagedBy).Text("requested_by", b.RequestedBy).Text("approved_by", b.ApprovedBy).
		Text("reason", b.Reason).Row()
}

// PastImage is the audited columns of what is past.
func PastImage(p *ent.PastRecord) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", p.Jurisdiction).Int("version", int64(p.Version)).Time("created_at", p.CreatedAt).Time("updated_at", p.UpdatedAt).
		Text("backfill_id", p.BackfillID).Int("backfill_row", int64(p.BackfillRow)).Text("source", p.Source).Text("number_there", p.NumberThere).
		Text("kind", string(p.Kind)).Text("state", string(p.State)).Text("title", p.Title).Text("buyer_id", p.BuyerID).Text("field", string(p.Field))
	entry.Optional(i, "seller_id", p.SellerID, i.Text)
	entry.Optional(i, "collected_date", p.CollectedDate, i.Text)
	entry.Optional(i, "date", p.Date, i.Text)
	entry.Optional(i, "amount_fen", p.AmountFen, func(name string, f money.Fen) *entry.Image { return i.Int(name, int64(f)) })
	entry.Optional(i, "demand_number", p.DemandNumber, i.Text)
	return i.Row()
}

// save appends the entry of a changed backfill and writes its row; version 0 is a new one.
func save(ctx context.Context, tx *storage.Txn, kind string, b *ent.Backfill) error {
	b.Version, b.UpdatedAt = b.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.BackfillName(b.ID), Organization: "", Row: Image(b)})
	if err != nil {
		return err
	}
	b.EntrySeq, b.EntryHash = r.Sequence, r.Hash
	if b.Version == 1 {
		return tx.Backfill.Create().SetID(b.ID).SetJurisdiction(b.Jurisdiction).SetVersion(b.Version).SetEntrySeq(b.EntrySeq).SetEntryHash(b.EntryHash).
			SetCreatedAt(b.CreatedAt).SetUpdatedAt(b.UpdatedAt).SetSource(b.Source).SetState(b.State).SetDigest(b.Digest).SetRowCount(b.RowCount).SetStagedBy(b.StagedBy).Exec(ctx)
	}
	return storage.One(tx.Backfill.Update().Where(entbackfill.ID(b.ID), entbackfill.Version(b.Version-1)).SetVersion(b.Version).SetEntrySeq(b.EntrySeq).SetEntryHash(b.EntryHash).
		SetUpdatedAt(b.UpdatedAt).SetState(b.State).SetRecordedCount(b.RecordedCount).SetRequestedBy(b.RequestedBy).SetApprovedBy(b.ApprovedBy).SetReason(b.Reason).Save(ctx))
}

// savePast appends the entry of what is past, as far as it had come. Its row is written with the last one.
func savePast(tx *storage.Txn, kind string, p *ent.PastRecord) error {
	p.Version, p.UpdatedAt = p.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.PastRecordName(p.ID), Organization: id.OrganizationName(p.BuyerID), Row: PastImage(p)})
	p.EntrySeq, p.EntryHash = r.Sequence, r.Hash
	return err
}

// create writes the row of what is past.
func create(ctx context.Context, tx *storage.Txn, p *ent.PastRecord) error {
	return tx.PastRecord.Create().SetID(p.ID).SetJurisdiction(p.Jurisdiction).SetVersion(p.Version).SetEntrySeq(p.EntrySeq).SetEntryHash(p.EntryHash).
		SetCreatedAt(p.CreatedAt).SetUpdatedAt(p.UpdatedAt).SetBackfillID(p.BackfillID).SetBackfillRow(p.BackfillRow).SetSource(p.Source).SetNumberThere(p.NumberThere).
		SetKind(p.Kind).SetState(p.State).SetTitle(p.Title).SetBuyerID(p.BuyerID).SetNillableSellerID(p.SellerID).SetField(p.Field).
		SetNillableCollectedDate(p.CollectedDate).SetNillableDate(p.Date).SetNillableAmountFen(p.AmountFen).SetNillableDemandNumber(p.DemandNumber).Exec(ctx)
}
