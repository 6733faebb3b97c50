package storage

import (
	"context"
	"database/sql"
	"errors"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5"

	"github.com/jiebang/jiebang/services/internal/storage/statement"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// driver lets ent use a connection on which storage has opened the transaction: ent's own transactions do nothing.
type driver struct{ *entsql.Driver }

func newDriver(name string, on entsql.ExecQuerier) driver {
	return driver{entsql.NewDriver(name, entsql.Conn{ExecQuerier: on})}
}

// Tx returns the driver itself.
func (d driver) Tx(context.Context) (dialect.Tx, error) { return dialect.NopTx(d), nil }

// Close does nothing: storage closes what it opened.
func (d driver) Close() error { return nil }

// Row runs a query for one row on the reading client. What it gives is shared and must not be changed.
func (db *DB) Row(ctx context.Context, q Query) error {
	if db.rows != nil {
		return db.rows.Read(ctx, db.read, q)
	}
	return q.Scan(func(into ...any) error {
		return statement.Row(ctx, db.read, Rebind(db.dialect, q.SQL), q.Args, into...)
	})
}

// NoRow reports whether a query for one row found none.
func NoRow(err error) bool { return errors.Is(err, sql.ErrNoRows) || errors.Is(err, pgx.ErrNoRows) }

// readHead reads the head, and the answer to the request if there is one, into s.
func readHead(ctx context.Context, on entsql.ExecQuerier, s *session, jurisdiction, request string) error {
	var frontier []byte
	err := statement.Row(ctx, on, "SELECT h.size, h.frontier, h.last_at, h.doubted_at IS NOT NULL, r.body_hash, r.answer FROM ledger_heads h LEFT JOIN requests r ON r.id = ? WHERE h.id = ?",
		[]any{request, jurisdiction}, &s.head.Size, &frontier, &s.head.LastAt, &s.head.Doubted, &s.body, &s.answer)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrJurisdiction.With("jurisdiction", jurisdiction)
	}
	if err != nil {
		return err
	}
	return setFrontier(s, frontier)
}

func setFrontier(s *session, frontier []byte) error {
	hashes, err := entry.Hashes(frontier)
	s.head.Frontier, s.head.LastAt = hashes, s.head.LastAt.UTC()
	return err
}

func frontierBytes(h Head) []byte { return entry.Bytes(h.Frontier) }
