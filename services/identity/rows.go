package identity

import (
	"context"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entapproval "github.com/jiebang/jiebang/ent/gen/ent/approval"
	entorganization "github.com/jiebang/jiebang/ent/gen/ent/organization"
	enttoken "github.com/jiebang/jiebang/ent/gen/ent/token"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Image is the audited columns of an organization.
func Image(o *ent.Organization) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", o.Jurisdiction).Int("version", int64(o.Version)).Time("created_at", o.CreatedAt).Time("updated_at", o.UpdatedAt).
		Text("display_name", o.DisplayName).Text("kind", string(o.Kind)).Text("uscc", o.Uscc).Text("code_check", string(o.CodeCheck))
	if o.State != party.Registered {
		i.Text("state", string(o.State))
	}
	i = given(given(i, "region", o.Region), "industry", o.Industry)
	i = entry.Optional(i, "verified_until", o.VerifiedUntil, i.Time)
	return entry.Optional(i, "parent_id", o.ParentID, i.Text).Row()
}

// given adds a text that is not empty: a column that came later changes no entry of before.
func given(i *entry.Image, name, text string) *entry.Image {
	if text == "" {
		return i
	}
	return i.Text(name, text)
}

// save appends the entry of a changed organization, with facts of the moment, and writes its row; version 0 is a new one.
func save(ctx context.Context, tx *storage.Txn, kind string, o *ent.Organization, facts ...entry.Column) error {
	o.Version, o.UpdatedAt = o.Version+1, tx.Now
	name := id.OrganizationName(o.ID)
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: name, Organization: name, Row: Image(o).With(facts)})
	if err != nil {
		return err
	}
	o.EntrySeq, o.EntryHash = r.Sequence, r.Hash
	if o.Version == 1 {
		return tx.Organization.Create().SetID(o.ID).SetJurisdiction(o.Jurisdiction).SetVersion(o.Version).SetEntrySeq(o.EntrySeq).SetEntryHash(o.EntryHash).
			SetCreatedAt(o.CreatedAt).SetUpdatedAt(o.UpdatedAt).SetDisplayName(o.DisplayName).SetKind(o.Kind).SetUscc(o.Uscc).SetCodeCheck(o.CodeCheck).
			SetState(o.State).SetNillableVerifiedUntil(o.VerifiedUntil).SetNillableParentID(o.ParentID).SetRegion(o.Region).SetIndustry(o.Industry).Exec(ctx)
	}
	u := tx.Organization.Update().Where(entorganization.ID(o.ID), entorganization.Version(o.Version-1)).
		SetVersion(o.Version).SetEntrySeq(o.EntrySeq).SetEntryHash(o.EntryHash).SetUpdatedAt(o.UpdatedAt).
		SetDisplayName(o.DisplayName).SetCodeCheck(o.CodeCheck).SetState(o.State).SetRegion(o.Region).SetIndustry(o.Industry)
	if o.VerifiedUntil == nil {
		return storage.One(u.ClearVerifiedUntil().Save(ctx))
	}
	return storage.One(u.SetVerifiedUntil(*o.VerifiedUntil).Save(ctx))
}

// TokenImage is the audited columns of a token.
func TokenImage(t *ent.Token) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", t.Jurisdiction).Int("version", int64(t.Version)).Time("created_at", t.CreatedAt).Time("updated_at", t.UpdatedAt).
		Text("organization_id", t.OrganizationID).Text("display_name", t.DisplayName).Text("roles", JoinRoles(t.Roles)).
		Bytes("secret_hash", t.SecretHash).Time("expires_at", t.ExpiresAt)
	i = given(given(given(i, "scopes", strings.Join(t.Scopes, ",")), "networks", strings.Join(t.Networks, ",")), "issued_by", t.IssuedBy)
	return entry.Optional(i, "revoked_at", t.RevokedAt, i.Time).Row()
}

// JoinRoles writes roles as an entry has them: in order of their names.
func JoinRoles(roles []party.Role) string {
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
			SetScopes(t.Scopes).SetNetworks(t.Networks).SetIssuedBy(t.IssuedBy).SetSecretHash(t.SecretHash).SetExpiresAt(t.ExpiresAt).Exec(ctx)
	}
	return storage.One(tx.Token.Update().Where(enttoken.ID(t.ID), enttoken.Version(t.Version-1)).
		SetVersion(t.Version).SetEntrySeq(t.EntrySeq).SetEntryHash(t.EntryHash).SetUpdatedAt(t.UpdatedAt).SetNillableRevokedAt(t.RevokedAt).Save(ctx))
}

// ApprovalImage is the audited columns of an approval.
func ApprovalImage(a *ent.Approval) entry.Row {
	return (&entry.Image{}).Text("jurisdiction", a.Jurisdiction).Int("version", int64(a.Version)).Time("created_at", a.CreatedAt).Time("updated_at", a.UpdatedAt).
		Text("organization_id", a.OrganizationID).Text("action", a.Action).Text("method", a.Method).Text("subject", a.Subject).Bytes("request_hash", a.RequestHash).Bytes("request", a.Request).
		Text("requested_by", a.RequestedBy).Text("requested_session", a.RequestedSession).Text("state", string(a.State)).Text("decided_by", a.DecidedBy).
		Text("decided_session", a.DecidedSession).Time("expires_at", a.ExpiresAt).Row()
}

// SaveApproval appends the entry of a changed approval and writes its row; version 0 is a new one.
func SaveApproval(ctx context.Context, tx *storage.Txn, kind string, a *ent.Approval) error {
	a.Version, a.UpdatedAt = a.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.ApprovalName(a.ID), Organization: id.OrganizationName(a.OrganizationID), Row: ApprovalImage(a)})
	if err != nil {
		return err
	}
	a.EntrySeq, a.EntryHash = r.Sequence, r.Hash
	if a.Version == 1 {
		return tx.Approval.Create().SetID(a.ID).SetJurisdiction(a.Jurisdiction).SetVersion(a.Version).SetEntrySeq(a.EntrySeq).SetEntryHash(a.EntryHash).
			SetCreatedAt(a.CreatedAt).SetUpdatedAt(a.UpdatedAt).SetOrganizationID(a.OrganizationID).SetAction(a.Action).SetMethod(a.Method).SetSubject(a.Subject).
			SetRequestHash(a.RequestHash).SetRequest(a.Request).SetRequestedBy(a.RequestedBy).SetRequestedSession(a.RequestedSession).SetState(a.State).
			SetExpiresAt(a.ExpiresAt).Exec(ctx)
	}
	return storage.One(tx.Approval.Update().Where(entapproval.ID(a.ID), entapproval.Version(a.Version-1)).
		SetVersion(a.Version).SetEntrySeq(a.EntrySeq).SetEntryHash(a.EntryHash).SetUpdatedAt(a.UpdatedAt).
		SetState(a.State).SetDecidedBy(a.DecidedBy).SetDecidedSession(a.DecidedSession).Save(ctx))
}
