package payment_test

import (
	"flag"
	"os"
	"testing"

	"github.com/jiebang/jiebang/services/settling/payment"
)

var update = flag.Bool("update", false, "write testdata/lifecycle.mmd anew")

// TestLifecycle compares the machine with the diagram that people have reviewed.
func TestLifecycle(t *testing.T) {
	const golden = "testdata/lifecycle.mmd"
	got := payment.Machine.Mermaid()
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
