package sso

import (
	"bytes"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of an ID token.
const (
	mostToken   = 16 << 10
	mostSubject = 255 // OpenID Connect Core 2
	skew        = time.Minute
)

// unpack returns the payload of a token in the compact form, and nothing else: three parts in base64url without padding, and a header that names a key of
// the provider's and brings none of its own.
func unpack(raw string) ([]byte, error) {
	parts := strings.Split(raw, ".")
	if len(raw) > mostToken || len(parts) != 3 {
		return nil, untrusted("the ID token is not a signed one of at most 16 KiB")
	}
	var read [3][]byte
	for i, part := range parts {
		b, err := base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil || len(b) == 0 || strings.ContainsAny(part, "\r\n") {
			return nil, untrusted("the ID token is not base64url", "part", i)
		}
		read[i] = b
	}
	header, err := object(read[0])
	if err != nil {
		return nil, err
	}
	for name := range header {
		// x5t tells which certificate; jwk, x5c, jku and x5u bring a key of the sender's choice, and crit what we do not know.
		if !slices.Contains([]string{"alg", "kid", "typ", "x5t", "x5t#S256"}, name) {
			return nil, untrusted("the header of the ID token has more than it should", "header", name)
		}
	}
	if alg, err := header.text("alg"); err != nil || !slices.Contains(algorithms, alg) {
		return nil, untrusted("the ID token is signed in a way that is not allowed", "alg", alg)
	}
	if typ, err := header.text("typ"); err != nil || typ != "" && !strings.EqualFold(typ, "JWT") {
		return nil, untrusted("it is a token of another type", "typ", typ)
	}
	return read[1], nil
}

// members are those of a JSON object, by their exact names.
type members map[string]json.RawMessage

// object reads one JSON object in which, at any depth, no name stands twice.
func object(text []byte) (members, error) {
	var out members
	d := json.NewDecoder(bytes.NewReader(text))
	if !utf8.Valid(text) || once(d) != nil {
		return nil, untrusted("it is not JSON in which every name stands once")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, untrusted("there is something behind the JSON")
	}
	if err := json.Unmarshal(text, &out); err != nil || out == nil {
		return nil, untrusted("it is not a JSON object")
	}
	return out, nil
}

// once reads a JSON value and fails if a name stands twice in one of its objects.
func once(d *json.Decoder) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	open, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for d.More() {
		if open == '{' {
			name, err := d.Token()
			if err != nil {
				return err
			}
			if seen[name.(string)] {
				return untrusted("a name stands twice")
			}
			seen[name.(string)] = true
		}
		if err := once(d); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

// text is a member that is a text; empty if it is absent.
func (m members) text(name string) (string, error) {
	raw, ok := m[name]
	if !ok {
		return "", nil
	}
	var s *string
	if json.Unmarshal(raw, &s) != nil || s == nil {
		return "", untrusted("a claim is not a text", "claim", name)
	}
	return *s, nil
}

// texts is a member that is a list of texts.
func (m members) texts(name string) ([]string, error) {
	raw, ok := m[name]
	if !ok {
		return nil, nil
	}
	var list []*string
	if json.Unmarshal(raw, &list) != nil || list == nil || slices.Contains(list, nil) {
		return nil, untrusted("a claim is not a list of texts", "claim", name)
	}
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = *s
	}
	return out, nil
}

// instant is a member that is a whole number of seconds; zero if it is absent.
func (m members) instant(name string) (time.Time, error) {
	raw, ok := m[name]
	if !ok {
		return time.Time{}, nil
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || n <= 0 || n >= 1e11 {
		return time.Time{}, untrusted("a claim is not a time", "claim", name)
	}
	return time.Unix(n, 0).UTC(), nil
}

// claims are what an ID token says, as far as anything depends on it.
type claims struct {
	issuer, subject, party, nonce, acr string
	audience, amr                      []string
	issued, expires, before, shown     time.Time
}

func readClaims(payload []byte) (c claims, err error) {
	m, err := object(payload)
	if err != nil {
		return c, err
	}
	for name, into := range map[string]*string{"iss": &c.issuer, "sub": &c.subject, "azp": &c.party, "nonce": &c.nonce, "acr": &c.acr} {
		if *into, err = m.text(name); err != nil {
			return c, err
		}
	}
	for name, into := range map[string]*time.Time{"iat": &c.issued, "exp": &c.expires, "nbf": &c.before, "auth_time": &c.shown} {
		if *into, err = m.instant(name); err != nil {
			return c, err
		}
	}
	if c.amr, err = m.texts("amr"); err != nil {
		return c, err
	}
	if one, err := m.text("aud"); err == nil && one != "" {
		c.audience = []string{one}
		return c, nil
	}
	c.audience, err = m.texts("aud")
	return c, err
}

// check decides whether an ID token is the provider's word, for us, about this attempt, and of now.
func (c claims) check(config Config, f Flow, now time.Time) error {
	soon, before := now.Add(skew), now.Add(-skew)
	switch {
	case c.issuer != config.Issuer:
		return untrusted("the issuer is another one", "issuer", c.issuer)
	case !slices.Contains(c.audience, config.Audience):
		return untrusted("it is for somebody else", "audience", strings.Join(c.audience, " "))
	case len(c.audience) > 1 && c.party == "", c.party != "" && c.party != config.ClientID:
		return untrusted("it was asked for by somebody else", "azp", c.party)
	case c.subject == "" || len(c.subject) > mostSubject || strings.TrimSpace(c.subject) != c.subject:
		return untrusted("it names nobody")
	case c.nonce == "" || subtle.ConstantTimeCompare([]byte(c.nonce), []byte(f.Nonce)) != 1:
		return untrusted("it belongs to another attempt")
	case c.expires.IsZero() || !before.Before(c.expires):
		return untrusted("it has expired", "expired", c.expires)
	case c.issued.IsZero() || c.issued.After(soon) || c.issued.Before(f.Begun.Add(-skew)):
		return untrusted("it was issued at another time", "issued", c.issued)
	case c.before.After(soon):
		return untrusted("it is not valid yet", "before", c.before)
	case c.shown.After(soon):
		return untrusted("the person proved itself in the future", "auth_time", c.shown)
	}
	return nil
}

// proof is what an ID token proves. A second factor counts as of auth_time; a provider that does not say when has not shown it.
func (c claims) proof(s SecondFactor) Proof {
	p := Proof{Issuer: c.issuer, Subject: c.subject}
	if c.acr != "" && slices.Contains(s.ACR, c.acr) || slices.ContainsFunc(c.amr, func(m string) bool { return slices.Contains(s.AMR, m) }) {
		p.Stepped = c.shown
	}
	return p
}
