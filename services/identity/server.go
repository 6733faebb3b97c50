package identity

import (
	"context"
	"time"

	"entgo.io/ent/dialect/sql"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	enttoken "github.com/jiebang/jiebang/ent/gen/ent/token"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedOrganizationServiceServer
	identity *Identity
	pager    *listing.Pager
}

// Serve serves organizations and tokens.
func (i *Identity) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterOrganizationServiceServer(reg, server{identity: i, pager: pager})
}

var organizationFields = listing.Fields{
	"kind":         {Column: "kind", Type: listing.Code},
	"state":        {Column: "state", Type: listing.Code},
	"region":       {Column: "region"},
	"industry":     {Column: "industry"},
	"parent":       {Column: "parent_id", Prefix: "organizations/"},
	"uscc":         {Column: "uscc"},
	"jurisdiction": {Column: "jurisdiction"},
	"display_name": {Column: "display_name"},
	"create_time":  {Column: "created_at", Type: listing.Instant},
}

func (s server) CreateOrganization(ctx context.Context, req *pb.CreateOrganizationRequest) (*pb.Organization, error) {
	o := req.GetOrganization()
	return organization(s.identity.Register(ctx, content(o), rpc.Stored[party.Kind](o.GetKind()), o.GetUscc()))
}

func (s server) GetOrganization(ctx context.Context, req *pb.GetOrganizationRequest) (*pb.Organization, error) {
	ids, err := rpc.Resource("name", req.GetName(), "organizations/*")
	if err != nil {
		return nil, err
	}
	o, err := Organization(ctx, s.identity.db.Read, ids[0])
	return organization(o, err)
}

func (s server) ListOrganizations(ctx context.Context, req *pb.ListOrganizationsRequest) (*pb.ListOrganizationsResponse, error) {
	page, err := s.pager.Open(listing.Query{List: "organizations", Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetFilter(),
		OrderBy: req.GetOrderBy(), Sorts: listing.Created, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	filter, err := organizationFields.ParseFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	query := s.identity.db.Read.Organization.Query().Where(page.Where)
	if filter != nil {
		query.Where(filter)
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListOrganizationsResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(o *ent.Organization) (time.Time, string) { return o.CreatedAt, o.ID })
	for _, o := range rows {
		resp.Organizations = append(resp.Organizations, message(o))
	}
	return resp, err
}

func (s server) ConfirmOrganization(ctx context.Context, req *pb.ConfirmOrganizationRequest) (*pb.Organization, error) {
	ids, err := rpc.Resource("name", req.GetName(), "organizations/*")
	if err != nil {
		return nil, err
	}
	o, err := s.identity.Confirm(ctx, ids[0], req.GetEtag())
	return organization(o, err)
}

func (s server) CreateToken(ctx context.Context, req *pb.CreateTokenRequest) (*pb.Token, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "organizations/*")
	if err != nil {
		return nil, err
	}
	expires, err := rpc.Time("token.expire_time", req.GetToken().GetExpireTime())
	if err != nil {
		return nil, err
	}
	t := ent.Token{DisplayName: req.GetToken().GetDisplayName(), Scopes: req.GetToken().GetScopes(), Networks: req.GetToken().GetNetworks()}
	for _, r := range req.GetToken().GetRoles() {
		t.Roles = append(t.Roles, rpc.Stored[party.Role](r))
	}
	if expires != nil {
		t.ExpiresAt = *expires
	}
	issued, err := s.identity.Issue(ctx, ids[0], t)
	if err != nil {
		return nil, err
	}
	m := tokenMessage(issued.Token)
	m.Secret = issued.Secret
	return m, nil
}

func (s server) ListTokens(ctx context.Context, req *pb.ListTokensRequest) (*pb.ListTokensResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "organizations/*")
	if err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: req.GetParent() + "/tokens", Size: req.GetPageSize(), Token: req.GetPageToken(),
		Sorts: listing.Created, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	if _, err := administered(ctx, s.identity.db.Read, Caller(ctx), ids[0], ErrNotFound.With("organization", ids[0])); err != nil {
		return nil, err
	}
	rows, err := s.identity.db.Read.Token.Query().Where(enttoken.OrganizationID(ids[0]), func(q *sql.Selector) { page.Where(q) }).All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListTokensResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(t *ent.Token) (time.Time, string) { return t.CreatedAt, t.ID })
	for _, t := range rows {
		resp.Tokens = append(resp.Tokens, tokenMessage(t))
	}
	return resp, err
}

func (s server) RevokeToken(ctx context.Context, req *pb.RevokeTokenRequest) (*pb.Token, error) {
	ids, err := rpc.Resource("name", req.GetName(), "organizations/*/tokens/*")
	if err != nil {
		return nil, err
	}
	t, err := s.identity.Revoke(ctx, ids[0], ids[1], req.GetEtag())
	if err != nil {
		return nil, err
	}
	return tokenMessage(t), nil
}

func (s server) GetCaller(ctx context.Context, _ *pb.GetCallerRequest) (*pb.Caller, error) {
	caller := Caller(ctx)
	m := callerMessage(caller)
	if caller.Organization != "" {
		o, err := Organization(ctx, s.identity.db.Read, caller.Organization)
		if err != nil {
			return nil, err
		}
		m.Organization = message(o)
	}
	if caller.Token != "" {
		t, err := s.identity.db.Read.Token.Get(ctx, caller.Token)
		if err != nil {
			return nil, err
		}
		m.Token = tokenMessage(t)
	}
	return m, nil
}

func (s server) UpdateOrganization(ctx context.Context, req *pb.UpdateOrganizationRequest) (*pb.Organization, error) {
	ids, err := rpc.Resource("organization.name", req.GetOrganization().GetName(), "organizations/*")
	if err != nil {
		return nil, err
	}
	m, mask, err := rpc.Update(req.GetOrganization(), "organization", req.GetUpdateMask(), contentFields)
	if err != nil {
		return nil, err
	}
	return organization(s.identity.Edit(ctx, ids[0], req.GetOrganization().GetEtag(), content(m), mask))
}

func (s server) DivideOrganization(ctx context.Context, req *pb.DivideOrganizationRequest) (*pb.Organization, error) {
	ids, err := rpc.Resource("name", req.GetName(), "organizations/*")
	if err != nil {
		return nil, err
	}
	return organization(s.identity.Divide(ctx, ids[0], Content{req.GetDisplayName(), req.GetRegion(), req.GetIndustry()}))
}

func (s server) VerifyOrganization(ctx context.Context, req *pb.VerifyOrganizationRequest) (*pb.Organization, error) {
	ids, err := rpc.Resource("name", req.GetName(), "organizations/*")
	if err != nil {
		return nil, err
	}
	until, err := rpc.Time("verify_until", req.GetVerifyUntil())
	if err != nil {
		return nil, err
	}
	return organization(s.identity.Verify(ctx, ids[0], req.GetEtag(), *until))
}

func (s server) SuspendOrganization(ctx context.Context, req *pb.SuspendOrganizationRequest) (*pb.Organization, error) {
	return stopped(ctx, req, s.identity.Suspend)
}

func (s server) ReinstateOrganization(ctx context.Context, req *pb.ReinstateOrganizationRequest) (*pb.Organization, error) {
	return stopped(ctx, req, s.identity.Reinstate)
}

func (s server) CloseOrganization(ctx context.Context, req *pb.CloseOrganizationRequest) (*pb.Organization, error) {
	return stopped(ctx, req, s.identity.Close)
}

// reasoned is a request that says why.
type reasoned interface {
	GetName() string
	GetEtag() string
	GetReason() string
}

func stopped(ctx context.Context, req reasoned, do func(ctx context.Context, organizationID, etag, reason string) (*ent.Organization, error)) (*pb.Organization, error) {
	ids, err := rpc.Resource("name", req.GetName(), "organizations/*")
	if err != nil {
		return nil, err
	}
	return organization(do(ctx, ids[0], req.GetEtag(), req.GetReason()))
}
