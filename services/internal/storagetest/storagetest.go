// Package storagetest gives each test an empty database of its own: SQLite always, PostgreSQL as well where withpostgres runs the tests.
package storagetest

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the PostgreSQL that schemas are made in

	"github.com/jiebang/jiebang/services/internal/chance"
)

// Each runs test once for each kind of database, with the URL of an empty one.
func Each(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, SQLite(t))
	})
	if os.Getenv("JIEBANG_TEST_POSTGRES") == "" {
		t.Log("PostgreSQL is not there: tested on SQLite alone")
		return
	}
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, Postgres(t))
	})
}

// SQLite is the path of a SQLite file that is not there yet.
func SQLite(t testing.TB) string { return filepath.Join(t.TempDir(), "jiebang.db") }

// Postgres is the URL of an empty schema that goes away with the test.
func Postgres(t testing.TB) string {
	t.Helper()
	base := os.Getenv("JIEBANG_TEST_POSTGRES")
	if base == "" {
		t.Fatal("JIEBANG_TEST_POSTGRES is not set: run the test under withpostgres")
	}
	db, err := sql.Open("pgx", base)
	if err != nil {
		t.Fatal(err)
	}
	schema := "test_" + strings.ToLower(encode(chance.Bytes(chance.System(), 8)))
	if _, err := db.ExecContext(context.Background(), "CREATE SCHEMA "+schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, err := db.ExecContext(context.Background(), "DROP SCHEMA "+schema+" CASCADE")
		if err != nil {
			t.Error(err)
		}
		_ = db.Close()
	})
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

func encode(b []byte) string {
	const letters = "abcdefghijklmnop"
	var s strings.Builder
	for _, c := range b {
		s.WriteByte(letters[c>>4])
		s.WriteByte(letters[c&15])
	}
	return s.String()
}
