package sheet

import (
	"fmt"

	"github.com/xuri/excelize/v2"
)

// headRows are the rows above the columns of a form: its title and its unit.
const headRows = 2

// Form writes a workbook to fill in as offices print their tables: a title over all columns, the unit at the right, a header that repeats on each page, drop-downs and
// two samples below it, A4 across, and a sheet that explains the columns.
func Form(title, unit string, columns []Column) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	t := template{f: f, above: headRows, rows: Long.rows}
	t.do(func() error { return f.SetSheetName("Sheet1", fillIn) })
	t.do(func() error { _, err := f.NewSheet(explain); return err })
	t.do(func() error {
		return f.SetDocProps(&excelize.DocProperties{Title: title, Creator: "揭榜平台", Language: "zh-CN"})
	})
	t.styles()
	for i, c := range columns {
		t.column(i+1, c)
	}
	last, err := excelize.ColumnNumberToName(len(columns))
	t.do(func() error { return err })
	t.head(title, unit, last)
	t.print()
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

// head writes the title and the unit.
func (t *template) head(title, unit, last string) {
	for row, h := range []struct {
		text  string
		style *excelize.Style
	}{
		{title, &excelize.Style{Font: &excelize.Font{Family: "方正小标宋简体", Size: 22}, Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center"}}},
		{unit, &excelize.Style{Font: &excelize.Font{Family: "仿宋_GB2312", Size: 12}, Alignment: &excelize.Alignment{Horizontal: "right", Vertical: "center"}}},
	} {
		first, end := fmt.Sprintf("A%d", row+1), fmt.Sprintf("%s%d", last, row+1)
		t.do(func() error { return t.f.MergeCell(fillIn, first, end) })
		t.do(func() error { return t.f.SetCellStr(fillIn, first, h.text) })
		t.do(func() error {
			style, err := t.f.NewStyle(h.style)
			if err != nil {
				return err
			}
			return t.f.SetCellStyle(fillIn, first, end, style)
		})
	}
	t.do(func() error { return t.f.SetRowHeight(fillIn, 1, 36) })
	t.do(func() error { return t.f.SetRowHeight(fillIn, headRows+1, 32) })
}

// print sets how the sheet is printed: A4 across, as wide as a page, with the header on each and its number below.
func (t *template) print() {
	below := fmt.Sprintf("A%d", headRows+2)
	t.do(func() error {
		return t.f.SetPanes(fillIn, &excelize.Panes{Freeze: true, YSplit: headRows + 1, TopLeftCell: below, ActivePane: "bottomLeft"})
	})
	size, across, wide, high := 9, "landscape", 1, 0
	fit := true
	t.do(func() error { return t.f.SetSheetProps(fillIn, &excelize.SheetPropsOptions{FitToPage: &fit}) })
	t.do(func() error {
		return t.f.SetPageLayout(fillIn, &excelize.PageLayoutOptions{Size: &size, Orientation: &across, FitToWidth: &wide, FitToHeight: &high})
	})
	t.do(func() error {
		return t.f.SetHeaderFooter(fillIn, &excelize.HeaderFooterOptions{OddFooter: "&C第&P页 共&N页"})
	})
	t.do(func() error {
		return t.f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("%s!$%d:$%d", fillIn, 1, headRows+1), Scope: fillIn})
	})
}
