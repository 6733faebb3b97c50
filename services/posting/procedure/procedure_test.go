package procedure_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/posting/procedure"
)

// TestData checks each version against what the fields may be, and that ids do not repeat.
func TestData(t *testing.T) {
	seen, last := map[string]bool{}, map[string]procedure.Procedure{}
	for _, p := range procedure.All() {
		if seen[p.ID()] {
			t.Errorf("%s is there twice", p.ID())
		}
		seen[p.ID()] = true
		if before, ok := last[p.Code]; p.Version != before.Version+1 || ok && p.From <= before.From {
			t.Errorf("%s from %s does not follow %s from %s", p.ID(), p.From, before.ID(), before.From)
		}
		last[p.Code] = p
		if _, err := time.Parse(time.DateOnly, p.From); err != nil || p.Name == "" || strings.Trim(p.Code, "abcdefghijklmnopqrstuvwxyz_") != "" {
			t.Errorf("%s: from %q, name %q", p.ID(), p.From, p.Name)
		}
		for field, ok := range map[string]bool{
			"opinions": p.Opinions >= 0 && (p.Vetting || p.Opinions == 0), "delegated": p.Vetting || p.Delegated, "min_bids": p.MinBids >= 1 && p.MinBids <= 9,
			"envelopes": p.Envelopes == 1 || p.Envelopes == 2 && p.Judging && p.Level == procedure.Custodians, "winners": p.Winners == 1 || p.Winners > 1 && p.Judging,
			"experts": p.Judging == (p.Experts > 0), "publicity_days": p.PublicityDays >= 0 && (p.Judging || p.PublicityDays == 0), "min_days": p.MinDays >= 0,
			"objection_days": p.Judging == (p.ObjectionDays > 0), "amend_days": p.AmendDays > 0, "heartbeat_days": p.HeartbeatDays >= 0,
			"level": p.Level == procedure.Platform || p.Level == procedure.Custodians,
		} {
			if !ok {
				t.Errorf("%s: %s does not fit the rest: %+v", p.ID(), field, p)
			}
		}
	}
}

// TestInForce asks on the days around the first of a version.
func TestInForce(t *testing.T) {
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, test := range []struct{ code, day, want string }{
		{"", "2026-11-25", "direct/1"}, {"direct", "2026-11-25", "direct/1"}, {"open", "2026-01-01", "open/1"}, {"open", "2025-12-31", ""}, {"opened", "2026-11-25", ""}, {"open/1", "2026-11-25", ""},
	} {
		p, err := procedure.InForce(test.code, day(test.day))
		if test.want == "" && !errors.Is(err, procedure.ErrUnknown) || test.want != "" && (err != nil || p.ID() != test.want) {
			t.Errorf("%q on %s: got %s, %v, want %q", test.code, test.day, p.ID(), err, test.want)
		}
	}
}

// TestOf finds every version again, and that of demands which are older than procedures.
func TestOf(t *testing.T) {
	for _, p := range procedure.All() {
		id := p.ID()
		if got, err := procedure.Of(&id); err != nil || fmt.Sprint(got) != fmt.Sprint(p) {
			t.Errorf("%s: got %v, %v", id, got, err)
		}
	}
	if p, err := procedure.Of(nil); err != nil || p.ID() != "direct/1" {
		t.Errorf("without one: got %s, %v", p.ID(), err)
	}
	for _, id := range []string{"", "direct", "direct/0", "direct/2", "direct/01"} {
		if p, err := procedure.Of(&id); !errors.Is(err, procedure.ErrUnknown) {
			t.Errorf("%q: got %s, %v", id, p.ID(), err)
		}
	}
}
