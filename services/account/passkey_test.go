package account_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/markettest/device"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// register gives a person a passkey.
func register(t *testing.T, m *markettest.Market, p *markettest.Person) *device.Authenticator {
	t.Helper()
	a := device.New(t)
	c := markettest.Must(m.Accounts.BeginPasskeyRegistration(p.Ctx(), &pb.BeginPasskeyRegistrationRequest{Password: markettest.Password}))(t)
	made := markettest.Must(m.Accounts.RegisterPasskey(p.Ctx(), &pb.RegisterPasskeyRequest{RequestId: markettest.ID(), Passkey: a.Create(c), DisplayName: "办公室的钥匙"}))(t)
	if !made.GetAccount().GetSecondFactor() || len(made.GetRecoveryCodes()) != 10 {
		t.Fatalf("got %v, want a second factor and recovery codes", made)
	}
	return a
}

// TestPasskey registers a passkey, logs in with it alone, and steps up with it.
func TestPasskey(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		p := m.Person(m.Firm().Name, pb.Role_EDITOR)
		a := register(t, m, p)
		begin := func() *pb.PasskeyChallenge {
			return markettest.Must(m.Accounts.BeginPasskey(t.Context(), &pb.BeginPasskeyRequest{}))(t)
		}
		in := markettest.Must(m.Accounts.Login(t.Context(), &pb.LoginRequest{Passkey: a.Get(begin())}))(t)
		if in.GetSession().GetMethod() != "passkey" || in.GetSession().GetStepUpTime() == nil || in.GetSession().GetOrganization() == "" {
			t.Errorf("got %v, want a session that has shown a second factor", in)
		}
		_, err := m.Accounts.Login(t.Context(), &pb.LoginRequest{Login: p.Login, Password: markettest.Password})
		markettest.Want(t, err, codes.Unauthenticated, "FACTOR_REQUIRED", "")
		m.Clock.Advance(10 * time.Minute)
		ctx := markettest.As(t.Context(), in.GetSecret())
		s := markettest.Must(m.Accounts.StepUp(ctx, &pb.StepUpRequest{Passkey: a.Get(begin())}))(t)
		if !s.GetStepUpTime().AsTime().Equal(m.Clock.Now()) {
			t.Errorf("got %v, want stepped up now", s)
		}
		other := m.Person(m.Firm().Name, pb.Role_EDITOR)
		b := register(t, m, other)
		_, err = m.Accounts.StepUp(ctx, &pb.StepUpRequest{Passkey: b.Get(begin())})
		markettest.Want(t, err, codes.Unauthenticated, "PASSKEY_WRONG", "")
		factors := markettest.Must(m.Accounts.ListFactors(ctx, &pb.ListFactorsRequest{}))(t).GetFactors()
		if len(factors) != 2 || factors[0].GetDisplayName() != "办公室的钥匙" || factors[0].GetLastUseTime() == nil {
			t.Fatalf("got %v, want a passkey and recovery codes", factors)
		}
		markettest.Must(m.Accounts.RemoveFactor(ctx, &pb.RemoveFactorRequest{RequestId: markettest.ID(), Name: factors[0].GetName()}))(t)
		_, err = m.Accounts.Login(t.Context(), &pb.LoginRequest{Passkey: a.Get(begin())})
		markettest.Want(t, err, codes.Unauthenticated, "PASSKEY_WRONG", "")
	})
}

// TestPasskeyRefusals spoils what an authenticator answers.
func TestPasskeyRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		p := m.Person(m.Firm().Name, pb.Role_EDITOR)
		a := register(t, m, p)
		begin := func() *pb.PasskeyChallenge {
			return markettest.Must(m.Accounts.BeginPasskey(t.Context(), &pb.BeginPasskeyRequest{}))(t)
		}
		login := func(r *pb.PasskeyResponse) error {
			return markettest.Failed(m.Accounts.Login(t.Context(), &pb.LoginRequest{Passkey: r}))
		}
		silent := register(t, m, m.Person(m.Firm().Name, pb.Role_EDITOR))
		silent.Silent = true
		used, uncounted := a.Get(begin()), silent.Get(begin())
		for _, r := range []*pb.PasskeyResponse{used, uncounted} {
			if err := login(r); err != nil {
				t.Fatal(err)
			}
		}
		refuse(t, m, []refusal{
			{"again", func() error { return login(used) }, codes.Unauthenticated, "PASSKEY_WRONG", ""},
			{"again, of one that does not count", func() error { return login(uncounted) }, codes.Unauthenticated, "PASSKEY_WRONG", ""},
			{"another challenge", func() error {
				r := a.Get(begin())
				r.Ceremony = begin().GetCeremony()
				return login(r)
			}, codes.Unauthenticated, "PASSKEY_WRONG", ""},
			{"too late", func() error {
				r := a.Get(begin())
				m.Clock.Advance(5 * time.Minute)
				return login(r)
			}, codes.Unauthenticated, "PASSKEY_WRONG", ""},
			{"a challenge of a registration", func() error {
				in := markettest.Must(m.Accounts.Login(t.Context(), &pb.LoginRequest{Passkey: a.Get(begin())}))(t)
				c := markettest.Must(m.Accounts.BeginPasskeyRegistration(markettest.As(t.Context(), in.GetSecret()), &pb.BeginPasskeyRegistrationRequest{}))(t)
				return login(a.Get(c))
			}, codes.Unauthenticated, "PASSKEY_WRONG", ""},
		})
		for name, spoil := range map[string]func(b *device.Authenticator){
			"another origin":         func(b *device.Authenticator) { b.Origin = "http://localhost:8081" },
			"another party":          func(b *device.Authenticator) { b.Party = "example.com" },
			"nobody verified":        func(b *device.Authenticator) { b.Flags = 0x01 },
			"nobody present":         func(b *device.Authenticator) { b.Flags = 0x04 },
			"another's key":          func(b *device.Authenticator) { b.Key = device.New(t).Key },
			"another's id":           func(b *device.Authenticator) { b.ID = device.New(t).ID },
			"another person":         func(b *device.Authenticator) { b.Owner = []byte(m.Person(m.Firm().Name, pb.Role_EDITOR).Name[8:]) },
			"no person":              func(b *device.Authenticator) { b.Owner = []byte("x") },
			"a count that went back": func(b *device.Authenticator) { b.Signs = 0 },
		} {
			b := *a
			spoil(&b)
			t.Run(name, func(t *testing.T) {
				markettest.Want(t, login(b.Get(begin())), codes.Unauthenticated, "PASSKEY_WRONG", "")
			})
		}
	})
}
