package registering_test

import (
	"testing"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/registertest"
	fen "github.com/jiebang/jiebang/services/money"

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

// verify makes sure that the ledger, the rows and the accounts say the same.
func verify(t *testing.T, m *markettest.Market) {
	t.Helper()
	m.Settle()
	report, err := m.Server.Verify(t.Context(), markettest.Jurisdiction)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Problems) > 0 {
		t.Errorf("verify: %v", report.Problems)
	}
}

// do makes a change that must succeed.
func do(t *testing.T, o *registertest.Office, as *markettest.Member, r *pb.Registration, req proto.Message) *pb.Registration {
	t.Helper()
	return markettest.Must(o.Do(as, r, req))(t)
}

// amounts makes sure that a contract comes to what it was signed for, and to a 技术交易额 beside it.
func amounts(t *testing.T, d *markettest.Deal, signed, current, registered fen.Fen) {
	t.Helper()
	b := d.Balance()
	for name, a := range map[string][2]*money.Money{"signed": {b.GetSigned(), markettest.Fen(signed)}, "current": {b.GetCurrent(), markettest.Fen(current)},
		"registered": {b.GetRegistered(), markettest.Fen(registered)}} {
		if !proto.Equal(a[0], a[1]) {
			t.Errorf("%s: got %v, want %v", name, a[0], a[1])
		}
	}
}

// numbers are registration numbers, apart from one another.
const (
	first  = "2026330182000001"
	second = "2026330182000002"
	old    = "26330182000003"
)
