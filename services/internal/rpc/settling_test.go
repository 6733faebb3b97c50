package rpc_test

import (
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// settlingChanges prepares the changes of what hangs on contracts: amendments, which are one at a time, milestones and payments.
func settlingChanges(m *markettest.Market, add func(*markettest.Member, proto.Message, int64)) {
	d := m.Deal(100_000, 2000, 2000, 2000, 2000, 1000, 1000)
	s := []*pb.Milestone{d.Milestones[0], d.To(d.Milestones[1], 1), d.To(d.Milestones[2], 2), d.To(d.Milestones[3], 3), d.Milestones[4]}
	add(d.Zju, &pb.StartMilestoneRequest{Name: s[0].GetName(), Etag: s[0].GetEtag()}, 1)
	add(d.Zju, &pb.SubmitMilestoneEvidenceRequest{Name: s[1].GetName(), Etag: s[1].GetEtag(), Evidence: []*pb.Milestone_Evidence{{Value: "95"}}}, 1)
	add(d.Firm, &pb.StartMilestoneAcceptanceRequest{Name: s[2].GetName(), Etag: s[2].GetEtag()}, 1)
	add(d.Firm, &pb.ConcludeMilestoneAcceptanceRequest{Name: s[3].GetName(), Etag: s[3].GetEtag(), Outcome: pb.Milestone_PARTIALLY_MET, Accepted: markettest.Fen(5), Reason: "缺项"}, 1)
	add(d.Firm, &pb.WaiveMilestoneRequest{Name: s[4].GetName(), Etag: s[4].GetEtag(), Reason: "不需要"}, 1)
	p := make([]*pb.Payment, 4)
	for steps := range p {
		p[steps] = d.Transfer(d.Plan(pb.Payment_PREPAYMENT, 5), steps)
	}
	disputed, void := d.Transfer(d.Plan(pb.Payment_PREPAYMENT, 5), 3), d.Plan(pb.Payment_PREPAYMENT, 5)
	add(d.Firm, &pb.CreatePaymentRequest{Parent: d.Contract.GetName(), Payment: &pb.Payment{Kind: pb.Payment_DEPOSIT, Amount: markettest.Fen(5), Holder: "银行"}}, 1)
	add(d.Zju, &pb.RequestPaymentRequest{Name: p[0].GetName(), Etag: p[0].GetEtag()}, 1)
	add(d.Firm, &pb.ApprovePaymentRequest{Name: p[1].GetName(), Etag: p[1].GetEtag()}, 1)
	add(d.Firm, &pb.ClaimPaymentRequest{Name: p[2].GetName(), Etag: p[2].GetEtag(), Voucher: "2026-1"}, 1)
	add(d.Zju, &pb.ConfirmPaymentRequest{Name: p[3].GetName(), Etag: p[3].GetEtag()}, 1)
	add(d.Zju, &pb.DisputePaymentRequest{Name: disputed.GetName(), Etag: disputed.GetEtag(), Reason: "未到账"}, 1)
	add(d.Zju, &pb.VoidPaymentRequest{Name: void.GetName(), Etag: void.GetEtag(), Reason: "作废"}, 1)
	amended := m.Deal(1000)
	add(amended.Firm, &pb.CreateAmendmentRequest{Parent: amended.Contract.GetName(), Amendment: markettest.Amendment(2000)}, 1)
	proposed, signed, refused, withdrawn := m.Deal(1000), m.Deal(1000), m.Deal(1000), m.Deal(1000)
	m.Clock.Advance(31 * 24 * time.Hour)
	add(d.Firm, &pb.MarkMilestoneNotDeliveredRequest{Name: d.Milestones[5].GetName(), Etag: d.Milestones[5].GetEtag(), Reason: "逾期"}, 1)
	a := proposed.Draft(2000)
	add(proposed.Firm, &pb.ProposeAmendmentRequest{Name: a.GetName(), Etag: a.GetEtag()}, 1)
	a = signed.SignAmendment(signed.Firm, signed.Propose(2000))
	add(signed.Zju, &pb.SignAmendmentRequest{Name: a.GetName(), Etag: a.GetEtag(), SignDigest: a.GetSignDigest()}, 1)
	a = refused.Propose(2000)
	add(refused.Zju, &pb.RefuseAmendmentRequest{Name: a.GetName(), Etag: a.GetEtag(), Reason: "价高"}, 1)
	a = withdrawn.Draft(2000)
	add(withdrawn.Firm, &pb.WithdrawAmendmentRequest{Name: a.GetName(), Etag: a.GetEtag()}, 1)
}
