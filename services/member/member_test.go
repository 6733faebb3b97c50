// Package member_test tests members and invitations as their callers use them: over gRPC, on each database.
package member_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// invite invites somebody to an organization as a caller.
func invite(m *markettest.Market, ctx context.Context, organization string, expires *timestamppb.Timestamp, roles ...pb.Role) (*pb.InviteMemberResponse, error) {
	return m.Members.InviteMember(ctx, &pb.InviteMemberRequest{RequestId: markettest.ID(), Parent: organization, Roles: roles, ExpireTime: expires})
}

// newcomer is an account that nobody has.
func newcomer() *pb.NewAccount {
	return &pb.NewAccount{Login: "n" + markettest.ID()[:8], DisplayName: "陈思齐", Password: markettest.Password}
}

func accept(m *markettest.Market, ctx context.Context, code string, a *pb.NewAccount) (*pb.Member, error) {
	return m.Members.AcceptInvitation(ctx, &pb.AcceptInvitationRequest{RequestId: markettest.ID(), Code: code, Account: a})
}

func reject(m *markettest.Market, ctx context.Context, code string) (*pb.Invitation, error) {
	return m.Members.RejectInvitation(ctx, &pb.RejectInvitationRequest{RequestId: markettest.ID(), Code: code})
}

// member reads a member from the list of its organization.
func member(t *testing.T, m *markettest.Market, ctx context.Context, name string) *pb.Member {
	t.Helper()
	parent, _, _ := strings.Cut(name, "/members/")
	list := markettest.Must(m.Members.ListMembers(ctx, &pb.ListMembersRequest{Parent: parent, PageSize: 200}))(t)
	i := slices.IndexFunc(list.GetMembers(), func(m *pb.Member) bool { return m.GetName() == name })
	if i < 0 {
		t.Fatalf("%s is not in %v", name, list)
	}
	return list.GetMembers()[i]
}

// TestInvite invites somebody, who looks at the invitation, makes an account and joins; then logs in and acts.
func TestInvite(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		owner := m.Found(firm.Name, pb.Role_OWNER)
		req := &pb.InviteMemberRequest{RequestId: markettest.ID(), Parent: firm.Name, Roles: []pb.Role{pb.Role_EDITOR, pb.Role_SIGNER}}
		invited := markettest.Must(m.Members.InviteMember(owner.Ctx(), req))(t)
		now := m.Clock.Now()
		want := &pb.Member{Name: invited.GetMember().GetName(), Roles: req.GetRoles(), State: pb.Member_PENDING, InvitedBy: owner.Person, Etag: "1",
			ExpireTime: timestamppb.New(now.Add(7 * 24 * time.Hour)), CreateTime: timestamppb.New(now), UpdateTime: timestamppb.New(now), Receipt: invited.GetMember().GetReceipt()}
		if !proto.Equal(invited.GetMember(), want) || len(invited.GetCode()) < 60 {
			t.Errorf("invited: got %v, want %v", invited, want)
		}
		if again := markettest.Must(m.Members.InviteMember(owner.Ctx(), req))(t); again.GetCode() != "" || !proto.Equal(again.GetMember(), want) {
			t.Errorf("replayed: got %v, want it without the code", again)
		}
		preview := markettest.Must(m.Members.PreviewInvitation(t.Context(), &pb.PreviewInvitationRequest{Code: invited.GetCode()}))(t)
		if !proto.Equal(preview, &pb.Invitation{OrganizationDisplayName: "机构 1", Organization: firm.Name, Roles: want.GetRoles(), State: pb.Member_PENDING, ExpireTime: want.GetExpireTime()}) {
			t.Errorf("looked at: got %v", preview)
		}
		a := newcomer()
		joined := markettest.Must(accept(m, t.Context(), invited.GetCode(), a))(t)
		if joined.GetState() != pb.Member_ACTIVE || joined.GetPerson() == "" || joined.GetDisplayName() != a.GetDisplayName() || joined.GetName() != want.GetName() {
			t.Errorf("joined: got %v", joined)
		}
		session := markettest.Must(m.Accounts.Login(t.Context(), &pb.LoginRequest{Login: a.GetLogin(), Password: a.GetPassword()}))(t)
		caller := markettest.Must(m.Organizations.GetCaller(markettest.As(t.Context(), session.GetSecret()), &pb.GetCallerRequest{Name: "caller"}))(t)
		if caller.GetPerson() != joined.GetPerson() || caller.GetOrganization().GetName() != firm.Name || !slices.Contains(caller.GetPrivileges(), "demand.publish") || slices.Contains(caller.GetPrivileges(), "member.invite") {
			t.Errorf("logged in: got %v", caller)
		}
	})
}

// TestInviteRefusals has the refusals of InviteMember.
func TestInviteRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, stranger := m.Firm(), m.Found(m.Firm().Name, pb.Role_OWNER)
		owner, editor, now := m.Found(firm.Name, pb.Role_OWNER), m.Found(firm.Name, pb.Role_EDITOR), m.Clock.Now()
		to := func(ctx context.Context, parent string, roles ...pb.Role) func() error {
			return func() error { return markettest.Failed(invite(m, ctx, parent, nil, roles...)) }
		}
		until := func(at time.Time) func() error {
			return func() error {
				return markettest.Failed(invite(m, owner.Ctx(), firm.Name, timestamppb.New(at), pb.Role_EDITOR))
			}
		}
		refuse(t, m, []refusal{
			{"no roles", to(owner.Ctx(), firm.Name), codes.InvalidArgument, "FIELD_INVALID", "roles"},
			{"a role twice", to(owner.Ctx(), firm.Name, pb.Role_EDITOR, pb.Role_EDITOR), codes.InvalidArgument, "FIELD_INVALID", "roles"},
			{"a bureau's role", to(owner.Ctx(), firm.Name, pb.Role_OPERATOR), codes.InvalidArgument, "ROLE_FOREIGN", "roles"},
			{"a role that two persons grant", to(m.Bureau.Ctx(), m.Bureau.Name, pb.Role_OPERATOR, pb.Role_AUDITOR), codes.FailedPrecondition, "ROLE_PRIVILEGED", "roles"},
			{"by an editor", to(editor.Ctx(), firm.Name, pb.Role_EDITOR), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"by another", to(stranger.Ctx(), firm.Name, pb.Role_EDITOR), codes.NotFound, "ORGANIZATION_NOT_FOUND", ""},
			{"by another bureau", to(markettest.As(t.Context(), m.Server.FirstTokens[markettest.Other]), firm.Name, pb.Role_EDITOR), codes.NotFound, "ORGANIZATION_NOT_FOUND", ""},
			{"by the bureau, though there is an owner", to(m.Bureau.Ctx(), firm.Name, pb.Role_EDITOR), codes.FailedPrecondition, "ORGANIZATION_SELF_RUN", ""},
			{"nobody's", to(owner.Ctx(), "organizations/o330182-0000000000000000", pb.Role_EDITOR), codes.NotFound, "ORGANIZATION_NOT_FOUND", ""},
			{"until now", until(now), codes.InvalidArgument, "INVITATION_EXPIRY", "expire_time"},
			{"too long", until(now.Add(30*24*time.Hour + time.Microsecond)), codes.InvalidArgument, "INVITATION_EXPIRY", "expire_time"},
		})
		markettest.Must(invite(m, owner.Ctx(), firm.Name, timestamppb.New(now.Add(30*24*time.Hour)), pb.Role_EDITOR))(t)
		// The bureau invites the first owner of a firm that has none.
		markettest.Must(invite(m, m.Bureau.Ctx(), m.Firm().Name, nil, pb.Role_OWNER))(t)
	})
}

// TestAnswers answers invitations in every way but the right one, and each once.
func TestAnswers(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		owner := m.Found(firm.Name, pb.Role_OWNER)
		code := func() string {
			return markettest.Must(invite(m, owner.Ctx(), firm.Name, nil, pb.Role_EDITOR))(t).GetCode()
		}
		open, rejected, late, other := code(), code(), code(), code()
		if i := markettest.Must(reject(m, t.Context(), rejected))(t); i.GetState() != pb.Member_REJECTED {
			t.Errorf("declined: got %v", i)
		}
		wrong := open[:len(open)-1] + map[bool]string{true: "A", false: "E"}[open[len(open)-1] != 'A']
		mixed := strings.Join([]string{"jb", strings.Split(open, "_")[1], strings.SplitN(other, "_", 3)[2]}, "_")
		joins := func(ctx context.Context, code string, a *pb.NewAccount) func() error {
			return func() error { return markettest.Failed(accept(m, ctx, code, a)) }
		}
		refuse(t, m, []refusal{
			{"no code", joins(t.Context(), "", newcomer()), codes.InvalidArgument, "FIELD_INVALID", "code"},
			{"nonsense", joins(t.Context(), "x", newcomer()), codes.NotFound, "INVITATION_NOT_FOUND", ""},
			{"a wrong code", joins(t.Context(), wrong, newcomer()), codes.NotFound, "INVITATION_NOT_FOUND", ""},
			{"another's code", joins(t.Context(), mixed, newcomer()), codes.NotFound, "INVITATION_NOT_FOUND", ""},
			{"a session's secret", joins(t.Context(), owner.Secret, newcomer()), codes.NotFound, "INVITATION_NOT_FOUND", ""},
			{"a wrong code looked at", func() error {
				return markettest.Failed(m.Members.PreviewInvitation(t.Context(), &pb.PreviewInvitationRequest{Code: wrong}))
			}, codes.NotFound, "INVITATION_NOT_FOUND", ""},
			{"the code as a token", func() error {
				return markettest.Failed(m.Organizations.GetCaller(markettest.As(t.Context(), open), &pb.GetCallerRequest{Name: "caller"}))
			}, codes.Unauthenticated, "TOKEN_INVALID", ""},
			{"without an account", joins(t.Context(), open, nil), codes.InvalidArgument, "FIELD_INVALID", "account"},
			{"an account in a session", joins(owner.Ctx(), open, newcomer()), codes.InvalidArgument, "FIELD_INVALID", "account"},
			{"a member already", joins(owner.Ctx(), open, nil), codes.AlreadyExists, "MEMBER_EXISTS", ""},
			{"declined before", joins(t.Context(), rejected, newcomer()), codes.FailedPrecondition, "MEMBER_STATE", ""},
			{"declined twice", func() error { return markettest.Failed(reject(m, t.Context(), rejected)) }, codes.FailedPrecondition, "MEMBER_STATE", ""},
		})
		// A person in a session joins as itself, and declines as itself.
		guest := m.Found(m.Firm().Name, pb.Role_OWNER)
		if joined := markettest.Must(accept(m, guest.Ctx(), other, nil))(t); joined.GetPerson() != guest.Person {
			t.Errorf("got %v, want %s", joined, guest.Person)
		}
		count := markettest.Race(16, func(int) error { return markettest.Failed(accept(m, t.Context(), open, newcomer())) })
		if count[""] != 1 || count["MEMBER_STATE"] != 15 {
			t.Errorf("raced for: got %v, want one winner", count)
		}
		taken := newcomer()
		markettest.Must(accept(m, t.Context(), code(), taken))(t)
		last := code()
		refuse(t, m, []refusal{{"a login that is taken", joins(t.Context(), last, taken), codes.AlreadyExists, "LOGIN_TAKEN", "account.login"}})
		m.Clock.Advance(7*24*time.Hour - time.Microsecond)
		markettest.Must(accept(m, t.Context(), last, newcomer()))(t)
		m.Clock.Advance(time.Microsecond)
		markettest.Want(t, joins(t.Context(), late, newcomer())(), codes.FailedPrecondition, "INVITATION_EXPIRED", "")
		m.Settle()
		markettest.Want(t, joins(t.Context(), late, newcomer())(), codes.FailedPrecondition, "INVITATION_EXPIRED", "")
		if i := markettest.Must(m.Members.PreviewInvitation(t.Context(), &pb.PreviewInvitationRequest{Code: late}))(t); i.GetState() != pb.Member_EXPIRED {
			t.Errorf("settled: got %v, want it expired", i)
		}
	})
}

// TestRevoke takes an invitation back.
func TestRevoke(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		owner, stranger := m.Found(firm.Name, pb.Role_OWNER), m.Found(m.Firm().Name, pb.Role_OWNER)
		invited := markettest.Must(invite(m, owner.Ctx(), firm.Name, nil, pb.Role_EDITOR))(t)
		revoke := func(ctx context.Context, name, etag string) func() error {
			return func() error {
				return markettest.Failed(m.Members.RevokeInvitation(ctx, &pb.RevokeInvitationRequest{RequestId: markettest.ID(), Name: name, Etag: etag}))
			}
		}
		name := invited.GetMember().GetName()
		refuse(t, m, []refusal{
			{"by another", revoke(stranger.Ctx(), name, "1"), codes.NotFound, "MEMBER_NOT_FOUND", ""},
			{"with an old etag", revoke(owner.Ctx(), name, "0"), codes.Aborted, "ETAG_STALE", "etag"},
			{"a member", revoke(owner.Ctx(), owner.Membership, "1"), codes.FailedPrecondition, "MEMBER_STATE", ""},
			{"a member of another", revoke(owner.Ctx(), strings.Replace(stranger.Membership, stranger.Name, firm.Name, 1), "1"), codes.NotFound, "MEMBER_NOT_FOUND", ""},
			{"nobody", revoke(owner.Ctx(), firm.Name+"/members/m330182-0000000000000000", "1"), codes.NotFound, "MEMBER_NOT_FOUND", ""},
		})
		count := markettest.Race(16, func(int) error { return revoke(owner.Ctx(), name, "1")() })
		if count[""] != 1 || count["ETAG_STALE"] != 15 {
			t.Errorf("raced for: got %v, want one winner", count)
		}
		refuse(t, m, []refusal{{"accepted afterwards", func() error { return markettest.Failed(accept(m, t.Context(), invited.GetCode(), newcomer())) }, codes.FailedPrecondition, "MEMBER_STATE", ""}})
	})
}
