// Package regain lets persons in again who cannot get in by themselves, and keeps out whom the bureau disables. Who may ask for it, member decides.
//
//   - A reset ends what was at once: the password, and all sessions. Its code is kept as a hash, works once, and for a day.
//   - A code that resets nothing has one answer, whatever is wrong with it.
package regain

import (
	"context"
	"crypto/subtle"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcredential "github.com/jiebang/jiebang/ent/gen/ent/credential"
	"github.com/jiebang/jiebang/services/account/credential"
	"github.com/jiebang/jiebang/services/account/kept"
	"github.com/jiebang/jiebang/services/account/row"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// ErrReset says that a code resets nothing: it was never given, has been used or replaced, or has expired. Which it is, nobody learns.
var ErrReset = fault.New(fault.NotFound, "RESET_CODE_WRONG", "the code is wrong, was used, or has expired; ask for another")

// Reset takes the password of a person away, and its second factors if they are lost too, ends its sessions, and lets whoever has random set another
// password for as long as a code of a reset works. A code of before works no more.
func Reset(ctx context.Context, tx *storage.Txn, personID string, random []byte, factors bool) (*ent.Person, error) {
	p, err := row.Find(ctx, tx.Client, personID)
	if err != nil {
		return nil, err
	}
	if _, err := p.State.Next(party.Disable); err != nil { // it must be active
		return nil, err
	}
	gone := []party.Factor{party.Password, party.Reset}
	if factors {
		gone = append(gone, party.TOTP, party.Recovery, party.Passkey)
	}
	if _, err := tx.Credential.Delete().Where(entcredential.PersonID(p.ID), entcredential.KindIn(gone...)).Exec(storage.Several(ctx)); err != nil {
		return nil, err
	}
	p.SecuredAt = tx.Now
	if err := row.Save(ctx, tx, "person.reset", p, row.Nobody); err != nil {
		return nil, err
	}
	return p, tx.Credential.Create().SetID(kept.ID(party.Reset, p.ID)).SetPersonID(p.ID).SetKind(party.Reset).SetSecret(identity.Hash(random)).SetConfirmed(false).
		SetCreatedAt(tx.Now).Exec(ctx)
}

// Disable keeps a person from everything and ends its sessions, or lets it log in again.
func Disable(ctx context.Context, tx *storage.Txn, personID string, e party.PersonEvent) (*ent.Person, error) {
	p, err := row.Find(ctx, tx.Client, personID)
	if err != nil {
		return nil, err
	}
	if p.State, err = p.State.Next(e); err != nil {
		return nil, err
	}
	return p, row.Save(ctx, tx, map[party.PersonEvent]string{party.Disable: "person.disabled", party.Enable: "person.enabled"}[e], p, row.Nobody)
}

// reset is the code of a reset: whose password it sets, and what proves that.
type reset struct {
	personID, home string
	random         []byte
}

// open reads the person that a code is for, if it works at now.
func (r reset) open(ctx context.Context, c *ent.Client, now time.Time) (*ent.Person, error) {
	code, err := c.Credential.Query().Where(entcredential.ID(kept.ID(party.Reset, r.personID))).Only(ctx)
	if ent.IsNotFound(err) || err == nil && (subtle.ConstantTimeCompare(code.Secret, identity.Hash(r.random)) != 1 || !now.Before(code.CreatedAt.Add(party.ResetLife))) {
		return nil, ErrReset
	}
	if err != nil {
		return nil, err
	}
	p, err := row.Find(ctx, c, r.personID)
	if err == nil && p.State != party.Active {
		err = ErrReset
	}
	return p, err
}

// Redeem sets a password by the code of a reset, once.
func Redeem(ctx context.Context, db *storage.DB, hasher *credential.Hasher, code, password string) (*ent.Person, error) {
	personID, random, ok := identity.ParseSecret(code)
	home, ok2 := id.Jurisdiction(id.Person, personID)
	if !ok || !ok2 {
		return nil, ErrReset
	}
	r := reset{personID, home, random}
	call := identity.Anyone(ctx, home, personID)
	phc, err := r.fresh(ctx, db, hasher, password)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, db, call, func(tx *storage.Txn) (*ent.Person, error) {
		p, err := r.open(ctx, tx.Client, tx.Now)
		if err != nil {
			return nil, err
		}
		if phc == "" {
			return nil, ErrReset // it did not work a moment ago
		}
		if err := tx.Credential.DeleteOneID(kept.ID(party.Reset, p.ID)).Exec(ctx); err != nil {
			return nil, err
		}
		if err := kept.PutPassword(ctx, tx.Client, p.ID, phc, tx.Now); err != nil {
			return nil, err
		}
		p.SecuredAt = tx.Now
		return p, row.Save(ctx, tx, "person.secured", p, row.Nobody)
	})
}

// fresh checks the password that a code is to set, and hashes it: for a code that works, because a hash is dear. The code of a call that is repeated works
// no more, and the transaction has the first answer, so it is not refused here.
func (r reset) fresh(ctx context.Context, db *storage.DB, hasher *credential.Hasher, password string) (string, error) {
	if _, err := r.open(ctx, db.Read, db.Clock().Now()); fault.As(err) != nil {
		return "", nil
	} else if err != nil {
		return "", err
	}
	f, err := db.Read.Facts.Get(ctx, r.personID)
	if err != nil {
		return "", err
	}
	if err := credential.CheckPassword(password, f.LoginText, f.DisplayName); err != nil {
		return "", fault.As(err).At("new_password").With("field", "new_password")
	}
	return hasher.Hash(ctx, password)
}
