package index_test

import (
	"context"
	"database/sql"
	"log/slog"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"
)

// told is a log that passes on what goes wrong.
type told struct{ errors chan string }

func (told) Enabled(context.Context, slog.Level) bool { return true }
func (l told) WithAttrs([]slog.Attr) slog.Handler     { return l }
func (l told) WithGroup(string) slog.Handler          { return l }
func (l told) Handle(_ context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		select {
		case l.errors <- r.Message:
		default:
		}
	}
	return nil
}

// TestDamagedLedger counts an entry that is not there: the index says so and waits, and the server can be stopped.
func TestDamagedLedger(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, url string) {
		log := told{make(chan string, 1)}
		m := markettest.Open(t, url, func(c *services.Config) { c.Log = slog.New(log) })
		if err := m.Server.AwaitSearch(t.Context()); err != nil {
			t.Fatal(err)
		}
		driver, at := "pgx", m.URL
		if (&world{Market: m}).sqlite() {
			driver, at = "sqlite", "file:"+at+"?_pragma=busy_timeout(5000)"
		}
		db := markettest.Must(sql.Open(driver, at))(t)
		t.Cleanup(func() { _ = db.Close() })
		markettest.Must(db.ExecContext(t.Context(), "UPDATE ledger_heads SET size = size + 1"))(t)
		select {
		case message := <-log.errors:
			if message != "a search index cannot follow and tries again every second" {
				t.Error(message)
			}
		case <-time.After(20 * time.Second):
			t.Error("nothing was said of the missing entry")
		}
	})
}
