package services

import (
	"context"

	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/reporting"
	"github.com/jiebang/jiebang/services/reporting/replay"
)

// Verify replays every ledger of a database and compares every audited column with its entry. It changes nothing, and may run beside a
// server on PostgreSQL; a SQLite file is verified while no server has it.
func Verify(ctx context.Context, c Config, progress func(jurisdiction string, done int64)) ([]*replay.Report, error) {
	if err := c.fill(); err != nil {
		return nil, err
	}
	db, err := storage.Open(ctx, storage.Options{URL: c.Database, Log: c.Log})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if err := db.Current(ctx); err != nil {
		return nil, err
	}
	heads, err := ledger.Heads(ctx, db.Read)
	if err != nil {
		return nil, err
	}
	files, err := c.Files.OpenStore(ctx, c.DataDir)
	if err != nil {
		return nil, err
	}
	defer files.Close()
	var reports []*replay.Report
	for _, h := range heads {
		r, err := reporting.New(db).Verify(ctx, h.ID, func(done int64) { progress(h.ID, done) })
		if err != nil {
			return nil, err
		}
		if err := reporting.CompareFiles(ctx, db, files, h.ID, r); err != nil {
			return nil, err
		}
		reports = append(reports, r)
	}
	return reports, nil
}

// Migrate brings the schema of a database up to this program's, or with dryRun only tells the versions.
func Migrate(ctx context.Context, c Config, dryRun bool) (from, to int64, err error) {
	if err := c.fill(); err != nil {
		return 0, 0, err
	}
	db, err := storage.Open(ctx, storage.Options{URL: c.Database, Log: c.Log})
	if err != nil {
		return 0, 0, err
	}
	defer db.Close()
	if dryRun {
		return db.Status(ctx)
	}
	return db.Migrate(ctx)
}

// Verify replays one ledger of a running server.
func (s *Server) Verify(ctx context.Context, jurisdiction string) (*replay.Report, error) {
	r, err := s.reporting.Verify(ctx, jurisdiction, nil)
	if err != nil {
		return nil, err
	}
	return r, reporting.CompareFiles(ctx, s.db, s.files.Store, jurisdiction, r)
}
