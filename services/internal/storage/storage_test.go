package storage_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/ent/migrations"
	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/internal/storagetest"
)

const jurisdiction = "330182"

var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

// open opens a migrated database with an empty ledger and a clock that stands at noon.
func open(t *testing.T, url string) (*storage.DB, *clock.Manual) {
	t.Helper()
	c := clock.NewManual(noon)
	db, err := storage.Open(t.Context(), storage.Options{URL: url, Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, j := range []string{jurisdiction, "330127"} {
		if err := db.Found(t.Context(), j, "科技局", "key"); err != nil {
			t.Fatal(err)
		}
	}
	return db, c
}

// raw opens the database behind the server's back.
func raw(t *testing.T, url string) *sql.DB {
	t.Helper()
	driver := "sqlite"
	if isPostgres(url) {
		driver = "pgx"
	} else {
		url = "file:" + url + "?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)"
	}
	db, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func isPostgres(url string) bool { return strings.HasPrefix(url, "postgres") }

func exec(t *testing.T, db *sql.DB, query string) {
	t.Helper()
	if _, err := db.ExecContext(context.Background(), query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// TestNoDrift makes sure that the migrations and ent/schema say the same.
func TestNoDrift(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		open(t, url)
		name := map[bool]string{true: dialect.Postgres, false: dialect.SQLite}[isPostgres(url)]
		client := ent.NewClient(ent.Driver(entsql.OpenDB(name, raw(t, url))))
		var missing bytes.Buffer
		if err := client.Schema.WriteTo(t.Context(), &missing); err != nil {
			t.Fatal(err)
		}
		var statements []string
		for _, line := range strings.Split(missing.String(), "\n") {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "--") && !strings.HasPrefix(line, "BEGIN") && !strings.HasPrefix(line, "COMMIT") {
				statements = append(statements, line)
			}
		}
		if len(statements) > 0 {
			t.Errorf("the schema has what no migration makes; run make migration:\n%s", strings.Join(statements, "\n"))
		}
	})
}

func TestMigrateTwice(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		db, _ := open(t, url)
		have, want, err := db.Status(t.Context())
		if err != nil || have != want || have == 0 {
			t.Fatalf("got versions %d %d %v", have, want, err)
		}
		if from, to, err := db.Migrate(t.Context()); err != nil || from != to {
			t.Errorf("a second migration: %d %d %v", from, to, err)
		}
	})
}

func TestNewerSchemaIsRefused(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		db, _ := open(t, url)
		exec(t, raw(t, url), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, "+map[bool]string{true: "true", false: "1"}[isPostgres(url)]+")")
		if _, _, err := db.Migrate(t.Context()); !errors.Is(err, migrations.ErrNewer) {
			t.Errorf("got %v, want %v", err, migrations.ErrNewer)
		}
		if err := db.Current(t.Context()); !errors.Is(err, storage.ErrOutdated) {
			t.Errorf("got %v, want %v", err, storage.ErrOutdated)
		}
	})
}

func TestOneServerOnSQLite(t *testing.T) {
	url := storagetest.SQLite(t)
	db, err := storage.Open(t.Context(), storage.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	second, err := storage.Open(t.Context(), storage.Options{URL: url})
	if !errors.Is(err, storage.ErrInUse) {
		t.Fatalf("a second server: got %v, want %v", err, storage.ErrInUse)
	}
	if err := errors.Join(second.Close(), db.Close()); err != nil {
		t.Fatal(err)
	}
	third, err := storage.Open(t.Context(), storage.Options{URL: url})
	if err != nil {
		t.Fatalf("after the first has gone: %v", err)
	}
	if err := third.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestWeakSQLiteIsRefused(t *testing.T) {
	for _, pragma := range []string{"journal_mode(WAL)&_pragma=synchronous(NORMAL)", "journal_mode(WAL)&_pragma=synchronous(OFF)", "journal_mode(DELETE)&_pragma=synchronous(FULL)"} {
		db, err := sql.Open("sqlite", "file:"+storagetest.SQLite(t)+"?_pragma="+pragma)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := storage.AssertDurable(t.Context(), conn); err == nil {
			t.Errorf("%s is accepted", pragma)
		}
		_ = conn.Close()
		_ = db.Close()
	}
}

func TestWeakPostgresIsRefused(t *testing.T) {
	if os.Getenv("JIEBANG_TEST_POSTGRES") == "" {
		t.Log("PostgreSQL is not there")
		return
	}
	for _, setting := range []string{"fsync=off", "full_page_writes=off", "synchronous_commit=off", "synchronous_commit=local", "default_transaction_read_only=on"} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			url, stop, err := storagetest.StartPostgres(setting)
			if err != nil {
				t.Fatal(err)
			}
			defer stop()
			db, err := storage.Open(t.Context(), storage.Options{URL: url})
			if err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(strings.Split(setting, "=")[0], "default_")) {
				t.Errorf("got %v, want a refusal that names the setting", err)
			}
			_ = db.Close()
		})
	}
}

// TestReadCannotWrite makes sure that the database itself keeps the reading client from writing.
func TestReadCannotWrite(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		db, _ := open(t, url)
		if err := db.Read.Serial.Create().SetID("x").SetJurisdiction(jurisdiction).SetLast(1).Exec(t.Context()); err == nil {
			t.Error("the reading client writes")
		}
	})
}
