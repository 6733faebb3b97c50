// Package approving_test tests what two persons do as they do it: over gRPC, on each database.
package approving_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// asked is the name of the approval that a refusal names; empty if it names none.
func asked(t *testing.T, err error) string {
	t.Helper()
	markettest.Want(t, err, codes.FailedPrecondition, "APPROVAL_REQUIRED", "")
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			return info.GetMetadata()["approval"]
		}
	}
	return ""
}

// act is something that two persons do: the suspension of a firm.
type act struct {
	m             *markettest.Market
	first, second *markettest.Founder
	req           *pb.SuspendOrganizationRequest
}

func begin(m *markettest.Market) act {
	a := act{m: m, first: m.Found(m.Bureau.Name, pb.Role_OPERATOR), second: m.Found(m.Bureau.Name, pb.Role_APPROVER)}
	a.req = &pb.SuspendOrganizationRequest{RequestId: markettest.ID(), Name: m.Firm().Name, Etag: "1", Reason: "材料不实"}
	return a
}

// do does it as somebody.
func (a act) do(who *markettest.Founder) error {
	return markettest.Failed(a.m.Organizations.SuspendOrganization(who.Ctx(), a.req))
}

// ask asks for it and returns what is asked.
func (a act) ask(t *testing.T) *pb.Approval {
	t.Helper()
	return markettest.Must(a.m.Approvals.GetApproval(a.second.Ctx(), &pb.GetApprovalRequest{Name: asked(t, a.do(a.first))}))(t)
}

// approve says yes as somebody.
func (a act) approve(who *markettest.Founder, v *pb.Approval) (*pb.Approval, error) {
	return a.m.Approvals.ApproveRequest(who.Ctx(), &pb.ApproveRequestRequest{RequestId: markettest.ID(), Name: v.GetName(), Etag: v.GetEtag(), Digest: v.GetDigest()})
}

// TestTwoPersons does something by two persons: once, by the one who asked, exactly as it was asked.
func TestTwoPersons(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		a := begin(m)
		before := markettest.Sizes(t, m)
		v := a.ask(t)
		want := &pb.Approval{Name: v.GetName(), Organization: m.Bureau.Name, Action: "organization.suspend", Method: "jiebang.v1.OrganizationService/SuspendOrganization",
			Subject: a.req.GetName(), Request: v.GetRequest(), Digest: v.GetDigest(), Requester: a.first.Person, RequesterDisplayName: "人员 1", State: pb.Approval_ASKED,
			ExpireTime: v.GetExpireTime(), CreateTime: v.GetCreateTime(), UpdateTime: v.GetUpdateTime(), Etag: "1", Receipt: v.GetReceipt()}
		if !proto.Equal(v, want) || !strings.Contains(v.GetRequest(), "材料不实") || len(v.GetDigest()) != 32 || !v.GetExpireTime().AsTime().Equal(m.Clock.Now().Add(24*time.Hour)) {
			t.Errorf("asked: got %v, want %v", v, want)
		}
		// Asking again asks nothing new.
		if again := asked(t, a.do(a.first)); again != v.GetName() {
			t.Errorf("asked again: got %s, want %s", again, v.GetName())
		}
		if got := markettest.Sizes(t, m); got[0] != before[0]+1 {
			t.Errorf("asked: got ledgers of %v entries, want one more than %v", got, before)
		}
		v = markettest.Must(a.approve(a.second, v))(t)
		if v.GetState() != pb.Approval_APPROVED || v.GetDecider() != a.second.Person {
			t.Errorf("approved: got %v", v)
		}
		// Another body, another request_id and another person are not what was approved.
		other := proto.CloneOf(a.req)
		other.Reason = "另一理由"
		if name := asked(t, markettest.Failed(m.Organizations.SuspendOrganization(a.first.Ctx(), other))); name == v.GetName() {
			t.Error("another reason: got the approval of the first")
		}
		other = proto.CloneOf(a.req)
		other.RequestId = markettest.ID()
		asked(t, markettest.Failed(m.Organizations.SuspendOrganization(a.first.Ctx(), other)))
		asked(t, a.do(m.Found(m.Bureau.Name, pb.Role_OPERATOR)))
		o := markettest.Must(m.Organizations.SuspendOrganization(a.first.Ctx(), a.req))(t)
		if o.GetState() != pb.Organization_SUSPENDED {
			t.Errorf("done: got %v, want it suspended", o)
		}
		if again := markettest.Must(m.Organizations.SuspendOrganization(a.first.Ctx(), a.req))(t); !proto.Equal(again, o) {
			t.Errorf("repeated: got %v, want the first answer %v", again, o)
		}
		if v = markettest.Must(m.Approvals.GetApproval(a.first.Ctx(), &pb.GetApprovalRequest{Name: v.GetName()}))(t); v.GetState() != pb.Approval_USED {
			t.Errorf("done: got %v, want it used", v)
		}
	})
}

// TestRefusals has the refusals of those who decide.
func TestRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		a := begin(m)
		v := a.ask(t)
		operator, stranger, elsewhere := m.Found(m.Bureau.Name, pb.Role_OPERATOR), m.Found(m.Firm().Name, pb.Role_OWNER), m.Found(otherBureau(t, m), pb.Role_APPROVER)
		both := m.Found(m.Bureau.Name, pb.Role_OPERATOR, pb.Role_APPROVER)
		mine := act{m, both, a.second, proto.CloneOf(a.req)}
		mine.req.RequestId = markettest.ID()
		own := mine.ask(t)
		approve := func(who *markettest.Founder, v *pb.Approval) func() error {
			return func() error { return markettest.Failed(a.approve(who, v)) }
		}
		changed := func(v *pb.Approval, change func(*pb.Approval)) *pb.Approval {
			c := proto.CloneOf(v)
			change(c)
			return c
		}
		refuse(t, m, []refusal{
			{"oneself", approve(both, own), codes.PermissionDenied, "APPROVAL_CONFLICT", ""},
			{"who asked, without the role", approve(a.first, v), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"an operator", approve(operator, v), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"a token", func() error {
				_, err := m.Approvals.ApproveRequest(m.Bureau.Ctx(), &pb.ApproveRequestRequest{RequestId: markettest.ID(), Name: v.GetName(), Etag: "1", Digest: v.GetDigest()})
				return err
			}, codes.PermissionDenied, "STEP_UP_REQUIRED", ""},
			{"another organization", approve(stranger, v), codes.NotFound, "APPROVAL_NOT_FOUND", ""},
			{"another bureau", approve(elsewhere, v), codes.NotFound, "APPROVAL_NOT_FOUND", ""},
			{"another digest", approve(a.second, changed(v, func(v *pb.Approval) { v.Digest = own.GetDigest() })), codes.FailedPrecondition, "APPROVAL_DIGEST", "digest"},
			{"no digest", approve(a.second, changed(v, func(v *pb.Approval) { v.Digest = nil })), codes.InvalidArgument, "FIELD_INVALID", "digest"},
			{"no etag", approve(a.second, changed(v, func(v *pb.Approval) { v.Etag = "" })), codes.InvalidArgument, "ETAG_REQUIRED", "etag"},
			{"an old etag", approve(a.second, changed(v, func(v *pb.Approval) { v.Etag = "0" })), codes.Aborted, "ETAG_STALE", "etag"},
			{"nothing", approve(a.second, changed(v, func(v *pb.Approval) { v.Name = "approvals/v330182-0000000000000000" })), codes.NotFound, "APPROVAL_NOT_FOUND", ""},
			{"no name", approve(a.second, changed(v, func(v *pb.Approval) { v.Name = "approvals/x" })), codes.NotFound, "APPROVAL_NOT_FOUND", ""},
			{"withdrawn by another", func() error {
				return markettest.Failed(m.Approvals.WithdrawApproval(a.second.Ctx(), &pb.WithdrawApprovalRequest{RequestId: markettest.ID(), Name: v.GetName(), Etag: "1"}))
			}, codes.PermissionDenied, "APPROVAL_FOREIGN", ""},
			{"read by another", func() error {
				return markettest.Failed(m.Approvals.GetApproval(stranger.Ctx(), &pb.GetApprovalRequest{Name: v.GetName()}))
			}, codes.NotFound, "APPROVAL_NOT_FOUND", ""},
			{"read by nobody", func() error {
				return markettest.Failed(m.Approvals.GetApproval(t.Context(), &pb.GetApprovalRequest{Name: v.GetName()}))
			}, codes.Unauthenticated, "TOKEN_MISSING", ""},
			{"asked by a token", func() error {
				_, err := m.Organizations.SuspendOrganization(m.Bureau.Ctx(), a.req)
				return err
			}, codes.FailedPrecondition, "APPROVAL_REQUIRED", ""},
			{"asked for what is not there", func() error {
				gone := proto.CloneOf(a.req)
				gone.Name, gone.RequestId = "organizations/o330182-0000000000000000", markettest.ID()
				return markettest.Failed(m.Organizations.SuspendOrganization(a.first.Ctx(), gone))
			}, codes.NotFound, "ORGANIZATION_NOT_FOUND", ""},
			{"only to check", func() error {
				check := proto.CloneOf(a.req)
				check.ValidateOnly = true
				return markettest.Failed(m.Organizations.SuspendOrganization(a.first.Ctx(), check))
			}, codes.FailedPrecondition, "APPROVAL_REQUIRED", ""},
		})
	})
}

// otherBureau is the bureau of the other jurisdiction.
func otherBureau(t *testing.T, m *markettest.Market) string {
	t.Helper()
	c := markettest.Must(m.Organizations.GetCaller(markettest.As(t.Context(), m.Server.FirstTokens[markettest.Other]), &pb.GetCallerRequest{Name: "caller"}))(t)
	return c.GetOrganization().GetName()
}

// TestEnds refuses, withdraws and lets requests expire: none is done after that, and each is decided on once.
func TestEnds(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		a := begin(m)
		refused := a.ask(t)
		markettest.Must(m.Approvals.RefuseRequest(a.second.Ctx(), &pb.RefuseRequestRequest{RequestId: markettest.ID(), Name: refused.GetName(), Etag: "1"}))(t)
		refuse(t, m, []refusal{{"approved after a refusal", func() error {
			v := proto.CloneOf(refused)
			v.Etag = "2"
			return markettest.Failed(a.approve(a.second, v))
		}, codes.FailedPrecondition, "APPROVAL_STATE", ""}})
		withdrawn := a.ask(t) // asked anew
		if withdrawn.GetName() == refused.GetName() {
			t.Errorf("asked after the refusal: got %v, want another", withdrawn)
		}
		withdrawn = markettest.Must(a.approve(a.second, withdrawn))(t)
		withdrawn = markettest.Must(m.Approvals.WithdrawApproval(a.first.Ctx(), &pb.WithdrawApprovalRequest{RequestId: markettest.ID(), Name: withdrawn.GetName(), Etag: withdrawn.GetEtag()}))(t)
		if withdrawn.GetState() != pb.Approval_WITHDRAWN {
			t.Errorf("got %v, want it withdrawn", withdrawn)
		}
		late := a.ask(t)
		m.Clock.Advance(24 * time.Hour)
		a.first.LogIn(m.Bureau.Name)
		a.second.LogIn(m.Bureau.Name)
		refuse(t, m, []refusal{{"approved a day later", func() error { return markettest.Failed(a.approve(a.second, late)) }, codes.FailedPrecondition, "APPROVAL_EXPIRED", ""}})
		used := markettest.Must(a.approve(a.second, a.ask(t)))(t)
		m.Clock.Advance(24 * time.Hour)
		a.first.LogIn(m.Bureau.Name)
		if name := asked(t, a.do(a.first)); name == used.GetName() {
			t.Error("done a day after it was asked")
		}
	})
}

// TestSamePerson lets the database say that the one who asked has approved: it is not done all the same. M39.
func TestSamePerson(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		a := begin(m)
		v := markettest.Must(a.approve(a.second, a.ask(t)))(t)
		m.Behind("UPDATE approvals SET decided_by = requested_by WHERE id = $1", strings.TrimPrefix(v.GetName(), "approvals/"))
		asked(t, a.do(a.first))
		m.Behind("UPDATE approvals SET decided_by = $1, decided_session = requested_session WHERE id = $2", "u330182-0000000000000000", strings.TrimPrefix(v.GetName(), "approvals/"))
		a.second.StepUp()
		m.Behind("UPDATE approvals SET decided_session = $1 WHERE id = $2", strings.Split(a.first.Secret, "_")[1], strings.TrimPrefix(v.GetName(), "approvals/"))
		asked(t, a.do(a.first))
	})
}

// TestStepUp approves around the moment at which a second factor is no longer fresh. M38.
func TestStepUp(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		a := begin(m)
		v := a.ask(t)
		m.Clock.Advance(5*time.Minute + time.Microsecond)
		refuse(t, m, []refusal{{"after five minutes", func() error { return markettest.Failed(a.approve(a.second, v)) }, codes.PermissionDenied, "STEP_UP_REQUIRED", ""}})
		a.second.StepUp()
		m.Clock.Advance(5 * time.Minute)
		markettest.Must(a.approve(a.second, v))(t)
	})
}

// TestList lists what Get gives, and nothing else.
func TestList(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		a := begin(m)
		first := a.ask(t)
		a.req.RequestId = markettest.ID()
		second := a.ask(t)
		secadmin, owner, elsewhere := m.Found(m.Bureau.Name, pb.Role_SECADMIN), m.Found(m.Firm().Name, pb.Role_OWNER), m.Found(otherBureau(t, m), pb.Role_SECADMIN)
		for _, who := range []struct {
			*markettest.Founder
			want int
		}{{a.first, 2}, {a.second, 2}, {secadmin, 2}, {owner, 0}, {elsewhere, 0}} {
			list := markettest.Must(m.Approvals.ListApprovals(who.Ctx(), &pb.ListApprovalsRequest{PageSize: 1}))(t)
			var got []*pb.Approval
			for {
				got = append(got, list.GetApprovals()...)
				if list.GetNextPageToken() == "" {
					break
				}
				list = markettest.Must(m.Approvals.ListApprovals(who.Ctx(), &pb.ListApprovalsRequest{PageSize: 1, PageToken: list.GetNextPageToken()}))(t)
			}
			if len(got) != who.want || who.want == 2 && (got[0].GetCreateTime().AsTime().Before(got[1].GetCreateTime().AsTime()) || got[0].GetName() == got[1].GetName()) {
				t.Errorf("got %v, want %d", got, who.want)
			}
			for _, v := range []*pb.Approval{first, second} {
				_, err := m.Approvals.GetApproval(who.Ctx(), &pb.GetApprovalRequest{Name: v.GetName()})
				if (err == nil) != (who.want > 0) {
					t.Errorf("get: got %v, want what the list says", err)
				}
			}
		}
		if list := markettest.Must(m.Approvals.ListApprovals(a.second.Ctx(), &pb.ListApprovalsRequest{Filter: `state = "USED"`}))(t); len(list.GetApprovals()) != 0 {
			t.Errorf("used: got %v, want none", list)
		}
	})
}

// TestRaces lets many ask, approve and do the same at once.
func TestRaces(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		a := begin(m)
		before := markettest.Sizes(t, m)
		if count := markettest.Race(16, func(int) error { return a.do(a.first) }); count["APPROVAL_REQUIRED"] != 16 {
			t.Errorf("asked: got %v, want 16 refusals", count)
		}
		if got := markettest.Sizes(t, m); got[0] != before[0]+1 {
			t.Errorf("asked: got ledgers of %v entries, want one more than %v", got, before)
		}
		v := a.ask(t)
		if count := markettest.Race(16, func(int) error { return markettest.Failed(a.approve(a.second, v)) }); count[""] != 1 || count["ETAG_STALE"] != 15 {
			t.Errorf("approved: got %v, want one winner", count)
		}
		if count := markettest.Race(16, func(int) error { return a.do(a.first) }); count[""] != 16 {
			t.Errorf("done: got %v, want the same answer for all", count)
		}
		if got := markettest.Sizes(t, m); got[0] != before[0]+4 { // asked, approved, used, suspended
			t.Errorf("done: got ledgers of %v entries, want four more than %v", got, before)
		}
	})
}
