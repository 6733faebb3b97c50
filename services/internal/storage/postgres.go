package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/ent/migrations"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// postgresEngine locks the head row first and runs at READ COMMITTED: each statement after the lock sees everything that was committed
// before it. Round trips inside the lock are what a change costs there, so the begin of a transaction, each read, and
// its end with all its writes are one each.
type postgresEngine struct {
	db    *sql.DB
	scope func(*ent.Client)
	// turns hold one token for each jurisdiction: callers in this process queue for the lock here, which costs less than in the database.
	turns sync.Map
}

// poolSize is how many connections a server opens for writing, and as many for reading.
const poolSize = 24

func (db *DB) openPostgres(ctx context.Context, url string) error {
	write, err := pgx.ParseConfig(url)
	if err != nil {
		return err
	}
	write.RuntimeParams["application_name"] = "jiebangd"
	write.RuntimeParams["timezone"] = "UTC"
	write.RuntimeParams["lock_timeout"] = "10s"
	write.RuntimeParams["idle_in_transaction_session_timeout"] = "30s"
	read := write.Copy()
	read.RuntimeParams["default_transaction_read_only"] = "on"
	writeDB := stdlib.OpenDB(*write)
	db.closers = append(db.closers, writeDB.Close)
	db.readSQL = stdlib.OpenDB(*read)
	db.closers = append(db.closers, db.readSQL.Close)
	for _, pool := range []*sql.DB{writeDB, db.readSQL} {
		pool.SetMaxOpenConns(poolSize)
		pool.SetMaxIdleConns(poolSize)
		pool.SetConnMaxIdleTime(5 * time.Minute)
	}
	if err := assertSettings(ctx, writeDB); err != nil {
		return err
	}
	db.engine = &postgresEngine{db: writeDB, scope: db.scope}
	db.read = db.readSQL
	db.Read = newClient(dialect.Postgres, db.read, db.scope)
	return nil
}

// assertSettings refuses a server whose commits a power cut could lose.
func assertSettings(ctx context.Context, db *sql.DB) error {
	for _, s := range []struct {
		name string
		good []string
	}{
		{"fsync", []string{"on"}},
		{"full_page_writes", []string{"on"}},
		{"synchronous_commit", []string{"on", "remote_apply"}},
		{"transaction_read_only", []string{"off"}},
	} {
		var have string
		if err := db.QueryRowContext(ctx, "SELECT current_setting($1)", s.name).Scan(&have); err != nil {
			return fmt.Errorf("ask PostgreSQL for %s: %w", s.name, err)
		}
		if !slices.Contains(s.good, have) {
			return fmt.Errorf("PostgreSQL is not durable: %s is %s; set it to %s", s.name, have, s.good[0])
		}
	}
	return nil
}

func (e *postgresEngine) migrate(ctx context.Context) (from, to int64, err error) {
	return migrations.Up(ctx, e.db, dialect.Postgres)
}

func (e *postgresEngine) status(ctx context.Context) (have, want int64, err error) {
	return migrations.Status(ctx, e.db, dialect.Postgres)
}

func (e *postgresEngine) close() error { return nil }

// take waits for the jurisdiction's turn in this process and returns how to give it back.
func (e *postgresEngine) take(ctx context.Context, jurisdiction string) (give func(), err error) {
	turn, ok := e.turns.Load(jurisdiction)
	if !ok {
		turn, _ = e.turns.LoadOrStore(jurisdiction, make(chan struct{}, 1))
	}
	c := turn.(chan struct{})
	select {
	case c <- struct{}{}:
		return func() { <-c }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// open takes a connection and returns a session on it whose abort rolls back and gives it back.
func (e *postgresEngine) open(ctx context.Context) (*session, *pipeline, error) {
	conn, err := e.db.Conn(ctx)
	if err != nil {
		return nil, nil, errors.Join(ErrUnavailable, err)
	}
	ended := false
	line := &pipeline{conn: conn, batch: &pgx.Batch{}}
	s := &session{client: newClient(dialect.Postgres, line, e.scope), sql: line}
	s.abort = func() {
		if ended {
			return
		}
		ended = true
		_ = conn.Raw(func(c any) error {
			p := c.(*stdlib.Conn).Conn()
			if p.PgConn().TxStatus() == 'I' {
				return nil
			}
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			_, err := p.Exec(ctx, "rollback")
			return err
		})
		_ = conn.Close()
	}
	return s, line, nil
}

func (e *postgresEngine) begin(ctx context.Context, jurisdiction, request string, fresh Query) (*session, error) {
	give, err := e.take(ctx, jurisdiction)
	if err != nil {
		return nil, err
	}
	s, line, err := e.open(ctx)
	if err != nil {
		give()
		return nil, err
	}
	abort := s.abort
	s.abort = sync.OnceFunc(func() {
		abort()
		give()
	})
	var frontier []byte
	found := false
	b := line.batch
	b.Queue("begin isolation level read committed")
	b.Queue("SELECT size, frontier, last_at, doubted_at IS NOT NULL FROM ledger_heads WHERE id = $1 FOR UPDATE", jurisdiction).QueryRow(func(r pgx.Row) error {
		err := r.Scan(&s.head.Size, &frontier, &s.head.LastAt, &s.head.Doubted)
		found = err == nil
		return noRows(err)
	})
	// Statements of their own, so that they see what was committed while the lock was awaited.
	b.Queue("SELECT clock_timestamp(), r.body_hash, r.answer FROM (SELECT 1) one LEFT JOIN requests r ON r.id = $1", request).QueryRow(func(r pgx.Row) error {
		return r.Scan(&s.now, &s.body, &s.answer)
	})
	var refused error
	if fresh.SQL != "" {
		b.Queue(Rebind(dialect.Postgres, fresh.SQL), fresh.Args...).QueryRow(func(r pgx.Row) error {
			refused = fresh.Scan(r.Scan)
			return nil
		})
	}
	if err := line.flush(ctx); err != nil {
		s.abort()
		return nil, postgresError(err)
	}
	if refused != nil {
		s.abort()
		return nil, refused
	}
	if !found {
		s.abort()
		return nil, ErrJurisdiction.With("jurisdiction", jurisdiction)
	}
	if err := setFrontier(s, frontier); err != nil {
		s.abort()
		return nil, err
	}
	s.commit = func(ctx context.Context, p pending) error {
		appendTo(line.batch, p)
		err := line.flush(context.WithoutCancel(ctx))
		s.abort() // after a commit this only gives the connection back
		return postgresError(err)
	}
	return s, nil
}

// appendTo adds what ends a transaction.
func appendTo(b *pgx.Batch, p pending) {
	for _, l := range p.entries {
		b.Queue("INSERT INTO ledger_entries (id, jurisdiction, sequence, salt, body, hashes) VALUES ($1, $2, $3, $4, $5, $6)",
			entry.Key(p.jurisdiction, l.sequence), p.jurisdiction, l.sequence, l.salt, l.body, l.hashes)
	}
	if p.request != "" {
		b.Queue("INSERT INTO requests (id, jurisdiction, body_hash, answer, created_at) VALUES ($1, $2, $3, $4, $5)",
			p.request, p.jurisdiction, p.body, p.answer, p.now)
	}
	b.Queue("UPDATE ledger_heads SET size = $1, frontier = $2, last_at = $3 WHERE id = $4", p.head.Size, frontierBytes(p.head), p.head.LastAt, p.jurisdiction)
	b.Queue("commit")
}

func (e *postgresEngine) project(ctx context.Context, cursor, jurisdiction string) (*session, error) {
	s, line, err := e.open(ctx)
	if err != nil {
		return nil, err
	}
	b := line.batch
	b.Queue("begin isolation level read committed")
	// A projection need not survive a crash: its rows and its cursor go back together, and the entries are there to be applied again.
	b.Queue("SET LOCAL synchronous_commit TO off")
	b.Queue("INSERT INTO cursors (id, jurisdiction, position) VALUES ($1, $2, 0) ON CONFLICT (id) DO NOTHING", cursor, jurisdiction)
	b.Queue("SELECT position FROM cursors WHERE id = $1 FOR UPDATE", cursor).QueryRow(func(r pgx.Row) error { return r.Scan(&s.position) })
	if err := line.flush(ctx); err != nil {
		s.abort()
		return nil, postgresError(err)
	}
	s.commit = func(ctx context.Context, _ pending) error {
		line.batch.Queue("commit")
		err := line.flush(ctx)
		s.abort()
		return postgresError(err)
	}
	return s, nil
}

func (e *postgresEngine) found(ctx context.Context, h headRow) error {
	_, err := e.db.ExecContext(ctx, "INSERT INTO ledger_heads (id, display_name, verifier_key, size, frontier, last_at) VALUES ($1, $2, $3, 0, '', $4) ON CONFLICT (id) DO NOTHING",
		h.jurisdiction, h.displayName, h.verifierKey, h.at)
	return postgresError(err)
}

func noRows(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// postgresError marks what a repetition may cure, and what leaves the outcome unknown.
func postgresError(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var p *pgconn.PgError
	if !errors.As(err, &p) {
		return errors.Join(ErrUnavailable, err) // the connection broke
	}
	switch p.Code {
	case "40001", "40P01": // serialization failure, deadlock
		return errors.Join(errLostRace, err)
	case "23505":
		if p.ConstraintName == "requests_pkey" {
			return errors.Join(errLostRace, err)
		}
	case "55P03", "57P01", "57P02", "57P03", "53300": // lock timeout, shutdown, too many connections
		return errors.Join(ErrUnavailable, err)
	}
	return err
}
