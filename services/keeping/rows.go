package keeping

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcustodian "github.com/jiebang/jiebang/ent/gen/ent/custodian"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// CustodianImage is the audited columns of a custodian.
func CustodianImage(c *ent.Custodian) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", c.Jurisdiction).Int("version", int64(c.Version)).Time("created_at", c.CreatedAt).Time("updated_at", c.UpdatedAt).
		Text("organization_id", c.OrganizationID).Text("person_id", c.PersonID).Text("display_name", c.DisplayName).Text("recipient", c.Recipient).
		Text("state", string(c.State))
	if c.ConfirmedBy != "" {
		i.Text("confirmed_by", c.ConfirmedBy)
	}
	return entry.Optional(i, "checked_at", c.CheckedAt, i.Time).Row()
}

// saveCustodian appends the entry of a changed custodian and writes its row; version 0 is a new one.
func saveCustodian(ctx context.Context, tx *storage.Txn, kind string, c *ent.Custodian) error {
	c.Version, c.UpdatedAt = c.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.CustodianName(c.ID), Organization: id.OrganizationName(c.OrganizationID), Row: CustodianImage(c)})
	if err != nil {
		return err
	}
	c.EntrySeq, c.EntryHash = r.Sequence, r.Hash
	if c.Version == 1 {
		return tx.Custodian.Create().SetID(c.ID).SetJurisdiction(c.Jurisdiction).SetVersion(c.Version).SetEntrySeq(c.EntrySeq).SetEntryHash(c.EntryHash).
			SetCreatedAt(c.CreatedAt).SetUpdatedAt(c.UpdatedAt).SetOrganizationID(c.OrganizationID).SetPersonID(c.PersonID).SetDisplayName(c.DisplayName).
			SetRecipient(c.Recipient).SetState(c.State).Exec(ctx)
	}
	u := tx.Custodian.Update().Where(entcustodian.ID(c.ID), entcustodian.Version(c.Version-1)).SetVersion(c.Version).SetEntrySeq(c.EntrySeq).
		SetEntryHash(c.EntryHash).SetUpdatedAt(c.UpdatedAt).SetState(c.State).SetNillableCheckedAt(c.CheckedAt)
	if c.ConfirmedBy != "" {
		u.SetConfirmedBy(c.ConfirmedBy)
	}
	return storage.One(u.Save(ctx))
}

// SealingImage is the audited columns of a sealing.
func SealingImage(s *ent.Sealing) entry.Row {
	return (&entry.Image{}).Text("jurisdiction", s.Jurisdiction).Int("version", int64(s.Version)).Time("created_at", s.CreatedAt).Time("updated_at", s.UpdatedAt).
		Text("demand_id", s.DemandID).Bytes("policy", s.Policy).Bytes("terms_digest", s.TermsDigest).Time("deadline", s.Deadline).Text("level", s.Level).
		Int("threshold", int64(s.Threshold)).Text("recipients", s.Recipients).Row()
}

// saveSealing appends the entry of a new sealing and writes its row. Nothing changes it.
func saveSealing(ctx context.Context, tx *storage.Txn, s *ent.Sealing) error {
	s.Version, s.UpdatedAt = 1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: "sealing.fixed", Subject: id.SealingName(s.DemandID, s.ID), Row: SealingImage(s)})
	if err != nil {
		return err
	}
	return tx.Sealing.Create().SetID(s.ID).SetJurisdiction(s.Jurisdiction).SetVersion(s.Version).SetEntrySeq(r.Sequence).SetEntryHash(r.Hash).
		SetCreatedAt(s.CreatedAt).SetUpdatedAt(s.UpdatedAt).SetDemandID(s.DemandID).SetPolicy(s.Policy).SetTermsDigest(s.TermsDigest).SetDeadline(s.Deadline).
		SetLevel(s.Level).SetThreshold(s.Threshold).SetRecipients(s.Recipients).Exec(ctx)
}
