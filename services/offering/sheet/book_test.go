package sheet_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/jiebang/jiebang/services/offering/sheet"
)

func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestWorkbooks reads workbooks as people keep them.
func TestWorkbooks(t *testing.T) {
	formula := func(f *excelize.File) { must(t, f.SetCellFormula("Sheet1", "B2", `CONCATENATE("甲","乙")`)) }
	for _, test := range []struct {
		name  string
		book  []byte
		rows  []string
		notes []string
	}{
		{"plain", workbook(t, [][]any{header, {"1", "甲", "新材料", "a、b", 41.8}, {2, " 乙　", nil, nil, "面议"}}),
			[]string{`2 external_id="1" title="甲" field="新材料" keywords="a、b" asking_price="41.8"`, `3 external_id="2" title="乙" field="" keywords="" asking_price="面议"`}, nil},
		{"numbers that a computer cannot write", workbook(t, [][]any{{"名称", "期望价格(万元)"}, {"甲", 4.1 - 0.3}, {"乙", 0.1 + 0.2}, {"丙", 1e6}}),
			[]string{`2 title="甲" asking_price="3.8"`, `3 title="乙" asking_price="0.3"`, `4 title="丙" asking_price="1000000"`}, nil},
		{"a title above, blank rows, columns of its own, in another order", workbook(t, [][]any{{"某大学科技成果汇总表"}, {}, {"负责人", "期望价格（万元）", " 名 称* "}, {}, {"张三", nil, "甲"}, {}, {"李四", "5"}},
			func(f *excelize.File) { must(t, f.MergeCell("Sheet1", "A1", "C1")) }),
			[]string{`5 title="甲" asking_price=""`, `7 title="" asking_price="5"`}, []string{"未读的列: 负责人"}},
		{"a header of two rows", workbook(t, [][]any{{"编号", "成果名称", "期望价格(万元)", "价格"}, {nil, nil, "转让的"}, {"1", "甲", "5"}},
			func(f *excelize.File) {
				must(t, f.MergeCell("Sheet1", "A1", "A2"), f.MergeCell("Sheet1", "B1", "B2"))
			}),
			[]string{`3 external_id="1" title="甲" asking_price="5"`}, []string{"未读的列: 价格"}},
		{"a formula, also one without a value", workbook(t, [][]any{header, {"1", "x"}, {"2", "#N/A"}}, formula),
			[]string{`2 external_id="1" field="" keywords="" asking_price="" !CELL_FORMULA title`, `3 external_id="2" field="" keywords="" asking_price="" !CELL_FORMULA title`}, nil},
		{"samples", workbook(t, [][]any{header, {"示例1", "甲"}, {"1", "乙"}, {"示例2", "丙"}}), []string{`3 external_id="1" title="乙" field="" keywords="" asking_price=""`}, []string{"跳过 2 行示例"}},
		{"hidden sheets and one without a header before", workbook(t, [][]any{{"说明"}}, func(f *excelize.File) {
			for _, name := range []string{"藏", "表"} {
				_, err := f.NewSheet(name)
				must(t, err, f.SetSheetRow(name, "A1", &[]any{"名称"}), f.SetSheetRow(name, "A2", &[]any{name + "中的"}))
			}
			must(t, f.SetSheetVisible("藏", false))
		}), []string{`2 title="表中的"`}, nil},
		{"escapes", workbook(t, [][]any{{"名称"}, {"甲&<乙>\"丙\""}, {"一行\r\n二行"}}), []string{`2 title="甲&<乙>\"丙\""`, `3 title="一行\n二行"`}, nil},
	} {
		table, err := sheet.ReadWorkbook(test.book, columns)
		wantRows(t, test.name, table, err, test.rows...)
		if err == nil {
			if fmt.Sprint(table.Notes) != fmt.Sprint(test.notes) {
				t.Errorf("%s: got notes %q, want %q", test.name, table.Notes, test.notes)
			}
			table.Close()
		}
	}
}

// endless repeats a text, n times, between two others.
func endless(before, text string, n int, after string) io.Reader {
	return io.MultiReader(strings.NewReader(before), strings.NewReader(strings.Repeat(text, n)), strings.NewReader(after))
}

// TestBadWorkbooks reads what is no workbook, what is broken, and what would cost too much to read.
func TestBadWorkbooks(t *testing.T) {
	const sheetXML, head, foot = "xl/worksheets/sheet1.xml", `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`, `</sheetData></worksheet>`
	good := workbook(t, [][]any{header, {"1", "甲"}})
	part := func(content io.Reader) []byte { return replaced(t, good, sheetXML, content) }
	shared := replaced(t, good, "xl/sharedStrings.xml", endless(`<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>名称</t></si><si><r><rPr><sz val="9"/></rPr><t>`,
		strings.Repeat("x", 100), 1200, `</t></r></si></sst>`))
	repeated := replaced(t, shared, sheetXML, endless(head+`<row r="1"><c r="A1" t="s"><v>0</v></c></row>`, `<row><c t="s"><v>1</v></c></row>`, 200, foot))
	most := [][]any{{"名称"}}
	for i := range sheet.MaxRows {
		most = append(most, []any{fmt.Sprint("成果", i)})
	}
	if table, err := sheet.ReadWorkbook(workbook(t, most), columns); err != nil || len(table.Rows) != sheet.MaxRows {
		t.Errorf("%d rows: got %v", sheet.MaxRows, err)
	}
	for _, test := range []struct {
		name         string
		book         []byte
		reason, rule string
	}{
		{"nothing", nil, "IMPORT_UNREADABLE", "file.no_workbook"}, {"a text", []byte("编号,成果名称"), "IMPORT_UNREADABLE", "file.no_workbook"},
		{"an old workbook", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more"), "IMPORT_UNREADABLE", "file.old"}, {"cut", good[:len(good)/2], "IMPORT_UNREADABLE", "file.no_workbook"},
		{"another zip", otherZip(t), "IMPORT_UNREADABLE", "file.broken"},
		{"broken XML", part(strings.NewReader("<worksheet><sheetData><row r=")), "IMPORT_UNREADABLE", "file.broken"},
		{"a flipped byte", flipped(good), "IMPORT_UNREADABLE", "file.broken"},
		{"an empty sheet", workbook(t, nil), "IMPORT_HEADER", "header.none"}, {"no header", workbook(t, [][]any{{"1", "甲"}}), "IMPORT_HEADER", "header.none"},
		{"no key among the headers", workbook(t, [][]any{{"关键词", "技术领域"}, {"a", "b"}}), "IMPORT_HEADER", "header.none"},
		{"a header below the tenth row", workbook(t, append(make([][]any, 10), header, []any{"1", "甲"})), "IMPORT_HEADER", "header.none"},
		{"a column twice", workbook(t, [][]any{{"名称", "成果名称"}, {"甲", "乙"}}), "IMPORT_HEADER", "header.twice"},
		{"a header alone", workbook(t, [][]any{header, {}, {" "}}), "IMPORT_EMPTY", ""},
		{"one row more", workbook(t, append(most, []any{"甲"})), "IMPORT_TOO_LARGE", "file.rows"},
		{"1,000,000 blank rows with a format", part(endless(head, `<row s="1" customFormat="1"/>`, 500_000, foot)), "IMPORT_TOO_LARGE", "file.last_row"},
		{"a cell in the last row", part(endless(head, `<row r="1048576"><c r="A1048576"><v>1</v></c></row>`, 1, foot)), "IMPORT_TOO_LARGE", "file.last_row"},
		{"the same row for ever", part(endless(head, `<row r="1"/>`, 6000, foot)), "IMPORT_TOO_LARGE", "file.last_row"},
		{"a cell in the last column", part(endless(head, `<row r="1"><c r="XFD1"><v>1</v></c></row>`, 1, foot)), "IMPORT_TOO_LARGE", "file.last_column"},
		{"101 cells without a place", part(endless(head+`<row>`, `<c><v>1</v></c>`, 101, `</row>`+foot)), "IMPORT_TOO_LARGE", "file.last_column"},
		{"a million elements", part(endless(head, `<x/>`, 1_000_000, foot)), "IMPORT_TOO_LARGE", "file.elements"},
		{"too many merged cells", part(endless(head+"</sheetData><mergeCells>", `<mergeCell ref="A1:B1"/>`, 1001, "</mergeCells></worksheet>")), "IMPORT_TOO_LARGE", "file.merged"},
		{"a bomb of 20 MiB", part(endless(head, strings.Repeat(" ", 1<<20), 20, foot)), "IMPORT_TOO_LARGE", "file.unzipped"},
		{"a text of 200 KiB", part(endless(head+`<row><c t="inlineStr"><is><t>`, strings.Repeat("x", 1<<10), 200, `</t></is></c></row>`+foot)), "IMPORT_TOO_LARGE", "file.text"},
		{"one long text in many cells", repeated, "IMPORT_TOO_LARGE", "file.texts"},
	} {
		_, err := sheet.ReadWorkbook(test.book, columns)
		wantFault(t, test.name, err, test.reason, test.rule)
	}
}

// otherZip is a zip with nothing of a workbook in it.
func otherZip(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	_, err := w.Create("notes.txt")
	must(t, err, w.Close())
	return b.Bytes()
}

// flipped has another byte in the middle of its first part.
func flipped(book []byte) []byte {
	b := bytes.Clone(book)
	b[60] ^= 0xff
	return b
}

// TestMark marks cells: they are red and have a comment, whatever stood there, and the rest of the workbook is as it was.
func TestMark(t *testing.T) {
	bold := 0
	book := workbook(t, [][]any{{"说明"}, header[1:], {"甲", "x", "a", "b", "留着"}, {"乙"}}, func(f *excelize.File) {
		var err error
		bold, err = f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
		must(t, err, f.SetCellStyle("Sheet1", "B3", "B3", bold), f.AddComment("Sheet1", excelize.Comment{Cell: "B3", Author: "张三", Text: "原来的"}),
			f.AddComment("Sheet1", excelize.Comment{Cell: "A3", Author: "张三", Text: "别动"}))
	})
	marks := []sheet.Mark{{Row: 3, Field: "field", Text: `没有“<b>&"这一项`}, {Row: 3, Field: "field", Text: "还有"}, {Row: 4, Field: "external_id", Text: "缺少"}, {Row: 4, Text: "整行"}}
	for range 2 { // what comes back is marked again
		table, err := sheet.ReadWorkbook(book, columns)
		must(t, err)
		book, err = table.Mark(marks)
		must(t, err)
		table.Close()
	}
	f, err := excelize.OpenReader(bytes.NewReader(book))
	must(t, err)
	comments, err := f.GetComments("Sheet1")
	must(t, err)
	said := map[string]string{}
	for _, c := range comments {
		said[c.Cell] += c.Author + ":" + c.Text
	}
	want := map[string]string{"A3": "张三:别动", "B3": "揭榜平台:没有“<b>&\"这一项\n还有", "A4": "揭榜平台:缺少\n整行"}
	if fmt.Sprint(said) != fmt.Sprint(want) {
		t.Errorf("got comments %q, want %q", said, want)
	}
	for cell, red := range map[string]bool{"B3": true, "A4": true, "A3": false, "C3": false, "B2": false} {
		id, err := f.GetCellStyle("Sheet1", cell)
		must(t, err)
		style, err := f.GetStyle(id)
		must(t, err)
		if got := len(style.Fill.Color) > 0 && style.Fill.Color[0] == "FFC7CE"; got != red {
			t.Errorf("%s: red %t, want %t", cell, got, red)
		}
		if cell == "B3" && (style.Font == nil || !style.Font.Bold) {
			t.Errorf("B3 is not bold any more: %+v", style)
		}
	}
	if v, err := f.GetCellValue("Sheet1", "E3"); err != nil || v != "留着" {
		t.Errorf("E3: got %q, %v", v, err)
	}
	table, err := sheet.ReadWorkbook(book, columns)
	must(t, err)
	if none, err := table.Mark(nil); none != nil || err != nil {
		t.Errorf("no marks: got %d bytes, %v", len(none), err)
	}
}

// TestMarkMuch marks every row of a large workbook twice: all are red, and as many have comments as there is room for.
func TestMarkMuch(t *testing.T) {
	rows, marks := [][]any{header}, []sheet.Mark{}
	for i := range sheet.MaxRows {
		rows, marks = append(rows, []any{i, "x"}), append(marks, sheet.Mark{Row: i + 2, Field: "title", Text: "至少 4 个字"})
	}
	book := workbook(t, rows)
	for range 2 {
		table, err := sheet.ReadWorkbook(book, columns)
		must(t, err)
		book, err = table.Mark(marks)
		must(t, err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(book))
	must(t, err)
	comments, err := f.GetComments("Sheet1")
	must(t, err)
	last, err := f.GetCellStyle("Sheet1", fmt.Sprintf("B%d", sheet.MaxRows+1))
	must(t, err)
	style, err := f.GetStyle(last)
	must(t, err)
	if len(comments) != 200 || len(style.Fill.Color) == 0 {
		t.Errorf("got %d comments and the style %+v in the last row", len(comments), style)
	}
}

// TestMarkOfABrokenWorkbook marks a workbook whose styles lack what its reader expects: it fails, and does no more harm.
func TestMarkOfABrokenWorkbook(t *testing.T) {
	book := replaced(t, workbook(t, [][]any{header, {"1", "甲"}}), "xl/styles.xml", strings.NewReader(`<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs><xf numFmtId="0"/></cellXfs></styleSheet>`))
	table, err := sheet.ReadWorkbook(book, columns)
	must(t, err)
	marked, err := table.Mark([]sheet.Mark{{Row: 2, Field: "title", Text: "x"}})
	wantFault(t, "mark", err, "IMPORT_UNREADABLE", "file.broken")
	if marked != nil {
		t.Errorf("got %d bytes", len(marked))
	}
}

// TestTemplate fills a template in: its own samples are skipped, its header is known, and its explanations are no rows.
func TestTemplate(t *testing.T) {
	book, err := sheet.Template("清单", columns)
	must(t, err)
	_, err = sheet.ReadWorkbook(book, columns)
	wantFault(t, "as it is", err, "IMPORT_EMPTY", "")
	f, err := excelize.OpenReader(bytes.NewReader(book))
	must(t, err, f.SetSheetRow("填写", "A4", &[]any{"0042", "丙", "核应用"}))
	lists, err := f.GetDataValidations("填写")
	must(t, err)
	if len(lists) != 1 || lists[0].Sqref != "C2:C1003" || !strings.Contains(lists[0].Formula1, "新材料及其应用,核应用") {
		t.Errorf("got drop-downs %+v", lists)
	}
	if got := f.GetSheetList(); fmt.Sprint(got) != "[填写 填表说明]" {
		t.Errorf("got sheets %v", got)
	}
	explained, err := f.GetRows("填表说明")
	must(t, err)
	if len(explained) != 4+len(columns) || explained[5][1] != "title" || explained[5][2] != "是" {
		t.Errorf("got explanations %v", explained)
	}
	b, err := f.WriteToBuffer()
	must(t, err)
	table, err := sheet.ReadWorkbook(b.Bytes(), columns)
	wantRows(t, "filled in", table, err, `4 external_id="0042" title="丙" field="核应用" keywords="" asking_price=""`)
}
