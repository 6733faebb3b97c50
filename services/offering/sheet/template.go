package sheet

import (
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"
)

// The sheets of a template.
const (
	fillIn  = "填写"
	explain = "填表说明"
)

// Template writes a workbook to fill in: a header with drop-downs below it and two sample rows, and a sheet that explains the columns.
func Template(title string, columns []Column) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	t := template{f: f, rows: MaxRows}
	t.do(func() error { return f.SetSheetName("Sheet1", fillIn) })
	t.do(func() error { _, err := f.NewSheet(explain); return err })
	t.do(func() error {
		return f.SetDocProps(&excelize.DocProperties{Title: title, Creator: "揭榜平台", Language: "zh-CN"})
	})
	t.styles()
	for i, c := range columns {
		t.column(i+1, c)
	}
	t.do(func() error {
		return f.SetPanes(fillIn, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	})
	t.explain(title, columns)
	if t.err != nil {
		return nil, t.err
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// template is a workbook that is being written, until something fails.
type template struct {
	f                    *excelize.File
	header, sample, text int // styles
	above                int // rows above the header
	rows                 int // that may be filled in
	err                  error
}

func (t *template) do(step func() error) {
	if t.err == nil {
		t.err = step()
	}
}

func (t *template) styles() {
	border := []excelize.Border{}
	for _, side := range []string{"left", "right", "top", "bottom"} {
		border = append(border, excelize.Border{Type: side, Color: "BFBFBF", Style: 1})
	}
	for _, s := range []struct {
		id    *int
		style *excelize.Style
	}{
		{&t.header, &excelize.Style{Border: border, Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DDEBF7"}},
			Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center", WrapText: true}}},
		{&t.sample, &excelize.Style{Border: border, Font: &excelize.Font{Italic: true, Color: "808080"}, NumFmt: 49,
			Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}}},
		{&t.text, &excelize.Style{NumFmt: 49, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}}},
	} {
		t.do(func() (err error) { *s.id, err = t.f.NewStyle(s.style); return err })
	}
}

// column writes a column: its header, a drop-down if it has words, and its samples. All its cells are texts, so that a number such as 330182
// stays as it is typed.
func (t *template) column(n int, c Column) {
	name, err := excelize.ColumnNumberToName(n)
	t.do(func() error { return err })
	t.do(func() error { return t.f.SetColStyle(fillIn, name, t.text) })
	t.do(func() error {
		if c.Many || len(c.Samples[0]) > 60 {
			return t.f.SetColWidth(fillIn, name, name, 32)
		}
		return t.f.SetColWidth(fillIn, name, name, 16)
	})
	header := c.Header
	if c.Needed {
		header += "*"
	}
	for i, text := range append([]string{header}, c.Samples[:]...) {
		cell, style := fmt.Sprintf("%s%d", name, t.above+i+1), t.sample
		if i == 0 {
			style = t.header
		}
		t.do(func() error { return t.f.SetCellStr(fillIn, cell, text) })
		t.do(func() error { return t.f.SetCellStyle(fillIn, cell, cell, style) })
	}
	if len(c.Words) == 0 {
		return
	}
	v := excelize.NewDataValidation(true)
	v.Sqref = fmt.Sprintf("%s%d:%s%d", name, t.above+2, name, t.above+t.rows+3)
	v.SetInput(c.Header, c.Hint)
	if !c.Many {
		t.do(func() error { return v.SetDropList(names(c.Words)) })
	}
	t.do(func() error { return t.f.AddDataValidation(fillIn, v) })
}

func names(words []Word) []string {
	var list []string
	for _, w := range words {
		list = append(list, w.Name)
	}
	return list
}

// explain writes what each column is.
func (t *template) explain(title string, columns []Column) {
	lines := [][]string{
		{title},
		{fmt.Sprintf("在“%s”里每行填一项,一次至多 %d 行、1 MB。编号以“%s”开头的两行是示例,导入时跳过。带 * 的列新增时必填。", fillIn, t.rows, Sample)},
		{"同一编号再次导入就是修改;没有编号的按名称认。空单元格表示清空;整列删去则该项保持原样。多出的列不读。单元格请填数值,不要用公式。"},
		{"列", "API 字段", "必填", "怎样填", "可填的值"},
	}
	for _, c := range columns {
		needed := ""
		if c.Needed {
			needed = "是"
		}
		lines = append(lines, []string{c.Header, c.Field, needed, c.Hint, strings.Join(names(c.Words), "、")})
	}
	if t.above > 0 {
		lines[1][0] = fmt.Sprintf("在“%s”里每行填一项,一次至多 %d 行、2.4 MB。编号以“%s”开头的两行是示例,导入时跳过。带 * 的列必填。", fillIn, t.rows, Sample)
		lines[2][0] = "同一来源同一编号只登记一次:再次导入不会重复,已登记的内容改了会指出来而不会照改。多出的列不读。单元格请填数值,不要用公式。"
	}
	t.do(func() error { return t.f.SetColWidth(explain, "A", "B", 24) })
	t.do(func() error { return t.f.SetColWidth(explain, "D", "E", 60) })
	for i, cells := range lines {
		for j, text := range cells {
			cell, err := excelize.CoordinatesToCellName(j+1, i+1)
			t.do(func() error { return err })
			t.do(func() error { return t.f.SetCellStr(explain, cell, text) })
			if len(cells) > 1 {
				style := t.text
				if i == 3 {
					style = t.header
				}
				t.do(func() error { return t.f.SetCellStyle(explain, cell, cell, style) })
			}
		}
	}
}
