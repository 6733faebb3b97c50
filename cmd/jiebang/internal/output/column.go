package output

import (
	"encoding/hex"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	gmoney "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/money"
)

// Zone is China Standard Time, in which tables show times.
var Zone = time.FixedZone("CST", 8*60*60)

// View says for which eyes a cell is made.
type View struct {
	CSV    bool // for a program: exact, no words for what is absent
	Detail bool // one resource with all that is known of it
	Yuan   bool // amounts in yuan rather than 万元
}

// Column is a column of a table or of a CSV file, and a line of the detail view.
type Column[T any] struct {
	Title  string
	Right  bool                  // aligned right
	Flex   bool                  // gives way on a narrow terminal
	Detail bool                  // in the detail view only
	Text   func(T, View) string  // the cell, or
	Amount func(T) *gmoney.Money // the amount in it
	Absent string                // what an absent amount means
}

// Plain makes a column of a text.
func Plain[T any](title string, text func(T) string) Column[T] {
	return Column[T]{Title: title, Text: func(item T, _ View) string { return text(item) }}
}

// Instant makes a column of a time.
func Instant[T any](title string, at func(T) *timestamppb.Timestamp) Column[T] {
	return Column[T]{Title: title, Text: func(item T, v View) string { return v.Time(at(item)) }}
}

// InDetail returns the column for the detail view only.
func (c Column[T]) InDetail() Column[T] { c.Detail = true; return c }

// Flexible returns the column as one that gives way on a narrow terminal.
func (c Column[T]) Flexible() Column[T] { c.Flex = true; return c }

func (c Column[T]) title(v View) string {
	switch {
	case c.Amount == nil || v.Detail:
		return c.Title
	case v.Yuan || v.CSV:
		return c.Title + "(元)"
	}
	return c.Title + "(万元)"
}

func (c Column[T]) text(item T, v View) string {
	if c.Amount == nil {
		return c.Text(item, v)
	}
	if text := v.Money(c.Amount(item)); text != "" || v.CSV {
		return text
	}
	return c.Absent
}

// Money shows an amount in the unit of the view; an absent or broken one is empty.
func (v View) Money(m *gmoney.Money) string {
	if m == nil {
		return ""
	}
	fen, err := money.FromUnits(m.GetCurrencyCode(), m.GetUnits(), m.GetNanos())
	switch {
	case err != nil:
		return ""
	case v.Detail:
		return fen.String() + " 元(" + fen.Wan() + " 万元)"
	case v.Yuan || v.CSV:
		return fen.String()
	}
	return fen.Wan()
}

// Time shows an instant in China Standard Time with its zone.
func (v View) Time(t *timestamppb.Timestamp) string {
	switch {
	case t == nil:
		return ""
	case v.CSV:
		return t.AsTime().In(Zone).Format(time.RFC3339Nano)
	case v.Detail:
		return t.AsTime().In(Zone).Format("2006-01-02 15:04:05 -07:00")
	}
	return t.AsTime().In(Zone).Format("2006-01-02 15:04 -07:00")
}

// Date shows a day.
func Date(d *date.Date) string {
	if d == nil {
		return ""
	}
	return time.Date(int(d.GetYear()), time.Month(d.GetMonth()), int(d.GetDay()), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// Hex shows bytes.
func Hex(b []byte) string { return hex.EncodeToString(b) }

// Clean takes out of a text of others what would act on a terminal: control characters and the marks that turn the direction of writing.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case r < ' ', r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == '\u2028', r == '\u2029':
			return '\uFFFD'
		}
		return r
	}, strings.ReplaceAll(s, "\r\n", "\n"))
}

func titles[T any](columns []Column[T], v View) []string {
	var row []string
	for _, c := range columns {
		if !c.Detail {
			row = append(row, c.title(v))
		}
	}
	return row
}

func cells[T any](columns []Column[T], item T, v View) []string {
	var row []string
	for _, c := range columns {
		if !c.Detail {
			row = append(row, c.text(item, v))
		}
	}
	return row
}
