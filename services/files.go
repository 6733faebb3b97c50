package services

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/filing"
	"github.com/jiebang/jiebang/services/filing/clamav"
	"github.com/jiebang/jiebang/services/filing/store"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/reporting/replay"
)

// Files are where files are kept and what scans them. The zero value is a directory beside the database, and no scanner.
type Files struct {
	Store string       // a directory, or s3://bucket?endpoint=…; "files" in the data directory if empty
	Clamd string       // unix:/path or host:port of a clamd; files are given out unscanned if empty
	Quota int64        // bytes of an organization's files in one ledger; 5 GiB if 0
	Space filing.Space // of the disk; the operating system's word unless a test sets it
}

func (f Files) store(ctx context.Context, dataDir string) (*store.Store, error) {
	if f.Store == "" {
		f.Store = filepath.Join(dataDir, "files")
	}
	return store.Open(ctx, f.Store)
}

func (f Files) open(ctx context.Context, dataDir string, db *storage.DB, log *slog.Logger) (*filing.Filing, error) {
	o := filing.Options{Spool: filepath.Join(dataDir, "spool"), Quota: f.Quota, Space: f.Space, Log: log}
	var err error
	if f.Clamd != "" {
		if o.Scanner, err = clamav.New(f.Clamd); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(o.Spool, 0o700); err != nil {
		return nil, err
	}
	if o.Store, err = f.store(ctx, dataDir); err != nil {
		return nil, err
	}
	return filing.New(db, o), nil
}

// fileJobs are what happens to files by time.
func (s *Server) fileJobs() map[string]func(context.Context) (time.Time, error) {
	return map[string]func(context.Context) (time.Time, error){"file scans": s.files.ScanDue, "file uploads": s.files.ExpireDue, "file sweep": s.files.SweepDue}
}

// compare adds to a report what the store lacks.
func (f Files) compare(ctx context.Context, dataDir string, db *storage.DB, jurisdiction string, r *replay.Report) error {
	s, err := f.store(ctx, dataDir)
	if err != nil {
		return err
	}
	return errors.Join(compareFiles(ctx, db, s, jurisdiction, r), s.Close())
}

func compareFiles(ctx context.Context, db *storage.DB, s *store.Store, jurisdiction string, r *replay.Report) error {
	return filing.Compare(ctx, db.Read, s, jurisdiction, func(row *ent.File, missing bool) {
		text := "文件库中的内容与账目中的摘要不符"
		if missing {
			text = "文件库中没有这个文件的内容"
		}
		r.Add(replay.Problem{Sequence: row.EntrySeq, Subject: id.FileName(row.ID), Column: "files.sha256", Text: text})
	})
}
