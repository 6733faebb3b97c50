package bundles

import (
	"os"
	"os/exec"
	"testing"
)

// TestTwoVerifiers sets the verifier in Go and the one in Python against each other, on few mutations; the command prove gives them many.
func TestTwoVerifiers(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("python3"); err != nil {
		if os.Getenv("JIEBANG_REQUIRE_ALL") != "" {
			t.Fatal("python3 is not there")
		}
		t.Log("python3 is not there: there is one verifier only")
		return
	}
	const n = 300
	c, err := Compare(t.Context(), "../../../../docs/verifier/verify.py", n, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if c.Mutations != n+len(forgeries)+1 || c.Accepted != 0 || c.Disagree != 0 || c.Plausible == 0 {
		t.Errorf("%d mutations, %d accepted, %d disagreements, %d plausible: %q", c.Mutations, c.Accepted, c.Disagree, c.Plausible, c.First)
	}
}
