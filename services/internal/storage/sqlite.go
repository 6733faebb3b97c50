package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"

	"entgo.io/ent/dialect"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/ent/migrations"
	"github.com/jiebang/jiebang/services/internal/storage/statement"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// ErrInUse says that another server has the SQLite file.
var ErrInUse = errors.New("another server uses this database file; SQLite serves one, PostgreSQL serves several")

// groupLimit is how many transactions share one durable commit at most.
const groupLimit = 64

// sqliteEngine has one connection that writes. Transactions run on it one after another, each in a savepoint; those that queue up while
// one runs share its durable commit, and each answers only after that commit. The rows, the entries and the answer of a transaction are
// in the same commit, so either all of them are kept or none.
type sqliteEngine struct {
	db     *sql.DB // one connection
	conn   *sql.Conn
	client *ent.Client
	stmts  *statement.Statements
	rows   *statement.Rows
	lock   *os.File

	turn    chan struct{} // holds one token: the right to use conn
	waiting atomic.Int64  // callers that want the turn
	group   []chan error  // transactions that await the durable commit; guarded by turn
	open    bool          // a transaction is open on conn; guarded by turn
	nested  bool          // whoever has the turn is in a savepoint, because others are in the transaction; guarded by turn
}

func (db *DB) openSQLite(ctx context.Context, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return err
	}
	db.closers = append(db.closers, lock.Close)
	const common = "_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_time_format=sqlite"
	file := "file:" + (&url.URL{Path: path}).EscapedPath()
	write, err := sql.Open("sqlite", file+"?"+common+"&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(4000)&_pragma=cache_size(-65536)")
	if err != nil {
		return err
	}
	write.SetMaxOpenConns(1)
	db.closers = append(db.closers, write.Close)
	conn, err := write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	if err := assertDurable(ctx, conn); err != nil {
		return err
	}
	db.rows = statement.NewRows()
	e := &sqliteEngine{db: write, conn: conn, lock: lock, stmts: statement.Detached(conn, db.rows), rows: db.rows, turn: make(chan struct{}, 1)}
	e.turn <- struct{}{}
	e.client = newClient(dialect.SQLite, e.stmts, db.scope)
	db.engine = e
	db.readSQL, err = sql.Open("sqlite", file+"?"+common+"&_pragma=query_only(1)&_pragma=cache_size(-16384)")
	if err != nil {
		return err
	}
	db.readSQL.SetMaxOpenConns(8)
	db.readSQL.SetMaxIdleConns(8)
	db.closers = append(db.closers, db.readSQL.Close)
	// A read in SQLite is short and in this process: to watch for a caller who goes away costs more than to finish.
	db.read = statement.Detached(db.readSQL, nil)
	db.Read = newClient(dialect.SQLite, db.read, db.scope)
	return nil
}

// lockFile takes the lock that keeps a second server away; the operating system frees it when the process ends, however it ends.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%s: %w", path, ErrInUse)
	}
	return f, nil
}

// assertDurable refuses a connection whose commits a power cut could lose.
func assertDurable(ctx context.Context, conn *sql.Conn) error {
	var journal string
	var synchronous int
	if err := conn.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&journal); err != nil {
		return err
	}
	if err := conn.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&synchronous); err != nil {
		return err
	}
	if journal != "wal" || synchronous < 2 {
		return fmt.Errorf("SQLite is not durable: journal_mode %s, synchronous %d; it must be wal and 2 (FULL)", journal, synchronous)
	}
	return nil
}

func (e *sqliteEngine) migrate(ctx context.Context) (from, to int64, err error) {
	return e.lend(ctx, migrations.Up)
}

func (e *sqliteEngine) status(ctx context.Context) (have, want int64, err error) {
	return e.lend(ctx, migrations.Status)
}

// lend gives the writing connection to goose, which wants a pool, and takes it back.
func (e *sqliteEngine) lend(ctx context.Context, do func(context.Context, *sql.DB, string) (int64, int64, error)) (a, b int64, err error) {
	<-e.turn
	defer func() { e.turn <- struct{}{} }()
	err = errors.Join(e.stmts.Close(), e.conn.Close())
	if err == nil {
		a, b, err = do(ctx, e.db, dialect.SQLite)
	}
	conn, connErr := e.db.Conn(context.WithoutCancel(ctx))
	if connErr == nil {
		e.conn = conn
		e.stmts.Reset(conn)
		e.rows.Forget()
	}
	return a, b, errors.Join(err, connErr)
}

// take waits for the turn and opens a transaction, or a savepoint in the transaction of the group.
func (e *sqliteEngine) take(ctx context.Context) error {
	e.waiting.Add(1)
	select {
	case <-e.turn:
		e.waiting.Add(-1)
	case <-ctx.Done():
		e.waiting.Add(-1)
		e.leave()
		return ctx.Err()
	}
	if !e.open {
		if _, err := e.stmts.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
			e.turn <- struct{}{}
			return err
		}
		e.open, e.nested = true, false
		return nil
	}
	if _, err := e.stmts.ExecContext(ctx, "SAVEPOINT change"); err != nil {
		e.give(err)
		return err
	}
	e.nested = true
	return nil
}

// leave makes sure that a group which counted on this caller to go on is not left without one.
func (e *sqliteEngine) leave() {
	select {
	case <-e.turn:
		e.give(nil)
	default: // whoever has the turn gives it, and counts the callers then
	}
}

// give passes the turn on. Unless another caller waits to join the group, the group is committed first; broken is an error that leaves the
// connection in doubt, so that everything in it is undone.
func (e *sqliteEngine) give(broken error) {
	if broken == nil && e.waiting.Load() > 0 && len(e.group) > 0 && len(e.group) < groupLimit {
		e.turn <- struct{}{}
		return
	}
	err := broken
	if err == nil && len(e.group) > 0 {
		_, err = e.stmts.ExecContext(context.Background(), "COMMIT")
	}
	if err != nil || e.open && len(e.group) == 0 {
		_, rollbackErr := e.stmts.ExecContext(context.Background(), "ROLLBACK")
		if err != nil {
			err = errors.Join(ErrUnavailable, err, rollbackErr)
		}
	}
	e.rows.Settle()
	for _, done := range e.group {
		done <- err
	}
	e.group, e.open = nil, false
	e.turn <- struct{}{}
}

// undo takes back what was done since take, and passes the turn on.
func (e *sqliteEngine) undo() {
	if !e.nested { // alone in the transaction
		e.give(nil)
		return
	}
	_, err := e.stmts.ExecContext(context.Background(), "ROLLBACK TO change")
	if err == nil {
		_, err = e.stmts.ExecContext(context.Background(), "RELEASE change")
	}
	e.give(err)
}

func (e *sqliteEngine) begin(ctx context.Context, jurisdiction, request string, fresh Query) (*session, error) {
	if err := e.take(ctx); err != nil {
		return nil, err
	}
	s := &session{client: e.client, sql: e.stmts}
	ended := false
	s.abort = func() {
		if !ended {
			ended = true
			e.undo()
		}
	}
	err := readHead(ctx, e.stmts, s, jurisdiction, request)
	if err == nil && fresh.SQL != "" {
		err = e.rows.Read(ctx, e.stmts, fresh)
	}
	if err != nil {
		s.abort()
		return nil, err
	}
	s.settle = func() error {
		ended = true
		if !e.nested { // nobody else is in the transaction: what was read is durable
			e.undo()
			return nil
		}
		if _, err := e.stmts.ExecContext(context.Background(), "ROLLBACK TO change"); err != nil {
			e.give(err)
			return sqliteError(err)
		}
		return <-e.join()
	}
	s.commit = func(ctx context.Context, p pending) error {
		if err := e.append(ctx, p); err != nil {
			return sqliteError(err)
		}
		ended = true
		return <-e.join()
	}
	return s, nil
}

// join adds the transaction to the group and returns where the outcome of the durable commit will be told.
func (e *sqliteEngine) join() <-chan error {
	done := make(chan error, 1)
	if e.nested {
		if _, err := e.stmts.ExecContext(context.Background(), "RELEASE change"); err != nil {
			e.give(err)
			done <- errors.Join(ErrUnavailable, err)
			return done
		}
	}
	e.group = append(e.group, done)
	e.give(nil)
	return done
}

func (e *sqliteEngine) append(ctx context.Context, p pending) error {
	for _, l := range p.entries {
		if _, err := e.stmts.ExecContext(ctx, "INSERT INTO ledger_entries (id, jurisdiction, sequence, salt, body, hashes) VALUES (?, ?, ?, ?, ?, ?)",
			entry.Key(p.jurisdiction, l.sequence), p.jurisdiction, l.sequence, l.salt, l.body, l.hashes); err != nil {
			return err
		}
	}
	if p.request != "" {
		if _, err := e.stmts.ExecContext(ctx, "INSERT INTO requests (id, jurisdiction, body_hash, answer, created_at) VALUES (?, ?, ?, ?, ?)",
			p.request, p.jurisdiction, p.body, p.answer, p.now); err != nil {
			return err
		}
	}
	_, err := e.stmts.ExecContext(ctx, "UPDATE ledger_heads SET size = ?, frontier = ?, last_at = ? WHERE id = ?",
		p.head.Size, frontierBytes(p.head), p.head.LastAt, p.jurisdiction)
	return err
}

func (e *sqliteEngine) project(ctx context.Context, cursor, jurisdiction string) (*session, error) {
	if err := e.take(ctx); err != nil {
		return nil, err
	}
	s := &session{client: e.client, sql: e.stmts}
	ended := false
	s.abort = func() {
		if !ended {
			ended = true
			e.undo()
		}
	}
	_, err := e.stmts.ExecContext(ctx, "INSERT INTO cursors (id, jurisdiction, position) VALUES (?, ?, 0) ON CONFLICT (id) DO NOTHING", cursor, jurisdiction)
	if err == nil {
		err = statement.Row(ctx, e.stmts, "SELECT position FROM cursors WHERE id = ?", []any{cursor}, &s.position)
	}
	if err != nil {
		s.abort()
		return nil, err
	}
	s.commit = func(ctx context.Context, _ pending) error {
		ended = true
		return <-e.join()
	}
	return s, nil
}

func (e *sqliteEngine) found(ctx context.Context, h headRow) error {
	if err := e.take(ctx); err != nil {
		return err
	}
	_, err := e.stmts.ExecContext(ctx, "INSERT INTO ledger_heads (id, display_name, verifier_key, size, frontier, last_at) VALUES (?, ?, ?, 0, x'', ?) ON CONFLICT (id) DO NOTHING",
		h.jurisdiction, h.displayName, h.verifierKey, h.at)
	if err != nil {
		e.undo()
		return err
	}
	return <-e.join()
}

func (e *sqliteEngine) close() error {
	<-e.turn // nobody is inside a transaction any more, and nobody will be
	return errors.Join(e.stmts.Close(), e.conn.Close())
}

// sqliteError marks what a repetition may cure.
func sqliteError(err error) error {
	var s *sqlite.Error
	if errors.As(err, &s) && (s.Code() == sqlite3.SQLITE_BUSY || s.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY) {
		return errors.Join(errLostRace, err)
	}
	return err
}
