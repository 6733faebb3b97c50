// Package pgbench is the least transaction of a kind as PostgreSQL's own benchmark runs it, in schemas that are made for it.
package pgbench

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

// ErrNone says that there is no PostgreSQL to measure.
var ErrNone = errors.New("JIEBANG_TEST_POSTGRES is not set or pgbench is not installed")

// Side runs the transaction for a while and returns its rate per second.
type Side = func(ctx context.Context, d time.Duration) (float64, error)

// Cluster is the PostgreSQL that withpostgres runs, and its own benchmark.
type Cluster struct {
	base    string
	pgbench string
	db      *sql.DB
}

// Open returns ErrNone where there is none.
func Open() (*Cluster, error) {
	base := os.Getenv("JIEBANG_TEST_POSTGRES")
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench")
	if base == "" || len(found) == 0 {
		return nil, ErrNone
	}
	slices.Sort(found)
	db, err := sql.Open("pgx", base)
	return &Cluster{base, found[len(found)-1], db}, err
}

// Schema makes an empty schema and returns its name and the URL that works in it.
func (c *Cluster) Schema(ctx context.Context) (name, in string, err error) {
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

// Drop takes a schema away.
func (c *Cluster) Drop(name string) error {
	_, err := c.db.ExecContext(context.Background(), "DROP SCHEMA "+name+" CASCADE")
	return err
}

// Close closes the connections.
func (c *Cluster) Close() error { return c.db.Close() }

// Script makes the tables of a transaction and returns what runs it with a number of callers and gives its rate. The file is in dir.
func (c *Cluster) Script(ctx context.Context, dir string) (bare func(callers int) Side, name string, err error) {
	if name, _, err = c.Schema(ctx); err != nil {
		return nil, "", err
	}
	for _, q := range []string{
		"CREATE TABLE %[1]s.hot (id int PRIMARY KEY, n bigint NOT NULL)", "INSERT INTO %[1]s.hot VALUES (1, 0)",
		"CREATE TABLE %[1]s.made (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL)",
	} {
		if _, err := c.db.ExecContext(ctx, fmt.Sprintf(q, name)); err != nil {
			return nil, "", errors.Join(err, c.Drop(name))
		}
	}
	insert := fmt.Sprintf("INSERT INTO %s.made (body) VALUES ('%0200d');\n", name, 0)
	text := fmt.Sprintf("BEGIN;\nSELECT n FROM %s.hot WHERE id = 1 FOR UPDATE;\n", name) + insert + insert + insert + "COMMIT;\n"
	file := filepath.Join(dir, "script.sql")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, "", errors.Join(err, c.Drop(name))
	}
	return func(callers int) Side {
		return func(ctx context.Context, d time.Duration) (float64, error) { return c.runScript(ctx, file, callers, d) }
	}, name, nil
}

var tps = regexp.MustCompile(`(?m)^tps = ([0-9.]+) \(without initial connection time\)`)

func (c *Cluster) runScript(ctx context.Context, file string, callers int, d time.Duration) (float64, error) {
	seconds := strconv.Itoa(max(1, int(d.Seconds())))
	out, err := exec.CommandContext(ctx, c.pgbench, "-n", "-f", file, "-c", strconv.Itoa(callers), "-j", "2", "-T", seconds, "-M", "prepared", c.base).CombinedOutput()
	found := tps.FindSubmatch(out)
	if err != nil || found == nil {
		return 0, fmt.Errorf("pgbench: %w: %s", err, out)
	}
	return strconv.ParseFloat(string(found[1]), 64)
}
