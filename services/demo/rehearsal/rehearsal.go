// Package rehearsal brings the made-up people with whom a bureau rehearses a sealed demand, from the keys of its custodians to the award.
package rehearsal

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/chance"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Actor is a made-up person who plays a part, logged in, and who has just shown a second factor.
type Actor struct {
	Login    string `json:"login"`
	Password string `json:"password"`
	TOTP     string `json:"totp"` // the secret of its time-based codes
	Session  string `json:"session"`
}

// cast are who confirms the custodians' keys, the custodians, and two who decide.
var cast = []Part{
	{Login: "secadmin1", Name: "演示安全管理员", Role: party.Secadmin},
	{Login: "keeper1", Name: "演示保管人甲", Role: party.Custodian},
	{Login: "keeper2", Name: "演示保管人乙", Role: party.Custodian},
	{Login: "keeper3", Name: "演示保管人丙", Role: party.Custodian},
	{Login: "approver1", Name: "演示审批人甲", Role: party.Approver},
	{Login: "approver2", Name: "演示审批人乙", Role: party.Approver},
}

// Stage is the server on which people act.
type Stage struct {
	Conn  grpc.ClientConnInterface
	Found func(context.Context, Part) (member string, err error) // makes somebody a member at once
	Rand  chance.Source
	Now   func() time.Time // of the server
}

// Part is what somebody plays. Without an organization it plays in the bureau of the jurisdiction.
type Part struct {
	Login, Name, Jurisdiction, Organization string
	Role                                    party.Role

	Password string // drawn by Act
}

// Cast founds those whom a bureau needs, besides its tokens, for a demand from its sealing to its award.
func (s Stage) Cast(ctx context.Context, jurisdiction string) ([]Actor, error) {
	all := make([]Actor, len(cast))
	for i, p := range cast {
		var err error
		p.Jurisdiction = jurisdiction
		if all[i], err = s.Act(ctx, p); err != nil {
			return nil, fmt.Errorf("%s: %w", p.Login, err)
		}
	}
	return all, nil
}

// Act founds a person, logs it in, lets it show a second factor, and goes on for its organization, which may want one.
func (s Stage) Act(ctx context.Context, p Part) (a Actor, err error) {
	p.Password = fmt.Sprintf("%x", chance.Bytes(s.Rand, 12))
	member, err := s.Found(ctx, p)
	if err != nil {
		return a, err
	}
	accounts := pb.NewAccountServiceClient(s.Conn)
	in, err := accounts.Login(ctx, &pb.LoginRequest{Login: p.Login, Password: p.Password, Agent: "演练"})
	if err != nil {
		return a, err
	}
	as := func() context.Context {
		return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+in.GetSecret())
	}
	enrolled, err := accounts.EnrollTotp(as(), &pb.EnrollTotpRequest{Password: p.Password})
	if err != nil {
		return a, err
	}
	code, err := totp.GenerateCode(enrolled.GetSecret(), s.Now())
	if err != nil {
		return a, err
	}
	if _, err = accounts.ConfirmTotp(as(), &pb.ConfirmTotpRequest{RequestId: chance.UUID(s.Rand), Code: code}); err != nil {
		return a, err
	}
	organization, _, _ := strings.Cut(member, "/members/")
	in, err = accounts.SwitchOrganization(as(), &pb.SwitchOrganizationRequest{Organization: organization})
	return Actor{Login: p.Login, Password: p.Password, TOTP: enrolled.GetSecret(), Session: in.GetSecret()}, err
}
