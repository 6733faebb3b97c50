// Package filing keeps files: it takes their bytes, makes sure that they are what was declared, has them scanned, and gives them out.
//
//   - A file belongs to one organization and to one ledger, for ever. Its bytes are in the store and never in the ledger, which has their digest.
//   - Bytes are in the store before the row says that they are complete. What a crash leaves between the two is swept; a row never lacks its bytes.
//   - Nothing is given out that was not found clean, unless this server has no scanner.
//   - Who may read a file that is attached to something is decided by the area of that thing: see Let and Attach.
package filing

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entfile "github.com/jiebang/jiebang/ent/gen/ent/file"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/filing/clamav"
	"github.com/jiebang/jiebang/services/filing/file"
	"github.com/jiebang/jiebang/services/filing/sniff"
	"github.com/jiebang/jiebang/services/filing/store"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// Space is how many bytes of the disk of a directory are free, and how many it has.
type Space func(dir string) (free, total int64, err error)

// Options are what Filing needs beside the database.
type Options struct {
	Store   *store.Store
	Spool   string         // directory in which uploads are gathered before they are looked into
	Scanner *clamav.Client // nil if this server has none
	Quota   int64          // bytes of an organization's live files in one ledger; file.Quota if 0
	Space   Space          // of the disk; the operating system's word if nil
	Log     *slog.Logger
}

// Reader decides whether a caller reads a thing as far as the visibility of an attachment to it says.
type Reader func(ctx context.Context, c *ent.Client, caller party.Caller, a file.Attachment) (bool, error)

// Filing keeps files.
type Filing struct {
	Options
	db      *storage.DB
	readers map[string]Reader // by the collection of what files are attached to

	looking chan struct{} // has room for as many as may be looked into at once

	mu        sync.Mutex
	receiving map[string]bool // ids of the files that this server is receiving

	scans schedule
	sweep time.Time // when everything in the store is looked at next
}

// lookedAt is how many files are looked into at once: an archive unfolds to many times the bytes that came.
const lookedAt = 2

// New returns the filing of db.
func New(db *storage.DB, o Options) *Filing {
	if o.Quota == 0 {
		o.Quota = file.Quota
	}
	if o.Space == nil {
		o.Space = diskSpace
	}
	return &Filing{Options: o, db: db, readers: map[string]Reader{}, looking: make(chan struct{}, lookedAt), receiving: map[string]bool{}}
}

// Let says who reads what is attached to the things of a collection, such as demands. It is called before the first call.
func (f *Filing) Let(collection string, r Reader) { f.readers[collection] = r }

// Details are what an organization declares of a file.
type Details struct {
	Purpose     file.Purpose
	DisplayName string
	Size        int64
	SHA256      []byte
}

// Create declares a file of the caller's organization in a jurisdiction; empty is the organization's own.
func (f *Filing) Create(ctx context.Context, jurisdiction string, d Details) (*ent.File, error) {
	if err := file.CheckName(d.DisplayName); err != nil {
		return nil, err
	}
	if _, err := sniff.Of(d.DisplayName); err != nil {
		return nil, err
	}
	if err := file.CheckSize(d.Size, 0, f.Quota); err != nil {
		return nil, err
	}
	if err := f.room(d.Size); err != nil {
		return nil, err
	}
	if jurisdiction == "" {
		jurisdiction = identity.Caller(ctx).Jurisdiction
	}
	return storage.Tx(ctx, f.db, identity.Change(ctx, jurisdiction), func(tx *storage.Txn) (*ent.File, error) {
		used, err := used(ctx, tx)
		if err != nil {
			return nil, err
		}
		if err := file.CheckSize(d.Size, used, f.Quota); err != nil {
			return nil, err
		}
		until := tx.Now.Add(file.UploadTime)
		row := &ent.File{ID: id.New(tx.Rand, id.File, jurisdiction), Jurisdiction: jurisdiction, OrganizationID: tx.Caller.Organization, Purpose: d.Purpose,
			DisplayName: d.DisplayName, Size: d.Size, Sha256: d.SHA256, State: file.Receiving, Scan: file.Unscanned, Attachments: []file.Attachment{},
			CreatedAt: tx.Now, NextEventAt: &until}
		return row, Save(ctx, tx, "file.created", row)
	})
}

// used is how many bytes the live files of the caller's organization have in the transaction's ledger. Those in another ledger are counted there.
func used(ctx context.Context, tx *storage.Txn) (n int64, err error) {
	var sizes []int64
	err = tx.File.Query().Where(entfile.OrganizationID(tx.Caller.Organization), entfile.Jurisdiction(tx.Jurisdiction),
		entfile.StateIn(file.Receiving, file.Complete, file.Quarantined)).Select(entfile.FieldSize).Scan(ctx, &sizes)
	for _, size := range sizes {
		n += size
	}
	return n, err
}

// room makes sure that the disk has room for so many bytes more.
func (f *Filing) room(size int64) error {
	free, total, err := f.Space(f.Spool)
	if err != nil {
		return err
	}
	return file.CheckSpace(size, free, total)
}

// Delete deletes a file that is attached to nothing.
func (f *Filing) Delete(ctx context.Context, fileID, etag string) (*ent.File, error) {
	home, err := rpc.Home(id.File, fileID, file.ErrNotFound)
	if err != nil {
		return nil, err
	}
	row, err := storage.Tx(ctx, f.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.File, error) {
		row, err := owned(ctx, tx.Client, fileID, tx.Caller)
		if err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag("etag", etag, row.Version); err != nil {
			return nil, err
		}
		if len(row.Attachments) > 0 {
			return nil, file.ErrAttached.With("count", len(row.Attachments))
		}
		if row.State, err = row.State.Next(file.Delete); err != nil {
			return nil, err
		}
		row.NextEventAt = nil
		return row, Save(ctx, tx, "file.deleted", row)
	})
	if err == nil && !rpc.From(ctx).ValidateOnly {
		f.erase(ctx, row)
	}
	return row, err
}

// erase removes the bytes of a file that has none any more. What it cannot remove now is swept later.
func (f *Filing) erase(ctx context.Context, row *ent.File) {
	if err := f.Store.Remove(ctx, row.Sha256, row.ID); err != nil {
		f.Log.Warn("the bytes of a deleted file are still there", "file", row.ID, "error", err.Error())
	}
	if err := f.Store.Drop(ctx, row.ID); err != nil {
		f.Log.Warn("pieces of a deleted file are still there", "file", row.ID, "error", err.Error())
	}
}

// owned reads a file to which the caller may do what the call is for: one of its organization's.
func owned(ctx context.Context, c *ent.Client, fileID string, caller party.Caller) (*ent.File, error) {
	row, err := read(ctx, c, fileID)
	if err != nil {
		return nil, err
	}
	return row, identity.May(ctx, caller, object(row, false), notFound(fileID), file.ErrForeign.With("file", fileID))
}

// Find reads a file that the caller may know of: one of its organization's, or one that is attached to something that the caller reads.
func (f *Filing) Find(ctx context.Context, c *ent.Client, fileID string, caller party.Caller) (*ent.File, error) {
	row, err := read(scope.Open(ctx, "what a file is attached to decides who else reads it"), c, fileID)
	if err != nil {
		return nil, err
	}
	hidden := identity.Sees(caller, "file.read", object(row, false), notFound(fileID))
	if hidden == nil || fault.As(hidden) == nil {
		return row, hidden
	}
	for _, a := range row.Attachments {
		if yes, err := f.reads(ctx, c, caller, a); err != nil || yes {
			return row, err
		}
	}
	return nil, hidden
}

// object is a file as the policy sees it.
func object(row *ent.File, public bool) policy.Object {
	return identity.Owned(row.OrganizationID, row.Jurisdiction, public)
}

func notFound(fileID string) *fault.Fault { return file.ErrNotFound.With("file", fileID) }

func read(ctx context.Context, c *ent.Client, fileID string) (*ent.File, error) {
	row, err := c.File.Query().Where(entfile.ID(fileID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, notFound(fileID)
	}
	return row, err
}

// broken is the fault of a store that does not do what it should. Why is for the log alone: it has paths and addresses in it.
func (f *Filing) broken(ctx context.Context, err error) error {
	if err == nil || fault.As(err) != nil || ctx.Err() != nil {
		return err
	}
	f.Log.Error("the store of files failed", "error", err.Error())
	return fmt.Errorf("%w: %w", file.ErrStore, err)
}
