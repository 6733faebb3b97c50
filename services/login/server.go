package login

import (
	"context"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/services/account"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/login/sso"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedLoginServiceServer
	logins *Logins
}

// Serve serves logins.
func (l *Logins) Serve(reg grpc.ServiceRegistrar) {
	pb.RegisterLoginServiceServer(reg, server{logins: l})
}

// idOf reads the id in the name of a resource of a collection.
func idOf(name, collection string) (string, error) {
	ids, err := rpc.Resource("name", name, collection+"/*")
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

func (s server) ListSignOnProviders(context.Context, *pb.ListSignOnProvidersRequest) (*pb.ListSignOnProvidersResponse, error) {
	resp := &pb.ListSignOnProvidersResponse{}
	for _, c := range s.logins.configs {
		resp.SignOnProviders = append(resp.SignOnProviders, &pb.SignOnProvider{Name: "signOnProviders/" + c.Name, DisplayName: c.Title, LoginUri: s.logins.origin + "/login/" + c.Name})
	}
	return resp, nil
}

func (s server) BeginSignOn(ctx context.Context, req *pb.BeginSignOnRequest) (*pb.BeginSignOnResponse, error) {
	provider, err := idOf(req.GetName(), "signOnProviders")
	if err != nil {
		return nil, err
	}
	b, err := s.logins.Begin(ctx, provider)
	return &pb.BeginSignOnResponse{Uri: b.Address, Flow: b.Flow}, err
}

func (s server) FinishSignOn(ctx context.Context, req *pb.FinishSignOnRequest) (*pb.FinishSignOnResponse, error) {
	r := Return{Flow: req.GetFlow(), Agent: req.GetAgent(),
		Back: sso.Back{State: req.GetState(), Code: req.GetCode(), Issuer: req.GetIssuer(), Error: req.GetFailure(), Ticket: req.GetTicket()}}
	var err error
	if r.Provider, err = idOf(req.GetName(), "signOnProviders"); err != nil {
		return nil, err
	}
	if req.GetOrganization() != "" {
		ids, err := rpc.Resource("organization", req.GetOrganization(), "organizations/*")
		if err != nil {
			return nil, err
		}
		r.Organization = ids[0]
	}
	f, err := s.logins.Finish(ctx, r)
	if err != nil || f.Session == nil {
		return &pb.FinishSignOnResponse{Proof: f.Proof}, err
	}
	opened, err := account.Opened(f.Session, nil)
	return &pb.FinishSignOnResponse{Login: opened}, err
}

func (s server) LinkSignOn(ctx context.Context, req *pb.LinkSignOnRequest) (*pb.SignOnLink, error) {
	return linkMessage(s.logins.Link(ctx, req.GetProof(), req.GetPassword()))
}

func (s server) ListSignOnLinks(ctx context.Context, _ *pb.ListSignOnLinksRequest) (*pb.ListSignOnLinksResponse, error) {
	links, err := s.logins.Links(ctx)
	resp := &pb.ListSignOnLinksResponse{}
	for _, l := range links {
		m, _ := linkMessage(l, nil)
		resp.SignOnLinks = append(resp.SignOnLinks, m)
	}
	return resp, err
}

func (s server) UnlinkSignOn(ctx context.Context, req *pb.UnlinkSignOnRequest) (*pb.SignOnLink, error) {
	linkID, err := idOf(req.GetName(), "signOnLinks")
	if err != nil {
		return nil, err
	}
	return linkMessage(s.logins.Unlink(ctx, linkID, req.GetPassword()))
}

func (s server) StartDeviceLogin(ctx context.Context, req *pb.StartDeviceLoginRequest) (*pb.StartDeviceLoginResponse, error) {
	return startedMessage(s.logins.Start(ctx, req.GetAgent()))
}

func (s server) PollDeviceLogin(ctx context.Context, req *pb.PollDeviceLoginRequest) (*pb.LoginResponse, error) {
	return account.Opened(s.logins.Poll(ctx, req.GetDeviceCode()))
}

func (s server) GetDeviceLogin(ctx context.Context, req *pb.GetDeviceLoginRequest) (*pb.DeviceLogin, error) {
	code, err := idOf(req.GetName(), "deviceLogins")
	if err != nil {
		return nil, err
	}
	return deviceMessage(s.logins.Waiting(ctx, code))
}

func (s server) ApproveDeviceLogin(ctx context.Context, req *pb.ApproveDeviceLoginRequest) (*pb.DeviceLogin, error) {
	return s.answer(ctx, req.GetName(), true)
}

func (s server) DenyDeviceLogin(ctx context.Context, req *pb.DenyDeviceLoginRequest) (*pb.DeviceLogin, error) {
	return s.answer(ctx, req.GetName(), false)
}

func (s server) answer(ctx context.Context, name string, yes bool) (*pb.DeviceLogin, error) {
	code, err := idOf(name, "deviceLogins")
	if err != nil {
		return nil, err
	}
	return deviceMessage(s.logins.Answer(ctx, code, yes))
}
