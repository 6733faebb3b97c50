package history

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/jiebang/jiebang/services/amending/amendment"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/bidding/consortium"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/contracting/joint"
	"github.com/jiebang/jiebang/services/filing/file"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/judging/draw"
	"github.com/jiebang/jiebang/services/judging/evaluation"
	"github.com/jiebang/jiebang/services/judging/objection"
	"github.com/jiebang/jiebang/services/judging/score"
	"github.com/jiebang/jiebang/services/keeping/custodian"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/posting/procedure"
	"github.com/jiebang/jiebang/services/registering/registration"
	"github.com/jiebang/jiebang/services/reporting/replay/history/certificates"
	"github.com/jiebang/jiebang/services/settling/milestone"
	"github.com/jiebang/jiebang/services/settling/payment"
)

var update = flag.Bool("update", false, "write docs/verifier/rules.json anew")

// TestRulesFile compares the tables that the second verifier reads with those of this one.
func TestRulesFile(t *testing.T) {
	const golden = "../../../../docs/verifier/rules.json"
	var got bytes.Buffer
	e := json.NewEncoder(&got)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(rulesFile()); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("%s is stale: run this test with -update, and read the difference", golden)
	}
}

func rulesFile() map[string]any {
	least := map[string]int{}
	for _, p := range procedure.All() {
		least[p.ID()] = max(p.MinBids, 1)
	}
	var bars []string
	for _, h := range []evaluation.Hint{evaluation.SameBody, evaluation.OwnBid, evaluation.Contract, evaluation.OfDemander} {
		if h.Bars() {
			bars = append(bars, string(h))
		}
	}
	return map[string]any{
		"machines": map[string]any{"demand": demand.Machine, "bid": bid.Machine, "contract": contract.Machine, "amendment": amendment.Machine, "milestone": milestone.Machine,
			"payment": payment.Machine, "evaluation": evaluation.Machine, "sheet": evaluation.SheetMachine, "objection": objection.Machine, "custodian": custodian.Machine, "registration": registration.Machine, "file": file.Machine,
			"organization": party.Machine, "member": party.MemberMachine, "approval": party.ApprovalMachine, "person": party.PersonMachine},
		"moves": map[string]any{"demand": demandEvents, "bid": bidEvents, "contract": contractEvents, "amendment": amendmentEvents, "milestone": milestoneEvents,
			"payment": paymentEvents, "evaluation": evaluationEvents, "sheet": sheetEvents, "objection": objectionEvents, "custodian": custodianEvents, "registration": certificates.Events, "file": fileEvents,
			"organization": organizationEvents, "member": memberEvents, "approval": approvalEvents, "person": personEvents},
		"failures": demandFailures,
		"columns": map[string]any{"vetted": vettedColumns, "forever": foreverColumns, "material": materialColumns, "published": publishedColumns, "contract": contractColumns, "bid": bidColumns,
			"amendment": amendmentColumns, "milestone": milestoneColumns, "payment": paymentColumns, "achievement": achievementOffer.content, "profile": profileOffer.content, "certificate": certificates.Columns, "file": fileColumns},
		"private": demand.Private(), "bidders": bidders(), "least_bids": least, "barring_hints": bars, "asides": asideEvents,
		"forms": map[string]any{"plan": form[[]contract.Stage](), "clauses": form[contract.Clauses](), "criteria": form[score.Plan](), "points": form[[]int](), "ranking": form[[]score.Place](), "draw": form[draw.Draw](),
			"panel": form[evaluation.Panel](), "decision": form[evaluation.Decision](), "consortium": form[[]consortium.Member](), "member_signatures": form[[]joint.Signed](), "feedback": form[[]evaluation.Feedback]()},
	}
}

// bidders are the kinds of organizations that bid.
func bidders() (kinds []string) {
	for _, k := range party.Kind("").Values() {
		if party.Kind(k).MayBid() == nil {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// form is how a text of JSON looks: a list of what stands in it, or the keys with their order and whether each may be absent, or an example of a text or a number.
func form[T any]() any { return formOf(reflect.TypeFor[T]()) }

func formOf(t reflect.Type) any {
	switch t.Kind() {
	case reflect.Slice:
		return []any{formOf(t.Elem())}
	case reflect.Struct:
		var keys [][2]any
		for i := range t.NumField() {
			name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			if slices.ContainsFunc(strings.Split(options, ","), func(o string) bool { return o == "omitempty" || o == "omitzero" }) {
				name += "?"
			}
			keys = append(keys, [2]any{name, formOf(t.Field(i).Type)})
		}
		return map[string]any{"keys": keys}
	default:
		return reflect.Zero(t).Interface()
	}
}
