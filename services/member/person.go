package member

import (
	"context"
	"slices"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entmembership "github.com/jiebang/jiebang/ent/gen/ent/membership"
	entperson "github.com/jiebang/jiebang/ent/gen/ent/person"
	"github.com/jiebang/jiebang/services/account/regain"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// Reset is a password that was reset, and the code that sets another, which is nowhere else.
type Reset struct {
	Member  *ent.Membership
	Person  *ent.Person
	Expires time.Time
	Code    string `json:"-"` // so that not even the answer kept for replays has it
}

// ResetBy says how a password is reset.
type ResetBy struct {
	Together bool // by two persons
	Factors  bool // the second factors are taken away, too
}

// Reset lets a member set another password by a one-time code.
func (s *Members) Reset(ctx context.Context, organizationID, memberID, etag string, by ResetBy) (Reset, error) {
	random := chance.Bytes(s.db.Rand(), codeBytes)
	return whole(ctx, s, organizationID, memberID, func(tx *storage.Txn, o *ent.Organization, m *ent.Membership) (Reset, error) {
		if err := rpc.CheckEtag("etag", etag, m.Version); err != nil {
			return Reset{}, err
		}
		others, err := elsewhere(ctx, tx, m)
		if err != nil {
			return Reset{}, err
		}
		r := party.Resetting{Authority: o.Kind.Public(), Outside: tx.Caller.Organization != o.ID, Elsewhere: len(others) > 0, Roles: m.Roles}
		if err := party.CheckReset(r); err != nil && !by.Together {
			return Reset{}, err
		}
		p, err := regain.Reset(ctx, tx, m.PersonID, random, by.Factors)
		if err != nil {
			return Reset{}, err
		}
		return Reset{m, p, tx.Now.Add(party.ResetLife), identity.Secret(p.ID, random)}, nil
	})
}

// Disable disables the account of a member, with the tokens that it has issued. A bureau never loses its last security administrator.
func (s *Members) Disable(ctx context.Context, organizationID, memberID, etag string) (*ent.Membership, error) {
	return whole(ctx, s, organizationID, memberID, func(tx *storage.Txn, _ *ent.Organization, m *ent.Membership) (*ent.Membership, error) {
		if err := rpc.CheckEtag("etag", etag, m.Version); err != nil {
			return nil, err
		}
		others, err := elsewhere(ctx, tx, m)
		if err != nil {
			return nil, err
		}
		for _, is := range append(others, m) {
			o, err := identity.Organization(ctx, tx.Client, is.OrganizationID)
			if err != nil {
				return nil, err
			}
			if !o.Kind.Public() {
				continue
			}
			if err := keep(ctx, tx, o, is, nil); err != nil {
				return nil, err
			}
		}
		if _, err := regain.Disable(ctx, tx, m.PersonID, party.Disable); err != nil {
			return nil, err
		}
		return m, identity.RevokeIssued(ctx, tx, m.PersonID)
	})
}

// Enable enables the account of a member again.
func (s *Members) Enable(ctx context.Context, organizationID, memberID, etag string) (*ent.Membership, error) {
	return whole(ctx, s, organizationID, memberID, func(tx *storage.Txn, _ *ent.Organization, m *ent.Membership) (*ent.Membership, error) {
		if err := rpc.CheckEtag("etag", etag, m.Version); err != nil {
			return nil, err
		}
		_, err := regain.Disable(ctx, tx, m.PersonID, party.Enable)
		return m, err
	})
}

// whole loads a member under the lock whose person the caller may do something to, wherever else it is a member, and lets decide do it. It is the ledger
// of the person that has it, so that one jurisdiction does nothing to the accounts of another.
func whole[T any](ctx context.Context, s *Members, organizationID, memberID string, decide func(*storage.Txn, *ent.Organization, *ent.Membership) (T, error)) (T, error) {
	var none T
	home, err := rpc.Home(id.Membership, memberID, ErrNotFound)
	if err != nil {
		return none, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (T, error) {
		o, err := governed(ctx, tx.Client, tx.Caller, organizationID, ErrNotFound)
		if err != nil {
			return none, err
		}
		m, err := find(ctx, tx.Client, organizationID, memberID)
		if err != nil {
			return none, err
		}
		if err := active(m); err != nil {
			return none, err
		}
		if m.PersonID == tx.Caller.Person {
			return none, party.ErrMemberSelf
		}
		if kept, _ := id.Jurisdiction(id.Person, m.PersonID); kept != home {
			return none, party.ErrMemberElsewhere.With("jurisdiction", kept)
		}
		return decide(tx, o, m)
	})
}

// elsewhere are the other memberships of a member's person, in whatever jurisdiction.
func elsewhere(ctx context.Context, tx *storage.Txn, m *ent.Membership) ([]*ent.Membership, error) {
	return tx.Membership.Query().Where(entmembership.PersonID(m.PersonID), entmembership.StateEQ(party.Member), entmembership.IDNEQ(m.ID)).
		All(scope.Open(ctx, "what is done to a person's account is done in all of its organizations"))
}

// disabled are those of the members' persons whose accounts are disabled.
func disabled(ctx context.Context, c *ent.Client, rows []*ent.Membership) ([]string, error) {
	var persons []string
	for _, m := range rows {
		persons = append(persons, m.PersonID)
	}
	slices.Sort(persons)
	return c.Person.Query().Where(entperson.IDIn(slices.Compact(persons)...), entperson.StateEQ(party.Disabled)).IDs(ctx)
}
