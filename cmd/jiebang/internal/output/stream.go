package output

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
)

// Stream prints a list page by page. JSON, YAML, CSV and names leave at once; a table waits for the end, because its columns are as wide as
// their widest cell, and so does an expression, because it sees the whole array.
type Stream[T Resource] struct {
	p       *Printer
	columns []Column[T]
	items   int
	grid    Grid
	array   bytes.Buffer
}

// NewStream begins a list.
func NewStream[T Resource](p *Printer, columns []Column[T]) *Stream[T] {
	return &Stream[T]{p: p, columns: columns, grid: Rows(columns, nil, p.view())}
}

// Add prints a page.
func (s *Stream[T]) Add(page []T) error {
	for _, item := range page {
		if err := s.add(item); err != nil {
			return err
		}
		s.items++
	}
	return nil
}

func (s *Stream[T]) add(item T) error {
	switch s.p.options.Format {
	case Table:
		s.grid.Rows = append(s.grid.Rows, cells(s.columns, item, s.p.view()))
		return nil
	case CSV:
		v := View{CSV: true}
		rows := [][]string{cells(s.columns, item, v)}
		if s.items == 0 {
			rows = append([][]string{titles(s.columns, v)}, rows...)
		}
		return s.p.csv(rows)
	case Name:
		_, err := fmt.Fprintln(s.p.w, item.GetName())
		return err
	}
	data, err := Encode(item)
	if err != nil {
		return err
	}
	if s.p.options.Format == YAML {
		return writeYAML(s.p.w, fmt.Appendf(nil, "[%s]", data))
	}
	return s.element(data)
}

// element prints an element of the JSON array, or keeps it for the expression.
func (s *Stream[T]) element(data []byte) error {
	before := ",\n  "
	if s.items == 0 {
		before = "[\n  "
	}
	if s.p.query != nil {
		s.array.WriteString(before)
		s.array.Write(data)
		return nil
	}
	var b bytes.Buffer
	b.WriteString(before)
	if err := json.Indent(&b, data, "  ", "  "); err != nil {
		return err
	}
	_, err := s.p.w.Write(b.Bytes())
	return err
}

// Close prints what is left. A list that breaks off is not closed, so that its JSON does not look whole.
func (s *Stream[T]) Close(ctx context.Context) error {
	switch s.p.options.Format {
	case Table:
		return (&Text{s.p}).Grid(s.grid)
	case CSV:
		if s.items == 0 {
			return s.p.csv([][]string{titles(s.columns, View{CSV: true})})
		}
		return nil
	case Name:
		return nil
	case YAML:
		if s.items > 0 {
			return nil
		}
	}
	end := "\n]"
	if s.items == 0 {
		end = "[]"
	}
	if s.p.query != nil {
		s.array.WriteString(end)
		return s.p.runQuery(ctx, s.array.Bytes())
	}
	_, err := fmt.Fprintln(s.p.w, end)
	return err
}
