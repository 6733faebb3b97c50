package bundles

import (
	"testing"

	"github.com/jiebang/jiebang/services/internal/backfilltest"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"
)

// backfillForgeries are histories of lists of the past that cannot have happened.
var backfillForgeries = []forgery{
	{kind: "backfill.approved", texts: []string{"row.approved_by ", "row.approved_bz "}, end: true},
	{kind: "backfill.staged", texts: []string{"kind 15 backfill.staged", "kind 17 backfill.approved"}},
	{kind: "backfill.approved", texts: []string{"kind 17 backfill.approved", "kind 17 backfill.advanced"}, end: true},
	{kind: "backfill.staged", texts: []string{"row.digest 64 ", "row.digest 64 0"}},
	{kind: "backfill.staged", texts: []string{"row.row_count 1 7", "row.row_count 1 8"}, all: true},
	{kind: "backfill.completed", texts: []string{"row.recorded_count 1 7", "row.recorded_count 1 6"}, end: true},
	{kind: "contract.recorded", texts: []string{"row.evidence_grade 1 c", "row.evidence_grade 1 b"}},
	{kind: "contract.recorded", texts: []string{"row.evidence_grade 1 d", "row.evidence_grade 1 c"}},
	{kind: "contract.recorded", texts: []string{"row.backfill_row 1 5", "row.backfill_row 1 6"}},
	{kind: "contract.recorded", texts: []string{"row.total_fen 8 41800000", "row.total_fen 8 41800001"}},
	{kind: "contract.recorded", texts: []string{"row.number_there 1 1", "row.number_there 1 2"}},
	{kind: "contract.recorded", texts: []string{"row.sign_date 10 2024-06-01", "row.sign_date 10 2023-06-01"}},
	{kind: "past_demand.collected", texts: []string{"row.collected_date 10 2024-03-01", "row.collected_date 10 2023-03-01"}, all: true},
	{kind: "past_demand.collected", texts: []string{"row.title 14 技术需求 1", "row.title 14 技术需求 9"}, all: true},
	{kind: "past_demand.published", texts: []string{"row.date 10 2024-04-01", "row.date 10 2024-04-02"}},
	{kind: "past_demand.published", texts: []string{"row.state 9 published", "row.state 9 collected"}, end: true},
	{kind: "past_bid.opened", texts: []string{"row.demand_number 1 1", "row.demand_number 1 2"}},
	{kind: "past_bid.opened", texts: []string{"row.date 10 2024-05-01", "row.date 10 2024-03-01"}},
}

// TestBackfillsForged gives both verifiers a ledger with lists of the past, which they accept, and forgeries of it, which both refuse.
func TestBackfillsForged(t *testing.T) {
	t.Parallel()
	program := second(t)
	m := markettest.Open(t, storagetest.SQLite(t))
	backfilltest.Story(t, m)
	exported := markettest.Must(Export(m.Bureau.Ctx(), m.Ledgers))(t)
	b := Forge(exported.Header, exported.Entries)
	err := work(t.Context(), program, func(ask func([]byte) (Verdict, Verdict, error)) error {
		one, two, err := ask(b.File())
		if err != nil {
			return err
		}
		if !one.OK || !one.Same(two) || one.Years["2024"] != [3]int64{2, 3, 44_800_000} {
			t.Errorf("the honest one: %+v and %+v", one, two)
		}
		for _, f := range backfillForgeries {
			made := f.of(b)
			if made == nil {
				t.Errorf("no entry of kind %s with %s to forge", f.kind, f.texts[0])
				continue
			}
			if one, two, err = ask(made.sign().File()); err != nil {
				return err
			}
			if one.OK || two.OK {
				t.Errorf("%s %s: got %v and %v", f.kind, f.texts, one.OK, two.OK)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
