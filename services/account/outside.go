package account

import (
	"context"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entsession "github.com/jiebang/jiebang/ent/gen/ent/session"
	"github.com/jiebang/jiebang/services/account/row"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// Outside is somebody whom another than this package has let in: a provider outside, or a person for its device.
type Outside struct {
	Person              string
	Organization, Agent string    // see Opening
	Method              string    // how it was let in
	Stepped             time.Time // when a second factor was shown; zero for never
	none                bool
}

// Admit opens a session for somebody who was let in outside. A second factor counts as of when it was shown, not as of now.
func (a *Accounts) Admit(ctx context.Context, o Outside) (*Session, error) {
	p, err := row.Find(ctx, a.db.Read, o.Person)
	if err != nil {
		return nil, err
	}
	if p.State != party.Active {
		return nil, ErrWrong
	}
	opening := Opening{Person: p, Organization: o.Organization, Method: o.Method, Agent: o.Agent, Expires: a.db.Clock().Now().Add(life), none: o.none}
	if !o.Stepped.IsZero() {
		opening.Factor, opening.stepped = true, &o.Stepped
	}
	return a.Open(ctx, opening)
}

// Follow opens a session beside another, which must still be alive, for a device of the person: it acts for the same organization, and no more freely.
func (a *Accounts) Follow(ctx context.Context, sessionID, method, agent string) (*Session, error) {
	now := a.db.Clock().Now()
	s, err := a.db.Read.Session.Query().Where(entsession.ID(sessionID), entsession.EndedAtIsNil(), entsession.ExpiresAtGT(now)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, party.ErrSession
	}
	if err != nil {
		return nil, err
	}
	p, err := row.Find(ctx, a.db.Read, s.PersonID)
	if err != nil {
		return nil, err
	}
	o := Outside{Person: p.ID, Method: method, Agent: agent, none: s.MembershipID == nil}
	if s.MembershipID != nil {
		m, err := a.db.Read.Membership.Get(scope.Open(ctx, "as which member a session acts is its person's own"), *s.MembershipID)
		if err != nil {
			return nil, err
		}
		if o.Organization = m.OrganizationID; m.State != party.Member || m.Version != s.MembershipVersion {
			return nil, party.ErrSession
		}
	}
	if p.Version != s.PersonVersion {
		return nil, party.ErrSession
	}
	if s.SteppedAt != nil {
		o.Stepped = *s.SteppedAt
	}
	return a.Admit(ctx, o)
}

// Secure changes what the caller proves itself with outside. It wants the password, or a fresh step-up of one who has a second factor, and ends the caller's
// other sessions.
func (a *Accounts) Secure(ctx context.Context, password string, change func(*storage.Txn, *ent.Person) error) (*ent.Person, error) {
	proven, err := a.prove(ctx, password)
	if err != nil {
		return nil, err
	}
	changed, err := a.change(ctx, func(tx *storage.Txn, p *ent.Person) (*Changed, error) {
		if err := proven.weighty(ctx, tx.Client, tx.Caller, tx.Now); err != nil {
			return nil, err
		}
		if err := change(tx, p); err != nil {
			return nil, err
		}
		return &Changed{Person: p}, secure(ctx, tx, p)
	})
	if err != nil {
		return nil, err
	}
	return changed.Person, nil
}
