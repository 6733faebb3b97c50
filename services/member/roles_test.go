package member_test

import (
	"context"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// setRoles changes the roles of a member as a caller.
func setRoles(m *markettest.Market, ctx context.Context, name, etag string, roles ...pb.Role) (*pb.Member, error) {
	return m.Members.UpdateMember(ctx, &pb.UpdateMemberRequest{RequestId: markettest.ID(), Member: &pb.Member{Name: name, Etag: etag, Roles: roles}})
}

// alive reports whether somebody's session works.
func alive(m *markettest.Market, p *markettest.Founder) error {
	return markettest.Failed(m.Organizations.GetCaller(p.Ctx(), &pb.GetCallerRequest{Name: "caller"}))
}

// TestRoles changes the roles of a member: its sessions end at once. M40.
func TestRoles(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		owner, editor := m.Found(firm.Name, pb.Role_OWNER), m.Found(firm.Name, pb.Role_EDITOR)
		if err := alive(m, editor); err != nil {
			t.Fatal(err)
		}
		changed := markettest.Must(setRoles(m, owner.Ctx(), editor.Membership, "1", pb.Role_SIGNER, pb.Role_EXPERT))(t)
		if got := changed.GetRoles(); len(got) != 2 || got[0] != pb.Role_SIGNER || changed.GetEtag() != "2" {
			t.Errorf("changed: got %v", changed)
		}
		markettest.Want(t, alive(m, editor), codes.Unauthenticated, "SESSION_ENDED", "")
		editor.LogIn(firm.Name)
		markettest.Must(m.Members.RemoveMember(owner.Ctx(), &pb.RemoveMemberRequest{RequestId: markettest.ID(), Name: editor.Membership, Etag: "2"}))(t)
		markettest.Want(t, alive(m, editor), codes.Unauthenticated, "SESSION_ENDED", "")
		if got := member(t, m, owner.Ctx(), editor.Membership); got.GetState() != pb.Member_ENDED || len(got.GetRoles()) != 2 {
			t.Errorf("removed: got %v", got)
		}
		refuse(t, m, []refusal{{"changed after its end", func() error {
			return markettest.Failed(setRoles(m, owner.Ctx(), editor.Membership, "3", pb.Role_EDITOR))
		}, codes.FailedPrecondition, "MEMBER_STATE", ""}})
	})
}

// TestRoleRefusals has the refusals of UpdateMember and RemoveMember.
func TestRoleRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		owner, editor, stranger := m.Found(firm.Name, pb.Role_OWNER), m.Found(firm.Name, pb.Role_EDITOR), m.Found(m.Firm().Name, pb.Role_OWNER)
		chief, operator := m.Found(m.Bureau.Name, pb.Role_SECADMIN), m.Found(m.Bureau.Name, pb.Role_OPERATOR)
		invited := markettest.Must(invite(m, owner.Ctx(), firm.Name, nil, pb.Role_EDITOR))(t).GetMember()
		set := func(ctx context.Context, name, etag string, roles ...pb.Role) func() error {
			return func() error { return markettest.Failed(setRoles(m, ctx, name, etag, roles...)) }
		}
		remove := func(ctx context.Context, name, etag string) func() error {
			return func() error {
				return markettest.Failed(m.Members.RemoveMember(ctx, &pb.RemoveMemberRequest{RequestId: markettest.ID(), Name: name, Etag: etag}))
			}
		}
		refuse(t, m, []refusal{
			{"by a token", set(m.Token(firm.Name, pb.Role_OWNER).Ctx(), editor.Membership, "1", pb.Role_SIGNER), codes.PermissionDenied, "STEP_UP_REQUIRED", ""},
			{"by an editor", set(editor.Ctx(), editor.Membership, "1", pb.Role_OWNER), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"by another", set(stranger.Ctx(), editor.Membership, "1", pb.Role_SIGNER), codes.NotFound, "MEMBER_NOT_FOUND", ""},
			{"by the bureau", set(chief.Ctx(), editor.Membership, "1", pb.Role_SIGNER), codes.FailedPrecondition, "ORGANIZATION_SELF_RUN", ""},
			{"no roles", set(owner.Ctx(), editor.Membership, "1"), codes.InvalidArgument, "FIELD_INVALID", "member.roles"},
			{"a bureau's role", set(owner.Ctx(), editor.Membership, "1", pb.Role_OPERATOR), codes.InvalidArgument, "ROLE_FOREIGN", "member.roles"},
			{"a role that two persons grant", set(chief.Ctx(), operator.Membership, "1", pb.Role_OPERATOR, pb.Role_APPROVER), codes.FailedPrecondition, "ROLE_PRIVILEGED", "member.roles"},
			{"a role for oneself at the bureau", set(chief.Ctx(), chief.Membership, "1", pb.Role_SECADMIN, pb.Role_OPERATOR), codes.PermissionDenied, "SELF_GRANT", "member.roles"},
			{"no etag", set(owner.Ctx(), editor.Membership, "", pb.Role_SIGNER), codes.InvalidArgument, "ETAG_REQUIRED", "member.etag"},
			{"an old etag", set(owner.Ctx(), editor.Membership, "7", pb.Role_SIGNER), codes.Aborted, "ETAG_STALE", "member.etag"},
			{"an invitation", set(owner.Ctx(), invited.GetName(), "1", pb.Role_SIGNER), codes.FailedPrecondition, "MEMBER_STATE", ""},
			{"another field", func() error {
				return markettest.Failed(m.Members.UpdateMember(owner.Ctx(), &pb.UpdateMemberRequest{RequestId: markettest.ID(), Member: &pb.Member{Name: editor.Membership, Etag: "1",
					Roles: []pb.Role{pb.Role_SIGNER}}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"person"}}}))
			}, codes.InvalidArgument, "UPDATE_MASK_INVALID", "update_mask"},
			{"the last owner's", set(owner.Ctx(), owner.Membership, "1", pb.Role_EDITOR), codes.FailedPrecondition, "LAST_OWNER", ""},
			{"the last owner removed", remove(owner.Ctx(), owner.Membership, "1"), codes.FailedPrecondition, "LAST_OWNER", ""},
			{"the last security administrator removed", remove(chief.Ctx(), chief.Membership, "1"), codes.FailedPrecondition, "LAST_OWNER", ""},
			{"the last owner leaves", func() error {
				return markettest.Failed(m.Members.LeaveOrganization(owner.Ctx(), &pb.LeaveOrganizationRequest{RequestId: markettest.ID(), Name: firm.Name}))
			}, codes.FailedPrecondition, "LAST_OWNER", ""},
			{"who is no member leaves", func() error {
				return markettest.Failed(m.Members.LeaveOrganization(stranger.Ctx(), &pb.LeaveOrganizationRequest{RequestId: markettest.ID(), Name: firm.Name}))
			}, codes.NotFound, "MEMBER_NOT_FOUND", ""},
			{"a token leaves", func() error {
				return markettest.Failed(m.Members.LeaveOrganization(firm.Ctx(), &pb.LeaveOrganizationRequest{RequestId: markettest.ID(), Name: firm.Name}))
			}, codes.NotFound, "MEMBER_NOT_FOUND", ""},
			{"removed by another", remove(stranger.Ctx(), editor.Membership, "1"), codes.NotFound, "MEMBER_NOT_FOUND", ""},
			{"listed by another", func() error {
				return markettest.Failed(m.Members.ListMembers(stranger.Ctx(), &pb.ListMembersRequest{Parent: firm.Name}))
			}, codes.NotFound, "ORGANIZATION_NOT_FOUND", ""},
		})
		m.Clock.Advance(5*time.Minute + time.Microsecond)
		refuse(t, m, []refusal{{"five minutes after the second factor", set(owner.Ctx(), editor.Membership, "1", pb.Role_SIGNER), codes.PermissionDenied, "STEP_UP_REQUIRED", ""}})
		owner.StepUp()
		count := markettest.Race(16, func(int) error { return set(owner.Ctx(), editor.Membership, "1", pb.Role_SIGNER)() })
		if count[""] != 1 || count["ETAG_STALE"] != 15 {
			t.Errorf("raced for: got %v, want one winner", count)
		}
		markettest.Must(m.Members.LeaveOrganization(operator.Ctx(), &pb.LeaveOrganizationRequest{RequestId: markettest.ID(), Name: m.Bureau.Name}))(t)
		markettest.Want(t, alive(m, operator), codes.Unauthenticated, "SESSION_ENDED", "")
	})
}

// TestLastOwners lets two owners leave at once: one stays.
func TestLastOwners(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		owners := []*markettest.Founder{m.Found(firm.Name, pb.Role_OWNER), m.Found(firm.Name, pb.Role_OWNER)}
		count := markettest.Race(2, func(i int) error {
			return markettest.Failed(m.Members.LeaveOrganization(owners[i].Ctx(), &pb.LeaveOrganizationRequest{RequestId: markettest.ID(), Name: firm.Name}))
		})
		if count[""] != 1 || count["LAST_OWNER"] != 1 {
			t.Errorf("got %v, want that one leaves and one stays", count)
		}
	})
}

// twice does what two persons do: it asks, lets the second approve, and does it.
func twice[T any](t *testing.T, m *markettest.Market, second *markettest.Founder, do func() (T, error)) (T, error) {
	t.Helper()
	none, err := do()
	name := ""
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			name = info.GetMetadata()["approval"]
		}
	}
	if name == "" {
		return none, err
	}
	v := markettest.Must(m.Approvals.GetApproval(second.Ctx(), &pb.GetApprovalRequest{Name: name}))(t)
	markettest.Must(m.Approvals.ApproveRequest(second.Ctx(), &pb.ApproveRequestRequest{RequestId: markettest.ID(), Name: name, Etag: v.GetEtag(), Digest: v.GetDigest()}))(t)
	return do()
}

// TestGrant grants roles by two persons; nobody has two of the three administrators' roles in one jurisdiction.
func TestGrant(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		chief, second := m.Found(m.Bureau.Name, pb.Role_SECADMIN), m.Found(m.Bureau.Name, pb.Role_SECADMIN)
		operator := m.Found(m.Bureau.Name, pb.Role_OPERATOR)
		grant := func(name, etag string, role pb.Role) (*pb.Member, error) {
			req := &pb.GrantRoleRequest{RequestId: markettest.ID(), Name: name, Etag: etag, Role: role}
			return twice(t, m, second, func() (*pb.Member, error) { return m.Members.GrantRole(chief.Ctx(), req) })
		}
		granted := markettest.Must(grant(operator.Membership, "1", pb.Role_SYSADMIN))(t)
		if got := granted.GetRoles(); len(got) != 2 || got[1] != pb.Role_SYSADMIN {
			t.Errorf("granted: got %v", granted)
		}
		markettest.Want(t, alive(m, operator), codes.Unauthenticated, "SESSION_ENDED", "")
		// The same person joins an audit office of the jurisdiction, where it must not become the administrator of audits.
		office := markettest.Must(m.Organizations.CreateOrganization(m.Bureau.Ctx(), &pb.CreateOrganizationRequest{RequestId: markettest.ID(), Organization: &pb.Organization{
			DisplayName: "建德市审计局", Kind: pb.Organization_AUDIT_OFFICE, Uscc: m.Code()}}))(t)
		invited := markettest.Must(invite(m, m.Bureau.Ctx(), office.GetName(), nil, pb.Role_CUSTODIAN))(t)
		operator.LogIn(m.Bureau.Name)
		auditor := markettest.Must(accept(m, operator.Ctx(), invited.GetCode(), nil))(t)
		failed := func(name, etag string, role pb.Role) func() error {
			return func() error { return markettest.Failed(grant(name, etag, role)) }
		}
		refuse(t, m, []refusal{
			{"two administrators at one bureau", failed(operator.Membership, "2", pb.Role_SECADMIN), codes.FailedPrecondition, "ROLES_APART", "role"},
			{"two administrators at two authorities", failed(auditor.GetName(), "2", pb.Role_AUDITADMIN), codes.FailedPrecondition, "ROLES_APART", "role"},
			{"a role that it has", failed(operator.Membership, "2", pb.Role_SYSADMIN), codes.AlreadyExists, "ROLE_HELD", ""},
			{"a role that one person gives", failed(operator.Membership, "2", pb.Role_CUSTODIAN), codes.InvalidArgument, "FIELD_INVALID", "role"},
			{"an old etag", failed(operator.Membership, "1", pb.Role_APPROVER), codes.Aborted, "ETAG_STALE", "etag"},
			{"a bureau's role at the audit office", failed(auditor.GetName(), "2", pb.Role_APPROVER), codes.InvalidArgument, "ROLE_FOREIGN", "role"},
		})
		markettest.Must(grant(auditor.GetName(), "2", pb.Role_AUDITOR))(t)
	})
}

// TestTransfer transfers the ownership of a firm: by its owner, and by the bureau when the owner has left without a word.
func TestTransfer(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		owner, editor, chief := m.Found(firm.Name, pb.Role_OWNER), m.Found(firm.Name, pb.Role_EDITOR), m.Found(m.Bureau.Name, pb.Role_SECADMIN)
		stranger := m.Found(m.Firm().Name, pb.Role_OWNER)
		transfer := func(ctx context.Context, name, etag, former string) func() error {
			return func() error {
				return markettest.Failed(m.Members.TransferOwnership(ctx, &pb.TransferOwnershipRequest{RequestId: markettest.ID(), Name: name, Etag: etag, FormerOwner: former}))
			}
		}
		refuse(t, m, []refusal{
			{"by an editor", transfer(editor.Ctx(), editor.Membership, "1", ""), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"by another", transfer(stranger.Ctx(), editor.Membership, "1", ""), codes.NotFound, "MEMBER_NOT_FOUND", ""},
			{"from one who is no owner", transfer(owner.Ctx(), editor.Membership, "1", editor.Membership), codes.FailedPrecondition, "NOT_OWNER", "former_owner"},
			{"by the bureau from itself", transfer(chief.Ctx(), editor.Membership, "1", ""), codes.FailedPrecondition, "NOT_OWNER", "former_owner"},
			{"to the owner", transfer(owner.Ctx(), owner.Membership, "1", ""), codes.AlreadyExists, "ROLE_HELD", ""},
			{"an old etag", transfer(owner.Ctx(), editor.Membership, "0", ""), codes.Aborted, "ETAG_STALE", "etag"},
		})
		count := markettest.Race(16, func(int) error { return transfer(owner.Ctx(), editor.Membership, "1", "")() })
		if count[""] != 1 || count["SESSION_ENDED"] != 15 {
			t.Errorf("raced for: got %v, want one winner whose session ends", count)
		}
		editor.LogIn(firm.Name)
		if was := member(t, m, editor.Ctx(), owner.Membership); was.GetState() != pb.Member_ENDED {
			t.Errorf("the former owner: got %v, want it gone", was)
		}
		heir := m.Found(firm.Name, pb.Role_SIGNER)
		if err := transfer(chief.Ctx(), heir.Membership, "1", editor.Membership)(); err != nil {
			t.Errorf("by the bureau: %v", err)
		}
		heir.LogIn(firm.Name)
		if was := member(t, m, heir.Ctx(), editor.Membership); was.GetState() != pb.Member_ACTIVE || len(was.GetRoles()) != 1 || was.GetRoles()[0] != pb.Role_EDITOR {
			t.Errorf("the former owner: got %v, want it to be an editor", was)
		}
	})
}

// TestBreakGlass lets a system administrator read what an auditor reads, by two persons and for as long as they said.
func TestBreakGlass(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		sysadmin, second := m.Found(m.Bureau.Name, pb.Role_SYSADMIN), m.Found(m.Bureau.Name, pb.Role_APPROVER)
		entries := func() error {
			return markettest.Failed(m.Ledgers.ListEntries(sysadmin.Ctx(), &pb.ListEntriesRequest{Parent: "ledgers/" + markettest.Jurisdiction}))
		}
		markettest.Want(t, entries(), codes.PermissionDenied, "ROLE_NOT_ALLOWED", "")
		req := &pb.BreakGlassRequest{RequestId: markettest.ID(), Name: m.Bureau.Name, Minutes: 20, Reason: "备份损坏,须查账目"}
		broken := markettest.Must(twice(t, m, second, func() (*pb.Member, error) { return m.Members.BreakGlass(sysadmin.Ctx(), req) }))(t)
		if !broken.GetLendExpireTime().AsTime().Equal(m.Clock.Now().Add(20*time.Minute)) || len(broken.GetRoles()) != 1 {
			t.Errorf("got %v, want 20 minutes and no role more", broken)
		}
		sysadmin.LogIn(m.Bureau.Name)
		if err := entries(); err != nil {
			t.Errorf("while it lasts: %v", err)
		}
		refuse(t, m, []refusal{{"a change that an auditor makes", func() error {
			return markettest.Failed(pb.NewMonitoringServiceClient(m.Server.Conn()).CreateMonitoringCase(sysadmin.Ctx(), &pb.CreateMonitoringCaseRequest{RequestId: markettest.ID(),
				MonitoringCase: &pb.MonitoringCase{Subject: second.Name, Cause: pb.MonitoringCase_MEDIA, Text: "借来的角色只读不改"}}))
		}, codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""}})
		m.Clock.Advance(20*time.Minute - time.Microsecond)
		if err := entries(); err != nil {
			t.Errorf("until its last moment: %v", err)
		}
		m.Clock.Advance(time.Microsecond)
		markettest.Want(t, entries(), codes.PermissionDenied, "ROLE_NOT_ALLOWED", "")
		long := &pb.BreakGlassRequest{RequestId: markettest.ID(), Name: m.Bureau.Name, Minutes: 61, Reason: "备份损坏"}
		refuse(t, m, []refusal{
			{"for more than an hour", func() error { return markettest.Failed(m.Members.BreakGlass(sysadmin.Ctx(), long)) }, codes.PermissionDenied, "STEP_UP_REQUIRED", ""},
			{"by another", func() error { return markettest.Failed(m.Members.BreakGlass(second.Ctx(), req)) }, codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
		})
		sysadmin.StepUp()
		refuse(t, m, []refusal{{"for more than an hour", func() error { return markettest.Failed(m.Members.BreakGlass(sysadmin.Ctx(), long)) }, codes.InvalidArgument, "FIELD_INVALID", "minutes"}})
	})
}
