package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// headerRows are the rows among which the header is looked for, and maxSheets the sheets.
const (
	headerRows = 10
	maxSheets  = 10
)

// Sample begins the key of the rows of a template that show how to fill it in.
const Sample = "示例"

// book is a workbook that a table came from.
type book struct {
	file    *excelize.File // nil while values apart by commas are read
	sheet   string
	columns map[string]int // by field, from 1
	head    int            // the row of the header
	width   int            // the last column that has a header
	remarks int            // the column of remarks, if an earlier import has left one
}

// ReadWorkbook reads the first sheet that is not hidden and has a header. What is wrong with a row is the row's own; the error is about the
// file. The table is to be closed.
func ReadWorkbook(content []byte, columns []Column) (*Table, error) {
	return Usual.Workbook(content, columns)
}

// Workbook is ReadWorkbook for workbooks of a size.
func (z Size) Workbook(content []byte, columns []Column) (t *Table, err error) {
	if err := z.bounded(content); err != nil {
		return nil, err
	}
	defer caught(&err)
	f, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{RawCellValue: true, UnzipSizeLimit: int64(z.unzipped), UnzipXMLSizeLimit: int64(z.unzipped)})
	if err != nil {
		return nil, unreadable("file.broken", err)
	}
	t = &Table{book: &book{file: f}, size: z}
	if err := t.read(columns); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// caught makes an error of a panic: a workbook may be broken in ways that its reader does not expect.
func caught(err *error) {
	if p := recover(); p != nil {
		*err = unreadable("file.broken", fmt.Errorf("panic: %v", p))
	}
}

// unreadable is the fault of a file that is no workbook, or a broken one.
func unreadable(rule string, err error) error {
	return errors.Join(ErrUnreadable.With("rule", rule), err)
}

// Close lets go of the workbook that the table came from.
func (t *Table) Close() {
	if t.book != nil {
		_ = t.book.file.Close() // it was read from memory
	}
}

// read finds the header and reads the rows below it.
func (t *Table) read(columns []Column) error {
	b := t.book
	var missing error = ErrHeader.With("rule", "header.none").With("column", columns[0].Header)
	names := b.file.GetSheetList()
	for _, name := range names[:min(len(names), maxSheets)] {
		if visible, err := b.file.GetSheetVisible(name); err != nil || !visible {
			continue
		}
		rows, err := texts(b.file, name)
		if err != nil {
			return err
		}
		b.sheet = name
		header, err := t.header(rows, columns)
		if err != nil {
			missing = err
			continue
		}
		return t.below(rows, header, columns)
	}
	return missing
}

// header finds the row that names most columns, at least one of them a key. It returns the number of its last row: merged cells may make it
// several.
func (t *Table) header(rows [][]string, columns []Column) (int, error) {
	best, most := -1, 0
	for i, cells := range rows[:min(len(rows), headerRows)] {
		known := 0
		for _, text := range cells {
			if _, ok := named(columns, text); ok {
				known++
			}
		}
		if known > most {
			best, most = i, known
		}
	}
	if best < 0 {
		return 0, ErrHeader.With("rule", "header.none").With("column", columns[0].Header)
	}
	t.book.columns, t.book.head, t.book.width, t.book.remarks = map[string]int{}, best+1, 0, 0
	var aside []string
	for i, text := range rows[best] {
		c, ok := named(columns, text)
		if trim(text) != "" {
			t.book.width = i + 1
		}
		switch _, twice := t.book.columns[c.Field]; {
		case trim(text) == remarks:
			t.book.remarks = i + 1
		case twice:
			return 0, ErrHeader.With("rule", "header.twice").With("column", c.Header)
		case ok:
			t.book.columns[c.Field] = i + 1
		case trim(text) != "":
			aside = append(aside, trim(text))
		}
	}
	if !slices.ContainsFunc(columns, func(c Column) bool { return c.Key && t.book.columns[c.Field] > 0 }) {
		return 0, ErrHeader.With("rule", "header.none").With("column", columns[0].Header)
	}
	if len(aside) > 0 {
		t.Notes = append(t.Notes, "未读的列: "+strings.Join(aside, "、"))
	}
	last := best + 1
	if t.book.file == nil {
		return last, nil
	}
	merged, err := t.book.file.GetMergeCells(t.book.sheet, true)
	if err != nil {
		return 0, unreadable("file.broken", err)
	}
	for _, m := range merged {
		_, from, err1 := excelize.CellNameToCoordinates(m.GetStartAxis())
		_, to, err2 := excelize.CellNameToCoordinates(m.GetEndAxis())
		if err1 == nil && err2 == nil && from <= best+1 && to > last {
			last = to
		}
	}
	return last, nil
}

// below reads the rows below the header.
func (t *Table) below(rows [][]string, header int, columns []Column) error {
	samples := 0
	for i := header; i < len(rows); i++ {
		row, filled := t.row(rows[i], i+1, columns)
		switch {
		case !filled:
		case strings.HasPrefix(row.Cells[columns[0].Field].Text, Sample):
			samples++
		case len(t.Rows) == t.size.rows:
			return t.size.tooManyRows()
		default:
			t.Rows = append(t.Rows, row)
		}
	}
	if samples > 0 {
		t.Notes = append(t.Notes, fmt.Sprintf("跳过 %d 行示例", samples))
	}
	if len(t.Rows) == 0 {
		return ErrEmpty
	}
	return nil
}

// failed are what a formula leaves that has no value.
var failed = []string{"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"}

// row reads a row, and tells whether anything stands in it.
func (t *Table) row(cells []string, number int, columns []Column) (row Row, filled bool) {
	row = Row{Number: number, Cells: map[string]Cell{}}
	for _, c := range columns {
		column, ok := t.book.columns[c.Field]
		if !ok {
			continue
		}
		text := ""
		if column <= len(cells) {
			text = trim(cells[column-1])
			if t.formula(column, number) || slices.Contains(failed, text) {
				row.Wrong, filled = append(row.Wrong, ErrFormula.At(c.Field)), true
				continue
			}
		}
		row.Cells[c.Field] = Cell{Text: text}
		filled = filled || text != ""
	}
	return row, filled
}

// formula reports whether a cell has a formula, or cannot be read.
func (t *Table) formula(column, number int) bool {
	if t.book.file == nil {
		return false
	}
	name, err := excelize.CoordinatesToCellName(column, number)
	if err != nil {
		return true
	}
	formula, err := t.book.file.GetCellFormula(t.book.sheet, name)
	return err != nil || formula != ""
}
