package zoo_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jiebang/jiebang/services/internal/prove/zoo"
	"github.com/jiebang/jiebang/services/internal/ssotest"
)

// TestRun prints both counts.
func TestRun(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := zoo.Run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("token_zoo %d\ntoken_zoo_accepted 0\n", len(ssotest.Zoo())); out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
