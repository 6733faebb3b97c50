package account_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestTotp enrolls a time-based code: it must be shown at a login from then on, each code is taken once, and the other sessions have ended.
func TestTotp(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		p := m.Person(m.Firm().Name, pb.Role_EDITOR)
		other := p.Secret
		p.Enter(t)
		recovery := p.Secure(t)
		if len(recovery) != 10 || !ends(t, m, other) || ends(t, m, p.Secret) {
			t.Fatalf("got codes %v, want ten, the other session ended and this one not", recovery)
		}
		login := func(code string) error {
			return markettest.Failed(m.Accounts.Login(t.Context(), &pb.LoginRequest{Login: p.Login, Password: markettest.Password, Code: code}))
		}
		refuse(t, m, []refusal{
			{"no code", func() error { return login("") }, codes.Unauthenticated, "FACTOR_REQUIRED", ""},
			{"a wrong code", func() error { return login("000000") }, codes.Unauthenticated, "CODE_WRONG", ""},
			{"no recovery code", func() error { return login("0000-0000-0000-0000") }, codes.Unauthenticated, "CODE_WRONG", ""},
		})
		code := p.Code(t)
		markettest.Must(m.Accounts.Login(t.Context(), &pb.LoginRequest{Login: p.Login, Password: markettest.Password, Code: code}))(t)
		markettest.Want(t, login(code), codes.Unauthenticated, "CODE_WRONG", "")
		old := p.Code(t)
		m.Clock.Advance(30 * time.Second)
		if err := login(old); err != nil {
			t.Errorf("the code of the step before: got %v, want success", err)
		}
		older := p.Code(t)
		m.Clock.Advance(time.Minute)
		markettest.Want(t, login(older), codes.Unauthenticated, "CODE_WRONG", "")
		m.Clock.Advance(time.Minute)
		if err := login(" " + recovery[3][:9] + " " + recovery[3][10:]); err != nil {
			t.Errorf("a recovery code: got %v, want success", err)
		}
		markettest.Want(t, login(recovery[3]), codes.Unauthenticated, "CODE_WRONG", "")
		m.Clock.Advance(time.Minute)
		in := p.Enter(t)
		if in.GetSession().GetMethod() != "totp" || in.GetSession().GetStepUpTime() == nil {
			t.Errorf("got %v, want a session that has shown a second factor", in)
		}
		factors := markettest.Must(m.Accounts.ListFactors(p.Ctx(), &pb.ListFactorsRequest{}))(t).GetFactors()
		if len(factors) != 2 || factors[0].GetName() != "factors/recovery" || factors[0].GetCodesLeft() != 9 || factors[1].GetKind() != pb.Factor_TOTP {
			t.Errorf("got factors %v, want nine recovery codes and a time-based code", factors)
		}
	})
}

// TestOneUse shows one code at many logins at once: one of them gets in.
func TestOneUse(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		p := m.Person(m.Firm().Name, pb.Role_EDITOR)
		recovery := p.Secure(t)
		for _, code := range []string{p.Code(t), recovery[0]} {
			got := markettest.Race(8, func(int) error {
				return markettest.Failed(m.Accounts.Login(t.Context(), &pb.LoginRequest{Login: p.Login, Password: markettest.Password, Code: code}))
			})
			if got[""] != 1 {
				t.Errorf("%s at once: got %v, want one success", code, got)
			}
			m.Clock.Advance(10 * time.Minute)
		}
	})
}

// TestStepUp shows a second factor again for what wants a fresh one, and refuses the weighty without.
func TestStepUp(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		p := m.Person(m.Firm().Name, pb.Role_EDITOR)
		step := func(code string) error {
			return markettest.Failed(m.Accounts.StepUp(p.Ctx(), &pb.StepUpRequest{Code: code}))
		}
		refuse(t, m, []refusal{
			{"no factor", func() error { return step("000000") }, codes.FailedPrecondition, "FACTOR_MISSING", ""},
			{"enroll without the password", func() error {
				return markettest.Failed(m.Accounts.EnrollTotp(p.Ctx(), &pb.EnrollTotpRequest{}))
			}, codes.Unauthenticated, "LOGIN_WRONG", ""},
			{"enroll with a wrong one", func() error {
				return markettest.Failed(m.Accounts.EnrollTotp(p.Ctx(), &pb.EnrollTotpRequest{Password: "x"}))
			}, codes.Unauthenticated, "LOGIN_WRONG", ""},
			{"confirm nothing", func() error {
				return markettest.Failed(m.Accounts.ConfirmTotp(p.Ctx(), &pb.ConfirmTotpRequest{RequestId: markettest.ID(), Code: "000000"}))
			}, codes.NotFound, "FACTOR_NOT_FOUND", ""},
			{"with a token", func() error {
				return markettest.Failed(m.Accounts.StepUp(m.Bureau.Ctx(), &pb.StepUpRequest{}))
			}, codes.PermissionDenied, "SESSION_REQUIRED", ""},
		})
		p.Secure(t)
		renew := func() error {
			return markettest.Failed(m.Accounts.RenewRecoveryCodes(p.Ctx(), &pb.RenewRecoveryCodesRequest{RequestId: markettest.ID()}))
		}
		m.Clock.Advance(5*time.Minute + time.Second)
		refuse(t, m, []refusal{
			{"stale", renew, codes.PermissionDenied, "STEP_UP_REQUIRED", ""},
			{"another factor, with the password alone", func() error {
				return markettest.Failed(m.Accounts.EnrollTotp(p.Ctx(), &pb.EnrollTotpRequest{Password: markettest.Password}))
			}, codes.PermissionDenied, "STEP_UP_REQUIRED", ""},
			{"wrong", func() error { return step("000000") }, codes.Unauthenticated, "CODE_WRONG", ""},
		})
		p.StepUp(t)
		if err := renew(); err != nil {
			t.Errorf("after a step-up: got %v, want success", err)
		}
		gone := markettest.Must(m.Accounts.RemoveFactor(p.Ctx(), &pb.RemoveFactorRequest{RequestId: markettest.ID(), Name: "factors/totp"}))(t)
		if left := markettest.Must(m.Accounts.ListFactors(p.Ctx(), &pb.ListFactorsRequest{}))(t).GetFactors(); gone.GetAccount().GetSecondFactor() || len(left) != 0 {
			t.Errorf("got %v and factors %v, want none left", gone, left)
		}
		p.Totp = ""
		p.Enter(t)
	})
}

// TestGuessing guesses second factors with the right password: it is slowed down, and it is in the ledger.
func TestGuessing(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		p := m.Person(m.Firm().Name, pb.Role_EDITOR)
		p.Secure(t)
		before := markettest.Sizes(t, m)
		got := map[string]int{}
		for range 100 {
			reason := markettest.Race(1, func(int) error {
				return markettest.Failed(m.Accounts.Login(t.Context(), &pb.LoginRequest{Login: p.Login, Password: markettest.Password, Code: "000000"}))
			})
			for r := range reason {
				got[r]++
			}
			// Asking without a code must not forgive the guesses.
			_, _ = m.Accounts.Login(t.Context(), &pb.LoginRequest{Login: p.Login, Password: markettest.Password})
		}
		if got["CODE_WRONG"] > 6 || got["CODE_WRONG"]+got["LOGIN_THROTTLED"] != 100 {
			t.Errorf("got %v, want at most six guesses", got)
		}
		if after := markettest.Sizes(t, m); after[0] != before[0]+1 {
			t.Errorf("got ledgers of %v entries, want one more than %v", after, before)
		}
		m.Clock.Advance(5 * time.Minute)
		p.Enter(t)
	})
}
