package identity_test

import (
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestAtOnce reads with a token, revokes it, and reads again: nothing about a caller outlives the call.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		issued := markettest.Must(m.Organizations.CreateToken(firm.Ctx(), &pb.CreateTokenRequest{RequestId: markettest.ID(), Parent: firm.Name,
			Token: &pb.Token{DisplayName: "test", Roles: []pb.Role{pb.Role_EDITOR}}}))(t)
		ctx := markettest.As(t.Context(), issued.GetSecret())
		read := func() error {
			return markettest.Failed(m.Demands.ListDemands(ctx, &pb.ListDemandsRequest{}))
		}
		markettest.Want(t, read(), codes.OK, "", "")
		markettest.Must(m.Organizations.RevokeToken(firm.Ctx(), &pb.RevokeTokenRequest{RequestId: markettest.ID(), Name: issued.GetName(), Etag: issued.GetEtag()}))(t)
		markettest.Want(t, read(), codes.Unauthenticated, "TOKEN_REVOKED", "")
	})
}
