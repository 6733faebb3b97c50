package storage

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/counting/figure"
)

// figureRows is how many rows one statement writes.
const figureRows = 500

// Tallies are what entries gave to count.
func (p *Projection) Tallies() *ent.TallyClient { return p.client.Tally }

// Parties are organizations as the consumer of the figures has read of them.
func (p *Projection) Parties() *ent.FigurePartyClient { return p.client.FigureParty }

// Know keeps what was read of an organization.
func (p *Projection) Know(ctx context.Context, organization string, f figure.Party) error {
	_, err := p.client.ExecContext(ctx, Rebind(p.dialect, `INSERT INTO figure_parties (id, code, region, industry) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET code = excluded.code, region = excluded.region, industry = excluded.industry`), organization, f.Code, f.Region, f.Industry)
	return err
}

// AddFigures adds to cells of the figures: values, and organizations that no cell counts twice.
func (p *Projection) AddFigures(ctx context.Context, jurisdiction string, additions []figure.Addition) error {
	sums, cells, members := map[string]int64{}, map[string]figure.Cell{}, map[string]string{}
	for _, a := range additions {
		id := a.ID(jurisdiction)
		cells[id] = a.Cell
		sums[id] += a.Value
		for _, m := range a.Members {
			members[id+"/"+m] = id
		}
	}
	first, err := p.enroll(ctx, jurisdiction, slices.Sorted(maps.Keys(members)))
	if err != nil {
		return err
	}
	for _, m := range first {
		sums[members[m]]++
	}
	maps.DeleteFunc(sums, func(_ string, n int64) bool { return n == 0 })
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(sums)), figureRows) {
		var args []any
		for _, id := range ids {
			c := cells[id]
			args = append(args, id, jurisdiction, c.Ref, string(c.Period), string(c.Dimension), c.Key, sums[id])
		}
		_, err := p.client.ExecContext(Several(ctx), Rebind(p.dialect, "INSERT INTO figures (id, jurisdiction, metric, period, dimension, key, value) VALUES "+rows(len(ids), 7)+
			" ON CONFLICT (id) DO UPDATE SET value = figures.value + excluded.value"), args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// enroll writes members of cells and returns those that were none before.
func (p *Projection) enroll(ctx context.Context, jurisdiction string, ids []string) (first []string, err error) {
	for ids := range slices.Chunk(ids, figureRows) {
		var args []any
		for _, id := range ids {
			args = append(args, id, jurisdiction)
		}
		found, err := p.ids(ctx, "INSERT INTO figure_members (id, jurisdiction) VALUES "+rows(len(ids), 2)+" ON CONFLICT (id) DO NOTHING RETURNING id", args)
		if err != nil {
			return nil, err
		}
		first = append(first, found...)
	}
	return first, nil
}

// ids makes a statement that returns ids.
func (p *Projection) ids(ctx context.Context, query string, args []any) (found []string, err error) {
	rows, err := p.client.QueryContext(ctx, Rebind(p.dialect, query), args...)
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
