package account_test

import (
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// refusal is a call that must be refused for a reason.
type refusal struct {
	name   string
	call   func() error
	code   codes.Code
	reason string
	field  string
}

// refuse makes calls that must be refused.
func refuse(t *testing.T, m *markettest.Market, refusals []refusal) {
	t.Helper()
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) { m.Refuse(t, r.call, r.code, r.reason, r.field) })
	}
}

// ends says whether a session's secret works no more.
func ends(t *testing.T, m *markettest.Market, secret string) bool {
	t.Helper()
	_, err := m.Accounts.GetAccount(markettest.As(t.Context(), secret), &pb.GetAccountRequest{Name: "account"})
	if err != nil {
		markettest.Want(t, err, codes.Unauthenticated, "SESSION_ENDED", "")
	}
	return err != nil
}
