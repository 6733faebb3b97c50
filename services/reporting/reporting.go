// Package reporting adds the ledger up. The totals are a consumer of the ledger: each figure says at which entry it stands, costs the same
// however many contracts there are, and can be made again from the entries by the definitions in metric.
package reporting

import (
	"context"
	"time"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/reporting/metric"
)

// Faults of totals.
var (
	ErrMonth    = fault.New(fault.Invalid, "MONTH_INVALID", "a month is written like 2024-01")
	ErrReversed = fault.New(fault.Invalid, "MONTHS_REVERSED", "the first month is after the last")
	ErrBehind   = fault.New(fault.Unavailable, "TOTAL_BEHIND", "the totals have not reached the entry yet")
)

// Reporting adds up.
type Reporting struct{ db *storage.DB }

// New returns the reporting of db.
func New(db *storage.DB) *Reporting { return &Reporting{db} }

const consumer = Counter

// Counter is the name of the consumer that keeps the totals.
const Counter = "totals"

// Totals is the consumer that keeps the totals.
func Totals() ledger.Consumer { return ledger.Consumer{Name: consumer, Apply: apply} }

func apply(ctx context.Context, p *storage.Projection, entries []*entry.Entry) error {
	type key struct {
		jurisdiction string
		cell         metric.Cell
	}
	sums := map[key]metric.Sum{}
	var order []key
	for _, e := range entries {
		cell, sum, ok, err := metric.Of(e)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		k := key{e.Jurisdiction, cell}
		if _, seen := sums[k]; !seen {
			order = append(order, k)
		}
		sums[k] = sums[k].Add(sum)
	}
	for _, k := range order {
		sum, c := sums[k], k.cell
		cell := storage.Cell{Jurisdiction: k.jurisdiction, Metric: string(c.Metric), Month: c.Month, Channel: c.Channel, Field: c.Field}
		if err := p.Add(ctx, cell, sum.Count, int64(sum.Amount)); err != nil {
			return err
		}
	}
	return nil
}

// Question is what a total is asked for.
type Question struct {
	Jurisdiction string // empty for all
	From, To     string // months, empty for all
	GroupBy      string // column of the totals, empty for none
	AtLeast      int64  // sequence that must be counted
}

// Total is an answer.
type Total struct {
	All    Group
	Groups []Group
	AsOf   []AsOf
}

// Group is one group of an answer.
type Group struct {
	Key       string
	Published int64
	Signed    metric.Sum
}

// AsOf is how far a ledger is counted.
type AsOf struct {
	Jurisdiction string
	Sequence     int64
}

// waitForTotals is how long a question waits for an entry to be counted.
const waitForTotals = 5 * time.Second

// Total answers a question.
func (r *Reporting) Total(ctx context.Context, q Question) (*Total, error) {
	for _, m := range []struct{ field, text string }{{"from_month", q.From}, {"to_month", q.To}} {
		if m.text != "" && !metric.ValidMonth(m.text) {
			return nil, ErrMonth.With("month", m.text).At(m.field)
		}
	}
	if q.From != "" && q.To != "" && q.From > q.To {
		return nil, ErrReversed.At("from_month")
	}
	if err := r.known(ctx, q); err != nil {
		return nil, err
	}
	total := &Total{}
	groups, asOf, err := r.sums(ctx, q)
	if err != nil {
		return nil, err
	}
	total.AsOf = asOf
	for _, g := range groups {
		total.All.Published += g.Published
		total.All.Signed = total.All.Signed.Add(g.Signed)
		if q.GroupBy != "" && (g.Key != "" || q.GroupBy != "channel") { // demands have no channel
			total.Groups = append(total.Groups, g)
		}
	}
	return total, nil
}

// known makes sure that the ledger exists, and waits until the entry that is asked for is counted.
func (r *Reporting) known(ctx context.Context, q Question) error {
	if q.Jurisdiction == "" {
		return nil
	}
	if _, err := ledger.Head(ctx, r.db.Read, q.Jurisdiction); err != nil || q.AtLeast == 0 {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, waitForTotals)
	defer cancel()
	for {
		position, err := ledger.Position(ctx, r.db, consumer, q.Jurisdiction)
		if ctx.Err() != nil {
			return ErrBehind.With("sequence", q.AtLeast)
		}
		if err != nil || position > q.AtLeast {
			return err
		}
		timer := time.NewTimer(20 * time.Millisecond)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ErrBehind.With("sequence", q.AtLeast)
		}
	}
}

// positions marks the rows of sums that say how far a ledger is counted.
const positions = "#positions"

// sums adds up the cells of a question, by group, and says how far each ledger is counted. It is one statement and so one snapshot: the
// figures stand exactly at the entries that they name.
func (r *Reporting) sums(ctx context.Context, q Question) (groups []Group, asOf []AsOf, err error) {
	column := "''"
	if q.GroupBy != "" {
		column = q.GroupBy
	}
	query := "SELECT " + column + " AS k, metric AS m, CAST(SUM(count) AS BIGINT), CAST(SUM(amount_fen) AS BIGINT) FROM totals WHERE 1 = 1"
	var args []any
	for _, c := range []struct{ where, value string }{{"jurisdiction = ?", q.Jurisdiction}, {"month >= ?", q.From}, {"month <= ?", q.To}} {
		if c.value != "" {
			query += " AND " + c.where
			args = append(args, c.value)
		}
	}
	query += " GROUP BY 1, 2 UNION ALL SELECT jurisdiction, '" + positions + "', position, 0 FROM cursors WHERE id = '" + consumer + "/' || jurisdiction"
	if q.Jurisdiction != "" {
		query += " AND jurisdiction = ?"
		args = append(args, q.Jurisdiction)
	}
	query += " ORDER BY 1, 2"
	rows, err := r.db.ReadSQL().QueryContext(ctx, storage.Rebind(r.db.Dialect(), query), args...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var key, name string
		var sum metric.Sum
		if err := rows.Scan(&key, &name, &sum.Count, &sum.Amount); err != nil {
			return nil, nil, err
		}
		if name == positions {
			asOf = append(asOf, AsOf{key, sum.Count})
			continue
		}
		if len(groups) == 0 || groups[len(groups)-1].Key != key {
			groups = append(groups, Group{Key: key})
		}
		g := &groups[len(groups)-1]
		if metric.Metric(name) == metric.DemandsPublished {
			g.Published = sum.Count
		} else {
			g.Signed = sum
		}
	}
	return groups, asOf, rows.Err()
}
