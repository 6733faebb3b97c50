package markettest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Password is the password of every person of a market.
const Password = "紫檀 lantern 47 上游 quartz"

// Person is somebody who has accepted an invitation and logged in.
type Person struct {
	Login  string
	Name   string // of the person: persons/…
	Secret string // of its session
	Totp   string // secret of its time-based code, if it has one

	m     *Market
	shown time.Time // when it last showed a code
}

// Ctx is a context that calls in the person's session.
func (p *Person) Ctx() context.Context { return As(p.m.t.Context(), p.Secret) }

// Person invites somebody to an organization in roles; it makes an account and logs in.
func (m *Market) Person(organization string, roles ...pb.Role) *Person {
	m.t.Helper()
	p := &Person{Login: fmt.Sprintf("zhou.mingyuan.%d", m.members.Add(1)), m: m}
	invited := Must(m.Members.InviteMember(m.Bureau.Ctx(), &pb.InviteMemberRequest{RequestId: ID(), Parent: organization, Roles: roles}))(m.t)
	joined := Must(m.Members.AcceptInvitation(m.t.Context(), &pb.AcceptInvitationRequest{RequestId: ID(), Code: invited.GetCode(),
		Account: &pb.NewAccount{Login: p.Login, DisplayName: "周明远", Password: Password}}))(m.t)
	p.Name = joined.GetPerson()
	p.Enter(m.t)
	return p
}

// Enter logs the person in anew, with a code if it has a second factor.
func (p *Person) Enter(t testing.TB) *pb.LoginResponse {
	t.Helper()
	req := &pb.LoginRequest{Login: p.Login, Password: Password, Agent: "test"}
	if p.Totp != "" {
		req.Code = p.Code(t)
	}
	in := Must(p.m.Accounts.Login(t.Context(), req))(t)
	p.Secret = in.GetSecret()
	return in
}

// Secure gives the person a time-based code, which steps its session up, and returns its recovery codes.
func (p *Person) Secure(t testing.TB) []string {
	t.Helper()
	p.Totp = Must(p.m.Accounts.EnrollTotp(p.Ctx(), &pb.EnrollTotpRequest{Password: Password}))(t).GetSecret()
	return Must(p.m.Accounts.ConfirmTotp(p.Ctx(), &pb.ConfirmTotpRequest{RequestId: ID(), Code: p.Code(t)}))(t).GetRecoveryCodes()
}

// StepUp shows the person's second factor again.
func (p *Person) StepUp(t testing.TB) {
	t.Helper()
	Must(p.m.Accounts.StepUp(p.Ctx(), &pb.StepUpRequest{Code: p.Code(t)}))(t)
}

// Code is what the person's app shows. A code is taken once, so the clock goes on if this one was shown.
func (p *Person) Code(t testing.TB) string {
	t.Helper()
	const period = 30 * time.Second
	if p.m.Clock.Now().Truncate(period).Equal(p.shown) {
		p.m.Clock.Advance(period)
	}
	p.shown = p.m.Clock.Now().Truncate(period)
	code, err := totp.GenerateCode(p.Totp, p.m.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}
