package storage_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	entledgerentry "github.com/jiebang/jiebang/ent/gen/ent/ledgerentry"
	entserial "github.com/jiebang/jiebang/ent/gen/ent/serial"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/internal/storagetest"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// call is a change of a caller with a new request_id.
func call() storage.Call {
	return storage.Call{Jurisdiction: jurisdiction, Principal: "t1", Method: "test", RequestID: chance.UUID(chance.System()), BodyHash: []byte("body")}
}

// write is a change that leaves one row and one entry.
func write(ctx context.Context, db *storage.DB, c storage.Call, name string) (int64, error) {
	return storage.Tx(ctx, db, c, func(tx *storage.Txn) (int64, error) {
		if err := tx.Client.Serial.Create().SetID(name).SetJurisdiction(c.Jurisdiction).SetLast(1).Exec(ctx); err != nil {
			return 0, err
		}
		r, err := tx.Append(entry.Entry{Kind: "test.written", Subject: name})
		return r.Sequence, err
	})
}

// state is what is committed.
func state(t *testing.T, db *storage.DB) (rows int, size int64) {
	t.Helper()
	rows, err := db.Read.Serial.Query().Count(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	head, err := db.Read.LedgerHead.Get(context.Background(), jurisdiction)
	if err != nil {
		t.Fatal(err)
	}
	return rows, head.Size
}

func wantState(t *testing.T, db *storage.DB, rows int, size int64) {
	t.Helper()
	if r, s := state(t, db); r != rows || s != size {
		t.Errorf("got %d rows and %d entries, want %d and %d", r, s, rows, size)
	}
}

var errRefused = errors.New("refused")

// TestTxIsWhole makes sure that a change is committed with its entry, or not at all.
func TestTxIsWhole(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		db, _ := open(t, url)
		ctx := t.Context()
		if _, err := write(ctx, db, call(), "a"); err != nil {
			t.Fatal(err)
		}
		wantState(t, db, 1, 1)
		_, err := storage.Tx(ctx, db, call(), func(tx *storage.Txn) (int, error) {
			if err := tx.Client.Serial.Create().SetID("b").SetJurisdiction(jurisdiction).SetLast(1).Exec(ctx); err != nil {
				return 0, err
			}
			if _, err := tx.Append(entry.Entry{Kind: "test.written", Subject: "b"}); err != nil {
				return 0, err
			}
			return 0, errRefused
		})
		if !errors.Is(err, errRefused) {
			t.Errorf("got %v", err)
		}
		_, err = storage.Tx(ctx, db, call(), func(tx *storage.Txn) (int, error) {
			return 0, tx.Client.Serial.Create().SetID("c").SetJurisdiction(jurisdiction).SetLast(1).Exec(ctx)
		})
		if !errors.Is(err, storage.ErrNoEntry) {
			t.Errorf("a change without an entry: got %v, want %v", err, storage.ErrNoEntry)
		}
		dry := call()
		dry.ValidateOnly = true
		if _, err := write(ctx, db, dry, "d"); err != nil {
			t.Error(err)
		}
		func() {
			defer func() { _ = recover() }()
			_, _ = storage.Tx(ctx, db, call(), func(*storage.Txn) (int, error) { panic("defect") })
		}()
		wantState(t, db, 1, 1)
		if _, err := write(ctx, db, call(), "e"); err != nil {
			t.Errorf("after refusals and a panic: %v", err)
		}
		wantState(t, db, 2, 2)
	})
}

// failure is what makes writing a table fail, or the commit itself, and what mends it.
func failure(table string, postgres bool) (fail, mend string) {
	event := map[bool]string{true: "UPDATE", false: "INSERT"}[table == "ledger_heads"]
	switch {
	case table == "commit" && postgres:
		return "CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON serials DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION jiebang_refuse()", "DROP TRIGGER fail ON serials"
	case table == "commit":
		return `CREATE TABLE owed (id TEXT REFERENCES serials DEFERRABLE INITIALLY DEFERRED);
			CREATE TRIGGER fail AFTER INSERT ON serials BEGIN INSERT INTO owed VALUES ('nobody'); END`, "DROP TRIGGER fail; DROP TABLE owed"
	case postgres:
		return fmt.Sprintf("CREATE TRIGGER fail BEFORE %s ON %s FOR EACH ROW EXECUTE FUNCTION jiebang_refuse()", event, table), "DROP TRIGGER fail ON " + table
	}
	return fmt.Sprintf("CREATE TRIGGER fail BEFORE %s ON %s BEGIN SELECT RAISE(ABORT, 'failed on purpose'); END", event, table), "DROP TRIGGER fail"
}

// TestFailedCommit makes the database refuse one statement after another, and the commit at last. The change must fail, leave nothing, and succeed with the same
// request_id once the database works again: the answer to a request is stored with what it did, not before and not after.
func TestFailedCommit(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		db, _ := open(t, url)
		attacker := raw(t, url)
		for i, table := range []string{"serials", "ledger_entries", "requests", "ledger_heads", "commit"} {
			fail, mend := failure(table, isPostgres(url))
			exec(t, attacker, fail)
			c := call()
			if _, err := write(t.Context(), db, c, table); err == nil {
				t.Errorf("%s: answered without a commit", table)
			}
			wantState(t, db, i, int64(i))
			exec(t, attacker, mend)
			if sequence, err := write(t.Context(), db, c, table); err != nil || sequence != int64(i) {
				t.Errorf("%s: once the database works again: %d %v", table, sequence, err)
			}
			wantState(t, db, i+1, int64(i+1))
		}
	})
}

// TestReplay makes sure that the first answer is the answer, and that a request_id stands for one body, one caller and one method. It is for
// nobody who may not act any more.
func TestReplay(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		db, _ := open(t, url)
		c := call()
		first, err := write(t.Context(), db, c, "a")
		if err != nil {
			t.Fatal(err)
		}
		if again, err := write(t.Context(), db, c, "b"); err != nil || again != first {
			t.Errorf("replay: got %d %v, want %d", again, err, first)
		}
		other := c
		other.BodyHash = []byte("other")
		if _, err := write(t.Context(), db, other, "c"); !errors.Is(err, storage.ErrReused) {
			t.Errorf("another body: got %v, want %v", err, storage.ErrReused)
		}
		denied := c
		denied.Authorize = func(*storage.Txn) error { return errRefused }
		if _, err := write(t.Context(), db, denied, "d"); !errors.Is(err, errRefused) {
			t.Errorf("a caller who may no more: got %v, want %v", err, errRefused)
		}
		for _, change := range []func(*storage.Call){func(c *storage.Call) { c.Principal = "t2" }, func(c *storage.Call) { c.Method = "other" }} {
			own := c
			change(&own)
			if got, err := write(t.Context(), db, own, own.Principal+own.Method); err != nil || got == first {
				t.Errorf("another caller or method: got %d %v", got, err)
			}
		}
		for _, bad := range []string{"", "x", "6f0c3f3e-3f0e-1d3e-9d55-0a4a9f7f0c11", "{6f0c3f3e-3f0e-4d3e-9d55-0a4a9f7f0c11}"} {
			c := call()
			c.RequestID = bad
			if _, err := write(t.Context(), db, c, "bad"); !errors.Is(err, storage.ErrRequestID) {
				t.Errorf("%q: got %v, want %v", bad, err, storage.ErrRequestID)
			}
		}
		wantState(t, db, 3, 3)
	})
}

// TestTimeNeverGoesBack sets the clock back: the ledger's time stands still.
func TestTimeNeverGoesBack(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		db, c := open(t, url)
		var times []time.Time
		for i, d := range []time.Duration{time.Hour, -time.Minute, time.Second} {
			c.Set(noon.Add(d))
			_, err := storage.Tx(t.Context(), db, call(), func(tx *storage.Txn) (int, error) {
				times = append(times, tx.Now)
				_, err := tx.Append(entry.Entry{Kind: "test.written", Subject: fmt.Sprint(i)})
				return 0, err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for i, want := range []time.Duration{time.Hour, time.Hour, time.Hour} {
			if !times[i].Equal(noon.Add(want)) {
				t.Errorf("change %d is at %v, want %v", i, times[i], noon.Add(want))
			}
		}
	})
}

// TestUnderLoad lets many callers write at once while some refuse and some go away: what was answered is there, what was not is whole or
// not there, sequences have no gaps, and nobody is stuck.
func TestUnderLoad(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		db, _ := open(t, url)
		var answered, refused atomic.Int64
		sequences := sync.Map{}
		var running sync.WaitGroup
		for w := range 32 {
			running.Go(func() {
				for i := range 30 {
					ctx, cancel := context.WithCancel(context.Background())
					if i%5 == 3 {
						time.AfterFunc(time.Duration(w*i%7)*100*time.Microsecond, cancel)
					}
					name := fmt.Sprintf("%d-%d", w, i)
					sequence, err := storage.Tx(ctx, db, call(), func(tx *storage.Txn) (int64, error) {
						if err := tx.Client.Serial.Create().SetID(name).SetJurisdiction(jurisdiction).SetLast(1).Exec(ctx); err != nil {
							return 0, err
						}
						r, err := tx.Append(entry.Entry{Kind: "test.written", Subject: name})
						if i%7 == 2 {
							return 0, errRefused
						}
						return r.Sequence, err
					})
					cancel()
					if err != nil {
						if !errors.Is(err, errRefused) && !errors.Is(err, context.Canceled) {
							t.Errorf("%s: %v", name, err)
						}
						refused.Add(1)
						continue
					}
					answered.Add(1)
					if other, twice := sequences.LoadOrStore(sequence, name); twice {
						t.Errorf("%s and %s have sequence %d", name, other, sequence)
					}
				}
			})
		}
		running.Wait()
		rows, size := state(t, db)
		if int64(rows) != size || size < answered.Load() || refused.Load() == 0 {
			t.Errorf("%d answered, %d refused, but %d rows and %d entries", answered.Load(), refused.Load(), rows, size)
		}
		entries, err := db.Read.LedgerEntry.Query().Order(entledgerentry.ByID()).All(t.Context())
		if err != nil || int64(len(entries)) != size {
			t.Fatalf("%d entries, the head says %d (%v)", len(entries), size, err)
		}
		for i, e := range entries {
			if e.Sequence != int64(i) {
				t.Fatalf("entry %d has sequence %d", i, e.Sequence)
			}
			if name, ok := sequences.Load(e.Sequence); ok && !strings.Contains(string(e.Body), name.(string)) {
				t.Errorf("entry %d is not %s", i, name)
			}
		}
	})
}

// TestRefusalIsDurable refuses callers for what others have changed a moment ago: who is refused finds the change at once, so that it is durable.
func TestRefusalIsDurable(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		db, _ := open(t, url)
		const callers, rounds = 16, 40
		for round := range rounds {
			name := fmt.Sprint("refused ", round)
			var running sync.WaitGroup
			for range callers {
				running.Go(func() {
					_, err := storage.Tx(t.Context(), db, call(), func(tx *storage.Txn) (int64, error) {
						there, err := tx.Client.Serial.Query().Where(entserial.ID(name)).Exist(t.Context())
						if err != nil || there {
							return 0, errors.Join(err, errRefused)
						}
						if err := tx.Client.Serial.Create().SetID(name).SetJurisdiction(jurisdiction).SetLast(1).Exec(t.Context()); err != nil {
							return 0, err
						}
						r, err := tx.Append(entry.Entry{Kind: "test.written", Subject: name})
						return r.Sequence, err
					})
					if err != nil && !errors.Is(err, errRefused) {
						t.Error(err)
					}
					if there, err := db.Read.Serial.Query().Where(entserial.ID(name)).Exist(t.Context()); err != nil || !there {
						t.Errorf("round %d: the change is not there (%v) for somebody who was refused for it", round, err)
					}
				})
			}
			running.Wait()
		}
	})
}
