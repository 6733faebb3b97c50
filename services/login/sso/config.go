package sso

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
)

// Kind is how a provider is asked.
type Kind string

// The kinds.
const (
	OIDC Kind = "oidc"
	CAS  Kind = "cas"
)

// Config is a provider as the operator describes it.
type Config struct {
	Name             string       `json:"name"`               // in addresses: /login/NAME
	Title            string       `json:"title"`              // what people call it
	Kind             Kind         `json:"kind"`               //
	Issuer           string       `json:"issuer"`             // of OpenID Connect, exactly as it says itself; of CAS, the address before /login
	Audience         string       `json:"audience"`           // whom its word must be for: of OpenID Connect usually the client_id; of CAS our callback
	ClientID         string       `json:"client_id"`          //
	ClientSecretFile string       `json:"client_secret_file"` // none for a public client, which has its proof key alone
	Scopes           []string     `json:"scopes"`             // besides openid
	SecondFactor     SecondFactor `json:"second_factor"`      //
}

// SecondFactor says which values of acr and amr mean that the provider saw a second factor. Without any, it is never taken to have.
type SecondFactor struct {
	ACR []string `json:"acr"`
	AMR []string `json:"amr"`
}

// Read reads the configurations in a file: a JSON array.
func Read(path string) ([]Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var all []Config
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if d.More() {
		return nil, fmt.Errorf("%s: there is more than one JSON array", path)
	}
	for i, c := range all {
		if slices.ContainsFunc(all[:i], func(o Config) bool { return o.Name == c.Name || o.Issuer == c.Issuer }) {
			return nil, fmt.Errorf("%s: two providers have the name %q or the issuer %q", path, c.Name, c.Issuer)
		}
	}
	return all, nil
}

var providerName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

// check reports what is wrong. A provider without an issuer or an audience would take anybody's word, or a word for anybody: no server starts with it.
func (c Config) check(callback string) error {
	wrong := func(text string, values ...any) error {
		return fmt.Errorf("identity provider %q: "+text, append([]any{c.Name}, values...)...)
	}
	switch {
	case !providerName.MatchString(c.Name) || c.Name == "link":
		return wrong("a name has small letters, digits and hyphens, and is not link, which is a page")
	case c.Title == "":
		return wrong("title is missing: what people call it")
	case c.Kind != OIDC && c.Kind != CAS:
		return wrong("kind is oidc or cas")
	case c.Issuer == "":
		return wrong("issuer is missing; without it anybody's word would be taken")
	case c.Audience == "":
		return wrong("audience is missing; without it a word for somebody else would be taken")
	case !guarded(c.Issuer) || strings.Contains(c.Issuer, "?"):
		return wrong("issuer %q is not an https address without a query", c.Issuer)
	case !guarded(callback):
		return wrong("the browser comes back to %q, which is not https; set the public address of this server", callback)
	case c.Kind == CAS && c.Audience != callback:
		return wrong("audience is %q, but tickets are for %q", c.Audience, callback)
	case c.Kind == CAS && (c.ClientID != "" || c.ClientSecretFile != "" || len(c.Scopes) > 0):
		return wrong("client_id, client_secret_file and scopes are of OpenID Connect, not of CAS")
	case c.Kind == CAS && len(c.SecondFactor.ACR)+len(c.SecondFactor.AMR) > 0:
		return wrong("second_factor is of OpenID Connect; a ticket of CAS does not say")
	case c.Kind == OIDC && c.ClientID == "":
		return wrong("client_id is missing")
	}
	return nil
}

// secret reads the client's secret.
func (c Config) secret() (string, error) {
	if c.ClientSecretFile == "" {
		return "", nil
	}
	text, err := os.ReadFile(c.ClientSecretFile)
	if err != nil {
		return "", fmt.Errorf("identity provider %q: %w", c.Name, err)
	}
	secret := strings.TrimSpace(string(text))
	if secret == "" {
		return "", fmt.Errorf("identity provider %q: %s is empty", c.Name, c.ClientSecretFile)
	}
	return secret, nil
}

// Callback is the address to which a provider's browsers come back, on a server that is reached under an address.
func Callback(public, name string) string {
	return strings.TrimSuffix(public, "/") + "/login/" + url.PathEscape(name) + "/callback"
}
