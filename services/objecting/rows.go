package objecting

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entobjection "github.com/jiebang/jiebang/ent/gen/ent/objection"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/judging/objection"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Image is the audited columns of an objection.
func Image(o *ent.Objection) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", o.Jurisdiction).Int("version", int64(o.Version)).Time("created_at", o.CreatedAt).Time("updated_at", o.UpdatedAt).
		Text("demand_id", o.DemandID).Text("organization_id", o.OrganizationID).Text("state", string(o.State)).Text("ground", string(o.Ground)).Text("text", o.Text).
		Text("reviewed_by", o.ReviewedBy).Text("opinion", o.Opinion).Text("decided_by", o.DecidedBy).Text("reason", o.Reason).Time("due_at", o.DueAt)
	entry.Optional(i, "escalated_at", o.EscalatedAt, i.Time)
	return i.Row()
}

// move moves an objection by an event and saves it.
func move(ctx context.Context, tx *storage.Txn, o *ent.Objection, e objection.Event, kind string) (err error) {
	if o.State, err = o.State.Next(e); err != nil {
		return err
	}
	return save(ctx, tx, kind, o)
}

// save appends the entry of a changed objection and writes its row; version 0 is a new one.
func save(ctx context.Context, tx *storage.Txn, kind string, o *ent.Objection) error {
	o.Version, o.UpdatedAt = o.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.ObjectionName(o.DemandID, o.ID), Organization: id.OrganizationName(o.OrganizationID), Row: Image(o)})
	if err != nil {
		return err
	}
	o.EntrySeq, o.EntryHash = r.Sequence, r.Hash
	if o.Version == 1 {
		return tx.Objection.Create().SetID(o.ID).SetJurisdiction(o.Jurisdiction).SetVersion(o.Version).SetEntrySeq(o.EntrySeq).SetEntryHash(o.EntryHash).
			SetCreatedAt(o.CreatedAt).SetUpdatedAt(o.UpdatedAt).SetDemandID(o.DemandID).SetOrganizationID(o.OrganizationID).SetState(o.State).
			SetGround(o.Ground).SetText(o.Text).SetDueAt(o.DueAt).Exec(ctx)
	}
	return storage.One(tx.Objection.Update().Where(entobjection.ID(o.ID), entobjection.Version(o.Version-1)).
		SetVersion(o.Version).SetEntrySeq(o.EntrySeq).SetEntryHash(o.EntryHash).SetUpdatedAt(o.UpdatedAt).SetState(o.State).SetReviewedBy(o.ReviewedBy).
		SetOpinion(o.Opinion).SetDecidedBy(o.DecidedBy).SetReason(o.Reason).SetNillableEscalatedAt(o.EscalatedAt).Save(ctx))
}
