package rpc_test

import (
	"os/exec"
	"testing"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/prove/bundles"
)

// twice lets two verifiers read the ledger of all these changes, and a few mutations of it.
func twice(t *testing.T, m *markettest.Market) {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		return // TestTwoVerifiers says so
	}
	b := markettest.Must(bundles.Export(m.Bureau.Ctx(), m.Ledgers))(t)
	if c := markettest.Must(bundles.Mutate(t.Context(), "../../../docs/verifier/verify.py", b, 3, 1))(t); c.Accepted != 0 || c.Disagree != 0 {
		t.Errorf("the ledger of all changes: %+v", c.First)
	}
}
