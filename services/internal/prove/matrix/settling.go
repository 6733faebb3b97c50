package matrix

import (
	"context"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// settle brings a contract into force, and notes the requests that are about it and about what hangs on it.
func (m *market) settle(ctx context.Context, s sides) error {
	k, err := m.inForce(ctx, s)
	if err != nil {
		return err
	}
	conn := m.server.Conn()
	milestones, err := pb.NewMilestoneServiceClient(conn).ListMilestones(s.firm.ctx(ctx), &pb.ListMilestonesRequest{Parent: k.GetName()})
	if err != nil {
		return err
	}
	payment := &pb.CreatePaymentRequest{RequestId: uuid(), Parent: k.GetName(), Payment: &pb.Payment{Kind: pb.Payment_PREPAYMENT, Amount: yuan(1)}}
	p, err := pb.NewPaymentServiceClient(conn).CreatePayment(s.firm.ctx(ctx), payment)
	if err != nil {
		return err
	}
	amendment := &pb.CreateAmendmentRequest{RequestId: uuid(), Parent: k.GetName(), Amendment: &pb.Amendment{Reasons: []pb.Amendment_Reason{pb.Amendment_SCOPE}, Explanation: "增加内容",
		NewTotal: yuan(9), TextDigest: zeros}}
	a, err := pb.NewAmendmentServiceClient(conn).CreateAmendment(s.zju.ctx(ctx), amendment)
	if err != nil {
		return err
	}
	between := policy.Object{Is: true, Parties: []string{s.firm.Organization, s.zju.Organization}, Jurisdiction: home, Openness: policy.Shared}
	m.add(thingOf{object: between, hidden: "CONTRACT_NOT_FOUND", foreign: "CONTRACT_FOREIGN", rule: true, requests: []proto.Message{amendment, payment,
		&pb.GetContractBalanceRequest{Name: k.GetName() + "/balance"}}})
	name, etag := milestones.GetMilestones()[0].GetName(), milestones.GetMilestones()[0].GetEtag()
	m.add(thingOf{object: between, hidden: "MILESTONE_NOT_FOUND", foreign: "CONTRACT_FOREIGN", rule: true, requests: []proto.Message{&pb.GetMilestoneRequest{Name: name},
		&pb.StartMilestoneRequest{Name: name, Etag: etag}, &pb.SubmitMilestoneEvidenceRequest{Name: name, Etag: etag, Evidence: []*pb.Milestone_Evidence{{Value: "95"}}},
		&pb.StartMilestoneAcceptanceRequest{Name: name, Etag: etag}, &pb.ConcludeMilestoneAcceptanceRequest{Name: name, Etag: etag, Outcome: pb.Milestone_MET},
		&pb.MarkMilestoneNotDeliveredRequest{Name: name, Etag: etag, Reason: "逾期"}, &pb.WaiveMilestoneRequest{Name: name, Etag: etag, Reason: "不需要"}}})
	name, etag = p.GetName(), p.GetEtag()
	m.add(thingOf{object: between, hidden: "PAYMENT_NOT_FOUND", foreign: "CONTRACT_FOREIGN", rule: true, requests: []proto.Message{&pb.GetPaymentRequest{Name: name},
		&pb.RequestPaymentRequest{Name: name, Etag: etag}, &pb.ApprovePaymentRequest{Name: name, Etag: etag}, &pb.ClaimPaymentRequest{Name: name, Etag: etag, Voucher: "1"},
		&pb.ConfirmPaymentRequest{Name: name, Etag: etag}, &pb.DisputePaymentRequest{Name: name, Etag: etag, Reason: "未到账"}, &pb.VoidPaymentRequest{Name: name, Etag: etag, Reason: "作废"}}})
	name, etag = a.GetName(), a.GetEtag()
	m.add(thingOf{object: between, hidden: "AMENDMENT_NOT_FOUND", foreign: "CONTRACT_FOREIGN", rule: true, requests: []proto.Message{&pb.GetAmendmentRequest{Name: name},
		&pb.ProposeAmendmentRequest{Name: name, Etag: etag}, &pb.SignAmendmentRequest{Name: name, Etag: etag, SignDigest: a.GetSignDigest()},
		&pb.RefuseAmendmentRequest{Name: name, Etag: etag, Reason: "价高"}, &pb.WithdrawAmendmentRequest{Name: name, Etag: etag}}})
	if err := m.register(ctx, s, k, between); err != nil {
		return err
	}
	m.add(thingOf{requests: []proto.Message{&pb.ListAmendmentsRequest{Parent: "contracts/-"}, &pb.ListMilestonesRequest{Parent: "contracts/-"}, &pb.ListPaymentsRequest{Parent: "contracts/-"}}})
	return nil
}

// inForce brings a contract with a broker and a milestone into force.
func (m *market) inForce(ctx context.Context, s sides) (*pb.Contract, error) {
	demands, contracts := pb.NewDemandServiceClient(m.server.Conn()), pb.NewContractServiceClient(m.server.Conn())
	d, err := m.publish(ctx, s.firm)
	if err != nil {
		return nil, err
	}
	won, err := m.bid(ctx, s.zju, d, true)
	if err != nil {
		return nil, err
	}
	m.clock.Advance(time.Hour)
	if err := m.server.Settle(ctx); err != nil {
		return nil, err
	}
	if d, err = demands.GetDemand(ctx, &pb.GetDemandRequest{Name: d.GetName()}); err != nil {
		return nil, err
	}
	if d, err = demands.AwardDemand(s.firm.ctx(ctx), &pb.AwardDemandRequest{RequestId: uuid(), Name: d.GetName(), Etag: d.GetEtag(), Bid: won.GetName()}); err != nil {
		return nil, err
	}
	k, err := contracts.CreateContract(s.firm.ctx(ctx), &pb.CreateContractRequest{RequestId: uuid(), Contract: &pb.Contract{Demand: d.GetName(), Title: "技术开发合同",
		Class: pb.ContractClass_DEVELOPMENT, TextDigest: zeros, Broker: id.OrganizationName(s.broker.Organization), Price: &pb.Contract_Price{TechnicalAmount: yuan(1), Vat: pb.Contract_INCLUDED},
		Plan: []*pb.Contract_Stage{{Title: "交付", Share: 10_000, DueDate: &date.Date{Year: 2030, Month: 1, Day: 1}}}}})
	if err != nil {
		return nil, err
	}
	if k, err = contracts.ProposeContract(s.firm.ctx(ctx), &pb.ProposeContractRequest{RequestId: uuid(), Name: k.GetName(), Etag: k.GetEtag()}); err != nil {
		return nil, err
	}
	for _, o := range []served{s.firm, s.zju} {
		if k, err = contracts.SignContract(o.ctx(ctx), &pb.SignContractRequest{RequestId: uuid(), Name: k.GetName(), Etag: k.GetEtag(), SignDigest: k.GetSignDigest()}); err != nil {
			return nil, err
		}
	}
	return k, nil
}
