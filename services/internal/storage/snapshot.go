package storage

import (
	"context"
	"database/sql"

	"entgo.io/ent/dialect"

	"github.com/jiebang/jiebang/ent/gen/ent"
)

// Snapshot reads what is committed at one instant, whatever is committed meanwhile. It holds a connection, and on SQLite the pages that are written meanwhile:
// whatever waits for somebody else comes after it.
func (db *DB) Snapshot(ctx context.Context, read func(*ent.Client) error) error {
	o := &sql.TxOptions{}
	if db.dialect == dialect.Postgres {
		o = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	tx, err := db.readSQL.BeginTx(ctx, o)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	return read(newClient(db.dialect, tx, db.scope))
}
