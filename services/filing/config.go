package filing

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/jiebang/jiebang/services/filing/clamav"
	"github.com/jiebang/jiebang/services/filing/store"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// Config is where files are kept and what scans them. The zero value is a directory beside the database, and no scanner.
type Config struct {
	Store string // a directory, or s3://bucket?endpoint=…; "files" in the data directory if empty
	Clamd string // unix:/path or host:port of a clamd; files are given out unscanned if empty
	Quota int64  // bytes of an organization's files in one ledger; 5 GiB if 0
	Space Space  // of the disk; the operating system's word unless a test sets it
}

// OpenStore opens the store alone.
func (c Config) OpenStore(ctx context.Context, dataDir string) (*store.Store, error) {
	if c.Store == "" {
		c.Store = filepath.Join(dataDir, "files")
	}
	return store.Open(ctx, c.Store)
}

// Open opens the filing of db, whose data directory has the spool.
func (c Config) Open(ctx context.Context, dataDir string, db *storage.DB, log *slog.Logger) (*Filing, error) {
	o := Options{Spool: filepath.Join(dataDir, "spool"), Quota: c.Quota, Space: c.Space, Log: log}
	var err error
	if c.Clamd != "" {
		if o.Scanner, err = clamav.New(c.Clamd); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(o.Spool, 0o700); err != nil {
		return nil, err
	}
	if o.Store, err = c.OpenStore(ctx, dataDir); err != nil {
		return nil, err
	}
	return New(db, o), nil
}

// Jobs are what happens to files by time.
func (f *Filing) Jobs() map[string]func(context.Context) (time.Time, error) {
	return map[string]func(context.Context) (time.Time, error){"file scans": f.ScanDue, "file uploads": f.ExpireDue, "file sweep": f.SweepDue}
}
