package identity_test

import (
	"context"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestTokenLimits issues tokens that are limited to actions and networks, by a person and by tokens that are limited themselves.
func TestTokenLimits(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		owner, secretary := m.Found(firm.Name, pb.Role_OWNER), m.Token(m.Bureau.Name, pb.Role_SECADMIN)
		issue := func(ctx context.Context, token *pb.Token) (*pb.Token, error) {
			token.DisplayName = "接口"
			return m.Organizations.CreateToken(ctx, &pb.CreateTokenRequest{RequestId: markettest.ID(), Parent: firm.Name, Token: token})
		}
		fails := func(ctx context.Context, token *pb.Token) func() error {
			return func() error { return markettest.Failed(issue(ctx, token)) }
		}
		both := []pb.Role{pb.Role_EDITOR, pb.Role_SIGNER}
		narrow := markettest.Must(issue(owner.Ctx(), &pb.Token{Roles: both, Scopes: []string{"demand.draft", "token.issue", "token.list", "caller.read"}, Networks: []string{"127.0.0.0/8", "::1/128"}}))(t)
		if narrow.GetIssuedBy() != owner.Person || len(narrow.GetScopes()) != 4 || len(narrow.GetNetworks()) != 2 {
			t.Errorf("got %v, want what was asked for, by %s", narrow, owner.Person)
		}
		ctx := markettest.As(t.Context(), narrow.GetSecret())
		draft := func(ctx context.Context) (*pb.Demand, error) {
			return m.Demands.CreateDemand(ctx, &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{Title: "超细碳酸钙", Field: pb.TechnologyField_NUCLEAR}})
		}
		d := markettest.Must(draft(ctx))(t)
		caller := markettest.Must(m.Organizations.GetCaller(ctx, &pb.GetCallerRequest{Name: "caller"}))(t)
		want := proto.CloneOf(narrow)
		want.Secret = ""
		if !proto.Equal(caller.GetToken(), want) || len(caller.GetPrivileges()) != 3 {
			t.Errorf("got %v, want %v and the privileges in its scopes", caller, want)
		}
		elsewhere := markettest.Must(issue(owner.Ctx(), &pb.Token{Roles: both, Networks: []string{"10.1.0.0/16"}}))(t)
		refuse(t, m, []refusal{
			{"out of its scopes", func() error {
				return markettest.Failed(m.Demands.PublishDemand(ctx, &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: "1"}))
			}, codes.PermissionDenied, "SCOPE_NOT_ALLOWED", ""},
			{"from another network", func() error { return markettest.Failed(draft(markettest.As(t.Context(), elsewhere.GetSecret()))) }, codes.Unauthenticated, "TOKEN_ADDRESS", ""},
			{"a scope that is no action", fails(owner.Ctx(), &pb.Token{Roles: both, Scopes: []string{"demand.read", "demand.all"}}), codes.InvalidArgument, "TOKEN_SCOPE", "token.scopes[1]"},
			{"a scope twice", fails(owner.Ctx(), &pb.Token{Roles: both, Scopes: []string{"demand.read", "demand.read"}}), codes.InvalidArgument, "FIELD_INVALID", "token.scopes"},
			{"an address for a network", fails(owner.Ctx(), &pb.Token{Roles: both, Networks: []string{"10.1.0.1"}}), codes.InvalidArgument, "TOKEN_NETWORK", "token.networks"},
			{"a network with an address in it", fails(owner.Ctx(), &pb.Token{Roles: both, Networks: []string{"10.1.0.1/16"}}), codes.InvalidArgument, "TOKEN_NETWORK", "token.networks"},
			{"a role that a signer does not have", fails(firm.Ctx(), &pb.Token{Roles: []pb.Role{pb.Role_OWNER}}), codes.PermissionDenied, "ROLE_BEYOND", "token.roles"},
			{"a role that two persons grant", func() error {
				return markettest.Failed(m.Organizations.CreateToken(secretary.Ctx(), &pb.CreateTokenRequest{RequestId: markettest.ID(), Parent: m.Bureau.Name,
					Token: &pb.Token{DisplayName: "接口", Roles: []pb.Role{pb.Role_AUDITOR}}}))
			}, codes.PermissionDenied, "ROLE_BEYOND", "token.roles"},
			{"more scopes than its own", fails(ctx, &pb.Token{Roles: both, Scopes: []string{"token.issue", "demand.publish"}}), codes.InvalidArgument, "TOKEN_SCOPE", "token.scopes[1]"},
			{"no scopes, though it has some", fails(ctx, &pb.Token{Roles: both}), codes.InvalidArgument, "TOKEN_SCOPE", "token.scopes"},
		})
		if less := markettest.Must(issue(ctx, &pb.Token{Roles: both, Scopes: []string{"demand.draft"}}))(t); less.GetIssuedBy() == "" || less.GetIssuedBy() == owner.Person {
			t.Errorf("got %v, want the token that issued it", less)
		}
	})
}
