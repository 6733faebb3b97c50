package identity

import (
	"context"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entorganization "github.com/jiebang/jiebang/ent/gen/ent/organization"
	enttoken "github.com/jiebang/jiebang/ent/gen/ent/token"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Image is the audited columns of an organization.
func Image(o *ent.Organization) entry.Row {
	return (&entry.Image{}).Text("jurisdiction", o.Jurisdiction).Int("version", int64(o.Version)).Time("created_at", o.CreatedAt).Time("updated_at", o.UpdatedAt).
		Text("display_name", o.DisplayName).Text("kind", string(o.Kind)).Text("uscc", o.Uscc).Text("code_check", string(o.CodeCheck)).Row()
}

// save appends the entry of a changed organization and writes its row; version 0 is a new one.
func save(ctx context.Context, tx *storage.Txn, kind string, o *ent.Organization) error {
	o.Version, o.UpdatedAt = o.Version+1, tx.Now
	name := id.OrganizationName(o.ID)
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: name, Organization: name, Row: Image(o)})
	if err != nil {
		return err
	}
	o.EntrySeq, o.EntryHash = r.Sequence, r.Hash
	if o.Version == 1 {
		return tx.Organization.Create().SetID(o.ID).SetJurisdiction(o.Jurisdiction).SetVersion(o.Version).SetEntrySeq(o.EntrySeq).SetEntryHash(o.EntryHash).
			SetCreatedAt(o.CreatedAt).SetUpdatedAt(o.UpdatedAt).SetDisplayName(o.DisplayName).SetKind(o.Kind).SetUscc(o.Uscc).SetCodeCheck(o.CodeCheck).Exec(ctx)
	}
	return storage.One(tx.Organization.Update().Where(entorganization.ID(o.ID), entorganization.Version(o.Version-1)).
		SetVersion(o.Version).SetEntrySeq(o.EntrySeq).SetEntryHash(o.EntryHash).SetUpdatedAt(o.UpdatedAt).
		SetDisplayName(o.DisplayName).SetCodeCheck(o.CodeCheck).Save(ctx))
}

// TokenImage is the audited columns of a token.
func TokenImage(t *ent.Token) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", t.Jurisdiction).Int("version", int64(t.Version)).Time("created_at", t.CreatedAt).Time("updated_at", t.UpdatedAt).
		Text("organization_id", t.OrganizationID).Text("display_name", t.DisplayName).Text("roles", joinRoles(t.Roles)).
		Bytes("secret_hash", t.SecretHash).Time("expires_at", t.ExpiresAt)
	return entry.Optional(i, "revoked_at", t.RevokedAt, i.Time).Row()
}

func joinRoles(roles []party.Role) string {
	var names []string
	for _, r := range roles {
		names = append(names, string(r))
	}
	slices.Sort(names)
	return strings.Join(names, ",")
}

// saveToken appends the entry of a changed token and writes its row; version 0 is a new one.
func saveToken(ctx context.Context, tx *storage.Txn, kind string, t *ent.Token) error {
	t.Version, t.UpdatedAt = t.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.TokenName(t.OrganizationID, t.ID), Organization: id.OrganizationName(t.OrganizationID), Row: TokenImage(t)})
	if err != nil {
		return err
	}
	t.EntrySeq, t.EntryHash = r.Sequence, r.Hash
	if t.Version == 1 {
		return tx.Token.Create().SetID(t.ID).SetJurisdiction(t.Jurisdiction).SetVersion(t.Version).SetEntrySeq(t.EntrySeq).SetEntryHash(t.EntryHash).
			SetCreatedAt(t.CreatedAt).SetUpdatedAt(t.UpdatedAt).SetOrganizationID(t.OrganizationID).SetDisplayName(t.DisplayName).SetRoles(t.Roles).
			SetSecretHash(t.SecretHash).SetExpiresAt(t.ExpiresAt).Exec(ctx)
	}
	return storage.One(tx.Token.Update().Where(enttoken.ID(t.ID), enttoken.Version(t.Version-1)).
		SetVersion(t.Version).SetEntrySeq(t.EntrySeq).SetEntryHash(t.EntryHash).SetUpdatedAt(t.UpdatedAt).SetNillableRevokedAt(t.RevokedAt).Save(ctx))
}
