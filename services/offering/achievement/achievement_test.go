package achievement_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/codes"
	"github.com/jiebang/jiebang/services/offering/achievement"
)

// TestStates makes sure that only what is listed is anybody's to read, and that an import that publishes leaves what was withdrawn.
func TestStates(t *testing.T) {
	for s := range achievement.Machine {
		if s.Public() != (s == achievement.Listed) {
			t.Errorf("%s: public %t", s, s.Public())
		}
		if got := s.Imported(false); got != s {
			t.Errorf("an import without publishing leaves %s in %s", s, got)
		}
	}
	for s, want := range map[achievement.State]achievement.State{"draft": "listed", "listed": "listed", "withdrawn": "withdrawn"} {
		if got := s.Imported(true); got != want {
			t.Errorf("an import that publishes leaves %s in %s, want %s", s, got, want)
		}
	}
}

// contacts are texts and what is found in them.
var contacts = []struct{ text, found string }{
	{"", ""}, {"平均粒径 80 nm,白度 96 %", ""},
	{"联系 13812345678", "13812345678"}, {"13812345678", "13812345678"}, {"电话:138-1234-5678。", "138-1234-5678"}, {"138 1234 5678", "138 1234 5678"},
	{"+8613812345678", "+8613812345678"}, {"0086 13812345678", "0086 13812345678"}, {"8613812345678", "8613812345678"}, {"１３８１２３４５６７８", "13812345678"},
	{"手机13812345678张", "13812345678"}, {"先 2019 年,后 19912345678", "19912345678"},
	{"ZL201910123456.7", ""}, {"0d6f1c2e-4f3a-4b7e-9c1d-a13812345678", ""}, {"13812345678f0", ""}, {"138123456789", ""}, {"1381234567", ""}, {"12812345678", ""}, {"0.13812345678", ""}, {"温度 1350 1400 1450", ""}, {"913812345678", ""},
	{"写信给 zhang.san+a@mail.example.com 即可", "zhang.san+a@mail.example.com"}, {"a@b.cn", "a@b.cn"}, {"ａ＠ｂ．ｃｎ", "a@b.cn"},
	{"10A@3.7V", ""}, {"@张三", ""}, {"a@b", ""}, {"95%@25", ""},
}

// TestContact looks for mobile numbers and mail addresses, among numbers and signs that are neither.
func TestContact(t *testing.T) {
	for _, c := range contacts {
		got := achievement.Contact("summary", c.text)
		found := ""
		if len(got) > 0 {
			found = got[0].Meta["found"]
		}
		if found != c.found || found != "" && (got[0].Reason != "CONTACT_IN_TEXT" || got[0].Field != "summary") {
			t.Errorf("%q: got %q at %v, want %q", c.text, found, got, c.found)
		}
	}
}

// TestContactKey looks at keys: one that is a number to call as a whole is one, one that has such digits in it is not.
func TestContactKey(t *testing.T) {
	for key, want := range map[string]int{"13812345678": 1, "１３８１２３４５６７８": 1, "a@b.cn": 1, "2024-13812345678": 0, "": 0, "A-1": 0} {
		if got := achievement.ContactKey("external_id", key); len(got) != want {
			t.Errorf("%q: got %v, want %d", key, got, want)
		}
	}
}

// TestContactAnywhere finds a number wherever it stands among other letters.
func TestContactAnywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.StringMatching(`[一-龥,。 \n:]{0,20}`)
		number := "1" + rapid.StringMatching(`[3-9][0-9]{9}`).Draw(t, "number")
		text := words.Draw(t, "before") + number + words.Draw(t, "after")
		if got := achievement.Contact("title", "无", text); len(got) != 1 || got[0].Meta["found"] != number {
			t.Fatalf("%q: got %v, want %s", text, got, number)
		}
	})
}

// TestCheck finds all that is wrong with a content, each at its field.
func TestCheck(t *testing.T) {
	if wrong := (achievement.Content{Title: "超细碳酸钙", Industries: []string{"C2613", "c26"}, Disciplines: []string{"E0208", "e02"}, Keywords: []string{"碳酸钙"}}).Check(); len(wrong) > 0 {
		t.Errorf("nothing is wrong, but got %v", wrong)
	}
	wrong := achievement.Content{Title: "a@b.cn 的成果", Summary: "13812345678", Industries: []string{"C2613", "C9999", "2613"}, Disciplines: []string{"Z1"},
		Keywords: []string{"好", "13912345678"}, ExternalID: "13712345678"}.Check()
	var got []string
	for _, f := range wrong {
		got = append(got, f.Field+" "+f.Reason)
	}
	want := []string{"title CONTACT_IN_TEXT", "summary CONTACT_IN_TEXT", "industries[1] INDUSTRY_UNKNOWN", "industries[2] INDUSTRY_UNKNOWN", "disciplines[0] DISCIPLINE_UNKNOWN",
		"keywords CONTACT_IN_TEXT", "external_id CONTACT_IN_TEXT"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestStored writes codes as they are stored, each once, and leaves what is unknown.
func TestStored(t *testing.T) {
	if got := achievement.Stored(codes.Industry, []string{"c2613", "C26", "C2613", "no"}); !slices.Equal(got, []string{"C2613", "C26", "no"}) {
		t.Errorf("got %v", got)
	}
}

// TestTake takes each field by itself, and makes sure that Fields has all of them.
func TestTake(t *testing.T) {
	full := achievement.Content{Title: "t", Summary: "s", Field: "nuclear", Industries: []string{"C26"}, Disciplines: []string{"E02"}, Keywords: []string{"k"},
		Properties: []achievement.Property{{Kind: achievement.KnowHow}}, TRL: 3, Maturity: achievement.Lab, Modes: []achievement.Mode{achievement.Equity}, Price: price(10), Region: "330182", ExternalID: "1"}
	var all achievement.Content
	for _, f := range achievement.Fields {
		before := describe(all)
		if all.Take(full, []string{f}); describe(all) == before {
			t.Errorf("%s takes nothing", f)
		}
		all.Take(full, []string{"nothing"})
	}
	if describe(all) != describe(full) {
		t.Errorf("all fields: got %s, want %s", describe(all), describe(full))
	}
}

// TestProperty writes rights and reads them again, also what somebody has tampered with.
func TestProperty(t *testing.T) {
	for text, want := range map[string]achievement.Property{
		"invention_patent granted ZL 2019": {achievement.InventionPatent, "ZL 2019", achievement.Granted}, "know_how  ": {achievement.KnowHow, "", ""},
		"design_patent  x": {achievement.DesignPatent, "x", ""}, "software_copyright pending ": {achievement.SoftwareCopyright, "", achievement.Pending},
	} {
		var got achievement.Property
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q: got %+v, %v, want %+v", text, got, err, want)
		}
		if back, err := want.MarshalText(); err != nil || string(back) != text {
			t.Errorf("%+v: got %q, %v, want %q", want, back, err, text)
		}
	}
	var odd achievement.Property
	if err := odd.UnmarshalText([]byte("auditor")); err != nil || odd.Kind != "auditor" {
		t.Errorf("got %+v, %v", odd, err)
	}
	if strings.ContainsAny(string(achievement.InventionPatent+achievement.PropertyKind(achievement.Granted)), " ") {
		t.Error("a kind or a stage has a space, which separates")
	}
}
