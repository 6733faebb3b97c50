package member

import (
	"context"
	"slices"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// SetRoles changes the roles of a member, but for those that two persons grant.
func (s *Members) SetRoles(ctx context.Context, organizationID, memberID, etag string, roles []party.Role) (*ent.Membership, error) {
	return s.change(ctx, organizationID, memberID, at{"member.etag", etag}, func(tx *storage.Txn, o *ent.Organization, m *ent.Membership) error {
		if err := active(m); err != nil {
			return err
		}
		if err := party.CheckRoles(o.Kind, roles); err != nil {
			return fault.As(err).At("member.roles")
		}
		if err := party.CheckGrants(m.Roles, roles); err != nil {
			return fault.As(err).At("member.roles")
		}
		if o.Kind.Public() && m.PersonID == tx.Caller.Person && party.Gains(m.Roles, roles) {
			return party.ErrSelfGrant.At("member.roles")
		}
		if err := keep(ctx, tx, o, m, roles); err != nil {
			return err
		}
		m.Roles = roles
		return save(ctx, tx, "member.changed", m)
	})
}

// active makes sure that a membership is one, and no invitation.
func active(m *ent.Membership) error {
	_, err := m.State.Next(party.Leave)
	return err
}

// Grant gives a member a role that two persons grant.
func (s *Members) Grant(ctx context.Context, organizationID, memberID, etag string, role party.Role) (*ent.Membership, error) {
	return s.change(ctx, organizationID, memberID, at{"etag", etag}, func(tx *storage.Txn, o *ent.Organization, m *ent.Membership) error {
		if err := active(m); err != nil {
			return err
		}
		if slices.Contains(m.Roles, role) {
			return ErrHeld.With("role", string(role))
		}
		m.Roles = append(m.Roles, role)
		if err := party.CheckRoles(o.Kind, m.Roles); err != nil {
			return fault.As(err).At("role")
		}
		if err := fits(ctx, tx, m); err != nil {
			return rpc.At("role", err)
		}
		return save(ctx, tx, "member.granted", m)
	})
}

// Remove ends a membership.
func (s *Members) Remove(ctx context.Context, organizationID, memberID, etag string) (*ent.Membership, error) {
	return s.change(ctx, organizationID, memberID, at{"etag", etag}, func(tx *storage.Txn, o *ent.Organization, m *ent.Membership) error {
		return leave(ctx, tx, o, m, "member.removed")
	})
}

// Leave ends the caller's own membership in an organization.
func (s *Members) Leave(ctx context.Context, organizationID string) (*ent.Membership, error) {
	return s.own(ctx, organizationID, func(tx *storage.Txn, o *ent.Organization, m *ent.Membership) error {
		return leave(ctx, tx, o, m, "member.left")
	})
}

// own loads the caller's own membership in an organization under the lock and lets decide change it.
func (s *Members) own(ctx context.Context, organizationID string, decide func(*storage.Txn, *ent.Organization, *ent.Membership) error) (*ent.Membership, error) {
	home, err := rpc.Home(id.Organization, organizationID, ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Membership, error) {
		m, err := itself(ctx, tx, organizationID)
		if err != nil {
			return nil, err
		}
		mine := policy.Object{Person: m.PersonID, Jurisdiction: m.Jurisdiction}
		if err := identity.May(ctx, tx.Caller, mine, ErrNotFound, ErrNotFound); err != nil {
			return nil, err
		}
		o, err := identity.Organization(ctx, tx.Client, organizationID)
		if err != nil {
			return nil, err
		}
		return m, decide(tx, o, m)
	})
}

func leave(ctx context.Context, tx *storage.Txn, o *ent.Organization, m *ent.Membership, kind string) (err error) {
	next, err := m.State.Next(party.Leave)
	if err != nil {
		return err
	}
	if err := keep(ctx, tx, o, m, nil); err != nil {
		return err
	}
	m.State = next
	return save(ctx, tx, kind, m)
}

// Transfer makes a member the owner in the place of another: of the caller unless one is named. It is the only thing that the bureau's security
// administrator does in an organization that has an owner, because owners leave without a word.
func (s *Members) Transfer(ctx context.Context, organizationID, memberID, etag, formerID string) (*ent.Membership, error) {
	home, err := rpc.Home(id.Membership, memberID, ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Membership, error) {
		o, err := governed(ctx, tx.Client, tx.Caller, organizationID, ErrNotFound)
		if err != nil {
			return nil, err
		}
		m, err := find(ctx, tx.Client, organizationID, memberID)
		if err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag("etag", etag, m.Version); err != nil {
			return nil, err
		}
		if err := active(m); err != nil {
			return nil, err
		}
		former, err := formerOwner(ctx, tx, organizationID, formerID)
		if err != nil {
			return nil, err
		}
		if slices.Contains(m.Roles, party.Owner) {
			return nil, ErrHeld.With("role", string(party.Owner))
		}
		m.Roles = append(m.Roles, party.Owner)
		if err := party.CheckRoles(o.Kind, m.Roles); err != nil {
			return nil, err
		}
		if err := save(ctx, tx, "member.owner", m); err != nil {
			return nil, err
		}
		return m, resign(ctx, tx, former)
	})
}

// formerOwner reads the member whose ownership is to end.
func formerOwner(ctx context.Context, tx *storage.Txn, organizationID, formerID string) (m *ent.Membership, err error) {
	if formerID == "" {
		m, err = itself(ctx, tx, organizationID)
	} else {
		m, err = find(ctx, tx.Client, organizationID, formerID)
	}
	if fault.As(err) != nil || err == nil && (m.State != party.Member || !slices.Contains(m.Roles, party.Owner)) {
		return nil, ErrNotOwner.At("former_owner")
	}
	return m, err
}

// resign takes the ownership from a member; without another role its membership ends.
func resign(ctx context.Context, tx *storage.Txn, m *ent.Membership) (err error) {
	rest := slices.DeleteFunc(slices.Clone(m.Roles), func(r party.Role) bool { return r == party.Owner })
	if len(rest) > 0 {
		m.Roles = rest
		return save(ctx, tx, "member.changed", m)
	}
	if m.State, err = m.State.Next(party.Leave); err != nil {
		return err
	}
	return save(ctx, tx, "member.left", m)
}

// BreakGlass lets the caller, a system administrator, read for a while what an auditor reads. The entry says why.
func (s *Members) BreakGlass(ctx context.Context, organizationID string, lasting time.Duration, reason string) (*ent.Membership, error) {
	return s.own(ctx, organizationID, func(tx *storage.Txn, o *ent.Organization, m *ent.Membership) error {
		if o.ID != tx.Caller.Organization { // whose roles let it do this
			return ErrNotFound
		}
		until := tx.Now.Add(lasting)
		m.LentUntil = &until
		return save(ctx, tx, "member.glass_broken", m, entry.Column{Name: entry.Fact + "reason", Value: reason})
	})
}
