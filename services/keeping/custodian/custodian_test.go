package custodian_test

import (
	"flag"
	"os"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/keeping/custodian"
)

var update = flag.Bool("update", false, "write testdata/lifecycle.mmd anew")

// TestLifecycle compares the machine with the diagram that people have reviewed.
func TestLifecycle(t *testing.T) {
	const golden = "testdata/lifecycle.mmd"
	got := custodian.Machine.Mermaid()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

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
