package table

import (
	"fmt"

	"github.com/xuri/excelize/v2"
)

// The fonts of government tables (GB/T 9704): named, never embedded, since they are not free; a machine without them takes its own Song.
const (
	titleFont  = "方正小标宋简体"
	headerFont = "黑体"
	bodyFont   = "仿宋_GB2312"
)

const sheetName = "Sheet1"

// styles are the numbers of the cell styles in a workbook.
type styles struct{ title, unit, header, text, whole, money, day, sumText, sumWhole, sumMoney int }

// of is the style of a cell.
func (s styles) of(w wide) int {
	switch w.Kind {
	case Number:
		return s.whole
	case Amount:
		return s.money
	case Date:
		return s.day
	case Text, Instant:
	}
	return s.text
}

// sum is the style of a cell in the last row.
func (s styles) sum(w wide) int {
	switch {
	case w.Kind == Number && w.Total:
		return s.sumWhole
	case w.Kind == Amount:
		return s.sumMoney
	}
	return s.sumText
}

// frame is a workbook without its rows, until something fails.
type frame struct {
	f   *excelize.File
	err error
}

func (t *frame) do(step func() error) {
	if t.err == nil {
		t.err = step()
	}
}

// skeleton makes a workbook with everything but its rows.
func skeleton(a About, columns []wide) ([]byte, styles, error) {
	t := &frame{f: excelize.NewFile()}
	defer t.f.Close()
	s := t.styles()
	last := letters(len(columns) - 1)
	t.head(a, columns, s, last)
	t.page()
	t.do(func() error {
		return t.f.SetDocProps(&excelize.DocProperties{Title: a.Title, Creator: "揭榜平台", Description: sourceLine(a), Language: "zh-CN"})
	})
	if t.err != nil {
		return nil, s, t.err
	}
	b, err := t.f.WriteToBuffer()
	if err != nil {
		return nil, s, err
	}
	return b.Bytes(), s, nil
}

func (t *frame) styles() (s styles) {
	var thin []excelize.Border
	for _, side := range []string{"left", "right", "top", "bottom"} {
		thin = append(thin, excelize.Border{Type: side, Color: "000000", Style: 1})
	}
	amount, date := "#,##0.00", `yyyy"年"m"月"d"日"`
	body := func(bold bool) *excelize.Font { return &excelize.Font{Family: bodyFont, Size: 12, Bold: bold} }
	at := func(side string) *excelize.Alignment {
		return &excelize.Alignment{Horizontal: side, Vertical: "center", WrapText: side != "right"}
	}
	for _, n := range []struct {
		id    *int
		style *excelize.Style
	}{
		{&s.title, &excelize.Style{Font: &excelize.Font{Family: titleFont, Size: 22}, Alignment: at("center")}},
		{&s.unit, &excelize.Style{Font: body(false), Alignment: at("right")}},
		{&s.header, &excelize.Style{Font: &excelize.Font{Family: headerFont, Size: 12}, Border: thin, Alignment: at("center")}},
		{&s.text, &excelize.Style{Font: body(false), Border: thin, NumFmt: 49, Alignment: at("left")}},
		{&s.whole, &excelize.Style{Font: body(false), Border: thin, NumFmt: 1, Alignment: at("right")}},
		{&s.money, &excelize.Style{Font: body(false), Border: thin, CustomNumFmt: &amount, Alignment: at("right")}},
		{&s.day, &excelize.Style{Font: body(false), Border: thin, CustomNumFmt: &date, Alignment: at("center")}},
		{&s.sumText, &excelize.Style{Font: body(true), Border: thin, NumFmt: 49, Alignment: at("left")}},
		{&s.sumWhole, &excelize.Style{Font: body(true), Border: thin, NumFmt: 1, Alignment: at("right")}},
		{&s.sumMoney, &excelize.Style{Font: body(true), Border: thin, CustomNumFmt: &amount, Alignment: at("right")}},
	} {
		t.do(func() (err error) { *n.id, err = t.f.NewStyle(n.style); return err })
	}
	return s
}

// head writes the three lines above the rows: the title, the unit with where the table comes from, the header.
func (t *frame) head(a About, columns []wide, s styles, last string) {
	for row, line := range []struct {
		text  string
		style int
	}{{a.Title, s.title}, {sourceLine(a) + "　　单位:万元", s.unit}} {
		from, to := fmt.Sprintf("A%d", row+1), fmt.Sprintf("%s%d", last, row+1)
		t.do(func() error { return t.f.MergeCell(sheetName, from, to) })
		t.do(func() error { return t.f.SetCellStr(sheetName, from, line.text) })
		t.do(func() error { return t.f.SetCellStyle(sheetName, from, to, line.style) })
	}
	t.do(func() error { return t.f.SetRowHeight(sheetName, 1, 36) })
	for i, c := range columns {
		cell := letters(i) + "3"
		t.do(func() error { return t.f.SetCellStr(sheetName, cell, c.Header) })
		t.do(func() error { return t.f.SetCellStyle(sheetName, cell, cell, s.header) })
		t.do(func() error {
			if c.Broad {
				return t.f.SetColWidth(sheetName, letters(i), letters(i), 36)
			}
			return t.f.SetColWidth(sheetName, letters(i), letters(i), 18)
		})
	}
	t.do(func() error {
		return t.f.SetPanes(sheetName, &excelize.Panes{Freeze: true, YSplit: firstRow - 1, TopLeftCell: fmt.Sprintf("A%d", firstRow), ActivePane: "bottomLeft"})
	})
}

// page makes the sheet print on A4, across, one page wide, its header and the number of the page on each.
func (t *frame) page() {
	a4, landscape, one, none, yes := 9, "landscape", 1, 0, true
	t.do(func() error {
		return t.f.SetPageLayout(sheetName, &excelize.PageLayoutOptions{Size: &a4, Orientation: &landscape, FitToWidth: &one, FitToHeight: &none})
	})
	t.do(func() error { return t.f.SetSheetProps(sheetName, &excelize.SheetPropsOptions{FitToPage: &yes}) })
	t.do(func() error {
		return t.f.SetHeaderFooter(sheetName, &excelize.HeaderFooterOptions{OddFooter: "&C第 &P 页 共 &N 页"})
	})
	t.do(func() error {
		return t.f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("%s!$1:$%d", sheetName, firstRow-1), Scope: sheetName})
	})
}
