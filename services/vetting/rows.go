package vetting

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entopinion "github.com/jiebang/jiebang/ent/gen/ent/opinion"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Image is the audited columns of an opinion.
func Image(o *ent.Opinion) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", o.Jurisdiction).Int("version", int64(o.Version)).Time("created_at", o.CreatedAt).Time("updated_at", o.UpdatedAt).
		Text("demand_id", o.DemandID).Text("organization_id", o.OrganizationID).Text("person_id", o.PersonID).Text("asked_by", o.AskedBy).Text("text", o.Text)
	if o.Verdict != nil {
		i.Text("verdict", string(*o.Verdict))
	}
	entry.Optional(i, "given_at", o.GivenAt, i.Time)
	return i.Row()
}

// save appends the entry of a changed opinion and writes its row; version 0 is a new one.
func save(ctx context.Context, tx *storage.Txn, kind string, o *ent.Opinion) error {
	o.Version, o.UpdatedAt = o.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.OpinionName(o.DemandID, o.ID), Organization: id.OrganizationName(o.OrganizationID), Row: Image(o)})
	if err != nil {
		return err
	}
	o.EntrySeq, o.EntryHash = r.Sequence, r.Hash
	if o.Version == 1 {
		return tx.Opinion.Create().SetID(o.ID).SetJurisdiction(o.Jurisdiction).SetVersion(o.Version).SetEntrySeq(o.EntrySeq).SetEntryHash(o.EntryHash).
			SetCreatedAt(o.CreatedAt).SetUpdatedAt(o.UpdatedAt).SetDemandID(o.DemandID).SetOrganizationID(o.OrganizationID).SetPersonID(o.PersonID).SetAskedBy(o.AskedBy).Exec(ctx)
	}
	u := tx.Opinion.Update().Where(entopinion.ID(o.ID), entopinion.Version(o.Version-1)).SetVersion(o.Version).SetEntrySeq(o.EntrySeq).SetEntryHash(o.EntryHash).
		SetUpdatedAt(o.UpdatedAt).SetText(o.Text)
	if o.GivenAt == nil {
		u.ClearGivenAt().ClearVerdict()
	} else {
		u.SetGivenAt(*o.GivenAt).SetVerdict(*o.Verdict)
	}
	return storage.One(u.Save(ctx))
}
