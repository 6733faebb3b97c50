// Package form has the columns of the registry's list of registered contracts 登记清单, and reads its rows. Amounts are in 万元, unless they say 元.
package form

import (
	"unicode/utf8"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/offering/sheet"
	"github.com/jiebang/jiebang/services/registering/registration"
)

// Columns are those of the registry's list.
var Columns = []sheet.Column{
	{Field: "number", Header: "合同登记编号", Aliases: []string{"登记编号", "认定登记编号", "合同编号"}, Key: true, Needed: true, Hint: "16 位数字,早年的为 14 位;单元格设为文本",
		Samples: [2]string{sheet.Sample + "2026330182000001", sheet.Sample + "2026330182000002"}},
	{Field: "title", Header: "合同名称", Aliases: []string{"项目名称"}, Samples: [2]string{"超细碳酸钙连续碳化技术开发", "变压器热点温度监测技术服务"}},
	{Field: "buyer", Header: "买方名称", Aliases: []string{"买方", "受让方", "委托方", "买方单位"}, Samples: [2]string{"建德新材料有限公司", "某某电器有限公司"}},
	{Field: "seller", Header: "卖方名称", Aliases: []string{"卖方", "出让方", "受托方", "卖方单位"}, Samples: [2]string{"浙江大学", "某某研究院"}},
	{Field: "contract_total", Header: "合同成交额(万元)", Aliases: []string{"合同成交额", "合同成交总额", "合同成交总额(万元)", "合同交易总额", "合同总金额(万元)", "成交额"}, Needed: true,
		Hint: "万元,至多 6 位小数;以元计的写明“元”", Samples: [2]string{"41.8", "418000元"}},
	{Field: "technology", Header: "技术交易额(万元)", Aliases: []string{"技术交易额", "核定技术交易额", "核定技术交易额(万元)"}, Needed: true, Hint: "不多于合同成交额", Samples: [2]string{"30", "300000元"}},
	{Field: "register_date", Header: "登记日期", Aliases: []string{"认定日期", "认定登记日期", "登记时间"}, Hint: "如 2026-03-02;不清楚就空着", Samples: [2]string{"2026-03-02", "2026年3月2日"}},
}

// Row is a row of the registry's list as a file has it. The field of a fault is a field of the record.
type Row struct {
	Line                               int
	Number, Title, Buyer, Seller, Date string
	Total, Technology                  money.Fen
	Given                              map[string]bool // by field: the file has the column
	Wrong                              []*fault.Fault
}

// Read reads a row; no day of it is after today.
func Read(row sheet.Row, today string) *Row {
	l := &Row{Line: row.Number, Wrong: row.Wrong, Given: map[string]bool{}}
	for field := range row.Cells {
		l.Given[field] = true
	}
	text := func(field string, most int) string {
		t := row.Cells[field].Text
		if utf8.RuneCountInString(t) > most {
			l.Fail(rpc.ErrField.With("field", field).With("rule", "string.max_len").With("limit", most), field)
		}
		return t
	}
	l.Number, l.Title, l.Buyer, l.Seller = text("number", 40), text("title", 200), text("buyer", 100), text("seller", 100)
	if len(row.Wrong) == 0 || l.Number != "" {
		l.try("number", registration.CheckNumber(l.Number))
	}
	l.Total, l.Technology = l.amount("contract_total", row), l.amount("technology", row)
	if l.Total > 0 && l.Technology > 0 {
		l.try("technology", registration.CheckAmounts(l.Total, l.Technology))
	}
	var ok bool
	if l.Date, ok = sheet.Day(row.Cells["register_date"].Text); !ok || l.Date > today {
		l.Fail(registration.ErrDate.With("signed", "1985-01-01"), "register_date")
	}
	return l
}

// Fail notes what is wrong with a field.
func (l *Row) Fail(f *fault.Fault, field string) { l.Wrong = append(l.Wrong, f.At(field)) }

func (l *Row) try(field string, err error) {
	if f := fault.As(err); f != nil {
		l.Fail(f, field)
	}
}

// amount reads an amount in 万元 unless it says 元.
func (l *Row) amount(field string, row sheet.Row) money.Fen {
	fen, err := sheet.Fen(row.Cells[field].Text)
	for _, w := range l.Wrong {
		if w.Field == field { // a formula, say: that is enough to say
			return 0
		}
	}
	l.try(field, err)
	if err != nil {
		return 0
	}
	return fen
}
