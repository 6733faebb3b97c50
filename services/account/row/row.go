// Package row writes what the ledger has of a person: that it is there, and a salted hash of who it is. Which sessions outlive a change is said with it.
package row

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entperson "github.com/jiebang/jiebang/ent/gen/ent/person"
	"github.com/jiebang/jiebang/ent/gen/ent/predicate"
	entsession "github.com/jiebang/jiebang/ent/gen/ent/session"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// SaltBytes are the random bytes that go into a hash of facts.
const SaltBytes = 16

// Hash is what the ledger has of a person's facts: it proves what they were as long as they and their salt are there, and nothing once they are
// erased. Its encoding is for ever.
func Hash(f *ent.Facts) []byte {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "jiebang facts 1\n%x\n", f.Salt)
	for _, text := range []string{f.Login, f.LoginText, f.DisplayName, f.Email, f.Phone} {
		_, _ = fmt.Fprintf(h, "%d %s\n", len(text), text)
	}
	return h.Sum(nil)
}

// Image is the audited columns of a person. None of them says who it is.
func Image(p *ent.Person) entry.Row {
	return (&entry.Image{}).Text("jurisdiction", p.Jurisdiction).Int("version", int64(p.Version)).Time("created_at", p.CreatedAt).Time("updated_at", p.UpdatedAt).
		Text("state", string(p.State)).Bytes("facts_hash", p.FactsHash).Time("secured_at", p.SecuredAt).Row()
}

// Stay says which sessions of a person outlive a change of it.
type Stay func(*storage.Txn) []predicate.Session

// Everyone lets all sessions go on.
func Everyone(*storage.Txn) []predicate.Session { return []predicate.Session{} }

// Itself lets the session of the call go on.
func Itself(tx *storage.Txn) []predicate.Session {
	return []predicate.Session{entsession.ID(tx.Caller.Session)}
}

// Nobody ends all sessions.
func Nobody(*storage.Txn) []predicate.Session { return nil }

// ErrNotFound says that there is no such person.
var ErrNotFound = fault.New(fault.NotFound, "ACCOUNT_NOT_FOUND", "there is no such account")

// Find reads a person, or ErrNotFound.
func Find(ctx context.Context, c *ent.Client, personID string) (*ent.Person, error) {
	p, err := c.Person.Query().Where(entperson.ID(personID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrNotFound
	}
	return p, err
}

// Save appends the entry of a changed person and writes its row; version 0 is a new one. The sessions that stay go over to the new version.
func Save(ctx context.Context, tx *storage.Txn, kind string, p *ent.Person, stay Stay) error {
	p.Version, p.UpdatedAt = p.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.PersonName(p.ID), Row: Image(p)})
	if err != nil {
		return err
	}
	p.EntrySeq, p.EntryHash = r.Sequence, r.Hash
	if p.Version == 1 {
		return tx.Person.Create().SetID(p.ID).SetJurisdiction(p.Jurisdiction).SetVersion(p.Version).SetEntrySeq(p.EntrySeq).SetEntryHash(p.EntryHash).
			SetCreatedAt(p.CreatedAt).SetUpdatedAt(p.UpdatedAt).SetState(p.State).SetFactsHash(p.FactsHash).SetSecuredAt(p.SecuredAt).Exec(ctx)
	}
	if err := storage.One(tx.Person.Update().Where(entperson.ID(p.ID), entperson.Version(p.Version-1)).
		SetVersion(p.Version).SetEntrySeq(p.EntrySeq).SetEntryHash(p.EntryHash).SetUpdatedAt(p.UpdatedAt).
		SetState(p.State).SetFactsHash(p.FactsHash).SetSecuredAt(p.SecuredAt).Save(ctx)); err != nil {
		return err
	}
	which := stay(tx)
	if which == nil {
		return nil
	}
	return tx.Session.Update().Where(append(which, entsession.PersonID(p.ID), entsession.PersonVersion(p.Version-1))...).SetPersonVersion(p.Version).Exec(storage.Several(ctx))
}
