package settling_test

import (
	"fmt"
	"slices"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestPayments pays a contract: only what is confirmed counts, a refund counts negative, and a deposit counts nothing.
func TestPayments(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := m.Deal(1000, 4000, 6000)
		p := d.Transfer(d.Plan(pb.Payment_PREPAYMENT, 300), 3)
		balance(t, d, 1000, 0, 0, 0)
		if p = markettest.Must(d.Pay(d.Zju, p, &pb.DisputePaymentRequest{Reason: "未到账"}))(t); p.GetState() != pb.Payment_DISPUTED || p.GetReason() != "未到账" {
			t.Errorf("got %v, want it disputed", p)
		}
		p = markettest.Must(d.Pay(d.Firm, p, &pb.ClaimPaymentRequest{Voucher: "2026-0002"}))(t)
		if p.GetVoucher() != "2026-0002" || p.GetVoucherDigest() != nil || p.GetReason() != "" {
			t.Errorf("got %v, want it claimed anew", p)
		}
		p = markettest.Must(d.Pay(d.Zju, p, &pb.ConfirmPaymentRequest{}))(t)
		if p.GetState() != pb.Payment_CONFIRMED || !p.GetConfirmTime().AsTime().Equal(m.Clock.Now()) {
			t.Errorf("got %v, want it confirmed now", p)
		}
		balance(t, d, 1000, 0, 300, 0)
		if share := d.Balance().GetPaidShare(); share != 3000 {
			t.Errorf("got a paid share of %d, want 3000", share)
		}
		d.Transfer(d.Plan(pb.Payment_DEPOSIT, 100), 4)
		d.Transfer(d.Plan(pb.Payment_ESCROW, 900), 4)
		balance(t, d, 1000, 0, 300, 0)
		instalment := d.Plan(pb.Payment_INSTALMENT, 400)
		m.Refuse(t, func() error { return markettest.Failed(d.Pay(d.Zju, instalment, &pb.RequestPaymentRequest{})) }, codes.FailedPrecondition, "MILESTONE_UNACCEPTED", "")
		d.Meet(d.Milestones[0])
		d.Transfer(instalment, 4)
		balance(t, d, 1000, 0, 700, 400)
		r := d.Transfer(d.Plan(pb.Payment_REFUND, 50), 4)
		if !proto.Equal(r.GetAmount(), markettest.Fen(-50)) {
			t.Errorf("got a refund of %v, want it negative", r.GetAmount())
		}
		balance(t, d, 1000, 0, 650, 400)
		over, back := d.Transfer(d.Plan(pb.Payment_PREPAYMENT, 351), 3), d.Transfer(d.Plan(pb.Payment_REFUND, 651), 3)
		m.Refuse(t, func() error { return markettest.Failed(d.Pay(d.Zju, over, &pb.ConfirmPaymentRequest{})) }, codes.FailedPrecondition, "PAYMENT_EXCEEDS", "")
		m.Refuse(t, func() error { return markettest.Failed(d.Pay(d.Firm, back, &pb.ConfirmPaymentRequest{})) }, codes.FailedPrecondition, "PAYMENT_EXCEEDS", "")
		m.Refuse(t, func() error { return paidInAll(m, d, 649) }, codes.FailedPrecondition, "AMOUNT_PAID_RANGE", "")
		if back = markettest.Must(d.Pay(d.Firm, back, &pb.VoidPaymentRequest{Reason: "多写"}))(t); back.GetState() != pb.Payment_VOID {
			t.Errorf("got %v, want it void", back)
		}
		waive := &pb.WaiveMilestoneRequest{Reason: "免"}
		s := markettest.Must(d.Move(d.Firm, markettest.Must(d.Move(d.Zju, d.Milestones[1], waive))(t), waive))(t)
		m.Refuse(t, func() error { return complete(m, d, d.Firm) }, codes.FailedPrecondition, "PAYMENTS_OPEN", "")
		d.Transfer(d.Plan(pb.Payment_PREPAYMENT, 350), 4)
		balance(t, d, 1000, 0, 1000, 400)
		terminate(t, m, d)
		if over = markettest.Must(m.Payments.GetPayment(d.Zju.Ctx(), &pb.GetPaymentRequest{Name: over.GetName()}))(t); over.GetState() != pb.Payment_VOID || s.GetState() != pb.Milestone_WAIVED {
			t.Errorf("got %v, want the open one void", over)
		}
		verify(t, m)
	})
}

// paidInAll terminates the contract with a statement of what was paid.
func paidInAll(m *markettest.Market, d *markettest.Deal, fen int64) error {
	k, err := m.Contracts.GetContract(d.Firm.Ctx(), &pb.GetContractRequest{Name: d.Contract.GetName()})
	if err != nil {
		return err
	}
	return markettest.Failed(m.Contracts.TerminateContract(d.Firm.Ctx(), &pb.TerminateContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), Reason: "解除",
		EndCode: pb.Contract_BREACH, AmountPaid: markettest.Yuan(fen / 100)}))
}

// TestPaymentRefusals tries every request in every state, for the wrong side, by strangers and with old etags, and what is wrong with requests.
func TestPaymentRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d, other := m.Deal(1000, 10_000), m.Deal(1000, 10_000)
		why := "x"
		for i, may := range [][]string{{"request", "void"}, {"approve", "void"}, {"claim", "void"}, {"confirm", "dispute", "void"}, {}} {
			p := d.Transfer(d.Plan(pb.Payment_PREPAYMENT, 10), i)
			steps := d.Transfers(pb.Payment_PREPAYMENT)
			var refusals []refusal
			for name, step := range map[string]markettest.Step{"request": steps[0], "approve": steps[1], "claim": steps[2], "confirm": steps[3],
				"dispute": {By: d.Zju, Request: &pb.DisputePaymentRequest{Reason: why}}, "void": {By: d.Zju, Request: &pb.VoidPaymentRequest{Reason: why}}} {
				opposite := d.Firm
				if step.By == d.Firm {
					opposite = d.Zju
				}
				call := func(o *markettest.Member, etag string) func() error {
					seen := proto.CloneOf(p)
					seen.Etag = etag
					return func() error { return markettest.Failed(d.Pay(o, seen, step.Request)) }
				}
				told := fmt.Sprint(p.GetState(), " ", name)
				refusals = append(refusals, refusal{told + " by the other side", call(opposite, p.GetEtag()), codes.PermissionDenied, "SIDE_WRONG", ""},
					refusal{told + " by a stranger", call(other.Zju, p.GetEtag()), codes.NotFound, "PAYMENT_NOT_FOUND", ""},
					refusal{told + " by the bureau", call(m.Bureau, p.GetEtag()), codes.PermissionDenied, "CONTRACT_FOREIGN", ""},
					refusal{told + " by an editor", call(m.Token(step.By.Name, pb.Role_EDITOR), p.GetEtag()), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
					refusal{told + " with an old etag", call(step.By, "0"), codes.Aborted, "ETAG_STALE", "etag"})
				if !slices.Contains(may, name) {
					refusals = append(refusals, refusal{told, call(step.By, p.GetEtag()), codes.FailedPrecondition, "PAYMENT_STATE", ""})
				}
			}
			refuse(t, m, refusals)
		}
		paymentShapes(t, m, d, other)
	})
}

// paymentShapes makes requests about payments that cannot be, one of another deal among them.
func paymentShapes(t *testing.T, m *markettest.Market, d, other *markettest.Deal) {
	t.Helper()
	create := func(o *markettest.Member, p *pb.Payment) func() error {
		return func() error {
			return markettest.Failed(m.Payments.CreatePayment(o.Ctx(), &pb.CreatePaymentRequest{RequestId: markettest.ID(), Parent: d.Contract.GetName(), Payment: p}))
		}
	}
	one := markettest.Fen(1)
	approved := d.Transfer(d.Plan(pb.Payment_PREPAYMENT, 10), 2)
	claim := func(r *pb.ClaimPaymentRequest) func() error {
		return func() error { return markettest.Failed(d.Pay(d.Firm, approved, r)) }
	}
	void := func() error { return markettest.Failed(d.Pay(d.Zju, approved, &pb.VoidPaymentRequest{})) }
	refuse(t, m, []refusal{
		{"no kind", create(d.Firm, &pb.Payment{Amount: one}), codes.InvalidArgument, "FIELD_INVALID", "payment.kind"},
		{"no amount", create(d.Firm, &pb.Payment{Kind: pb.Payment_REFUND}), codes.InvalidArgument, "FIELD_INVALID", "payment.amount"},
		{"nothing", create(d.Firm, &pb.Payment{Kind: pb.Payment_REFUND, Amount: markettest.Fen(0)}), codes.InvalidArgument, "AMOUNT_NOT_POSITIVE", "payment.amount"},
		{"an instalment of nothing", create(d.Firm, &pb.Payment{Kind: pb.Payment_INSTALMENT, Amount: one}), codes.InvalidArgument, "PAYMENT_MILESTONE", "payment.milestone"},
		{"a prepayment of a milestone", create(d.Firm, &pb.Payment{Kind: pb.Payment_PREPAYMENT, Amount: one, Milestone: d.Milestones[0].GetName()}), codes.InvalidArgument, "PAYMENT_MILESTONE", "payment.milestone"},
		{"a milestone of another contract", create(d.Firm, &pb.Payment{Kind: pb.Payment_INSTALMENT, Amount: one, Milestone: other.Milestones[0].GetName()}), codes.NotFound, "MILESTONE_NOT_FOUND", "payment.milestone"},
		{"a deposit with nobody", create(d.Firm, &pb.Payment{Kind: pb.Payment_DEPOSIT, Amount: one, Holder: " "}), codes.InvalidArgument, "PAYMENT_HOLDER", "payment.holder"},
		{"a prepayment with somebody", create(d.Firm, &pb.Payment{Kind: pb.Payment_PREPAYMENT, Amount: one, Holder: "银行"}), codes.InvalidArgument, "PAYMENT_HOLDER", "payment.holder"},
		{"by a stranger", create(other.Firm, &pb.Payment{Kind: pb.Payment_PREPAYMENT, Amount: one}), codes.NotFound, "CONTRACT_NOT_FOUND", ""},
		{"by the bureau", create(m.Bureau, &pb.Payment{Kind: pb.Payment_PREPAYMENT, Amount: one}), codes.PermissionDenied, "CONTRACT_FOREIGN", ""},
		{"no voucher", claim(&pb.ClaimPaymentRequest{Voucher: " "}), codes.InvalidArgument, "VOUCHER_MISSING", "voucher"},
		{"half a voucher's digest", claim(&pb.ClaimPaymentRequest{Voucher: "1", VoucherDigest: []byte{1}}), codes.InvalidArgument, "DIGEST_MISSING", "voucher_digest"},
		{"void for nothing", void, codes.InvalidArgument, "REASON_MISSING", "reason"},
	})
	terminate(t, m, d)
	m.Refuse(t, create(d.Firm, &pb.Payment{Kind: pb.Payment_PREPAYMENT, Amount: one}), codes.FailedPrecondition, "CONTRACT_STATE", "")
}

// TestBalances reads the balance of a contract, which has one from its signature on, for its sides and the authority.
func TestBalances(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := m.Deal(1000, 10_000)
		read := func(o *markettest.Member, name string) func() error {
			return func() error {
				return markettest.Failed(m.Payments.GetContractBalance(o.Ctx(), &pb.GetContractBalanceRequest{Name: name + "/balance"}))
			}
		}
		for _, o := range []*markettest.Member{d.Firm, d.Zju, m.Bureau, m.Token(m.Bureau.Name, pb.Role_AUDITOR)} {
			if err := read(o, d.Contract.GetName())(); err != nil {
				t.Error(err)
			}
		}
		firm, zju := m.Firm(), m.University()
		draft := m.Publish(firm, 1e9)
		bid := m.Bid(zju, draft, 1)
		k := m.Contract(firm, m.Award(firm, m.Close(firm, draft), bid))
		refuse(t, m, []refusal{
			{"by a stranger", read(firm, d.Contract.GetName()), codes.NotFound, "CONTRACT_NOT_FOUND", ""},
			{"unsigned", read(firm, k.GetName()), codes.FailedPrecondition, "CONTRACT_NOT_SIGNED", ""},
			{"of nothing", read(firm, "contracts/c330182-0000000000000000"), codes.NotFound, "CONTRACT_NOT_FOUND", ""},
			{"no name", read(firm, "contracts/x/y"), codes.InvalidArgument, "FIELD_INVALID", "name"},
		})
	})
}
