// Package statement runs SQL texts on a connection that storage has opened: it keeps prepared statements, and rows that are read again and again.
package statement

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	entsql "entgo.io/ent/dialect/sql"
)

// maxStatements bounds the cache: ent makes few texts, but a filter may make many.
const maxStatements = 400

// preparer is a *sql.DB or a *sql.Conn.
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Statements keeps prepared statements by their text: SQLite spends more on reading a statement than on running it.
type Statements struct {
	mu       sync.RWMutex
	on       preparer
	detached bool
	prepared map[string]prepared
	rows     *Rows // is told of the tables that are written to; nil for none
}

// prepared is a statement, which is nil once there are too many, and the table that it writes to.
type prepared struct {
	*sql.Stmt
	writes *table
}

// New returns the statements of a pool or a connection.
func New(on preparer) *Statements {
	return &Statements{on: on, prepared: map[string]prepared{}}
}

// Detached runs statements to their end even if the caller goes away. On the one connection that writes this is a must: SQLite undoes a
// whole transaction when a statement in it is interrupted, and others share it. Rows, unless nil, are told of
// what is written to.
func Detached(on preparer, rows *Rows) *Statements {
	s := New(on)
	s.detached, s.rows = true, rows
	return s
}

// Reset forgets the statements and goes on with another connection.
func (s *Statements) Reset(on preparer) {
	_ = s.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.on = on
}

// Close closes the prepared statements.
func (s *Statements) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, stmt := range s.prepared {
		errs = append(errs, stmt.Close())
	}
	s.prepared = map[string]prepared{}
	return errors.Join(errs...)
}

// get returns the prepared statement, and makes known what it is about to write to.
func (s *Statements) get(query string) (*sql.Stmt, error) {
	s.mu.RLock()
	p, known := s.prepared[query]
	full := len(s.prepared) >= maxStatements
	s.mu.RUnlock()
	if !known {
		var err error
		if p, err = s.prepare(query, !full); err != nil {
			return nil, err
		}
	}
	if p.writes != nil {
		s.rows.touch(p.writes)
	}
	return p.Stmt, nil
}

func (s *Statements) prepare(query string, keep bool) (p prepared, err error) {
	if s.rows != nil {
		p.writes = s.rows.target(query)
	}
	if !keep {
		return p, nil
	}
	// The statement outlives the call, so the call's context must not end it. Nobody waits for the lock meanwhile: whoever holds a connection must be able to
	// go on and give it back.
	if p.Stmt, err = s.on.PrepareContext(context.Background(), query); err != nil {
		return p, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if other, ok := s.prepared[query]; ok {
		return other, p.Close()
	}
	s.prepared[query] = p
	return p, nil
}

// ExecContext runs a statement.
func (s *Statements) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
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
func (s *Statements) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
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

// Row reads one row.
func Row(ctx context.Context, on entsql.ExecQuerier, query string, args []any, into ...any) error {
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
