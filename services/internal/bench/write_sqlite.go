package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver that the product has
)

// oneJurisdiction is where the figures of one jurisdiction are measured.
const oneJurisdiction = "330182"

// writeSQLite compares the product's audited write with the least that a durable write is.
func writeSQLite(ctx context.Context, b *bench) (err error) {
	dir, err := b.sub("sqlite")
	if err != nil {
		return err
	}
	m, err := openMarket(ctx, dir, "", oneJurisdiction)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.stop()) }()
	pool, err := newDrafts(ctx, m, oneJurisdiction)
	if err != nil {
		return err
	}
	rows, err := openRows(ctx, filepath.Join(dir, "bare.db"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for _, callers := range []int{1, 32} {
		name := fmt.Sprintf("write_sqlite_%d_ratio", callers)
		if !b.wants(name) {
			continue
		}
		w := &writes{over: []*drafts{pool}, callers: callers}
		r, err := compare(ctx, name, w.side, rows.side(callers))
		if err != nil {
			return err
		}
		b.print(name, r.ratio, "ratio")
	}
	return nil
}

// rows is a table of its own file with one connection that writes, and the product's settings.
type rows struct {
	*sql.DB
	insert *sql.Stmt
}

func openRows(ctx context.Context, path string) (*rows, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(4000)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "CREATE TABLE bare (id INTEGER PRIMARY KEY, body BLOB NOT NULL)"); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	insert, err := db.PrepareContext(ctx, "INSERT INTO bare (body) VALUES (?)")
	return &rows{db, insert}, err
}

// side inserts one row a commit.
func (r *rows) side(callers int) side {
	body := make([]byte, 200)
	return func(ctx context.Context, d time.Duration) (float64, error) {
		return drive(ctx, callers, d, func(context.Context, int) error {
			_, err := r.insert.ExecContext(context.Background(), body)
			return err
		})
	}
}
