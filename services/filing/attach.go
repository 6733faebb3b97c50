package filing

import (
	"context"
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/filing/file"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// Attach attaches a complete file of the caller's organization to something, in the transaction that changes that thing. From then on whoever reads the
// subject as far as visibility says reads the file, and it is not deleted. The subject is kept by the same ledger as the file. To attach it once more with
// another visibility changes that. It returns the file, for what the subject wants to say of it.
func Attach(ctx context.Context, tx *storage.Txn, fileID, subject, visibility string) (*ent.File, error) {
	row, err := attachable(ctx, tx, fileID)
	if err != nil {
		return nil, err
	}
	all, changed, err := file.Attach(row.State, row.Attachments, file.Attachment{Subject: subject, Visibility: visibility})
	if err != nil || !changed {
		return row, err
	}
	row.Attachments = all
	return row, Save(ctx, tx, "file.attached", row)
}

// Detach undoes Attach.
func Detach(ctx context.Context, tx *storage.Txn, fileID, subject string) error {
	row, err := attachable(ctx, tx, fileID)
	if err != nil {
		return err
	}
	rest := file.Detach(row.Attachments, subject)
	if len(rest) == len(row.Attachments) {
		return nil
	}
	row.Attachments = rest
	return Save(ctx, tx, "file.detached", row)
}

// attachable reads a file of the organization that acts; the platform acts on any.
func attachable(ctx context.Context, tx *storage.Txn, fileID string) (*ent.File, error) {
	row, err := read(ctx, tx.Client, fileID)
	switch {
	case err != nil:
		return nil, err
	case !tx.Caller.System && row.OrganizationID != tx.Caller.Organization:
		return nil, notFound(fileID)
	case row.Jurisdiction != tx.Jurisdiction:
		return nil, file.ErrElsewhere.With("jurisdiction", row.Jurisdiction)
	}
	return row, nil
}

// reads reports whether a caller reads what a file is attached to. What no area answers for is read by nobody.
func (f *Filing) reads(ctx context.Context, c *ent.Client, caller party.Caller, a file.Attachment) (bool, error) {
	collection, _, _ := strings.Cut(a.Subject, "/")
	r, ok := f.readers[collection]
	if !ok {
		return false, nil
	}
	return r(ctx, c, caller, a)
}
