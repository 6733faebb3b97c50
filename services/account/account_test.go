package account_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestLogin logs in, and reads who it is.
func TestLogin(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		p := m.Person(firm.Name, pb.Role_EDITOR)
		in := p.Enter(t)
		s := in.GetSession()
		if s.GetOrganization() != firm.Name || s.GetMethod() != "password" || s.GetAgent() != "test" || !s.GetCurrent() || s.GetStepUpTime() != nil ||
			!s.GetExpireTime().AsTime().Equal(m.Clock.Now().Add(12*time.Hour)) || len(in.GetOrganizations()) != 1 || in.GetFactorMissing() {
			t.Errorf("got %v, want a session for %s", in, firm.Name)
		}
		a := markettest.Must(m.Accounts.GetAccount(p.Ctx(), &pb.GetAccountRequest{Name: "account"}))(t)
		if a.GetPerson() != p.Name || a.GetLogin() != p.Login || a.GetDisplayName() != "周明远" || a.GetSecondFactor() || a.GetOrganizations()[0] != firm.Name {
			t.Errorf("got %v, want the account of %s", a, p.Login)
		}
		markettest.Must(m.Demands.CreateDemand(p.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(),
			Demand: &pb.Demand{Title: "超细碳酸钙", Field: pb.TechnologyField_NUCLEAR}}))(t)
		listed := markettest.Must(m.Accounts.ListSessions(p.Ctx(), &pb.ListSessionsRequest{}))(t)
		if len(listed.GetSessions()) != 2 {
			t.Errorf("got sessions %v, want two", listed)
		}
	})
}

// TestWrong has one answer for an unknown name and a wrong password, and takes one hash for either.
func TestWrong(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		p := m.Person(m.Firm().Name, pb.Role_EDITOR)
		var texts []string
		for _, r := range []*pb.LoginRequest{{Login: p.Login, Password: "wrong"}, {Login: "nobody-at-all", Password: markettest.Password}, {Login: "!", Password: "x"}, {}} {
			before := m.Server.Hashed()
			_, err := m.Accounts.Login(t.Context(), r)
			markettest.Want(t, err, codes.Unauthenticated, "LOGIN_WRONG", "")
			texts = append(texts, err.Error())
			if got := m.Server.Hashed() - before; got != 1 {
				t.Errorf("%v: hashed %d times, want once", r, got)
			}
		}
		for _, text := range texts[1:] {
			if text != texts[0] {
				t.Errorf("got %q and %q, want one text", text, texts[0])
			}
		}
	})
}
