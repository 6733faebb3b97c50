package settling

import (
	"context"
	"fmt"
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entmilestone "github.com/jiebang/jiebang/ent/gen/ent/milestone"
	entpayment "github.com/jiebang/jiebang/ent/gen/ent/payment"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// MilestoneImage is the audited columns of a milestone.
func MilestoneImage(m *ent.Milestone) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", m.Jurisdiction).Int("version", int64(m.Version)).Time("created_at", m.CreatedAt).Time("updated_at", m.UpdatedAt).
		Text("contract_id", m.ContractID).Text("buyer_id", m.BuyerID).Text("seller_id", m.SellerID).Int("number", int64(m.Number)).Text("title", m.Title).
		Int("share", int64(m.Share)).Int("amount_fen", int64(m.AmountFen)).Int("accepted_fen", int64(m.AcceptedFen)).Text("due_date", m.DueDate).
		Text("indicators", items(m.Indicators)).Text("evidence", m.Evidence).Text("state", string(m.State)).Int("reworks", int64(m.Reworks))
	entry.Optional(i, "reason", m.Reason, i.Text)
	entry.Optional(i, "buyer_waived_at", m.BuyerWaivedAt, i.Time)
	entry.Optional(i, "seller_waived_at", m.SellerWaivedAt, i.Time)
	return i.Row()
}

// items writes a list as an entry has it: `length SP value LF` an item; the length counts bytes, so a value may hold anything.
func items(values []string) string {
	var b strings.Builder
	for _, v := range values {
		fmt.Fprintf(&b, "%d %s\n", len(v), v)
	}
	return b.String()
}

// PaymentImage is the audited columns of a payment.
func PaymentImage(p *ent.Payment) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", p.Jurisdiction).Int("version", int64(p.Version)).Time("created_at", p.CreatedAt).Time("updated_at", p.UpdatedAt).
		Text("contract_id", p.ContractID).Text("buyer_id", p.BuyerID).Text("seller_id", p.SellerID).Text("kind", string(p.Kind)).
		Int("amount_fen", int64(p.AmountFen)).Text("state", string(p.State)).Bytes("voucher_digest", p.VoucherDigest)
	entry.Optional(i, "milestone_id", p.MilestoneID, i.Text)
	entry.Optional(i, "holder", p.Holder, i.Text)
	entry.Optional(i, "voucher", p.Voucher, i.Text)
	entry.Optional(i, "reason", p.Reason, i.Text)
	entry.Optional(i, "confirmed_at", p.ConfirmedAt, i.Time)
	return i.Row()
}

// saveMilestone appends the entry of a changed milestone and writes its row; version 0 is a new one.
func saveMilestone(ctx context.Context, tx *storage.Txn, kind string, m *ent.Milestone) error {
	m.Version, m.UpdatedAt = m.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.MilestoneName(m.ContractID, m.ID), Organization: id.OrganizationName(m.BuyerID), Row: MilestoneImage(m)})
	if err != nil {
		return err
	}
	m.EntrySeq, m.EntryHash = r.Sequence, r.Hash
	if m.Version == 1 {
		return tx.Milestone.Create().SetID(m.ID).SetJurisdiction(m.Jurisdiction).SetVersion(m.Version).SetEntrySeq(m.EntrySeq).SetEntryHash(m.EntryHash).
			SetCreatedAt(m.CreatedAt).SetUpdatedAt(m.UpdatedAt).SetContractID(m.ContractID).SetBuyerID(m.BuyerID).SetSellerID(m.SellerID).SetNumber(m.Number).
			SetTitle(m.Title).SetShare(m.Share).SetAmountFen(m.AmountFen).SetDueDate(m.DueDate).SetIndicators(m.Indicators).SetState(m.State).Exec(ctx)
	}
	u := tx.Milestone.Update().Where(entmilestone.ID(m.ID), entmilestone.Version(m.Version-1)).
		SetVersion(m.Version).SetEntrySeq(m.EntrySeq).SetEntryHash(m.EntryHash).SetUpdatedAt(m.UpdatedAt).SetAmountFen(m.AmountFen).SetAcceptedFen(m.AcceptedFen).
		SetEvidence(m.Evidence).SetState(m.State).SetReworks(m.Reworks).SetNillableBuyerWaivedAt(m.BuyerWaivedAt).SetNillableSellerWaivedAt(m.SellerWaivedAt)
	if m.Reason == nil {
		u.ClearReason()
	} else {
		u.SetReason(*m.Reason)
	}
	return storage.One(u.Save(ctx))
}

// savePayment appends the entry of a changed payment and writes its row; version 0 is a new one.
func savePayment(ctx context.Context, tx *storage.Txn, kind string, p *ent.Payment) error {
	p.Version, p.UpdatedAt = p.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.PaymentName(p.ContractID, p.ID), Organization: id.OrganizationName(p.BuyerID), Row: PaymentImage(p)})
	if err != nil {
		return err
	}
	p.EntrySeq, p.EntryHash = r.Sequence, r.Hash
	if p.Version == 1 {
		return tx.Payment.Create().SetID(p.ID).SetJurisdiction(p.Jurisdiction).SetVersion(p.Version).SetEntrySeq(p.EntrySeq).SetEntryHash(p.EntryHash).
			SetCreatedAt(p.CreatedAt).SetUpdatedAt(p.UpdatedAt).SetContractID(p.ContractID).SetBuyerID(p.BuyerID).SetSellerID(p.SellerID).SetKind(p.Kind).
			SetNillableMilestoneID(p.MilestoneID).SetAmountFen(p.AmountFen).SetNillableHolder(p.Holder).SetState(p.State).Exec(ctx)
	}
	u := tx.Payment.Update().Where(entpayment.ID(p.ID), entpayment.Version(p.Version-1)).
		SetVersion(p.Version).SetEntrySeq(p.EntrySeq).SetEntryHash(p.EntryHash).SetUpdatedAt(p.UpdatedAt).SetState(p.State).
		SetNillableVoucher(p.Voucher).SetNillableConfirmedAt(p.ConfirmedAt)
	if p.VoucherDigest == nil {
		u.ClearVoucherDigest()
	} else {
		u.SetVoucherDigest(p.VoucherDigest)
	}
	if p.Reason == nil {
		u.ClearReason()
	} else {
		u.SetReason(*p.Reason)
	}
	return storage.One(u.Save(ctx))
}
