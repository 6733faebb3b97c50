package ssotest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/login/sso"
)

// Callback is where browsers come back to, in tests that run no server.
const Callback = "https://jiebang.example/login/campus/callback"

// Config describes the provider to a server. The client's secret is written to dir.
func (p *Provider) Config(dir string) (sso.Config, error) {
	file := filepath.Join(dir, "client-secret")
	return sso.Config{Name: "campus", Title: "校园统一认证", Kind: sso.OIDC, Issuer: p.Issuer, Audience: Client, ClientID: Client, ClientSecretFile: file, Scopes: []string{"profile"},
		SecondFactor: sso.SecondFactor{ACR: []string{"https://refeds.org/profile/mfa"}, AMR: []string{"otp", "hwk"}}}, os.WriteFile(file, []byte(Secret+"\n"), 0o600)
}

// SignOn goes the whole way of a browser, with the ID token that mint makes, and returns the word that is taken.
func SignOn(ctx context.Context, at *Provider, by sso.Provider, mint func(*Provider, Grant) string) (sso.Proof, error) {
	at.Mint = mint
	f := sso.NewFlow("campus", chance.System(), at.Clock.Now())
	address, err := by.Begin(ctx, f)
	if err != nil {
		return sso.Proof{}, err
	}
	back, err := Visit(address)
	if err != nil {
		return sso.Proof{}, err
	}
	return by.Finish(ctx, f, sso.Back{State: back.Get("state"), Code: back.Get("code"), Issuer: back.Get("iss"), Error: back.Get("error")})
}

// Release shows tokens to a server's provider and returns the names of those that it takes. Whatever else goes wrong is an error: a token counts as refused
// only if it is refused as untrusted.
func Release(ctx context.Context, at *Provider, by sso.Provider, beasts []Beast) (taken []string, err error) {
	for _, b := range beasts {
		proof, err := SignOn(ctx, at, by, b.Mint)
		switch f := fault.As(err); {
		case err == nil && proof.Issuer == at.Issuer && proof.Subject == at.Subject:
			taken = append(taken, b.Name)
		case err == nil:
			taken = append(taken, fmt.Sprintf("%s, as %+v", b.Name, proof))
		case f == nil || f.Reason != sso.ErrWord.Reason:
			return taken, fmt.Errorf("%s: refused otherwise than as untrusted: %w", b.Name, err)
		}
	}
	return taken, nil
}

// Count shows the whole zoo to a provider in this process: how many tokens there are, and how many of them were taken. It is an error if a good token is not.
func Count(ctx context.Context, dir string) (tokens int, taken []string, err error) {
	at := Start(clock.System{})
	defer at.Close()
	c, err := at.Config(dir)
	if err != nil {
		return 0, nil, err
	}
	by, err := sso.New(c, Callback, sso.Kit{Clock: at.Clock})
	if err != nil {
		return 0, nil, err
	}
	good, err := Release(ctx, at, by, Tamed())
	if err == nil && len(good) != len(Tamed()) {
		err = fmt.Errorf("of %d good tokens only these were taken: %q", len(Tamed()), good)
	}
	if err != nil {
		return 0, nil, err
	}
	taken, err = Release(ctx, at, by, Zoo())
	return len(Zoo()), taken, err
}
