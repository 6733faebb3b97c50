package account

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entperson "github.com/jiebang/jiebang/ent/gen/ent/person"
	"github.com/jiebang/jiebang/ent/gen/ent/predicate"
	entsession "github.com/jiebang/jiebang/ent/gen/ent/session"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

const saltBytes = 16

// hashFacts is what the ledger has of a person's facts: it proves what they were as long as they and their salt are there, and nothing once they are
// erased. Its encoding is for ever.
func hashFacts(f *ent.Facts) []byte {
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

// Which sessions of a person outlive a change of it.
var (
	everyone = func(*storage.Txn) []predicate.Session { return []predicate.Session{} }
	itself   = func(tx *storage.Txn) []predicate.Session {
		return []predicate.Session{entsession.ID(tx.Caller.Session)}
	}
	nobody = func(*storage.Txn) []predicate.Session { return nil }
)

// save appends the entry of a changed person and writes its row; version 0 is a new one. The sessions that stay go over to the new version.
func save(ctx context.Context, tx *storage.Txn, kind string, p *ent.Person, stay func(*storage.Txn) []predicate.Session) error {
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
