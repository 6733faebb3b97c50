// Package table writes tables that people keep and programs read: CSV, workbooks in the style of government tables, and lines of JSON. Rows are written
// as they come, so that a table costs no more memory than its longest row.
//
//   - An amount is exact everywhere: fen in CSV and JSON, yuan as decimal text in a workbook. 万元 is shown beside it and is rounded; nothing is added up from it.
//   - A text is never a formula, whatever it begins with.
//   - Each table says itself of which ledger it is, at which entry it stands, by which definition and when it was made.
package table

import (
	"io"
	"time"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/money"
)

// Kind is what stands in a column.
type Kind int

// The kinds.
const (
	Text Kind = iota
	Number
	Amount  // fen
	Date    // of China Standard Time
	Instant // shown in China Standard Time
)

// Column is a column.
type Column struct {
	Header string // in Chinese
	Key    string // in JSON and in the header of the definition
	Kind   Kind
	Broad  bool // in a workbook: for longer texts
	Total  bool // an amount or a number that is added up in the last row of a workbook
}

// About is what a table says of itself.
type About struct {
	Title      string
	Table      string // its name in JSON
	Ledger     string // ledgers/330182
	AsOf       int64  // entries before this sequence are in it
	Definition string // such as demands/1
	Time       time.Time
	Zone       *time.Location
}

// Cell is a value of the kind of its column; the zero Cell is absent, which is neither 0 nor an empty text.
type Cell struct {
	Text   string
	Number int64 // a number, or fen
	Time   time.Time
	There  bool
}

// String makes a cell of a text.
func String(s string) Cell { return Cell{Text: s, There: true} }

// Int makes a cell of a number.
func Int(n int64) Cell { return Cell{Number: n, There: true} }

// Fen makes a cell of an amount.
func Fen(f money.Fen) Cell { return Int(int64(f)) }

// At makes a cell of an instant or of a date.
func At(t time.Time) Cell { return Cell{Time: t, There: true} }

// Optional makes a cell of what a pointer points to; nil is absent.
func Optional[T any](value *T, cell func(T) Cell) Cell {
	if value == nil {
		return Cell{}
	}
	return cell(*value)
}

// Format is how a table is written.
type Format string

// The formats.
const (
	CSV    Format = "csv"
	XLSX   Format = "xlsx"
	NDJSON Format = "ndjson"
)

// ErrTooLong says that a workbook has no room for more rows.
var ErrTooLong = fault.New(fault.Precondition, "TABLE_TOO_LONG", "a workbook holds at most 1,000,000 rows; ask for csv or ndjson")

// ContentType is the media type of a format.
func (f Format) ContentType() string {
	switch f {
	case CSV:
		return "text/csv; charset=utf-8"
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	return "application/x-ndjson"
}

// Writer writes the rows of a table. Close writes what comes after the last one; the table is whole only then.
type Writer interface {
	Row(cells []Cell) error
	Close() error
}

// New begins a table in a format.
func New(w io.Writer, f Format, a About, columns []Column) (Writer, error) {
	switch f {
	case CSV:
		return newCSV(w, a, columns)
	case XLSX:
		return newBook(w, a, columns)
	}
	return newLines(w, a, columns)
}

// stamp shows an instant as people read it, with its zone.
func stamp(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("2006-01-02 15:04:05 -07:00")
}
