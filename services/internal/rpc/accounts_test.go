package rpc_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/markettest/device"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// accountChanges prepares the changes of accounts. Each is of a person of its own.
func accountChanges(t *testing.T, m *markettest.Market, all map[string]change) {
	t.Helper()
	firm := m.Firm()
	add := func(p *markettest.Person, req proto.Message) {
		all[strings.TrimSuffix(string(req.ProtoReflect().Descriptor().Name()), "Request")] = change{ctx: p.Ctx(), req: req, grows: 1}
	}
	p := make([]*markettest.Person, 6)
	for i := range p {
		p[i] = m.Person(firm.Name, pb.Role_EDITOR)
	}
	own := markettest.Must(m.Accounts.GetAccount(p[0].Ctx(), &pb.GetAccountRequest{Name: "account"}))(t)
	add(p[0], &pb.UpdateAccountRequest{Account: &pb.Account{Name: "account", DisplayName: "另一名称", Etag: own.GetEtag()}})
	add(p[1], &pb.ChangePasswordRequest{Name: "account", Password: markettest.Password, NewPassword: "drei 白鹭 windmill ok"})
	p[2].Totp = markettest.Must(m.Accounts.EnrollTotp(p[2].Ctx(), &pb.EnrollTotpRequest{Password: markettest.Password}))(t).GetSecret()
	add(p[2], &pb.ConfirmTotpRequest{Code: p[2].Code(t)})
	asked := markettest.Must(m.Accounts.BeginPasskeyRegistration(p[3].Ctx(), &pb.BeginPasskeyRegistrationRequest{Password: markettest.Password}))(t)
	add(p[3], &pb.RegisterPasskeyRequest{Passkey: device.New(t).Create(asked), DisplayName: "钥匙"})
	p[4].Secure(t)
	add(p[4], &pb.RenewRecoveryCodesRequest{})
	p[5].Secure(t)
	add(p[5], &pb.RemoveFactorRequest{Name: "factors/totp"})
}
