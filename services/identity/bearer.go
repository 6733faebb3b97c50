package identity

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
)

const (
	secretPrefix = "jb_"
	secretBytes  = 32
)

// Secret makes the secret of a token or session: the prefix, its id, and 256 random bits.
func Secret(bearerID string, random []byte) string {
	return secretPrefix + bearerID + "_" + base64.RawURLEncoding.EncodeToString(random)
}

// Hash is how a secret's random part is kept: 256 random bits need no slow hash.
func Hash(random []byte) []byte {
	h := sha256.Sum256(random)
	return h[:]
}

// ParseSecret reads what Secret makes: whose it is, and its random part.
func ParseSecret(secret string) (bearerID string, random []byte, ok bool) {
	rest, ok := strings.CutPrefix(secret, secretPrefix)
	bearerID, encoded, ok2 := strings.Cut(rest, "_")
	random, err := base64.RawURLEncoding.DecodeString(encoded)
	return bearerID, random, ok && ok2 && err == nil && len(random) == secretBytes
}

// Authenticate returns the caller that bears a secret.
func (i *Identity) Authenticate(ctx context.Context, secret, address string) (party.Caller, error) {
	bearerID, random, ok := ParseSecret(secret)
	if !ok {
		return party.Caller{}, party.ErrTokenInvalid
	}
	b := newBearer(bearerID)
	if err := i.db.Row(ctx, b.query()); err != nil {
		return party.Caller{}, err
	}
	if subtle.ConstantTimeCompare(b.hash, Hash(random)) != 1 {
		return party.Caller{}, party.ErrTokenInvalid
	}
	now := i.db.Clock().Now()
	caller, err := b.at(now)
	if err != nil {
		return party.Caller{}, err
	}
	if err := party.Within(b.networks, address); err != nil {
		return party.Caller{}, err
	}
	return caller, i.seen(ctx, b, now)
}

// bearer is a token or a session, its organization and its roles, as they are read for every call.
type bearer struct {
	id       string
	caller   party.Caller
	hash     []byte
	networks []string
	seen     time.Time // of a session
	lent     time.Time // until when a member who broke the glass reads; zero for never
}

// at is the caller as it is at an instant, unless its token or session has ended.
func (b *bearer) at(now time.Time) (party.Caller, error) {
	c := b.caller
	if now.Before(b.lent) && !c.Has(party.Lent) {
		c.Roles, c.Lent = append(c.Roles, party.Lent), true
	}
	return c, c.Live(now)
}

func newBearer(bearerID string) *bearer { return &bearer{id: bearerID} }

// query reads a bearer in one row; every call does it, so it is said in SQL.
func (b *bearer) query() storage.Query {
	if _, ok := id.Jurisdiction(id.Session, b.id); ok {
		return b.session()
	}
	return b.token()
}

func (b *bearer) token() storage.Query {
	return storage.Query{
		SQL: `SELECT t.id, o.id, COALESCE(o.parent_id, ''), o.jurisdiction, o.kind, o.code_check, o.state, t.roles, t.scopes, t.networks, t.expires_at,
			t.revoked_at IS NOT NULL, t.secret_hash FROM tokens t JOIN organizations o ON o.id = t.organization_id WHERE t.id = ?`,
		Args: []any{b.id},
		Scan: func(scan func(...any) error) error {
			var roles, scopes, networks []byte
			c := &b.caller
			err := scan(&c.Token, &c.Organization, &c.Parent, &c.Jurisdiction, &c.Kind, &c.Check, &c.State, &roles, &scopes, &networks, &c.Expires, &c.Revoked, &b.hash)
			if storage.NoRow(err) {
				return party.ErrTokenInvalid
			}
			if err != nil {
				return err
			}
			return lists(map[*[]byte]any{&roles: &c.Roles, &scopes: &c.Scopes, &networks: &b.networks})
		},
	}
}

// Idle is how long a session may be left alone.
const Idle = 30 * time.Minute

// session reads a session. It has ended when it says so, when the person's credentials or the membership's roles have changed since it began, and when
// either is no longer active.
func (b *bearer) session() storage.Query {
	return storage.Query{
		SQL: `SELECT s.id, s.person_id, COALESCE(o.id, ''), COALESCE(o.parent_id, ''), s.jurisdiction, COALESCE(o.kind, ''), COALESCE(o.code_check, ''),
			COALESCE(o.state, ''), m.roles, m.lent_until, s.expires_at, s.seen_at, s.stepped_at, s.secret_hash,
			s.ended_at IS NOT NULL OR p.state <> 'active' OR p.version <> s.person_version
				OR s.membership_id IS NOT NULL AND (m.state <> 'active' OR m.version <> s.membership_version)
			FROM sessions s JOIN persons p ON p.id = s.person_id LEFT JOIN memberships m ON m.id = s.membership_id
			LEFT JOIN organizations o ON o.id = m.organization_id WHERE s.id = ?`,
		Args: []any{b.id},
		Scan: func(scan func(...any) error) error {
			var roles []byte
			var lent, stepped sql.NullTime
			c := &b.caller
			err := scan(&c.Session, &c.Person, &c.Organization, &c.Parent, &c.Jurisdiction, &c.Kind, &c.Check, &c.State, &roles, &lent, &c.Expires, &b.seen, &stepped,
				&b.hash, &c.Revoked)
			if storage.NoRow(err) {
				return party.ErrTokenInvalid
			}
			if err != nil {
				return err
			}
			if idle := b.seen.Add(Idle); idle.Before(c.Expires) {
				c.Expires = idle
			}
			c.Stepped, b.lent = stepped.Time, lent.Time
			return lists(map[*[]byte]any{&roles: &c.Roles})
		},
	}
}

// lists reads columns of JSON, which may be null.
func lists(columns map[*[]byte]any) error {
	for text, into := range columns {
		if len(*text) > 0 {
			if err := json.Unmarshal(*text, into); err != nil {
				return err
			}
		}
	}
	return nil
}

// noted is how exactly it is known when a session was last used.
const noted = time.Minute

// seen notes that a session was used.
func (i *Identity) seen(ctx context.Context, b *bearer, now time.Time) error {
	if b.caller.Session == "" || now.Sub(b.seen) < noted {
		return nil
	}
	return storage.Aside(ctx, i.db, func(tx *storage.Side) error {
		return tx.Session.UpdateOneID(b.caller.Session).SetSeenAt(now).Exec(ctx)
	})
}

// Change describes the call of ctx for a change in a jurisdiction. The caller is read again under the lock: whoever was revoked, or lost a role, while
// waiting changes nothing. A request that two persons make is looked for among those that were approved, and used up with the change.
func Change(ctx context.Context, jurisdiction string) storage.Call {
	return change(ctx, jurisdiction, authorize)
}

// change is Change with another decision on the caller than the usual one.
func change(ctx context.Context, jurisdiction string, decide func(context.Context, *storage.Txn, *rpc.Incoming) error) storage.Call {
	in := rpc.From(ctx)
	in.Home = jurisdiction
	call := storage.Call{
		Jurisdiction: jurisdiction, Principal: in.Caller.Principal(), Method: in.Method, RequestID: in.RequestID, BodyHash: in.BodyHash,
		ValidateOnly: in.ValidateOnly,
	}
	if in.Caller.System {
		call.Authorize = asSystem
		return call
	}
	fresh := newBearer(in.Caller.Token + in.Caller.Session)
	call.Fresh = fresh.query()
	call.Authorize = func(tx *storage.Txn) (err error) {
		if tx.Caller, err = fresh.at(tx.Now); err != nil {
			return err
		}
		return decide(ctx, tx, in)
	}
	return call
}

// Anyone is Change for what somebody without a credential may do too; principal answers for it then, such as the invitation whose code the caller has.
func Anyone(ctx context.Context, jurisdiction, principal string) storage.Call {
	in := rpc.From(ctx)
	if in.Caller.Known() {
		return Change(ctx, jurisdiction)
	}
	return storage.Call{
		Jurisdiction: jurisdiction, Principal: principal, Method: in.Method, RequestID: in.RequestID, BodyHash: in.BodyHash, ValidateOnly: in.ValidateOnly,
		Authorize: func(tx *storage.Txn) error {
			return policy.Decide(tx.Caller, in.Policy, policy.Object{}, policy.Env{Now: tx.Now}).Err(tx.Caller, in.Policy, nil, nil)
		},
	}
}

func asSystem(tx *storage.Txn) error {
	tx.Caller = party.System
	return nil
}

// Due describes an act of the clock in a jurisdiction. It is not done while the clock is in doubt.
func Due(jurisdiction, method string) storage.Call {
	c := Act(jurisdiction, method)
	c.Authorize = func(tx *storage.Txn) error { return errors.Join(asSystem(tx), tx.Sure()) }
	return c
}

// Act describes an act of the platform in a jurisdiction for which the time does not matter.
func Act(jurisdiction, method string) storage.Call {
	return storage.Call{Jurisdiction: jurisdiction, Principal: party.System.Token, Method: method, Authorize: asSystem}
}
