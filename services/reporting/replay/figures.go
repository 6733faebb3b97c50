package replay

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/jiebang/jiebang/services/closing/closure"
	"github.com/jiebang/jiebang/services/counting/figure"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// counted is what the figures of the entries taken come to.
type counted struct {
	records map[string][]figure.Tally // those that later tallies depend on
	parties map[string]figure.Party
	cells   *figure.Cells
	closed  map[string]*entry.Entry // the last closure of each period
	home    string
	every   func(figure.Tally) // told of each, if set; then every dimension is counted, else none
}

func newCounted(jurisdiction string) *counted {
	return &counted{records: map[string][]figure.Tally{}, parties: map[string]figure.Party{}, cells: figure.NewCells(), closed: map[string]*entry.Entry{}, home: jurisdiction}
}

// Tallies are those of a record.
func (c *counted) Tallies(record string) ([]figure.Tally, error) { return c.records[record], nil }

// Party is an organization by its id.
func (c *counted) Party(id string) (figure.Party, error) {
	if p, ok := c.parties[id]; ok && strings.HasPrefix(id, "o"+c.home+"-") {
		return p, nil
	}
	return figure.Stranger(id), nil
}

// add counts an entry.
func (c *counted) add(e *entry.Entry) {
	if id, p, ok := figure.PartyOf(e); ok {
		c.parties[id] = p
	}
	t, ok, _ := figure.Of(e, c) // nothing here fails to be read
	if !ok {
		return
	}
	switch t.Kind {
	case figure.Collected, figure.Published, figure.Republished, figure.Awarded, figure.Signed, figure.Accepted, figure.Recognized:
		c.records[t.Record] = append(c.records[t.Record], t)
	}
	if c.every != nil {
		c.every(t)
	}
	figure.Add(t, func(a figure.Addition) {
		if a.Dimension == figure.Whole || c.every != nil {
			c.cells.Add(a)
		}
	})
}

// Every lets each tally be told, in order, and figures be counted by every dimension. It is called before the first entry.
func (r *Replayer) Every(tell func(figure.Tally)) { r.figures.every = tell }

// Figures are the cells of the figures of the entries taken.
func (r *Replayer) Figures() *figure.Cells { return r.figures.cells }

// Parties are the organizations as the entries taken tell of them last, by id.
func (r *Replayer) Parties() map[string]figure.Party { return r.figures.parties }

func value(e *entry.Entry, column string) string { v, _ := e.Row.Get(column); return v }

// closure makes sure that a period was closed once, when it was over, with what the entries before come to.
func (r *Replayer) closure(e *entry.Entry, event string) error {
	p, err := figure.ParsePeriod(value(e, "period"))
	if err != nil || closure.Check(p, e.Time) != nil {
		return fmt.Errorf("期间 %q 无效或尚未结束", value(e, "period"))
	}
	before, revision := r.figures.closed[string(p)], "1"
	if before != nil {
		n, _ := entry.ParseInt(value(before, "revision"))
		revision = fmt.Sprint(n + 1)
	}
	if value(e, "revision") != revision || (event == "closed") != (before == nil) || event != "closed" && event != "restated" {
		return fmt.Errorf("期间 %s 的结账次序不对", p)
	}
	r.figures.closed[string(p)] = e
	root := r.before.Root()
	if value(e, "size") != fmt.Sprint(e.Sequence) || value(e, "root") != hex.EncodeToString(root[:]) {
		return fmt.Errorf("结账时的条数或树根与账本不符")
	}
	if before != nil && (value(before, "figures") == value(e, "figures") || value(e, "reason") == "") {
		return fmt.Errorf("更正没有改变任何指标,或没有理由")
	}
	return r.reported(p, value(e, "figures"))
}

// reported makes sure that the figures of a closure are those of the entries before it. Of bids that are withheld nothing can be counted.
func (r *Replayer) reported(p figure.Period, text string) error {
	reported, ok := figure.Thaw(text)
	want := r.figures.cells.Of(p)
	if !ok || len(reported) != len(want) {
		return fmt.Errorf("结账的指标不全")
	}
	for i, v := range reported {
		d, err := figure.ByRef(v.Ref)
		if v.Ref != want[i].Ref || err != nil {
			return fmt.Errorf("结账的指标 %s 应为 %s", v.Ref, want[i].Ref)
		}
		if v.Value != want[i].Value && !(r.report.Withheld > 0 && d.OfBids()) {
			return fmt.Errorf("结账的%s为 %d,账目合计 %d", d.Name, v.Value, want[i].Value)
		}
	}
	return nil
}
