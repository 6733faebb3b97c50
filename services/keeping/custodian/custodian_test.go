package custodian_test

import (
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/keeping/custodian"
)

// TestFresh tries every boundary.
func TestFresh(t *testing.T) {
	now := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		state custodian.State
		age   time.Duration
		want  bool
	}{
		{custodian.Active, 0, true}, {custodian.Active, custodian.Freshness - 1, true}, {custodian.Active, custodian.Freshness, false}, {custodian.Active, -1, false},
		{custodian.Registered, 0, false}, {custodian.Retired, 0, false},
	} {
		checked := now.Add(-test.age)
		if got := custodian.Fresh(test.state, &checked, now); got != test.want {
			t.Errorf("%s checked %v ago: got %t", test.state, test.age, got)
		}
	}
	if custodian.Fresh(custodian.Active, nil, now) {
		t.Error("never checked: got fresh")
	}
	for fresh := range 5 {
		if got := custodian.CheckReady(fresh) == nil; got != (fresh >= 3) {
			t.Errorf("%d fresh: got ready %t", fresh, got)
		}
	}
}
