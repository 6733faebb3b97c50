// Package sso asks identity providers outside who somebody is: by OpenID Connect, or by CAS 3.0 as universities run it. It reads no database and opens no
// session; what it finds is the provider's word for an account there, which may be nobody's here.
//
//   - An account is named by issuer and subject, exactly as written. No mail address, name or telephone says who somebody is.
//   - What comes back belongs to the browser that was sent: to its state, its nonce, its proof key, and to one callback.
//   - An ID token is read strictly, after its signature: what is written twice, in another type, or for somebody else is refused.
package sso

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/clock"
)

// Faults of signing on.
var (
	ErrProvider = fault.New(fault.NotFound, "SIGN_ON_PROVIDER", "there is no such identity provider")
	ErrSilent   = fault.New(fault.Unavailable, "SIGN_ON_UNAVAILABLE", "the identity provider does not answer; try again later, or log in with a password")
	ErrRefused  = fault.New(fault.Unauthenticated, "SIGN_ON_REFUSED", "the identity provider did not let you in")
	ErrWord     = fault.New(fault.Unauthenticated, "SIGN_ON_INVALID", "what the identity provider says cannot be trusted; begin again")
)

// Flow is one attempt to sign on, which only the browser that began it can finish.
type Flow struct {
	Provider string    `json:"p"`
	State    string    `json:"s"`
	Nonce    string    `json:"n"`
	Verifier string    `json:"v"`
	Begun    time.Time `json:"b"`
}

// Life is how long an attempt may take.
const Life = 10 * time.Minute

// NewFlow begins an attempt.
func NewFlow(provider string, rand chance.Source, now time.Time) Flow {
	return Flow{Provider: provider, State: word(rand), Nonce: word(rand), Verifier: word(rand), Begun: now}
}

// Back is what a browser brings back from a provider.
type Back struct {
	State  string
	Code   string // of OpenID Connect
	Issuer string // RFC 9207
	Error  string
	Ticket string // of CAS
}

// Proof is the word of a provider: whose account it is, and whether it saw a second factor, and when.
type Proof struct {
	Issuer  string    `json:"i"`
	Subject string    `json:"s"`
	Stepped time.Time `json:"f,omitzero"`
}

// Provider is where persons prove themselves outside.
type Provider interface {
	// Begin is where the browser goes.
	Begin(ctx context.Context, f Flow) (string, error)
	// Finish asks for the provider's word. It fails with ErrRefused, ErrWord or ErrSilent.
	Finish(ctx context.Context, f Flow, b Back) (Proof, error)
}

// Kit is what providers need of the world.
type Kit struct {
	Clock clock.Clock
	HTTP  http.RoundTripper // the network, unless a test has another
}

// New returns a provider. callback is the address to which the browser comes back.
func New(c Config, callback string, kit Kit) (Provider, error) {
	if err := c.check(callback); err != nil {
		return nil, err
	}
	client := c.client(kit.HTTP)
	if c.Kind == CAS {
		return &casProvider{c, callback, client}, nil
	}
	secret, err := c.secret()
	if err != nil {
		return nil, err
	}
	return &oidcProvider{config: c, secret: secret, callback: callback, client: client, clock: kit.Clock}, nil
}

// client asks a provider: briefly, following no redirection, and reading no more than is reasonable.
func (c Config) client(transport http.RoundTripper) *http.Client {
	if transport == nil {
		transport = http.DefaultTransport
	}
	return &http.Client{Transport: bounded{transport}, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

const (
	patience  = 5 * time.Second
	mostBytes = 256 << 10 // of an answer
)

// bounded cuts answers off.
type bounded struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err == nil {
		resp.Body = http.MaxBytesReader(nil, resp.Body, mostBytes)
	}
	return resp, err
}

// guarded reports whether nobody on the way can read or change what an address answers: TLS, or this very machine.
func guarded(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1")
}

// why is the value of a fault that says what was wrong. It is for the operator; the person is told only that something was.
const why = "why"

// untrusted says why the word of a provider is refused.
func untrusted(text string, values ...any) error {
	f := ErrWord.With(why, text)
	for i := 0; i+1 < len(values); i += 2 {
		f = f.With(fmt.Sprint(values[i]), values[i+1])
	}
	return f
}

// silent says why a provider was not heard, without the address, which may have a ticket in it, and without what was answered.
func silent(err error) error {
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err
	}
	if r := (*oauth2.RetrieveError)(nil); errors.As(err, &r) {
		err = errors.New(r.Response.Status)
	}
	return ErrSilent.With(why, err.Error())
}

// Public is a fault of a provider as its person is told it, and what it says besides for the operator.
func Public(err error) (details map[string]string, told error) {
	f := fault.As(err)
	if f == nil || f.Meta[why] == "" {
		return nil, err
	}
	plain := *f
	plain.Meta = nil
	return f.Meta, &plain
}
