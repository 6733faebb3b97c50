package storage_test

import (
	"errors"
	"runtime"
	"testing"

	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/internal/storagetest"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// lastOf is a query for the number of a series, into n.
func lastOf(series string, n *int) storage.Query {
	return storage.Query{SQL: "SELECT last FROM serials WHERE id = ?", Args: []any{series}, Scan: func(scan func(...any) error) error { return scan(n) }}
}

// wantLast makes sure that Row gives a number.
func wantLast(t *testing.T, db *storage.DB, when string, want int) {
	t.Helper()
	var got int
	if err := db.Row(t.Context(), lastOf("a", &got)); err != nil || got != want {
		t.Errorf("%s: got %d %v, want %d", when, got, err, want)
	}
}

// set runs a statement in a transaction of its own.
func set(t *testing.T, db *storage.DB, c storage.Call, statement string, refuse error) {
	t.Helper()
	_, err := storage.Tx(t.Context(), db, c, func(tx *storage.Txn) (int, error) {
		if _, err := tx.Client.ExecContext(t.Context(), statement); err != nil {
			return 0, err
		}
		if _, err := tx.Append(entry.Entry{Kind: "test.written", Subject: "a"}); err != nil {
			return 0, err
		}
		return 0, refuse
	})
	if !errors.Is(err, refuse) {
		t.Fatalf("%s: got %v, want %v", statement, err, refuse)
	}
}

// TestRowIsFresh writes to a row that is read all the time. Row gives what is committed, and nothing of what is refused or only validated;
// a caller who is in the same durable commit as the one before him reads what that one wrote.
func TestRowIsFresh(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		db, _ := open(t, url)
		if _, err := write(t.Context(), db, call(), "a"); err != nil {
			t.Fatal(err)
		}
		wantLast(t, db, "after the first write", 1)
		second := make(chan error, 1)
		var fresh int
		_, err := storage.Tx(t.Context(), db, call(), func(tx *storage.Txn) (int, error) {
			if err := tx.Write(t.Context(), "UPDATE serials SET last = 2 WHERE id = ?", "a"); err != nil {
				return 0, err
			}
			wantLast(t, db, "before the commit", 1)
			c := call()
			c.Fresh = lastOf("a", &fresh)
			go func() {
				_, err := storage.Tx(t.Context(), db, c, func(*storage.Txn) (int, error) {
					if fresh != 2 {
						t.Errorf("under the lock: got %d, want 2", fresh)
					}
					wantLast(t, db, "while the next one writes", map[bool]int{true: 2, false: 1}[isPostgres(url)])
					return 0, errRefused
				})
				second <- err
			}()
			for !isPostgres(url) && storage.Queued(db) == 0 {
				runtime.Gosched()
			}
			_, err := tx.Append(entry.Entry{Kind: "test.written", Subject: "a"})
			return 0, err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-second; !errors.Is(err, errRefused) {
			t.Errorf("the second: got %v", err)
		}
		wantLast(t, db, "after the commit", 2)
		set(t, db, call(), "UPDATE serials SET last = 3 WHERE id = 'a'", errRefused)
		wantLast(t, db, "after a refusal", 2)
		dry := call()
		dry.ValidateOnly = true
		set(t, db, dry, "UPDATE serials SET last = 3 WHERE id = 'a'", nil)
		wantLast(t, db, "after a validation", 2)
	})
}

// TestRowAfterEachStatement writes to a row in each way that SQL has.
func TestRowAfterEachStatement(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		db, _ := open(t, url)
		if _, err := write(t.Context(), db, call(), "a"); err != nil {
			t.Fatal(err)
		}
		statements := []string{
			`UPDATE serials SET last = 2 WHERE id = 'a'`,
			`update "serials" set last = 3 where id = 'a'`,
			`INSERT INTO serials (id, jurisdiction, last) VALUES ('a', '330182', 1) ON CONFLICT (id) DO UPDATE SET last = 4`,
			`WITH n AS (SELECT 5 AS last) UPDATE serials SET last = (SELECT last FROM n) WHERE id = 'a'`,
		}
		if !isPostgres(url) {
			statements = append(statements, "UPDATE `serials` SET last = 6 WHERE id = 'a'", `UPDATE OR IGNORE serials SET last = 7 WHERE id = 'a'`,
				`REPLACE INTO serials (id, jurisdiction, last) VALUES ('a', '330182', 8)`, `INSERT OR REPLACE INTO serials (id, jurisdiction, last) VALUES ('a', '330182', 9)`)
		}
		for i, s := range statements {
			wantLast(t, db, "before "+s, i+1)
			set(t, db, call(), s, nil)
			wantLast(t, db, "after "+s, i+2)
		}
		set(t, db, call(), `DELETE FROM serials WHERE id = 'a'`, nil)
		var n int
		if err := db.Row(t.Context(), lastOf("a", &n)); !storage.NoRow(err) {
			t.Errorf("after a deletion: got %d %v", n, err)
		}
	})
}

// TestRowIsKept changes a row behind the server's back. On SQLite nobody may, and the row that was read is still given; on PostgreSQL another
// server may, and nothing is kept.
func TestRowIsKept(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		db, _ := open(t, url)
		if _, err := write(t.Context(), db, call(), "a"); err != nil {
			t.Fatal(err)
		}
		wantLast(t, db, "before", 1)
		exec(t, raw(t, url), "UPDATE serials SET last = 2 WHERE id = 'a'")
		wantLast(t, db, "after", map[bool]int{true: 2, false: 1}[isPostgres(url)])
		if _, err := write(t.Context(), db, call(), "b"); err != nil {
			t.Fatal(err)
		}
		wantLast(t, db, "after a write to the table", 2)
	})
}
