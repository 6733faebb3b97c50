package ledger_test

import (
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

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

// refuse makes the calls and checks the code, the reason, the Chinese text and the field of each, and that no ledger grew.
func refuse(t *testing.T, m *markettest.Market, refusals []refusal) {
	t.Helper()
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) {
			before := sizes(t, m)
			markettest.Want(t, r.call(), r.code, r.reason, r.field)
			if got := sizes(t, m); got != before {
				t.Errorf("after the refusal: got ledgers of %v entries, want %v", got, before)
			}
		})
	}
}

// sizes are the sizes of the market's ledgers.
func sizes(t testing.TB, m *markettest.Market) (n [2]int64) {
	t.Helper()
	for i, jurisdiction := range []string{markettest.Jurisdiction, markettest.Other} {
		l, err := m.Ledgers.GetLedger(t.Context(), &pb.GetLedgerRequest{Name: "ledgers/" + jurisdiction})
		if err != nil {
			t.Fatal(err)
		}
		n[i] = l.GetSize()
	}
	return n
}

// failed is the error of a call.
func failed[T any](_ T, err error) error { return err }

// must is the answer of a call that must succeed.
func must[T any](answer T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatalf("got %v, want success", err)
		}
		return answer
	}
}

// code is the code of a refusal.
func code(err error) codes.Code { return status.Code(err) }
