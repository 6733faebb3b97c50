package evaluation_test

import (
	"flag"
	"os"
	"testing"

	"github.com/jiebang/jiebang/services/judging/evaluation"
)

var update = flag.Bool("update", false, "write the diagrams anew")

// TestLifecycles compares the machines with the diagrams that people have reviewed.
func TestLifecycles(t *testing.T) {
	for golden, got := range map[string]string{"testdata/lifecycle.mmd": evaluation.Machine.Mermaid(), "testdata/sheet.mmd": evaluation.SheetMachine.Mermaid()} {
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
}
