package form_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jiebang/jiebang/services/backfilling/backfill"
	"github.com/jiebang/jiebang/services/backfilling/form"
	"github.com/jiebang/jiebang/services/offering/sheet"
)

const today = "2026-03-02"

// FuzzRead reads anything as a list: it never panics, and a row with nothing wrong can be recorded.
func FuzzRead(f *testing.F) {
	header := "编号,类型,名称,需求方代码,揭榜方代码,技术领域,征集日期,日期,金额(万元),所属需求编号,渠道,合同类别,扫描件,合同登记编号,证据等级\n"
	for _, row := range []string{
		"1,合同,技术开发合同,91330182MA2T00001P,12330000MA2T000022,核应用,,2024-06-01,41.8,,揭榜,技术开发," + strings.Repeat("a", 64) + ",,", "2,需求,技术需求二号,91330182MA2T00001P,,农业,2024-03-01,45352,面议,,,,,,",
		"3,揭榜,,,12330000MA2T000022,,,2024年5月1日,1元,2,,,,,", "=1+1,合同,\"a\nb\",,,,,,1e6,,,,,,D",
	} {
		f.Add([]byte(header+row), false)
		f.Add([]byte(`{"编号":"1","金额(万元)":41.8,"名称":"\u0000abcd"}`), true)
	}
	f.Fuzz(func(t *testing.T, content []byte, lines bool) {
		read := sheet.Long.Values
		if lines {
			read = sheet.Long.Lines
		}
		table, err := read(content, form.Columns)
		if err != nil {
			return
		}
		for _, cells := range table.Rows {
			r := form.Read(cells, today, nil)
			if len(r.Wrong) > 0 {
				continue
			}
			_, err := time.Parse(time.DateOnly, r.Date)
			whole := r.Number != "" && len(r.Number) <= 40 && utf8.ValidString(r.Title) && !strings.ContainsAny(r.Title, "\x00\n") && r.Date <= today
			switch r.Kind {
			case backfill.Contract:
				whole = whole && err == nil && r.Amount != nil && *r.Amount > 0 && r.Grade != "" && r.Class != "" && r.Channel != "" && r.Field != "" && (r.Grade == "d") == (r.Scan == "")
			case backfill.Bid:
				whole = whole && err == nil && r.Row.Demand != "" && !r.Seller.None()
			case backfill.Demand:
				whole = whole && (r.Date != "" || r.Collected != "") && (r.Date == "" || r.Collected <= r.Date)
			default:
				whole = false
			}
			if !whole {
				t.Errorf("taken: %+v", r)
			}
		}
	})
}

// TestSamples makes sure that the samples of the template are right themselves, with the scan that they name.
func TestSamples(t *testing.T) {
	for i := range 2 {
		row := sheet.Row{Number: 4 + i, Cells: map[string]sheet.Cell{}}
		for _, c := range form.Columns {
			row.Cells[c.Field] = sheet.Cell{Text: c.Samples[i]}
		}
		if r := form.Read(row, today, form.Scans{"合同1.pdf": make([]byte, 32)}); len(r.Wrong) > 0 {
			t.Errorf("sample %d: %v", i+1, r.Wrong)
		}
	}
}
