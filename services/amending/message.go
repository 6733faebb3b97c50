package amending

import (
	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/amending/amendment"
	"github.com/jiebang/jiebang/services/contracting"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

func message(a *ent.Amendment) *pb.Amendment {
	m := &pb.Amendment{
		Name: id.AmendmentName(a.ContractID, a.ID), Number: int32(a.Number), Explanation: a.Explanation, NewTotal: rpc.Money(a.NewTotalFen),
		Difference: rpc.Money(a.DifferenceFen), TextDigest: a.TextDigest, State: rpc.Enum[pb.Amendment_State](pb.Amendment_State_value, a.State),
		Drafter: id.OrganizationName(a.DrafterID), SignDigest: Terms(a).Digest(), BuyerSignTime: rpc.OptionalStamp(a.BuyerSignedAt),
		SellerSignTime: rpc.OptionalStamp(a.SellerSignedAt), BuyerSignature: contracting.SignatureMessage(a.BuyerSignature),
		SellerSignature: contracting.SignatureMessage(a.SellerSignature), Etag: rpc.Etag(a.Version), CreateTime: rpc.Stamp(a.CreatedAt), UpdateTime: rpc.Stamp(a.UpdatedAt),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: a.Jurisdiction, Sequence: a.EntrySeq, Hash: a.EntryHash}),
	}
	for _, r := range a.Reasons {
		m.Reasons = append(m.Reasons, rpc.Enum[pb.Amendment_Reason](pb.Amendment_Reason_value, r))
	}
	if a.EffectiveAt != nil {
		m.SignDate = contracting.DateMessage(contract.SignDate(*a.EffectiveAt))
	}
	if a.EndReason != nil {
		m.EndReason = *a.EndReason
	}
	return m
}

// content reads what is written in an amendment.
func content(m *pb.Amendment) (c Content, err error) {
	c = Content{Explanation: m.GetExplanation(), TextDigest: m.GetTextDigest()}
	for _, r := range m.GetReasons() {
		c.Reasons = append(c.Reasons, string(rpc.Stored[amendment.Reason](r)))
	}
	if err := contract.CheckText(c.TextDigest); err != nil {
		return c, rpc.At("amendment.text_digest", err)
	}
	c.NewTotal, err = rpc.Amount("amendment.new_total", m.GetNewTotal())
	return c, err
}
