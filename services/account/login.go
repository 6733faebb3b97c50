package account

import (
	"context"
	"errors"
	"strings"
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
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// Faults of logging in.
var (
	ErrWrong  = fault.New(fault.Unauthenticated, "LOGIN_WRONG", "the login name or the password is wrong")
	ErrFactor = fault.New(fault.Unauthenticated, "FACTOR_REQUIRED", "the account has a second factor; send its code too, or use the passkey")
)

// Attempt is what somebody logs in with: a name, a password and a code, or the answer of a passkey.
type Attempt struct {
	Login, Password, Code string
	Ceremony, Passkey     string
	Organization, Agent   string
}

// Login logs in.
func (a *Accounts) Login(ctx context.Context, t Attempt) (*Session, error) {
	address := gauge.Address(rpc.From(ctx).Address)
	leave, err := a.hasher.Enter()
	if err != nil {
		return nil, err
	}
	defer leave()
	if err := a.gauges.Early(ctx, address); err != nil {
		return nil, err
	}
	o := Opening{Organization: t.Organization, Agent: t.Agent}
	if t.Passkey != "" {
		o.Method, o.Factor = string(party.Passkey), true
		o.Person, err = a.assert(ctx, t.Ceremony, t.Passkey)
	} else {
		err = a.withPassword(ctx, t, &o)
	}
	if errors.Is(err, ErrWrong) || errors.Is(err, kept.ErrCode) || errors.Is(err, passkey.ErrWrong) {
		return nil, errors.Join(err, a.gauges.Fail(ctx, address))
	}
	if err != nil {
		return nil, err
	}
	return a.Open(ctx, o)
}

// withPassword proves a person by name, password and, if it has one, a second factor. Every step is taken whether there is such an account or not.
func (a *Accounts) withPassword(ctx context.Context, t Attempt, o *Opening) error {
	login, err := credential.NewLogin(t.Login)
	if err != nil {
		login.Fold = "?" + t.Login // nobody's
	}
	name := gauge.Account(login.Fold)
	if err := a.gauges.Take(ctx, name); err != nil {
		return err
	}
	p, phc, err := a.byLogin(ctx, login.Fold)
	if err != nil {
		return err
	}
	fits, stale, err := a.hasher.Verify(ctx, phc, t.Password)
	if errors.Is(err, credential.ErrBusy) {
		return errors.Join(err, a.gauges.Forgive(ctx, name))
	}
	if err != nil {
		return err
	}
	if !fits || p.State != party.Active {
		return ErrWrong
	}
	o.Person, o.Method = p, string(party.Password)
	kinds, err := kept.Kinds(ctx, a.db.Read, p.ID)
	if err != nil {
		return err
	}
	if len(kinds) > 0 && t.Code == "" {
		return errors.Join(ErrFactor.With("factors", strings.Join(kinds, ",")), a.gauges.Forgive(ctx, name))
	}
	if len(kinds) > 0 {
		method, err := a.showCode(ctx, p.ID, t.Code)
		if err != nil {
			return err
		}
		o.Method, o.Factor = string(method), true
	}
	if stale {
		if err := a.rehash(ctx, p.ID, phc, t.Password); err != nil {
			return err
		}
	}
	return a.gauges.Settle(ctx, name)
}

// byLogin finds a person and its password; the zero person and no password if there is none.
func (a *Accounts) byLogin(ctx context.Context, fold string) (*ent.Person, string, error) {
	f, err := a.db.Read.Facts.Query().Where(entfacts.Login(fold)).Only(ctx)
	if ent.IsNotFound(err) {
		return &ent.Person{}, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	p, err := row.Find(ctx, a.db.Read, f.ID)
	if err != nil {
		return nil, "", err
	}
	phc, err := kept.Password(ctx, a.db.Read, f.ID)
	return p, phc, err
}

// assert is the person whose passkey answers a challenge, if its account is active.
func (a *Accounts) assert(ctx context.Context, ceremony, answer string) (*ent.Person, error) {
	personID, err := a.keys.Assert(ctx, ceremony, answer)
	if err != nil {
		return nil, err
	}
	p, err := row.Find(ctx, a.db.Read, personID)
	if err == nil && p.State != party.Active {
		err = passkey.ErrWrong
	}
	return p, err
}

// rehash keeps a password at the present cost, unless it was changed meanwhile.
func (a *Accounts) rehash(ctx context.Context, personID, old, password string) error {
	phc, err := a.hasher.Hash(ctx, password)
	if errors.Is(err, credential.ErrBusy) {
		return nil // next time
	}
	if err != nil {
		return err
	}
	return storage.Aside(ctx, a.db, func(tx *storage.Side) error { return kept.Exchange(ctx, tx.Client, personID, old, phc) })
}

// showCode takes a code of a person: it counts a wrong one, and too many are an entry in the ledger.
func (a *Accounts) showCode(ctx context.Context, personID, code string) (party.Factor, error) {
	if err := a.gauges.Take(ctx, gauge.Code(personID)); err != nil {
		return "", err
	}
	var method party.Factor
	err := storage.Aside(ctx, a.db, func(tx *storage.Side) (err error) {
		method, err = kept.TakeCode(ctx, tx.Client, a.box, kept.Shown{Person: personID, Code: code, At: a.db.Clock().Now()})
		return err
	})
	if errors.Is(err, kept.ErrCode) {
		return "", errors.Join(err, a.refused(ctx, personID))
	}
	if err != nil {
		return "", err
	}
	return method, a.gauges.Settle(ctx, gauge.Code(personID))
}

// matters is after how many wrong codes a refusal is an entry in the ledger, each time.
const matters = 5

// refused leaves an entry about a person whose second factor was wrong too often: somebody has its password.
func (a *Accounts) refused(ctx context.Context, personID string) error {
	n, err := a.gauges.Failures(ctx, gauge.Code(personID))
	if err != nil || n == 0 || n%matters != 0 {
		return err
	}
	return a.audited(ctx, personID, "session.refused", func(*storage.Txn, *ent.Person) error { return nil })
}

// proof is what a person shows for an act of weight: a fresh second factor if it has one, else its password. The slow part is done; the rest is decided on
// where the act is, so that a repetition gets the first answer.
type proof struct {
	personID, phc string
	fits          bool
}

// prove checks a password for an act of weight of the caller's.
func (a *Accounts) prove(ctx context.Context, password string) (proof, error) {
	personID, err := itsPerson(ctx)
	if err != nil {
		return proof{}, err
	}
	p := proof{personID: personID}
	if password == "" {
		return p, nil
	}
	if err := a.gauges.Early(ctx, gauge.Password(personID)); err != nil {
		return p, err
	}
	if p.phc, err = kept.Password(ctx, a.db.Read, personID); err != nil {
		return p, err
	}
	p.fits, _, err = a.hasher.Verify(ctx, p.phc, password)
	return p, err
}

// weighty decides whether the act may be done, on rows as they are now.
func (p proof) weighty(ctx context.Context, c *ent.Client, caller party.Caller, now time.Time) error {
	kinds, err := kept.Kinds(ctx, c, p.personID)
	if err != nil {
		return err
	}
	if len(kinds) == 0 {
		return p.password(ctx, c)
	}
	if m := (policy.Method{Action: "account.step_up", Access: policy.Known, StepUp: true}); policy.Decide(caller, m, policy.Object{}, policy.Env{Now: now}) != policy.Allowed {
		return policy.ErrStepUp.With("action", m.Action)
	}
	return nil
}

// password decides whether the password was right, and still is the person's.
func (p proof) password(ctx context.Context, c *ent.Client) error {
	phc, err := kept.Password(ctx, c, p.personID)
	if err == nil && (!p.fits || phc != p.phc) {
		return ErrWrong
	}
	return err
}

// StepUp shows a second factor again in the caller's session.
func (a *Accounts) StepUp(ctx context.Context, code, ceremony, answer string) (*Session, error) {
	personID, err := itsPerson(ctx)
	if err != nil {
		return nil, err
	}
	kinds, err := kept.Kinds(ctx, a.db.Read, personID)
	if err != nil {
		return nil, err
	}
	if len(kinds) == 0 {
		return nil, ErrFactorMissing
	}
	if answer != "" {
		p, err := a.assert(ctx, ceremony, answer)
		if err != nil {
			return nil, err
		}
		if p.ID != personID {
			return nil, passkey.ErrWrong
		}
	} else if _, err := a.showCode(ctx, personID, code); err != nil {
		return nil, err
	}
	out := &Session{Organization: identity.Caller(ctx).Organization}
	err = storage.Aside(ctx, a.db, func(tx *storage.Side) error {
		out.Row, err = tx.Session.UpdateOneID(identity.Caller(ctx).Session).SetSteppedAt(a.db.Clock().Now()).Save(ctx)
		return err
	})
	return out, err
}
