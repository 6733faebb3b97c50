package table

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jiebang/jiebang/services/money"
)

const (
	sheetPart = "xl/worksheets/sheet1.xml"
	firstRow  = 4         // below the title, the unit and the header
	mostRows  = 1_000_000 // a sheet has 1,048,576
	mostText  = 32_767    // characters of a cell
)

// wide is a column as it stands in a workbook: an amount has two, 万元 to read and yuan to reckon with.
type wide struct {
	from int // the column that it shows
	wan  bool
	Column
}

func widen(columns []Column) []wide {
	var all []wide
	for i, c := range columns {
		if c.Kind != Amount {
			all = append(all, wide{i, false, c})
			continue
		}
		yuan := c
		yuan.Header += "(元)"
		all = append(all, wide{i, true, c}, wide{i, false, yuan})
	}
	return all
}

// book writes a workbook. excelize makes it without its rows: its styles, its page, its first three lines. The rows go into the sheet as they come, since
// excelize takes a decimal number as a floating-point one only, and an amount is none.
type book struct {
	zip     *zip.Writer
	sheet   *bufio.Writer
	others  []*zip.File
	after   []byte // of the sheet, behind its rows
	columns []wide
	about   About
	styles  styles
	rows    int
	sums    []*big.Int
	there   []bool
	buffer  []byte
}

func newBook(w io.Writer, a About, columns []Column) (*book, error) {
	t := &book{zip: zip.NewWriter(w), columns: widen(columns), about: a, sums: make([]*big.Int, len(columns)), there: make([]bool, len(columns))}
	for i := range t.sums {
		t.sums[i] = new(big.Int)
	}
	frame, s, err := skeleton(a, t.columns)
	if err != nil {
		return nil, err
	}
	t.styles = s
	r, err := zip.NewReader(bytes.NewReader(frame), int64(len(frame)))
	if err != nil {
		return nil, err
	}
	var before []byte
	for _, f := range r.File {
		if f.Name != sheetPart {
			t.others = append(t.others, f)
			continue
		}
		if before, t.after, err = split(f); err != nil {
			return nil, err
		}
	}
	part, err := t.zip.Create(sheetPart)
	if err != nil {
		return nil, err
	}
	t.sheet = bufio.NewWriterSize(part, 64<<10)
	_, err = t.sheet.Write(before)
	return t, err
}

// split cuts a sheet where its rows end. How far it reaches is left out, which a reader finds out by itself.
func split(f *zip.File) (before, after []byte, err error) {
	r, err := f.Open()
	if err != nil {
		return nil, nil, err
	}
	text, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, nil, err
	}
	const end = "</sheetData>"
	i := bytes.Index(text, []byte(end))
	if i < 0 {
		return nil, nil, errors.New("a sheet without rows")
	}
	before, after = text[:i], text[i:]
	if from := bytes.Index(before, []byte("<dimension ")); from >= 0 {
		to := from + bytes.IndexByte(before[from:], '>') + 1
		before = append(bytes.Clone(before[:from]), before[to:]...)
		before = bytes.TrimPrefix(before, []byte("</dimension>"))
		before = bytes.Replace(before, []byte("</dimension>"), nil, 1)
	}
	return before, after, nil
}

// Row implements Writer.
func (t *book) Row(cells []Cell) error {
	if t.rows == mostRows {
		return ErrTooLong
	}
	number := firstRow + t.rows
	t.rows++
	b := fmt.Appendf(t.buffer[:0], `<row r="%d">`, number)
	for i, w := range t.columns {
		c := cells[w.from]
		if w.Total && c.There && !w.wan {
			t.sums[w.from].Add(t.sums[w.from], big.NewInt(c.Number))
			t.there[w.from] = true
		}
		b = t.cell(b, i, number, w, c)
	}
	t.buffer = append(b, "</row>"...)
	_, err := t.sheet.Write(t.buffer)
	return err
}

func (t *book) cell(b []byte, i, row int, w wide, c Cell) []byte {
	style := t.styles.of(w)
	switch {
	case !c.There:
		return number(b, i, row, style, "")
	case w.Kind == Amount && w.wan:
		return number(b, i, row, style, money.Fen(c.Number).Wan())
	case w.Kind == Amount:
		return number(b, i, row, style, money.Fen(c.Number).String())
	case w.Kind == Number:
		return number(b, i, row, style, strconv.FormatInt(c.Number, 10))
	case w.Kind == Date:
		return number(b, i, row, style, strconv.FormatInt(day(c.Time), 10))
	case w.Kind == Instant:
		return text(b, i, row, style, c.Time.In(t.about.Zone).Format("2006-01-02 15:04:05"))
	}
	return text(b, i, row, style, c.Text)
}

// day is the number of a day as a workbook counts them.
func day(t time.Time) int64 {
	first := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	return int64(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Sub(first) / (24 * time.Hour))
}

// number appends a cell with a number, which has its decimals as they are, or none.
func number(b []byte, column, row, style int, value string) []byte {
	b = fmt.Appendf(b, `<c r="%s%d" s="%d"`, letters(column), row, style)
	if value == "" {
		return append(b, "/>"...)
	}
	b = append(b, "><v>"...)
	return append(append(b, value...), "</v></c>"...)
}

// text appends a cell with a text. It is marked as one, so that nothing takes it for a formula.
func text(b []byte, column, row, style int, value string) []byte {
	if utf8.RuneCountInString(value) > mostText {
		value = string([]rune(value)[:mostText-1]) + "…"
	}
	b = fmt.Appendf(b, `<c r="%s%d" s="%d" t="inlineStr"><is><t xml:space="preserve">`, letters(column), row, style)
	var escaped bytes.Buffer
	_ = xml.EscapeText(&escaped, []byte(value)) // a buffer takes everything; what XML cannot hold becomes U+FFFD
	return append(append(b, escaped.Bytes()...), "</t></is></c>"...)
}

// letters is the name of a column, from 0.
func letters(n int) string {
	name := ""
	for n++; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}

// Close implements Writer: the row of sums, what comes behind it, and the rest of the workbook.
func (t *book) Close() error {
	row := firstRow + t.rows
	b := fmt.Appendf(t.buffer[:0], `<row r="%d">`, row)
	for i, w := range t.columns {
		style, sum := t.styles.sum(w), t.sums[w.from]
		switch {
		case i == 0:
			b = text(b, i, row, style, fmt.Sprintf("合计(%d 项)", t.rows))
		case !w.Total || !t.there[w.from]:
			b = number(b, i, row, style, "")
		case w.Kind == Number:
			b = number(b, i, row, style, sum.String())
		case !sum.IsInt64():
			b = text(b, i, row, style, "超出范围")
		case w.wan:
			b = number(b, i, row, style, money.Fen(sum.Int64()).Wan())
		default:
			b = number(b, i, row, style, money.Fen(sum.Int64()).String())
		}
	}
	b = append(b, "</row>"...)
	_, err := t.sheet.Write(append(b, t.after...))
	if err = errors.Join(err, t.sheet.Flush()); err != nil {
		return err
	}
	for _, f := range t.others {
		if err := t.zip.Copy(f); err != nil {
			return err
		}
	}
	return t.zip.Close()
}

// sourceLine says in words what a table is.
func sourceLine(a About) string {
	return strings.Join([]string{"账本 " + a.Ledger, fmt.Sprintf("截至序号 %d", a.AsOf), "口径 " + a.Definition, "制表时间 " + stamp(a.Time, a.Zone)}, " · ")
}
