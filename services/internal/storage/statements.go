package storage

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5"

	"github.com/jiebang/jiebang/services/ledger/entry"
)

// maxStatements bounds the cache: ent makes few texts, but a filter may make many.
const maxStatements = 400

// preparer is a *sql.DB or a *sql.Conn.
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// statements keeps prepared statements by their text: SQLite spends more on reading a statement than on running it.
type statements struct {
	mu       sync.RWMutex
	on       preparer
	detached bool
	prepared map[string]*sql.Stmt
}

func newStatements(on preparer) *statements {
	return &statements{on: on, prepared: map[string]*sql.Stmt{}}
}

// detached runs statements to their end even if the caller goes away. On the one connection that writes this is a must: SQLite undoes a
// whole transaction when a statement in it is interrupted, and others share it.
func detached(on preparer) *statements {
	s := newStatements(on)
	s.detached = true
	return s
}

// reset forgets the statements and goes on with another connection.
func (s *statements) reset(on preparer) {
	_ = s.close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.on = on
}

func (s *statements) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, stmt := range s.prepared {
		errs = append(errs, stmt.Close())
	}
	s.prepared = map[string]*sql.Stmt{}
	return errors.Join(errs...)
}

// get returns the prepared statement, or nil when the cache is full.
func (s *statements) get(query string) (*sql.Stmt, error) {
	s.mu.RLock()
	stmt, full := s.prepared[query], len(s.prepared) >= maxStatements
	s.mu.RUnlock()
	if stmt != nil || full {
		return stmt, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if stmt := s.prepared[query]; stmt != nil {
		return stmt, nil
	}
	// The statement outlives the call, so the call's context must not end it.
	stmt, err := s.on.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	s.prepared[query] = stmt
	return stmt, nil
}

// ExecContext runs a statement.
func (s *statements) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if s.detached {
		ctx = context.WithoutCancel(ctx)
	}
	stmt, err := s.get(query)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return s.on.ExecContext(ctx, query, args...)
	}
	return stmt.ExecContext(ctx, args...)
}

// QueryContext runs a query.
func (s *statements) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s.detached {
		ctx = context.WithoutCancel(ctx)
	}
	stmt, err := s.get(query)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return s.on.QueryContext(ctx, query, args...)
	}
	return stmt.QueryContext(ctx, args...)
}

// driver lets ent use a connection on which storage has opened the transaction: ent's own transactions do nothing.
type driver struct{ *entsql.Driver }

func newDriver(name string, on entsql.ExecQuerier) driver {
	return driver{entsql.NewDriver(name, entsql.Conn{ExecQuerier: on})}
}

// Tx returns the driver itself.
func (d driver) Tx(context.Context) (dialect.Tx, error) { return dialect.NopTx(d), nil }

// Close does nothing: storage closes what it opened.
func (d driver) Close() error { return nil }

// Row runs a query for one row on the reading client.
func (db *DB) Row(ctx context.Context, q Query) error {
	return q.Scan(func(into ...any) error { return scanRow(ctx, db.read, Rebind(db.dialect, q.SQL), q.Args, into...) })
}

// NoRow reports whether a query for one row found none.
func NoRow(err error) bool { return errors.Is(err, sql.ErrNoRows) || errors.Is(err, pgx.ErrNoRows) }

// scanRow reads one row.
func scanRow(ctx context.Context, on entsql.ExecQuerier, query string, args []any, into ...any) error {
	rows, err := on.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	return rows.Scan(into...)
}

// readHead reads the head, and the answer to the request if there is one, into s.
func readHead(ctx context.Context, on entsql.ExecQuerier, s *session, jurisdiction, request string) error {
	var frontier []byte
	err := scanRow(ctx, on, "SELECT h.size, h.frontier, h.last_at, r.body_hash, r.answer FROM ledger_heads h LEFT JOIN requests r ON r.id = ? WHERE h.id = ?",
		[]any{request, jurisdiction}, &s.head.Size, &frontier, &s.head.LastAt, &s.body, &s.answer)
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
