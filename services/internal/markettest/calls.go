package markettest

import (
	"sync"
	"testing"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services/internal/rpc"
	fen "github.com/jiebang/jiebang/services/money"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Refuse makes a call that must be refused: with the code, the reason, a Chinese text and the field, and without any ledger growing.
func (m *Market) Refuse(t *testing.T, call func() error, code codes.Code, reason, field string) {
	t.Helper()
	before := Sizes(t, m)
	Want(t, call(), code, reason, field)
	if got := Sizes(t, m); got != before {
		t.Errorf("after the refusal: got ledgers of %v entries, want %v", got, before)
	}
}

// Crowd is how many entries hide how many bids there are.
const Crowd = 16

// Sizes are the sizes of the market's ledgers.
func Sizes(t testing.TB, m *Market) (n [2]int64) {
	t.Helper()
	for i, jurisdiction := range []string{Jurisdiction, Other} {
		l, err := m.Ledgers.GetLedger(t.Context(), &pb.GetLedgerRequest{Name: "ledgers/" + jurisdiction})
		if err != nil {
			t.Fatal(err)
		}
		n[i] = l.GetSize()
	}
	return n
}

// Failed is the error of a call.
func Failed[T any](_ T, err error) error { return err }

// Must is the answer of a call that must succeed.
func Must[T any](answer T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatalf("got %v, want success", err)
		}
		return answer
	}
}

// Race makes calls at once and returns how many had each reason; success has the reason "".
func Race(callers int, call func(i int) error) map[string]int {
	reasons := make([]string, callers)
	var running sync.WaitGroup
	start := make(chan struct{})
	for i := range callers {
		running.Go(func() {
			<-start
			if err := call(i); err != nil {
				if reasons[i] = rpc.Reason(err); reasons[i] == "" {
					reasons[i] = err.Error()
				}
			}
		})
	}
	close(start)
	running.Wait()
	count := map[string]int{}
	for _, r := range reasons {
		count[r]++
	}
	return count
}

// Yuan is an amount in whole yuan.
func Yuan(n int64) *money.Money { return Fen(fen.Fen(n * 100)) }

// Price is what any total can be paid for.
func Price() *pb.Contract_Price {
	return &pb.Contract_Price{TechnicalAmount: Fen(1), Vat: pb.Contract_INCLUDED}
}

// Fen is an amount in fen.
func Fen(f fen.Fen) *money.Money {
	units, nanos := f.Units()
	return &money.Money{CurrencyCode: "CNY", Units: units, Nanos: nanos}
}
