package storage

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// pipeline is a connection inside a PostgreSQL transaction that keeps writes until something is read or the transaction ends, and sends
// them together: a round trip under the lock is what everyone else waits for. A write must change exactly one row, unless Several says otherwise;
// otherwise, or if it fails, what comes next fails and nothing is committed.
type pipeline struct {
	conn  *sql.Conn
	batch *pgx.Batch
}

type severalKey struct{}

// Several lets the writes of a context change any number of rows, and tell how many. Each costs a round trip.
func Several(ctx context.Context) context.Context { return context.WithValue(ctx, severalKey{}, true) }

// ExecContext keeps a write.
func (p *pipeline) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if ctx.Value(severalKey{}) != nil {
		if p.batch.Len() > 0 {
			if err := p.flush(ctx); err != nil {
				return nil, err
			}
		}
		return p.conn.ExecContext(ctx, query, args...)
	}
	values := make([]any, len(args))
	for i, a := range args {
		v, err := sqldriver.DefaultParameterConverter.ConvertValue(a)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		values[i] = v
	}
	p.batch.Queue(query, values...).Exec(func(t pgconn.CommandTag) error {
		if n := t.RowsAffected(); n != 1 {
			return fmt.Errorf("%w: %d rows", errVersion, n)
		}
		return nil
	})
	return sqldriver.RowsAffected(1), nil
}

// QueryContext sends what is kept and reads.
func (p *pipeline) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if p.batch.Len() > 0 {
		if err := p.flush(ctx); err != nil {
			return nil, err
		}
	}
	return p.conn.QueryContext(ctx, query, args...)
}

// flush sends what is kept in one round trip.
func (p *pipeline) flush(ctx context.Context) error {
	batch := p.batch
	p.batch = &pgx.Batch{}
	return p.conn.Raw(func(c any) error {
		return c.(*stdlib.Conn).Conn().SendBatch(ctx, batch).Close()
	})
}
