package registering

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entregistration "github.com/jiebang/jiebang/ent/gen/ent/registration"
	entregistryrecord "github.com/jiebang/jiebang/ent/gen/ent/registryrecord"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/money"
)

// Image is the audited columns of a registration.
func Image(r *ent.Registration) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", r.Jurisdiction).Int("version", int64(r.Version)).Time("created_at", r.CreatedAt).Time("updated_at", r.UpdatedAt).
		Text("contract_id", r.ContractID).Text("buyer_id", r.BuyerID).Text("seller_id", r.SellerID).Text("registry", r.Registry).Text("state", string(r.State)).
		Int("claimed_total_fen", int64(r.ClaimedTotalFen)).Int("claimed_technology_fen", int64(r.ClaimedTechnologyFen)).Bool("disputed", r.Disputed).
		Text("review", r.Review).Text("recorded_number", r.RecordedNumber).Int("recorded_total_fen", int64(r.RecordedTotalFen)).
		Int("recorded_technology_fen", int64(r.RecordedTechnologyFen)).Text("recorded_date", r.RecordedDate).Text("recorded_by", r.RecordedBy).
		Text("confirmed_by", r.ConfirmedBy).Text("duty", string(r.Duty)).Text("reason", r.Reason).Text("benefits", r.Benefits)
	entry.Optional(i, "filed_at", r.FiledAt, i.Time)
	entry.Optional(i, "accepted_at", r.AcceptedAt, i.Time)
	entry.Optional(i, "due_at", r.DueAt, i.Time)
	entry.Optional(i, "overdue_at", r.OverdueAt, i.Time)
	entry.Optional(i, "number", r.Number, i.Text)
	entry.Optional(i, "register_date", r.RegisterDate, i.Text)
	amount := func(name string, f money.Fen) *entry.Image { return i.Int(name, int64(f)) }
	entry.Optional(i, "total_fen", r.TotalFen, amount)
	entry.Optional(i, "technology_fen", r.TechnologyFen, amount)
	for _, d := range []struct {
		name   string
		digest []byte
	}{{"review_digest", r.ReviewDigest}, {"recorded_digest", r.RecordedDigest}, {"certificate_digest", r.CertificateDigest}} {
		if len(d.digest) > 0 {
			i.Bytes(d.name, d.digest)
		}
	}
	return i.Row()
}

// save appends the entry of a changed registration and writes its row; version 0 is a new one.
func save(ctx context.Context, tx *storage.Txn, kind string, r *ent.Registration) error {
	r.Version, r.UpdatedAt = r.Version+1, tx.Now
	receipt, err := tx.Append(entry.Entry{Kind: kind, Subject: id.RegistrationName(r.ContractID, r.ID), Organization: id.OrganizationName(r.SellerID), Row: Image(r)})
	if err != nil {
		return err
	}
	r.EntrySeq, r.EntryHash = receipt.Sequence, receipt.Hash
	if r.Version == 1 {
		return tx.Registration.Create().SetID(r.ID).SetJurisdiction(r.Jurisdiction).SetVersion(r.Version).SetEntrySeq(r.EntrySeq).SetEntryHash(r.EntryHash).
			SetCreatedAt(r.CreatedAt).SetUpdatedAt(r.UpdatedAt).SetContractID(r.ContractID).SetBuyerID(r.BuyerID).SetSellerID(r.SellerID).SetRegistry(r.Registry).
			SetState(r.State).SetClaimedTotalFen(r.ClaimedTotalFen).SetClaimedTechnologyFen(r.ClaimedTechnologyFen).SetDuty(r.Duty).Exec(ctx)
	}
	u := tx.Registration.Update().Where(entregistration.ID(r.ID), entregistration.Version(r.Version-1)).
		SetVersion(r.Version).SetEntrySeq(r.EntrySeq).SetEntryHash(r.EntryHash).SetUpdatedAt(r.UpdatedAt).SetState(r.State).
		SetClaimedTotalFen(r.ClaimedTotalFen).SetClaimedTechnologyFen(r.ClaimedTechnologyFen).SetNillableFiledAt(r.FiledAt).SetNillableAcceptedAt(r.AcceptedAt).
		SetNillableDueAt(r.DueAt).SetNillableOverdueAt(r.OverdueAt).SetDisputed(r.Disputed).SetReview(r.Review).SetReviewDigest(r.ReviewDigest).
		SetRecordedNumber(r.RecordedNumber).SetRecordedTotalFen(r.RecordedTotalFen).SetRecordedTechnologyFen(r.RecordedTechnologyFen).
		SetRecordedDate(r.RecordedDate).SetRecordedDigest(r.RecordedDigest).SetRecordedBy(r.RecordedBy).SetNillableNumber(r.Number).
		SetNillableTotalFen(r.TotalFen).SetNillableTechnologyFen(r.TechnologyFen).SetNillableRegisterDate(r.RegisterDate).
		SetCertificateDigest(r.CertificateDigest).SetConfirmedBy(r.ConfirmedBy).SetDuty(r.Duty).SetReason(r.Reason).SetBenefits(r.Benefits)
	if r.AcceptedAt == nil {
		u.ClearAcceptedAt()
	}
	if r.DueAt == nil {
		u.ClearDueAt()
	}
	if r.OverdueAt == nil {
		u.ClearOverdueAt()
	}
	return storage.One(u.Save(ctx))
}

// RecordImage is the audited columns of a row of the registry's list.
func RecordImage(r *ent.RegistryRecord) entry.Row {
	return (&entry.Image{}).Text("jurisdiction", r.Jurisdiction).Int("version", int64(r.Version)).Time("created_at", r.CreatedAt).Time("updated_at", r.UpdatedAt).
		Text("number", r.Number).Text("title", r.Title).Text("buyer", r.Buyer).Text("seller", r.Seller).Int("total_fen", int64(r.TotalFen)).
		Int("technology_fen", int64(r.TechnologyFen)).Text("register_date", r.RegisterDate).Row()
}

// saveRecord appends the entry of a changed row of the registry's list and writes it; version 0 is a new one. It is the bureau's.
func saveRecord(ctx context.Context, tx *storage.Txn, r *ent.RegistryRecord) error {
	r.Version, r.UpdatedAt = r.Version+1, tx.Now
	receipt, err := tx.Append(entry.Entry{Kind: "registry_record.imported", Subject: id.RegistryRecordName(r.ID),
		Organization: id.OrganizationName(tx.Caller.Organization), Row: RecordImage(r)})
	if err != nil {
		return err
	}
	r.EntrySeq, r.EntryHash = receipt.Sequence, receipt.Hash
	if r.Version == 1 {
		return tx.RegistryRecord.Create().SetID(r.ID).SetJurisdiction(r.Jurisdiction).SetVersion(r.Version).SetEntrySeq(r.EntrySeq).SetEntryHash(r.EntryHash).
			SetCreatedAt(r.CreatedAt).SetUpdatedAt(r.UpdatedAt).SetNumber(r.Number).SetTitle(r.Title).SetBuyer(r.Buyer).SetSeller(r.Seller).
			SetTotalFen(r.TotalFen).SetTechnologyFen(r.TechnologyFen).SetRegisterDate(r.RegisterDate).Exec(ctx)
	}
	return storage.One(tx.RegistryRecord.Update().Where(entregistryrecord.ID(r.ID), entregistryrecord.Version(r.Version-1)).SetVersion(r.Version).
		SetEntrySeq(r.EntrySeq).SetEntryHash(r.EntryHash).SetUpdatedAt(r.UpdatedAt).SetTitle(r.Title).SetBuyer(r.Buyer).SetSeller(r.Seller).
		SetTotalFen(r.TotalFen).SetTechnologyFen(r.TechnologyFen).SetRegisterDate(r.RegisterDate).Save(ctx))
}
