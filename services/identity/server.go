package identity

import (
	"context"
	"time"

	"entgo.io/ent/dialect/sql"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	enttoken "github.com/jiebang/jiebang/ent/gen/ent/token"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"

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
	"uscc":         {Column: "uscc"},
	"jurisdiction": {Column: "jurisdiction"},
	"display_name": {Column: "display_name"},
	"create_time":  {Column: "created_at", Type: listing.Instant},
}

func (s server) CreateOrganization(ctx context.Context, req *pb.CreateOrganizationRequest) (*pb.Organization, error) {
	o := req.GetOrganization()
	made, err := s.identity.Register(ctx, o.GetDisplayName(), rpc.Stored[party.Kind](o.GetKind()), o.GetUscc())
	return organization(made, err)
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
	var roles []party.Role
	for _, r := range req.GetToken().GetRoles() {
		roles = append(roles, rpc.Stored[party.Role](r))
	}
	issued, err := s.identity.Issue(ctx, ids[0], req.GetToken().GetDisplayName(), roles, expires)
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
	if _, err := administered(ctx, s.identity.db.Read, Caller(ctx), ids[0]); err != nil {
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
	o, err := Organization(ctx, s.identity.db.Read, caller.Organization)
	if err != nil {
		return nil, err
	}
	t, err := s.identity.db.Read.Token.Get(ctx, caller.Token)
	if err != nil {
		return nil, err
	}
	return &pb.Caller{Name: "caller", Token: tokenMessage(t), Organization: message(o)}, nil
}

func organization(o *ent.Organization, err error) (*pb.Organization, error) {
	if err != nil {
		return nil, err
	}
	return message(o), nil
}

func message(o *ent.Organization) *pb.Organization {
	return &pb.Organization{
		Name: id.OrganizationName(o.ID), DisplayName: o.DisplayName, Kind: rpc.Enum[pb.Organization_Kind](pb.Organization_Kind_value, o.Kind),
		Uscc: o.Uscc, CodeCheck: rpc.Enum[pb.Organization_CodeCheck](pb.Organization_CodeCheck_value, o.CodeCheck), Jurisdiction: o.Jurisdiction,
		CreateTime: rpc.Stamp(o.CreatedAt), UpdateTime: rpc.Stamp(o.UpdatedAt), Etag: rpc.Etag(o.Version),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: o.Jurisdiction, Sequence: o.EntrySeq, Hash: o.EntryHash}),
	}
}

func tokenMessage(t *ent.Token) *pb.Token {
	m := &pb.Token{
		Name: id.TokenName(t.OrganizationID, t.ID), DisplayName: t.DisplayName, ExpireTime: rpc.Stamp(t.ExpiresAt),
		RevokeTime: rpc.OptionalStamp(t.RevokedAt), CreateTime: rpc.Stamp(t.CreatedAt), Etag: rpc.Etag(t.Version),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: t.Jurisdiction, Sequence: t.EntrySeq, Hash: t.EntryHash}),
	}
	for _, r := range t.Roles {
		m.Roles = append(m.Roles, rpc.Enum[pb.Role](pb.Role_value, r))
	}
	return m
}
