package table

import (
	"bufio"
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"
)

// mark tells Excel and WPS that a file is UTF-8.
const mark = "\ufeff"

// dangerous begins what a spreadsheet takes for a formula, also in the wide forms that some read alike.
const dangerous = "=+-@\t\r\n＝＋－＠"

// Guard keeps a text from being taken for a formula: a spreadsheet shows what comes after ' as it is. A text that has the quote already gets another, so
// that taking one away always gives the text back.
func Guard(text string) string {
	if text != "" && strings.ContainsRune(dangerous+"'", []rune(text)[0]) {
		return "'" + text
	}
	return text
}

// csvTable writes CSV as Excel and WPS read it: a mark, CRLF, and a last column that says in each row where the table comes from, so that rows stay what they
// are when they are copied out of it.
type csvTable struct {
	out     *bufio.Writer
	csv     *csv.Writer
	columns []Column
	about   About
	record  []string
	source  string
}

func newCSV(w io.Writer, a About, columns []Column) (*csvTable, error) {
	out := bufio.NewWriterSize(w, 64<<10)
	if _, err := out.WriteString(mark); err != nil {
		return nil, err
	}
	t := &csvTable{out: out, csv: csv.NewWriter(out), columns: columns, about: a}
	t.csv.UseCRLF = true
	t.source = strings.Join([]string{a.Ledger, strconv.FormatInt(a.AsOf, 10), a.Definition, stamp(a.Time, a.Zone)}, " ")
	for _, c := range columns {
		header := c.Header
		if c.Kind == Amount {
			header += "(分)"
		}
		t.record = append(t.record, header)
	}
	return t, t.csv.Write(append(t.record, "出处(账本 截至序号 口径 时间)"))
}

// Row implements Writer.
func (t *csvTable) Row(cells []Cell) error {
	t.record = t.record[:0]
	for i, c := range cells {
		t.record = append(t.record, t.text(t.columns[i], c))
	}
	return t.csv.Write(append(t.record, t.source))
}

func (t *csvTable) text(column Column, c Cell) string {
	switch {
	case !c.There:
		return ""
	case column.Kind == Number || column.Kind == Amount:
		return strconv.FormatInt(c.Number, 10)
	case column.Kind == Date:
		return c.Time.Format(time.DateOnly)
	case column.Kind == Instant:
		return stamp(c.Time, t.about.Zone)
	}
	return Guard(c.Text)
}

// Close implements Writer.
func (t *csvTable) Close() error {
	t.csv.Flush()
	if err := t.csv.Error(); err != nil {
		return err
	}
	return t.out.Flush()
}
