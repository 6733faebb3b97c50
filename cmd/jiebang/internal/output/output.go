// Package output prints data on stdout in the form that the caller chose.
//
//   - Amounts are exact, but for the 万元 of a list's table, which is rounded to 100 yuan; the detail view adds the exact yuan.
//   - JSON has every field, in the order of the API, so that a script may rely on it; an absent amount is absent, not 0.
//   - Text of others never reaches a terminal with its control characters.
package output

import (
	"context"
	"fmt"
	"io"

	"github.com/itchyny/gojq"
	"google.golang.org/protobuf/proto"
)

// Format is a form of output.
type Format string

// The formats.
const (
	Table Format = "table"
	JSON  Format = "json"
	YAML  Format = "yaml"
	CSV   Format = "csv"
	Name  Format = "name"
)

// Formats lists the formats as the help and the completion show them.
func Formats() []string {
	return []string{string(Table), string(JSON), string(YAML), string(CSV), string(Name)}
}

// Options says how to print.
type Options struct {
	Format   Format
	JQ       string // an expression over the JSON; implies JSON
	Unit     string // wan or yuan; wan unless given
	Terminal bool   // stdout is a terminal: long cells give way to its width
	Width    int    // columns of the terminal, 0 if not known
	Color    bool   // bold headers
}

// Printer prints data in one form.
type Printer struct {
	w       io.Writer
	options Options
	query   *gojq.Code
}

// New checks the options, so that a wrong one is refused before anything is asked of a server.
func New(w io.Writer, o Options) (*Printer, error) {
	p := &Printer{w: w, options: o}
	switch o.Unit {
	case "", "wan", "yuan":
	default:
		return nil, fmt.Errorf("--unit 只能是 wan 或 yuan,不能是 %q", o.Unit)
	}
	if o.JQ != "" {
		if o.Format != "" && o.Format != JSON {
			return nil, fmt.Errorf("--jq 只用于 JSON,不能与 -o %s 同用", o.Format)
		}
		query, err := gojq.Parse(o.JQ)
		if err != nil {
			return nil, fmt.Errorf("--jq 表达式有误: %w", err)
		}
		if p.query, err = gojq.Compile(query); err != nil {
			return nil, fmt.Errorf("--jq 表达式有误: %w", err)
		}
		p.options.Format = JSON
	}
	switch p.options.Format {
	case "":
		p.options.Format = Table
	case Table, JSON, YAML, CSV, Name:
	default:
		return nil, fmt.Errorf("-o 只能是 table、json、yaml、csv 或 name,不能是 %q", o.Format)
	}
	return p, nil
}

// Resource is a message of the API that has a name.
type Resource interface {
	proto.Message
	GetName() string
}

// Document is data that is not a plain resource, in each form that it can be printed in.
type Document struct {
	JSON   []byte                  // for json, yaml and --jq
	Name   string                  // for name
	Header []string                // for csv
	Rows   [][]string              // for csv
	Text   func(*Text, View) error // for table
}

// Document prints d.
func (p *Printer) Document(ctx context.Context, d Document) error {
	switch p.options.Format {
	case JSON:
		return p.json(ctx, d.JSON)
	case YAML:
		return writeYAML(p.w, d.JSON)
	case CSV:
		return p.csv(append([][]string{d.Header}, d.Rows...))
	case Name:
		if d.Name == "" {
			return nil
		}
		_, err := fmt.Fprintln(p.w, d.Name)
		return err
	}
	return d.Text(&Text{p}, p.view())
}

// One prints one resource: in a table its columns below each other, the details too.
func One[T Resource](ctx context.Context, p *Printer, columns []Column[T], item T) error {
	data, err := Encode(item)
	if err != nil {
		return err
	}
	csv := View{CSV: true}
	return p.Document(ctx, Document{
		JSON: data, Name: item.GetName(),
		Header: titles(columns, csv), Rows: [][]string{cells(columns, item, csv)},
		Text: func(t *Text, v View) error {
			v.Detail = true
			var pairs [][]string
			for _, c := range columns {
				if text := c.text(item, v); text != "" {
					pairs = append(pairs, []string{c.title(v), text})
				}
			}
			return t.Pairs(pairs)
		},
	})
}

// json prints a JSON text, or what the expression makes of it.
func (p *Printer) json(ctx context.Context, data []byte) error {
	if p.query != nil {
		return p.runQuery(ctx, data)
	}
	return writeJSON(p.w, data)
}

func (p *Printer) view() View { return View{Yuan: p.options.Unit == "yuan"} }
