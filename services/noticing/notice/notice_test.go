package notice_test

import (
	"strings"
	"testing"
	"time"

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
	for _, kind := range []string{"bid.drafted", "bid.edited", "bid.submitted", "bid.replaced", "bid.withdrawn"} {
		if got := told(kind, (&entry.Image{}).Text("state", "submitted")); len(got) != 0 || notice.Tells(kind) {
			t.Errorf("%s: got %v", kind, got)
		}
	}
	got := told("bid.opened", (&entry.Image{}).Text("state", "opened"))
	if len(got) != 1 || got[0].To != notice.Owner || got[0].Text != "您为需求《甲》(XQ-1)提交的揭榜书已开启,等待评审" {
		t.Errorf("opened: got %v", got)
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
