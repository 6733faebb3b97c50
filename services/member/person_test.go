package member_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const another = "另一个 harbour 93 青石 cobalt"

// loginOf is the name that somebody logs in with.
func loginOf(t *testing.T, m *markettest.Market, p *markettest.Founder) string {
	t.Helper()
	return markettest.Must(m.Accounts.GetAccount(p.Ctx(), &pb.GetAccountRequest{Name: "account"}))(t).GetLogin()
}

// enter logs somebody in.
func enter(t *testing.T, m *markettest.Market, login, password string) error {
	return markettest.Failed(m.Accounts.Login(t.Context(), &pb.LoginRequest{Login: login, Password: password}))
}

// redeem sets a password by a code.
func redeem(t *testing.T, m *markettest.Market, code, password string) error {
	return markettest.Failed(m.Accounts.ResetPassword(t.Context(), &pb.ResetPasswordRequest{RequestId: markettest.ID(), Code: code, NewPassword: password}))
}

// TestReset resets a password: what was ends at once, and the code sets another, once and for a day.
func TestReset(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		owner, editor := m.Found(firm.Name, pb.Role_OWNER), m.Found(firm.Name, pb.Role_EDITOR)
		login := loginOf(t, m, editor)
		ask := &pb.ResetMemberRequest{RequestId: markettest.ID(), Name: editor.Membership, Etag: "1"}
		reset := func() *pb.ResetMemberResponse {
			return markettest.Must(m.Members.ResetMember(owner.Ctx(), &pb.ResetMemberRequest{RequestId: markettest.ID(), Name: editor.Membership, Etag: "1"}))(t)
		}
		first := markettest.Must(m.Members.ResetMember(owner.Ctx(), ask))(t)
		if replay := markettest.Must(m.Members.ResetMember(owner.Ctx(), ask))(t); first.GetCode() == "" || replay.GetCode() != "" {
			t.Errorf("got the codes %q and %q, want one in the first answer alone", first.GetCode(), replay.GetCode())
		}
		markettest.Want(t, alive(m, editor), codes.Unauthenticated, "SESSION_ENDED", "")
		markettest.Want(t, enter(t, m, login, markettest.Password), codes.Unauthenticated, "LOGIN_WRONG", "")
		second := reset()
		wrong := second.GetCode()[:len(second.GetCode())-4] + "AAAA"
		refuse(t, m, []refusal{
			{"a code that was replaced", func() error { return redeem(t, m, first.GetCode(), another) }, codes.NotFound, "RESET_CODE_WRONG", ""},
			{"a code that was never given", func() error { return redeem(t, m, wrong, another) }, codes.NotFound, "RESET_CODE_WRONG", ""},
			{"a code of nobody", func() error { return redeem(t, m, "somebody", another) }, codes.NotFound, "RESET_CODE_WRONG", ""},
			{"a common password", func() error { return redeem(t, m, second.GetCode(), "password1234") }, codes.InvalidArgument, "PASSWORD_COMMON", "new_password"},
		})
		count := markettest.Race(8, func(int) error { return redeem(t, m, second.GetCode(), another) })
		if count[""] != 1 || count["RESET_CODE_WRONG"]+count["LOGIN_BUSY"] != 7 {
			t.Errorf("raced for: got %v, want one winner", count)
		}
		if err := enter(t, m, login, another); err != nil {
			t.Errorf("with the new password: %v", err)
		}
		late := reset()
		m.Clock.Advance(party.ResetLife)
		markettest.Want(t, redeem(t, m, late.GetCode(), another), codes.NotFound, "RESET_CODE_WRONG", "")
		owner.LogIn(firm.Name)
		last := reset()
		m.Clock.Advance(party.ResetLife - time.Microsecond)
		if err := redeem(t, m, last.GetCode(), another); err != nil {
			t.Errorf("in the last moment: %v", err)
		}
	})
}

// TestResetFactor keeps a second factor through a reset, unless it is lost, too.
func TestResetFactor(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		signer := m.Person(firm.Name, pb.Role_SIGNER)
		owner := m.Found(firm.Name, pb.Role_OWNER)
		signer.Secure(t)
		page := markettest.Must(m.Members.ListMembers(owner.Ctx(), &pb.ListMembersRequest{Parent: firm.Name}))(t)
		name := ""
		for _, v := range page.GetMembers() {
			if v.GetPerson() == signer.Name {
				name = v.GetName()
			}
		}
		for _, lost := range []bool{false, true} {
			reset := markettest.Must(m.Members.ResetMember(owner.Ctx(), &pb.ResetMemberRequest{RequestId: markettest.ID(), Name: name, Etag: "2", SecondFactors: lost}))(t)
			if err := redeem(t, m, reset.GetCode(), another); err != nil {
				t.Fatal(err)
			}
			err := enter(t, m, signer.Login, another)
			if !lost {
				markettest.Want(t, err, codes.Unauthenticated, "FACTOR_REQUIRED", "")
			} else if err != nil {
				t.Errorf("without a second factor: %v", err)
			}
		}
	})
}

// TestResetTogether resets by two persons what one alone must not: whoever has the code of an officer could act as it.
func TestResetTogether(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, other := m.Firm(), m.Firm()
		owner, editor := m.Found(firm.Name, pb.Role_OWNER), m.Found(firm.Name, pb.Role_EDITOR)
		chief, second := m.Found(m.Bureau.Name, pb.Role_SECADMIN), m.Found(m.Bureau.Name, pb.Role_APPROVER)
		officer, stranger := m.Found(m.Bureau.Name, pb.Role_OPERATOR), m.Found(other.Name, pb.Role_OWNER)
		invited := markettest.Must(invite(m, stranger.Ctx(), other.Name, nil, pb.Role_EDITOR))(t)
		markettest.Must(accept(m, editor.Ctx(), invited.GetCode(), nil))(t)
		robot := m.Token(firm.Name, pb.Role_OWNER)
		alone := func(p *markettest.Founder, of string) func() error {
			return func() error {
				return markettest.Failed(m.Members.ResetMember(p.Ctx(), &pb.ResetMemberRequest{RequestId: markettest.ID(), Name: of, Etag: "1"}))
			}
		}
		refuse(t, m, []refusal{
			{"an officer", alone(chief, officer.Membership), codes.FailedPrecondition, "RESET_TOGETHER", ""},
			{"one of another organization", alone(chief, owner.Membership), codes.FailedPrecondition, "RESET_TOGETHER", ""},
			{"a member elsewhere", alone(owner, editor.Membership), codes.FailedPrecondition, "RESET_TOGETHER", ""},
			{"by another organization", alone(stranger, editor.Membership), codes.NotFound, "MEMBER_NOT_FOUND", ""},
			{"by an editor", alone(editor, owner.Membership), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"one's own", alone(owner, owner.Membership), codes.PermissionDenied, "MEMBER_SELF", ""},
			{"by a token", func() error {
				return markettest.Failed(m.Members.ResetMember(robot.Ctx(), &pb.ResetMemberRequest{RequestId: markettest.ID(), Name: editor.Membership, Etag: "1"}))
			}, codes.PermissionDenied, "STEP_UP_REQUIRED", ""},
		})
		req := &pb.ResetPrivilegedMemberRequest{RequestId: markettest.ID(), Name: officer.Membership, Etag: "1"}
		markettest.Want(t, markettest.Failed(m.Members.ResetPrivilegedMember(chief.Ctx(), req)), codes.FailedPrecondition, "APPROVAL_REQUIRED", "")
		if err := alive(m, officer); err != nil {
			t.Errorf("before the second person: %v", err)
		}
		login := loginOf(t, m, officer)
		reset := markettest.Must(twice(t, m, second, func() (*pb.ResetMemberResponse, error) { return m.Members.ResetPrivilegedMember(chief.Ctx(), req) }))(t)
		markettest.Want(t, alive(m, officer), codes.Unauthenticated, "SESSION_ENDED", "")
		if err := redeem(t, m, reset.GetCode(), another); err != nil {
			t.Fatal(err)
		}
		if err := enter(t, m, login, another); err != nil {
			t.Error(err)
		}
	})
}

// issue issues a token of an organization as a caller.
func issue(t *testing.T, m *markettest.Market, secret, organization string) string {
	t.Helper()
	return markettest.Must(m.Organizations.CreateToken(markettest.As(t.Context(), secret), &pb.CreateTokenRequest{RequestId: markettest.ID(), Parent: organization,
		Token: &pb.Token{DisplayName: "接口", Roles: []pb.Role{pb.Role_SIGNER}}}))(t).GetSecret()
}

// TestDisable disables a person: its sessions end at once, and so do its tokens, and what they have issued.
func TestDisable(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		owner, signer := m.Found(firm.Name, pb.Role_OWNER), m.Found(firm.Name, pb.Role_SIGNER)
		chief := m.Found(m.Bureau.Name, pb.Role_SECADMIN)
		login := loginOf(t, m, signer)
		token := issue(t, m, signer.Secret, firm.Name)
		child, foreign := issue(t, m, token, firm.Name), issue(t, m, owner.Secret, firm.Name)
		works := func(secret string) error {
			return markettest.Failed(m.Organizations.GetCaller(markettest.As(t.Context(), secret), &pb.GetCallerRequest{Name: "caller"}))
		}
		for _, secret := range []string{token, child, foreign} {
			if err := works(secret); err != nil {
				t.Fatal(err)
			}
		}
		reset := markettest.Must(m.Members.ResetMember(owner.Ctx(), &pb.ResetMemberRequest{RequestId: markettest.ID(), Name: signer.Membership, Etag: "1"}))(t)
		disable := func(p *markettest.Founder, name string) (*pb.Member, error) {
			return m.Members.DisableMember(p.Ctx(), &pb.DisableMemberRequest{RequestId: markettest.ID(), Name: name, Etag: "1"})
		}
		enable := func(p *markettest.Founder, name string) (*pb.Member, error) {
			return m.Members.EnableMember(p.Ctx(), &pb.EnableMemberRequest{RequestId: markettest.ID(), Name: name, Etag: "1"})
		}
		if off := markettest.Must(disable(chief, signer.Membership))(t); !off.GetDisabled() || off.GetState() != pb.Member_ACTIVE {
			t.Errorf("disabled: got %v", off)
		}
		markettest.Want(t, alive(m, signer), codes.Unauthenticated, "SESSION_ENDED", "")
		markettest.Want(t, works(token), codes.Unauthenticated, "TOKEN_REVOKED", "")
		markettest.Want(t, works(child), codes.Unauthenticated, "TOKEN_REVOKED", "")
		if err := works(foreign); err != nil {
			t.Errorf("another's token: %v", err)
		}
		refuse(t, m, []refusal{
			{"logs in", func() error { return enter(t, m, login, markettest.Password) }, codes.Unauthenticated, "LOGIN_WRONG", ""},
			{"sets a password", func() error { return redeem(t, m, reset.GetCode(), another) }, codes.NotFound, "RESET_CODE_WRONG", ""},
			{"is disabled again", func() error { return markettest.Failed(disable(chief, signer.Membership)) }, codes.FailedPrecondition, "ACCOUNT_STATE", ""},
			{"is reset", func() error {
				return markettest.Failed(m.Members.ResetMember(owner.Ctx(), &pb.ResetMemberRequest{RequestId: markettest.ID(), Name: signer.Membership, Etag: "1"}))
			}, codes.FailedPrecondition, "ACCOUNT_STATE", ""},
			{"is enabled by its owner", func() error { return markettest.Failed(enable(owner, signer.Membership)) }, codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"the caller itself", func() error { return markettest.Failed(disable(chief, chief.Membership)) }, codes.PermissionDenied, "MEMBER_SELF", ""},
			{"one that is not disabled is enabled", func() error { return markettest.Failed(enable(chief, owner.Membership)) }, codes.FailedPrecondition, "ACCOUNT_STATE", ""},
		})
		markettest.Must(enable(chief, signer.Membership))(t)
		if err := redeem(t, m, reset.GetCode(), another); err != nil {
			t.Errorf("enabled: %v", err)
		}
		if err := enter(t, m, login, another); err != nil {
			t.Errorf("enabled: %v", err)
		}
		markettest.Want(t, works(token), codes.Unauthenticated, "TOKEN_REVOKED", "")
	})
}

// TestDisableKeepers disables those who run a bureau and a firm.
func TestDisableKeepers(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		owner, chief, second := m.Found(firm.Name, pb.Role_OWNER), m.Found(m.Bureau.Name, pb.Role_SECADMIN), m.Found(m.Bureau.Name, pb.Role_SECADMIN)
		disable := func(p *markettest.Founder, name string) (*pb.Member, error) {
			return m.Members.DisableMember(p.Ctx(), &pb.DisableMemberRequest{RequestId: markettest.ID(), Name: name, Etag: "1"})
		}
		// Of two security administrators who disable each other at once, one stays; and a disabled one counts for none.
		chiefs := []*markettest.Founder{chief, second}
		count := markettest.Race(2, func(i int) error { return markettest.Failed(disable(chiefs[i], chiefs[1-i].Membership)) })
		if count[""] != 1 || count["SESSION_ENDED"] != 1 {
			t.Errorf("disabled each other: got %v, want one winner", count)
		}
		left := chief
		if alive(m, chief) != nil {
			left = second
		}
		refuse(t, m, []refusal{{"the last one leaves", func() error {
			return markettest.Failed(m.Members.LeaveOrganization(left.Ctx(), &pb.LeaveOrganizationRequest{RequestId: markettest.ID(), Name: m.Bureau.Name}))
		}, codes.FailedPrecondition, "LAST_OWNER", ""}})
		// An owner who is disabled runs its firm no more: the bureau may invite another.
		markettest.Must(disable(left, owner.Membership))(t)
		markettest.Must(invite(m, left.Ctx(), firm.Name, nil, pb.Role_OWNER))(t)
		if report := markettest.Must(m.Server.Verify(t.Context(), markettest.Jurisdiction))(t); len(report.Problems) > 0 {
			t.Errorf("verify: %v", report.Problems)
		}
	})
}
