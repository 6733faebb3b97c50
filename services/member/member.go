// Package member is who belongs to an organization, and with which roles: invitations, grants, leaving, and the transfer of ownership.
//
//   - The code of an invitation is shown once and kept as a hash; whoever has it answers once, before it expires.
//   - Every change of a membership is a new version of it, and ends its sessions.
//   - An organization that has had an owner never loses the last one, nor a bureau its last security administrator.
//   - Outsiders, such as the bureau's security administrator, run the members of an organization only as long as nobody in it does.
package member

import (
	"context"
	"slices"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entmembership "github.com/jiebang/jiebang/ent/gen/ent/membership"
	"github.com/jiebang/jiebang/services/account"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// Faults of members.
var (
	ErrNotFound = fault.New(fault.NotFound, "MEMBER_NOT_FOUND", "there is no such member")
	ErrSelfRun  = fault.New(fault.Precondition, "ORGANIZATION_SELF_RUN", "the organization has an owner, who alone runs its members")
	ErrExists   = fault.New(fault.Exists, "MEMBER_EXISTS", "the person is a member of this organization")
	ErrHeld     = fault.New(fault.Exists, "ROLE_HELD", "the member has this role")
	ErrNotOwner = fault.New(fault.Precondition, "NOT_OWNER", "the one whose ownership is to end is not an owner")
)

// Members keeps the memberships of db.
type Members struct {
	db       *storage.DB
	accounts *account.Accounts
}

// New returns the members of db; accounts makes those of new ones.
func New(db *storage.DB, accounts *account.Accounts) *Members { return &Members{db, accounts} }

// Admit makes a person a member at once, with a code that nobody has. It is for the server's own operator, who makes the first members of a bureau.
func Admit(ctx context.Context, tx *storage.Txn, o *ent.Organization, personID string, roles []party.Role) (*ent.Membership, error) {
	if err := party.CheckRoles(o.Kind, roles); err != nil {
		return nil, err
	}
	m := &ent.Membership{ID: id.New(tx.Rand, id.Membership, tx.Jurisdiction), Jurisdiction: tx.Jurisdiction, OrganizationID: o.ID, PersonID: personID, Roles: roles,
		State: party.Member, CodeHash: identity.Hash(chance.Bytes(tx.Rand, codeBytes)), InvitedBy: tx.Principal, ExpiresAt: tx.Now, CreatedAt: tx.Now}
	if err := fits(ctx, tx, m); err != nil {
		return nil, err
	}
	return m, save(ctx, tx, "member.admitted", m)
}

// find reads a member of an organization.
func find(ctx context.Context, c *ent.Client, organizationID, memberID string) (*ent.Membership, error) {
	m, err := c.Membership.Query().Where(entmembership.ID(memberID), entmembership.OrganizationID(organizationID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrNotFound
	}
	return m, err
}

// itself reads the caller's own membership in an organization.
func itself(ctx context.Context, tx *storage.Txn, organizationID string) (*ent.Membership, error) {
	if tx.Caller.Person == "" {
		return nil, ErrNotFound
	}
	m, err := tx.Membership.Query().Where(entmembership.OrganizationID(organizationID), entmembership.PersonID(tx.Caller.Person),
		entmembership.StateEQ(party.Member)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrNotFound
	}
	return m, err
}

// governed reads an organization with whose members the caller may do what it calls for. A university speaks for its laboratories.
func governed(ctx context.Context, c *ent.Client, caller party.Caller, organizationID string, hidden *fault.Fault) (*ent.Organization, error) {
	o, err := identity.Organization(ctx, c, organizationID)
	if fault.As(err) != nil {
		return nil, hidden
	}
	if err != nil {
		return nil, err
	}
	object := policy.Object{Owner: o.ID, Jurisdiction: o.Jurisdiction, Openness: policy.Kept}
	if o.ParentID != nil && *o.ParentID == caller.Organization {
		object.Owner = caller.Organization
	}
	return o, identity.May(ctx, caller, object, hidden, hidden)
}

// run is governed for a change: whoever is not of the organization does it only as long as nobody in it could.
func run(ctx context.Context, tx *storage.Txn, organizationID string, hidden *fault.Fault) (*ent.Organization, error) {
	o, err := governed(ctx, tx.Client, tx.Caller, organizationID, hidden)
	if err != nil || tx.Caller.Organization == o.ID {
		return o, err
	}
	kept, err := isKept(ctx, tx, o, "")
	if err == nil && kept {
		err = ErrSelfRun
	}
	return o, err
}

// isKept reports whether somebody runs an organization, besides one member.
func isKept(ctx context.Context, tx *storage.Txn, o *ent.Organization, besides string) (bool, error) {
	open := scope.Open(ctx, "whether anybody runs an organization decides what that of which it is a part may do")
	rows, err := tx.Membership.Query().Where(entmembership.OrganizationID(o.ID), entmembership.StateEQ(party.Member), entmembership.IDNEQ(besides)).All(open)
	if err != nil {
		return false, err
	}
	rows = slices.DeleteFunc(rows, func(m *ent.Membership) bool { return !slices.Contains(m.Roles, o.Kind.Keeper()) })
	off, err := disabled(ctx, tx.Client, rows)
	return slices.ContainsFunc(rows, func(m *ent.Membership) bool { return !slices.Contains(off, m.PersonID) }), err
}

// keep makes sure that somebody runs an organization after a member has other roles, or none.
func keep(ctx context.Context, tx *storage.Txn, o *ent.Organization, m *ent.Membership, roles []party.Role) error {
	keeper := o.Kind.Keeper()
	if !slices.Contains(m.Roles, keeper) || slices.Contains(roles, keeper) {
		return nil
	}
	kept, err := isKept(ctx, tx, o, m.ID)
	if err == nil && !kept {
		err = party.ErrLastOwner
	}
	return err
}

// fits makes sure that a person may be what a membership says beside what it is elsewhere in the jurisdiction.
func fits(ctx context.Context, tx *storage.Txn, m *ent.Membership) error {
	others, err := tx.Membership.Query().Where(entmembership.PersonID(m.PersonID), entmembership.Jurisdiction(m.Jurisdiction), entmembership.StateEQ(party.Member),
		entmembership.IDNEQ(m.ID)).All(scope.Open(ctx, "nobody has two of the three offices, whatever the organizations"))
	if err != nil {
		return err
	}
	roles := slices.Clone(m.Roles)
	for _, o := range others {
		if o.OrganizationID == m.OrganizationID {
			return ErrExists
		}
		roles = append(roles, o.Roles...)
	}
	return party.CheckApart(roles)
}

// at is the version that a caller has seen, and the field that says so.
type at struct{ field, etag string }

// change loads a member whom the caller may run under the lock, checks the version, and lets decide change it.
func (s *Members) change(ctx context.Context, organizationID, memberID string, seen at, decide func(*storage.Txn, *ent.Organization, *ent.Membership) error) (*ent.Membership, error) {
	home, err := rpc.Home(id.Membership, memberID, ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Membership, error) {
		o, err := run(ctx, tx, organizationID, ErrNotFound)
		if err != nil {
			return nil, err
		}
		m, err := find(ctx, tx.Client, organizationID, memberID)
		if err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag(seen.field, seen.etag, m.Version); err != nil {
			return nil, err
		}
		return m, decide(tx, o, m)
	})
}
