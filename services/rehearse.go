package services

import (
	"context"
	"fmt"
	"strings"

	"github.com/pquerna/otp/totp"
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

// cast are those whom the bureau needs, besides its tokens, for a demand from its sealing to its award: who confirms the custodians' keys, the custodians, and
// two who decide.
var cast = []struct {
	login, name string
	role        party.Role
}{
	{"secadmin1", "演示安全管理员", party.Secadmin}, {"keeper1", "演示保管人甲", party.Custodian}, {"keeper2", "演示保管人乙", party.Custodian},
	{"keeper3", "演示保管人丙", party.Custodian}, {"approver1", "演示审批人甲", party.Approver}, {"approver2", "演示审批人乙", party.Approver},
}

// Rehearse founds the persons of a rehearsal in a bureau.
func (s *Server) Rehearse(ctx context.Context, jurisdiction string) ([]Actor, error) {
	all := make([]Actor, len(cast))
	for i, c := range cast {
		var err error
		password := fmt.Sprintf("%x", chance.Bytes(s.db.Rand(), 12))
		if all[i], err = s.Act(ctx, Founder{Login: c.login, DisplayName: c.name, Password: password, Jurisdiction: jurisdiction, Roles: []string{string(c.role)}}); err != nil {
			return nil, fmt.Errorf("%s: %w", c.login, err)
		}
	}
	return all, nil
}

// Act founds a person, logs it in, lets it show a second factor, and goes on for its organization, which may want one.
func (s *Server) Act(ctx context.Context, f Founder) (a Actor, err error) {
	founded, err := s.Found(ctx, f)
	if err != nil {
		return a, err
	}
	accounts := pb.NewAccountServiceClient(s.Conn())
	in, err := accounts.Login(ctx, &pb.LoginRequest{Login: f.Login, Password: f.Password, Agent: "演练"})
	if err != nil {
		return a, err
	}
	as := func() context.Context {
		return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+in.GetSecret())
	}
	enrolled, err := accounts.EnrollTotp(as(), &pb.EnrollTotpRequest{Password: f.Password})
	if err != nil {
		return a, err
	}
	code, err := totp.GenerateCode(enrolled.GetSecret(), s.db.Clock().Now())
	if err != nil {
		return a, err
	}
	if _, err = accounts.ConfirmTotp(as(), &pb.ConfirmTotpRequest{RequestId: chance.UUID(s.db.Rand()), Code: code}); err != nil {
		return a, err
	}
	organization, _, _ := strings.Cut(founded.Member, "/members/")
	in, err = accounts.SwitchOrganization(as(), &pb.SwitchOrganizationRequest{Organization: organization})
	return Actor{Login: f.Login, Password: f.Password, TOTP: enrolled.GetSecret(), Session: in.GetSecret()}, err
}
