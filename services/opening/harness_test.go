package opening_test

import (
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/reporting/replay"
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

// verified makes sure that the ledger replays and that every column fits it.
func verified(t *testing.T, m *markettest.Market) *replay.Report {
	t.Helper()
	report := markettest.Must(m.Server.Verify(t.Context(), markettest.Jurisdiction))(t)
	for _, p := range report.Problems {
		t.Errorf("verify: %s", p)
	}
	return report
}
