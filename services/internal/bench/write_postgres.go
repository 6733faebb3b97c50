package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jiebang/jiebang/services/internal/bench/pgbench"
)

// cluster opens the PostgreSQL; figures are left out where there is none.
func cluster() (*pgbench.Cluster, error) {
	c, err := pgbench.Open()
	if errors.Is(err, pgbench.ErrNone) {
		err = fmt.Errorf("%w: %w", errLeftOut, err)
	}
	return c, err
}

// marketOn runs a server on a schema of its own.
func marketOn(ctx context.Context, c *pgbench.Cluster, b *bench, jurisdictions ...string) (m *market, stop func() error, err error) {
	dir, err := b.sub("postgres")
	if err != nil {
		return nil, nil, err
	}
	name, in, err := c.Schema(ctx)
	if err != nil {
		return nil, nil, err
	}
	m, err = openMarket(ctx, dir, in, jurisdictions...)
	if err != nil {
		return nil, nil, errors.Join(err, c.Drop(name))
	}
	return m, func() error { return errors.Join(m.stop(), c.Drop(name)) }, nil
}

// writePostgres compares the audited write with the least transaction of its kind as PostgreSQL's own benchmark does it: one hot row
// locked, three rows inserted.
func writePostgres(ctx context.Context, b *bench) (err error) {
	c, err := cluster()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	m, stop, err := marketOn(ctx, c, b, oneJurisdiction)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	pool, err := newDrafts(ctx, m, oneJurisdiction)
	if err != nil {
		return err
	}
	bare, name, err := c.Script(ctx, b.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Drop(name)) }()
	for _, callers := range []int{8, 32} {
		name := fmt.Sprintf("write_pg_%d_ratio", callers)
		if !b.wants(name) {
			continue
		}
		w := &writes{over: []*drafts{pool}, callers: callers}
		r, err := compare(ctx, name, w.side, bare(callers))
		if err != nil {
			return err
		}
		b.print(name, r.ratio, "ratio")
	}
	return nil
}

// jurisdictions compares the writes of callers spread over eight ledgers with those of as many callers in one.
func jurisdictions(ctx context.Context, b *bench) (err error) {
	c, err := cluster()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	codes := []string{"330102", "330105", "330106", "330108", "330109", "330110", "330111", oneJurisdiction}
	m, stop, err := marketOn(ctx, c, b, codes...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	pools := make([]*drafts, len(codes))
	for i, code := range codes {
		if pools[i], err = newDrafts(ctx, m, code); err != nil {
			return err
		}
	}
	one := &writes{over: pools[len(pools)-1:], callers: 32}
	all := &writes{over: pools, callers: 32}
	r, err := compare(ctx, "jurisdictions_8_ratio", all.side, one.side)
	if err != nil {
		return err
	}
	b.print("jurisdictions_8_ratio", r.ratio, "ratio")
	return nil
}
