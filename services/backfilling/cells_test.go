package backfilling_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services/internal/backfilltest"
	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// bad is a row that is right but for one cell.
type bad struct {
	row    func(o *backfilltest.Office) []string
	column int
	text   string
	want   string // column and reason of each problem
}

func aContract(o *backfilltest.Office) []string { return o.Contract("1", "2024-06-01", "41.8") }
func aDemand(o *backfilltest.Office) []string   { return o.Demand("1", "2024-03-01", "2024-04-01", "50") }
func aBid(o *backfilltest.Office) []string      { return o.Bid("1", "9", "2024-05-01", "1") }

var bads = []bad{
	{aContract, backfilltest.Number, "", "编号 FIELD_INVALID"}, {aContract, backfilltest.Number, strings.Repeat("号", 14), "编号 FIELD_INVALID"},
	{aContract, backfilltest.Kind, "协定", "类型 CELL_WORD"}, {aContract, backfilltest.Title, "短", "名称 FIELD_INVALID"}, {aContract, backfilltest.Title, strings.Repeat("长", 101), "名称 FIELD_INVALID"},
	{aContract, backfilltest.Title, "两行的\n合同名称", "名称 FIELD_INVALID"}, {aContract, backfilltest.BuyerCode, "", "需求方代码 FIELD_INVALID"}, {aContract, backfilltest.BuyerCode, "123", "需求方代码 USCC_LENGTH"},
	{aContract, backfilltest.BuyerCode, "91330182MA2TO0001P", "需求方代码 USCC_SIGN"}, {aContract, backfilltest.BuyerCode, "91330182MA9T00001P", "需求方代码 PARTY_UNKNOWN"},
	{aContract, backfilltest.Buyer, "别的公司", "需求方 PARTY_NAME"}, {aContract, backfilltest.SellerCode, "", "揭榜方代码 FIELD_INVALID"}, {aContract, backfilltest.Field, "新", "技术领域 CELL_WORD"},
	{aContract, backfilltest.Field, "", "技术领域 FIELD_INVALID"}, {aContract, backfilltest.Collected, "2024-01-01", "征集日期 COLUMN_FOREIGN"}, {aContract, backfilltest.Date, "2024-02-30", "日期 BACKFILL_DATE"},
	{aContract, backfilltest.Date, "2026-03-03", "日期 BACKFILL_DATE"}, {aContract, backfilltest.Date, "1984-12-31", "日期 BACKFILL_DATE"}, {aContract, backfilltest.Date, "", "日期 FIELD_INVALID"},
	{aContract, backfilltest.Amount, "面议", "金额(万元) AMOUNT_TEXT"}, {aContract, backfilltest.Amount, "", "金额(万元) FIELD_INVALID"}, {aContract, backfilltest.Amount, "0", "金额(万元) AMOUNT_NOT_POSITIVE"},
	{aContract, backfilltest.Amount, "-1", "金额(万元) AMOUNT_NOT_POSITIVE"}, {aContract, backfilltest.Amount, "0.0000001", "金额(万元) AMOUNT_FRACTION"}, {aContract, backfilltest.Amount, "10000000000", "金额(万元) AMOUNT_TOO_LARGE"},
	{aContract, backfilltest.Demand, "1", "所属需求编号 COLUMN_FOREIGN"}, {aContract, backfilltest.Channel, "走访", "渠道 CELL_WORD"}, {aContract, backfilltest.Channel, "", "渠道 FIELD_INVALID"},
	{aContract, backfilltest.Class, "技术中介", "合同类别 CELL_WORD"}, {aContract, backfilltest.Scan, "合同.pdf", "扫描件 SCAN_MISSING"}, {aContract, backfilltest.Scan, "", "证据等级 DIGEST_MISSING"},
	{aContract, backfilltest.Registry, "2024", "合同登记编号 REGISTRATION_NUMBER"}, {aContract, backfilltest.Grade, "A", "证据等级 GRADE_EVIDENCE"}, {aContract, backfilltest.Grade, "B", "证据等级 GRADE_EVIDENCE"},
	{aContract, backfilltest.Grade, "D", "证据等级 GRADE_EVIDENCE"}, {aContract, backfilltest.Grade, "E", "证据等级 CELL_WORD"},
	{aDemand, backfilltest.SellerCode, "12330000MA2T000022", "揭榜方代码 COLUMN_FOREIGN"}, {aDemand, backfilltest.Scan, "x", "扫描件 COLUMN_FOREIGN"}, {aDemand, backfilltest.Date, "2024-02-28", "日期 BACKFILL_ORDER"},
	{aDemand, backfilltest.Collected, "三月", "征集日期 BACKFILL_DATE"}, {aDemand, backfilltest.Title, "", "名称 FIELD_INVALID"},
	{aBid, backfilltest.Demand, "8", "所属需求编号 PAST_DEMAND_UNKNOWN"}, {aBid, backfilltest.Demand, "7", "所属需求编号 PAST_DEMAND_UNKNOWN"}, {aBid, backfilltest.Demand, "", "所属需求编号 FIELD_INVALID"},
	{aBid, backfilltest.Date, "2024-03-31", "日期 BACKFILL_ORDER"}, {aBid, backfilltest.SellerCode, "", "揭榜方代码 FIELD_INVALID"}, {aBid, backfilltest.Grade, "C", "证据等级 COLUMN_FOREIGN"},
}

// TestCells names each wrong cell with the mend, keeps nothing of a list that has one, and gives the officer's own workbook back with the cell marked.
func TestCells(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o := backfilltest.New(t, m)
		before := markettest.Sizes(t, m)
		for _, b := range bads {
			row := b.row(o)
			row[b.column] = b.text
			resp := markettest.Must(o.Import(backfilltest.Source, backfilltest.CSV(o.Demand("9", "", "2024-04-01", "50"), o.Demand("7", "2024-04-01", "", "50"), row)))(t)
			if got, want := backfilltest.Told(resp), "4 "+b.want; got != want || resp.GetBackfill() != nil || resp.GetRefusedCount() != 1 {
				t.Errorf("%s in %s: got %s, want %s", b.text, backfilltest.Header[b.column], got, want)
				continue
			}
			if text := resp.GetRows()[2].GetProblems()[0].GetText(); strings.ContainsAny(text, "{}") || !strings.ContainsFunc(text, func(c rune) bool { return c > 0x4e00 }) {
				t.Errorf("%s: says %q", b.want, text)
			}
		}
		first, second := o.Contract("1", "2024-06-01", "1"), o.Contract("1", "2024-06-01", "2")
		other := o.Contract("2", "2024-06-01", "3")
		second[backfilltest.Scan], other[backfilltest.Scan] = strings.Repeat("1", 64), first[backfilltest.Scan]
		resp := markettest.Must(o.Import(backfilltest.Source, backfilltest.CSV(first, second, other)))(t)
		if got := backfilltest.Told(resp); got != "3 编号 BACKFILL_ROW_TWICE; 4 扫描件 SCAN_TWICE" {
			t.Errorf("twice: got %s", got)
		}
		same := o.Contract("1", "2024-06-01", "1")
		same[backfilltest.SellerCode] = same[backfilltest.BuyerCode]
		if got := backfilltest.Told(markettest.Must(o.Import(backfilltest.Source, backfilltest.CSV(same)))(t)); got != "2 揭榜方代码 PARTIES_SAME" {
			t.Errorf("one party: got %s", got)
		}
		if got := markettest.Sizes(t, m); got != before {
			t.Errorf("got ledgers of %v entries, want %v", got, before)
		}
		_, err := o.Import(" ", backfilltest.CSV(first))
		markettest.Want(t, err, codes.InvalidArgument, "SOURCE_MISSING", "source")
	})
}

// TestMarked hands in a workbook with a formula and a wrong amount: it comes back as it was, with the two cells red and commented and a column of remarks. Mended, it is taken, and
// the remarks of before go.
func TestMarked(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o := backfilltest.New(t, m)
		good := o.Contract("1", "2024-06-01", "41.8")
		wrong := o.Contract("2", "2024-06-01", "约5万")
		book := edited(t, backfilltest.Book(t, good, wrong, o.Contract("3", "2024-06-01", "1")), func(f *excelize.File) error {
			if err := f.SetCellFormula("Sheet1", "K5", "1+1"); err != nil {
				return err
			}
			return f.SetCellStr("Sheet1", "S4", "=HYPERLINK(\"http://x\")") // a text in a column of the officer's own
		})
		resp := markettest.Must(o.Import(backfilltest.Source, book))(t)
		if got := backfilltest.Told(resp); got != "4 金额(万元) AMOUNT_TEXT; 5 金额(万元) CELL_FORMULA" {
			t.Fatalf("got %s", got)
		}
		marked := resp.GetWorkbook()
		f, err := excelize.OpenReader(bytes.NewReader(marked))
		if err != nil {
			t.Fatal(err)
		}
		cell := func(name string) string { text, _ := f.GetCellValue("Sheet1", name); return text }
		if cell("K4") != "约5万" || cell("C3") != good[backfilltest.Title] || cell("R2") != "导入提示" || !strings.Contains(cell("R4"), "约5万") || cell("R3") != "" || cell("R5") == "" {
			t.Errorf("got K4 %q, R2 %q, R3 %q, R4 %q, R5 %q", cell("K4"), cell("R2"), cell("R3"), cell("R4"), cell("R5"))
		}
		comments, err := f.GetComments("Sheet1")
		if err != nil || len(comments) != 2 || comments[0].Cell != "K4" {
			t.Errorf("got comments %v %v", comments, err)
		}
		if formula, _ := f.GetCellFormula("Sheet1", "R4"); formula != "" {
			t.Errorf("a remark is the formula %s", formula)
		}
		mended := edited(t, marked, func(f *excelize.File) error {
			if err := f.SetCellStr("Sheet1", "K4", "5"); err != nil {
				return err
			}
			return f.SetCellValue("Sheet1", "K5", 2.5)
		})
		if resp = markettest.Must(o.Import(backfilltest.Source, mended))(t); resp.GetCreatedCount() != 3 || resp.GetBackfill() == nil {
			t.Errorf("mended: got %s", backfilltest.Told(resp))
		}
		if n := resp.GetSums(); len(n) != 1 || n[0].GetAmount().GetUnits() != 493_000 || n[0].GetRows() != 3 || n[0].GetYear() != 2024 {
			t.Errorf("got sums %v", n)
		}
	})
}

func edited(t *testing.T, book []byte, edit func(*excelize.File) error) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(book))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := edit(f); err != nil {
		t.Fatal(err)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestTemplate fills the template in as it is, drop-downs and all: its samples are skipped, and what is written below them is taken.
func TestTemplate(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o := backfilltest.New(t, m)
		template := markettest.Must(o.GetBackfillTemplate(m.Bureau.Ctx(), &pb.GetBackfillTemplateRequest{Name: "backfillTemplate"}))(t)
		row := o.Contract("1", "2024-06-01", "41.8")
		filled := edited(t, template.GetContent(), func(f *excelize.File) error {
			all, err := f.GetRows("填写")
			if err != nil || all[0][0] != "揭榜挂帅补录清单" || all[1][0] != "单位:万元" || !strings.HasPrefix(all[3][0], "示例") {
				return fmt.Errorf("the template is %v %w", all, err)
			}
			lists, err := f.GetDataValidations("填写")
			if err != nil || len(lists) < 5 {
				return fmt.Errorf("%d drop-downs %w", len(lists), err)
			}
			for i, header := range all[2] {
				for j, name := range backfilltest.Header {
					if strings.TrimSuffix(header, "*") == name {
						cell, _ := excelize.CoordinatesToCellName(i+1, 6)
						if err := f.SetCellStr("填写", cell, row[j]); err != nil {
							return err
						}
					}
				}
			}
			return nil
		})
		resp := markettest.Must(o.Import(backfilltest.Source, filled))(t)
		if resp.GetCreatedCount() != 1 || resp.GetRows()[0].GetNumber() != 6 || len(resp.GetNotes()) != 1 {
			t.Errorf("got %s, %v", backfilltest.Told(resp), resp.GetNotes())
		}
	})
}
