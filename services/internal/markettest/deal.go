package markettest

import (
	"fmt"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"

	fen "github.com/jiebang/jiebang/services/money"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Deal is a contract in force and its sides.
type Deal struct {
	Firm, Zju  *Member
	Contract   *pb.Contract
	Milestones []*pb.Milestone // by number

	m *Market
}

// Deal brings a contract into force for an amount, with milestones of shares that have an indicator each and are due in a month.
func (m *Market) Deal(total fen.Fen, shares ...int32) *Deal {
	m.t.Helper()
	d := &Deal{Firm: m.Firm(), Zju: m.University(), m: m}
	demand := m.Publish(d.Firm, time.Hour)
	bid := m.Bid(d.Zju, demand, 418_000)
	due := m.Clock.Now().Add(30 * 24 * time.Hour)
	k := &pb.Contract{Demand: m.Award(d.Firm, m.Close(d.Firm, demand), bid).GetName(), Title: "技术开发合同", Class: pb.ContractClass_DEVELOPMENT, TextDigest: make([]byte, 32), Total: Fen(total), Price: Price()}
	for i, s := range shares {
		k.Plan = append(k.Plan, &pb.Contract_Stage{Title: fmt.Sprintf("阶段 %d", i+1), Share: s, Indicators: []string{"白度不低于 95"},
			DueDate: &date.Date{Year: int32(due.Year()), Month: int32(due.Month()), Day: int32(due.Day())}})
	}
	k = Must(m.Contracts.CreateContract(d.Firm.Ctx(), &pb.CreateContractRequest{RequestId: ID(), Contract: k}))(m.t)
	k = Must(m.Contracts.ProposeContract(d.Firm.Ctx(), &pb.ProposeContractRequest{RequestId: ID(), Name: k.GetName(), Etag: k.GetEtag()}))(m.t)
	d.Contract = m.Sign(d.Zju, m.Sign(d.Firm, k))
	m.Clock.Advance(time.Minute)
	d.Read()
	return d
}

// Read reads the milestones anew.
func (d *Deal) Read() {
	d.m.t.Helper()
	d.Milestones = make([]*pb.Milestone, len(d.Contract.GetPlan()))
	for _, s := range Must(d.m.Milestones.ListMilestones(d.Firm.Ctx(), &pb.ListMilestonesRequest{Parent: d.Contract.GetName(), PageSize: 200}))(d.m.t).GetMilestones() {
		d.Milestones[s.GetNumber()-1] = s
	}
}

// Balance is what the contract comes to.
func (d *Deal) Balance() *pb.ContractBalance {
	d.m.t.Helper()
	return Must(d.m.Payments.GetContractBalance(d.Firm.Ctx(), &pb.GetContractBalanceRequest{Name: d.Contract.GetName() + "/balance"}))(d.m.t)
}

// Amendment is what an amendment to a total says.
func Amendment(total fen.Fen) *pb.Amendment {
	return &pb.Amendment{Reasons: []pb.Amendment_Reason{pb.Amendment_SCOPE, pb.Amendment_PRICE}, Explanation: "增加中试", NewTotal: Fen(total), TextDigest: make([]byte, 32)}
}

// Draft drafts an amendment of the contract.
func (d *Deal) Draft(total fen.Fen) *pb.Amendment {
	d.m.t.Helper()
	return Must(d.m.Amendments.CreateAmendment(d.Firm.Ctx(), &pb.CreateAmendmentRequest{RequestId: ID(), Parent: d.Contract.GetName(), Amendment: Amendment(total)}))(d.m.t)
}

// Propose drafts and proposes an amendment.
func (d *Deal) Propose(total fen.Fen) *pb.Amendment {
	d.m.t.Helper()
	a := d.Draft(total)
	return Must(d.m.Amendments.ProposeAmendment(d.Firm.Ctx(), &pb.ProposeAmendmentRequest{RequestId: ID(), Name: a.GetName(), Etag: a.GetEtag()}))(d.m.t)
}

// SignAmendment signs an amendment for a member.
func (d *Deal) SignAmendment(o *Member, a *pb.Amendment) *pb.Amendment {
	d.m.t.Helper()
	return Must(d.m.Amendments.SignAmendment(o.Ctx(), &pb.SignAmendmentRequest{RequestId: ID(), Name: a.GetName(), Etag: a.GetEtag(), SignDigest: a.GetSignDigest()}))(d.m.t)
}

// Amend brings an amendment into force.
func (d *Deal) Amend(total fen.Fen) *pb.Amendment {
	d.m.t.Helper()
	a := d.SignAmendment(d.Zju, d.SignAmendment(d.Firm, d.Propose(total)))
	d.m.Clock.Advance(time.Minute)
	return a
}

// Steps are the requests that bring a milestone from SCHEDULED to ACCEPTING, with who makes each.
func (d *Deal) Steps() []Step {
	return []Step{
		{d.Zju, &pb.StartMilestoneRequest{}}, {d.Zju, &pb.SubmitMilestoneEvidenceRequest{Evidence: []*pb.Milestone_Evidence{{Value: "95.3", ReportDigest: make([]byte, 32)}}}},
		{d.Firm, &pb.StartMilestoneAcceptanceRequest{}},
	}
}

// Step is a request and who makes it.
type Step struct {
	By      *Member
	Request proto.Message
}

// To brings a milestone so many steps further.
func (d *Deal) To(s *pb.Milestone, steps int) *pb.Milestone {
	d.m.t.Helper()
	for _, next := range d.Steps()[:steps] {
		s = Must(d.Move(next.By, s, next.Request))(d.m.t)
	}
	return s
}

// Move makes a request about a milestone, in the version that is given.
func (d *Deal) Move(o *Member, s *pb.Milestone, req proto.Message) (*pb.Milestone, error) {
	of := func(name, etag, id *string) { *name, *etag, *id = s.GetName(), s.GetEtag(), ID() }
	switch r := proto.Clone(req).(type) {
	case *pb.StartMilestoneRequest:
		of(&r.Name, &r.Etag, &r.RequestId)
		return d.m.Milestones.StartMilestone(o.Ctx(), r)
	case *pb.SubmitMilestoneEvidenceRequest:
		of(&r.Name, &r.Etag, &r.RequestId)
		return d.m.Milestones.SubmitMilestoneEvidence(o.Ctx(), r)
	case *pb.StartMilestoneAcceptanceRequest:
		of(&r.Name, &r.Etag, &r.RequestId)
		return d.m.Milestones.StartMilestoneAcceptance(o.Ctx(), r)
	case *pb.ConcludeMilestoneAcceptanceRequest:
		of(&r.Name, &r.Etag, &r.RequestId)
		return d.m.Milestones.ConcludeMilestoneAcceptance(o.Ctx(), r)
	case *pb.MarkMilestoneNotDeliveredRequest:
		of(&r.Name, &r.Etag, &r.RequestId)
		return d.m.Milestones.MarkMilestoneNotDelivered(o.Ctx(), r)
	case *pb.WaiveMilestoneRequest:
		of(&r.Name, &r.Etag, &r.RequestId)
		return d.m.Milestones.WaiveMilestone(o.Ctx(), r)
	}
	panic(fmt.Sprintf("no request about a milestone: %T", req))
}

// Meet lets a milestone be accepted whole.
func (d *Deal) Meet(s *pb.Milestone) *pb.Milestone {
	d.m.t.Helper()
	return Must(d.Move(d.Firm, d.To(s, 3), &pb.ConcludeMilestoneAcceptanceRequest{Outcome: pb.Milestone_MET}))(d.m.t)
}

// Plan plans a payment of a kind.
func (d *Deal) Plan(k pb.Payment_Kind, f fen.Fen) *pb.Payment {
	d.m.t.Helper()
	p := &pb.Payment{Kind: k, Amount: Fen(f)}
	if k == pb.Payment_INSTALMENT {
		p.Milestone = d.Milestones[0].GetName()
	}
	if k == pb.Payment_DEPOSIT || k == pb.Payment_ESCROW {
		p.Holder = "建德农商银行"
	}
	return Must(d.m.Payments.CreatePayment(d.Firm.Ctx(), &pb.CreatePaymentRequest{RequestId: ID(), Parent: d.Contract.GetName(), Payment: p}))(d.m.t)
}

// Transfers are the requests that bring a payment from PLANNED to CONFIRMED, with who makes each.
func (d *Deal) Transfers(k pb.Payment_Kind) []Step {
	payer, payee := d.Firm, d.Zju
	if k == pb.Payment_REFUND {
		payer, payee = payee, payer
	}
	return []Step{{payee, &pb.RequestPaymentRequest{}}, {payer, &pb.ApprovePaymentRequest{}}, {payer, &pb.ClaimPaymentRequest{Voucher: "2026-0001", VoucherDigest: make([]byte, 32)}},
		{payee, &pb.ConfirmPaymentRequest{}}}
}

// Transfer brings a payment so many steps further.
func (d *Deal) Transfer(p *pb.Payment, steps int) *pb.Payment {
	d.m.t.Helper()
	for _, next := range d.Transfers(p.GetKind())[:steps] {
		p = Must(d.Pay(next.By, p, next.Request))(d.m.t)
	}
	return p
}

// Pay makes a request about a payment, in the version that is given.
func (d *Deal) Pay(o *Member, p *pb.Payment, req proto.Message) (*pb.Payment, error) {
	of := func(name, etag, id *string) { *name, *etag, *id = p.GetName(), p.GetEtag(), ID() }
	switch r := proto.Clone(req).(type) {
	case *pb.RequestPaymentRequest:
		of(&r.Name, &r.Etag, &r.RequestId)
		return d.m.Payments.RequestPayment(o.Ctx(), r)
	case *pb.ApprovePaymentRequest:
		of(&r.Name, &r.Etag, &r.RequestId)
		return d.m.Payments.ApprovePayment(o.Ctx(), r)
	case *pb.ClaimPaymentRequest:
		of(&r.Name, &r.Etag, &r.RequestId)
		return d.m.Payments.ClaimPayment(o.Ctx(), r)
	case *pb.ConfirmPaymentRequest:
		of(&r.Name, &r.Etag, &r.RequestId)
		return d.m.Payments.ConfirmPayment(o.Ctx(), r)
	case *pb.DisputePaymentRequest:
		of(&r.Name, &r.Etag, &r.RequestId)
		return d.m.Payments.DisputePayment(o.Ctx(), r)
	case *pb.VoidPaymentRequest:
		of(&r.Name, &r.Etag, &r.RequestId)
		return d.m.Payments.VoidPayment(o.Ctx(), r)
	}
	panic(fmt.Sprintf("no request about a payment: %T", req))
}
