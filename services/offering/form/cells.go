// Package form has the columns of the files of achievements and profiles that organizations keep, with the words that may stand in them, and
// reads their rows. Codes are written in Chinese or as the API has them, prices in 万元.
package form

import (
	"slices"
	"strconv"
	"strings"

	"github.com/jiebang/jiebang/services/codes"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/offering/profile"
	"github.com/jiebang/jiebang/services/offering/sheet"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Faults of cells. Those that every file may have are sheet's.
var (
	ErrNumber   = fault.New(fault.Invalid, "CELL_NUMBER", "the cell has no whole number")
	ErrProperty = fault.New(fault.Invalid, "CELL_PROPERTY", "a right is its kind, its number and its stage")
)

// Row is a row of a file: what it says, of which fields, and what is wrong with it. The field of a fault is a field of the content.
type Row[C any] struct {
	Number  int
	Content C
	Given   []string
	Wrong   []*fault.Fault
}

// reader reads the cells of a row and keeps what is wrong with them.
type reader struct {
	row     sheet.Row
	columns []sheet.Column
	wrong   []*fault.Fault
}

// given are the fields that the row has, in the order of the columns.
func (r *reader) given() (fields []string) {
	for _, c := range r.columns {
		if _, ok := r.row.Cells[c.Field]; ok {
			fields = append(fields, c.Field)
		}
	}
	return fields
}

func (r *reader) fail(f *fault.Fault, field string) { r.wrong = append(r.wrong, f.At(field)) }

func (r *reader) text(field string) string { return r.row.Cells[field].Text }

// one reads a code that is one of words; an empty cell is none.
func one[S ~string](r *reader, field string, words []sheet.Word) S {
	text := r.text(field)
	if text == "" {
		return ""
	}
	code, ok := sheet.Find(words, text)
	if !ok {
		r.fail(sheet.NoWord(words, text), field)
	}
	return S(code)
}

// some reads codes that are some of words.
func some[S ~string](r *reader, field string, words []sheet.Word) (found []S) {
	for _, text := range r.row.Cells[field].Words() {
		code, ok := sheet.Find(words, text)
		if !ok {
			r.fail(sheet.NoWord(words, text), field)
			continue
		}
		found = append(found, S(code))
	}
	return found
}

// codes reads codes of a long list, by code or by name. A name may have a comma in it, so a line is first read as a whole.
func (r *reader) codes(field string, list codes.List) (found []string) {
	for _, line := range r.row.Cells[field].Lines() {
		if code, ok := codeOf(list, line); ok {
			found = append(found, code)
			continue
		}
		for _, text := range (sheet.Cell{Text: line}).Words() {
			code, _ := codeOf(list, text)
			found = append(found, code)
		}
	}
	return achievement.Stored(list, found)
}

// number reads a whole number, also as TRL 7 or 7 级; an empty cell is 0.
func (r *reader) number(field string) int {
	text := r.text(field)
	digits := strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(strings.ToUpper(text), "TRL"), "级"))
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		r.fail(ErrNumber.With("text", text), field)
	}
	return n
}

// price reads an amount in 万元 unless it says 元; 面议 and an empty cell are none.
func (r *reader) price(field string) *money.Fen {
	text := r.text(field)
	if slices.Contains([]string{"", "面议", "面谈", "协商"}, text) {
		return nil
	}
	number, parse := text, money.ParseWan
	for _, unit := range []struct {
		name  string
		parse func(string) (money.Fen, error)
	}{{"万元", money.ParseWan}, {"万", money.ParseWan}, {"元", money.ParseYuan}} {
		if rest, ok := strings.CutSuffix(text, unit.name); ok {
			number, parse = rest, unit.parse
			break
		}
	}
	fen, err := parse(number)
	if err == nil {
		err = fen.Check()
	}
	if f := fault.As(err); f != nil {
		r.fail(f, field)
		return nil
	}
	return &fen
}

// properties reads rights, one a line: kind, number, stage.
func (r *reader) properties(field string) (found []achievement.Property) {
	for _, line := range r.row.Cells[field].Lines() {
		words := strings.Fields(line)
		kind, ok := sheet.Find(propertyWords, words[0])
		if !ok {
			r.fail(ErrProperty.With("text", line), field)
			continue
		}
		p := achievement.Property{Kind: achievement.PropertyKind(kind)}
		words = words[1:]
		if n := len(words); n > 0 {
			if stage, ok := sheet.Find(stageWords, words[n-1]); ok {
				p.Stage, words = achievement.PropertyStage(stage), words[:n-1]
			}
		}
		p.Number = strings.Join(words, " ")
		found = append(found, p)
	}
	return found
}

// Achievement reads a row of a file of achievements.
func Achievement(row sheet.Row) Row[achievement.Content] {
	r := &reader{row: row, columns: Achievements, wrong: row.Wrong}
	c := achievement.Content{
		Title: r.text("title"), Summary: r.text("summary"), Region: r.text("region"), ExternalID: r.text("external_id"),
		Field:      one[demand.Field](r, "field", fieldWords),
		Industries: r.codes("industries", codes.Industry), Disciplines: r.codes("disciplines", codes.Discipline),
		Keywords: row.Cells["keywords"].Texts(), Properties: r.properties("intellectual_properties"), TRL: r.number("trl"),
		Maturity: one[achievement.Maturity](r, "maturity", maturityWords),
		Modes:    some[achievement.Mode](r, "cooperation_modes", modeWords),
		Price:    r.price("asking_price"),
	}
	return Row[achievement.Content]{row.Number, c, r.given(), append(r.wrong, c.Check()...)}
}

// Profile reads a row of a file of profiles.
func Profile(row sheet.Row) Row[profile.Content] {
	r := &reader{row: row, columns: Profiles, wrong: row.Wrong}
	c := profile.Content{
		Kind: one[profile.Kind](r, "kind", kindWords), DisplayName: r.text("display_name"), Position: r.text("position"),
		Introduction: r.text("introduction"), Fields: some[demand.Field](r, "fields", fieldWords),
		Industries: r.codes("industries", codes.Industry), Disciplines: r.codes("disciplines", codes.Discipline),
		Keywords: row.Cells["keywords"].Texts(), Equipment: row.Cells["equipment"].Lines(), Region: r.text("region"),
		Consented: one[string](r, "consented", yesWords) == "true", ExternalID: r.text("external_id"),
	}
	return Row[profile.Content]{row.Number, c, r.given(), append(r.wrong, c.Check()...)}
}
