package member

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entmembership "github.com/jiebang/jiebang/ent/gen/ent/membership"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Image is the audited columns of a membership. They name no one: a person is an id.
func Image(m *ent.Membership) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", m.Jurisdiction).Int("version", int64(m.Version)).Time("created_at", m.CreatedAt).Time("updated_at", m.UpdatedAt).
		Text("organization_id", m.OrganizationID).Text("person_id", m.PersonID).Text("roles", identity.JoinRoles(m.Roles)).Text("state", string(m.State)).
		Bytes("code_hash", m.CodeHash).Text("invited_by", m.InvitedBy).Time("expires_at", m.ExpiresAt)
	entry.Optional(i, "next_event_at", m.NextEventAt, i.Time)
	return entry.Optional(i, "lent_until", m.LentUntil, i.Time).Row()
}

// save appends the entry of a changed membership, with facts of the moment, and writes its row; version 0 is a new one.
func save(ctx context.Context, tx *storage.Txn, kind string, m *ent.Membership, facts ...entry.Column) error {
	m.Version, m.UpdatedAt = m.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.MemberName(m.OrganizationID, m.ID), Organization: id.OrganizationName(m.OrganizationID),
		Row: Image(m).With(facts)})
	if err != nil {
		return err
	}
	m.EntrySeq, m.EntryHash = r.Sequence, r.Hash
	if m.Version == 1 {
		return tx.Membership.Create().SetID(m.ID).SetJurisdiction(m.Jurisdiction).SetVersion(m.Version).SetEntrySeq(m.EntrySeq).SetEntryHash(m.EntryHash).
			SetCreatedAt(m.CreatedAt).SetUpdatedAt(m.UpdatedAt).SetOrganizationID(m.OrganizationID).SetPersonID(m.PersonID).SetRoles(m.Roles).SetState(m.State).
			SetCodeHash(m.CodeHash).SetInvitedBy(m.InvitedBy).SetExpiresAt(m.ExpiresAt).SetNillableNextEventAt(m.NextEventAt).Exec(ctx)
	}
	u := tx.Membership.Update().Where(entmembership.ID(m.ID), entmembership.Version(m.Version-1)).
		SetVersion(m.Version).SetEntrySeq(m.EntrySeq).SetEntryHash(m.EntryHash).SetUpdatedAt(m.UpdatedAt).
		SetPersonID(m.PersonID).SetRoles(m.Roles).SetState(m.State).SetNillableLentUntil(m.LentUntil)
	if m.NextEventAt == nil {
		u.ClearNextEventAt()
	} else {
		u.SetNextEventAt(*m.NextEventAt)
	}
	return storage.One(u.Save(ctx))
}
