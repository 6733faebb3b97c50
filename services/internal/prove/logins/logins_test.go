package logins_test

import (
	"testing"

	"github.com/jiebang/jiebang/services/internal/prove/logins"
)

// TestMeasure lets a few log in at once: the memory is bounded, and none but those who find the house full are turned away. How long the others wait is
// measured by the proof, not here.
func TestMeasure(t *testing.T) {
	t.Parallel()
	r, err := logins.Measure(t.Context(), 100)
	if err != nil || r.Logins != 100 || r.PeakMB >= 400 || r.Refused == 0 {
		t.Errorf("got %+v %v, want less than 400 MB and some turned away", r, err)
	}
}
