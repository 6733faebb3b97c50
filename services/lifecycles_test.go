package services_test

import (
	"flag"
	"go/ast"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jiebang/jiebang/services/amending/amendment"
	"github.com/jiebang/jiebang/services/backfilling/backfill"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/contracting/contract"
	filed "github.com/jiebang/jiebang/services/filing/file"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/judging/evaluation"
	"github.com/jiebang/jiebang/services/judging/objection"
	"github.com/jiebang/jiebang/services/keeping/custodian"
	"github.com/jiebang/jiebang/services/monitoring/casefile"
	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/offering/profile"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/registering/registration"
	"github.com/jiebang/jiebang/services/settling/milestone"
	"github.com/jiebang/jiebang/services/settling/payment"
)

var update = flag.Bool("update", false, "write docs/states anew")

// lifecycles are the machines of all things, by the names of their diagrams.
var lifecycles = map[string]interface{ Mermaid() string }{
	"achievement": achievement.Machine, "amendment": amendment.Machine, "approval": party.ApprovalMachine, "bid": bid.Machine, "case": casefile.Machine, "contract": contract.Machine,
	"backfill": backfill.Machine, "custodian": custodian.Machine, "demand": demand.Machine, "evaluation": evaluation.Machine, "file": filed.Machine, "member": party.MemberMachine, "milestone": milestone.Machine,
	"objection": objection.Machine, "organization": party.Machine, "payment": payment.Machine, "person": party.PersonMachine, "profile": profile.Machine,
	"registration": registration.Machine, "sheet": evaluation.SheetMachine,
}

// TestLifecycles compares the machines with the diagrams that people have reviewed. To change one, change the machine, run it with -update, and read what it wrote.
func TestLifecycles(t *testing.T) {
	var drawn []string
	for name, machine := range lifecycles {
		golden, got := "../docs/states/"+name+".mmd", machine.Mermaid()
		drawn = append(drawn, golden)
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || got != string(want) {
			t.Errorf("%s: %v, got\n%s\nwant\n%s", name, err, got, want)
		}
	}
	slices.Sort(drawn)
	have, err := filepath.Glob("../docs/states/*.mmd")
	if err != nil || !slices.Equal(have, drawn) {
		t.Errorf("diagrams are %v %v, want %v", have, err, drawn)
	}
	if made := machines(t); len(made) != len(lifecycles) {
		t.Errorf("%d of the machines %v are drawn", len(lifecycles), made)
	}
}

// machines are where the life cycles of things are made.
func machines(t *testing.T) (found []string) {
	for _, f := range sources(t) {
		if f.test() {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			made, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if index, ok := made.Type.(*ast.IndexListExpr); ok {
				if s, ok := index.X.(*ast.SelectorExpr); ok && s.Sel.Name == "Machine" && strings.HasPrefix(f.path, "services/") {
					found = append(found, f.path)
				}
			}
			return true
		})
	}
	return found
}
