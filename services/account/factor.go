package account

import (
	"context"
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcredential "github.com/jiebang/jiebang/ent/gen/ent/credential"
	"github.com/jiebang/jiebang/services/account/credential"
	"github.com/jiebang/jiebang/services/account/gauge"
	"github.com/jiebang/jiebang/services/account/kept"
	"github.com/jiebang/jiebang/services/account/passkey"
	"github.com/jiebang/jiebang/services/account/row"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// ErrNoFactor says that there is no such second factor.
var ErrNoFactor = fault.New(fault.NotFound, "FACTOR_NOT_FOUND", "you have no such second factor")

// unconfirmed is the tail of a time-based code that has not been shown yet.
const unconfirmed = "new"

// Enroll makes the secret of a time-based code, which counts once it is confirmed.
func (a *Accounts) Enroll(ctx context.Context, password string) (secret, uri string, err error) {
	p, err := a.allowed(ctx, password)
	if err != nil {
		return "", "", err
	}
	f, err := a.db.Read.Facts.Get(ctx, p.personID)
	if err != nil {
		return "", "", err
	}
	if secret, uri, err = credential.NewTOTP(a.db.Rand(), issuer, f.LoginText); err != nil {
		return "", "", err
	}
	pending := kept.ID(party.TOTP, p.personID, unconfirmed)
	return secret, uri, storage.Aside(ctx, a.db, func(tx *storage.Side) error {
		if _, err := tx.Credential.Delete().Where(entcredential.ID(pending)).Exec(storage.Several(ctx)); err != nil {
			return err
		}
		return tx.Credential.Create().SetID(pending).SetPersonID(p.personID).SetKind(party.TOTP).SetConfirmed(false).
			SetSecret(a.box.Seal(secret, p.personID)).SetCreatedAt(a.db.Clock().Now()).Exec(ctx)
	})
}

// allowed proves a person for an act of weight that is no change in the ledger.
func (a *Accounts) allowed(ctx context.Context, password string) (proof, error) {
	p, err := a.prove(ctx, password)
	if err != nil {
		return p, err
	}
	return p, a.counted(ctx, p.personID, p.weighty(ctx, a.db.Read, identity.Caller(ctx), a.db.Clock().Now()))
}

// Confirm makes a time-based code count, as its app shows it.
func (a *Accounts) Confirm(ctx context.Context, code string) (*Changed, error) {
	personID, err := itsPerson(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.gauges.Early(ctx, gauge.Code(personID)); err != nil {
		return nil, err
	}
	return a.change(ctx, func(tx *storage.Txn, p *ent.Person) (*Changed, error) {
		pending, err := tx.Credential.Query().Where(entcredential.ID(kept.ID(party.TOTP, p.ID, unconfirmed))).Only(ctx)
		if ent.IsNotFound(err) {
			return nil, ErrNoFactor
		}
		if err != nil {
			return nil, err
		}
		secret, err := a.box.Open(pending.Secret, p.ID)
		if err != nil {
			return nil, err
		}
		step, ok := credential.Step(secret, code, tx.Now, 0)
		if !ok {
			return nil, kept.ErrCode.At("code").With("field", "code")
		}
		id := kept.ID(party.TOTP, p.ID)
		if _, err := tx.Credential.Delete().Where(entcredential.IDIn(id, pending.ID)).Exec(storage.Several(ctx)); err != nil {
			return nil, err
		}
		if err := tx.Credential.Create().SetID(id).SetPersonID(p.ID).SetKind(party.TOTP).SetSecret(a.box.Seal(secret, p.ID)).SetCounter(step).
			SetCreatedAt(tx.Now).SetUsedAt(tx.Now).Exec(ctx); err != nil {
			return nil, err
		}
		return a.added(ctx, tx, p)
	})
}

// added secures a person that has a new second factor, which it has just shown; the first one comes with recovery codes.
func (a *Accounts) added(ctx context.Context, tx *storage.Txn, p *ent.Person) (*Changed, error) {
	if err := tx.Session.UpdateOneID(tx.Caller.Session).SetSteppedAt(tx.Now).Exec(ctx); err != nil {
		return nil, err
	}
	some, err := tx.Credential.Query().Where(entcredential.PersonID(p.ID), entcredential.KindEQ(party.Recovery)).Exist(ctx)
	if err != nil {
		return nil, err
	}
	out := &Changed{Person: p}
	if !some {
		if out.Codes, err = kept.NewCodes(ctx, tx, p.ID); err != nil {
			return nil, err
		}
	}
	return out, secure(ctx, tx, p)
}

// BeginPasskey asks for any passkey of the platform's.
func (a *Accounts) BeginPasskey(ctx context.Context) (passkey.Challenge, error) {
	return a.keys.BeginLogin(ctx)
}

// BeginRegistration asks for a new passkey of the caller's.
func (a *Accounts) BeginRegistration(ctx context.Context, password string) (passkey.Challenge, error) {
	p, err := a.allowed(ctx, password)
	if err != nil {
		return passkey.Challenge{}, err
	}
	return a.keys.BeginRegistration(ctx, p.personID)
}

// Register registers the passkey that answers a challenge.
func (a *Accounts) Register(ctx context.Context, ceremony, answer, label string) (*Changed, error) {
	return a.change(ctx, func(tx *storage.Txn, p *ent.Person) (*Changed, error) {
		if err := a.keys.Register(ctx, tx, p.ID, ceremony, answer, label); err != nil {
			return nil, err
		}
		return a.added(ctx, tx, p)
	})
}

// secure notes that a person's credentials have changed, which ends its other sessions.
func secure(ctx context.Context, tx *storage.Txn, p *ent.Person) error {
	p.SecuredAt = tx.Now
	return row.Save(ctx, tx, "person.secured", p, row.Itself)
}

// Renew makes new recovery codes.
func (a *Accounts) Renew(ctx context.Context) (*Changed, error) {
	return a.change(ctx, func(tx *storage.Txn, p *ent.Person) (*Changed, error) {
		kinds, err := kept.Kinds(ctx, tx.Client, p.ID)
		if err != nil {
			return nil, err
		}
		if len(kinds) == 0 {
			return nil, ErrFactorMissing
		}
		out := &Changed{Person: p}
		if out.Codes, err = kept.NewCodes(ctx, tx, p.ID); err != nil {
			return nil, err
		}
		return out, secure(ctx, tx, p)
	})
}

// Remove removes a second factor, and with the last one the recovery codes.
func (a *Accounts) Remove(ctx context.Context, name string) (*Changed, error) {
	kind, tail, several := strings.Cut(name, "-")
	return a.change(ctx, func(tx *storage.Txn, p *ent.Person) (*Changed, error) {
		id := kept.ID(party.Factor(kind), p.ID)
		if several {
			id = kept.ID(party.Factor(kind), p.ID, tail)
		}
		n, err := tx.Credential.Delete().Where(entcredential.ID(id), entcredential.KindIn(party.TOTP, party.Passkey), entcredential.Confirmed(true)).Exec(storage.Several(ctx))
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, ErrNoFactor
		}
		kinds, err := kept.Kinds(ctx, tx.Client, p.ID)
		if err != nil {
			return nil, err
		}
		if len(kinds) == 0 {
			if _, err := tx.Credential.Delete().Where(entcredential.PersonID(p.ID), entcredential.KindEQ(party.Recovery)).Exec(storage.Several(ctx)); err != nil {
				return nil, err
			}
		}
		return &Changed{Person: p}, secure(ctx, tx, p)
	})
}

// Factors are the caller's second factors; its recovery codes are one of them.
func (a *Accounts) Factors(ctx context.Context) ([]kept.Factor, error) {
	personID, err := itsPerson(ctx)
	if err != nil {
		return nil, err
	}
	return kept.List(ctx, a.db.Read, personID)
}

// ChangePassword changes the caller's password, which ends its other sessions.
func (a *Accounts) ChangePassword(ctx context.Context, old, fresh string) (*Changed, error) {
	p, err := a.prove(ctx, old)
	if err != nil {
		return nil, err
	}
	f, err := a.db.Read.Facts.Get(ctx, p.personID)
	if err != nil {
		return nil, err
	}
	if err := credential.CheckPassword(fresh, f.LoginText, f.DisplayName); err != nil {
		return nil, at(err, "new_password")
	}
	phc := ""
	if p.fits {
		if phc, err = a.hasher.Hash(ctx, fresh); err != nil {
			return nil, err
		}
	}
	return a.change(ctx, func(tx *storage.Txn, row *ent.Person) (*Changed, error) {
		if err := p.password(ctx, tx.Client); err != nil {
			return nil, at(err, "password")
		}
		if err := kept.PutPassword(ctx, tx.Client, row.ID, phc, tx.Now); err != nil {
			return nil, err
		}
		return &Changed{Person: row}, secure(ctx, tx, row)
	})
}
