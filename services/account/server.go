package account

import (
	"context"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/services/account/regain"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedAccountServiceServer
	accounts *Accounts
}

// Serve serves accounts.
func (a *Accounts) Serve(reg grpc.ServiceRegistrar) {
	pb.RegisterAccountServiceServer(reg, server{accounts: a})
}

func (s server) Login(ctx context.Context, req *pb.LoginRequest) (*pb.LoginResponse, error) {
	organization, err := organizationID(req.GetOrganization())
	if err != nil {
		return nil, err
	}
	return opened(s.accounts.Login(ctx, Attempt{Login: req.GetLogin(), Password: req.GetPassword(), Code: req.GetCode(), Ceremony: req.GetPasskey().GetCeremony(),
		Passkey: req.GetPasskey().GetCredentialJson(), Organization: organization, Agent: req.GetAgent()}))
}

func (s server) BeginPasskey(ctx context.Context, _ *pb.BeginPasskeyRequest) (*pb.PasskeyChallenge, error) {
	return challenge(s.accounts.BeginPasskey(ctx))
}

func (s server) StepUp(ctx context.Context, req *pb.StepUpRequest) (*pb.Session, error) {
	return sessionMessage(ctx)(s.accounts.StepUp(ctx, req.GetCode(), req.GetPasskey().GetCeremony(), req.GetPasskey().GetCredentialJson()))
}

func (s server) SwitchOrganization(ctx context.Context, req *pb.SwitchOrganizationRequest) (*pb.LoginResponse, error) {
	organization, err := organizationID(req.GetOrganization())
	if err != nil {
		return nil, err
	}
	return opened(s.accounts.Switch(ctx, organization))
}

func (s server) Logout(ctx context.Context, _ *pb.LogoutRequest) (*pb.LogoutResponse, error) {
	_, err := s.accounts.End(ctx, "")
	return &pb.LogoutResponse{}, err
}

func (s server) ListSessions(ctx context.Context, _ *pb.ListSessionsRequest) (*pb.ListSessionsResponse, error) {
	sessions, err := s.accounts.Sessions(ctx)
	resp := &pb.ListSessionsResponse{}
	for _, one := range sessions {
		resp.Sessions = append(resp.Sessions, session(ctx, one))
	}
	return resp, err
}

func (s server) RevokeSession(ctx context.Context, req *pb.RevokeSessionRequest) (*pb.Session, error) {
	ids, err := rpc.Resource("name", req.GetName(), "sessions/*")
	if err != nil {
		return nil, err
	}
	return sessionMessage(ctx)(s.accounts.End(ctx, ids[0]))
}

func (s server) GetAccount(ctx context.Context, _ *pb.GetAccountRequest) (*pb.Account, error) {
	v, err := s.accounts.Own(ctx)
	if err != nil {
		return nil, err
	}
	return message(v), nil
}

// details are what a person may change of itself.
var details = []string{"display_name", "email", "phone"}

func (s server) UpdateAccount(ctx context.Context, req *pb.UpdateAccountRequest) (*pb.Account, error) {
	kept, fields, err := rpc.Update(req.GetAccount(), "account", req.GetUpdateMask(), details)
	if err != nil {
		return nil, err
	}
	return s.account(ctx)(s.accounts.Update(ctx, req.GetAccount().GetEtag(), Details{DisplayName: kept.GetDisplayName(), Email: kept.GetEmail(), Phone: kept.GetPhone()}, fields))
}

func (s server) ChangePassword(ctx context.Context, req *pb.ChangePasswordRequest) (*pb.Account, error) {
	return s.account(ctx)(s.accounts.ChangePassword(ctx, req.GetPassword(), req.GetNewPassword()))
}

func (s server) ListFactors(ctx context.Context, _ *pb.ListFactorsRequest) (*pb.ListFactorsResponse, error) {
	factors, err := s.accounts.Factors(ctx)
	resp := &pb.ListFactorsResponse{}
	for _, f := range factors {
		resp.Factors = append(resp.Factors, factor(f))
	}
	return resp, err
}

func (s server) EnrollTotp(ctx context.Context, req *pb.EnrollTotpRequest) (*pb.EnrollTotpResponse, error) {
	secret, uri, err := s.accounts.Enroll(ctx, req.GetPassword())
	return &pb.EnrollTotpResponse{Secret: secret, Uri: uri}, err
}

func (s server) ConfirmTotp(ctx context.Context, req *pb.ConfirmTotpRequest) (*pb.FactorAnswer, error) {
	return s.answer(ctx)(s.accounts.Confirm(ctx, req.GetCode()))
}

func (s server) BeginPasskeyRegistration(ctx context.Context, req *pb.BeginPasskeyRegistrationRequest) (*pb.PasskeyChallenge, error) {
	return challenge(s.accounts.BeginRegistration(ctx, req.GetPassword()))
}

func (s server) RegisterPasskey(ctx context.Context, req *pb.RegisterPasskeyRequest) (*pb.FactorAnswer, error) {
	return s.answer(ctx)(s.accounts.Register(ctx, req.GetPasskey().GetCeremony(), req.GetPasskey().GetCredentialJson(), req.GetDisplayName()))
}

func (s server) RenewRecoveryCodes(ctx context.Context, _ *pb.RenewRecoveryCodesRequest) (*pb.FactorAnswer, error) {
	return s.answer(ctx)(s.accounts.Renew(ctx))
}

func (s server) RemoveFactor(ctx context.Context, req *pb.RemoveFactorRequest) (*pb.FactorAnswer, error) {
	ids, err := rpc.Resource("name", req.GetName(), "factors/*")
	if err != nil {
		return nil, err
	}
	return s.answer(ctx)(s.accounts.Remove(ctx, ids[0]))
}

func (s server) ExportPersonalData(ctx context.Context, req *pb.ExportPersonalDataRequest) (*pb.ExportPersonalDataResponse, error) {
	text, err := s.accounts.Export(ctx, req.GetPassword())
	return &pb.ExportPersonalDataResponse{PersonalDataJson: text}, err
}

func (s server) EraseAccount(ctx context.Context, req *pb.EraseAccountRequest) (*pb.EraseAccountResponse, error) {
	p, err := s.accounts.Erase(ctx, req.GetPassword())
	if err != nil {
		return nil, err
	}
	return &pb.EraseAccountResponse{Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: p.Jurisdiction, Sequence: p.EntrySeq, Hash: p.EntryHash})}, nil
}

func (s server) ResetPassword(ctx context.Context, req *pb.ResetPasswordRequest) (*pb.ResetPasswordResponse, error) {
	p, err := regain.Redeem(ctx, s.accounts.db, s.accounts.hasher, req.GetCode(), req.GetNewPassword())
	if err != nil {
		return nil, err
	}
	return &pb.ResetPasswordResponse{Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: p.Jurisdiction, Sequence: p.EntrySeq, Hash: p.EntryHash})}, nil
}

// account shows a changed account.
func (s server) account(ctx context.Context) func(*Changed, error) (*pb.Account, error) {
	return func(c *Changed, err error) (*pb.Account, error) {
		answer, err := s.answer(ctx)(c, err)
		return answer.GetAccount(), err
	}
}

// answer shows a changed account, with what was made for it.
func (s server) answer(ctx context.Context) func(*Changed, error) (*pb.FactorAnswer, error) {
	return func(c *Changed, err error) (*pb.FactorAnswer, error) {
		if err != nil {
			return nil, err
		}
		v, err := s.accounts.view(ctx, c.Person)
		if err != nil {
			return nil, err
		}
		return &pb.FactorAnswer{Account: message(v), RecoveryCodes: c.Codes}, nil
	}
}
