// Package identity knows who calls: organizations and the API tokens that act for them.
//
//   - A token's secret is shown once and kept as a hash; a token acts for one organization, in its roles, until it expires or is revoked.
//   - Nothing about a caller is cached across calls, and a change reads the caller again under the lock.
package identity

import (
	"context"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entorganization "github.com/jiebang/jiebang/ent/gen/ent/organization"
	enttoken "github.com/jiebang/jiebang/ent/gen/ent/token"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// Faults of organizations and tokens.
var (
	ErrNotFound      = fault.New(fault.NotFound, "ORGANIZATION_NOT_FOUND", "there is no such organization")
	ErrTokenNotFound = fault.New(fault.NotFound, "TOKEN_NOT_FOUND", "there is no such token")
	ErrRevokedBefore = fault.New(fault.Precondition, "TOKEN_REVOKED_BEFORE", "the token was revoked before")
	ErrCodeTaken     = fault.New(fault.Exists, "USCC_TAKEN", "an organization with this code is registered in the jurisdiction")
	ErrConfirmed     = fault.New(fault.Precondition, "ORGANIZATION_CONFIRMED", "the organization's code needs no confirmation")
)

// Identity registers organizations and issues tokens.
type Identity struct{ db *storage.DB }

// New returns the identities of db.
func New(db *storage.DB) *Identity { return &Identity{db} }

// Caller is who calls.
func Caller(ctx context.Context) party.Caller { return rpc.From(ctx).Caller }

// Organization reads an organization, or ErrNotFound.
func Organization(ctx context.Context, c *ent.Client, organizationID string) (*ent.Organization, error) {
	o, err := c.Organization.Query().Where(entorganization.ID(organizationID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrNotFound.With("organization", organizationID)
	}
	return o, err
}

// Register registers an organization in the caller's jurisdiction.
func (i *Identity) Register(ctx context.Context, name string, kind party.Kind, code string) (*ent.Organization, error) {
	normal, check, err := party.CheckCode(code)
	if err != nil {
		return nil, fault.As(err).At("organization.uscc")
	}
	return storage.Tx(ctx, i.db, Change(ctx, Caller(ctx).Jurisdiction), func(tx *storage.Txn) (*ent.Organization, error) {
		return register(ctx, tx, name, kind, normal, check)
	})
}

func register(ctx context.Context, tx *storage.Txn, name string, kind party.Kind, code string, check party.CodeCheck) (*ent.Organization, error) {
	taken, err := tx.Organization.Query().Where(entorganization.Jurisdiction(tx.Jurisdiction), entorganization.Uscc(code), entorganization.ParentIDIsNil()).Exist(ctx)
	if err != nil {
		return nil, err
	}
	if taken {
		return nil, ErrCodeTaken.With("uscc", code).At("organization.uscc")
	}
	o := &ent.Organization{
		ID: id.New(tx.Rand, id.Organization, tx.Jurisdiction), Jurisdiction: tx.Jurisdiction, DisplayName: name, Kind: kind, Uscc: code,
		CodeCheck: check, State: party.Registered, CreatedAt: tx.Now,
	}
	return o, save(ctx, tx, "organization.registered", o)
}

// Confirm confirms an organization whose code fails its check digit.
func (i *Identity) Confirm(ctx context.Context, organizationID, etag string) (*ent.Organization, error) {
	home, err := rpc.Home(id.Organization, organizationID, ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, i.db, Change(ctx, home), func(tx *storage.Txn) (*ent.Organization, error) {
		o, err := Organization(ctx, tx.Client, organizationID)
		if err != nil {
			return nil, err
		}
		if o.Jurisdiction != tx.Caller.Jurisdiction {
			return nil, ErrNotFound.With("organization", organizationID)
		}
		if err := rpc.CheckEtag("etag", etag, o.Version); err != nil {
			return nil, err
		}
		if o.CodeCheck != party.CheckFailed {
			return nil, ErrConfirmed.With("code_check", string(o.CodeCheck))
		}
		o.CodeCheck = party.Confirmed
		return o, save(ctx, tx, "organization.confirmed", o)
	})
}

// Issued is a new token and its secret, which is nowhere else.
type Issued struct {
	Token  *ent.Token
	Secret string `json:"-"` // so that not even the answer kept for replays has it
}

// defaultTokenLife is how long a token lives unless its issuer says otherwise.
const defaultTokenLife = 90 * 24 * time.Hour

// Issue issues a token for an organization: a bureau's admin for any organization of its jurisdiction, a signer for its own.
func (i *Identity) Issue(ctx context.Context, organizationID, name string, roles []party.Role, expires *time.Time) (Issued, error) {
	home, err := rpc.Home(id.Organization, organizationID, ErrNotFound)
	if err != nil {
		return Issued{}, err
	}
	secret := chance.Bytes(i.db.Rand(), secretBytes)
	issued, err := storage.Tx(ctx, i.db, Change(ctx, home), func(tx *storage.Txn) (Issued, error) {
		o, err := administered(ctx, tx.Client, tx.Caller, organizationID)
		if err != nil {
			return Issued{}, err
		}
		until := tx.Now.Add(defaultTokenLife)
		if expires != nil {
			until = *expires
		}
		if err := party.CheckToken(o.Kind, roles, tx.Now, until); err != nil {
			return Issued{}, err
		}
		return issue(ctx, tx, &ent.Token{OrganizationID: o.ID, DisplayName: name, Roles: roles, ExpiresAt: until}, secret)
	})
	return issued, err
}

// issue writes a new token that has its organization, its name, its roles and its expiry.
func issue(ctx context.Context, tx *storage.Txn, t *ent.Token, secret []byte) (Issued, error) {
	t.ID, t.Jurisdiction, t.SecretHash, t.CreatedAt = id.New(tx.Rand, id.Token, tx.Jurisdiction), tx.Jurisdiction, Hash(secret), tx.Now
	return Issued{t, Secret(t.ID, secret)}, saveToken(ctx, tx, "token.issued", t)
}

// administered returns an organization whose tokens the caller may issue, list and revoke.
func administered(ctx context.Context, c *ent.Client, caller party.Caller, organizationID string) (*ent.Organization, error) {
	o, err := Organization(ctx, c, organizationID)
	if err != nil {
		return nil, err
	}
	own := caller.Organization == o.ID
	bureau := caller.Has(party.Secadmin) && caller.Jurisdiction == o.Jurisdiction
	if !own && !bureau {
		return nil, ErrNotFound.With("organization", organizationID)
	}
	return o, nil
}

// Revoke revokes a token.
func (i *Identity) Revoke(ctx context.Context, organizationID, tokenID, etag string) (*ent.Token, error) {
	home, err := rpc.Home(id.Token, tokenID, ErrTokenNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, i.db, Change(ctx, home), func(tx *storage.Txn) (*ent.Token, error) {
		if _, err := administered(ctx, tx.Client, tx.Caller, organizationID); err != nil {
			return nil, ErrTokenNotFound
		}
		t, err := tx.Token.Query().Where(enttoken.ID(tokenID), enttoken.OrganizationID(organizationID)).Only(ctx)
		if ent.IsNotFound(err) {
			return nil, ErrTokenNotFound
		}
		if err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag("etag", etag, t.Version); err != nil {
			return nil, err
		}
		if t.RevokedAt != nil {
			return nil, ErrRevokedBefore
		}
		t.RevokedAt = &tx.Now
		return t, saveToken(ctx, tx, "token.revoked", t)
	})
}
