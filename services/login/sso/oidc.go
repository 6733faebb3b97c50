package sso

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/jiebang/jiebang/services/internal/clock"
)

// algorithms may sign an ID token. None of them is made with a key that others have too.
var algorithms = []string{oidc.RS256, oidc.ES256, oidc.EdDSA}

// oidcProvider speaks OpenID Connect. It is discovered when it is first needed, so that a server starts without it.
type oidcProvider struct {
	config           Config
	secret, callback string
	client           *http.Client
	clock            clock.Clock

	mu    sync.Mutex
	found *oidc.Provider
}

// Begin implements Provider.
func (p *oidcProvider) Begin(ctx context.Context, f Flow) (string, error) {
	found, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return p.oauth(found).AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), nil
}

// Finish implements Provider.
func (p *oidcProvider) Finish(ctx context.Context, f Flow, b Back) (Proof, error) {
	if b.Issuer != "" && b.Issuer != p.config.Issuer {
		return Proof{}, untrusted("the browser comes from another issuer", "issuer", b.Issuer)
	}
	if b.Error != "" || b.Code == "" {
		return Proof{}, ErrRefused.With("error", b.Error)
	}
	found, err := p.discover(ctx)
	if err != nil {
		return Proof{}, err
	}
	tokens, err := p.oauth(found).Exchange(p.with(ctx), b.Code, oauth2.VerifierOption(f.Verifier))
	if refused := (*oauth2.RetrieveError)(nil); errors.As(err, &refused) && refused.ErrorCode != "" {
		return Proof{}, ErrRefused.With("error", refused.ErrorCode)
	}
	if err != nil {
		return Proof{}, silent(err)
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return Proof{}, untrusted("there is no ID token")
	}
	return p.verify(ctx, found, raw, f, tokens.AccessToken)
}

// verify takes an ID token: the form that it is written in, its signature by a key of the provider's, and what it says.
func (p *oidcProvider) verify(ctx context.Context, found *oidc.Provider, raw string, f Flow, access string) (Proof, error) {
	payload, err := unpack(raw)
	if err != nil {
		return Proof{}, err
	}
	verifier := found.Verifier(&oidc.Config{ClientID: p.config.Audience, SupportedSigningAlgs: algorithms, SkipExpiryCheck: true, Now: p.clock.Now})
	token, err := verifier.Verify(ctx, raw)
	if err != nil {
		return Proof{}, untrusted(err.Error())
	}
	c, err := readClaims(payload)
	if err != nil {
		return Proof{}, err
	}
	if err := c.check(p.config, f, p.clock.Now()); err != nil {
		return Proof{}, err
	}
	if token.AccessTokenHash != "" && token.VerifyAccessToken(access) != nil {
		return Proof{}, untrusted("at_hash is of another access token")
	}
	return c.proof(p.config.SecondFactor), nil
}

// discover reads the provider's description, once it can.
func (p *oidcProvider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	found, err := oidc.NewProvider(p.with(ctx), p.config.Issuer)
	if err != nil {
		return nil, silent(err)
	}
	var keys struct {
		Address string `json:"jwks_uri"`
	}
	if err := found.Claims(&keys); err != nil {
		return nil, silent(err)
	}
	if e := found.Endpoint(); slices.ContainsFunc([]string{e.AuthURL, e.TokenURL, keys.Address}, func(a string) bool { return !guarded(a) }) {
		return nil, untrusted("an address of the provider is not https")
	}
	p.found = found
	return found, nil
}

func (p *oidcProvider) oauth(found *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: p.config.ClientID, ClientSecret: p.secret, Endpoint: found.Endpoint(), RedirectURL: p.callback,
		Scopes: append([]string{oidc.ScopeOpenID}, p.config.Scopes...)}
}

// with gives the libraries our client.
func (p *oidcProvider) with(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.client)
}
