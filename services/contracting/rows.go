package contracting

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcontract "github.com/jiebang/jiebang/ent/gen/ent/contract"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/money"
)

// Image is the audited columns of a contract.
func Image(k *ent.Contract) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", k.Jurisdiction).Int("version", int64(k.Version)).Time("created_at", k.CreatedAt).Time("updated_at", k.UpdatedAt).
		Text("title", k.Title).Text("buyer_id", k.BuyerID).Text("seller_id", k.SellerID).Text("channel", string(k.Channel)).Text("class", string(k.Class)).
		Text("field", string(k.Field)).Int("total_fen", int64(k.TotalFen)).Bytes("text_digest", k.TextDigest).Text("state", string(k.State)).
		Bool("recorded", k.Recorded)
	entry.Optional(i, "number", k.Number, i.Text)
	entry.Optional(i, "demand_id", k.DemandID, i.Text)
	entry.Optional(i, "broker_id", k.BrokerID, i.Text)
	entry.Optional(i, "buyer_signed_at", k.BuyerSignedAt, i.Time)
	entry.Optional(i, "seller_signed_at", k.SellerSignedAt, i.Time)
	entry.Optional(i, "sign_date", k.SignDate, i.Text)
	entry.Optional(i, "buyer_completed_at", k.BuyerCompletedAt, i.Time)
	entry.Optional(i, "seller_completed_at", k.SellerCompletedAt, i.Time)
	entry.Optional(i, "end_reason", k.EndReason, i.Text)
	entry.Optional(i, "change_request", k.ChangeRequest, i.Text)
	entry.Optional(i, "buyer_signature", k.BuyerSignature, i.Text)
	entry.Optional(i, "seller_signature", k.SellerSignature, i.Text)
	entry.Optional(i, "end_code", k.EndCode, func(n string, c contract.EndCode) *entry.Image { return i.Text(n, string(c)) })
	entry.Optional(i, "amount_paid_fen", k.AmountPaidFen, func(n string, f money.Fen) *entry.Image { return i.Int(n, int64(f)) })
	if k.TextVersion != 1 { // entries from before there were versions and plans have neither
		i.Int("text_version", int64(k.TextVersion))
	}
	if k.Plan != "" {
		i.Text("plan", k.Plan)
	}
	if k.Clauses != "" {
		i.Text("clauses", k.Clauses)
	}
	for _, c := range []entry.Column{{Name: "consortium", Value: k.Consortium}, {Name: "member_signatures", Value: k.MemberSignatures}} {
		if c.Value != "" {
			i.Text(c.Name, c.Value)
		}
	}
	return i.Row()
}

// save appends the entry of a changed contract, with facts of the moment, and writes its row; version 0 is a new one.
func save(ctx context.Context, tx *storage.Txn, kind string, k *ent.Contract, facts ...entry.Column) error {
	k.Version, k.UpdatedAt = k.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.ContractName(k.ID), Organization: id.OrganizationName(k.BuyerID), Row: Image(k).With(facts)})
	if err != nil {
		return err
	}
	k.EntrySeq, k.EntryHash = r.Sequence, r.Hash
	if k.Version == 1 {
		return tx.Contract.Create().SetID(k.ID).SetJurisdiction(k.Jurisdiction).SetVersion(k.Version).SetEntrySeq(k.EntrySeq).SetEntryHash(k.EntryHash).
			SetCreatedAt(k.CreatedAt).SetUpdatedAt(k.UpdatedAt).SetNillableNumber(k.Number).SetTitle(k.Title).SetNillableDemandID(k.DemandID).
			SetBuyerID(k.BuyerID).SetSellerID(k.SellerID).SetNillableBrokerID(k.BrokerID).SetChannel(k.Channel).SetClass(k.Class).SetField(k.Field).
			SetTotalFen(k.TotalFen).SetTextDigest(k.TextDigest).SetState(k.State).SetRecorded(k.Recorded).SetTextVersion(k.TextVersion).SetPlan(k.Plan).SetClauses(k.Clauses).SetConsortium(k.Consortium).
			SetNillableSignDate(k.SignDate).Exec(ctx)
	}
	u := tx.Contract.Update().Where(entcontract.ID(k.ID), entcontract.Version(k.Version-1)).
		SetVersion(k.Version).SetEntrySeq(k.EntrySeq).SetEntryHash(k.EntryHash).SetUpdatedAt(k.UpdatedAt).
		SetNillableNumber(k.Number).SetTitle(k.Title).SetClass(k.Class).SetField(k.Field).SetTotalFen(k.TotalFen).SetTextDigest(k.TextDigest).
		SetState(k.State).SetNillableBuyerSignedAt(k.BuyerSignedAt).SetNillableSellerSignedAt(k.SellerSignedAt).SetNillableSignDate(k.SignDate).
		SetNillableBuyerCompletedAt(k.BuyerCompletedAt).SetNillableSellerCompletedAt(k.SellerCompletedAt).SetNillableEndReason(k.EndReason).
		SetTextVersion(k.TextVersion).SetPlan(k.Plan).SetClauses(k.Clauses).SetNillableChangeRequest(k.ChangeRequest).SetNillableEndCode(k.EndCode).SetNillableAmountPaidFen(k.AmountPaidFen).
		SetNillableBuyerSignature(k.BuyerSignature).SetNillableSellerSignature(k.SellerSignature).SetMemberSignatures(k.MemberSignatures)
	if kind == "contract.revised" {
		u.ClearBuyerSignedAt().ClearSellerSignedAt().ClearBuyerSignature().ClearSellerSignature()
	}
	if k.BrokerID == nil {
		u.ClearBrokerID()
	} else {
		u.SetBrokerID(*k.BrokerID)
	}
	return storage.One(u.Save(ctx))
}
