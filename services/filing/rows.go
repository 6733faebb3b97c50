package filing

import (
	"context"
	"fmt"
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entfile "github.com/jiebang/jiebang/ent/gen/ent/file"
	"github.com/jiebang/jiebang/services/filing/file"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Image is the audited columns of a file.
func Image(row *ent.File) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", row.Jurisdiction).Int("version", int64(row.Version)).Time("created_at", row.CreatedAt).Time("updated_at", row.UpdatedAt).
		Text("organization_id", row.OrganizationID).Text("purpose", string(row.Purpose)).Text("display_name", row.DisplayName).Int("size", row.Size).
		Bytes("sha256", row.Sha256).Text("state", string(row.State)).Text("scan", string(row.Scan)).Text("attachments", items(row.Attachments))
	entry.Optional(i, "media_type", row.MediaType, i.Text)
	entry.Optional(i, "next_event_at", row.NextEventAt, i.Time)
	return i.Row()
}

// items writes attachments as an entry has them: `length SP value LF` for the subject and then for the visibility of each; the length counts bytes.
func items(list []file.Attachment) string {
	var b strings.Builder
	for _, a := range list {
		for _, v := range []string{a.Subject, a.Visibility} {
			fmt.Fprintf(&b, "%d %s\n", len(v), v)
		}
	}
	return b.String()
}

// Save appends the entry of a changed file, with facts of the moment, and writes its row; version 0 is a new one.
func Save(ctx context.Context, tx *storage.Txn, kind string, row *ent.File, facts ...entry.Column) error {
	row.Version, row.UpdatedAt = row.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.FileName(row.ID), Organization: id.OrganizationName(row.OrganizationID), Row: Image(row).With(facts)})
	if err != nil {
		return err
	}
	row.EntrySeq, row.EntryHash = r.Sequence, r.Hash
	if row.Version == 1 {
		return tx.File.Create().SetID(row.ID).SetJurisdiction(row.Jurisdiction).SetVersion(row.Version).SetEntrySeq(row.EntrySeq).SetEntryHash(row.EntryHash).
			SetCreatedAt(row.CreatedAt).SetUpdatedAt(row.UpdatedAt).SetOrganizationID(row.OrganizationID).SetPurpose(row.Purpose).SetDisplayName(row.DisplayName).
			SetSize(row.Size).SetSha256(row.Sha256).SetNillableMediaType(row.MediaType).SetState(row.State).SetScan(row.Scan).SetAttachments(row.Attachments).
			SetNillableNextEventAt(row.NextEventAt).Exec(ctx)
	}
	u := tx.File.Update().Where(entfile.ID(row.ID), entfile.Version(row.Version-1)).
		SetVersion(row.Version).SetEntrySeq(row.EntrySeq).SetEntryHash(row.EntryHash).SetUpdatedAt(row.UpdatedAt).SetNillableMediaType(row.MediaType).
		SetState(row.State).SetScan(row.Scan).SetAttachments(row.Attachments)
	if row.NextEventAt == nil {
		u.ClearNextEventAt()
	} else {
		u.SetNextEventAt(*row.NextEventAt)
	}
	return storage.One(u.Save(ctx))
}
