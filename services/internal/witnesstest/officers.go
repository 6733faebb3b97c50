package witnesstest

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"google.golang.org/grpc/metadata"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/chance"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Password is that of both officers.
const Password = "紫檀 lantern 47 上游 quartz"

// Pair are an operator and an approver of a bureau, and somebody who is both, with codes that each may show once.
type Pair struct{ Operator, Approver, Both Codes }

// Codes are somebody's.
type Codes struct {
	Login string
	left  []string
}

// Show is the officer with the next code.
func (c *Codes) Show() services.Officer {
	o := services.Officer{Login: c.Login, Password: Password, Code: c.left[0]}
	c.left = c.left[1:]
	return o
}

// Officers makes officers with second factors in a server's first ledger.
func Officers(t *testing.T, s *services.Server, now func() time.Time) *Pair {
	t.Helper()
	return &Pair{officer(t, s, now, "operator"), officer(t, s, now, "approver"), officer(t, s, now, "operator", "approver")}
}

func officer(t *testing.T, s *services.Server, now func() time.Time, roles ...string) Codes {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	login := strings.Join(roles, "-") + "-officer"
	_, err := s.Found(t.Context(), services.Founder{Login: login, DisplayName: login, Password: Password, Jurisdiction: "330182", Roles: roles})
	must(err)
	accounts := pb.NewAccountServiceClient(s.Conn())
	in, err := accounts.Login(t.Context(), &pb.LoginRequest{Login: login, Password: Password, Agent: "test"})
	must(err)
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+in.GetSecret())
	enrolled, err := accounts.EnrollTotp(ctx, &pb.EnrollTotpRequest{Password: Password})
	must(err)
	code, err := totp.GenerateCode(enrolled.GetSecret(), now())
	must(err)
	confirmed, err := accounts.ConfirmTotp(ctx, &pb.ConfirmTotpRequest{RequestId: chance.UUID(chance.System()), Code: code})
	must(err)
	return Codes{login, confirmed.GetRecoveryCodes()}
}
