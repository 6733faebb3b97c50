package replay_test

import (
	"strings"
	"testing"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"
	"github.com/jiebang/jiebang/services/reporting/replay"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// settled opens a market, lets a contract be amended, accepted and paid, another be revised, and a third be terminated, and exports it.
func settled(t *testing.T) bundle {
	t.Helper()
	m := markettest.Open(t, storagetest.SQLite(t))
	d := m.Deal(100_000, 5000, 5000)
	d.Meet(d.Milestones[0])
	partly := &pb.ConcludeMilestoneAcceptanceRequest{Outcome: pb.Milestone_PARTIALLY_MET, Accepted: markettest.Fen(10), Reason: "缺项"}
	markettest.Must(d.Move(d.Firm, d.To(d.Milestones[1], 3), partly))(t)
	d.Transfer(d.Plan(pb.Payment_INSTALMENT, 50_000), 4)
	d.Transfer(d.Plan(pb.Payment_REFUND, 1_000), 4)
	e := m.Deal(100_000, 5000, 5000)
	e.Amend(120_000)
	waive := &pb.WaiveMilestoneRequest{Reason: "不需要"}
	e.Read()
	markettest.Must(e.Move(e.Firm, markettest.Must(e.Move(e.Zju, e.Milestones[0], waive))(t), waive))(t)
	e.Propose(130_000)
	markettest.Must(m.Contracts.TerminateContract(e.Firm.Ctx(), &pb.TerminateContractRequest{RequestId: markettest.ID(), Name: e.Contract.GetName(), Etag: e.Contract.GetEtag(),
		EndCode: pb.Contract_BREACH, Reason: "违约", AmountPaid: markettest.Yuan(0)}))(t)
	firm, zju := m.Firm(), m.University()
	demand := m.Publish(firm, 1e9)
	bid := m.Bid(zju, demand, 1)
	k := m.Sign(zju, m.Contract(firm, m.Award(firm, m.Close(firm, demand), bid)))
	markettest.Must(m.Contracts.RequireContractChanges(firm.Ctx(), &pb.RequireContractChangesRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), Reason: "价款"}))(t)
	return export(t, m)
}

// TestForgedSettlements rewrites entries of what hangs on contracts so that hashes fit: what cannot have happened is named all the same.
func TestForgedSettlements(t *testing.T) {
	b := settled(t)
	honest := b.verify(t, replay.Options{})
	if len(honest.Problems) > 0 {
		t.Fatalf("the honest bundle: %v", honest.Problems)
	}
	replace := func(old, new string) func(string) string {
		return func(body string) string {
			if !strings.Contains(body, old) {
				t.Fatalf("no %q in %s", old, body)
			}
			return strings.Replace(body, old, new, 1)
		}
	}
	for _, test := range []struct {
		name, kind string
		change     func(string) string
		want       string
	}{
		{"an amendment whose difference is the total", "amendment.drafted", replace("row.difference_fen 5 20000", "row.difference_fen 6 120000"), "总额与差额不符"},
		{"an amendment whose total grew when it was signed", "amendment.activated", replace("row.new_total_fen 6 120000", "row.new_total_fen 6 920000"), "不可改动的内容被改动"},
		{"an amendment in force by one signature", "amendment.signed", replace("row.state 17 pending_signature", "row.state 6 active"), "状态不能由"},
		{"an amendment in force without the buyer", "amendment.activated", replace("\nrow.buyer_signed_at 27 ", "\nrow.buyer_signed_bt 27 "), "缺少一方签署"},
		{"an amendment in force at another time", "amendment.activated", replace("row.effective_at 27 2026", "row.effective_at 27 2025"), "生效时间"},
		{"an amendment between others", "amendment.proposed", replace("row.seller_id 24 o330182-", "row.seller_id 24 o330183-"), "双方与所属合同不同"},
		{"an amendment with a signature of nobody", "amendment.activated", replace("\nrow.buyer_signed_at", "\nrow.buyer_signature 9 ed25519 x\nrow.buyer_signed_at"), "签名"},
		{"a second open amendment", "amendment.drafted", replace("row.number 1 1", "row.number 1 2"), "变更不能起草"},
		{"a milestone with more than its share", "milestone.scheduled", replace("row.amount_fen 5 50000", "row.amount_fen 5 50001"), "金额应为 500.00 元"},
		{"a milestone met without being examined", "milestone.evidence_submitted", replace("row.state 18 evidence_submitted", "row.state 3 met"), "状态不能由"},
		{"a milestone met for less", "milestone.met", replace("row.accepted_fen 5 50000", "row.accepted_fen 5 40000"), "已验收金额不对"},
		{"a part that is more than the whole", "milestone.partially_met", replace("row.accepted_fen 2 10", "row.accepted_fen 5 90000"), "已验收金额不对"},
		{"accepted before it is examined", "milestone.started", replace("row.accepted_fen 1 0", "row.accepted_fen 1 7"), "已验收金额不对"},
		{"a milestone that keeps its amount in spite of an amendment", "milestone.reassessed", replace("row.amount_fen 5 60000", "row.amount_fen 5 50000"), "金额应为 600.00 元"},
		{"waived by one side", "milestone.waived", replace("\nrow.buyer_waived_at 27 ", "\nrow.buyer_waived_bt 27 "), "缺少一方同意"},
		{"a payment that grew", "payment.confirmed", replace("row.amount_fen 5 50000", "row.amount_fen 5 90000"), "不可改动的内容被改动"},
		{"a payment confirmed before it is claimed", "payment.approved", replace("row.state 8 approved", "row.state 9 confirmed"), "状态不能由"},
		{"a payment of nothing", "payment.planned", replace("row.amount_fen 5 50000", "row.amount_fen 1 0"), "种类、金额或对象不对"},
		{"a payment of a contract that never was", "payment.requested", replace("row.contract_id 24 c330182-", "row.contract_id 24 c330183-"), "未曾生效"},
		{"more paid than confirmed", "contract.terminated", replace("row.amount_paid_fen 1 0", "row.amount_paid_fen 9 999999999"), "已付金额"},
		{"a text that jumps a version", "contract.revised", replace("row.text_version 1 2", "row.text_version 1 3"), "版次"},
		{"another plan at the signature", "contract.activated", replace("阶段 1", "阶段 9"), "合同定稿后内容或金额被改动"},
	} {
		i := b.find(t, test.kind)
		r := b.rewrite(i, test.change).verify(t, replay.Options{})
		if !names(r, int64(i), test.want) {
			t.Errorf("%s: got %v, want entry %d: %s", test.name, r.Problems, i, test.want)
		}
	}
}
