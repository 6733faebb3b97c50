package wording

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"strings"
)

// kind is what a block of a text is.
type kind string

// The kinds, as a page calls them.
const (
	title     kind = "h1"
	heading   kind = "h2"
	paragraph kind = "p"
	table     kind = "table"
)

// block is a part of a text that stands by itself.
type block struct {
	kind kind
	text string
	rows [][]string // of a table, its header first
}

// read reads the lines of a template: `# ` and `## ` begin headings, `|` a row of a table, and anything else is a paragraph.
func read(text string) (blocks []block) {
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case strings.HasPrefix(line, "# "):
			blocks = append(blocks, block{kind: title, text: plain(line[2:])})
		case strings.HasPrefix(line, "## "):
			blocks = append(blocks, block{kind: heading, text: plain(line[3:])})
		case strings.HasPrefix(line, "|"):
			if len(blocks) == 0 || blocks[len(blocks)-1].kind != table {
				blocks = append(blocks, block{kind: table})
			}
			last := &blocks[len(blocks)-1]
			last.rows = append(last.rows, cells(line))
		default:
			blocks = append(blocks, block{kind: paragraph, text: plain(line)})
		}
	}
	return blocks
}

// cells are the cells of a row; a bar after a backslash is none of its bars.
func cells(line string) (cells []string) {
	start := 1
	for i := 1; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '|':
			cells = append(cells, plain(strings.TrimSpace(line[start:i])))
			start = i + 1
		}
	}
	return cells
}

// plain takes back what Words had to do to stay in their place.
func plain(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

const head = `<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"/><title>%s</title><style>
@page { size: A4; margin: 25mm 22mm; @bottom-center { content: counter(page) " / " counter(pages); } }
body { font-family: "FangSong", "STFangsong", "Noto Serif CJK SC", serif; font-size: 12pt; line-height: 1.7; max-width: 166mm; margin: 0 auto; }
h1 { font-size: 20pt; text-align: center; margin: 1em 0; } h2 { font-size: 12pt; font-family: "SimHei", "Noto Sans CJK SC", sans-serif; margin: 1em 0 0; break-after: avoid; }
p { margin: 0; text-indent: 2em; overflow-wrap: anywhere; } table { border-collapse: collapse; width: 100%%; margin: .6em 0; }
th, td { border: 1px solid; padding: .2em .5em; text-align: left; overflow-wrap: anywhere; } tr { break-inside: avoid; }
</style></head><body>
`

// page writes blocks as a page, which is XML too, so that unpage reads it with what the standard library has.
func page(blocks []block) []byte {
	name := ""
	var body strings.Builder
	for _, b := range blocks {
		switch b.kind {
		case table:
			body.WriteString("<table>")
			for i, row := range b.rows {
				cell := "td"
				if i == 0 {
					cell = "th"
				}
				body.WriteString("<tr>")
				for _, text := range row {
					fmt.Fprintf(&body, "<%s>%s</%s>", cell, html.EscapeString(text), cell)
				}
				body.WriteString("</tr>")
			}
			body.WriteString("</table>\n")
		default:
			if b.kind == title && name == "" {
				name = b.text
			}
			fmt.Fprintf(&body, "<%s>%s</%s>\n", b.kind, html.EscapeString(b.text), b.kind)
		}
	}
	return fmt.Appendf(nil, head+"%s</body></html>\n", html.EscapeString(name), body.String())
}

// errPage is of a page that page has not written.
var errPage = errors.New("not a page of a contract")

// unpage reads what page writes.
func unpage(content []byte) (blocks []block, err error) {
	d := xml.NewDecoder(bytes.NewReader(content))
	for inBody := false; ; {
		token, err := d.Token()
		if err == io.EOF {
			return blocks, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch name := t.Name.Local; name {
			case "body":
				inBody = true
			case string(title), string(heading), string(paragraph), string(table):
				blocks = append(blocks, block{kind: kind(name)})
			case "tr", "th", "td":
				if err := open(blocks, name); err != nil {
					return nil, err
				}
			}
		case xml.CharData:
			if inBody && len(blocks) > 0 {
				write(&blocks[len(blocks)-1], string(t))
			}
		}
	}
}

// open begins a row or a cell of the last block.
func open(blocks []block, element string) error {
	if len(blocks) == 0 || blocks[len(blocks)-1].kind != table {
		return errPage
	}
	last := &blocks[len(blocks)-1]
	if element == "tr" {
		last.rows = append(last.rows, nil)
		return nil
	}
	if len(last.rows) == 0 {
		return errPage
	}
	row := &last.rows[len(last.rows)-1]
	*row = append(*row, "")
	return nil
}

// write adds text where it stands. Between the elements there are only the ends of lines.
func write(b *block, text string) {
	if b.kind != table {
		b.text += strings.TrimSuffix(text, "\n")
		return
	}
	if len(b.rows) > 0 && len(b.rows[len(b.rows)-1]) > 0 && text != "\n" {
		row := b.rows[len(b.rows)-1]
		row[len(row)-1] += text
	}
}
