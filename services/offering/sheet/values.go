package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// ReadValues reads values apart by commas (CSV), in UTF-8 or, as Excel in Chinese writes them, in GB 18030. A row has the number of the line on which it
// begins. What is wrong with a row is the row's own; the error is about the file.
func ReadValues(content []byte, columns []Column) (*Table, error) {
	return Usual.Values(content, columns)
}

// Values is ReadValues for files of a size.
func (z Size) Values(content []byte, columns []Column) (*Table, error) {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	if !utf8.Valid(content) {
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(content)
		if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
			return nil, ErrUnreadable.With("rule", "file.utf8")
		}
		content = decoded
	}
	r := csv.NewReader(bytes.NewReader(content))
	r.FieldsPerRecord = -1
	var rows [][]string
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, unreadable("file.broken", err)
		}
		line, _ := r.FieldPos(0)
		if len(cells) > maxColumn {
			return nil, tooLarge("file.last_column", maxColumn)
		}
		if line > z.lastRow {
			return nil, ErrTooLarge.With("rule", "file.last_row").With("limit", z.lastRow).With("row", line)
		}
		for len(rows) < line-1 { // lines that are blank or belong to the row before
			rows = append(rows, nil)
		}
		for i, cell := range cells {
			cells[i] = strings.TrimPrefix(cell, "\t") // what keeps Excel from reading long digits as a number
		}
		rows = append(rows, cells)
	}
	t := &Table{book: &book{}, size: z}
	header, err := t.header(rows, columns)
	if err == nil {
		err = t.below(rows, header, columns)
	}
	t.book = nil
	if err != nil {
		return nil, err
	}
	return t, nil
}
