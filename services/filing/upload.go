package filing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"os"
	"strings"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/filing/file"
	"github.com/jiebang/jiebang/services/filing/sniff"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// upload is bytes of a file on their way.
type upload struct {
	f     *Filing
	row   *ent.File
	spool *os.File // everything up to at
	hash  hash.Hash
	from  int64 // where the bytes begin that only the spool has
	at    int64
}

// Received is a file and how many of its bytes are kept.
type Received struct {
	*ent.File
	Size int64
}

// Receive takes bytes of a file from an offset on until next says io.EOF. It answers with the file: complete, if its last byte has come. Whatever cuts it
// short, the bytes that came are kept.
func (f *Filing) Receive(ctx context.Context, fileID string, offset int64, next func() ([]byte, error)) (Received, error) {
	row, err := f.receivable(ctx, fileID)
	if err != nil || row.State == file.Complete {
		return Received{row, 0}, err
	}
	if !f.claim(fileID) {
		return Received{}, file.ErrBusy.With("file", fileID)
	}
	defer f.release(fileID)
	u, err := f.open(ctx, row, offset)
	if err != nil {
		return Received{}, f.broken(ctx, err)
	}
	defer u.spool.Close()
	for err == nil {
		var chunk []byte
		if chunk, err = next(); err == nil {
			err = u.write(chunk)
		}
	}
	if errors.Is(err, file.ErrSize) {
		return Received{}, errors.Join(err, f.forget(ctx, row))
	}
	if u.at < row.Size {
		if kept := u.keep(ctx); kept != nil || err != io.EOF {
			return Received{}, f.broken(ctx, errors.Join(err, kept))
		}
		return Received{row, u.at}, nil
	}
	done, err := u.finish(ctx)
	return Received{done, 0}, f.broken(ctx, err)
}

// receivable reads a file that the caller may upload to.
func (f *Filing) receivable(ctx context.Context, fileID string) (*ent.File, error) {
	if _, err := rpc.Home(id.File, fileID, file.ErrNotFound); err != nil {
		return nil, err
	}
	row, err := owned(ctx, f.db.Read, fileID, identity.Caller(ctx))
	switch {
	case err != nil:
		return nil, err
	case row.State != file.Receiving && row.State != file.Complete:
		return nil, file.ErrState.With("state", strings.ToUpper(string(row.State))).With("event", "upload")
	case row.State == file.Receiving:
		return row, f.room(row.Size)
	}
	return row, nil
}

func (f *Filing) claim(fileID string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.receiving[fileID] {
		return false
	}
	f.receiving[fileID] = true
	return true
}

func (f *Filing) release(fileID string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.receiving, fileID)
}

// open gathers what is kept of an upload that goes on at an offset; offset 0 begins anew.
func (f *Filing) open(ctx context.Context, row *ent.File, offset int64) (*upload, error) {
	received, err := f.Store.Received(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	if offset != 0 && offset != received {
		return nil, file.ErrOffset.With("received", received).At("offset")
	}
	if offset == 0 && received > 0 && !rpc.From(ctx).ValidateOnly {
		if err := f.Store.Drop(ctx, row.ID); err != nil {
			return nil, err
		}
	}
	spool, err := os.CreateTemp(f.Spool, "upload-")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(spool.Name()) // it goes with the process, however that ends
	u := &upload{f: f, row: row, spool: spool, hash: sha256.New(), from: offset, at: offset}
	if err := f.Store.Copy(ctx, row.ID, offset, io.MultiWriter(spool, u.hash)); err != nil {
		return nil, errors.Join(err, spool.Close())
	}
	return u, nil
}

// write takes the next bytes.
func (u *upload) write(chunk []byte) error {
	if int64(len(chunk)) > u.row.Size-u.at {
		return file.ErrSize.With("size", u.row.Size)
	}
	u.hash.Write(chunk)
	n, err := u.spool.Write(chunk)
	u.at += int64(n)
	return err
}

// patience is how long the bytes of an upload that was cut may take to be kept.
const patience = 30 * time.Second

// keep keeps what came, also for a caller who has gone.
func (u *upload) keep(ctx context.Context) error {
	if u.at == u.from || rpc.From(ctx).ValidateOnly {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return u.f.Store.Keep(ctx, u.row.ID, u.from, io.NewSectionReader(u.spool, u.from, u.at-u.from))
}

// finish looks into what came and completes the file.
func (u *upload) finish(ctx context.Context) (*ent.File, error) {
	kind, err := u.check(ctx)
	if err != nil {
		if fault.As(err) != nil { // the bytes are wrong, so there is nothing to go on with
			err = errors.Join(err, u.f.forget(ctx, u.row))
		}
		return nil, err
	}
	if !rpc.From(ctx).ValidateOnly {
		if err := u.f.Store.Put(ctx, u.row.Sha256, u.row.ID, io.NewSectionReader(u.spool, 0, u.row.Size)); err != nil {
			return nil, errors.Join(err, u.keep(ctx))
		}
	}
	done, err := u.f.complete(ctx, u.row, kind)
	if err != nil {
		return nil, errors.Join(err, u.keep(ctx))
	}
	return done, u.f.forget(ctx, u.row)
}

// check makes sure that the bytes are those that were declared, and what the file's name says.
func (u *upload) check(ctx context.Context) (sniff.Kind, error) {
	if !bytes.Equal(u.hash.Sum(nil), u.row.Sha256) {
		return "", file.ErrDigest
	}
	select {
	case u.f.looking <- struct{}{}:
		defer func() { <-u.f.looking }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	return sniff.Check(u.row.DisplayName, u.spool, u.row.Size)
}

// complete says in the ledger that a file's bytes are there.
func (f *Filing) complete(ctx context.Context, row *ent.File, kind sniff.Kind) (*ent.File, error) {
	return storage.Tx(ctx, f.db, identity.Change(ctx, row.Jurisdiction), func(tx *storage.Txn) (*ent.File, error) {
		row, err := owned(ctx, tx.Client, row.ID, tx.Caller)
		if err != nil {
			return nil, err
		}
		if row.State, err = row.State.Next(file.Finish); err != nil {
			return nil, err
		}
		row.MediaType, row.NextEventAt = new(kind.MediaType()), nil
		return row, Save(ctx, tx, "file.completed", row)
	})
}

// forget drops what is kept of an upload that is over.
func (f *Filing) forget(ctx context.Context, row *ent.File) error {
	if rpc.From(ctx).ValidateOnly {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := f.Store.Drop(ctx, row.ID); err != nil {
		f.Log.Warn("pieces of an upload are still there", "file", row.ID, "error", err.Error())
	}
	return nil
}

// Progress is how many bytes of a file are kept that is not complete.
func (f *Filing) Progress(ctx context.Context, row *ent.File) (int64, error) {
	if row.State != file.Receiving {
		return 0, nil
	}
	n, err := f.Store.Received(ctx, row.ID)
	return n, f.broken(ctx, err)
}
