package replay_test

import (
	"strings"
	"testing"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"
	"github.com/jiebang/jiebang/services/reporting/replay"
)

// judged opens a market where experts judge two bids, the firm objects, and the first bid wins; and exports it.
func judged(t *testing.T) bundle {
	t.Helper()
	m := markettest.Open(t, storagetest.SQLite(t))
	j := m.Judge("open", 2)
	j.Reach(1)
	j.Dismiss(j.Firm)
	j.Pass()
	return export(t, m)
}

// TestForgedJudging rewrites entries about judging so that hashes fit: what cannot have happened is named all the same.
func TestForgedJudging(t *testing.T) {
	b := judged(t)
	if r := b.verify(t, replay.Options{}); len(r.Problems) > 0 {
		t.Fatalf("the honest bundle: %v", r.Problems)
	}
	replace := func(old, new string) func(string) string {
		return func(body string) string {
			if !strings.Contains(body, old) {
				t.Fatalf("no %q in %s", old, body)
			}
			return strings.Replace(body, old, new, 1)
		}
	}
	early := func(body string) string {
		return replace("time 27 2026-03-", "time 27 2026-02-")(body)
	}
	for _, test := range []struct {
		name, kind string
		change     func(string) string
		want       string
	}{
		{"the criteria change", "evaluation.closed", replace(`"weight":60`, `"weight":50`), "评审标准在需求发布后被改动"},
		{"another ranking", "evaluation.scored", replace(`"score":"90"`, `"score":"91"`), "排名与评分表算出的不同"},
		{"a skipped step", "evaluation.scored", replace("row.state 6 scored", "row.state 6 closed"), "评榜的状态不能由"},
		{"a loser who is told nothing", "evaluation.closed", replace(`"sentence":"工`, `"sentencf":"工`), "没有反馈"},
		{"decided by who named the panel", "evaluation.closed", func(body string) string {
			_, by, _ := strings.Cut(body, "row.named_by ")
			by, _, _ = strings.Cut(by, "\n")
			before, after, _ := strings.Cut(body, "row.decided_by ")
			_, after, _ = strings.Cut(after, "\n")
			return before + "row.decided_by " + by + "\n" + after
		}, "同一人"},
		{"awarded before the period ends", "demand.awarded", early, "公示期未满"},
		{"awarded to another", "demand.awarded", replace("row.winning_bid_id 24 b330182-", "row.winning_bid_id 24 b330183-"), "定榜与公示的不同"},
		{"announced for another", "demand.announced", replace("row.winning_bid_id 24 b330182-", "row.winning_bid_id 24 b330183-"), "不是定榜的结果"},
		{"a locked sheet without declaring", "sheet.cleared", replace("row.state 7 cleared", "row.state 6 locked"), "评分表的状态不能由"},
		{"an objection to nothing", "objection.filed", replace("row.state 5 filed", "row.state 6 upheld"), "异议不在公示期内"},
		{"decided by the reviewer", "objection.dismissed", func(body string) string {
			_, by, _ := strings.Cut(body, "row.reviewed_by ")
			by, _, _ = strings.Cut(by, "\n")
			before, after, _ := strings.Cut(body, "row.decided_by ")
			_, after, _ = strings.Cut(after, "\n")
			return before + "row.decided_by " + by + "\n" + after
		}, "审查与裁决"},
	} {
		i := b.find(t, test.kind)
		if r := b.rewrite(i, test.change).verify(t, replay.Options{}); !names(r, int64(i), test.want) {
			t.Errorf("%s: got %v, want entry %d: %s", test.name, r.Problems, i, test.want)
		}
	}
}

// TestForgedAfterwards rewrites what shows in a later entry alone.
func TestForgedAfterwards(t *testing.T) {
	b := judged(t)
	// With the answer to the objection struck out, it was open when the demand was awarded.
	i, award := b.find(t, "objection.dismissed"), b.find(t, "demand.awarded")
	open := func(body string) string {
		return strings.NewReplacer("kind 19 objection.dismissed", "kind 19 objection.escalated", "row.state 9 dismissed", "row.state 10 admissible").Replace(body)
	}
	if r := b.rewrite(i, open).verify(t, replay.Options{}); !names(r, int64(award), "有未办结的异议即定榜") {
		t.Errorf("awarded with an open objection: got %v", r.Problems)
	}
	// A sheet that is locked again with other points.
	i = b.find(t, "sheet.locked")
	twice := func(body string) string { return strings.Replace(body, "[90,90,90]", "[91,90,90]", 1) }
	if r := b.rewrite(i, twice).verify(t, replay.Options{}); !names(r, int64(b.find(t, "evaluation.scored")), "排名与评分表算出的不同") {
		t.Errorf("other points on a sheet: got %v", r.Problems)
	}
}
