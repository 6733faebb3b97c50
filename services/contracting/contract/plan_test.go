package contract_test

import (
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/money"
)

var stages = []contract.Stage{{Title: "小试", Share: 3000, Due: "2026-06-30", Indicators: []string{"白度不低于 95", "粒径 <100 nm"}}, {Title: "中试", Share: 7000, Due: "2026-12-31"}}

// TestSecondDigestIsForever pins what parties have signed of later texts and of plans.
func TestSecondDigestIsForever(t *testing.T) {
	second, planned := terms, terms
	second.Version = 2
	planned.Version, planned.Plan = 1, contract.EncodePlan(stages)
	for _, test := range []struct {
		terms contract.Terms
		want  string
	}{
		{second, "cd7837b0207eddb2acb11f1e6bdc22df038bad5d8889c941576550363e859b2c"},
		{planned, "9cf34cc5330e6fc8db01b2fb42cf253565b9114138c04c466db6ca19957c2c2b"},
	} {
		if got := hex.EncodeToString(test.terms.Digest()); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
	first := terms
	if first.Version = 1; string(first.Digest()) != string(terms.Digest()) {
		t.Error("the first text has another digest than before there were versions")
	}
}

// TestPlanIsForever pins how a plan is written, and reads it again.
func TestPlanIsForever(t *testing.T) {
	const want = `[{"title":"小试","share":3000,"due":"2026-06-30","indicators":["白度不低于 95","粒径 \u003c100 nm"]},{"title":"中试","share":7000,"due":"2026-12-31"}]`
	if got := contract.EncodePlan(stages); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	got, err := contract.DecodePlan(want)
	if diff := cmp.Diff(stages, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if got, err := contract.DecodePlan(contract.EncodePlan(nil)); got != nil || err != nil {
		t.Errorf("got %v %v of no plan", got, err)
	}
}

// TestPaid tries what may be stated as paid, to the fen.
func TestPaid(t *testing.T) {
	for _, test := range []struct {
		paid money.Fen
		want error
	}{{99, contract.ErrPaidRange}, {100, nil}, {200, nil}, {201, contract.ErrPaidRange}} {
		if err := contract.CheckPaid(test.paid, 100, 200); !errors.Is(err, test.want) {
			t.Errorf("%d: got %v, want %v", test.paid, err, test.want)
		}
	}
}
