package ssotest

import (
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/services/internal/chance"
)

// Beast is an ID token and what is wrong with it.
type Beast struct {
	Name string
	Mint func(p *Provider, g Grant) string
}

// changed makes a good token with other claims; a nil claim is left out.
func changed(name string, claims map[string]any) Beast {
	return Beast{name, func(p *Provider, g Grant) string {
		c := p.claims(g)
		for k, v := range claims {
			if f, ok := v.(func(*Provider) any); ok {
				v = f(p)
			}
			if c[k] = v; v == nil {
				delete(c, k)
			}
		}
		return p.keys.sign("RS256", header("RS256", "rsa"), c)
	}}
}

// headed makes a good token under another header, signed in truth.
func headed(name string, add map[string]any) Beast {
	return Beast{name, func(p *Provider, g Grant) string {
		h := header("RS256", "rsa")
		maps.Copy(h, add)
		return p.keys.sign("RS256", h, p.claims(g))
	}}
}

// bent bends a good token.
func bent(name string, bend func(token string) string) Beast {
	return Beast{name, func(p *Provider, g Grant) string { return bend(Tame(p, g)) }}
}

// written makes a signed token of claims written by hand; %s is those of a good token without the braces.
func written(name, form string) Beast {
	return Beast{name, func(p *Provider, g Grant) string {
		good := string(text(p.claims(g)))
		return p.keys.sign("RS256", header("RS256", "rsa"), strings.Replace(form, "%s", good[1:len(good)-1], 1))
	}}
}

// issuer is the provider's issuer, changed.
func issuer(change func(string) string) func(*Provider) any {
	return func(p *Provider) any { return change(p.Issuer) }
}

// at is a time some seconds from now.
func at(seconds int64) func(*Provider) any {
	return func(p *Provider) any { return p.Clock.Now().Unix() + seconds }
}

// Tamed are good tokens of several kinds, which must be taken.
func Tamed() []Beast {
	return []Beast{
		{"RS256", Tame},
		{"ES256", func(p *Provider, g Grant) string { return p.keys.sign("ES256", header("ES256", "ec"), p.claims(g)) }},
		{"EdDSA", func(p *Provider, g Grant) string { return p.keys.sign("EdDSA", header("EdDSA", "ed"), p.claims(g)) }},
		{"without typ and kid", func(p *Provider, g Grant) string {
			return p.keys.sign("RS256", map[string]any{"alg": "RS256"}, p.claims(g))
		}},
		changed("audience in a list", map[string]any{"aud": []string{Client}}),
		changed("several audiences, asked for by us", map[string]any{"aud": []string{"other", Client}, "azp": Client}),
		changed("expired 59 s ago", map[string]any{"exp": at(-59)}),
		changed("issued 60 s ahead", map[string]any{"iat": at(60)}),
		changed("valid 60 s ahead", map[string]any{"nbf": at(60)}),
		changed("with more claims", map[string]any{"email": "a@example.com", "name": "张三", "groups": []string{"a"}, "address": map[string]any{"country": "CN"}}),
		{"with the hash of its access token", func(p *Provider, g Grant) string {
			c := p.claims(g)
			h := sha256.Sum256([]byte(g.Access))
			c["at_hash"] = encode(h[:16])
			return p.keys.sign("RS256", header("RS256", "rsa"), c)
		}},
	}
}

// Zoo are tokens that must be refused, each of them.
func Zoo() []Beast {
	return slices.Concat(unsigned(), foreign(), misdirected(), untimely(), misspelt(), broken())
}

// unsigned are not signed by a key and in a way that are trusted.
func unsigned() []Beast {
	none := func(alg string) func(*Provider, Grant) string {
		return func(p *Provider, g Grant) string {
			return encode(text(map[string]any{"alg": alg, "typ": "JWT"})) + "." + encode(text(p.claims(g))) + "."
		}
	}
	hmacOf := func(alg string, key func(*Provider) []byte) func(*Provider, Grant) string {
		return func(p *Provider, g Grant) string {
			signed := encode(text(header(alg, "rsa"))) + "." + encode(text(p.claims(g)))
			m := hmac.New(sha256.New, key(p))
			if alg == "HS512" {
				m = hmac.New(sha512.New, key(p))
			}
			m.Write([]byte(signed))
			return signed + "." + encode(m.Sum(nil))
		}
	}
	return []Beast{
		{"alg none", none("none")}, {"alg None", none("None")}, {"alg nOnE", none("nOnE")}, {"alg empty", none("")},
		{"alg none, signed in truth", func(p *Provider, g Grant) string { return p.keys.sign("RS256", header("none", "rsa"), p.claims(g)) }},
		{"HS256 with the public key in PEM", hmacOf("HS256", publicPEM)},
		{"HS256 with the modulus", hmacOf("HS256", func(p *Provider) []byte { return p.keys.RSA.N.Bytes() })},
		{"HS256 with the client's secret", hmacOf("HS256", func(*Provider) []byte { return []byte(Secret) })},
		{"HS512 with the public key in PEM", hmacOf("HS512", publicPEM)},
		{"HS256 with no key", hmacOf("HS256", func(*Provider) []byte { return nil })},
		{"PS256, which is not allowed", pss},
		{"RS384, which is not allowed", rs384},
		{"ES256 header, signed by RSA", func(p *Provider, g Grant) string { return p.keys.sign("RS256", header("ES256", "rsa"), p.claims(g)) }},
		{"RS256 header, signed by ECDSA", func(p *Provider, g Grant) string { return p.keys.sign("ES256", header("RS256", "ec"), p.claims(g)) }},
		{"ES256 with a signature of zeros", func(p *Provider, g Grant) string {
			return encode(text(header("ES256", "ec"))) + "." + encode(text(p.claims(g))) + "." + encode(make([]byte, 64))
		}},
		{"without alg", func(p *Provider, g Grant) string {
			return p.keys.sign("RS256", map[string]any{"kid": "rsa"}, p.claims(g))
		}},
		{"alg twice", func(p *Provider, g Grant) string {
			return p.keys.sign("RS256", `{"alg":"none","alg":"RS256","kid":"rsa"}`, p.claims(g))
		}},
	}
}

func publicPEM(p *Provider) []byte {
	der, err := x509.MarshalPKIXPublicKey(&p.keys.RSA.PublicKey)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func pss(p *Provider, g Grant) string {
	signed := encode(text(header("PS256", "rsa"))) + "." + encode(text(p.claims(g)))
	hash := sha256.Sum256([]byte(signed))
	s, err := rsa.SignPSS(chance.System(), p.keys.RSA, crypto.SHA256, hash[:], nil)
	if err != nil {
		panic(err)
	}
	return signed + "." + encode(s)
}

func rs384(p *Provider, g Grant) string {
	signed := encode(text(header("RS384", "rsa"))) + "." + encode(text(p.claims(g)))
	hash := sha512.Sum384([]byte(signed))
	s, err := rsa.SignPKCS1v15(nil, p.keys.RSA, crypto.SHA384, hash[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + encode(s)
}

// foreign are signed with keys that are not the provider's.
func foreign() []Beast {
	others := NewKeys()
	by := func(add map[string]any) func(*Provider, Grant) string {
		return func(p *Provider, g Grant) string {
			h := header("RS256", "rsa")
			maps.Copy(h, add)
			return others.sign("RS256", h, p.claims(g))
		}
	}
	return []Beast{
		{"key of another provider", by(nil)},
		{"key of another provider, no kid", func(p *Provider, g Grant) string {
			return others.sign("RS256", map[string]any{"alg": "RS256"}, p.claims(g))
		}},
		{"EdDSA key of another provider", func(p *Provider, g Grant) string { return others.sign("EdDSA", header("EdDSA", "ed"), p.claims(g)) }},
		headed("unknown kid", map[string]any{"kid": "other"}),
		headed("kid of another key", map[string]any{"kid": "ec"}),
		headed("kid is a path", map[string]any{"kid": "../../dev/null"}),
		headed("kid is a number", map[string]any{"kid": 1}),
		{"jku of another provider", by(map[string]any{"jku": "https://evil.example/keys"})},
		{"x5u of another provider", by(map[string]any{"x5u": "https://evil.example/chain"})},
		{"jwk in the header", by(map[string]any{"jwk": others.Public()[0]})},
		{"x5c in the header", by(map[string]any{"x5c": []string{"MIIB"}})},
		headed("jku beside a good signature", map[string]any{"jku": "https://evil.example/keys"}),
		headed("crit", map[string]any{"crit": []string{"exp"}}),
		headed("unencoded payload", map[string]any{"b64": false, "crit": []string{"b64"}}),
		headed("type of an access token", map[string]any{"typ": "at+jwt"}),
		headed("type of a logout token", map[string]any{"typ": "logout+jwt"}),
	}
}

// misdirected are by or for somebody else, or about nobody.
func misdirected() []Beast {
	return []Beast{
		changed("no issuer", map[string]any{"iss": nil}),
		changed("issuer with a slash", map[string]any{"iss": issuer(func(s string) string { return s + "/" })}),
		changed("issuer in capitals", map[string]any{"iss": issuer(strings.ToUpper)}),
		changed("issuer as a prefix", map[string]any{"iss": issuer(func(s string) string { return s + ".evil.example" })}),
		changed("issuer cut", map[string]any{"iss": issuer(func(s string) string { return s[:len(s)-1] })}),
		changed("issuer with a path", map[string]any{"iss": issuer(func(s string) string { return s + "/tenant" })}),
		changed("issuer over TLS", map[string]any{"iss": issuer(func(s string) string { return strings.Replace(s, "http://", "https://", 1) })}),
		changed("issuer in a list", map[string]any{"iss": issuers}),
		changed("no audience", map[string]any{"aud": nil}),
		changed("another audience", map[string]any{"aud": "another"}),
		changed("audience as a prefix", map[string]any{"aud": Client + "-other"}),
		changed("audience in capitals", map[string]any{"aud": strings.ToUpper(Client)}),
		changed("audience with a space", map[string]any{"aud": Client + " "}),
		changed("audiences in one text", map[string]any{"aud": Client + " another"}),
		changed("audience empty", map[string]any{"aud": ""}),
		changed("audience an empty list", map[string]any{"aud": []string{}}),
		changed("audience in a list in a list", map[string]any{"aud": [][]string{{Client}}}),
		changed("audience an object", map[string]any{"aud": map[string]any{Client: Client}}),
		changed("audience with null", map[string]any{"aud": []any{Client, nil}, "azp": Client}),
		changed("audience null", map[string]any{"aud": json.RawMessage("null")}),
		changed("several audiences, no azp", map[string]any{"aud": []string{Client, "another"}}),
		changed("asked for by another", map[string]any{"aud": []string{Client, "another"}, "azp": "another"}),
		changed("one audience, asked for by another", map[string]any{"azp": "another"}),
		changed("azp a list", map[string]any{"aud": []string{Client, "another"}, "azp": []string{Client}}),
		changed("no subject", map[string]any{"sub": nil}),
		changed("subject empty", map[string]any{"sub": ""}),
		changed("subject of spaces", map[string]any{"sub": "  "}),
		changed("subject a number", map[string]any{"sub": 248289761001}),
		changed("subject too long", map[string]any{"sub": strings.Repeat("1", 256)}),
		changed("subject a list", map[string]any{"sub": []string{"248289761001"}}),
	}
}

func issuers(p *Provider) any { return []string{p.Issuer} }

// untimely are of another time, or of another attempt.
func untimely() []Beast {
	first := Grant{}
	return []Beast{
		changed("expired", map[string]any{"exp": at(-60)}),
		changed("expired long ago", map[string]any{"iat": at(-7200), "exp": at(-3600)}),
		changed("no expiry", map[string]any{"exp": nil}),
		changed("expiry a text", map[string]any{"exp": "9999999999"}),
		changed("expiry a fraction", map[string]any{"exp": json.RawMessage("9999999999.5")}),
		changed("expiry with an exponent", map[string]any{"exp": json.RawMessage("1e10")}),
		changed("expiry huge", map[string]any{"exp": json.RawMessage("1" + strings.Repeat("0", 400))}),
		changed("expiry in milliseconds", map[string]any{"exp": json.RawMessage("9999999999999")}),
		changed("expiry negative", map[string]any{"exp": -1}),
		changed("expiry true", map[string]any{"exp": true}),
		changed("expiry null", map[string]any{"exp": json.RawMessage("null")}),
		changed("no time of issue", map[string]any{"iat": nil}),
		changed("issued in the future", map[string]any{"iat": at(61)}),
		changed("issued before the attempt", map[string]any{"iat": at(-61)}),
		changed("time of issue a text", map[string]any{"iat": "1"}),
		changed("not valid yet", map[string]any{"nbf": at(61)}),
		changed("not valid for four minutes", map[string]any{"nbf": at(240)}),
		changed("nbf a text", map[string]any{"nbf": "1"}),
		changed("proved in the future", map[string]any{"auth_time": at(61)}),
		changed("no nonce", map[string]any{"nonce": nil}),
		changed("nonce empty", map[string]any{"nonce": ""}),
		changed("nonce of another attempt", map[string]any{"nonce": "n-0S6_WzA2Mj"}),
		changed("nonce a list", map[string]any{"nonce": []string{"n"}}),
		changed("hash of another access token", map[string]any{"at_hash": "77QmUPtjPfzWtF2AnpK9RQ"}),
		{"replayed", func(p *Provider, g Grant) string {
			if first == (Grant{}) {
				first = Grant{Nonce: "of the attempt before"}
			}
			return Tame(p, first)
		}},
	}
}

// misspelt have claims that not everybody reads alike.
func misspelt() []Beast {
	return []Beast{
		written("audience twice, ours first", `{"aud":"jiebang",%s,"aud":"another"}`),
		written("audience twice, ours last", `{"aud":"another",%s}`),
		written("subject twice", `{%s,"sub":"1"}`),
		written("subject twice, in escapes", `{%s,"\u0073ub":"1"}`),
		written("issuer twice", `{"iss":"https://evil.example",%s}`),
		written("twice within a claim", `{%s,"address":{"a":1,"a":2}}`),
		changed("claims in capitals", map[string]any{"aud": nil, "AUD": Client}),
		changed("subject in capitals", map[string]any{"sub": nil, "Sub": "1"}),
		written("claims in a list", `[{%s}]`),
		written("claims in a claim", `{"claims":{%s}}`),
		written("claims as a text", `"{}"`),
		written("claims null", `null`),
		written("something behind", `{%s}{}`),
		written("a comma too many", `{%s,}`),
		written("not UTF-8", "{%s,\"name\":\"\xff\xfe\"}"),
		written("nested deep", `{%s,"x":`+strings.Repeat("[", 11000)+strings.Repeat("]", 11000)+`}`),
		written("empty", ` `),
	}
}

// broken are not the compact form of a signed token.
func broken() []Beast {
	part := func(n int, change func(string) string) func(string) string {
		return func(token string) string {
			parts := strings.Split(token, ".")
			parts[n] = change(parts[n])
			return strings.Join(parts, ".")
		}
	}
	swapped := func(s string) string { // another payload under the old signature
		return encode([]byte(`{"sub":"admin",`)) + s[4:]
	}
	return []Beast{
		bent("no token", func(string) string { return "" }),
		bent("cut", func(s string) string { return s[:len(s)-10] }),
		bent("two parts", func(s string) string { return s[:strings.LastIndex(s, ".")] }),
		bent("signature left out", func(s string) string { return s[:strings.LastIndex(s, ".")+1] }),
		bent("four parts", func(s string) string { return s + ".x" }),
		bent("five parts, as if encrypted", func(s string) string { return s + ".eA.eA" }),
		bent("a space behind", func(s string) string { return s + " " }),
		bent("a line within", part(1, func(s string) string { return s[:8] + "\n" + s[8:] })),
		bent("padded", part(0, func(s string) string { return s + "==" })),
		bent("not base64url", part(1, func(s string) string { return "+/" + s[2:] })),
		bent("payload changed", part(1, swapped)),
		bent("header changed", part(0, func(string) string { return encode(text(map[string]any{"alg": "RS256", "kid": "rsa", "typ": "jwt"})) })),
		bent("signature changed", part(2, func(s string) string { return strings.Repeat("A", 8) + s[8:] })),
		bent("signature of another token", part(2, func(s string) string { return s[len(s)/2:] + s[:len(s)/2] })),
		bent("too long", func(s string) string { return strings.Repeat("A", 17<<10) + s }),
		bent("in JSON", func(s string) string {
			p := strings.Split(s, ".")
			return fmt.Sprintf(`{"payload":%q,"signatures":[{"protected":%q,"signature":%q}]}`, p[1], p[0], p[2])
		}),
		bent("in flat JSON", func(s string) string {
			p := strings.Split(s, ".")
			return fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, p[1], p[0], p[2])
		}),
		bent("a token in a token", func(s string) string { return encode([]byte(s)) + "." + encode([]byte(s)) + "." + encode([]byte(s)) }),
	}
}

// Claiming makes a good token with other claims; a nil claim is left out.
func Claiming(claims map[string]any) func(*Provider, Grant) string { return changed("", claims).Mint }
