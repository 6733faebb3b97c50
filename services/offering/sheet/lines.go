package sheet

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jiebang/jiebang/services/fault"
)

// ReadLines reads JSON lines. What is wrong with a line is the line's own; the error is about the file.
func ReadLines(content []byte, columns []Column) (*Table, error) {
	return Usual.Lines(content, columns)
}

// Lines is ReadLines for files of a size.
func (z Size) Lines(content []byte, columns []Column) (*Table, error) {
	if !utf8.Valid(content) {
		return nil, ErrUnreadable.With("rule", "file.utf8")
	}
	t := &Table{}
	lines := bytes.Split(bytes.TrimPrefix(content, []byte("\ufeff")), []byte("\n"))
	for i, line := range lines {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if len(t.Rows) == z.rows {
			return nil, z.tooManyRows()
		}
		t.Rows = append(t.Rows, readLine(i+1, line, columns))
	}
	if len(t.Rows) == 0 {
		return nil, ErrEmpty
	}
	return t, nil
}

func (z Size) tooManyRows() error { return ErrTooLarge.With("rule", "file.rows").With("limit", z.rows) }

// readLine reads the object of a line.
func readLine(number int, line []byte, columns []Column) Row {
	row := Row{Number: number, Cells: map[string]Cell{}}
	wrong := func(f *fault.Fault) { row.Wrong = append(row.Wrong, f) }
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		wrong(ErrLine)
		return row
	}
	for d.More() {
		token, err := d.Token()
		key, _ := token.(string)
		var value any
		if err == nil {
			err = d.Decode(&value)
		}
		if err != nil {
			wrong(ErrLine)
			return row
		}
		column, known := named(columns, key)
		cell, ok := cellOf(value, column.Many)
		switch _, twice := row.Cells[column.Field]; {
		case !known:
			wrong(ErrKey.With("key", key))
		case twice:
			wrong(ErrTwice.With("key", key).At(column.Field))
		case !ok:
			wrong(ErrType.At(column.Field))
		default:
			row.Cells[column.Field] = cell
		}
	}
	if _, err := d.Token(); err != nil { // the closing brace
		wrong(ErrLine)
	} else if _, err := d.Token(); !errors.Is(err, io.EOF) {
		wrong(ErrLine)
	}
	return row
}

// cellOf makes a cell of a JSON value: a text, a number, true or false, nothing, or where several may stand a list of those. An object in
// a list is its values in the order of a property's: kind, number, stage.
func cellOf(value any, many bool) (Cell, bool) {
	if values, isList := value.([]any); isList {
		c := Cell{Items: []string{}}
		for _, v := range values {
			text, ok := scalar(v)
			if object, isObject := v.(map[string]any); isObject {
				text, ok = joined(object)
			}
			if !ok {
				return c, false
			}
			c.Items = append(c.Items, text)
		}
		return c, many
	}
	text, ok := scalar(value)
	return Cell{Text: trim(text)}, ok
}

func scalar(value any) (string, bool) {
	switch v := value.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

func joined(object map[string]any) (string, bool) {
	var parts []string
	for _, key := range []string{"kind", "number", "stage"} {
		text, ok := scalar(object[key])
		if !ok {
			return "", false
		}
		if text != "" {
			parts = append(parts, text)
		}
		delete(object, key)
	}
	return strings.Join(parts, " "), len(object) == 0
}
