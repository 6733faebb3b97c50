package filing

import (
	"context"
	"io"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/filing/file"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
)

// Get reads a file that the caller of ctx may know of.
func (f *Filing) Get(ctx context.Context, fileID string) (*ent.File, error) {
	if _, err := rpc.Home(id.File, fileID, file.ErrNotFound); err != nil {
		return nil, err
	}
	return f.Find(ctx, f.db.Read, fileID, identity.Caller(ctx))
}

// Give gives out bytes of a file from an offset on; a limit of 0 is all that follow.
func (f *Filing) Give(ctx context.Context, fileID string, offset, limit int64) (*ent.File, io.ReadCloser, error) {
	row, err := f.Get(ctx, fileID)
	if err != nil {
		return nil, nil, err
	}
	if err := f.Servable(row); err != nil {
		return nil, nil, err
	}
	if offset >= row.Size {
		return nil, nil, file.ErrRange.With("size", row.Size).At("offset")
	}
	if limit == 0 || limit > row.Size-offset {
		limit = row.Size - offset
	}
	content, err := f.Store.Read(ctx, row.Sha256, row.ID, offset, limit)
	return row, content, f.broken(ctx, err)
}

// Servable decides whether a file is given out by this server.
func (f *Filing) Servable(row *ent.File) error {
	return file.Servable(row.State, row.Scan, f.Scanner != nil)
}
