package noticing_test

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/registertest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// parties are the sides of a deal among others.
func parties(m *markettest.Market, d *markettest.Deal) *crowd {
	return newCrowd(m, map[string]*markettest.Member{"buyer": d.Firm, "seller": d.Zju, "stranger": m.University(), "bureau": m.Bureau}, officers(m))
}

// both is what both sides of a deal are told.
func both(text string) map[string][]string {
	return map[string][]string{"buyer": {text}, "seller": {text}}
}

// TestAmendments changes a contract: both sides are told, with the contract and the new total.
func TestAmendments(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := m.Deal(100_000, 10_000)
		c := parties(m, d)
		c.news(t)
		of := "合同《技术开发合同》(" + d.Contract.GetNumber() + ")"
		a := d.Draft(120_000)
		c.told(t, "drafted", nobody)
		markettest.Must(m.Amendments.WithdrawAmendment(d.Firm.Ctx(), &pb.WithdrawAmendmentRequest{RequestId: markettest.ID(), Name: a.GetName(), Etag: a.GetEtag()}))(t)
		c.told(t, "withdrawn", both("amendment.withdrawn "+of+"第 1 次变更已撤回"))
		a = d.Propose(120_000)
		c.told(t, "proposed", both("amendment.proposed "+of+"第 2 次变更已定稿,变更后总额 1200.00 元,请核对后签署:增加中试"))
		markettest.Must(m.Amendments.RefuseAmendment(d.Zju.Ctx(), &pb.RefuseAmendmentRequest{RequestId: markettest.ID(), Name: a.GetName(), Etag: a.GetEtag(), Reason: "周期不够"}))(t)
		c.told(t, "refused", both("amendment.refused "+of+"第 2 次变更有一方拒签:周期不够"))
		a = d.Propose(130_000)
		c.news(t)
		a = d.SignAmendment(d.Firm, a)
		c.told(t, "signed", both("amendment.signed "+of+"第 3 次变更已有一方签署,等待另一方"))
		d.SignAmendment(d.Zju, a)
		c.told(t, "in force", both("amendment.activated "+of+"第 3 次变更已生效,现总额 1300.00 元"))
	})
}

// TestMilestones accepts milestones in part, whole and not at all: the side that goes on is told.
func TestMilestones(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := m.Deal(100_000, 4000, 3000, 2000, 1000)
		c := parties(m, d)
		c.news(t)
		of := func(n string) string {
			return "合同《技术开发合同》(" + d.Contract.GetNumber() + ")的里程碑“阶段 " + n + "”"
		}
		move := func(o *markettest.Member, s *pb.Milestone, req proto.Message) *pb.Milestone {
			return markettest.Must(d.Move(o, s, req))(t)
		}
		s := d.To(d.Milestones[0], 3)
		c.told(t, "submitted", map[string][]string{"buyer": {"milestone.evidence_submitted " + of("1") + "已提交材料,请验收"}})
		s = move(d.Firm, s, &pb.ConcludeMilestoneAcceptanceRequest{Outcome: pb.Milestone_PARTIALLY_MET, Accepted: markettest.Fen(10_000), Reason: "白度不稳"})
		c.told(t, "in part", map[string][]string{"seller": {"milestone.partially_met " + of("1") + "部分通过验收,认可 100.00 元:白度不稳"}})
		s = move(d.Zju, s, d.Steps()[1].Request)
		s = move(d.Firm, s, d.Steps()[2].Request)
		c.news(t)
		move(d.Firm, s, &pb.ConcludeMilestoneAcceptanceRequest{Outcome: pb.Milestone_MET})
		c.told(t, "whole", map[string][]string{"seller": {"milestone.met " + of("1") + "已通过验收,认可 400.00 元"}})
		s = d.To(d.Milestones[1], 3)
		c.news(t)
		move(d.Firm, s, &pb.ConcludeMilestoneAcceptanceRequest{Outcome: pb.Milestone_REJECTED, Reason: "报告缺页"})
		c.told(t, "rejected", map[string][]string{"seller": {"milestone.rejected " + of("2") + "未通过验收:报告缺页"}})
		s = move(d.Firm, d.Milestones[2], &pb.WaiveMilestoneRequest{Reason: "不再需要"})
		c.told(t, "waived by one", both("milestone.waiver_agreed "+of("3")+"已有一方同意免除,等待另一方:不再需要"))
		move(d.Zju, s, &pb.WaiveMilestoneRequest{Reason: "同意"})
		c.told(t, "waived", both("milestone.waived "+of("3")+"已免除:同意"))
		m.Clock.Advance(40 * 24 * time.Hour)
		move(d.Firm, d.Milestones[3], &pb.MarkMilestoneNotDeliveredRequest{Reason: "逾期未交"})
		c.told(t, "not delivered", both("milestone.not_delivered "+of("4")+"未按期交付:逾期未交"))
	})
}

// TestPayments pays, disputes and gives up: both sides are told, with what it is for.
func TestPayments(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := m.Deal(100_000, 10_000)
		c := parties(m, d)
		c.news(t)
		of := "合同《技术开发合同》(" + d.Contract.GetNumber() + ")的一笔"
		p := d.Plan(pb.Payment_PREPAYMENT, 30_000)
		c.told(t, "planned", nobody)
		for i, told := range []string{"payment.requested " + of + "预付款 300.00 元 已请款", "payment.approved " + of + "预付款 300.00 元 已获批准",
			"payment.claimed " + of + "预付款 300.00 元 已付(凭证 2026-0001),请收款方确认"} {
			step := d.Transfers(p.GetKind())[i]
			p = markettest.Must(d.Pay(step.By, p, step.Request))(t)
			c.told(t, told, both(told))
		}
		p = markettest.Must(d.Pay(d.Zju, p, &pb.DisputePaymentRequest{Reason: "账上未见"}))(t)
		c.told(t, "disputed", both("payment.disputed "+of+"预付款 300.00 元 收款方称未到账:账上未见"))
		markettest.Must(d.Pay(d.Zju, p, &pb.ConfirmPaymentRequest{}))(t)
		c.told(t, "confirmed", both("payment.confirmed "+of+"预付款 300.00 元 已确认到账"))
		p = d.Plan(pb.Payment_DEPOSIT, 1_000)
		markettest.Must(d.Pay(d.Zju, p, &pb.VoidPaymentRequest{Reason: "改用保函"}))(t)
		c.told(t, "given up", both("payment.voided "+of+"保证金 10.00 元 已作废:改用保函"))
	})
}

// TestRevised gives a contract back for changes: both sides learn what is to be changed.
func TestRevised(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju := m.Firm(), m.University()
		demand := m.Publish(firm, time.Hour)
		b := m.Bid(zju, demand, 5)
		k := m.Sign(firm, m.Contract(firm, m.Award(firm, m.Close(firm, demand), b)))
		c := newCrowd(m, map[string]*markettest.Member{"buyer": firm, "seller": zju, "stranger": m.Firm()}, nil)
		c.news(t)
		markettest.Must(m.Contracts.RequireContractChanges(zju.Ctx(), &pb.RequireContractChangesRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), Reason: "付款期限不明"}))(t)
		c.told(t, "given back", both("contract.revised 合同《"+k.GetTitle()+"》退回修改,已有的签署作废:付款期限不明"))
	})
}

// TestRegistrations files a contract: the registry's people are told what to do, and its seller what they do.
func TestRegistrations(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, d := registertest.New(t, m), m.Deal(100_000)
		c := parties(m, d)
		c.news(t)
		of := "合同《技术开发合同》(" + d.Contract.GetNumber() + ")"
		r := o.Draft(d, 90_000)
		c.told(t, "drafted", nobody)
		do := func(as *markettest.Member, req proto.Message) { r = markettest.Must(o.Do(as, r, req))(t) }
		do(d.Zju, &pb.FileRegistrationRequest{Declaration: true})
		c.told(t, "filed", map[string][]string{"registrar": {"registration.filed " + of + "申请认定登记,请受理"}})
		do(o.Registrar, &pb.AcceptRegistrationRequest{})
		c.news(t)
		do(o.Registrar, &pb.StartRegistrationReviewRequest{Disputed: true, Reason: "设备占比有疑问"})
		due := moment(r.GetDueTime().AsTime())
		c.told(t, "to experts", map[string][]string{"seller": {"registration.review_started 建德市技术合同登记点将认定登记送专家评审,应在 " + due + " 前办结:设备占比有疑问"}})
		do(o.Registrar, registertest.Experts(70_000, 3, 0))
		c.told(t, "from experts", map[string][]string{"seller": {"registration.review_concluded 认定登记的专家评审已结束,等待建德市技术合同登记点决定"}})
		m.Clock.Set(r.GetDueTime().AsTime())
		m.Settle()
		c.told(t, "overdue", map[string][]string{"seller": {"registration.overdue 认定登记应在 " + due + " 前办结,现已逾期,请与建德市技术合同登记点联系"},
			"registrar": {"registration.overdue " + of + "的认定登记应在 " + due + " 前办结,现已逾期,请办理"}})
		r = o.Read(r)
		do(o.Registrar, &pb.RecordCertificateRequest{Certificate: o.Certificate(d, "2026330182000001", 70_000)})
		again := []string{"registration.recorded " + of + "的登记证明已录入(编号 2026330182000001),请另一人复核"}
		c.told(t, "recorded", map[string][]string{"operator": again, "approver": again})
	})
}
