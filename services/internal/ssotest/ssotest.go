// Package ssotest runs identity providers in the process of a test: one of OpenID Connect with its own keys, which can be told to lie, and one of CAS. With
// them comes a zoo of ID tokens that must be refused.
package ssotest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"

	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/clock"
)

// Client and Secret are those of the only client that a provider knows.
const (
	Client = "jiebang"
	Secret = "the client's own secret"
)

// Grant is what somebody was let in for: what a token is made from.
type Grant struct {
	Nonce, Challenge, Redirect, Access string
}

// Provider is a provider of OpenID Connect. Whoever comes is let in at once, as Subject.
type Provider struct {
	Issuer  string
	Clock   clock.Clock
	Subject string
	Mint    func(*Provider, Grant) string // makes the ID token; Tame unless it is set

	keys   Keys
	server *httptest.Server
	mu     sync.Mutex
	grants map[string]Grant
}

// Keys are the keys of a provider.
type Keys struct {
	RSA     *rsa.PrivateKey
	EC      *ecdsa.PrivateKey
	Ed25519 ed25519.PrivateKey
}

// NewKeys makes keys.
func NewKeys() Keys {
	rand := chance.System()
	r, err1 := rsa.GenerateKey(rand, 2048)
	e, err2 := ecdsa.GenerateKey(elliptic.P256(), rand)
	_, d, err3 := ed25519.GenerateKey(rand)
	if err1 != nil || err2 != nil || err3 != nil {
		panic("ssotest: no keys")
	}
	return Keys{r, e, d}
}

// Start starts a provider. Close ends it.
func Start(c clock.Clock) *Provider {
	p := &Provider{Clock: c, Subject: "248289761001", keys: NewKeys(), grants: map[string]Grant{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.describe)
	mux.HandleFunc("GET /keys", p.publish)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	p.server = httptest.NewServer(mux)
	p.Issuer = p.server.URL
	return p
}

// Close stops the provider.
func (p *Provider) Close() { p.server.Close() }

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (p *Provider) describe(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]any{"issuer": p.Issuer, "authorization_endpoint": p.Issuer + "/authorize", "token_endpoint": p.Issuer + "/token", "jwks_uri": p.Issuer + "/keys",
		"id_token_signing_alg_values_supported": []string{"RS256", "ES256", "EdDSA", "HS256", "none"}})
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// publish gives the public keys.
func (p *Provider) publish(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]any{"keys": p.keys.Public()})
}

// Public are the public keys as a JWK set has them.
func (k Keys) Public() []map[string]string {
	point, err := k.EC.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	return []map[string]string{
		{"kty": "RSA", "use": "sig", "kid": "rsa", "alg": "RS256", "n": encode(k.RSA.N.Bytes()), "e": "AQAB"},
		{"kty": "EC", "use": "sig", "kid": "ec", "alg": "ES256", "crv": "P-256", "x": encode(point[1:33]), "y": encode(point[33:])},
		{"kty": "OKP", "use": "sig", "kid": "ed", "alg": "EdDSA", "crv": "Ed25519", "x": encode(k.Ed25519.Public().(ed25519.PublicKey))},
	}
}

// authorize lets everybody in.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != Client || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("nonce") == "" || q.Get("state") == "" {
		http.Error(w, "invalid_request", http.StatusBadRequest)
		return
	}
	code := chance.UUID(chance.System())
	p.mu.Lock()
	p.grants[code] = Grant{Nonce: q.Get("nonce"), Challenge: q.Get("code_challenge"), Redirect: q.Get("redirect_uri"), Access: chance.UUID(chance.System())}
	p.mu.Unlock()
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.Issuer}}.Encode(), http.StatusFound)
}

// token changes a code, once, for an ID token.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	refuse := func(code string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, `{"error":%q}`, code)
	}
	id, secret, _ := r.BasicAuth()
	if id == "" {
		id, secret = r.FormValue("client_id"), r.FormValue("client_secret")
	}
	if s, err := url.QueryUnescape(secret); id != Client || err != nil || s != Secret {
		refuse("invalid_client")
		return
	}
	p.mu.Lock()
	g, ok := p.grants[r.FormValue("code")]
	delete(p.grants, r.FormValue("code"))
	p.mu.Unlock()
	proof := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !ok || encode(proof[:]) != g.Challenge || r.FormValue("redirect_uri") != g.Redirect {
		refuse("invalid_grant")
		return
	}
	mint := p.Mint
	if mint == nil {
		mint = Tame
	}
	answer(w, map[string]any{"access_token": g.Access, "token_type": "Bearer", "id_token": mint(p, g)})
}

// Visit goes where a browser is sent and returns what it comes back with, without following further.
func Visit(address string) (url.Values, error) {
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(address)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	to, err := resp.Location()
	if err != nil {
		return nil, fmt.Errorf("%s: %s", address, resp.Status)
	}
	return to.Query(), nil
}

// claims are those of a good token.
func (p *Provider) claims(g Grant) map[string]any {
	now := p.Clock.Now().Unix()
	return map[string]any{"iss": p.Issuer, "sub": p.Subject, "aud": Client, "exp": now + 300, "iat": now, "auth_time": now, "nonce": g.Nonce}
}

// Tame makes a good token.
func Tame(p *Provider, g Grant) string {
	return p.keys.sign("RS256", header("RS256", "rsa"), p.claims(g))
}

func header(alg, kid string) map[string]any {
	return map[string]any{"alg": alg, "kid": kid, "typ": "JWT"}
}

// text is JSON of a value; a text is JSON already.
func text(v any) []byte {
	if s, ok := v.(string); ok {
		return []byte(s)
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// sign makes a token in the compact form. header and claims are JSON, or values that become JSON.
func (k Keys) sign(alg string, header, claims any) string {
	signed := encode(text(header)) + "." + encode(text(claims))
	return signed + "." + encode(k.signature(alg, signed))
}

func (k Keys) signature(alg, signed string) []byte {
	hash := sha256.Sum256([]byte(signed))
	switch alg {
	case "RS256":
		s, err := rsa.SignPKCS1v15(nil, k.RSA, crypto.SHA256, hash[:])
		if err != nil {
			panic(err)
		}
		return s
	case "ES256":
		r, s, err := ecdsa.Sign(chance.System(), k.EC, hash[:])
		if err != nil {
			panic(err)
		}
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	case "EdDSA":
		return ed25519.Sign(k.Ed25519, []byte(signed))
	}
	return nil
}
