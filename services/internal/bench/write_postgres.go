package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that schemas are made with

	"github.com/jiebang/jiebang/services/internal/chance"
)

// cluster is the PostgreSQL that withpostgres runs, and its own benchmark.
type cluster struct {
	base    string
	pgbench string
	db      *sql.DB
}

// openCluster returns errNoPostgres where there is none.
func openCluster() (*cluster, error) {
	base := os.Getenv("JIEBANG_TEST_POSTGRES")
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench")
	if base == "" || len(found) == 0 {
		return nil, errNoPostgres
	}
	slices.Sort(found)
	db, err := sql.Open("pgx", base)
	return &cluster{base, found[len(found)-1], db}, err
}

// schema makes an empty schema and returns its name and the URL that works in it.
func (c *cluster) schema(ctx context.Context) (name, in string, err error) {
	name = fmt.Sprintf("bench_%x", chance.Bytes(chance.System(), 8))
	if _, err := c.db.ExecContext(ctx, "CREATE SCHEMA "+name); err != nil {
		return "", "", err
	}
	u, err := url.Parse(c.base)
	if err != nil {
		return "", "", err
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return name, u.String(), nil
}

func (c *cluster) drop(name string) error {
	_, err := c.db.ExecContext(context.Background(), "DROP SCHEMA "+name+" CASCADE")
	return err
}

// market runs a server on a schema of its own.
func (c *cluster) market(ctx context.Context, b *bench, jurisdictions ...string) (m *market, stop func() error, err error) {
	dir, err := b.sub("postgres")
	if err != nil {
		return nil, nil, err
	}
	name, in, err := c.schema(ctx)
	if err != nil {
		return nil, nil, err
	}
	m, err = openMarket(ctx, dir, in, jurisdictions...)
	if err != nil {
		return nil, nil, errors.Join(err, c.drop(name))
	}
	return m, func() error { return errors.Join(m.stop(), c.drop(name)) }, nil
}

// writePostgres compares the audited write with the least transaction of its kind as PostgreSQL's own benchmark does it: one hot row
// locked, three rows inserted.
func writePostgres(ctx context.Context, b *bench) (err error) {
	c, err := openCluster()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.db.Close()) }()
	m, stop, err := c.market(ctx, b, oneJurisdiction)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	pool, err := newDrafts(ctx, m, oneJurisdiction)
	if err != nil {
		return err
	}
	bare, name, err := c.script(ctx, b)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.drop(name)) }()
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

// script makes the tables of pgbench's transaction and returns the side that runs it.
func (c *cluster) script(ctx context.Context, b *bench) (bare func(callers int) side, name string, err error) {
	if name, _, err = c.schema(ctx); err != nil {
		return nil, "", err
	}
	for _, q := range []string{
		"CREATE TABLE %[1]s.hot (id int PRIMARY KEY, n bigint NOT NULL)", "INSERT INTO %[1]s.hot VALUES (1, 0)",
		"CREATE TABLE %[1]s.made (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL)",
	} {
		if _, err := c.db.ExecContext(ctx, fmt.Sprintf(q, name)); err != nil {
			return nil, "", errors.Join(err, c.drop(name))
		}
	}
	insert := fmt.Sprintf("INSERT INTO %s.made (body) VALUES ('%0200d');\n", name, 0)
	text := fmt.Sprintf("BEGIN;\nSELECT n FROM %s.hot WHERE id = 1 FOR UPDATE;\n", name) + insert + insert + insert + "COMMIT;\n"
	file := filepath.Join(b.dir, "script.sql")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, "", errors.Join(err, c.drop(name))
	}
	return func(callers int) side {
		return func(ctx context.Context, d time.Duration) (float64, error) { return c.runScript(ctx, file, callers, d) }
	}, name, nil
}

var tps = regexp.MustCompile(`(?m)^tps = ([0-9.]+) \(without initial connection time\)`)

func (c *cluster) runScript(ctx context.Context, file string, callers int, d time.Duration) (float64, error) {
	seconds := strconv.Itoa(max(1, int(d.Seconds())))
	out, err := exec.CommandContext(ctx, c.pgbench, "-n", "-f", file, "-c", strconv.Itoa(callers), "-j", "2", "-T", seconds, "-M", "prepared", c.base).CombinedOutput()
	found := tps.FindSubmatch(out)
	if err != nil || found == nil {
		return 0, fmt.Errorf("pgbench: %w: %s", err, out)
	}
	return strconv.ParseFloat(string(found[1]), 64)
}

// jurisdictions compares the writes of callers spread over eight ledgers with those of as many callers in one.
func jurisdictions(ctx context.Context, b *bench) (err error) {
	c, err := openCluster()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.db.Close()) }()
	codes := []string{"330102", "330105", "330106", "330108", "330109", "330110", "330111", oneJurisdiction}
	m, stop, err := c.market(ctx, b, codes...)
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
