package member

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"

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

// ErrInvitationNotFound says that a code opens nothing.
var ErrInvitationNotFound = fault.New(fault.NotFound, "INVITATION_NOT_FOUND", "the code is of no invitation")

// codeBytes are random enough that nobody guesses a code.
const codeBytes = 32

// Invited is a new invitation and its code, which is nowhere else.
type Invited struct {
	Member *ent.Membership
	Code   string `json:"-"` // so that not even the answer kept for replays has it
}

// Invite invites somebody to an organization with roles; without an expiry the invitation has the usual one.
func (s *Members) Invite(ctx context.Context, organizationID string, roles []party.Role, expires *time.Time) (Invited, error) {
	home, err := rpc.Home(id.Organization, organizationID, identity.ErrNotFound)
	if err != nil {
		return Invited{}, err
	}
	random := chance.Bytes(s.db.Rand(), codeBytes)
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (Invited, error) {
		o, err := run(ctx, tx, organizationID, identity.ErrNotFound.With("organization", organizationID))
		if err != nil {
			return Invited{}, err
		}
		until := tx.Now.Add(party.InvitationLife)
		if expires != nil {
			until = *expires
		}
		if err := party.CheckInvitation(o.Kind, roles, tx.Now, until); err != nil {
			return Invited{}, err
		}
		m := &ent.Membership{ID: id.New(tx.Rand, id.Membership, home), Jurisdiction: home, OrganizationID: o.ID, Roles: roles, State: party.Pending,
			CodeHash: identity.Hash(random), InvitedBy: tx.Principal, ExpiresAt: until, NextEventAt: &until, CreatedAt: tx.Now}
		return Invited{m, identity.Secret(m.ID, random)}, save(ctx, tx, "member.invited", m)
	})
}

// code is an invitation's: which one it opens, and what proves that.
type code struct {
	memberID, home string
	random         []byte
}

func readCode(text string) (code, error) {
	memberID, random, ok := identity.ParseSecret(text)
	home, ok2 := id.Jurisdiction(id.Membership, memberID)
	if !ok || !ok2 {
		return code{}, ErrInvitationNotFound
	}
	return code{memberID, home, random}, nil
}

// open reads the invitation of a code, and its organization.
func (c code) open(ctx context.Context, client *ent.Client) (*ent.Membership, *ent.Organization, error) {
	m, err := client.Membership.Query().Where(entmembership.ID(c.memberID)).Only(scope.Open(ctx, "whoever has the code of an invitation may read it"))
	if ent.IsNotFound(err) || err == nil && subtle.ConstantTimeCompare(m.CodeHash, identity.Hash(c.random)) != 1 {
		return nil, nil, ErrInvitationNotFound
	}
	if err != nil {
		return nil, nil, err
	}
	o, err := identity.Organization(ctx, client, m.OrganizationID)
	return m, o, err
}

// Preview reads what a code invites to.
func (s *Members) Preview(ctx context.Context, text string) (*ent.Membership, *ent.Organization, error) {
	c, err := readCode(text)
	if err != nil {
		return nil, nil, err
	}
	return c.open(ctx, s.db.Read)
}

// Newcomer is the account that somebody makes to join.
type Newcomer struct {
	account.Details
	Password string
}

// Accept accepts an invitation: as the person in whose session the call is, or as a newcomer.
func (s *Members) Accept(ctx context.Context, text string, n *Newcomer) (*ent.Membership, error) {
	if (identity.Caller(ctx).Person == "") != (n != nil) {
		rule := map[bool]string{true: "in_session", false: "required"}[n != nil]
		return nil, rpc.ErrField.At("account").With("field", "account").With("rule", rule)
	}
	var prepared account.Prepared
	if n != nil {
		if _, _, err := s.Preview(ctx, text); err != nil { // before the hash of the password, which is dear
			return nil, err
		}
		var err error
		if prepared, err = s.accounts.Prepare(ctx, n.Details, n.Password, "account"); err != nil {
			return nil, err
		}
	}
	return s.answer(ctx, text, party.Accept, "member.accepted", func(tx *storage.Txn, m *ent.Membership, o *ent.Organization) error {
		if o.State == party.Suspended || o.State == party.Closed {
			return policy.ErrSuspended.With("organization", o.ID)
		}
		m.PersonID = tx.Caller.Person
		if n != nil {
			p, err := account.Create(ctx, tx, prepared)
			if err != nil {
				return rpc.At("account.login", err)
			}
			m.PersonID = p.ID
		}
		return fits(ctx, tx, m)
	})
}

// Reject declines an invitation.
func (s *Members) Reject(ctx context.Context, text string) (*ent.Membership, error) {
	return s.answer(ctx, text, party.Reject, "member.rejected", func(*storage.Txn, *ent.Membership, *ent.Organization) error { return nil })
}

// answer answers the invitation of a code once, before it expires.
func (s *Members) answer(ctx context.Context, text string, e party.MemberEvent, kind string,
	decide func(*storage.Txn, *ent.Membership, *ent.Organization) error) (*ent.Membership, error) {
	c, err := readCode(text)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Anyone(ctx, c.home, c.memberID), func(tx *storage.Txn) (*ent.Membership, error) {
		m, o, err := c.open(ctx, tx.Client)
		if err != nil {
			return nil, err
		}
		if m.State == party.Pending || m.State == party.Expired { // whether the job has been here or not
			if err := party.CheckAnswer(tx.Now, m.ExpiresAt); err != nil {
				return nil, err
			}
		}
		if m.State, err = m.State.Next(e); err != nil {
			return nil, err
		}
		m.NextEventAt = nil
		if err := decide(tx, m, o); err != nil {
			return nil, err
		}
		return m, save(ctx, tx, kind, m)
	})
}

// Revoke takes an open invitation back.
func (s *Members) Revoke(ctx context.Context, organizationID, memberID, etag string) (*ent.Membership, error) {
	return s.change(ctx, organizationID, memberID, at{"etag", etag}, func(tx *storage.Txn, _ *ent.Organization, m *ent.Membership) (err error) {
		if m.State, err = m.State.Next(party.Revoke); err != nil {
			return err
		}
		m.NextEventAt = nil
		return save(ctx, tx, "member.revoked", m)
	})
}

// dueBatch is how many invitations are looked up at a time.
const dueBatch = 100

// ExpireDue ends the invitations whose time is over and returns when the next one's is, zero if there is none. Several servers may run it: whether it is
// over is decided again under the lock.
func (s *Members) ExpireDue(ctx context.Context) (next time.Time, err error) {
	for {
		rows, err := s.db.Read.Membership.Query().Where(entmembership.NextEventAtNotNil()).Order(entmembership.ByNextEventAt(), entmembership.ByID()).
			Limit(dueBatch).Select(entmembership.FieldID, entmembership.FieldJurisdiction, entmembership.FieldNextEventAt).All(ctx)
		if err != nil || len(rows) == 0 {
			return time.Time{}, err
		}
		var errs []error
		ended := 0
		for _, m := range rows {
			if m.NextEventAt.After(s.db.Clock().Now()) {
				return *m.NextEventAt, errors.Join(errs...)
			}
			switch err := s.expire(ctx, m.ID, m.Jurisdiction); {
			case errors.Is(err, errNotDue):
			case err != nil:
				errs = append(errs, err)
			default:
				ended++
			}
		}
		if ended == 0 || len(errs) > 0 {
			return s.db.Clock().Now().Add(notYet), errors.Join(errs...)
		}
	}
}

var errNotDue = errors.New("not due")

// notYet is when to look again at what could not be ended: the database's clock may be behind ours.
const notYet = 100 * time.Millisecond

func (s *Members) expire(ctx context.Context, memberID, jurisdiction string) error {
	_, err := storage.Tx(ctx, s.db, identity.Due(jurisdiction, "member.expiry"), func(tx *storage.Txn) (*ent.Membership, error) {
		m, err := tx.Membership.Get(ctx, memberID)
		if err != nil {
			return nil, err
		}
		if m.NextEventAt == nil || party.CheckAnswer(tx.Now, m.ExpiresAt) == nil {
			return nil, errNotDue // another server was faster, or its clock is ahead of the database's
		}
		if m.State, err = m.State.Next(party.Expire); err != nil {
			return nil, err
		}
		m.NextEventAt = nil
		return m, save(ctx, tx, "member.expired", m)
	})
	return err
}
