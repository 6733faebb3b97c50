// Package metric defines the figures of the reports: what each ledger entry adds to which of them. A figure is a fold over the ledger, so
// the totals of the server and those of an auditor who has only the entries are made by the same definition.
package metric

import (
	"fmt"
	"time"

	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Metric is a figure.
type Metric string

// The metrics.
const (
	// DemandsPublished counts demands 发布需求, 项, by the month of their publication in China Standard Time.
	DemandsPublished Metric = "demands_published"
	// ContractsSigned counts contracts that came into force 签约, 项, and adds their signed totals 合作总金额, by the month of 签订日期.
	ContractsSigned Metric = "contracts_signed"
)

// Cell is where something is counted.
type Cell struct {
	Metric  Metric
	Month   string // 2006-01
	Channel string // empty for demands
	Field   string
}

// Sum is what a cell adds up to.
type Sum struct {
	Count  int64
	Amount money.Fen
}

// Add adds another sum.
func (s Sum) Add(o Sum) Sum { return Sum{s.Count + o.Count, s.Amount + o.Amount} }

// MonthLayout is how months are written.
const MonthLayout = "2006-01"

// Of returns what an entry adds, and false if it adds nothing.
func Of(e *entry.Entry) (Cell, Sum, bool, error) {
	switch e.Kind {
	case "demand.published":
		field, ok := e.Row.Get("field")
		if !ok {
			return Cell{}, Sum{}, false, fmt.Errorf("entry %d has no field", e.Sequence)
		}
		return Cell{Metric: DemandsPublished, Month: Month(e.Time), Field: field}, Sum{Count: 1}, true, nil
	case "past_demand.published":
		field, ok := e.Row.Get("field")
		date, _ := e.Row.Get("date")
		if _, err := time.Parse(time.DateOnly, date); !ok || err != nil {
			return Cell{}, Sum{}, false, fmt.Errorf("entry %d has no countable demand", e.Sequence)
		}
		return Cell{Metric: DemandsPublished, Month: date[:len(MonthLayout)], Field: field}, Sum{Count: 1}, true, nil
	case "contract.activated", "contract.recorded":
		date, ok1 := e.Row.Get("sign_date")
		channel, ok2 := e.Row.Get("channel")
		field, ok3 := e.Row.Get("field")
		text, ok4 := e.Row.Get("total_fen")
		total, err := entry.ParseInt(text)
		_, err2 := time.Parse(time.DateOnly, date)
		if !ok1 || !ok2 || !ok3 || !ok4 || err != nil || err2 != nil {
			return Cell{}, Sum{}, false, fmt.Errorf("entry %d has no countable contract", e.Sequence)
		}
		return Cell{ContractsSigned, date[:len(MonthLayout)], channel, field}, Sum{1, money.Fen(total)}, true, nil
	}
	return Cell{}, Sum{}, false, nil
}

// Month is the month in China Standard Time that an instant counts in.
func Month(at time.Time) string { return at.In(demand.Zone).Format(MonthLayout) }

// ValidMonth reports whether text is a month.
func ValidMonth(text string) bool {
	t, err := time.Parse(MonthLayout, text)
	return err == nil && t.Format(MonthLayout) == text
}

// names are the Chinese names of the codes that figures are grouped by.
var names = map[string]string{
	"jiebang": "揭榜", "auction": "成果拍卖",
	"electronic_information": "电子信息", "aerospace": "航空航天", "advanced_manufacturing": "先进制造", "biomedicine": "生物医药和医疗器械",
	"new_materials": "新材料及其应用", "new_energy": "新能源与高效节能", "environment": "环境保护与资源综合利用", "nuclear": "核应用", "agriculture": "农业",
	"transport": "现代交通", "urban_society": "城市建设与社会发展",
}

// Name is the Chinese name of a code, or the code itself.
func Name(code string) string {
	if n, ok := names[code]; ok {
		return n
	}
	return code
}
