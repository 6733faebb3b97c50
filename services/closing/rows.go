package closing

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Image is the audited columns of a closure.
func Image(c *ent.Closure) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", c.Jurisdiction).Int("version", int64(c.Version)).Time("created_at", c.CreatedAt).Time("updated_at", c.UpdatedAt).
		Text("period", c.Period).Int("revision", int64(c.Revision)).Int("size", c.Size).Bytes("root", c.Root).Text("figures", c.Figures)
	for _, t := range []entry.Column{{Name: "reason", Value: c.Reason}, {Name: "closed_by", Value: c.ClosedBy}} {
		if t.Value != "" {
			i.Text(t.Name, t.Value)
		}
	}
	return i.Row()
}

// save appends the entry of a new closure and writes its row; a closure never changes.
func save(ctx context.Context, tx *storage.Txn, kind string, c *ent.Closure) error {
	c.Version, c.UpdatedAt = 1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.ClosureName(c.ID), Organization: id.OrganizationName(tx.Caller.Organization), Row: Image(c)})
	if err != nil {
		return err
	}
	c.EntrySeq, c.EntryHash = r.Sequence, r.Hash
	return tx.Closure.Create().SetID(c.ID).SetJurisdiction(c.Jurisdiction).SetVersion(c.Version).SetEntrySeq(c.EntrySeq).SetEntryHash(c.EntryHash).
		SetCreatedAt(c.CreatedAt).SetUpdatedAt(c.UpdatedAt).SetPeriod(c.Period).SetRevision(c.Revision).SetSize(c.Size).SetRoot(c.Root).SetFigures(c.Figures).
		SetReason(c.Reason).SetClosedBy(c.ClosedBy).Exec(ctx)
}
