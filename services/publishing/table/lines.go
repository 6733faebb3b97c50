package table

import (
	"bufio"
	"encoding/json"
	"io"
	"time"
)

// lines writes one JSON object a line: first what the table is, then the rows. The keys stand in the order of the columns, what is absent is left out, amounts
// are whole fen, instants are UTC with six decimals: equal rows are equal bytes.
type lines struct {
	out     *bufio.Writer
	columns []Column
	keys    []string // encoded, with the colon
	buffer  []byte
}

func newLines(w io.Writer, a About, columns []Column) (*lines, error) {
	t := &lines{out: bufio.NewWriterSize(w, 64<<10), columns: columns}
	for _, c := range columns {
		key := c.Key
		if c.Kind == Amount {
			key += "_fen"
		}
		t.keys = append(t.keys, `"`+key+`":`)
	}
	head := struct {
		Table      string `json:"table"`
		Ledger     string `json:"ledger"`
		AsOf       int64  `json:"as_of"`
		Definition string `json:"definition"`
		Time       string `json:"time"`
	}{a.Table, a.Ledger, a.AsOf, a.Definition, a.Time.In(a.Zone).Format("2006-01-02T15:04:05.000000-07:00")}
	line, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	_, err = t.out.Write(append(line, '\n'))
	return t, err
}

// instants is how instants stand in a line.
const instants = "2006-01-02T15:04:05.000000Z"

// Row implements Writer.
func (t *lines) Row(cells []Cell) error {
	b := append(t.buffer[:0], '{')
	for i, c := range cells {
		if !c.There {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		var value any = c.Text
		switch t.columns[i].Kind {
		case Number, Amount:
			value = c.Number
		case Date:
			value = c.Time.Format(time.DateOnly)
		case Instant:
			value = c.Time.UTC().Format(instants)
		case Text:
		}
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		b = append(append(b, t.keys[i]...), text...)
	}
	t.buffer = append(b, '}', '\n')
	_, err := t.out.Write(t.buffer)
	return err
}

// Close implements Writer.
func (t *lines) Close() error { return t.out.Flush() }
