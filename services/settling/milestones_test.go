package settling_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestAcceptance lets milestones end in every way: their amounts add up to the total, and what is accepted is counted once.
func TestAcceptance(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := m.Deal(100, 3333, 3333, 3334)
		amounts(t, d, 33, 33, 34)
		s := d.Meet(d.Milestones[0])
		if s.GetState() != pb.Milestone_MET || !proto.Equal(s.GetAccepted(), markettest.Fen(33)) || s.GetEvidence()[0].GetValue() != "95.3" {
			t.Errorf("got %v, want it met with its evidence", s)
		}
		balance(t, d, 100, 0, 0, 33)
		s = markettest.Must(d.Move(d.Firm, d.To(d.Milestones[1], 3), partly))(t)
		if s.GetState() != pb.Milestone_PARTIALLY_MET || s.GetReason() != "白度 94" {
			t.Errorf("got %v, want it met in part", s)
		}
		balance(t, d, 100, 0, 0, 43)
		again := d.Steps()[1:]
		for _, next := range again {
			s = markettest.Must(d.Move(next.By, s, next.Request))(t)
		}
		s = markettest.Must(d.Move(d.Firm, s, &pb.ConcludeMilestoneAcceptanceRequest{Outcome: pb.Milestone_REJECTED, Reason: "报告无效"}))(t)
		if s.GetState() != pb.Milestone_REJECTED || s.GetReworks() != 1 || !proto.Equal(s.GetAccepted(), markettest.Fen(10)) {
			t.Errorf("got %v, want it rejected after a rework, and what was accepted kept", s)
		}
		for _, next := range again {
			s = markettest.Must(d.Move(next.By, s, next.Request))(t)
		}
		s = markettest.Must(d.Move(d.Firm, s, &pb.ConcludeMilestoneAcceptanceRequest{Outcome: pb.Milestone_MET}))(t)
		if s.GetReworks() != 2 || s.GetReason() != "" {
			t.Errorf("got %v, want it met after two reworks", s)
		}
		balance(t, d, 100, 0, 0, 66)
		s = markettest.Must(d.Move(d.Zju, d.Milestones[2], &pb.WaiveMilestoneRequest{Reason: "不再需要"}))(t)
		if s.GetState() != pb.Milestone_SCHEDULED || !s.GetSellerWaived() || s.GetBuyerWaived() {
			t.Errorf("got %v, want one side's word", s)
		}
		m.Refuse(t, func() error {
			return markettest.Failed(d.Move(d.Zju, s, &pb.WaiveMilestoneRequest{Reason: "再说一次"}))
		}, codes.FailedPrecondition, "WAIVED_ALREADY", "")
		m.Refuse(t, func() error { return complete(m, d, d.Firm) }, codes.FailedPrecondition, "MILESTONES_OPEN", "")
		if s = markettest.Must(d.Move(d.Firm, s, &pb.WaiveMilestoneRequest{Reason: "同意"}))(t); s.GetState() != pb.Milestone_WAIVED {
			t.Errorf("got %v, want it waived", s)
		}
		for _, o := range []*markettest.Member{d.Firm, d.Zju} {
			if err := complete(m, d, o); err != nil {
				t.Error(err)
			}
		}
		balance(t, d, 100, 0, 0, 66)
		verify(t, m)
	})
}

// complete confirms for a side that the contract is fulfilled, with what was paid.
func complete(m *markettest.Market, d *markettest.Deal, o *markettest.Member) error {
	k, err := m.Contracts.GetContract(o.Ctx(), &pb.GetContractRequest{Name: d.Contract.GetName()})
	if err != nil {
		return err
	}
	return markettest.Failed(m.Contracts.CompleteContract(o.Ctx(), &pb.CompleteContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), AmountPaid: d.Balance().GetPaid()}))
}

// TestNotDelivered waits for the due date: nothing happens by silence, and only then a milestone is not delivered, as the buyer or the bureau says.
func TestNotDelivered(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := m.Deal(100, 5000, 5000)
		fail := func(o *markettest.Member, s *pb.Milestone) error {
			return markettest.Failed(d.Move(o, s, &pb.MarkMilestoneNotDeliveredRequest{Reason: "逾期"}))
		}
		accepting := d.To(d.Milestones[1], 3)
		due := d.Milestones[0].GetDueDate()
		m.Clock.Set(time.Date(int(due.GetYear()), time.Month(due.GetMonth()), int(due.GetDay()), 15, 59, 59, 0, time.UTC)) // the last second of the day in China
		m.Refuse(t, func() error { return fail(d.Firm, d.Milestones[0]) }, codes.FailedPrecondition, "MILESTONE_NOT_DUE", "")
		if d.Read(); d.Milestones[0].GetOverdue() {
			t.Error("overdue on the day itself")
		}
		m.Clock.Advance(time.Second)
		m.Settle()
		if d.Read(); !d.Milestones[0].GetOverdue() || d.Milestones[0].GetState() != pb.Milestone_SCHEDULED || d.Milestones[1].GetState() != pb.Milestone_ACCEPTING {
			t.Errorf("got %v, want them overdue and nothing else", d.Milestones)
		}
		refuse(t, m, []refusal{
			{"by the seller", func() error { return fail(d.Zju, d.Milestones[0]) }, codes.PermissionDenied, "SIDE_WRONG", ""},
			{"while it is examined", func() error { return fail(d.Firm, accepting) }, codes.FailedPrecondition, "MILESTONE_STATE", ""},
		})
		if err := fail(m.Bureau, d.Milestones[0]); err != nil {
			t.Error(err)
		}
		if d.Read(); d.Milestones[0].GetState() != pb.Milestone_NOT_DELIVERED || d.Milestones[0].GetOverdue() {
			t.Errorf("got %v, want it not delivered and no more overdue", d.Milestones[0])
		}
		terminate(t, m, d)
		if d.Read(); d.Milestones[0].GetState() != pb.Milestone_NOT_DELIVERED || d.Milestones[1].GetState() != pb.Milestone_CANCELLED {
			t.Errorf("got %v, want the open one cancelled", d.Milestones)
		}
		m.Refuse(t, func() error {
			return markettest.Failed(d.Move(d.Firm, d.Milestones[1], &pb.WaiveMilestoneRequest{Reason: "x"}))
		}, codes.FailedPrecondition, "CONTRACT_STATE", "")
		verify(t, m)
	})
}

func terminate(t *testing.T, m *markettest.Market, d *markettest.Deal) {
	t.Helper()
	k := markettest.Must(m.Contracts.GetContract(d.Firm.Ctx(), &pb.GetContractRequest{Name: d.Contract.GetName()}))(t)
	markettest.Must(m.Contracts.TerminateContract(d.Firm.Ctx(), &pb.TerminateContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), Reason: "解除",
		AmountPaid: d.Balance().GetPaid(), EndCode: pb.Contract_MUTUAL_CONSENT}))(t)
}

// moves are all requests about a milestone, with the side that may make each.
func moves(d *markettest.Deal) map[string]markettest.Step {
	steps := d.Steps()
	return map[string]markettest.Step{"start": steps[0], "submit": steps[1], "examine": steps[2], "partly": {By: d.Firm, Request: partly},
		"met":    {By: d.Firm, Request: &pb.ConcludeMilestoneAcceptanceRequest{Outcome: pb.Milestone_MET}},
		"reject": {By: d.Firm, Request: &pb.ConcludeMilestoneAcceptanceRequest{Outcome: pb.Milestone_REJECTED, Reason: "x"}}}
}

// TestMilestoneRefusals tries every request in every state, for the wrong side, by strangers and with old etags, and what is wrong with requests.
func TestMilestoneRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := m.Deal(1000, 2000, 2000, 2000, 2000, 2000)
		stranger, editor := m.University(), m.Token(d.Zju.Name, pb.Role_EDITOR)
		for i, may := range [][]string{{"start"}, {"submit"}, {"examine"}, {"partly", "met", "reject"}, {}} {
			s := d.To(d.Milestones[i], min(i, 3))
			if i == 4 {
				s = markettest.Must(d.Move(d.Firm, s, &pb.ConcludeMilestoneAcceptanceRequest{Outcome: pb.Milestone_MET}))(t)
			}
			var refusals []refusal
			for name, step := range moves(d) {
				other := d.Firm
				if step.By == d.Firm {
					other = d.Zju
				}
				call := func(o *markettest.Member, etag string) func() error {
					seen := proto.CloneOf(s)
					seen.Etag = etag
					return func() error { return markettest.Failed(d.Move(o, seen, step.Request)) }
				}
				name := fmt.Sprint(s.GetState(), " ", name)
				refusals = append(refusals, refusal{name + " by the other side", call(other, s.GetEtag()), codes.PermissionDenied, "SIDE_WRONG", ""},
					refusal{name + " by a stranger", call(stranger, s.GetEtag()), codes.NotFound, "MILESTONE_NOT_FOUND", ""},
					refusal{name + " by the bureau", call(m.Bureau, s.GetEtag()), codes.PermissionDenied, "CONTRACT_FOREIGN", ""},
					refusal{name + " with an old etag", call(step.By, "0"), codes.Aborted, "ETAG_STALE", "etag"},
					refusal{name + " without an etag", call(step.By, ""), codes.InvalidArgument, "ETAG_REQUIRED", "etag"})
				if !slices.Contains(may, name[len(fmt.Sprint(s.GetState()))+1:]) {
					refusals = append(refusals, refusal{name, call(step.By, s.GetEtag()), codes.FailedPrecondition, "MILESTONE_STATE", ""})
				}
			}
			refuse(t, m, refusals)
		}
		milestoneShapes(t, m, d, editor)
	})
}

// milestoneShapes makes requests about milestones, of which the second is in progress and the fourth is examined, that cannot be.
func milestoneShapes(t *testing.T, m *markettest.Market, d *markettest.Deal, editor *markettest.Member) {
	t.Helper()
	d.Read()
	submit := func(o *markettest.Member, e ...*pb.Milestone_Evidence) func() error {
		return func() error {
			return markettest.Failed(d.Move(o, d.Milestones[1], &pb.SubmitMilestoneEvidenceRequest{Evidence: e}))
		}
	}
	conclude := func(r *pb.ConcludeMilestoneAcceptanceRequest) func() error {
		return func() error { return markettest.Failed(d.Move(d.Firm, d.Milestones[3], r)) }
	}
	refuse(t, m, []refusal{
		{"no evidence", submit(d.Zju), codes.InvalidArgument, "FIELD_INVALID", "evidence"},
		{"evidence by an editor", submit(editor, &pb.Milestone_Evidence{Value: "1"}), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
		{"two for one indicator", submit(d.Zju, &pb.Milestone_Evidence{Value: "1"}, &pb.Milestone_Evidence{Value: "2"}), codes.InvalidArgument, "EVIDENCE_INCOMPLETE", "evidence"},
		{"blank evidence", submit(d.Zju, &pb.Milestone_Evidence{Value: " "}), codes.InvalidArgument, "EVIDENCE_INCOMPLETE", "evidence"},
		{"half a digest", submit(d.Zju, &pb.Milestone_Evidence{Value: "1", ReportDigest: []byte{1}}), codes.InvalidArgument, "DIGEST_MISSING", "evidence[0].report_digest"},
		{"no outcome", conclude(&pb.ConcludeMilestoneAcceptanceRequest{}), codes.InvalidArgument, "FIELD_INVALID", "outcome"},
		{"an outcome that is none", conclude(&pb.ConcludeMilestoneAcceptanceRequest{Outcome: pb.Milestone_WAIVED}), codes.InvalidArgument, "OUTCOME_INVALID", "outcome"},
		{"rejected for nothing", conclude(&pb.ConcludeMilestoneAcceptanceRequest{Outcome: pb.Milestone_REJECTED}), codes.InvalidArgument, "REASON_MISSING", "reason"},
		{"a part unsaid", conclude(&pb.ConcludeMilestoneAcceptanceRequest{Outcome: pb.Milestone_PARTIALLY_MET, Reason: "x"}), codes.InvalidArgument, "ACCEPTED_RANGE", "accepted"},
		{"the whole as a part", conclude(&pb.ConcludeMilestoneAcceptanceRequest{Outcome: pb.Milestone_PARTIALLY_MET, Reason: "x", Accepted: markettest.Fen(200)}),
			codes.InvalidArgument, "ACCEPTED_RANGE", "accepted"},
		{"nothing as a part", conclude(&pb.ConcludeMilestoneAcceptanceRequest{Outcome: pb.Milestone_PARTIALLY_MET, Reason: "x", Accepted: markettest.Fen(0)}),
			codes.InvalidArgument, "AMOUNT_NOT_POSITIVE", "accepted"},
		{"waived for nothing", func() error { return markettest.Failed(d.Move(d.Firm, d.Milestones[0], &pb.WaiveMilestoneRequest{})) }, codes.InvalidArgument, "REASON_MISSING", "reason"},
		{"waived by the bureau", func() error {
			return markettest.Failed(d.Move(m.Bureau, d.Milestones[0], &pb.WaiveMilestoneRequest{Reason: "x"}))
		}, codes.PermissionDenied, "CONTRACT_FOREIGN", ""},
	})
}

// TestRaces lets many make one move at once: one does, and one entry tells of it.
func TestRaces(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		const callers = 8
		d := m.Deal(1000, 10_000)
		s, p := d.Milestones[0], d.Plan(pb.Payment_PREPAYMENT, 1000)
		met := markettest.Step{By: d.Firm, Request: &pb.ConcludeMilestoneAcceptanceRequest{Outcome: pb.Milestone_MET}}
		race := func(name string, call func() error) {
			t.Helper()
			before := markettest.Sizes(t, m)
			if count := markettest.Race(callers, func(int) error { return call() }); count[""] != 1 || count["ETAG_STALE"] != callers-1 {
				t.Errorf("%s: got %v, want one winner and ETAG_STALE for the others", name, count)
			}
			if got := markettest.Sizes(t, m); got[0] != before[0]+1 {
				t.Errorf("%s: got %d entries, want 1", name, got[0]-before[0])
			}
		}
		for _, step := range append(d.Steps(), met) {
			race(fmt.Sprintf("%T", step.Request), func() error { return markettest.Failed(d.Move(step.By, s, step.Request)) })
			d.Read()
			s = d.Milestones[0]
		}
		for _, step := range d.Transfers(pb.Payment_PREPAYMENT) {
			race(fmt.Sprintf("%T", step.Request), func() error { return markettest.Failed(d.Pay(step.By, p, step.Request)) })
			p = markettest.Must(m.Payments.GetPayment(d.Firm.Ctx(), &pb.GetPaymentRequest{Name: p.GetName()}))(t)
		}
		balance(t, d, 1000, 0, 1000, 1000)
		verify(t, m)
	})
}
