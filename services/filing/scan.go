package filing

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entfile "github.com/jiebang/jiebang/ent/gen/ent/file"
	"github.com/jiebang/jiebang/services/filing/clamav"
	"github.com/jiebang/jiebang/services/filing/file"
	"github.com/jiebang/jiebang/services/filing/store"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// How long the scanner is left alone.
const (
	scanPause  = time.Second     // after it was down once; twice as long each time
	maxPause   = 5 * time.Minute //
	scanAgain  = 24 * time.Hour  // with a file that it could not scan
	scanBatch  = 100             // files
	maxFinding = 100             // bytes of the name of what was found
)

// schedule is when the scanner is asked again.
type schedule struct {
	mu       sync.Mutex // held while it is asked
	at       time.Time
	failures int
}

// ScanDue has the files scanned that are not yet, and returns when the scanner is asked again if it is down. Several servers may run it: the first result
// counts.
func (f *Filing) ScanDue(ctx context.Context) (next time.Time, err error) {
	if f.Scanner == nil {
		return time.Time{}, nil
	}
	f.scans.mu.Lock()
	defer f.scans.mu.Unlock()
	now := f.db.Clock().Now()
	if now.Before(f.scans.at) {
		return f.scans.at, nil
	}
	for after := ""; ; {
		rows, err := f.db.Read.File.Query().Where(entfile.StateEQ(file.Complete), entfile.IDGT(after), entfile.Or(entfile.ScanEQ(file.Unscanned),
			entfile.And(entfile.ScanEQ(file.Failed), entfile.UpdatedAtLTE(now.Add(-scanAgain))))).Order(entfile.ByID(sql.OrderAsc())).Limit(scanBatch).All(ctx)
		if err != nil || len(rows) == 0 {
			return time.Time{}, err
		}
		for _, row := range rows {
			if err := f.scan(ctx, row); err != nil {
				return f.pause(now, err), ctx.Err()
			}
			f.scans.failures, after = 0, row.ID
		}
	}
}

// pause leaves the scanner alone for a while, the longer the longer it is down.
func (f *Filing) pause(now time.Time, why error) time.Time {
	wait := min(scanPause<<min(f.scans.failures, 10), maxPause)
	f.scans.failures++
	f.scans.at = now.Add(wait)
	f.Log.Warn("files wait for the scanner", "again_in", wait.String(), "error", why.Error())
	return f.scans.at
}

// scan has a file scanned and writes down what was said.
func (f *Filing) scan(ctx context.Context, row *ent.File) error {
	found, err := f.ask(ctx, row)
	if err != nil && !errors.Is(err, clamav.ErrFailed) {
		return err
	}
	result, kind, facts := file.Clean, "file.scanned", []entry.Column(nil)
	switch {
	case err != nil:
		f.Log.Warn("a file could not be scanned", "file", row.ID, "error", err.Error())
		result = file.Failed
	case found != "":
		found = strings.ToValidUTF8(found[:min(len(found), maxFinding)], "")
		result, kind, facts = file.Infected, "file.quarantined", []entry.Column{{Name: entry.Fact + "found", Value: found}}
	}
	_, err = storage.Tx(ctx, f.db, identity.Act(row.Jurisdiction, "file.scan"), func(tx *storage.Txn) (*ent.File, error) {
		now, err := read(ctx, tx.Client, row.ID)
		if err != nil {
			return nil, err
		}
		if now.State != file.Complete || now.Scan != row.Scan {
			return nil, errMoved
		}
		if now.Scan = result; result == file.Infected {
			if now.State, err = now.State.Next(file.Quarantine); err != nil {
				return nil, err
			}
		}
		return now, Save(ctx, tx, kind, now, facts...)
	})
	if errors.Is(err, errMoved) {
		return nil
	}
	return err
}

// errMoved says that somebody was faster: another server, or the file's organization.
var errMoved = errors.New("the file has moved on")

// ask sends the bytes of a file to the scanner. One whose bytes are not there cannot be scanned.
func (f *Filing) ask(ctx context.Context, row *ent.File) (found string, err error) {
	content, err := f.Store.Read(ctx, row.Sha256, row.ID, 0, -1)
	if store.Missing(err) {
		return "", errors.Join(clamav.ErrFailed, err)
	}
	if err != nil {
		return "", err
	}
	defer content.Close()
	return f.Scanner.Scan(ctx, content)
}
