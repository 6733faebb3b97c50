package output

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/itchyny/gojq"
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// Encode returns the compact JSON of a message, with its default values. protojson varies its spaces on purpose; they are taken out.
func Encode(m proto.Message) ([]byte, error) {
	data, err := protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(m)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = json.Compact(&b, data)
	return b.Bytes(), err
}

func writeJSON(w io.Writer, data []byte) error {
	var b bytes.Buffer
	if err := json.Indent(&b, data, "", "  "); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err := w.Write(b.Bytes())
	return err
}

// runQuery prints each result on a line of its own: a text as it is, anything else as compact JSON.
func (p *Printer) runQuery(ctx context.Context, data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return err
	}
	for results := p.query.RunWithContext(ctx, value); ; {
		result, ok := results.Next()
		if !ok {
			return nil
		}
		if err, ok := result.(error); ok {
			return fmt.Errorf("--jq: %w", err)
		}
		line, ok := result.(string)
		if !ok {
			text, err := gojq.Marshal(result)
			if err != nil {
				return fmt.Errorf("--jq: %w", err)
			}
			line = string(text)
		}
		if _, err := fmt.Fprintln(p.w, p.safe(line)); err != nil {
			return err
		}
	}
}

// writeYAML reads JSON as the YAML that it is, which keeps the order of its keys, and prints it in block style.
func writeYAML(w io.Writer, data []byte) error {
	var node yaml.Node
	if err := yaml.Unmarshal(data, &node); err != nil {
		return err
	}
	blockStyle(&node)
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	if err := encoder.Encode(&node); err != nil {
		return err
	}
	return encoder.Close()
}

func blockStyle(node *yaml.Node) {
	node.Style = 0
	if len(node.Content) == 0 && (node.Kind == yaml.SequenceNode || node.Kind == yaml.MappingNode) {
		node.Style = yaml.FlowStyle
	}
	for _, n := range node.Content {
		blockStyle(n)
	}
}

// csv prints rows and keeps a spreadsheet from taking a cell for a formula.
func (p *Printer) csv(rows [][]string) error {
	c := csv.NewWriter(p.w)
	for _, row := range rows {
		guarded := make([]string, len(row))
		for i, cell := range row {
			guarded[i] = guard(p.safe(cell))
		}
		if err := c.Write(guarded); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// safe leaves a text as it is, unless it goes to a terminal.
func (p *Printer) safe(s string) string {
	if p.options.Terminal {
		return Clean(s)
	}
	return s
}

func guard(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
