package profile_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/jiebang/jiebang/services/offering/profile"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// TestStates makes sure that only what is listed is anybody's to read, and that an import that publishes leaves what was withdrawn.
func TestStates(t *testing.T) {
	for s := range profile.Machine {
		if s.Public() != (s == profile.Listed) {
			t.Errorf("%s: public %t", s, s.Public())
		}
		if got := s.Imported(false); got != s {
			t.Errorf("an import without publishing leaves %s in %s", s, got)
		}
	}
	for s, want := range map[profile.State]profile.State{"draft": "listed", "listed": "listed", "withdrawn": "withdrawn"} {
		if got := s.Imported(true); got != want {
			t.Errorf("an import that publishes leaves %s in %s, want %s", s, got, want)
		}
	}
}

// TestFits tries each kind in each state, with and without consent and equipment.
func TestFits(t *testing.T) {
	for _, test := range []struct {
		kind      profile.Kind
		state     profile.State
		consented bool
		equipment []string
		want      string
	}{
		{profile.Expert, profile.Draft, false, nil, ""}, {profile.Expert, profile.Withdrawn, false, nil, ""}, {profile.Expert, profile.Listed, true, nil, ""},
		{profile.Expert, profile.Listed, false, nil, "consented CONSENT_MISSING"}, {profile.Lab, profile.Listed, false, []string{"x"}, ""},
		{profile.Broker, profile.Listed, false, nil, ""}, {profile.Broker, profile.Draft, false, []string{"x"}, "equipment EQUIPMENT_KIND"},
		{profile.Expert, profile.Draft, true, []string{"x"}, "equipment EQUIPMENT_KIND"},
	} {
		got := ""
		for _, f := range (profile.Content{Kind: test.kind, Consented: test.consented, Equipment: test.equipment}).Fits(test.state) {
			got += f.Field + " " + f.Reason
		}
		if got != test.want {
			t.Errorf("%+v: got %q", test, got)
		}
	}
}

// TestCheck finds all that is wrong with a content, each at its field.
func TestCheck(t *testing.T) {
	const call = "请拨 13812345678"
	wrong := profile.Content{DisplayName: call, Position: call, Introduction: "a@b.cn", Industries: []string{"X"}, Disciplines: []string{"X"}, Keywords: []string{"", call},
		Equipment: []string{"粒度仪", call}, ExternalID: "13812345678"}.Check()
	var got []string
	for _, f := range wrong {
		got = append(got, f.Field+" "+f.Reason)
	}
	want := []string{"display_name CONTACT_IN_TEXT", "position CONTACT_IN_TEXT", "introduction CONTACT_IN_TEXT", "industries[0] INDUSTRY_UNKNOWN", "disciplines[0] DISCIPLINE_UNKNOWN",
		"keywords CONTACT_IN_TEXT", "equipment CONTACT_IN_TEXT", "external_id CONTACT_IN_TEXT"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestTake takes each field by itself, and makes sure that Fields has all of them.
func TestTake(t *testing.T) {
	full := profile.Content{Kind: profile.Lab, DisplayName: "n", Position: "p", Introduction: "i", Fields: []demand.Field{demand.Nuclear}, Industries: []string{"C26"},
		Disciplines: []string{"E02"}, Keywords: []string{"k"}, Equipment: []string{"e"}, Region: "330182", Consented: true, ExternalID: "1"}
	var all profile.Content
	for _, f := range profile.Fields {
		before := fmt.Sprintf("%+v", all)
		if all.Take(full, []string{f}); fmt.Sprintf("%+v", all) == before {
			t.Errorf("%s takes nothing", f)
		}
		all.Take(full, []string{"nothing"})
	}
	if got, want := fmt.Sprintf("%+v", all), fmt.Sprintf("%+v", full); got != want {
		t.Errorf("all fields: got %s, want %s", got, want)
	}
}
