package settling_test

import (
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/money"

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

// balance makes sure that a contract comes to amounts.
func balance(t *testing.T, d *markettest.Deal, signed, amended, paid, accepted money.Fen) {
	t.Helper()
	b := d.Balance()
	for name, amounts := range map[string][2]any{
		"signed": {b.GetSigned(), signed}, "amended": {b.GetAmended(), amended}, "current": {b.GetCurrent(), signed + amended}, "paid": {b.GetPaid(), paid},
		"accepted": {b.GetAccepted(), accepted}, "outstanding": {b.GetOutstanding(), signed + amended - paid}, "registered": {b.GetRegistered(), money.Fen(0)},
	} {
		if want := markettest.Fen(amounts[1].(money.Fen)); !proto.Equal(amounts[0].(proto.Message), want) {
			t.Errorf("%s: got %v, want %v", name, amounts[0], want)
		}
	}
}

// amounts makes sure that the milestones of a contract amount to so much each.
func amounts(t *testing.T, d *markettest.Deal, want ...money.Fen) {
	t.Helper()
	d.Read()
	for i, s := range d.Milestones {
		if !proto.Equal(s.GetAmount(), markettest.Fen(want[i])) {
			t.Errorf("milestone %d: got %v, want %d fen", i+1, s.GetAmount(), want[i])
		}
	}
}

var partly = &pb.ConcludeMilestoneAcceptanceRequest{Outcome: pb.Milestone_PARTIALLY_MET, Accepted: markettest.Fen(10), Reason: "白度 94"}
