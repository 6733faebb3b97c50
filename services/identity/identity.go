// Package identity knows who calls: organizations and the API tokens that act for them.
//
//   - A token's secret is shown once and kept as a hash; a token acts for one organization, in its roles, until it expires or is revoked.
//   - A caller is what the database says at the call, never what it said before, and a change reads the caller again under the lock.
package identity

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entorganization "github.com/jiebang/jiebang/ent/gen/ent/organization"
	enttoken "github.com/jiebang/jiebang/ent/gen/ent/token"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
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
func (i *Identity) Register(ctx context.Context, c Content, kind party.Kind, code string) (*ent.Organization, error) {
	normal, check, err := party.CheckCode(code)
	if err != nil {
		return nil, fault.As(err).At("organization.uscc")
	}
	if err := c.check("organization."); err != nil {
		return nil, err
	}
	return storage.Tx(ctx, i.db, Change(ctx, Caller(ctx).Jurisdiction), func(tx *storage.Txn) (*ent.Organization, error) {
		return register(ctx, tx, c, kind, normal, check)
	})
}

func register(ctx context.Context, tx *storage.Txn, c Content, kind party.Kind, code string, check party.CodeCheck) (*ent.Organization, error) {
	taken, err := tx.Organization.Query().Where(entorganization.Jurisdiction(tx.Jurisdiction), entorganization.Uscc(code), entorganization.ParentIDIsNil()).Exist(ctx)
	if err != nil {
		return nil, err
	}
	if taken {
		return nil, ErrCodeTaken.With("uscc", code).At("organization.uscc")
	}
	o := &ent.Organization{
		ID: id.New(tx.Rand, id.Organization, tx.Jurisdiction), Jurisdiction: tx.Jurisdiction, Kind: kind, Uscc: code,
		CodeCheck: check, State: party.Registered, CreatedAt: tx.Now,
	}
	if c.apply(o, contentFields); kind != party.Bureau { // which is there before all others, and is called what its keeper says
		if err := unnamed(ctx, tx, o); err != nil {
			return nil, rpc.At("organization.display_name", err)
		}
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
		missing := ErrNotFound.With("organization", organizationID)
		if err := May(ctx, tx.Caller, Owned(o.ID, o.Jurisdiction, true), missing, missing); err != nil {
			return nil, err
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

// Issue issues a token for an organization, which has what t says; without an expiry it has the usual one. A bureau's admin issues for any organization
// of its jurisdiction, an owner or signer for its own.
func (i *Identity) Issue(ctx context.Context, organizationID string, t ent.Token) (Issued, error) {
	if err := checkLimits(&t); err != nil {
		return Issued{}, err
	}
	home, err := rpc.Home(id.Organization, organizationID, ErrNotFound)
	if err != nil {
		return Issued{}, err
	}
	secret := chance.Bytes(i.db.Rand(), secretBytes)
	issued, err := storage.Tx(ctx, i.db, Change(ctx, home), func(tx *storage.Txn) (Issued, error) {
		o, err := administered(ctx, tx.Client, tx.Caller, organizationID, ErrNotFound.With("organization", organizationID))
		if err != nil {
			return Issued{}, err
		}
		n := t
		n.OrganizationID, n.IssuedBy = o.ID, tx.Principal
		if n.ExpiresAt.IsZero() {
			n.ExpiresAt = tx.Now.Add(defaultTokenLife)
		}
		if err := party.CheckToken(o.Kind, n.Roles, tx.Now, n.ExpiresAt); err != nil {
			return Issued{}, err
		}
		founding, err := founding(ctx, tx)
		if err != nil {
			return Issued{}, err
		}
		if err := within(tx.Caller, founding, &n); err != nil {
			return Issued{}, err
		}
		return issue(ctx, tx, &n, secret)
	})
	return issued, err
}

// checkLimits makes sure that the scopes of a token are actions, and its networks networks.
func checkLimits(t *ent.Token) error {
	known := policy.Actions()
	for n, s := range t.Scopes {
		if !slices.Contains(known, s) {
			return party.ErrTokenScope.With("scope", s).At(fmt.Sprintf("token.scopes[%d]", n))
		}
	}
	return rpc.At("token.networks", party.CheckNetworks(t.Networks))
}

// founding reports whether the caller bears a token that the server itself has issued, to whoever runs it: before there are persons, nobody could be the
// second who grants a role.
func founding(ctx context.Context, tx *storage.Txn) (bool, error) {
	if tx.Caller.Token == "" {
		return false, nil
	}
	t, err := tx.Token.Get(ctx, tx.Caller.Token)
	return err == nil && t.IssuedBy == party.System.Token, err
}

// within makes sure that a token does no more than its issuer may: an owner and a security administrator grant roles, but for those that two persons grant,
// and others their own. A token that is limited to scopes issues none that is not.
func within(issuer party.Caller, founding bool, t *ent.Token) error {
	for _, r := range t.Roles {
		grants := issuer.Has(party.Owner) || issuer.Has(party.Secadmin)
		if !issuer.Has(r) && (!grants || r.Privileged() && !founding) {
			return party.ErrRoleBeyond.With("role", string(r)).At("token.roles")
		}
	}
	for n, s := range t.Scopes {
		if len(issuer.Scopes) > 0 && !slices.Contains(issuer.Scopes, s) {
			return party.ErrTokenScope.With("scope", s).At(fmt.Sprintf("token.scopes[%d]", n))
		}
	}
	if len(issuer.Scopes) > 0 && len(t.Scopes) == 0 {
		return party.ErrTokenScope.With("scope", "").At("token.scopes")
	}
	return nil
}

// issue writes a new token that has its organization, its name, its roles and its expiry.
func issue(ctx context.Context, tx *storage.Txn, t *ent.Token, secret []byte) (Issued, error) {
	t.ID, t.Jurisdiction, t.SecretHash, t.CreatedAt = id.New(tx.Rand, id.Token, tx.Jurisdiction), tx.Jurisdiction, Hash(secret), tx.Now
	return Issued{t, Secret(t.ID, secret)}, saveToken(ctx, tx, "token.issued", t)
}

// administered returns an organization with whose tokens the caller may do what it calls for; hidden is the fault for one with whose it may not.
func administered(ctx context.Context, c *ent.Client, caller party.Caller, organizationID string, hidden *fault.Fault) (*ent.Organization, error) {
	o, err := Organization(ctx, c, organizationID)
	if fault.As(err) != nil {
		return nil, hidden
	}
	if err != nil {
		return nil, err
	}
	kept := policy.Object{Owner: o.ID, Jurisdiction: o.Jurisdiction, Openness: policy.Kept}
	if err := May(ctx, caller, kept, hidden, hidden); err != nil {
		return nil, err
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
		if _, err := administered(ctx, tx.Client, tx.Caller, organizationID, ErrTokenNotFound); err != nil {
			return nil, err
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
