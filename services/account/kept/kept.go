// Package kept reads and writes what persons prove themselves with, as it is kept: hashes, and the secrets of time-based codes, sealed.
package kept

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcredential "github.com/jiebang/jiebang/ent/gen/ent/credential"
	"github.com/jiebang/jiebang/services/account/credential"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// ErrCode says that a code of a second factor is wrong.
var ErrCode = fault.New(fault.Unauthenticated, "CODE_WRONG", "the code is wrong, or was used before")

// ID is the id of one of a person's credentials; tail tells several of a kind apart.
func ID(kind party.Factor, personID string, tail ...string) string {
	return strings.Join(append([]string{string(kind), personID}, tail...), "/")
}

// passwordID is the id of a person's password among the credentials.
func passwordID(personID string) string { return ID(party.Password, personID) }

// Password is the hash of a person's password; empty for one that has none.
func Password(ctx context.Context, c *ent.Client, personID string) (string, error) {
	row, err := c.Credential.Query().Where(entcredential.ID(passwordID(personID))).Only(ctx)
	if ent.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return string(row.Secret), nil
}

// PutPassword writes a person's password.
func PutPassword(ctx context.Context, c *ent.Client, personID, phc string, now time.Time) error {
	there, err := c.Credential.Query().Where(entcredential.ID(passwordID(personID))).Exist(ctx) // a write under the lock must change a row: see storage
	if err != nil {
		return err
	}
	if there {
		return c.Credential.UpdateOneID(passwordID(personID)).SetSecret([]byte(phc)).Exec(ctx)
	}
	return c.Credential.Create().SetID(passwordID(personID)).SetPersonID(personID).SetKind(party.Password).SetSecret([]byte(phc)).SetCreatedAt(now).Exec(ctx)
}

// Exchange keeps another hash of a password, unless it was changed meanwhile.
func Exchange(ctx context.Context, c *ent.Client, personID, old, fresh string) error {
	return c.Credential.Update().Where(entcredential.ID(passwordID(personID)), entcredential.Secret([]byte(old))).SetSecret([]byte(fresh)).Exec(storage.Several(ctx))
}

// Kinds are the kinds of second factors that a person has, in order; recovery codes are none by themselves.
func Kinds(ctx context.Context, c *ent.Client, personID string) ([]string, error) {
	rows, err := c.Credential.Query().Where(entcredential.PersonID(personID), entcredential.KindIn(party.TOTP, party.Passkey), entcredential.Confirmed(true)).All(ctx)
	var kinds []string
	for _, r := range rows {
		kinds = append(kinds, string(r.Kind))
	}
	slices.Sort(kinds)
	return slices.Compact(kinds), err
}

// NewCodes makes recovery codes in place of those that there are.
func NewCodes(ctx context.Context, tx *storage.Txn, personID string) ([]string, error) {
	if _, err := tx.Credential.Delete().Where(entcredential.PersonID(personID), entcredential.KindEQ(party.Recovery)).Exec(storage.Several(ctx)); err != nil {
		return nil, err
	}
	var codes []string
	for range credential.RecoveryCodes {
		code := credential.NewRecoveryCode(tx.Rand)
		hash := credential.CodeHash(code)
		codes = append(codes, code)
		if err := tx.Credential.Create().SetID(ID(party.Recovery, personID, hash)).SetPersonID(personID).SetKind(party.Recovery).SetSecret([]byte(hash)).
			SetCreatedAt(tx.Now).Exec(ctx); err != nil {
			return nil, err
		}
	}
	return codes, nil
}

// Shown is a code that a person shows at an instant.
type Shown struct {
	Person, Code string
	At           time.Time
}

// TakeCode takes a time-based code or a recovery code, each once.
func TakeCode(ctx context.Context, c *ent.Client, box *credential.Box, t Shown) (party.Factor, error) {
	if credential.IsRecoveryCode(t.Code) {
		n, err := c.Credential.Delete().Where(entcredential.ID(ID(party.Recovery, t.Person, credential.CodeHash(t.Code)))).Exec(storage.Several(ctx))
		if err == nil && n == 0 {
			err = ErrCode
		}
		return party.Recovery, err
	}
	row, err := c.Credential.Query().Where(entcredential.ID(ID(party.TOTP, t.Person)), entcredential.Confirmed(true)).Only(ctx)
	if ent.IsNotFound(err) {
		return "", ErrCode
	}
	if err != nil {
		return "", err
	}
	secret, err := box.Open(row.Secret, t.Person)
	if err != nil {
		return "", err
	}
	step, ok := credential.Step(secret, t.Code, t.At, row.Counter)
	if !ok {
		return "", ErrCode
	}
	n, err := c.Credential.Update().Where(entcredential.ID(row.ID), entcredential.CounterLT(step)).SetCounter(step).SetUsedAt(t.At).Save(storage.Several(ctx))
	if err == nil && n == 0 {
		err = ErrCode
	}
	return party.TOTP, err
}

// Factor is a second factor as its person sees it.
type Factor struct {
	Name string
	Row  *ent.Credential
	Left int // recovery codes
}

// List are a person's second factors; its recovery codes are one of them.
func List(ctx context.Context, c *ent.Client, personID string) ([]Factor, error) {
	rows, err := c.Credential.Query().Where(entcredential.PersonID(personID), entcredential.KindNEQ(party.Password), entcredential.Confirmed(true)).
		Order(entcredential.ByKind(), entcredential.ByID()).All(ctx)
	var out []Factor
	for _, r := range rows {
		parts := strings.Split(r.ID, "/")
		switch {
		case r.Kind == party.Recovery && len(out) > 0 && out[len(out)-1].Name == string(party.Recovery):
			out[len(out)-1].Left++
		case r.Kind == party.Recovery:
			out = append(out, Factor{Name: string(party.Recovery), Row: r, Left: 1})
		case len(parts) > 2:
			out = append(out, Factor{Name: parts[0] + "-" + parts[2], Row: r})
		default:
			out = append(out, Factor{Name: parts[0], Row: r})
		}
	}
	return out, err
}
