// Package sheet reads lists that people keep in files, workbooks of Excel and WPS, JSON lines or values apart by commas, gives a workbook back with what is wrong
// in it marked, and writes workbooks to fill in.
//
//   - A file is of bounded size however it unfolds, and what is too large is refused before it is unfolded.
//   - Headers are taken by their Chinese or English names; a column that means nothing here is left aside, and that is said.
//   - Nothing is guessed: a formula is no value, and two columns of one name are one too many.
package sheet

import (
	"slices"
	"strings"
	"unicode"

	"github.com/jiebang/jiebang/services/fault"
)

// MaxRows is how many rows a file may have that is no long one.
const MaxRows = 1000

// Size bounds how much a file may have. They bound what reading it costs, which its own size does not.
type Size struct {
	rows     int // with something in them
	lastRow  int // of a sheet
	elements int // XML elements of all parts together
	unzipped int // bytes of all parts together
}

// The sizes.
var (
	Usual = Size{rows: MaxRows, lastRow: maxRow, elements: 500_000, unzipped: 16 << 20}
	Long  = Size{rows: 10_000, lastRow: 12_000, elements: 2_000_000, unzipped: 64 << 20}
)

// Rows is how many rows a file of the size may have.
func (z Size) Rows() int { return z.rows }

// Faults of files, and of their rows.
var (
	ErrUnreadable = fault.New(fault.Invalid, "IMPORT_UNREADABLE", "the file cannot be read")
	ErrTooLarge   = fault.New(fault.Invalid, "IMPORT_TOO_LARGE", "the file is too large")
	ErrHeader     = fault.New(fault.Invalid, "IMPORT_HEADER", "the file has no header, or one that is not clear")
	ErrEmpty      = fault.New(fault.Invalid, "IMPORT_EMPTY", "the file has no rows")

	ErrFormula = fault.New(fault.Invalid, "CELL_FORMULA", "the cell has a formula or its error, not a value")
	ErrWord    = fault.New(fault.Invalid, "CELL_WORD", "the cell has a word that the column does not have")
	ErrType    = fault.New(fault.Invalid, "CELL_TYPE", "the value is neither a text nor a number nor, where several may stand, a list of them")
	ErrLine    = fault.New(fault.Invalid, "LINE_INVALID", "the line is no JSON object")
	ErrKey     = fault.New(fault.Invalid, "KEY_UNKNOWN", "there is no column of this name")
	ErrTwice   = fault.New(fault.Invalid, "KEY_TWICE", "the line has the column twice")
)

// Word is a code and how people write it.
type Word struct {
	Code, Name string
	Aliases    []string
}

// Column is a column of a file.
type Column struct {
	Field   string   // its name in the API, and its key in JSON lines
	Header  string   // what people call it
	Aliases []string // what else they call it
	Key     bool     // a row is known by it
	Needed  bool     // a new row needs it
	Many    bool     // several values, apart by 、;, or lines
	Words   []Word   // the values that it has, if they are few
	Hint    string   // how to fill it in
	Samples [2]string
}

// Cell is what stands in a cell.
type Cell struct {
	Text  string
	Items []string // of a list that is one in the file already
}

// Row is a row of a file that has something in it.
type Row struct {
	Number int             // in the file, from 1
	Cells  map[string]Cell // by field; a column that the file, or the line, lacks is absent
	Wrong  []*fault.Fault  // with the row as a whole or with a field
}

// Table is the rows of a file.
type Table struct {
	Rows  []Row
	Notes []string // what else is to be said of the file, in Chinese
	book  *book    // the workbook that it came from, if it came from one
	size  Size
}

// Words are the values of a cell that are apart by any sign that separates words.
func (c Cell) Words() []string {
	return c.split(func(_, r, _ rune) bool { return strings.ContainsRune("、,\uff0c;\uff1b\n", r) })
}

// Lines are the values of a cell that may have commas in them.
func (c Cell) Lines() []string {
	return c.split(func(_, r, _ rune) bool { return strings.ContainsRune(";\uff1b\n", r) })
}

// Texts are the values of a cell in which a comma separates unless it stands in a name such as 1,2-二氯乙烷 or N,N-二甲基甲酰胺.
func (c Cell) Texts() []string {
	return c.split(func(before, r, after rune) bool {
		comma := r == ',' && (unicode.Is(unicode.Han, before) || unicode.Is(unicode.Han, after) || unicode.IsSpace(after))
		return comma || strings.ContainsRune("、\uff0c;\uff1b\n", r)
	})
}

// split cuts a text at the signs that separate, and leaves a list that is one already.
func (c Cell) split(separates func(before, r, after rune) bool) (values []string) {
	items := c.Items
	if items == nil {
		items = []string{""}
		runes := []rune("\n" + c.Text + "\n")
		for i, r := range runes[1 : len(runes)-1] {
			if separates(runes[i], r, runes[i+2]) {
				items = append(items, "")
			} else {
				items[len(items)-1] += string(r)
			}
		}
	}
	for _, v := range items {
		if v = trim(v); v != "" {
			values = append(values, v)
		}
	}
	return values
}

// Find returns the code of a word that is written as its code, its name or an alias, or as the beginning of just one name.
func Find(words []Word, text string) (string, bool) {
	wanted := plain(text)
	var begun []string
	for _, w := range words {
		for _, name := range append([]string{w.Code, w.Name}, w.Aliases...) {
			if plain(name) == wanted {
				return w.Code, true
			}
		}
		if wanted != "" && strings.HasPrefix(plain(w.Name), wanted) {
			begun = append(begun, w.Code)
		}
	}
	if len(begun) == 1 {
		return begun[0], true
	}
	return "", false
}

// NoWord is the fault of a text that is none of words.
func NoWord(words []Word, text string) *fault.Fault {
	var names []string
	for _, w := range words {
		names = append(names, w.Name)
	}
	return ErrWord.With("text", text).With("choices", strings.Join(names, "、"))
}

// named returns the column that a header means.
func named(columns []Column, header string) (Column, bool) {
	wanted := plain(header)
	i := slices.IndexFunc(columns, func(c Column) bool {
		return slices.ContainsFunc(append([]string{c.Field, c.Header}, c.Aliases...), func(name string) bool { return plain(name) == wanted })
	})
	if wanted == "" || i < 0 {
		return Column{}, false
	}
	return columns[i], true
}

// plain is a word without what people write differently: case, width, spaces, dashes, and the mark of what must be filled in.
func plain(text string) string {
	text = strings.ToLower(strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			r += '!' - '！'
		case r == '\u3000' || r == '\u00a0':
			return -1
		}
		if strings.ContainsRune(" \t\r\n*_-", r) {
			return -1
		}
		return r
	}, text))
	for _, mark := range []string{"(必填)", "(选填)", "(可多选)"} {
		text = strings.TrimSuffix(text, mark)
	}
	return text
}

// trim takes off the spaces of either width around a text, and makes its lines end alike.
func trim(text string) string {
	return strings.Trim(strings.ReplaceAll(text, "\r\n", "\n"), " \t\r\n\u3000\u00a0\ufeff")
}
