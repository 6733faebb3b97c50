// Package vetting_test tests the vetting over gRPC, on each database.
package vetting_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const month = 30 * 24 * time.Hour

// TestVetting takes a demand from its draft to its publication, by way of a return, and looks who may read it in each state.
func TestVetting(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, firm, stranger := m.Office(), m.Firm(), m.University()
		other := m.Found(m.University().Name, pb.Role_EXPERT)
		reads := func(d *pb.Demand, officers, expert, everyone bool) {
			t.Helper()
			for _, r := range []struct {
				who  *markettest.Member
				want bool
			}{{firm, true}, {o.Operator, officers}, {o.Approver, officers}, {&o.Expert.Member, expert}, {&other.Member, everyone}, {stranger, everyone}} {
				got, err := m.Demands.GetDemand(r.who.Ctx(), &pb.GetDemandRequest{Name: d.GetName()})
				if (err == nil) != r.want {
					t.Errorf("%s by %s: got %v, want it readable: %v", d.GetState(), r.who.Name, err, r.want)
				}
				if gated := got.GetNdaDetails() + got.GetWinnerDetails(); (gated != "") != (r.who == firm) {
					t.Errorf("%s by %s: got confidential content %q", d.GetState(), r.who.Name, gated)
				}
				list := markettest.Must(m.Demands.ListDemands(r.who.Ctx(), &pb.ListDemandsRequest{}))(t)
				if (len(list.GetDemands()) == 1) != r.want {
					t.Errorf("%s listed by %s: got %v", d.GetState(), r.who.Name, list)
				}
			}
		}
		d := m.DraftDetailed(firm, "open", month)
		reads(d, false, false, false)
		d = o.Submit(firm, d)
		reads(d, true, false, false)
		d = markettest.Must(m.Vettings.ReturnDemand(o.Operator.Ctx(), &pb.ReturnDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag(),
			Comments: []*pb.FieldComment{{Field: "details.indicators[1].test_method", Text: "请写明测试方法"}}}))(t)
		if got := m.Read(firm, d); got.GetState() != pb.Demand_RETURNED || len(got.GetComments()) != 1 || got.GetComments()[0].GetField() != "details.indicators[1].test_method" {
			t.Errorf("returned: got %v", got)
		}
		reads(d, true, false, false)
		d.Title, d.Etag = "超细碳酸钙表面改性技术", m.Read(firm, d).GetEtag()
		d = markettest.Must(m.Demands.UpdateDemand(firm.Ctx(), &pb.UpdateDemandRequest{RequestId: markettest.ID(), Demand: d, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"title"}}}))(t)
		d = o.Start(o.Submit(firm, d))
		reads(d, true, true, false)
		o.Opine(d)
		if list := markettest.Must(m.Vettings.ListOpinions(firm.Ctx(), &pb.ListOpinionsRequest{Parent: d.GetName()}))(t); len(list.GetOpinions()) != 0 {
			t.Errorf("the firm reads opinions while it is vetted: %v", list)
		}
		d = o.Approve(d)
		reads(d, true, true, false)
		list := markettest.Must(m.Vettings.ListOpinions(firm.Ctx(), &pb.ListOpinionsRequest{Parent: d.GetName()}))(t)
		if len(list.GetOpinions()) != 1 || list.GetOpinions()[0].GetExpert() != "" || list.GetOpinions()[0].GetOrganization() != "" || list.GetOpinions()[0].GetText() != "需求真实" {
			t.Errorf("the firm reads opinions: %v, want one without its expert", list)
		}
		d = markettest.Must(m.Demands.PublishDemand(o.Operator.Ctx(), &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}))(t)
		if d.GetNumber() != "XQ-330182-2026-0001" || d.GetState() != pb.Demand_PUBLISHED || d.GetProcedure() != "open/1" || !d.GetConfirmByTime().AsTime().Equal(m.Clock.Now().Add(month)) {
			t.Errorf("published: got %v", d)
		}
		reads(d, true, true, true)
		if got := m.Read(stranger, d); len(got.GetDetails().GetCriteria()) != 2 || got.GetDetails().GetIndicators()[0].GetValue() != "95.50" || len(got.GetComments()) != 0 {
			t.Errorf("published, for others: got %v", got)
		}
		m.Verified()
	})
}

// TestRefusals has the refusals of those who vet.
func TestRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, firm := m.Office(), m.Firm()
		both := m.Token(m.Bureau.Name, pb.Role_OPERATOR, pb.Role_APPROVER)
		inside, elsewhere := m.Found(firm.Name, pb.Role_EXPERT), m.Found(firm.Name, pb.Role_EDITOR)
		start := func(d *pb.Demand, as *markettest.Member, experts ...string) error {
			return markettest.Failed(m.Vettings.StartVetting(as.Ctx(), &pb.StartVettingRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag(), Experts: experts}))
		}
		approve := func(d *pb.Demand, as *markettest.Member) error {
			return markettest.Failed(m.Vettings.ApproveDemand(as.Ctx(), &pb.ApproveDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}))
		}
		publish := func(d *pb.Demand, as *markettest.Member) error {
			return markettest.Failed(m.Demands.PublishDemand(as.Ctx(), &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}))
		}
		d := o.Submit(firm, m.DraftDetailed(firm, "open", month))
		m.Refuse(t, func() error { return start(d, o.Operator, inside.Person) }, codes.InvalidArgument, "EXPERT_CONFLICT", "experts")
		m.Refuse(t, func() error { return start(d, o.Operator, elsewhere.Person) }, codes.InvalidArgument, "EXPERT_CONFLICT", "experts")
		m.Refuse(t, func() error { return start(d, o.Operator, "persons/u330182-0000000000000000") }, codes.InvalidArgument, "EXPERT_UNKNOWN", "experts")
		m.Refuse(t, func() error { return start(d, o.Operator, o.Expert.Person, o.Expert.Person) }, codes.InvalidArgument, "EXPERT_TWICE", "experts")
		m.Refuse(t, func() error { return start(d, o.Approver) }, codes.PermissionDenied, "ROLE_NOT_ALLOWED", "")
		m.Refuse(t, func() error { return start(d, firm) }, codes.PermissionDenied, "ROLE_NOT_ALLOWED", "")
		m.Refuse(t, func() error { return approve(d, o.Approver) }, codes.FailedPrecondition, "DEMAND_STATE", "")
		if err := start(d, both, o.Expert.Person); err != nil {
			t.Fatal(err)
		}
		d = m.Read(firm, d)
		m.Refuse(t, func() error { return approve(d, o.Approver) }, codes.FailedPrecondition, "OPINIONS_MISSING", "")
		o.Opine(d)
		m.Refuse(t, func() error { return approve(d, both) }, codes.PermissionDenied, "OFFICER_SAME", "")
		turnDown := func(as *markettest.Member, reason string) error {
			return markettest.Failed(m.Vettings.TurnDownDemand(as.Ctx(), &pb.TurnDownDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag(), Reason: reason}))
		}
		m.Refuse(t, func() error { return turnDown(both, "SOLVED") }, codes.PermissionDenied, "OFFICER_SAME", "")
		m.Refuse(t, func() error { return turnDown(o.Approver, "DULL") }, codes.InvalidArgument, "REASON_CODE", "reason")
		d = o.Approve(d)
		m.Refuse(t, func() error { return publish(d, firm) }, codes.PermissionDenied, "PUBLISHER_BUREAU", "")
		m.Clock.Advance(month - 15*24*time.Hour + time.Microsecond)
		m.Refuse(t, func() error { return publish(d, o.Operator) }, codes.InvalidArgument, "DEADLINE_TOO_SOON", "deadline")
		m.Verified()
	})
}

// TestSubmitRefusals has the refusals of firms that submit.
func TestSubmitRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		submit := func(d *pb.Demand) error {
			return markettest.Failed(m.Vettings.SubmitDemand(firm.Ctx(), &pb.SubmitDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}))
		}
		publish := func(d *pb.Demand, as *markettest.Member) error {
			return markettest.Failed(m.Demands.PublishDemand(as.Ctx(), &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}))
		}
		bare := func(change func(*pb.Demand)) *pb.Demand {
			d := m.Detailed("open", month)
			change(d)
			return markettest.Must(m.Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: d}))(t)
		}
		draft := m.DraftDetailed(firm, "open", month)
		for _, r := range []struct {
			name          string
			err           error
			code          codes.Code
			reason, field string
		}{
			{"a direct one is not submitted", submit(m.DraftDetailed(firm, "direct", month)), codes.FailedPrecondition, "PROCEDURE_DIRECT", ""},
			{"a vetted one is not published at once", publish(draft, firm), codes.FailedPrecondition, "PROCEDURE_VETTED", ""},
			{"nothing to measure", submit(bare(func(d *pb.Demand) { d.Details.Indicators = nil })), codes.InvalidArgument, "INDICATORS_MISSING", "details.indicators"},
			{"no criteria", submit(bare(func(d *pb.Demand) { d.Details.Criteria = nil })), codes.InvalidArgument, "CRITERIA_MISSING", "details.criteria"},
			{"no deadline", submit(bare(func(d *pb.Demand) { d.Deadline = nil })), codes.InvalidArgument, "DEADLINE_MISSING", "deadline"},
		} {
			t.Run(r.name, func(t *testing.T) { markettest.Want(t, r.err, r.code, r.reason, r.field) })
		}
		if err := submit(bare(func(d *pb.Demand) { d.Details.Indicators, d.Details.Waiver = nil, "研究方法,无可测指标" })); err != nil {
			t.Errorf("with a waiver: got %v", err)
		}
	})
}

// TestOpinionsOfAnotherVetting returns a demand after an opinion: the next approval needs a new one.
func TestOpinionsOfAnotherVetting(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, firm := m.Office(), m.Firm()
		d := o.Start(o.Submit(firm, m.DraftDetailed(firm, "open", month)))
		given := o.Opine(d)
		m.Refuse(t, func() error {
			return markettest.Failed(m.Vettings.GiveOpinion(o.Expert.Ctx(), &pb.GiveOpinionRequest{RequestId: markettest.ID(), Name: given.GetName(), Etag: given.GetEtag(),
				Verdict: pb.Opinion_DROP, Text: "重复"}))
		}, codes.FailedPrecondition, "OPINION_GIVEN", "")
		m.Clock.Advance(time.Minute)
		d = markettest.Must(m.Vettings.ReturnDemand(o.Operator.Ctx(), &pb.ReturnDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag(),
			Comments: []*pb.FieldComment{{Field: "title", Text: "请写明对象"}}}))(t)
		d = o.Start(o.Submit(firm, d))
		m.Refuse(t, func() error {
			return markettest.Failed(m.Vettings.ApproveDemand(o.Approver.Ctx(), &pb.ApproveDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}))
		}, codes.FailedPrecondition, "OPINIONS_MISSING", "")
		o.Opine(d)
		if d = o.Approve(d); d.GetState() != pb.Demand_APPROVED {
			t.Errorf("got %s", d.GetState())
		}
		m.Verified()
	})
}
