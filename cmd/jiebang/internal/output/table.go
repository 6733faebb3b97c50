package output

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Text writes the tables of a document.
type Text struct{ p *Printer }

// Printf writes a line of text.
func (t *Text) Printf(format string, args ...any) error {
	_, err := fmt.Fprintf(t.p.w, format+"\n", args...)
	return err
}

// Pairs writes labels and their values below each other.
func (t *Text) Pairs(pairs [][]string) error {
	w := t.p.newTable()
	label := 0
	for _, pair := range pairs {
		w.AppendRow(row(pair))
		label = max(label, text.StringWidth(pair[0]))
	}
	if rest := t.p.options.Width - label - gap; t.p.options.Terminal && rest > 20 {
		w.SetColumnConfigs([]table.ColumnConfig{{Number: 2, WidthMax: rest, WidthMaxEnforcer: text.WrapHard}})
	}
	return render(t.p.w, w)
}

// Grid is a table with a header.
type Grid struct {
	Header []string
	Rows   [][]string
	Right  []bool // which columns are aligned right
	Flex   []bool // which columns give way on a narrow terminal
}

// Rows makes the table of items.
func Rows[T any](columns []Column[T], items []T, v View) Grid {
	g := Grid{Header: titles(columns, v)}
	for _, c := range columns {
		if !c.Detail {
			g.Right = append(g.Right, c.Right || c.Amount != nil)
			g.Flex = append(g.Flex, c.Flex)
		}
	}
	for _, item := range items {
		g.Rows = append(g.Rows, cells(columns, item, v))
	}
	return g
}

// gap is the space between two columns.
const gap = 2

// Grid writes a table.
func (t *Text) Grid(g Grid) error {
	w := t.p.newTable()
	if t.p.options.Color {
		w.Style().Color.Header = text.Colors{text.Bold}
	}
	w.AppendHeader(row(g.Header))
	for _, cells := range g.Rows {
		for i := range cells {
			cells[i] = strings.ReplaceAll(cells[i], "\n", " ")
		}
		w.AppendRow(row(cells))
	}
	limits := g.limits(t.p.options)
	configs := make([]table.ColumnConfig, len(g.Header))
	for i := range g.Header {
		configs[i] = table.ColumnConfig{Number: i + 1, WidthMax: limits[i], WidthMaxEnforcer: snip}
		if i < len(g.Right) && g.Right[i] {
			configs[i].Align, configs[i].AlignHeader = text.AlignRight, text.AlignRight
		}
	}
	w.SetColumnConfigs(configs)
	return render(t.p.w, w)
}

// limits says how wide the flexible columns may be so that a row fits a terminal; 0 is as wide as it needs.
func (g Grid) limits(o Options) []int {
	const least = 12
	limits := make([]int, len(g.Header))
	if !o.Terminal || o.Width <= 0 {
		return limits
	}
	widths := make([]int, len(g.Header))
	total := 0
	for i, title := range g.Header {
		widths[i] = text.StringWidth(title)
		for _, cells := range g.Rows {
			widths[i] = max(widths[i], text.StringWidth(Clean(cells[i])))
		}
		total += widths[i] + gap
	}
	for i := range g.Flex {
		if over := total - gap - o.Width; g.Flex[i] && over > 0 {
			limits[i] = max(min(widths[i], least), widths[i]-over)
			total -= widths[i] - limits[i]
		}
	}
	return limits
}

// snip cuts with two dots: an ellipsis is one column wide in some terminals and two in others.
func snip(s string, width int) string { return text.Snip(s, width, "..") }

// newTable makes a table without borders: boxes and ambiguous signs have other widths in other locales.
func (p *Printer) newTable() table.Writer {
	w := table.NewWriter()
	w.SetStyle(table.Style{
		Name:    "jiebang",
		Box:     table.BoxStyle{PaddingRight: strings.Repeat(" ", gap)},
		Format:  table.FormatOptions{Header: text.FormatDefault, Row: text.FormatDefault},
		Options: table.OptionsNoBordersAndSeparators,
	})
	w.SuppressTrailingSpaces()
	return w
}

func row(cells []string) table.Row {
	r := make(table.Row, len(cells))
	for i, cell := range cells {
		r[i] = Clean(cell)
	}
	return r
}

func render(out io.Writer, w table.Writer) error {
	if w.Length() == 0 {
		return nil
	}
	_, err := fmt.Fprintln(out, w.Render())
	return err
}

// Raw writes a text as it is.
func (t *Text) Raw(s string) error {
	_, err := io.WriteString(t.p.w, s)
	return err
}
