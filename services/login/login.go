// Package login lets persons in without a password here: whom an identity provider outside vouches for, and a device whose person says yes elsewhere.
//
//   - An account outside is an issuer and a subject. It lets in the person that it was linked to, and nobody else.
//   - What a browser must bring back is sealed in what it keeps; the platform remembers no attempt.
//   - A device has one secret, its person another, which is short; each is good once and for a quarter of an hour.
package login

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/services/account"
	"github.com/jiebang/jiebang/services/internal/limit"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/login/sso"
)

// Options are what Logins need to know.
type Options struct {
	Seed      []byte       // of the keys that are not in the database
	Origin    string       // where people open the platform
	Providers []sso.Config // identity providers outside
	Log       *slog.Logger
}

// Logins lets persons in.
type Logins struct {
	db        *storage.DB
	accounts  *account.Accounts
	origin    string
	sealer    *sso.Sealer
	providers map[string]sso.Provider
	configs   []sso.Config
	log       *slog.Logger
	devices   *limit.Limiter // that ask, by address
	codes     *limit.Limiter // that persons type, by person
}

// New returns the logins of db. A provider whose configuration would let in anybody is an error.
func New(db *storage.DB, accounts *account.Accounts, o Options) (*Logins, error) {
	l := &Logins{db: db, accounts: accounts, origin: strings.TrimSuffix(o.Origin, "/"), configs: o.Providers, log: o.Log, providers: map[string]sso.Provider{},
		devices: limit.New(limit.Rates{Address: asking}), codes: limit.New(limit.Rates{Principal: guessing})}
	var err error
	if l.sealer, err = sso.NewSealer(o.Seed, db.Rand()); err != nil {
		return nil, err
	}
	for _, c := range o.Providers {
		if l.providers[c.Name], err = sso.New(c, sso.Callback(o.Origin, c.Name), sso.Kit{Clock: db.Clock()}); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// Providers are the identity providers outside.
func (l *Logins) Providers() []sso.Config { return l.configs }

// person is the person in the session of a call, or a fault: a token has nobody whom a login could be for.
func person(ctx context.Context) (string, error) {
	if c := rpc.From(ctx).Caller; c.Person != "" && c.Session != "" {
		return c.Person, nil
	}
	return "", account.ErrNoSession
}

// told is an error of a provider's as its person is told it. What was wrong is in the log, for the operator.
func (l *Logins) told(ctx context.Context, provider string, err error) error {
	details, plain := sso.Public(err)
	if details != nil {
		attrs := []slog.Attr{slog.String("provider", provider)}
		for _, k := range slices.Sorted(maps.Keys(details)) {
			attrs = append(attrs, slog.String(k, details[k]))
		}
		l.log.LogAttrs(ctx, slog.LevelWarn, "sign-on failed", attrs...)
	}
	return plain
}
