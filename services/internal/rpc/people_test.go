package rpc_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// endsItself are the changes after which their caller's session has ended, so that it does not repeat them, and the one before which no bid is taken, which
// ledger.TestClockSet repeats.
var endsItself = map[protoreflect.Name]bool{"BreakGlass": true, "ConfirmClock": true}

// peopleChanges prepares the changes of organizations, members and approvals.
func peopleChanges(t *testing.T, m *markettest.Market, all map[string]change) {
	t.Helper()
	second := m.Found(m.Bureau.Name, pb.Role_APPROVER)
	add := func(ctx context.Context, req proto.Message, grows int64) {
		all[strings.TrimSuffix(string(req.ProtoReflect().Descriptor().Name()), "Request")] = change{ctx, req, grows}
	}
	operator, chief := m.Found(m.Bureau.Name, pb.Role_OPERATOR), m.Found(m.Bureau.Name, pb.Role_SECADMIN)
	sysadmin, officer := m.Found(m.Bureau.Name, pb.Role_SYSADMIN), m.Found(m.Bureau.Name, pb.Role_OPERATOR)
	zju, firm := m.University(), m.Firm()
	dean, owner := m.Found(zju.Name, pb.Role_OWNER), m.Found(firm.Name, pb.Role_OWNER)
	add(owner.Ctx(), &pb.UpdateOrganizationRequest{Organization: &pb.Organization{Name: firm.Name, Etag: "1", DisplayName: "另一名称", Region: "330182"}}, 1)
	add(dean.Ctx(), &pb.DivideOrganizationRequest{Name: zju.Name, DisplayName: "实验室"}, 1)
	add(operator.Ctx(), &pb.VerifyOrganizationRequest{Name: m.Firm().Name, Etag: "1", VerifyUntil: timestamppb.New(m.Clock.Now().Add(time.Hour))}, 1)
	add(operator.Ctx(), &pb.SuspendOrganizationRequest{Name: m.Firm().Name, Etag: "1", Reason: "材料不实"}, 2)
	add(chief.Ctx(), &pb.CloseOrganizationRequest{Name: m.Firm().Name, Etag: "1", Reason: "已注销"}, 2)
	add(operator.Ctx(), &pb.ReinstateOrganizationRequest{Name: suspended(t, m, operator, second), Etag: "2", Reason: "已补正"}, 1)

	invite := func() *pb.InviteMemberResponse {
		return markettest.Must(m.Members.InviteMember(owner.Ctx(), &pb.InviteMemberRequest{RequestId: markettest.ID(), Parent: firm.Name, Roles: []pb.Role{pb.Role_EDITOR}}))(t)
	}
	guest := m.Found(m.Firm().Name, pb.Role_OWNER)
	markettest.Must(m.Members.AcceptInvitation(guest.Ctx(), &pb.AcceptInvitationRequest{RequestId: markettest.ID(), Code: invite().GetCode()}))(t)
	changed, removed, heir := m.Found(firm.Name, pb.Role_EDITOR), m.Found(firm.Name, pb.Role_EDITOR), m.Found(zju.Name, pb.Role_EDITOR)
	add(owner.Ctx(), &pb.InviteMemberRequest{Parent: firm.Name, Roles: []pb.Role{pb.Role_EDITOR}}, 1)
	add(t.Context(), &pb.AcceptInvitationRequest{Code: invite().GetCode(), Account: &pb.NewAccount{Login: "zhou-mingyuan", DisplayName: "周明远", Password: markettest.Password}}, 2)
	add(t.Context(), &pb.RejectInvitationRequest{Code: invite().GetCode()}, 1)
	add(owner.Ctx(), &pb.RevokeInvitationRequest{Name: invite().GetMember().GetName(), Etag: "1"}, 1)
	add(owner.Ctx(), &pb.UpdateMemberRequest{Member: &pb.Member{Name: changed.Membership, Etag: "1", Roles: []pb.Role{pb.Role_SIGNER}}}, 1)
	add(owner.Ctx(), &pb.RemoveMemberRequest{Name: removed.Membership, Etag: "1"}, 1)
	add(chief.Ctx(), &pb.GrantRoleRequest{Name: officer.Membership, Etag: "1", Role: pb.Role_APPROVER}, 2)
	add(chief.Ctx(), &pb.TransferOwnershipRequest{Name: heir.Membership, Etag: "1", FormerOwner: m.Found(zju.Name, pb.Role_OWNER, pb.Role_EXPERT).Membership}, 2)
	add(guest.Ctx(), &pb.LeaveOrganizationRequest{Name: firm.Name}, 1)
	add(sysadmin.Ctx(), &pb.BreakGlassRequest{Name: m.Bureau.Name, Minutes: 5, Reason: "查账"}, 2)

	ask := func() *pb.Approval {
		_, err := m.Organizations.SuspendOrganization(operator.Ctx(), &pb.SuspendOrganizationRequest{RequestId: markettest.ID(), Name: firm.Name, Etag: "1", Reason: "材料不实"})
		return markettest.Must(m.Approvals.GetApproval(second.Ctx(), &pb.GetApprovalRequest{Name: approvalOf(err)}))(t)
	}
	approved, refused, withdrawn := ask(), ask(), ask()
	add(second.Ctx(), &pb.ApproveRequestRequest{Name: approved.GetName(), Etag: "1", Digest: approved.GetDigest()}, 1)
	add(second.Ctx(), &pb.RefuseRequestRequest{Name: refused.GetName(), Etag: "1"}, 1)
	add(operator.Ctx(), &pb.WithdrawApprovalRequest{Name: withdrawn.GetName(), Etag: "1"}, 1)
}

// approvalOf is the name of the approval that a refusal names.
func approvalOf(err error) string {
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			return info.GetMetadata()["approval"]
		}
	}
	return ""
}

// approve asks for what two persons of the bureau do and lets the second say yes.
func approve(t *testing.T, m *markettest.Market, d protoreflect.MethodDescriptor, ctx context.Context, req proto.Message) {
	t.Helper()
	_, err := invoke(ctx, dial(t, m), d, req)
	second := m.Found(m.Bureau.Name, pb.Role_APPROVER)
	v := markettest.Must(m.Approvals.GetApproval(second.Ctx(), &pb.GetApprovalRequest{Name: approvalOf(err)}))(t)
	markettest.Must(m.Approvals.ApproveRequest(second.Ctx(), &pb.ApproveRequestRequest{RequestId: markettest.ID(), Name: v.GetName(), Etag: v.GetEtag(), Digest: v.GetDigest()}))(t)
}

// suspended is a firm that two persons have suspended.
func suspended(t *testing.T, m *markettest.Market, first, second *markettest.Founder) string {
	t.Helper()
	req := &pb.SuspendOrganizationRequest{RequestId: markettest.ID(), Name: m.Firm().Name, Etag: "1", Reason: "材料不实"}
	_, err := m.Organizations.SuspendOrganization(first.Ctx(), req)
	v := markettest.Must(m.Approvals.GetApproval(second.Ctx(), &pb.GetApprovalRequest{Name: approvalOf(err)}))(t)
	markettest.Must(m.Approvals.ApproveRequest(second.Ctx(), &pb.ApproveRequestRequest{RequestId: markettest.ID(), Name: v.GetName(), Etag: "1", Digest: v.GetDigest()}))(t)
	return markettest.Must(m.Organizations.SuspendOrganization(first.Ctx(), req))(t).GetName()
}
