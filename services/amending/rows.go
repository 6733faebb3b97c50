package amending

import (
	"context"
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entamendment "github.com/jiebang/jiebang/ent/gen/ent/amendment"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Image is the audited columns of an amendment.
func Image(a *ent.Amendment) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", a.Jurisdiction).Int("version", int64(a.Version)).Time("created_at", a.CreatedAt).Time("updated_at", a.UpdatedAt).
		Text("contract_id", a.ContractID).Text("buyer_id", a.BuyerID).Text("seller_id", a.SellerID).Text("drafter_id", a.DrafterID).Int("number", int64(a.Number)).
		Text("reasons", strings.Join(a.Reasons, " ")).Text("explanation", a.Explanation).Int("new_total_fen", int64(a.NewTotalFen)).
		Int("difference_fen", int64(a.DifferenceFen)).Bytes("text_digest", a.TextDigest).Text("state", string(a.State))
	entry.Optional(i, "buyer_signed_at", a.BuyerSignedAt, i.Time)
	entry.Optional(i, "seller_signed_at", a.SellerSignedAt, i.Time)
	entry.Optional(i, "buyer_signature", a.BuyerSignature, i.Text)
	entry.Optional(i, "seller_signature", a.SellerSignature, i.Text)
	entry.Optional(i, "effective_at", a.EffectiveAt, i.Time)
	entry.Optional(i, "end_reason", a.EndReason, i.Text)
	return i.Row()
}

// save appends the entry of a changed amendment and writes its row; version 0 is a new one.
func save(ctx context.Context, tx *storage.Txn, kind string, a *ent.Amendment) error {
	a.Version, a.UpdatedAt = a.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.AmendmentName(a.ContractID, a.ID), Organization: id.OrganizationName(a.BuyerID), Row: Image(a)})
	if err != nil {
		return err
	}
	a.EntrySeq, a.EntryHash = r.Sequence, r.Hash
	if a.Version == 1 {
		return tx.Amendment.Create().SetID(a.ID).SetJurisdiction(a.Jurisdiction).SetVersion(a.Version).SetEntrySeq(a.EntrySeq).SetEntryHash(a.EntryHash).
			SetCreatedAt(a.CreatedAt).SetUpdatedAt(a.UpdatedAt).SetContractID(a.ContractID).SetBuyerID(a.BuyerID).SetSellerID(a.SellerID).SetDrafterID(a.DrafterID).
			SetNumber(a.Number).SetReasons(a.Reasons).SetExplanation(a.Explanation).SetNewTotalFen(a.NewTotalFen).SetDifferenceFen(a.DifferenceFen).
			SetTextDigest(a.TextDigest).SetState(a.State).Exec(ctx)
	}
	return storage.One(tx.Amendment.Update().Where(entamendment.ID(a.ID), entamendment.Version(a.Version-1)).
		SetVersion(a.Version).SetEntrySeq(a.EntrySeq).SetEntryHash(a.EntryHash).SetUpdatedAt(a.UpdatedAt).SetState(a.State).
		SetNillableBuyerSignedAt(a.BuyerSignedAt).SetNillableSellerSignedAt(a.SellerSignedAt).
		SetNillableBuyerSignature(a.BuyerSignature).SetNillableSellerSignature(a.SellerSignature).
		SetNillableEffectiveAt(a.EffectiveAt).SetNillableEndReason(a.EndReason).Save(ctx))
}
