package login

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entlink "github.com/jiebang/jiebang/ent/gen/ent/link"
	"github.com/jiebang/jiebang/services/account"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/login/sso"
)

// Faults of links.
var (
	ErrLinkTaken    = fault.New(fault.Exists, "LINK_TAKEN", "the account outside is linked to another person")
	ErrLinkNotFound = fault.New(fault.NotFound, "LINK_NOT_FOUND", "you have no such link")
)

// What is sealed, and for what.
const forFlow, forProof = "flow", "proof"

// Begun is where a browser goes to sign on, and what it keeps.
type Begun struct{ Address, Flow string }

// Begin begins to sign on with a provider.
func (l *Logins) Begin(ctx context.Context, provider string) (Begun, error) {
	p, ok := l.providers[provider]
	if !ok {
		return Begun{}, sso.ErrProvider.With("provider", provider)
	}
	f := sso.NewFlow(provider, l.db.Rand(), l.db.Clock().Now())
	address, err := p.Begin(ctx, f)
	if err != nil {
		return Begun{}, l.told(ctx, provider, err)
	}
	sealed, err := l.sealer.Seal(forFlow, f)
	return Begun{address, sealed}, err
}

// Return is what a browser comes back with, and what it has kept.
type Return struct {
	Provider, Flow      string
	Back                sso.Back
	Organization, Agent string
}

// word is the word of a provider about an account outside, and when it was given.
type word struct {
	Proof sso.Proof `json:"p"`
	Given time.Time `json:"g"`
}

// Finished is the session of whom an account outside is linked to, or else the proof to link it with.
type Finished struct {
	Session *account.Session
	Proof   string
}

// Finish finishes to sign on.
func (l *Logins) Finish(ctx context.Context, r Return) (Finished, error) {
	p, ok := l.providers[r.Provider]
	if !ok {
		return Finished{}, sso.ErrProvider.With("provider", r.Provider)
	}
	var f sso.Flow
	now := l.db.Clock().Now()
	if !l.sealer.Open(forFlow, r.Flow, &f) || f.Provider != r.Provider || now.Sub(f.Begun) >= sso.Life ||
		subtle.ConstantTimeCompare([]byte(f.State), []byte(r.Back.State)) != 1 {
		return Finished{}, sso.ErrWord // the browser did not begin this, or too long ago
	}
	proof, err := p.Finish(ctx, f, r.Back)
	if err != nil {
		return Finished{}, l.told(ctx, r.Provider, err)
	}
	link, err := l.db.Read.Link.Query().Where(entlink.ID(linkID(proof))).Only(ctx)
	if ent.IsNotFound(err) {
		sealed, err := l.sealer.Seal(forProof, word{proof, now})
		return Finished{Proof: sealed}, err
	}
	if err != nil {
		return Finished{}, err
	}
	s, err := l.accounts.Admit(ctx, account.Outside{Person: link.PersonID, Organization: r.Organization, Method: "sso:" + cutTo(r.Provider, 16), Agent: r.Agent, Stepped: proof.Stepped})
	return Finished{Session: s}, err
}

// linkID is the key of an account outside: the issuer and the subject, exactly.
func linkID(p sso.Proof) string {
	h := sha256.Sum256(fmt.Appendf(nil, "%d %s\n%d %s\n", len(p.Issuer), p.Issuer, len(p.Subject), p.Subject))
	return fmt.Sprintf("%x", h)
}

// Link links an account outside to the caller.
func (l *Logins) Link(ctx context.Context, proof, password string) (*ent.Link, error) {
	var w word
	if _, err := person(ctx); err != nil {
		return nil, err
	}
	if !l.sealer.Open(forProof, proof, &w) || l.db.Clock().Now().Sub(w.Given) >= sso.Life {
		return nil, sso.ErrWord.At("proof").With("field", "proof")
	}
	made := &ent.Link{ID: linkID(w.Proof), Issuer: w.Proof.Issuer, Subject: w.Proof.Subject}
	_, err := l.accounts.Secure(ctx, password, func(tx *storage.Txn, p *ent.Person) error {
		taken, err := tx.Link.Query().Where(entlink.ID(made.ID)).Exist(ctx)
		if err != nil {
			return err
		}
		if taken {
			return ErrLinkTaken
		}
		return tx.Link.Create().SetID(made.ID).SetPersonID(p.ID).SetIssuer(made.Issuer).SetSubject(made.Subject).SetCreatedAt(tx.Now).Exec(ctx)
	})
	if err != nil {
		return nil, err
	}
	row, err := l.db.Read.Link.Query().Where(entlink.ID(made.ID)).Only(ctx)
	if ent.IsNotFound(err) {
		return made, nil // nothing was to be changed, or it has gone since
	}
	return row, err
}

// Links are the accounts outside that are linked to the caller.
func (l *Logins) Links(ctx context.Context) ([]*ent.Link, error) {
	personID, err := person(ctx)
	if err != nil {
		return nil, err
	}
	return l.db.Read.Link.Query().Where(entlink.PersonID(personID)).Order(entlink.ByCreatedAt(), entlink.ByID()).All(ctx)
}

// Unlink takes a link of the caller's away.
func (l *Logins) Unlink(ctx context.Context, linkID, password string) (*ent.Link, error) {
	if _, err := person(ctx); err != nil {
		return nil, err
	}
	_, err := l.accounts.Secure(ctx, password, func(tx *storage.Txn, p *ent.Person) error {
		n, err := tx.Link.Delete().Where(entlink.ID(linkID), entlink.PersonID(p.ID)).Exec(storage.Several(ctx))
		if err == nil && n == 0 {
			return ErrLinkNotFound
		}
		return err
	})
	return &ent.Link{ID: linkID}, err
}

func cutTo(text string, most int) string {
	if len(text) > most {
		return text[:most]
	}
	return text
}
