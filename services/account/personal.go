package account

import (
	"context"
	"slices"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entfacts "github.com/jiebang/jiebang/ent/gen/ent/facts"
	entmembership "github.com/jiebang/jiebang/ent/gen/ent/membership"
	"github.com/jiebang/jiebang/services/account/holding"
	"github.com/jiebang/jiebang/services/account/kept"
	"github.com/jiebang/jiebang/services/account/row"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// ErrMember says that a person must leave its organizations before its account is erased.
var ErrMember = fault.New(fault.Precondition, "ACCOUNT_MEMBER", "you are a member of an organization; leave it first, and hand it over if it is yours")

// View is an account as its person sees it.
type View struct {
	Person        *ent.Person
	Facts         *ent.Facts
	Organizations []string // ids
	SecondFactor  bool
}

// Own is the caller's account.
func (a *Accounts) Own(ctx context.Context) (*View, error) {
	personID, err := itsPerson(ctx)
	if err != nil {
		return nil, err
	}
	p, err := row.Find(ctx, a.db.Read, personID)
	if err != nil {
		return nil, err
	}
	return a.view(ctx, p)
}

// view is the account of a person.
func (a *Accounts) view(ctx context.Context, p *ent.Person) (*View, error) {
	f, err := a.db.Read.Facts.Get(ctx, p.ID)
	if ent.IsNotFound(err) {
		return nil, row.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	members, err := a.memberships(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	v := &View{Person: p, Facts: f}
	for _, m := range members {
		v.Organizations = append(v.Organizations, m.OrganizationID)
	}
	slices.Sort(v.Organizations)
	kinds, err := kept.Kinds(ctx, a.db.Read, p.ID)
	v.SecondFactor = len(kinds) > 0
	return v, err
}

// Name is what a person is called, for the members of its organizations; empty once it is erased.
func Name(ctx context.Context, c *ent.Client, personID string) (string, error) {
	f, err := c.Facts.Query().Where(entfacts.ID(personID)).Only(ctx)
	if ent.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return f.DisplayName, nil
}

// Update changes what the caller says of itself: the details whose names are in fields.
func (a *Accounts) Update(ctx context.Context, etag string, d Details, fields []string) (*Changed, error) {
	salt := chance.Bytes(a.db.Rand(), row.SaltBytes)
	return a.change(ctx, func(tx *storage.Txn, p *ent.Person) (*Changed, error) {
		if err := rpc.CheckEtag("account.etag", etag, p.Version); err != nil {
			return nil, err
		}
		f, err := tx.Facts.Get(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		for name, to := range map[string]struct{ at, is *string }{"display_name": {&f.DisplayName, &d.DisplayName}, "email": {&f.Email, &d.Email}, "phone": {&f.Phone, &d.Phone}} {
			if slices.Contains(fields, name) {
				*to.at = *to.is
			}
		}
		f.Salt = salt
		p.FactsHash = row.Hash(f)
		if err := tx.Facts.UpdateOneID(p.ID).SetSalt(f.Salt).SetDisplayName(f.DisplayName).SetEmail(f.Email).SetPhone(f.Phone).Exec(ctx); err != nil {
			return nil, err
		}
		return &Changed{Person: p}, row.Save(ctx, tx, "person.changed", p, row.Everyone)
	})
}

// Export is all that is held of the caller, as JSON.
func (a *Accounts) Export(ctx context.Context, password string) (string, error) {
	proven, err := a.allowed(ctx, password)
	if err != nil {
		return "", err
	}
	p, err := row.Find(ctx, a.db.Read, proven.personID)
	if err != nil {
		return "", err
	}
	return holding.Export(ctx, a.db.Read, p)
}

// Erase erases all that is held of the caller. What it did stays under its id, which leads to nobody any more.
func (a *Accounts) Erase(ctx context.Context, password string) (*ent.Person, error) {
	proven, err := a.prove(ctx, password)
	if err != nil {
		return nil, err
	}
	home, _ := id.Jurisdiction(id.Person, proven.personID)
	call := identity.Change(ctx, home)
	call.RequestID, call.BodyHash = chance.UUID(a.db.Rand()), []byte{0}
	p, err := storage.Tx(ctx, a.db, call, func(tx *storage.Txn) (*ent.Person, error) {
		p, err := row.Find(ctx, tx.Client, proven.personID)
		if err != nil {
			return nil, err
		}
		if err := proven.weighty(ctx, tx.Client, tx.Caller, tx.Now); err != nil {
			return nil, err
		}
		member, err := tx.Membership.Query().Where(entmembership.PersonID(p.ID), entmembership.StateEQ(party.Member)).Exist(ctx)
		if err != nil {
			return nil, err
		}
		if member {
			return nil, ErrMember
		}
		if p.State, err = p.State.Next(party.Erase); err != nil {
			return nil, err
		}
		if err := holding.Wipe(ctx, tx.Client, p.ID); err != nil {
			return nil, err
		}
		return p, row.Save(ctx, tx, "person.erased", p, row.Nobody)
	})
	return p, a.counted(ctx, proven.personID, err)
}

// sweepEvery is how often it is swept.
const sweepEvery = time.Hour

// SweepDue sweeps, and returns when it is due again. One job runs it.
func (a *Accounts) SweepDue(ctx context.Context) (time.Time, error) {
	now := a.db.Clock().Now()
	if due := a.swept.Add(sweepEvery); now.Before(due) {
		return due, nil
	}
	a.swept = now
	return now.Add(sweepEvery), storage.Aside(ctx, a.db, func(tx *storage.Side) error { return holding.Sweep(ctx, tx.Client, now) })
}
