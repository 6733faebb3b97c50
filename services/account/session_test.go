package account_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestEnds ends sessions in every way in which they end.
func TestEnds(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		p := m.Person(firm.Name, pb.Role_EDITOR)
		first := p.Secret
		p.Enter(t)
		markettest.Must(m.Accounts.Logout(markettest.As(t.Context(), first), &pb.LogoutRequest{}))(t)
		if !ends(t, m, first) || ends(t, m, p.Secret) {
			t.Error("after logging out: want that session ended, and no other")
		}
		second := p.Secret
		name := p.Enter(t).GetSession().GetName()
		revoke := func(ctxSecret, name string) error {
			return markettest.Failed(m.Accounts.RevokeSession(markettest.As(t.Context(), ctxSecret), &pb.RevokeSessionRequest{Name: name}))
		}
		stranger := m.Person(firm.Name, pb.Role_EDITOR)
		markettest.Want(t, revoke(stranger.Secret, name), codes.NotFound, "SESSION_NOT_FOUND", "")
		if err := revoke(second, name); err != nil || !ends(t, m, p.Secret) || ends(t, m, second) {
			t.Errorf("revoked: got %v, want that session ended, and no other", err)
		}
		markettest.Want(t, revoke(second, name), codes.NotFound, "SESSION_NOT_FOUND", "")
		m.Clock.Advance(29 * time.Minute)
		if ends(t, m, second) {
			t.Error("after 29 idle minutes: ended")
		}
		m.Clock.Advance(30 * time.Minute)
		if !ends(t, m, second) {
			t.Error("after 30 idle minutes: alive")
		}
		p.Enter(t)
		for range 12*3 - 1 {
			m.Clock.Advance(20 * time.Minute)
			if ends(t, m, p.Secret) {
				t.Fatal("used every 20 minutes, before 12 hours: ended")
			}
		}
		m.Clock.Advance(20 * time.Minute)
		if !ends(t, m, p.Secret) {
			t.Error("after 12 hours: alive")
		}
	})
}

// TestChangePassword changes a password: the other sessions end, the old password does not work, and a member's session ends with its roles.
func TestChangePassword(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		p := m.Person(firm.Name, pb.Role_EDITOR)
		other := p.Secret
		p.Enter(t)
		const fresh = "drei 白鹭 windmill ok"
		change := func(old, fresh string) error {
			return markettest.Failed(m.Accounts.ChangePassword(p.Ctx(), &pb.ChangePasswordRequest{RequestId: markettest.ID(), Name: "account", Password: old, NewPassword: fresh}))
		}
		refuse(t, m, []refusal{
			{"the old one is wrong", func() error { return change("x", fresh) }, codes.Unauthenticated, "LOGIN_WRONG", "password"},
			{"too short", func() error { return change(markettest.Password, "short") }, codes.InvalidArgument, "PASSWORD_LENGTH", "new_password"},
			{"common", func() error { return change(markettest.Password, "Password12345!") }, codes.InvalidArgument, "PASSWORD_COMMON", "new_password"},
			{"the login", func() error { return change(markettest.Password, p.Login+p.Login) }, codes.InvalidArgument, "PASSWORD_COMMON", "new_password"},
		})
		if err := change(markettest.Password, fresh); err != nil || !ends(t, m, other) || ends(t, m, p.Secret) {
			t.Errorf("got %v, want the other session ended, and not this", err)
		}
		_, err := m.Accounts.Login(t.Context(), &pb.LoginRequest{Login: p.Login, Password: markettest.Password})
		markettest.Want(t, err, codes.Unauthenticated, "LOGIN_WRONG", "")
		markettest.Must(m.Accounts.Login(t.Context(), &pb.LoginRequest{Login: strings.ToUpper(p.Login), Password: fresh}))(t)
	})
}

// TestThrottle guesses a password: of a million guesses few are looked at, and the account is not locked for good.
func TestThrottle(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		p := m.Person(m.Firm().Name, pb.Role_EDITOR)
		guess := func(login string) error {
			return markettest.Failed(m.Accounts.Login(t.Context(), &pb.LoginRequest{Login: login, Password: "a guess"}))
		}
		before := m.Server.Hashed()
		got := markettest.Race(40, func(int) error { return guess(p.Login) })
		if got["LOGIN_WRONG"] != 6 || got["LOGIN_THROTTLED"] != 34 || m.Server.Hashed()-before != 6 {
			t.Errorf("at once: got %v and %d hashes, want six guesses looked at", got, m.Server.Hashed()-before)
		}
		err := guess(p.Login)
		markettest.Want(t, err, codes.ResourceExhausted, "LOGIN_THROTTLED", "")
		if wait := retry(err); wait != time.Second {
			t.Errorf("got RetryInfo %v, want a second", wait)
		}
		looked := 0
		for range 200 { // a guess every 30 seconds
			m.Clock.Advance(30 * time.Second)
			if status.Code(guess(strings.ReplaceAll(p.Login, "m", "rn"))) == codes.Unauthenticated {
				looked++
			}
		}
		if looked > 30 {
			t.Errorf("%d of 200 guesses were looked at, want 30 at most", looked)
		}
		m.Clock.Advance(5 * time.Minute)
		p.Enter(t)
		if err := guess(p.Login); status.Code(err) != codes.Unauthenticated {
			t.Errorf("after a success: got %v, want another chance", err)
		}
	})
}

// TestThrottleAddress guesses one password of many accounts: the address is slowed down.
func TestThrottleAddress(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		got := map[string]int{}
		for i := range 80 {
			for r := range markettest.Race(1, func(int) error {
				return markettest.Failed(m.Accounts.Login(t.Context(), &pb.LoginRequest{Login: "somebody" + strings.Repeat("x", i%30) + string(rune('a'+i%26)), Password: "a guess"}))
			}) {
				got[r]++
			}
		}
		if got["LOGIN_WRONG"] != 51 || got["LOGIN_THROTTLED"] != 29 {
			t.Errorf("got %v, want 51 guesses looked at", got)
		}
	})
}

func retry(err error) time.Duration {
	for _, d := range status.Convert(err).Details() {
		if r, ok := d.(*errdetails.RetryInfo); ok {
			return r.GetRetryDelay().AsDuration()
		}
	}
	return 0
}

// TestAuthority logs members of authorities in: it is in the ledger.
func TestAuthority(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Person(m.Firm().Name, pb.Role_EDITOR)
		before := markettest.Sizes(t, m)
		firm.Enter(t)
		if got := markettest.Sizes(t, m); got != before {
			t.Errorf("a firm's login: got ledgers of %v entries, want %v", got, before)
		}
		p := m.Person(m.Bureau.Name, pb.Role_OPERATOR)
		other := p.Secret
		before = markettest.Sizes(t, m)
		p.Enter(t)
		if got := markettest.Sizes(t, m); got[0] != before[0]+1 || got[1] != before[1] {
			t.Errorf("an operator's login: got ledgers of %v entries, want one more than %v", got, before)
		}
		if ends(t, m, other) || ends(t, m, p.Secret) {
			t.Error("a login has ended a session")
		}
		report, err := m.Server.Verify(t.Context(), markettest.Jurisdiction)
		if err != nil || len(report.Problems) > 0 {
			t.Errorf("got %v %v, want nothing wrong", report, err)
		}
	})
}

// TestMandatoryFactor wants a second factor of the members of authorities.
func TestMandatoryFactor(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, url string) {
		m := markettest.Open(t, url, func(c *services.Config) { c.SecondFactor = true })
		p := m.Person(m.Bureau.Name, pb.Role_OPERATOR)
		in := p.Enter(t)
		if !in.GetFactorMissing() || in.GetSession().GetOrganization() != "" || len(in.GetOrganizations()) != 1 {
			t.Errorf("without a second factor: got %v, want a session for nobody", in)
		}
		to := func() (*pb.LoginResponse, error) {
			return m.Accounts.SwitchOrganization(p.Ctx(), &pb.SwitchOrganizationRequest{Organization: m.Bureau.Name})
		}
		markettest.Want(t, markettest.Failed(to()), codes.FailedPrecondition, "FACTOR_MISSING", "")
		p.Secure(t)
		old := p.Secret
		p.Secret = markettest.Must(to())(t).GetSecret()
		if !ends(t, m, old) {
			t.Error("the session before the switch: alive")
		}
		markettest.Must(m.Contracts.ListContracts(p.Ctx(), &pb.ListContractsRequest{}))(t)
		if in := p.Enter(t); in.GetFactorMissing() || in.GetSession().GetOrganization() != m.Bureau.Name {
			t.Errorf("with a second factor: got %v, want a session for the bureau", in)
		}
	})
}

// TestSwitch goes on for another organization, for none, and for one that it does not belong to.
func TestSwitch(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		one, two := m.Firm(), m.University()
		p := m.Person(one.Name, pb.Role_EDITOR)
		invited := markettest.Must(m.Members.InviteMember(m.Bureau.Ctx(), &pb.InviteMemberRequest{RequestId: markettest.ID(), Parent: two.Name, Roles: []pb.Role{pb.Role_SIGNER}}))(t)
		markettest.Must(m.Members.AcceptInvitation(p.Ctx(), &pb.AcceptInvitationRequest{RequestId: markettest.ID(), Code: invited.GetCode()}))(t)
		in := p.Enter(t)
		if in.GetSession().GetOrganization() != "" || len(in.GetOrganizations()) != 2 {
			t.Errorf("a member of two: got %v, want a session for neither", in)
		}
		ends12 := in.GetSession().GetExpireTime()
		m.Clock.Advance(time.Minute)
		for _, organization := range []string{two.Name, one.Name, "", one.Name} {
			got := markettest.Must(m.Accounts.SwitchOrganization(p.Ctx(), &pb.SwitchOrganizationRequest{Organization: organization}))(t)
			if got.GetSession().GetOrganization() != organization || !got.GetSession().GetExpireTime().AsTime().Equal(ends12.AsTime()) || !ends(t, m, p.Secret) {
				t.Errorf("got %v, want a session for %q that ends at %v", got, organization, ends12)
			}
			p.Secret = got.GetSecret()
		}
		refuse(t, m, []refusal{
			{"a stranger's", func() error {
				return markettest.Failed(m.Accounts.SwitchOrganization(p.Ctx(), &pb.SwitchOrganizationRequest{Organization: m.Bureau.Name}))
			}, codes.FailedPrecondition, "MEMBER_OF_NOTHING", "organization"},
			{"none", func() error {
				return markettest.Failed(m.Accounts.Login(t.Context(), &pb.LoginRequest{Login: p.Login, Password: markettest.Password, Organization: "organizations/o330182-0000000000000000"}))
			}, codes.FailedPrecondition, "MEMBER_OF_NOTHING", "organization"},
		})
	})
}

// TestFirst lets the security administrator of a bureau in, with the code that its server's operator got.
func TestFirst(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		code, err := m.Server.InviteAdmin(t.Context(), markettest.Jurisdiction)
		if err != nil {
			t.Fatal(err)
		}
		accept := func(login string) error {
			return markettest.Failed(m.Members.AcceptInvitation(t.Context(), &pb.AcceptInvitationRequest{RequestId: markettest.ID(), Code: code,
				Account: &pb.NewAccount{Login: login, DisplayName: "安全管理员", Password: markettest.Password}}))
		}
		if err := accept("secadmin"); err != nil {
			t.Fatal(err)
		}
		markettest.Want(t, accept("another"), codes.FailedPrecondition, "MEMBER_STATE", "")
		in := markettest.Must(m.Accounts.Login(t.Context(), &pb.LoginRequest{Login: "Secadmin", Password: markettest.Password}))(t)
		markettest.Must(m.Members.InviteMember(markettest.As(t.Context(), in.GetSecret()), &pb.InviteMemberRequest{RequestId: markettest.ID(), Parent: m.Firm().Name,
			Roles: []pb.Role{pb.Role_OWNER}}))(t)
	})
}
