package searching

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// How much of a text is shown around what was found in it, in characters.
const before, longest = 8, 32

// marked writes parts of a text with what was found between « and », which every terminal shows, every copy keeps, and Chinese texts do not use.
func marked(parts []*jiebangv1.Fragment_Part) string {
	var b strings.Builder
	for i, p := range parts {
		if p.GetFound() && (i == 0 || !parts[i-1].GetFound()) {
			b.WriteString("«")
		}
		b.WriteString(p.GetText())
		if p.GetFound() && (i == len(parts)-1 || !parts[i+1].GetFound()) {
			b.WriteString("»")
		}
	}
	return b.String()
}

// excerpt is marked, from a little before the first thing found on, and no longer than fits a line.
func excerpt(parts []*jiebangv1.Fragment_Part) string {
	text := marked(parts)
	if at := strings.Index(text, "«"); at > 0 {
		lead := []rune(text[:at])
		if cut := len(lead) - before; cut > 0 {
			text = ".." + string(lead[cut:]) + text[at:]
		}
	}
	if runes := []rune(text); len(runes) > longest {
		text = strings.TrimSuffix(string(runes[:longest]), "«")
		if strings.LastIndex(text, "«") > strings.LastIndex(text, "»") {
			text += "»"
		}
		text += ".."
	}
	return text
}

// highlight marks the titles, the first column of a table, and adds below each a line of what was found elsewhere.
func highlight(g output.Grid, snippets []*jiebangv1.Snippet) output.Grid {
	rows := g.Rows
	g.Rows = nil
	for i, row := range rows {
		more := ""
		if i < len(snippets) {
			for _, f := range snippets[i].GetFragments() {
				switch {
				case written(f) == row[0]:
					row[0] = marked(f.GetParts())
				case more == "":
					more = excerpt(f.GetParts())
				}
			}
		}
		g.Rows = append(g.Rows, row)
		if more != "" {
			below := make([]string, len(row))
			below[0] = "  " + more
			g.Rows, g.Flex[0] = append(g.Rows, below), false // what was found must not be cut away
		}
	}
	return g
}

// written is a fragment as it was written.
func written(f *jiebangv1.Fragment) string {
	var b strings.Builder
	for _, p := range f.GetParts() {
		b.WriteString(p.GetText())
	}
	return b.String()
}

// facet is an attribute that can be counted.
type facet struct {
	name    string
	chinese string
	values  protoreflect.Enum // any value of its enumeration, if it has one
}

// value names a value of the attribute for people.
func (f facet) value(v string) string {
	if f.values != nil {
		if e := f.values.Descriptor().Values().ByName(protoreflect.Name(v)); e != nil {
			for _, c := range input.Codes(f.values) {
				if c.Number == e.Number() {
					return c.Chinese
				}
			}
		}
	}
	return v
}

// counts writes the counts that were asked for, one attribute a line.
func counts(w *output.Text, known []facet, counted []*jiebangv1.Facet) error {
	var pairs [][]string
	for _, c := range counted {
		for _, f := range known {
			if f.name != c.GetAttribute() || len(c.GetValues()) == 0 {
				continue
			}
			var values []string
			for _, v := range c.GetValues() {
				values = append(values, fmt.Sprintf("%s %d", f.value(v.GetValue()), v.GetCount()))
			}
			pairs = append(pairs, []string{f.chinese, strings.Join(values, "、")})
		}
	}
	if len(pairs) == 0 {
		return nil
	}
	if err := w.Printf(""); err != nil {
		return err
	}
	return w.Pairs(pairs)
}
