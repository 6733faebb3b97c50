// Package storage opens the database and is the only way to change it.
//
//   - DB.Read is a client that the database itself holds to reading.
//   - Tx is the only function that commits a business change. It does, in this order: begin, lock the jurisdiction's ledger head, read the
//     clock, look the request_id up, authorize on fresh rows, decide, write, append, commit, answer. So the changes of a jurisdiction happen
//     strictly one after another on both databases, and the order of its ledger is that order.
//   - Project is the only function that commits a projection of the ledger, and it cannot reach anything else.
package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"database/sql"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/internal/storage/statement"
)

// Options are what Open needs to know.
type Options struct {
	URL   string        // postgres://…, or the path of a SQLite file
	Clock clock.Clock   // System unless a test or the demonstration sets it
	Rand  chance.Source // the operating system's unless a test sets it
	Log   *slog.Logger
	Scope func(*ent.Client) // restricts what a client reads; every client that storage makes passes it
}

// DB is an open database.
type DB struct {
	// Read is a client that cannot write.
	Read *ent.Client

	dialect string
	clock   *clock.Steady
	watch   *clock.Watch // of the clock that decides
	theirs  bool         // which is the database's
	rand    chance.Source
	log     *slog.Logger
	engine  engine
	readSQL *sql.DB
	read    entsql.ExecQuerier // behind Read
	rows    *statement.Rows    // of Row; nil where other servers may write
	closers []func() error

	mu       sync.Mutex
	changed  chan struct{}
	observed func(Observation)
	scope    func(*ent.Client)
}

// engine is what the two databases do differently: how a transaction begins on the locked head and how it ends.
type engine interface {
	// begin opens a transaction, locks the head of the jurisdiction, and only then reads the clock, the answer to the request, if any,
	// and the fresh row.
	begin(ctx context.Context, jurisdiction, request string, fresh Query) (*session, error)
	// project opens a transaction that locks the row of the cursor, which it makes if it is not there.
	project(ctx context.Context, cursor, jurisdiction string) (*session, error)
	aside(ctx context.Context) (*session, error)
	// found makes the head of an empty ledger unless it is there.
	found(ctx context.Context, h headRow) error
	migrate(ctx context.Context) (from, to int64, err error)
	status(ctx context.Context) (have, want int64, err error)
	close() error
}

// session is an open transaction.
type session struct {
	client   *ent.Client
	sql      entsql.ExecQuerier // behind the client
	head     Head
	now      time.Time // the database's clock; zero where the database has none
	body     []byte    // hash of the request that was answered before, if one was
	answer   []byte
	position int64 // of the cursor
	// commit writes the entries, the answer and the head, and returns once they are durable.
	commit func(ctx context.Context, p pending) error
	// settle undoes what this transaction did and returns once what it read is durable; nil where it is anyway.
	settle func() error
	// abort undoes everything; it may be called after commit, without effect.
	abort func()
}

// refuse undoes the transaction and returns why it was refused, once what that is based on is durable: nobody is told of a change that a crash would undo.
func (s *session) refuse(why error) error {
	if s.settle != nil {
		if err := s.settle(); err != nil {
			return err
		}
	}
	return why
}

// Faults of storage.
var (
	ErrJurisdiction = fault.New(fault.NotFound, "JURISDICTION_NOT_FOUND", "this server keeps no ledger for the jurisdiction")
	ErrRequestID    = fault.New(fault.Invalid, "REQUEST_ID_REQUIRED", "a change needs a request_id, a UUID version 4 that is made once per intention")
	ErrReused       = fault.New(fault.Exists, "REQUEST_ID_REUSED", "the request_id was used with another body")
	ErrClock        = fault.New(fault.Unavailable, "CLOCK_DOUBTED", "the clock was set, and nothing is decided by the time until two persons have confirmed it")
	ErrUnavailable  = fault.New(fault.Unavailable, "STORAGE_UNAVAILABLE", "the change could not be confirmed; repeat it with the same request_id")
)

// Open opens the database without migrating it.
func Open(ctx context.Context, o Options) (*DB, error) {
	db := &DB{clock: &clock.Steady{Clock: cmp.Or[clock.Clock](o.Clock, clock.System{})}, rand: o.Rand, log: o.Log, changed: make(chan struct{}), observed: func(Observation) {}, scope: o.Scope}
	db.watch = &db.clock.Watch
	if db.rand == nil {
		db.rand = chance.System()
	}
	if db.log == nil {
		db.log = slog.New(slog.DiscardHandler)
	}
	if strings.HasPrefix(o.URL, "postgres://") || strings.HasPrefix(o.URL, "postgresql://") {
		db.dialect = dialect.Postgres
		if _, db.theirs = db.clock.Clock.(clock.System); db.theirs {
			db.watch = &clock.Watch{}
		}
		return db, db.openPostgres(ctx, o.URL)
	}
	db.dialect = dialect.SQLite
	return db, db.openSQLite(ctx, o.URL)
}

// newClient makes a client whose reading is restricted.
func newClient(name string, on entsql.ExecQuerier, scope func(*ent.Client)) *ent.Client {
	c := ent.NewClient(ent.Driver(newDriver(name, on)))
	if scope != nil {
		scope(c)
	}
	return c
}

// Migrate brings the schema up to this program's.
func (db *DB) Migrate(ctx context.Context) (from, to int64, err error) { return db.engine.migrate(ctx) }

// Status returns the version of the schema and that of this program.
func (db *DB) Status(ctx context.Context) (have, want int64, err error) { return db.engine.status(ctx) }

// ErrOutdated says that the schema is not this program's.
var ErrOutdated = errors.New("the database has another schema than this program; run jiebangd migrate, or the program that it belongs to")

// Current makes sure that the schema is this program's.
func (db *DB) Current(ctx context.Context) error {
	have, want, err := db.Status(ctx)
	if err == nil && have != want {
		return fmt.Errorf("%w (database %d, program %d)", ErrOutdated, have, want)
	}
	return err
}

// Dialect is ent's name of the database.
func (db *DB) Dialect() string { return db.dialect }

// ReadSQL is the pool behind Read, for what ent cannot say, such as a sum.
func (db *DB) ReadSQL() *sql.DB { return db.readSQL }

// Clock is the clock that the database was opened with, as nobody has set it since.
func (db *DB) Clock() clock.Clock { return db.clock }

// Watch is what the clock that decides is looked after with; it may be the database's, which shows itself when something is changed only.
func (db *DB) Watch() (w *clock.Watch, theirs bool) { return db.watch, db.theirs }

// Rand is the source of chance that the database was opened with.
func (db *DB) Rand() chance.Source { return db.rand }

type headRow struct {
	jurisdiction, displayName, verifierKey string
	at                                     time.Time
}

// Found makes the head of an empty ledger for a jurisdiction, unless it has one.
func (db *DB) Found(ctx context.Context, jurisdiction, displayName, verifierKey string) error {
	return db.engine.found(ctx, headRow{jurisdiction, displayName, verifierKey, db.clock.Now()})
}

// Close closes everything.
func (db *DB) Close() error {
	var errs []error
	if db.engine != nil {
		errs = append(errs, db.engine.close())
	}
	for i := len(db.closers) - 1; i >= 0; i-- {
		errs = append(errs, db.closers[i]())
	}
	return errors.Join(errs...)
}

// Changed returns a channel that is closed at the next commit through this DB. Other servers' commits are not seen: who must not miss
// anything looks again by itself, and this only saves waiting.
func (db *DB) Changed() <-chan struct{} {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.changed
}

func (db *DB) signal() {
	db.mu.Lock()
	defer db.mu.Unlock()
	close(db.changed)
	db.changed = make(chan struct{})
}

// Observation is what a transaction took, for metrics.
type Observation struct {
	Method string
	Held   time.Duration // how long it held the ledger head
}

// Observe sets who is told of each transaction. It is called before the first.
func (db *DB) Observe(f func(Observation)) { db.observed = f }

// longHold is how long a transaction may hold the head before it is reported: everyone else waits for it.
const longHold = 250 * time.Millisecond

// now is the instant of a transaction at which this machine's clock shows now, and since when elapsed was before: by the database's own clock where it has
// one, unless another clock was injected, and never before the ledger's last entry. While the clock is in doubt, time goes on as if nobody had set it.
func (db *DB) now(s *session, now time.Time, before time.Duration) (at time.Time, doubted bool) {
	jump, recorded := db.watch.Jump()
	if db.theirs {
		now = s.now.UTC().Truncate(time.Microsecond)
		jump, recorded = db.watch.See(now, before, db.clock.Elapsed())
		now = now.Add(-jump)
	}
	if now.Before(s.head.LastAt) {
		now = s.head.LastAt
	}
	return now, s.head.Doubted || jump != 0 && !recorded
}
