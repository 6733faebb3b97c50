package table_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/publishing/table"
)

var zone = time.FixedZone("CST", 8*60*60)

var about = table.About{Title: "技术合同清单", Table: "contracts", Ledger: "ledgers/330182", AsOf: 17, Definition: "contracts/1",
	Time: time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC), Zone: zone}

var columns = []table.Column{
	{Header: "编号", Key: "number"}, {Header: "名称", Key: "title", Broad: true}, {Header: "金额", Key: "total", Kind: table.Amount, Total: true},
	{Header: "件数", Key: "count", Kind: table.Number, Total: true}, {Header: "签订日期", Key: "sign_date", Kind: table.Date}, {Header: "变更时间", Key: "update_time", Kind: table.Instant},
}

func row(title string, total money.Fen) []table.Cell {
	return []table.Cell{table.String("HT-330182-2026-0001"), table.String(title), table.Fen(total), table.Int(1),
		table.At(time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC)), table.At(time.Date(2026, 2, 28, 17, 0, 0, 0, time.UTC))}
}

func written(t testing.TB, f table.Format, rows ...[]table.Cell) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := table.New(&b, f, about, columns)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := w.Row(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCSV(t *testing.T) {
	got := string(written(t, table.CSV, row(`甲"乙",丙`, 6_418_000_001), make([]table.Cell, len(columns))))
	source := "ledgers/330182 17 contracts/1 2026-03-02 12:00:00 +08:00\r\n"
	want := "\ufeff编号,名称,金额(分),件数,签订日期,变更时间,出处(账本 截至序号 口径 时间)\r\n" +
		`HT-330182-2026-0001,"甲""乙"",丙",6418000001,1,2026-02-28,2026-03-01 01:00:00 +08:00,` + source + ",,,,,," + source
	if got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

// TestGuard looks for a text that a spreadsheet would take for a formula, and wants each back as it was.
func TestGuard(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		first := rapid.SampledFrom([]string{"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'", "甲", ""}).Draw(r, "first")
		title := first + rapid.StringOf(rapid.SampledFrom([]rune("=+-@\t '\",;甲cmd|A1!＝"))).Draw(r, "rest")
		read := csv.NewReader(bytes.NewReader(written(t, table.CSV, row(title, 1))[3:]))
		records, err := read.ReadAll()
		if err != nil || len(records) != 2 {
			r.Fatalf("%v, %d records", err, len(records))
		}
		cell := records[1][1]
		if cell != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(cell)[0]) {
			r.Fatalf("%q is a formula", cell)
		}
		want := strings.ReplaceAll(title, "\r", "") // the line ends are CSV's own
		if back := strings.TrimPrefix(cell, "'"); back != want {
			r.Fatalf("got %q back, want %q", back, want)
		}
	})
}

func TestNDJSON(t *testing.T) {
	got := string(written(t, table.NDJSON, row("=1+1", 1), make([]table.Cell, len(columns))))
	want := `{"table":"contracts","ledger":"ledgers/330182","as_of":17,"definition":"contracts/1","time":"2026-03-02T12:00:00.000000+08:00"}` + "\n" +
		`{"number":"HT-330182-2026-0001","title":"=1+1","total_fen":1,"count":1,"sign_date":"2026-02-28","update_time":"2026-02-28T17:00:00.000000Z"}` + "\n{}\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for line := range strings.Lines(got) {
		if !json.Valid([]byte(line)) {
			t.Errorf("%q is no JSON", line)
		}
	}
}

// TestBook reads a workbook with excelize, and looks into the sheet for what excelize does not say.
func TestBook(t *testing.T) {
	data := written(t, table.XLSX, row("=HYPERLINK(\"x\")<&\x01", 6_418_000_001), row("乙", 999_999_999_999_999), make([]table.Cell, len(columns)))
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for cell, want := range map[string]string{
		"A1": "技术合同清单", "A2": "账本 ledgers/330182 · 截至序号 17 · 口径 contracts/1 · 制表时间 2026-03-02 12:00:00 +08:00　　单位:万元", "C3": "金额", "D3": "金额(元)",
		"B4": "=HYPERLINK(\"x\")<&\uFFFD", "C4": "6,418.00", "D4": "64,180,000.01", "F4": "2026年2月28日", "G4": "2026-03-01 01:00:00", "D5": "9,999,999,999,999.99", "C6": "",
		"A7": "合计(3 项)", "C7": "1,000,006,418.00", "D7": "10,000,064,180,000.00", "E7": "2", "B7": "",
	} {
		if got, err := f.GetCellValue("Sheet1", cell); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", cell, got, err, want)
		}
	}
	if formula, err := f.GetCellFormula("Sheet1", "B4"); err != nil || formula != "" {
		t.Errorf("a text is the formula %q, %v", formula, err)
	}
	if panes, err := f.GetPanes("Sheet1"); err != nil || !panes.Freeze || panes.YSplit != 3 {
		t.Errorf("panes %+v, %v", panes, err)
	}
	layout, err := f.GetPageLayout("Sheet1")
	if err != nil || *layout.Size != 9 || *layout.Orientation != "landscape" || *layout.FitToWidth != 1 {
		t.Errorf("layout %+v, %v", layout, err)
	}
	if footer, err := f.GetHeaderFooter("Sheet1"); err != nil || footer.OddFooter != "&C第 &P 页 共 &N 页" {
		t.Errorf("footer %+v, %v", footer, err)
	}
	if names := f.GetDefinedName(); len(names) != 1 || names[0].RefersTo != "Sheet1!$1:$3" {
		t.Errorf("names %v", names)
	}
	sheet := part(t, data, "xl/worksheets/sheet1.xml")
	for _, want := range []string{"<v>64180000.01</v>", "<v>9999999999999.99</v>"} {
		if !strings.Contains(sheet, want) {
			t.Errorf("the sheet has no %s: an amount is not exact", want)
		}
	}
	for text, want := range map[string]bool{"方正小标宋简体": true, "仿宋_GB2312": true, "黑体": true} {
		if got := strings.Contains(part(t, data, "xl/styles.xml"), text); got != want {
			t.Errorf("font %s: %t", text, got)
		}
	}
}

func part(t *testing.T, book []byte, name string) string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestAmounts takes amounts through each format and wants the same fen back.
func TestAmounts(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		want := money.Fen(rapid.Int64Range(1, int64(money.Max)).Draw(r, "fen"))
		sheet := part(t, written(t, table.XLSX, row("甲", want)), "xl/worksheets/sheet1.xml")
		_, after, _ := strings.Cut(sheet, `<c r="D4"`)
		_, after, _ = strings.Cut(after, "<v>")
		yuan, _, _ := strings.Cut(after, "</v>")
		if got, err := money.ParseYuan(yuan); err != nil || got != want {
			r.Fatalf("workbook: got %v, %v from %q, want %v", got, err, yuan, want)
		}
		records, err := csv.NewReader(bytes.NewReader(written(t, table.CSV, row("甲", want))[3:])).ReadAll()
		if err != nil || records[1][2]+"分" != strings.ReplaceAll(strings.TrimLeft(want.String(), "0."), ".", "")+"分" {
			r.Fatalf("csv: got %v, %v, want %v", records, err, want)
		}
	})
}

// BenchmarkXLSX writes a workbook of 100,000 rows.
func BenchmarkXLSX(b *testing.B) {
	for b.Loop() {
		w, err := table.New(io.Discard, table.XLSX, about, columns)
		if err != nil {
			b.Fatal(err)
		}
		for range 100_000 {
			if err := w.Row(row("高纯度纳米碳酸钙连续化制备", 41_800_000)); err != nil {
				b.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
}
