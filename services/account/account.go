// Package account keeps persons: who they are, what they prove themselves with, and where they are logged in.
//
//   - What a person is called lies in the table of facts alone, which is in no ledger and can be erased; an entry has a salted hash of it.
//   - A secret that was shown once is kept as a hash. A password's hash is slow, and is computed outside every transaction, a few at once.
//   - A failed attempt delays the next, of the account and of the address; nobody is locked out for good.
package account

import (
	"context"
	"errors"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entfacts "github.com/jiebang/jiebang/ent/gen/ent/facts"
	"github.com/jiebang/jiebang/services/account/credential"
	"github.com/jiebang/jiebang/services/account/gauge"
	"github.com/jiebang/jiebang/services/account/kept"
	"github.com/jiebang/jiebang/services/account/passkey"
	"github.com/jiebang/jiebang/services/account/row"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// Faults of accounts.
var (
	ErrLoginTaken = fault.New(fault.Exists, "LOGIN_TAKEN", "another account has this login name, or one that looks like it")
	ErrNoSession  = fault.New(fault.Forbidden, "SESSION_REQUIRED", "this is for a person who has logged in, not for a token")
)

// Options are what Accounts need to know. The zero value of each but Seed is right for a person at the machine itself.
type Options struct {
	Seed         []byte          // of the keys that are not in the database
	Origin       string          // where people open the platform; http://localhost:8080 if empty
	SecondFactor bool            // an authority's members act for it only after a second factor
	Cost         credential.Cost // of a password's hash; credential.Slow if zero
}

// Accounts keeps the accounts of db.
type Accounts struct {
	db     *storage.DB
	hasher *credential.Hasher
	box    *credential.Box
	keys   *passkey.Keys
	gauges *gauge.Gauges
	strict bool
	swept  time.Time // when SweepDue last did something
}

// issuer is what an authenticator app calls the platform.
const issuer = "Jiebang 揭榜"

// New returns the accounts of db.
func New(db *storage.DB, o Options) (*Accounts, error) {
	if o.Origin == "" {
		o.Origin = "http://localhost:8080"
	}
	if o.Cost == (credential.Cost{}) {
		o.Cost = credential.Slow
	}
	a := &Accounts{db: db, hasher: credential.NewHasher(db.Rand(), o.Cost), gauges: gauge.New(db), strict: o.SecondFactor}
	var err error
	if a.keys, err = passkey.New(db, issuer, o.Origin); err != nil {
		return nil, err
	}
	a.box, err = credential.NewBox(o.Seed, db.Rand())
	return a, err
}

// Hashed is how many passwords were hashed.
func (a *Accounts) Hashed() int64 { return a.hasher.Done() }

// Details are what a person says of itself.
type Details struct{ Login, DisplayName, Email, Phone string }

// Prepared is an account that is about to be made: what is slow is done, and no text of a password is left.
type Prepared struct {
	facts    ent.Facts
	password string // PHC
}

// Prepare checks what a new person says and hashes its password. It is slow, and comes before the transaction; field is where in the request the details
// stand, such as "account".
func (a *Accounts) Prepare(ctx context.Context, d Details, password, field string) (Prepared, error) {
	login, err := credential.NewLogin(d.Login)
	if err != nil {
		return Prepared{}, at(err, field+".login")
	}
	if err := credential.CheckPassword(password, d.Login, login.Text, d.DisplayName); err != nil {
		return Prepared{}, at(err, field+".password")
	}
	phc, err := a.hasher.Hash(ctx, password)
	if err != nil {
		return Prepared{}, err
	}
	return Prepared{password: phc, facts: ent.Facts{Login: login.Fold, LoginText: login.Text, DisplayName: d.DisplayName, Email: d.Email, Phone: d.Phone,
		Salt: chance.Bytes(a.db.Rand(), row.SaltBytes)}}, nil
}

// at names the field of a fault.
func at(err error, field string) error {
	if f := fault.As(err); f != nil {
		return f.At(field).With("field", field)
	}
	return err
}

// Create makes a prepared account in the ledger of tx, with its entry.
func Create(ctx context.Context, tx *storage.Txn, n Prepared) (*ent.Person, error) {
	taken, err := tx.Facts.Query().Where(entfacts.Login(n.facts.Login)).Exist(ctx)
	if err != nil {
		return nil, err
	}
	if taken {
		return nil, ErrLoginTaken
	}
	f := n.facts
	f.ID = id.New(tx.Rand, id.Person, tx.Jurisdiction)
	p := &ent.Person{ID: f.ID, Jurisdiction: tx.Jurisdiction, State: party.Active, FactsHash: row.Hash(&f), SecuredAt: tx.Now, CreatedAt: tx.Now}
	if err := row.Save(ctx, tx, "person.created", p, row.Nobody); err != nil {
		return nil, err
	}
	if err := tx.Facts.Create().SetID(f.ID).SetSalt(f.Salt).SetLogin(f.Login).SetLoginText(f.LoginText).SetDisplayName(f.DisplayName).SetEmail(f.Email).
		SetPhone(f.Phone).Exec(ctx); err != nil {
		return nil, err
	}
	return p, kept.PutPassword(ctx, tx.Client, p.ID, n.password, tx.Now)
}

// itsPerson is the person whose session the call of ctx is in.
func itsPerson(ctx context.Context) (string, error) {
	if c := identity.Caller(ctx); c.Person != "" {
		return c.Person, nil
	}
	return "", ErrNoSession
}

// change changes the caller's own row, under the lock of the ledger that keeps it.
func (a *Accounts) change(ctx context.Context, decide func(tx *storage.Txn, p *ent.Person) (*Changed, error)) (*Changed, error) {
	personID, err := itsPerson(ctx)
	if err != nil {
		return nil, err
	}
	home, _ := id.Jurisdiction(id.Person, personID)
	changed, err := storage.Tx(ctx, a.db, identity.Change(ctx, home), func(tx *storage.Txn) (*Changed, error) {
		p, err := row.Find(ctx, tx.Client, personID)
		if err != nil {
			return nil, err
		}
		return decide(tx, p)
	})
	if err != nil {
		return nil, a.counted(ctx, personID, err)
	}
	return changed, nil
}

// Changed is the answer to a change of an account: only the ledger's columns are kept for replays, what it is called is read when it is shown.
type Changed struct {
	Person *ent.Person
	Codes  []string `json:"-"` // recovery codes that were made, nowhere else
}

// counted counts a wrong proof of a person in a session, and leaves the error as it is.
func (a *Accounts) counted(ctx context.Context, personID string, err error) error {
	switch {
	case errors.Is(err, ErrWrong):
		return errors.Join(err, a.gauges.Fail(ctx, gauge.Password(personID)))
	case errors.Is(err, kept.ErrCode):
		return errors.Join(err, a.gauges.Fail(ctx, gauge.Code(personID)), a.refused(ctx, personID))
	}
	return err
}
