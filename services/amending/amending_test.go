package amending_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/money"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// refusal is a call that must be refused for a reason.
type refusal struct {
	name   string
	call   func() error
	code   codes.Code
	reason string
	field  string
}

// refuse makes calls that must be refused.
func refuse(t *testing.T, m *markettest.Market, refusals []refusal) {
	t.Helper()
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) { m.Refuse(t, r.call, r.code, r.reason, r.field) })
	}
}

// verify makes sure that the ledger, the rows and the accounts say the same.
func verify(t *testing.T, m *markettest.Market) {
	t.Helper()
	m.Settle()
	report, err := m.Server.Verify(t.Context(), markettest.Jurisdiction)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Problems) > 0 {
		t.Errorf("verify: %v", report.Problems)
	}
}

// current makes sure that a contract comes to a total, its milestones to so much each, and that its own row is as it was signed.
func current(t *testing.T, m *markettest.Market, d *markettest.Deal, total money.Fen, milestones ...money.Fen) {
	t.Helper()
	if b := d.Balance(); !proto.Equal(b.GetCurrent(), markettest.Fen(total)) || !proto.Equal(b.GetSigned(), d.Contract.GetTotal()) {
		t.Errorf("got %v, want %d fen now and %v signed", b, total, d.Contract.GetTotal())
	}
	d.Read()
	for i, s := range d.Milestones {
		if !proto.Equal(s.GetAmount(), markettest.Fen(milestones[i])) {
			t.Errorf("milestone %d: got %v, want %d fen", i+1, s.GetAmount(), milestones[i])
		}
	}
	if k := markettest.Must(m.Contracts.GetContract(d.Firm.Ctx(), &pb.GetContractRequest{Name: d.Contract.GetName()}))(t); !proto.Equal(k, d.Contract) {
		t.Errorf("got %v, want the contract as it was signed: %v", k, d.Contract)
	}
}

// TestAmend amends a contract up and down: the new total is given, the difference computed, and only what both have signed counts.
func TestAmend(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := m.Deal(1000, 3333, 3333, 3334)
		a := d.Propose(1500)
		current(t, m, d, 1000, 333, 333, 334)
		if a.GetState() != pb.Amendment_PENDING_SIGNATURE || a.GetNumber() != 1 || !proto.Equal(a.GetDifference(), markettest.Fen(500)) || a.GetDrafter() != d.Firm.Name {
			t.Errorf("got %v, want the difference of 500 fen, computed", a)
		}
		a = d.SignAmendment(d.Firm, a)
		current(t, m, d, 1000, 333, 333, 334)
		a = d.SignAmendment(d.Zju, a)
		if a.GetState() != pb.Amendment_ACTIVE || a.GetSignDate().GetYear() != 2026 {
			t.Errorf("got %v, want it in force", a)
		}
		current(t, m, d, 1500, 500, 500, 500)
		m.Clock.Advance(time.Minute)
		d.Meet(d.Milestones[0])
		if a = d.Amend(1200); !proto.Equal(a.GetDifference(), markettest.Fen(-300)) || a.GetNumber() != 2 {
			t.Errorf("got %v, want 300 fen less than the amended total, not than the signed one", a)
		}
		current(t, m, d, 1200, 500, 350, 350)
		if b := d.Balance(); !proto.Equal(b.GetAmended(), markettest.Fen(200)) || !proto.Equal(b.GetOutstanding(), markettest.Fen(1200)) {
			t.Errorf("got %v, want 200 fen more than signed in all", b)
		}
		m.Refuse(t, func() error { return draft(m, d, d.Firm, markettest.Amendment(499)) }, codes.FailedPrecondition, "AMENDMENT_BELOW", "amendment.new_total")
		same := markettest.Amendment(1200)
		same.Reasons = []pb.Amendment_Reason{pb.Amendment_PERIOD}
		if err := draft(m, d, d.Zju, same); err != nil {
			t.Errorf("an amendment of the period alone: %v", err)
		}
		verify(t, m)
		if total := markettest.Must(m.Audits.GetTotal(t.Context(), &pb.GetTotalRequest{Name: "ledgers/" + markettest.Jurisdiction + "/total"}))(t); !proto.Equal(total.GetAmount(), markettest.Fen(1000)) {
			t.Errorf("got a headline of %v, want what was signed", total.GetAmount())
		}
	})
}

func draft(m *markettest.Market, d *markettest.Deal, o *markettest.Member, a *pb.Amendment) error {
	return markettest.Failed(m.Amendments.CreateAmendment(o.Ctx(), &pb.CreateAmendmentRequest{RequestId: markettest.ID(), Parent: d.Contract.GetName(), Amendment: a}))
}

// acts are the requests about an amendment.
func acts(m *markettest.Market, a *pb.Amendment) map[string]func(o *markettest.Member, etag string) error {
	name := a.GetName()
	return map[string]func(o *markettest.Member, etag string) error{
		"propose": func(o *markettest.Member, etag string) error {
			return markettest.Failed(m.Amendments.ProposeAmendment(o.Ctx(), &pb.ProposeAmendmentRequest{RequestId: markettest.ID(), Name: name, Etag: etag}))
		},
		"sign": func(o *markettest.Member, etag string) error {
			return markettest.Failed(m.Amendments.SignAmendment(o.Ctx(), &pb.SignAmendmentRequest{RequestId: markettest.ID(), Name: name, Etag: etag, SignDigest: a.GetSignDigest()}))
		},
		"refuse": func(o *markettest.Member, etag string) error {
			return markettest.Failed(m.Amendments.RefuseAmendment(o.Ctx(), &pb.RefuseAmendmentRequest{RequestId: markettest.ID(), Name: name, Etag: etag, Reason: "价高"}))
		},
		"withdraw": func(o *markettest.Member, etag string) error {
			return markettest.Failed(m.Amendments.WithdrawAmendment(o.Ctx(), &pb.WithdrawAmendmentRequest{RequestId: markettest.ID(), Name: name, Etag: etag}))
		},
	}
}

// TestStates tries every request in every state, by those who may not, and with old etags; and lets many make one at once.
func TestStates(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		stranger, d := m.University(), m.Deal(1000, 10_000)
		editor := m.Token(d.Firm.Name, pb.Role_EDITOR)
		for state, may := range map[pb.Amendment_State][]string{pb.Amendment_DRAFT: {"propose", "withdraw"}, pb.Amendment_PENDING_SIGNATURE: {"sign", "refuse", "withdraw"},
			pb.Amendment_ACTIVE: nil, pb.Amendment_WITHDRAWN: nil, pb.Amendment_REFUSED: nil} {
			a := bring(t, m, d, state)
			var refusals []refusal
			for name, act := range acts(m, a) {
				told := fmt.Sprint(state, " ", name)
				refusals = append(refusals, refusal{told + " by a stranger", func() error { return act(stranger, a.GetEtag()) }, codes.NotFound, "AMENDMENT_NOT_FOUND", ""},
					refusal{told + " by the bureau", func() error { return act(m.Bureau, a.GetEtag()) }, codes.PermissionDenied, "CONTRACT_FOREIGN", ""},
					refusal{told + " by an editor", func() error { return act(editor, a.GetEtag()) }, codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
					refusal{told + " with an old etag", func() error { return act(d.Firm, "0") }, codes.Aborted, "ETAG_STALE", "etag"})
				if !slices.Contains(may, name) {
					refusals = append(refusals, refusal{told, func() error { return act(d.Firm, a.GetEtag()) }, codes.FailedPrecondition, "AMENDMENT_STATE", ""})
				}
			}
			if len(may) > 0 {
				refusals = append(refusals, refusal{fmt.Sprint(state, " withdraw by the other side"), func() error { return acts(m, a)["withdraw"](d.Zju, a.GetEtag()) }, codes.PermissionDenied, "AMENDMENT_OTHERS", ""},
					refusal{fmt.Sprint(state, " another one"), func() error { return draft(m, d, d.Zju, markettest.Amendment(1)) }, codes.FailedPrecondition, "AMENDMENT_OPEN", ""})
			}
			refuse(t, m, refusals)
			if len(may) > 0 {
				if err := acts(m, a)["withdraw"](d.Firm, a.GetEtag()); err != nil {
					t.Fatal(err)
				}
			}
		}
		for name, state := range map[string]pb.Amendment_State{"propose": pb.Amendment_DRAFT, "sign": pb.Amendment_PENDING_SIGNATURE, "refuse": pb.Amendment_PENDING_SIGNATURE, "withdraw": pb.Amendment_DRAFT} {
			deal := m.Deal(1000)
			a := bring(t, m, deal, state)
			race(t, m, name, "ETAG_STALE", func() error { return acts(m, a)[name](deal.Firm, a.GetEtag()) })
		}
		deal := m.Deal(1000)
		race(t, m, "create", "AMENDMENT_OPEN", func() error { return draft(m, deal, deal.Firm, markettest.Amendment(2000)) })
		verify(t, m)
	})
}

// race lets many make a call at once: one does, the others are refused for a reason, and one entry tells of it.
func race(t *testing.T, m *markettest.Market, name, reason string, call func() error) {
	t.Helper()
	const callers = 8
	before := markettest.Sizes(t, m)
	if count := markettest.Race(callers, func(int) error { return call() }); count[""] != 1 || count[reason] != callers-1 {
		t.Errorf("%s: got %v, want one winner and %s for the others", name, count, reason)
	}
	if got := markettest.Sizes(t, m); got[0] != before[0]+1 {
		t.Errorf("%s: got %d entries, want 1", name, got[0]-before[0])
	}
}

// bring makes an amendment in a state.
func bring(t *testing.T, m *markettest.Market, d *markettest.Deal, state pb.Amendment_State) *pb.Amendment {
	t.Helper()
	a := d.Draft(2000)
	act := func(name string) {
		if err := acts(m, a)[name](d.Firm, a.GetEtag()); err != nil {
			t.Fatal(err)
		}
		a = markettest.Must(m.Amendments.GetAmendment(d.Zju.Ctx(), &pb.GetAmendmentRequest{Name: a.GetName()}))(t)
	}
	if state == pb.Amendment_WITHDRAWN {
		act("withdraw")
	} else if state != pb.Amendment_DRAFT {
		act("propose")
	}
	if state == pb.Amendment_REFUSED {
		act("refuse")
	}
	if state == pb.Amendment_ACTIVE {
		a = d.SignAmendment(d.Zju, d.SignAmendment(d.Firm, a))
		m.Clock.Advance(time.Minute)
	}
	if a.GetState() != state {
		t.Fatalf("got %s, want %s", a.GetState(), state)
	}
	return a
}

// TestRefusals drafts and signs what cannot be.
func TestRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d, stranger := m.Deal(1000, 10_000), m.Firm()
		with := func(change func(*pb.Amendment)) func() error {
			a := markettest.Amendment(2000)
			change(a)
			return func() error { return draft(m, d, d.Firm, a) }
		}
		refuse(t, m, []refusal{
			{"no reason", with(func(a *pb.Amendment) { a.Reasons = nil }), codes.InvalidArgument, "FIELD_INVALID", "amendment.reasons"},
			{"a reason twice", with(func(a *pb.Amendment) { a.Reasons = append(a.Reasons, a.Reasons[0]) }), codes.InvalidArgument, "FIELD_INVALID", "amendment.reasons"},
			{"no explanation", with(func(a *pb.Amendment) { a.Explanation = " " }), codes.InvalidArgument, "REASON_MISSING", "amendment.explanation"},
			{"no text", with(func(a *pb.Amendment) { a.TextDigest = nil }), codes.InvalidArgument, "DIGEST_MISSING", "amendment.text_digest"},
			{"no total", with(func(a *pb.Amendment) { a.NewTotal = nil }), codes.InvalidArgument, "FIELD_INVALID", "amendment.new_total"},
			{"a total of nothing", with(func(a *pb.Amendment) { a.NewTotal = markettest.Fen(0) }), codes.InvalidArgument, "AMOUNT_NOT_POSITIVE", "amendment.new_total"},
			{"a total above the limit", with(func(a *pb.Amendment) { a.NewTotal = markettest.Fen(money.Max + 1) }), codes.InvalidArgument, "AMOUNT_TOO_LARGE", "amendment.new_total"},
			{"the same price for the price alone", with(func(a *pb.Amendment) {
				a.NewTotal, a.Reasons = markettest.Fen(1000), []pb.Amendment_Reason{pb.Amendment_PRICE}
			}), codes.InvalidArgument, "AMENDMENT_SAME", "amendment.new_total"},
			{"by the bureau", func() error { return draft(m, d, m.Bureau, markettest.Amendment(2000)) }, codes.PermissionDenied, "CONTRACT_FOREIGN", ""},
			{"by a stranger", func() error { return draft(m, d, stranger, markettest.Amendment(2000)) }, codes.NotFound, "CONTRACT_NOT_FOUND", ""},
		})
		d.Transfer(d.Plan(pb.Payment_PREPAYMENT, 700), 4)
		m.Refuse(t, func() error { return draft(m, d, d.Firm, markettest.Amendment(699)) }, codes.FailedPrecondition, "AMENDMENT_BELOW", "amendment.new_total")
		a := d.Propose(700)
		d.Transfer(d.Plan(pb.Payment_PREPAYMENT, 1), 4)
		a = d.SignAmendment(d.Firm, a)
		m.Refuse(t, func() error { return acts(m, a)["sign"](d.Zju, a.GetEtag()) }, codes.FailedPrecondition, "AMENDMENT_BELOW", "amendment.new_total")
		m.Refuse(t, func() error { return acts(m, a)["sign"](d.Firm, a.GetEtag()) }, codes.FailedPrecondition, "SIGNED_ALREADY", "")
		if err := acts(m, a)["withdraw"](d.Firm, a.GetEtag()); err != nil {
			t.Fatal(err)
		}
		d.Meet(d.Milestones[0])
		m.Refuse(t, func() error { return draft(m, d, d.Firm, markettest.Amendment(1001)) }, codes.FailedPrecondition, "AMENDMENT_STAGES", "")
		signing(t, m)
		ending(t, m)
	})
}

// signing signs by keys, with wrong digests, and too early.
func signing(t *testing.T, m *markettest.Market) {
	t.Helper()
	d := m.Deal(1000)
	a := d.Propose(2000)
	public, private, err := ed25519.GenerateKey(chance.System())
	if err != nil {
		t.Fatal(err)
	}
	sign := func(o *markettest.Member, digest []byte, s *pb.Signature) (*pb.Amendment, error) {
		return m.Amendments.SignAmendment(o.Ctx(), &pb.SignAmendmentRequest{RequestId: markettest.ID(), Name: a.GetName(), Etag: a.GetEtag(), SignDigest: digest, Signature: s})
	}
	good := &pb.Signature{Algorithm: pb.Signature_ED25519, PublicKey: public, Value: ed25519.Sign(private, a.GetSignDigest())}
	wrong := proto.CloneOf(good)
	wrong.Value[3]++
	refuse(t, m, []refusal{
		{"another digest", func() error { return markettest.Failed(sign(d.Zju, bytes.Repeat([]byte{1}, 32), nil)) }, codes.Aborted, "DIGEST_MISMATCH", "sign_digest"},
		{"another signature", func() error { return markettest.Failed(sign(d.Zju, a.GetSignDigest(), wrong)) }, codes.InvalidArgument, "SIGNATURE_INVALID", "signature"},
	})
	if a = markettest.Must(sign(d.Zju, a.GetSignDigest(), good))(t); !proto.Equal(a.GetSellerSignature(), good) {
		t.Errorf("got %v, want the seller's signature", a)
	}
	a = d.SignAmendment(d.Firm, a)
	next := d.SignAmendment(d.Zju, d.Propose(3000)) // the clock stands still
	m.Refuse(t, func() error { return acts(m, next)["sign"](d.Firm, next.GetEtag()) }, codes.FailedPrecondition, "AMENDMENT_EARLY", "")
	m.Clock.Advance(time.Microsecond)
	if next = d.SignAmendment(d.Firm, next); next.GetState() != pb.Amendment_ACTIVE {
		t.Errorf("got %v, want it in force a moment later than %v", next, a)
	}
	verify(t, m)
}

// ending ends contracts whose amendment is open: a complete one must not have any, a terminated one takes it along.
func ending(t *testing.T, m *markettest.Market) {
	t.Helper()
	d := m.Deal(1000)
	a := d.Draft(2000)
	k := d.Contract
	m.Refuse(t, func() error {
		return markettest.Failed(m.Contracts.CompleteContract(d.Firm.Ctx(), &pb.CompleteContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), AmountPaid: markettest.Yuan(0)}))
	}, codes.FailedPrecondition, "AMENDMENT_OPEN", "")
	markettest.Must(m.Contracts.TerminateContract(d.Firm.Ctx(), &pb.TerminateContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), AmountPaid: markettest.Yuan(0),
		EndCode: pb.Contract_BREACH, Reason: "违约"}))(t)
	if a = markettest.Must(m.Amendments.GetAmendment(d.Zju.Ctx(), &pb.GetAmendmentRequest{Name: a.GetName()}))(t); a.GetState() != pb.Amendment_WITHDRAWN {
		t.Errorf("got %v, want it withdrawn with its contract", a)
	}
	m.Refuse(t, func() error { return draft(m, d, d.Firm, markettest.Amendment(2000)) }, codes.FailedPrecondition, "CONTRACT_STATE", "")
	verify(t, m)
}

// TestVisibility compares lists with what callers get one by one, and lets the bureau amend what it recorded, for both sides.
func TestVisibility(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d, e := m.Deal(1000), m.Deal(1000)
		names := []string{d.Draft(2000).GetName(), e.Draft(3000).GetName()}
		for who, want := range map[*markettest.Member][2]bool{d.Firm: {true, false}, d.Zju: {true, false}, e.Zju: {false, true}, m.Bureau: {true, true}, m.Firm(): {}} {
			var listed []string
			for _, a := range markettest.Must(m.Amendments.ListAmendments(who.Ctx(), &pb.ListAmendmentsRequest{Parent: "contracts/-", Filter: `state = "DRAFT"`}))(t).GetAmendments() {
				listed = append(listed, a.GetName())
			}
			for i, name := range names {
				err := markettest.Failed(m.Amendments.GetAmendment(who.Ctx(), &pb.GetAmendmentRequest{Name: name}))
				if gets, in := err == nil, slices.Contains(listed, name); gets != want[i] || in != want[i] {
					t.Errorf("%s of %s: got %t, listed %t, want %t", name, who.Name, gets, in, want[i])
				}
			}
		}
		mixed := d.Contract.GetName() + names[1][len(e.Contract.GetName()):]
		markettest.Want(t, markettest.Failed(m.Amendments.GetAmendment(m.Bureau.Ctx(), &pb.GetAmendmentRequest{Name: mixed})), codes.NotFound, "AMENDMENT_NOT_FOUND", "")
		recorded := markettest.Must(m.Contracts.RecordContract(m.Bureau.Ctx(), &pb.RecordContractRequest{RequestId: markettest.ID(), Contract: &pb.Contract{Title: "成果拍卖合同", Buyer: d.Firm.Name,
			Seller: d.Zju.Name, Channel: pb.Channel_AUCTION, Class: pb.ContractClass_TRANSFER, Field: pb.TechnologyField_NUCLEAR, Total: markettest.Fen(5), TextDigest: make([]byte, 32),
			SignDate: d.Contract.GetSignDate()}}))(t)
		m.Clock.Advance(time.Minute)
		r := *d
		r.Contract, r.Firm = recorded, m.Bureau
		if a := r.SignAmendment(m.Bureau, r.Propose(7)); a.GetState() != pb.Amendment_ACTIVE || a.GetBuyerSignTime() == nil || a.GetSellerSignTime() == nil {
			t.Errorf("got %v, want it in force by the bureau's word for both sides", a)
		}
		verify(t, m)
	})
}
