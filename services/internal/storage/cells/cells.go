// Package cells writes the cells of the figures, many in one statement.
package cells

import (
	"context"
	"maps"
	"slices"
	"strings"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/services/counting/figure"
	"github.com/jiebang/jiebang/services/internal/storage/statement"
)

// most is how many rows one statement writes.
const most = 500

// Writer writes cells in a transaction.
type Writer struct {
	On      entsql.ExecQuerier
	Dialect string
}

// Know keeps what was read of an organization.
func (w Writer) Know(ctx context.Context, organization string, f figure.Party) error {
	_, err := w.On.ExecContext(ctx, statement.Rebind(w.Dialect, `INSERT INTO figure_parties (id, code, region, industry) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET code = excluded.code, region = excluded.region, industry = excluded.industry`), organization, f.Code, f.Region, f.Industry)
	return err
}

// Add adds values, and organizations that no cell counts twice.
func (w Writer) Add(ctx context.Context, jurisdiction string, additions []figure.Addition) error {
	sums, cells, members := map[string]int64{}, map[string]figure.Cell{}, map[string]string{}
	for _, a := range additions {
		id := a.ID(jurisdiction)
		cells[id] = a.Cell
		sums[id] += a.Value
		for _, m := range a.Members {
			members[id+"/"+m] = id
		}
	}
	first, err := w.enroll(ctx, jurisdiction, slices.Sorted(maps.Keys(members)))
	if err != nil {
		return err
	}
	for _, m := range first {
		sums[members[m]]++
	}
	maps.DeleteFunc(sums, func(_ string, n int64) bool { return n == 0 })
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(sums)), most) {
		var args []any
		for _, id := range ids {
			c := cells[id]
			args = append(args, id, jurisdiction, c.Ref, string(c.Period), string(c.Dimension), c.Key, sums[id])
		}
		_, err := w.On.ExecContext(ctx, statement.Rebind(w.Dialect, "INSERT INTO figures (id, jurisdiction, metric, period, dimension, key, value) VALUES "+rows(len(ids), 7)+
			" ON CONFLICT (id) DO UPDATE SET value = figures.value + excluded.value"), args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// enroll writes members of cells and returns those that were none before.
func (w Writer) enroll(ctx context.Context, jurisdiction string, ids []string) (first []string, err error) {
	for ids := range slices.Chunk(ids, most) {
		var args []any
		for _, id := range ids {
			args = append(args, id, jurisdiction)
		}
		found, err := w.ids(ctx, "INSERT INTO figure_members (id, jurisdiction) VALUES "+rows(len(ids), 2)+" ON CONFLICT (id) DO NOTHING RETURNING id", args)
		if err != nil {
			return nil, err
		}
		first = append(first, found...)
	}
	return first, nil
}

// ids makes a statement that returns ids.
func (w Writer) ids(ctx context.Context, query string, args []any) (found []string, err error) {
	rows, err := w.On.QueryContext(ctx, statement.Rebind(w.Dialect, query), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		found = append(found, id)
	}
	return found, rows.Err()
}

// rows are n rows of so many arguments.
func rows(n, columns int) string {
	row := "(?" + strings.Repeat(", ?", columns-1) + ")"
	return row + strings.Repeat(", "+row, n-1)
}
