package sheet_test

import (
	"slices"
	"testing"

	"github.com/jiebang/jiebang/services/offering/sheet"
)

// TestFind finds words as people write them.
func TestFind(t *testing.T) {
	words := []sheet.Word{{Code: "new_materials", Name: "新材料及其应用"}, {Code: "new_energy", Name: "新能源与高效节能"}, {Code: "equity", Name: "作价入股", Aliases: []string{"技术入股"}}}
	for text, want := range map[string]string{
		"新材料及其应用": "new_materials", "新材料": "new_materials", "NEW_MATERIALS": "new_materials", "new-materials": "new_materials", " New Materials　": "new_materials",
		"ＮＥＷ＿ＥＮＥＲＧＹ": "new_energy", "技术入股": "equity", "新": "", "": "", "材料": "", "技术": "", "新材料及其应用等": "",
	} {
		if got, ok := sheet.Find(words, text); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, %t, want %q", text, got, ok, want)
		}
	}
	if f := sheet.NoWord(words, "x"); f.Meta["text"] != "x" || f.Meta["choices"] != "新材料及其应用、新能源与高效节能、作价入股" {
		t.Errorf("got %v", f)
	}
}

// TestValues cuts cells into their values.
func TestValues(t *testing.T) {
	for text, want := range map[string][3][]string{
		"":             {},
		" ; ,、 ":       {nil, {",、"}, {","}},
		"甲、乙；丙,丁，戊\n己": {{"甲", "乙", "丙", "丁", "戊", "己"}, {"甲、乙", "丙,丁，戊", "己"}, {"甲", "乙", "丙", "丁", "戊", "己"}},
		"1,2-二氯乙烷, AI;N,N-二甲基甲酰胺": {{"1", "2-二氯乙烷", "AI", "N", "N-二甲基甲酰胺"}, {"1,2-二氯乙烷, AI", "N,N-二甲基甲酰胺"}, {"1,2-二氯乙烷", "AI", "N,N-二甲基甲酰胺"}},
	} {
		c := sheet.Cell{Text: text}
		if got := [3][]string{c.Words(), c.Lines(), c.Texts()}; !slices.EqualFunc(got[:], want[:], slices.Equal[[]string]) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	list := sheet.Cell{Items: []string{" a、b ", "", "c,d"}}
	for _, got := range [][]string{list.Words(), list.Lines(), list.Texts()} {
		if !slices.Equal(got, []string{"a、b", "c,d"}) {
			t.Errorf("a list is cut again: %q", got)
		}
	}
}
