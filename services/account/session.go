package account

import (
	"context"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entmembership "github.com/jiebang/jiebang/ent/gen/ent/membership"
	entsession "github.com/jiebang/jiebang/ent/gen/ent/session"
	"github.com/jiebang/jiebang/services/account/row"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// Faults of sessions.
var (
	ErrNotMember       = fault.New(fault.Precondition, "MEMBER_OF_NOTHING", "you are not a member of this organization")
	ErrSessionNotFound = fault.New(fault.NotFound, "SESSION_NOT_FOUND", "you have no such session")
	ErrFactorMissing   = fault.New(fault.Precondition, "FACTOR_MISSING", "this wants a second factor; enroll one first")
)

// life is how long a session lasts, however much it is used.
const life = 12 * time.Hour

// Session is a session as its person sees it, and what goes with a new one.
type Session struct {
	Row           *ent.Session
	Organization  string   // id; empty for none
	Secret        string   // of a new session
	Organizations []string // ids of all that the person is a member of; of a new session
	FactorMissing bool     // it acts for nobody until a second factor is enrolled
}

// Opening is what is known of somebody who has proved itself and gets a session.
type Opening struct {
	Person       *ent.Person
	Organization string    // id; empty for the only one
	Method       string    // how it proved itself
	Agent        string    // with what program
	Factor       bool      // a second factor was shown
	Expires      time.Time // of the session that this one replaces; zero for a new login
	stepped      *time.Time
	none         bool // for no organization at all
}

// Open opens a session for a person who has proved itself, by whatever way: for the organization that was asked for, the only one, or none. The login of
// an authority's member is an entry in the ledger.
func (a *Accounts) Open(ctx context.Context, o Opening) (*Session, error) {
	members, err := a.db.Read.Membership.Query().Where(entmembership.PersonID(o.Person.ID), entmembership.StateEQ(party.Member)).Order(entmembership.ByID()).
		All(scope.Open(ctx, "who logs in has no session yet, and has proved who it is"))
	if err != nil {
		return nil, err
	}
	out := &Session{}
	var as *ent.Membership
	for _, m := range members {
		out.Organizations = append(out.Organizations, m.OrganizationID)
		if m.OrganizationID == o.Organization || o.Organization == "" && len(members) == 1 && !o.none {
			as = m
		}
	}
	if as == nil && o.Organization != "" {
		return nil, ErrNotMember.At("organization").With("field", "organization")
	}
	public := false
	if as != nil {
		organization, err := identity.Organization(ctx, a.db.Read, as.OrganizationID)
		if err != nil {
			return nil, err
		}
		public = organization.Kind.Public()
	}
	if public && a.strict && !o.Factor {
		if !o.Expires.IsZero() {
			return nil, ErrFactorMissing
		}
		as, public, out.FactorMissing = nil, false, true
	}
	random := chance.Bytes(a.db.Rand(), secretBytes)
	out.Row = a.newSession(ctx, o, as, random)
	if as != nil {
		out.Organization = as.OrganizationID
	}
	out.Secret = identity.Secret(out.Row.ID, random)
	if public {
		return out, a.audited(ctx, o.Person.ID, "session.opened", func(tx *storage.Txn, p *ent.Person) error {
			if !p.SecuredAt.Equal(o.Person.SecuredAt) {
				return ErrWrong // what it proved itself with is the person's no more
			}
			out.Row.PersonVersion = p.Version
			return insert(ctx, tx.Client, out.Row)
		})
	}
	return out, storage.Aside(ctx, a.db, func(tx *storage.Side) error { return insert(ctx, tx.Client, out.Row) })
}

// secretBytes are random enough for ever.
const secretBytes = 32

func (a *Accounts) newSession(ctx context.Context, o Opening, as *ent.Membership, random []byte) *ent.Session {
	now := a.db.Clock().Now()
	s := &ent.Session{Jurisdiction: o.Person.Jurisdiction, PersonID: o.Person.ID, PersonVersion: o.Person.Version, SecretHash: identity.Hash(random), Method: o.Method,
		Address: cut(rpc.From(ctx).Address, 64), Agent: cut(o.Agent, 200), CreatedAt: now, ExpiresAt: now.Add(life), SeenAt: now, SteppedAt: o.stepped}
	if !o.Expires.IsZero() {
		s.ExpiresAt = o.Expires
	} else if o.Factor {
		s.SteppedAt = &now
	}
	if as != nil {
		s.Jurisdiction, s.MembershipID, s.MembershipVersion = as.Jurisdiction, &as.ID, as.Version
	}
	s.ID = id.New(a.db.Rand(), id.Session, s.Jurisdiction)
	return s
}

// cut keeps as much of a text as a column holds.
func cut(text string, most int) string {
	for i := range text {
		if i > most-4 {
			return text[:i]
		}
	}
	return text
}

func insert(ctx context.Context, c *ent.Client, s *ent.Session) error {
	return c.Session.Create().SetID(s.ID).SetJurisdiction(s.Jurisdiction).SetPersonID(s.PersonID).SetPersonVersion(s.PersonVersion).
		SetNillableMembershipID(s.MembershipID).SetMembershipVersion(s.MembershipVersion).SetSecretHash(s.SecretHash).SetMethod(s.Method).SetAddress(s.Address).
		SetAgent(s.Agent).SetCreatedAt(s.CreatedAt).SetExpiresAt(s.ExpiresAt).SetSeenAt(s.SeenAt).SetNillableSteppedAt(s.SteppedAt).Exec(ctx)
}

// audited leaves an entry about a person that is not a change of its own request: the login of an authority's member, a refusal that matters.
func (a *Accounts) audited(ctx context.Context, personID, kind string, then func(*storage.Txn, *ent.Person) error) error {
	home, _ := id.Jurisdiction(id.Person, personID)
	call := storage.Call{Jurisdiction: home, Principal: personID, Method: rpc.From(ctx).Method, RequestID: chance.UUID(a.db.Rand()), BodyHash: []byte{0}}
	_, err := storage.Tx(ctx, a.db, call, func(tx *storage.Txn) (struct{}, error) {
		p, err := row.Find(ctx, tx.Client, personID)
		if err != nil {
			return struct{}{}, err
		}
		if p.State != party.Active {
			return struct{}{}, ErrWrong
		}
		if err := row.Save(ctx, tx, kind, p, row.Everyone); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, then(tx, p)
	})
	return err
}

// Sessions are the caller's sessions that have not ended, newest first.
func (a *Accounts) Sessions(ctx context.Context) ([]*Session, error) {
	personID, err := itsPerson(ctx)
	if err != nil {
		return nil, err
	}
	now := a.db.Clock().Now()
	p, err := row.Find(ctx, a.db.Read, personID)
	if err != nil {
		return nil, err
	}
	rows, err := a.db.Read.Session.Query().Where(entsession.PersonID(personID), entsession.EndedAtIsNil(), entsession.ExpiresAtGT(now),
		entsession.SeenAtGT(now.Add(-identity.Idle)), entsession.PersonVersion(p.Version)).Order(entsession.ByCreatedAt(sql.OrderDesc()), entsession.ByID()).All(ctx)
	if err != nil {
		return nil, err
	}
	members, err := a.memberships(ctx, personID)
	if err != nil {
		return nil, err
	}
	var out []*Session
	for _, s := range rows {
		m := members[valueOf(s.MembershipID)]
		if s.MembershipID == nil {
			out = append(out, &Session{Row: s})
		} else if m != nil && m.Version == s.MembershipVersion {
			out = append(out, &Session{Row: s, Organization: m.OrganizationID})
		}
	}
	return out, nil
}

// memberships are the active memberships of a person, by id.
func (a *Accounts) memberships(ctx context.Context, personID string) (map[string]*ent.Membership, error) {
	rows, err := a.db.Read.Membership.Query().Where(entmembership.PersonID(personID), entmembership.StateEQ(party.Member)).Order(entmembership.ByID()).All(ctx)
	out := make(map[string]*ent.Membership, len(rows))
	for _, m := range rows {
		out[m.ID] = m
	}
	return out, err
}

func valueOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// End ends a session of the caller's; empty for the one of the call.
func (a *Accounts) End(ctx context.Context, sessionID string) (*Session, error) {
	personID, err := itsPerson(ctx)
	if err != nil {
		return nil, err
	}
	if sessionID == "" {
		sessionID = identity.Caller(ctx).Session
	}
	var s *ent.Session
	err = storage.Aside(ctx, a.db, func(tx *storage.Side) error {
		now := a.db.Clock().Now()
		n, err := tx.Session.Update().Where(entsession.ID(sessionID), entsession.PersonID(personID), entsession.EndedAtIsNil()).SetEndedAt(now).Save(storage.Several(ctx))
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrSessionNotFound
		}
		s, err = tx.Session.Get(ctx, sessionID)
		return err
	})
	return &Session{Row: s}, err
}

// Switch goes on for another organization, or for none, in a new session that ends no later; the one of the call ends.
func (a *Accounts) Switch(ctx context.Context, organizationID string) (*Session, error) {
	personID, err := itsPerson(ctx)
	if err != nil {
		return nil, err
	}
	p, err := row.Find(ctx, a.db.Read, personID)
	if err != nil {
		return nil, err
	}
	old, err := a.db.Read.Session.Get(ctx, identity.Caller(ctx).Session)
	if err != nil {
		return nil, err
	}
	s, err := a.Open(ctx, Opening{Person: p, Organization: organizationID, none: organizationID == "", Method: old.Method, Agent: old.Agent, Factor: old.SteppedAt != nil,
		Expires: old.ExpiresAt, stepped: old.SteppedAt})
	if err != nil {
		return nil, err
	}
	_, err = a.End(ctx, old.ID)
	return s, err
}
