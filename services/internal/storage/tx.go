package storage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entserial "github.com/jiebang/jiebang/ent/gen/ent/serial"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/storage/statement"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Call is what a caller wants changed, apart from the change itself.
type Call struct {
	Jurisdiction string // whose ledger
	Principal    string // who; scopes the request_id
	Method       string
	RequestID    string
	BodyHash     []byte // of the whole request but its request_id
	ValidateOnly bool   // do everything, commit nothing
	// Fresh reads the caller again under the lock.
	Fresh Query
	// Authorize decides on what Fresh has read whether the caller may still act.
	Authorize func(*Txn) error
}

// Query is a query for one row; a call's runs in the round trip of the lock.
type Query = statement.Query

// Head is the locked head of a ledger.
type Head struct {
	Size     int64
	Frontier entry.Frontier
	LastAt   time.Time
	Doubted  bool // whether the clock is in doubt
}

// Txn is a transaction that holds its jurisdiction's ledger head. Its client sees everything that was committed before the lock.
type Txn struct {
	*ent.Client
	Now          time.Time // the instant of the change
	Local        time.Time // what this machine's clock showed then, or a little later
	Began        time.Time // what it showed before the lock was waited for
	Jurisdiction string
	Principal    string
	RequestID    string
	Rand         chance.Source
	ValidateOnly bool         // nothing will be committed
	Caller       party.Caller // who acts, as read under the lock; set by Authorize
	Withheld     error        // why nothing is committed although all else allows it; set by Authorize, said after everything that decide says

	doubted bool
	head    Head
	entries []leaf
	sql     entsql.ExecQuerier // behind the client
	dialect string
	local   func() time.Time // this machine's clock, if that of the database decides
}

// leaf is an entry on its way into the ledger.
type leaf struct {
	sequence           int64
	salt, body, hashes []byte
}

// pending is what commit writes beside the business rows.
type pending struct {
	jurisdiction string
	entries      []leaf
	head         Head
	request      string // id of the request row; empty for the platform's own acts
	body, answer []byte
	now          time.Time
}

// Receipt names a ledger entry.
type Receipt struct {
	Jurisdiction string
	Sequence     int64
	Hash         []byte
}

// Append adds an entry to the ledger of the transaction. The sequence, the time and the request are the transaction's own.
func (tx *Txn) Append(e entry.Entry) (Receipt, error) {
	e.Jurisdiction, e.Sequence, e.Time, e.Actor = tx.Jurisdiction, tx.head.Size, tx.Now, tx.Principal
	if e.Row != nil { // or it says nothing
		e.Request = tx.RequestID
	}
	if err := e.Valid(); err != nil {
		return Receipt{}, err
	}
	body, salt := e.Encode(), chance.Bytes(tx.Rand, entry.SaltSize)
	hash := entry.Leaf(salt, body)
	frontier, stored := tx.head.Frontier.Append(tx.head.Size, hash)
	tx.entries = append(tx.entries, leaf{tx.head.Size, salt, body, entry.Bytes(stored)})
	tx.head.Size, tx.head.Frontier, tx.head.LastAt = tx.head.Size+1, frontier, tx.Now
	return Receipt{tx.Jurisdiction, e.Sequence, hash[:]}, nil
}

// Size is the number of entries in the ledger, with those of this transaction.
func (tx *Txn) Size() int64 { return tx.head.Size }

// Root is the root of the tree of these entries.
func (tx *Txn) Root() []byte { root := tx.head.Frontier.Root(); return root[:] }

// Sure makes sure that the clock is in no doubt, before something is decided by the time.
func (tx *Txn) Sure() error {
	if tx.doubted {
		return ErrClock
	}
	return nil
}

// Serial gives the next number of a series in a year, from 1. It has no gaps, because it is given under the lock and undone with the rest.
func (tx *Txn) Serial(ctx context.Context, series string, year int) (int, error) {
	key := fmt.Sprintf("%s-%s-%d", series, tx.Jurisdiction, year)
	s, err := tx.Client.Serial.Query().Where(entserial.ID(key)).Only(ctx)
	if ent.IsNotFound(err) {
		return 1, tx.Client.Serial.Create().SetID(key).SetJurisdiction(tx.Jurisdiction).SetLast(1).Exec(ctx)
	}
	if err != nil {
		return 0, err
	}
	return s.Last + 1, tx.Client.Serial.Update().Where(entserial.ID(key)).SetLast(s.Last + 1).Exec(ctx)
}

// Latest is the latest instant, by the clock that decides, that this machine's clock can have shown as local. Where the database has that clock, it is asked
// again after a look at this machine's.
func (tx *Txn) Latest(ctx context.Context, local time.Time) (time.Time, error) {
	now, before := tx.Now, tx.Local
	if tx.local != nil {
		before = tx.local()
		if err := tx.Row(ctx, "SELECT clock_timestamp()", nil, &now); err != nil {
			return time.Time{}, err
		}
	}
	return now.UTC().Truncate(time.Microsecond).Add(-max(before.Sub(local), 0)), nil
}

// Row reads one row by a query with ? for arguments.
func (tx *Txn) Row(ctx context.Context, query string, args []any, into ...any) error {
	return statement.Row(ctx, tx.sql, Rebind(tx.dialect, query), args, into...)
}

// Write changes one row, in the version that was read, by a statement with ? for arguments.
func (tx *Txn) Write(ctx context.Context, query string, args ...any) error {
	res, err := tx.sql.ExecContext(ctx, Rebind(tx.dialect, query), args...)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	return One(int(n), err)
}

// ErrNoEntry says that a change would leave no entry; nothing of it is kept.
var ErrNoEntry = errors.New("a change without a ledger entry")

// tries is how often a transaction that lost a race in the database is repeated.
const tries = 4

// Tx changes something: see the package comment for its order. The answer to a request_id is the first one, kept for ever; the same
// request_id with another body is refused.
func Tx[T any](ctx context.Context, db *DB, call Call, decide func(*Txn) (T, error)) (T, error) {
	var zero T
	request := ""
	if call.Principal != "system" {
		if !chance.IsUUID(call.RequestID) {
			return zero, ErrRequestID.With("request_id", call.RequestID).At("request_id")
		}
		request = statement.RequestKey(call.Principal, call.Method, call.RequestID)
	}
	var err error
	for range tries {
		var answer T
		answer, err = once(ctx, db, call, request, decide)
		if !isRetryable(err) {
			return answer, err
		}
	}
	return zero, fmt.Errorf("%s: gave up after %d tries: %w", call.Method, tries, errors.Join(ErrUnavailable, err))
}

func once[T any](ctx context.Context, db *DB, call Call, request string, decide func(*Txn) (T, error)) (answer T, err error) {
	began, before := db.clock.Now(), db.clock.Elapsed()
	s, err := db.engine.begin(ctx, call.Jurisdiction, request, call.Fresh)
	if err != nil {
		return answer, err
	}
	defer s.abort()
	defer db.hold(call.Method)()
	local := db.clock.Now()
	now, doubted := db.now(s, local, before)
	tx := &Txn{Client: s.client, Now: now, Local: local, Began: began, Jurisdiction: call.Jurisdiction, Principal: call.Principal, RequestID: call.RequestID, ValidateOnly: call.ValidateOnly,
		Rand: db.rand, doubted: doubted, head: s.head, sql: s.sql, dialect: db.dialect}
	if db.theirs {
		tx.local = db.clock.Now
	}
	if call.Authorize != nil {
		if err := call.Authorize(tx); err != nil {
			return answer, s.refuse(err)
		}
	}
	if s.body != nil {
		if !bytes.Equal(s.body, call.BodyHash) {
			return answer, s.refuse(ErrReused.With("request_id", call.RequestID).At("request_id"))
		}
		if err := s.refuse(nil); err != nil {
			return answer, err
		}
		return answer, json.Unmarshal(s.answer, &answer)
	}
	if answer, err = decide(tx); err != nil {
		return answer, s.refuse(err)
	}
	if tx.Withheld != nil || call.ValidateOnly {
		return answer, s.refuse(tx.Withheld)
	}
	if len(tx.entries) == 0 {
		return answer, fmt.Errorf("%s: %w", call.Method, ErrNoEntry)
	}
	p := pending{jurisdiction: call.Jurisdiction, entries: tx.entries, head: tx.head, request: request, body: call.BodyHash, now: tx.Now}
	if p.answer, err = json.Marshal(answer); err != nil {
		return answer, err
	}
	if err := s.commit(ctx, p); err != nil {
		var zero T
		return zero, err
	}
	db.signal()
	return answer, nil
}

// hold measures how long the head is held and reports who holds it long.
func (db *DB) hold(method string) func() {
	start := db.clock.Now()
	return func() {
		held := db.clock.Now().Sub(start)
		db.observed(Observation{Method: method, Held: held})
		if held > longHold {
			db.log.Warn("a transaction held the ledger head long", "method", method, "held", held.String())
		}
	}
}

// errLostRace marks an error after which the same transaction may succeed.
var errLostRace = errors.New("lost a race")

func isRetryable(err error) bool {
	return err != nil && errors.Is(err, errLostRace) && fault.As(err) == nil
}

// errVersion says that a row has moved under the lock that keeps it: a defect, never a caller's fault.
var errVersion = errors.New("a row changed outside the ledger's order")

// One makes sure that an update found the one row, in the version that was read.
func One(n int, err error) error {
	if err == nil && n != 1 {
		return fmt.Errorf("%w: %d rows", errVersion, n)
	}
	return err
}
