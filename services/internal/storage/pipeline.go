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
// them together: a round trip under the lock is what everyone else waits for. A write must change exactly one row, which all of ours do;
// otherwise, or if it fails, what comes next fails and nothing is committed.
type pipeline struct {
	conn  *sql.Conn
	batch *pgx.Batch
}

// ExecContext keeps a write.
func (p *pipeline) ExecContext(_ context.Context, query string, args ...any) (sql.Result, error) {
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
