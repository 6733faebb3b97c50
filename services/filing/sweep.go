package filing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entfile "github.com/jiebang/jiebang/ent/gen/ent/file"
	"github.com/jiebang/jiebang/services/filing/file"
	"github.com/jiebang/jiebang/services/filing/store"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/storage"
)

const (
	dueBatch   = 100
	notYet     = 100 * time.Millisecond // when to look again at what could not be given up: the database's clock may be behind ours
	sweepEvery = time.Hour
	orphanAge  = time.Hour // what is younger may belong to a call that still runs
)

// ExpireDue gives up the uploads whose time is over and returns when the next one's is, zero if there is none. Several servers may run it: whether it is
// over is decided again under the lock.
func (f *Filing) ExpireDue(ctx context.Context) (next time.Time, err error) {
	for {
		rows, err := f.db.Read.File.Query().Where(entfile.NextEventAtNotNil()).Order(entfile.ByNextEventAt(), entfile.ByID()).Limit(dueBatch).All(ctx)
		if err != nil || len(rows) == 0 {
			return time.Time{}, err
		}
		var errs []error
		ended := 0
		for _, row := range rows {
			if row.NextEventAt.After(f.db.Clock().Now()) {
				return *row.NextEventAt, errors.Join(errs...)
			}
			switch err := f.expire(ctx, row); {
			case errors.Is(err, errMoved):
			case err != nil:
				errs = append(errs, err)
			default:
				ended++
			}
		}
		if ended == 0 || len(errs) > 0 {
			return f.db.Clock().Now().Add(notYet), errors.Join(errs...)
		}
	}
}

func (f *Filing) expire(ctx context.Context, row *ent.File) error {
	row, err := storage.Tx(ctx, f.db, identity.Due(row.Jurisdiction, "file.expiry"), func(tx *storage.Txn) (*ent.File, error) {
		row, err := read(ctx, tx.Client, row.ID)
		if err != nil {
			return nil, err
		}
		if row.NextEventAt == nil || tx.Now.Before(*row.NextEventAt) {
			return nil, errMoved
		}
		if row.State, err = row.State.Next(file.Expire); err != nil {
			return nil, err
		}
		row.NextEventAt = nil
		return row, Save(ctx, tx, "file.expired", row)
	})
	if err == nil {
		f.erase(ctx, row)
	}
	return err
}

// SweepDue removes from the store what belongs to no file, once an hour: what a crash has left.
func (f *Filing) SweepDue(ctx context.Context) (next time.Time, err error) {
	now := f.db.Clock().Now()
	if now.Before(f.sweep) {
		return f.sweep, nil
	}
	f.sweep = now.Add(sweepEvery)
	var old []store.Thing
	err = f.Store.Each(ctx, func(t store.Thing) error {
		if t.At.Before(now.Add(-orphanAge)) {
			old = append(old, t)
		}
		return nil
	})
	for len(old) > 0 && err == nil {
		n := min(len(old), dueBatch)
		err = f.discard(ctx, old[:n])
		old = old[n:]
	}
	return f.sweep, err
}

// discard removes those things that belong to no file.
func (f *Filing) discard(ctx context.Context, things []store.Thing) error {
	ids := make([]string, len(things))
	for i, t := range things {
		ids[i] = t.FileID
	}
	rows, err := f.db.Read.File.Query().Where(entfile.IDIn(ids...)).All(ctx)
	if err != nil {
		return err
	}
	states := map[string]file.State{}
	for _, row := range rows {
		states[row.ID] = row.State
	}
	for _, t := range things {
		state := states[t.FileID]
		if state == file.Receiving || !t.Piece && state.Stored() {
			continue
		}
		f.Log.Info("bytes that belong to no file are removed", "file", t.FileID)
		if err := f.Store.Discard(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// Compare reads the bytes of every complete file of a jurisdiction and names those that are not there, or are others than the ledger says.
func Compare(ctx context.Context, c *ent.Client, s *store.Store, jurisdiction string, name func(row *ent.File, missing bool)) error {
	for after := ""; ; {
		rows, err := c.File.Query().Where(entfile.Jurisdiction(jurisdiction), entfile.StateIn(file.Complete, file.Quarantined), entfile.IDGT(after)).Order(entfile.ByID()).
			Limit(dueBatch).All(ctx)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			same, missing, err := compare(ctx, s, row)
			if err != nil {
				return err
			}
			if !same {
				name(row, missing)
			}
			after = row.ID
		}
	}
}

func compare(ctx context.Context, s *store.Store, row *ent.File) (same, missing bool, err error) {
	content, err := s.Read(ctx, row.Sha256, row.ID, 0, -1)
	if store.Missing(err) {
		return false, true, nil
	}
	if err != nil {
		return false, false, err
	}
	defer content.Close()
	h := sha256.New()
	n, err := io.Copy(h, content)
	return n == row.Size && bytes.Equal(h.Sum(nil), row.Sha256), false, err
}
