// Package passkey keeps passkeys and holds their ceremonies. A challenge is taken once, within five minutes.
package passkey

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entceremony "github.com/jiebang/jiebang/ent/gen/ent/ceremony"
	entcredential "github.com/jiebang/jiebang/ent/gen/ent/credential"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// ErrWrong says that a passkey's answer proves nothing.
var ErrWrong = fault.New(fault.Unauthenticated, "PASSKEY_WRONG", "the answer of the passkey does not fit; begin again")

// Keys are the passkeys of a database.
type Keys struct {
	db  *storage.DB
	web *webauthn.WebAuthn
}

// New returns the passkeys of db, for those who open the platform at an origin.
func New(db *storage.DB, name, origin string) (*Keys, error) {
	at, err := url.Parse(origin)
	if err != nil {
		return nil, err
	}
	host := at.Hostname()
	if _, err := netip.ParseAddr(host); err == nil {
		host = "localhost" // no browser makes a passkey for an address; the rest of the platform works at one
	}
	web, err := webauthn.New(&webauthn.Config{RPID: host, RPDisplayName: name, RPOrigins: []string{origin}, AttestationPreference: protocol.PreferNoAttestation})
	return &Keys{db, web}, err
}

// ceremonyLife is how long a challenge waits for its answer.
const ceremonyLife = 5 * time.Minute

// Challenge is what an authenticator is asked.
type Challenge struct{ Ceremony, Options string }

// user is a person as WebAuthn sees it.
type user struct {
	id, login, name string
	keys            []webauthn.Credential
}

func (u *user) WebAuthnID() []byte                         { return []byte(u.id) }
func (u *user) WebAuthnName() string                       { return u.login }
func (u *user) WebAuthnDisplayName() string                { return u.name }
func (u *user) WebAuthnCredentials() []webauthn.Credential { return u.keys }

// userOf reads a person with its passkeys.
func userOf(ctx context.Context, c *ent.Client, personID string) (*user, error) {
	f, err := c.Facts.Get(ctx, personID)
	if err != nil {
		return nil, err
	}
	u := &user{id: personID, login: f.LoginText, name: f.DisplayName}
	rows, err := c.Credential.Query().Where(entcredential.PersonID(personID), entcredential.KindEQ(party.Passkey)).Order(entcredential.ByID()).All(ctx)
	for _, r := range rows {
		var key webauthn.Credential
		if err := json.Unmarshal(r.Secret, &key); err != nil {
			return nil, fmt.Errorf("passkey %s: %w", r.ID, err)
		}
		u.keys = append(u.keys, key)
	}
	return u, err
}

// keyID is the id of a passkey among the credentials.
func keyID(personID string, raw []byte) string {
	h := sha256.Sum256(raw)
	return fmt.Sprintf("%s/%s/%x", party.Passkey, personID, h[:10])
}

// BeginLogin asks for any passkey of the platform's: nobody learns by asking who has one.
func (k *Keys) BeginLogin(ctx context.Context) (Challenge, error) {
	options, session, err := k.web.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Challenge{}, err
	}
	return k.ask(ctx, "", options, session)
}

// BeginRegistration asks for a new passkey of a person.
func (k *Keys) BeginRegistration(ctx context.Context, personID string) (Challenge, error) {
	u, err := userOf(ctx, k.db.Read, personID)
	if err != nil {
		return Challenge{}, err
	}
	options, session, err := k.web.BeginRegistration(u, webauthn.WithExclusions(webauthn.Credentials(u.keys).CredentialDescriptors()),
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired,
			RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired}))
	if err != nil {
		return Challenge{}, err
	}
	return k.ask(ctx, personID, options, session)
}

// ask keeps a challenge until its answer comes.
func (k *Keys) ask(ctx context.Context, personID string, options any, session *webauthn.SessionData) (Challenge, error) {
	text, err := json.Marshal(options)
	if err != nil {
		return Challenge{}, err
	}
	data, err := json.Marshal(session)
	if err != nil {
		return Challenge{}, err
	}
	name := base64.RawURLEncoding.EncodeToString(chance.Bytes(k.db.Rand(), 32))
	return Challenge{name, string(text)}, storage.Aside(ctx, k.db, func(tx *storage.Side) error {
		return tx.Ceremony.Create().SetID(name).SetPersonID(personID).SetData(data).SetExpiresAt(k.db.Clock().Now().Add(ceremonyLife)).Exec(ctx)
	})
}

// take takes a challenge of a person, or of anybody, once.
func take(ctx context.Context, c *ent.Client, name, personID string, now time.Time) (s webauthn.SessionData, err error) {
	row, err := c.Ceremony.Query().Where(entceremony.ID(name), entceremony.PersonID(personID)).Only(ctx)
	if ent.IsNotFound(err) {
		return s, ErrWrong
	}
	if err != nil {
		return s, err
	}
	n, err := c.Ceremony.Delete().Where(entceremony.ID(name)).Exec(storage.Several(ctx))
	if err != nil {
		return s, err
	}
	if n == 0 || !now.Before(row.ExpiresAt) {
		return s, ErrWrong
	}
	return s, json.Unmarshal(row.Data, &s)
}

// Register registers for a person, in a transaction, the passkey that answers a challenge.
func (k *Keys) Register(ctx context.Context, tx *storage.Txn, personID, ceremony, answer, label string) error {
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return ErrWrong.At("passkey")
	}
	session, err := take(ctx, tx.Client, ceremony, personID, tx.Now)
	if err != nil {
		return err
	}
	u, err := userOf(ctx, tx.Client, personID)
	if err != nil {
		return err
	}
	key, err := k.web.CreateCredential(u, session, parsed)
	if err != nil {
		return ErrWrong.At("passkey")
	}
	secret, err := keep(key)
	if err != nil {
		return err
	}
	return tx.Credential.Create().SetID(keyID(personID, key.ID)).SetPersonID(personID).SetKind(party.Passkey).SetLabel(label).SetSecret(secret).
		SetCounter(int64(key.Authenticator.SignCount)).SetCreatedAt(tx.Now).Exec(ctx)
}

// keep is what is kept of a passkey: no attestation, which would tell what device a person has.
func keep(key *webauthn.Credential) ([]byte, error) {
	kept := *key
	kept.Attestation = webauthn.CredentialAttestation{}
	return json.Marshal(kept)
}

// Assert is the person whose passkey answers a challenge.
func (k *Keys) Assert(ctx context.Context, ceremony, answer string) (personID string, err error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return "", ErrWrong
	}
	var session webauthn.SessionData
	now := k.db.Clock().Now()
	err = storage.Aside(ctx, k.db, func(tx *storage.Side) (err error) {
		session, err = take(ctx, tx.Client, ceremony, "", now)
		return err
	})
	if err != nil {
		return "", err
	}
	found, key, err := k.web.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		if _, ok := id.Jurisdiction(id.Person, string(handle)); !ok {
			return nil, ErrWrong
		}
		return userOf(ctx, k.db.Read, string(handle))
	}, session, parsed)
	if err != nil || key.Authenticator.CloneWarning {
		return "", ErrWrong
	}
	personID = string(found.WebAuthnID())
	secret, err := keep(key)
	if err != nil {
		return "", err
	}
	return personID, storage.Aside(ctx, k.db, func(tx *storage.Side) error {
		return storage.One(tx.Credential.Update().Where(entcredential.ID(keyID(personID, key.ID))).SetSecret(secret).
			SetCounter(int64(key.Authenticator.SignCount)).SetUsedAt(now).Save(ctx))
	})
}
