package settling

import (
	"fmt"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/accounting"
	"github.com/jiebang/jiebang/services/contracting"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/settling/milestone"
	"github.com/jiebang/jiebang/services/settling/payment"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// milestoneMessage writes a milestone as it stands on a day.
func milestoneMessage(m *ent.Milestone, today string) *pb.Milestone {
	out := &pb.Milestone{
		Name: id.MilestoneName(m.ContractID, m.ID), Number: int32(m.Number), Title: m.Title, Share: int32(m.Share), Amount: rpc.Money(m.AmountFen),
		Accepted: rpc.Money(m.AcceptedFen), DueDate: contracting.DateMessage(m.DueDate), Indicators: m.Indicators,
		State: rpc.Enum[pb.Milestone_State](pb.Milestone_State_value, m.State), Reworks: int32(m.Reworks), Overdue: milestone.Overdue(m.State, m.DueDate, today),
		BuyerWaived: m.BuyerWaivedAt != nil, SellerWaived: m.SellerWaivedAt != nil, Etag: rpc.Etag(m.Version),
		CreateTime: rpc.Stamp(m.CreatedAt), UpdateTime: rpc.Stamp(m.UpdatedAt),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: m.Jurisdiction, Sequence: m.EntrySeq, Hash: m.EntryHash}),
	}
	evidence, err := milestone.DecodeEvidence(m.Evidence)
	for i := 0; err == nil && i < len(evidence); i++ {
		out.Evidence = append(out.Evidence, &pb.Milestone_Evidence{Value: evidence[i].Value, ReportDigest: evidence[i].Report})
	}
	if m.Reason != nil {
		out.Reason = *m.Reason
	}
	return out
}

// evidenceOf reads evidence.
func evidenceOf(all []*pb.Milestone_Evidence) (evidence []milestone.Evidence, err error) {
	for i, e := range all {
		digest, err := digestOf(fmt.Sprintf("evidence[%d].report_digest", i), e.GetReportDigest())
		if err != nil {
			return nil, err
		}
		evidence = append(evidence, milestone.Evidence{Value: e.GetValue(), Report: digest})
	}
	return evidence, nil
}

// digestOf reads the SHA-256 of a file that may be absent.
func digestOf(field string, digest []byte) ([]byte, error) {
	if len(digest) == 0 {
		return nil, nil
	}
	return digest, rpc.At(field, contract.CheckText(digest))
}

func paymentMessage(p *ent.Payment) *pb.Payment {
	out := &pb.Payment{
		Name: id.PaymentName(p.ContractID, p.ID), Kind: rpc.Enum[pb.Payment_Kind](pb.Payment_Kind_value, p.Kind), Amount: rpc.Money(p.AmountFen),
		State: rpc.Enum[pb.Payment_State](pb.Payment_State_value, p.State), VoucherDigest: p.VoucherDigest, ConfirmTime: rpc.OptionalStamp(p.ConfirmedAt),
		Etag: rpc.Etag(p.Version), CreateTime: rpc.Stamp(p.CreatedAt), UpdateTime: rpc.Stamp(p.UpdatedAt),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: p.Jurisdiction, Sequence: p.EntrySeq, Hash: p.EntryHash}),
	}
	if p.MilestoneID != nil {
		out.Milestone = id.MilestoneName(p.ContractID, *p.MilestoneID)
	}
	for _, text := range []struct {
		to   *string
		from *string
	}{{&out.Holder, p.Holder}, {&out.Voucher, p.Voucher}, {&out.Reason, p.Reason}} {
		if text.from != nil {
			*text.to = *text.from
		}
	}
	return out
}

// planned reads a payment to plan for a contract.
func planned(contractID string, m *pb.Payment) (n Planned, err error) {
	n = Planned{Kind: rpc.Stored[payment.Kind](m.GetKind()), Holder: m.GetHolder()}
	if m.GetMilestone() != "" {
		ids, err := rpc.Resource("payment.milestone", m.GetMilestone(), milestonePattern)
		if err != nil {
			return n, err
		}
		if ids[0] != contractID {
			return n, milestone.ErrNotFound.With("milestone", ids[1]).At("payment.milestone")
		}
		n.Milestone = ids[1]
	}
	n.Amount, err = rpc.Amount("payment.amount", m.GetAmount())
	return n, err
}

func balanceMessage(b *ent.Balance) *pb.ContractBalance {
	a := accounting.Balance(b)
	return &pb.ContractBalance{
		Name: id.ContractName(b.ID) + "/balance", Signed: rpc.Money(a.Committed), Amended: rpc.Money(a.Amended), Current: rpc.Money(a.Current()), Paid: rpc.Money(a.Paid),
		Accepted: rpc.Money(a.Accepted), Registered: rpc.Money(a.Registered), Outstanding: rpc.Money(a.Outstanding()), PaidShare: a.PaidShare(),
		AsOfSequence: b.PostingID % entry.Max,
	}
}
