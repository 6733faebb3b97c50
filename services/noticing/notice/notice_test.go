package notice_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/judging/evaluation"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/noticing/notice"
)

func told(kind string, row *entry.Image) []notice.Draft {
	e := &entry.Entry{Jurisdiction: "330182", Time: time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC), Kind: kind, Subject: "demands/d330182-0123456789abcdef/bids/b330182-0123456789abcdef",
		Organization: "organizations/o330182-0123456789abcdef", Row: row.Row()}
	return notice.Tell(e, map[string]string{}, map[string]string{"title": "甲", "number": "XQ-1"})
}

// TestSealed makes sure that no entry of a bid before its opening tells anybody anything.
func TestSealed(t *testing.T) {
	for _, kind := range []string{"bid.drafted", "bid.edited", "bid.submitted", "bid.replaced", "bid.unsettled", "bid.confirmed", "bid.lapsed", "bid.withdrawn"} {
		if got := told(kind, (&entry.Image{}).Text("state", "submitted")); len(got) != 0 || notice.Tells(kind) {
			t.Errorf("%s: got %v", kind, got)
		}
	}
	got := told("bid.opened", (&entry.Image{}).Text("state", "opened"))
	if len(got) != 1 || got[0].To != notice.Owner || got[0].Text != "您为需求《甲》(XQ-1)提交的揭榜书已开启,等待评审" {
		t.Errorf("opened: got %v", got)
	}
}

// TestAsker makes sure that what is asked is told the firm alone, without the asker, and that an answer is told those who have asked.
func TestAsker(t *testing.T) {
	row := (&entry.Image{}).Text("demand_id", "d").Text("asker", "f00d").Text("text", "白度按哪个标准测?").Text("answer", "GB/T 5950")
	got := told("question.asked", row)
	if len(got) != 1 || got[0].To != notice.Demander || got[0].Text != "有人就您的需求《甲》(XQ-1)提问,请答复:白度按哪个标准测?" {
		t.Errorf("asked: got %+v", got)
	}
	got = told("question.answered", row)
	if len(got) != 2 || got[0].To != notice.Asker || got[1].To != notice.Askers || strings.Contains(got[0].Text+got[1].Text, "f00d") {
		t.Errorf("answered: got %+v", got)
	}
}

// TestJudging makes sure that of sheets none but their expert is told, and that nobody else than experts and officers is told of an evaluation.
func TestJudging(t *testing.T) {
	judges := []notice.Audience{notice.Joined, notice.Left, notice.Chair, notice.Scorers, notice.Officers}
	told := 0
	for _, k := range notice.Kinds() {
		switch {
		case strings.HasPrefix(k.Name, "sheet."):
			if told++; !slices.Equal(k.To, []notice.Audience{notice.Expert}) {
				t.Errorf("%s is told to %v", k.Name, k.To)
			}
		case strings.HasPrefix(k.Name, "evaluation."):
			for _, to := range k.To {
				if told++; !slices.Contains(judges, to) {
					t.Errorf("%s is told to %s", k.Name, to)
				}
			}
		}
	}
	if told < 11 {
		t.Errorf("only %d are told of judging", told)
	}
}

// TestPanel names, changes and renames a panel: who comes and who goes is told, and of those who stay nobody.
func TestPanel(t *testing.T) {
	text := func(panel ...evaluation.Panelist) string { return evaluation.Encode(evaluation.Panel(panel)) }
	one, two, three := evaluation.Panelist{Expert: "organizations/a", Organization: "a", Chair: true}, evaluation.Panelist{Expert: "organizations/b", Organization: "b"},
		evaluation.Panelist{Expert: "organizations/c/members/m", Organization: "c", Person: "p"}
	gone := two
	gone.Left = "出差"
	names := func(all []notice.Draft, to notice.Audience) (experts []string) {
		for _, d := range all {
			for _, x := range d.Experts {
				if d.To == to {
					experts = append(experts, x.Expert)
				}
			}
		}
		return experts
	}
	for _, c := range []struct {
		kind, before, after string
		joined, left, chair []string
	}{
		{"evaluation.panel_named", "", text(one, two), []string{one.Expert, two.Expert}, nil, nil},
		{"evaluation.panel_drawn", text(one, two), text(two, three), []string{three.Expert}, []string{one.Expert}, nil},
		{"evaluation.panel_changed", text(one, two), text(one, gone, three), []string{three.Expert}, []string{two.Expert}, nil},
		{"evaluation.panel_changed", text(one, gone), text(one, gone, three), []string{three.Expert}, nil, nil},
		{"evaluation.scored", text(one, two), text(one, two), nil, nil, []string{one.Expert}},
		{"evaluation.panel_changed", text(one), "no panel", nil, []string{one.Expert}, nil},
	} {
		e := &entry.Entry{Kind: c.kind, Subject: "demands/d/evaluation", Row: (&entry.Image{}).Text("panel", c.after).Row()}
		got := notice.Tell(e, map[string]string{"panel": c.before}, nil)
		if !slices.Equal(names(got, notice.Joined), c.joined) || !slices.Equal(names(got, notice.Left), c.left) || !slices.Equal(names(got, notice.Chair), c.chair) {
			t.Errorf("%s of %s after %s: got %+v", c.kind, c.after, c.before, got)
		}
	}
}

// silent are the kinds of entries that tell nobody: what only its own actor did, what follows from another entry that tells, and what is secret.
var silent = []string{
	"approval.used", "approval.withdrawn", "backfill.advanced", "backfill.approved", "backfill.discarded",
	"bid.confirmed", "bid.demoted", "bid.disqualified", "bid.lapsed", "bid.replaced", "bid.reserved", "bid.selected", "bid.shortlisted", "bid.submitted", "bid.unsettled", "bid.withdrawn",
	"case.cancelled",
	"custodian.confirmed", "custodian.proved", "custodian.retired",
	"demand.confirmed", "demand.revived",
	"disclosure.accepted", "disclosure.made",
	"evaluation.announced", "evaluation.closed", "evaluation.draw_opened", "evaluation.feedback_given", "evaluation.planned", "evaluation.promoted", "evaluation.scoring_resumed",
	"evaluation.seed_committed", "evaluation.seed_revealed", "evaluation.settled",
	"file.attached", "file.completed", "file.deleted", "file.detached", "file.expired", "file.quarantined", "file.scanned",
	"member.accepted", "member.expired", "member.left", "member.rejected", "member.revoked",
	"milestone.acceptance_started", "milestone.cancelled", "milestone.reassessed", "milestone.started",
	"person.disabled", "person.enabled", "person.erased",
	"sheet.cleared", "sheet.explained", "sheet.locked", "sheet.recused",
}

// TestEveryKind makes sure that each kind of entry of a life cycle is told somebody or said to be silent, and that what is told can be switched off.
func TestEveryKind(t *testing.T) {
	text, err := os.ReadFile("../../../docs/verifier/rules.json")
	if err != nil {
		t.Fatal(err)
	}
	var rules struct {
		Moves  map[string]map[string]string
		Asides map[string][]bool
	}
	if err := json.Unmarshal(text, &rules); err != nil {
		t.Fatal(err)
	}
	kinds := slices.Collect(maps.Keys(rules.Asides))
	for thing, moves := range rules.Moves {
		for move := range moves {
			kinds = append(kinds, thing+"."+move)
		}
	}
	if len(kinds) < 100 {
		t.Fatalf("got only the kinds %v", kinds)
	}
	for _, k := range kinds {
		if _, err := notice.Find(k); (err == nil) != notice.Tells(k) || notice.Tells(k) == slices.Contains(silent, k) {
			t.Errorf("%s: told %v, a kind of notices %v, silent %v", k, notice.Tells(k), err == nil, slices.Contains(silent, k))
		}
	}
}

// TestKinds makes sure that what the rules name has a title, a time and somebody whom it is for, and that no text leaves a placeholder.
func TestKinds(t *testing.T) {
	for _, k := range notice.Kinds() {
		if k.Title == "" || k.Days < 30 || len(k.To) == 0 {
			t.Errorf("%s: got %+v", k.Name, k)
		}
		if text := notice.Fill(k.Name, nil); text == "" || strings.ContainsAny(text, "{}") {
			t.Errorf("%s: got %q", k.Name, text)
		}
		if _, err := notice.Find(k.Name); err != nil {
			t.Errorf("%s: %v", k.Name, err)
		}
	}
	if _, err := notice.Find("bid.submitted"); err == nil {
		t.Error("bid.submitted is a kind")
	}
}

// TestDiff compares versions: what is not told is no change, and a long text is cut.
func TestDiff(t *testing.T) {
	before := map[string]string{"title": "甲", "field": "nuclear", "description": strings.Repeat("长", 500), "number": "1"}
	after := map[string]string{"title": "甲", "field": "new_materials", "description": "短", "number": "2", "budget_fen": "100"}
	got := notice.Diff("demand", before, after)
	if len(got) != 3 || got[0].Field != "description" || len([]rune(got[0].Before)) != 121 || got[1].After != "新材料及其应用" || got[2].Before != "" || got[2].After != "1.00 元" {
		t.Errorf("got %+v", got)
	}
	if got := notice.Diff("demand", nil, after); got != nil {
		t.Errorf("of a first version: got %+v", got)
	}
}
