package sso_test

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/internal/ssotest"
	"github.com/jiebang/jiebang/services/login/sso"
)

var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

// start starts a provider, and what a server has of it.
func start(t *testing.T) (*ssotest.Provider, sso.Provider) {
	t.Helper()
	at := ssotest.Start(clock.NewManual(noon))
	t.Cleanup(at.Close)
	c, err := at.Config(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	by, err := sso.New(c, ssotest.Callback, sso.Kit{Clock: at.Clock})
	if err != nil {
		t.Fatal(err)
	}
	return at, by
}

// TestZoo shows every good token, which is taken, and every other, which is not.
func TestZoo(t *testing.T) {
	t.Parallel()
	at, by := start(t)
	if good, err := ssotest.Release(t.Context(), at, by, ssotest.Tamed()); err != nil || len(good) != len(ssotest.Tamed()) {
		t.Errorf("good tokens: took %q (%v), want all %d", good, err, len(ssotest.Tamed()))
	}
	zoo := ssotest.Zoo()
	if len(zoo) < 40 {
		t.Errorf("got %d tokens, want at least 40", len(zoo))
	}
	names := map[string]bool{}
	for _, b := range zoo {
		if names[b.Name] {
			t.Errorf("two tokens are called %q", b.Name)
		}
		names[b.Name] = true
		if taken, err := ssotest.Release(t.Context(), at, by, []ssotest.Beast{b}); err != nil || len(taken) > 0 {
			t.Errorf("%s: got it taken %t (%v), want it refused as untrusted", b.Name, len(taken) > 0, err)
		}
	}
}

// TestSecondFactor asks when a provider's word counts as a second factor.
func TestSecondFactor(t *testing.T) {
	t.Parallel()
	at, by := start(t)
	early := noon.Add(-time.Hour).Unix()
	for _, c := range []struct {
		name   string
		claims map[string]any
		want   time.Time
	}{
		{"nothing said", nil, time.Time{}},
		{"a password", map[string]any{"amr": []string{"pwd"}, "auth_time": noon.Unix()}, time.Time{}},
		{"a code", map[string]any{"amr": []string{"pwd", "otp"}, "auth_time": noon.Unix()}, noon},
		{"a code, an hour ago", map[string]any{"amr": []string{"otp"}, "auth_time": early}, noon.Add(-time.Hour)},
		{"a code, some time", map[string]any{"amr": []string{"otp"}, "auth_time": nil}, time.Time{}},
		{"a profile", map[string]any{"acr": "https://refeds.org/profile/mfa", "auth_time": noon.Unix()}, noon},
		{"another profile", map[string]any{"acr": "https://refeds.org/profile/sfa", "auth_time": noon.Unix()}, time.Time{}},
	} {
		got, err := ssotest.SignOn(t.Context(), at, by, ssotest.Claiming(c.claims))
		if want := (sso.Proof{Issuer: at.Issuer, Subject: at.Subject, Stepped: c.want}); err != nil || got != want {
			t.Errorf("%s: got %+v (%v), want %+v", c.name, got, err, want)
		}
	}
}

// TestAttempt mixes up what belongs to one attempt.
func TestAttempt(t *testing.T) {
	t.Parallel()
	_, by := start(t)
	begin := func() (sso.Flow, sso.Back, url.Values) {
		f := sso.NewFlow("campus", chance.System(), noon)
		address, err := by.Begin(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ssotest.Visit(address)
		if err != nil {
			t.Fatal(err)
		}
		return f, sso.Back{State: back.Get("state"), Code: back.Get("code"), Issuer: back.Get("iss")}, u.Query()
	}
	mine, brought, sent := begin()
	other, _, _ := begin()
	if sent.Get("redirect_uri") != ssotest.Callback || sent.Get("state") != mine.State || sent.Get("code_challenge_method") != "S256" || sent.Get("nonce") != mine.Nonce ||
		sent.Get("scope") != "openid profile" || strings.Contains(sent.Encode(), mine.Verifier) {
		t.Errorf("the browser was sent with %v, want the exact callback, state, nonce and challenge, and not the key", sent)
	}
	stolen := mine
	stolen.Verifier = other.Verifier
	for _, c := range []struct {
		name string
		flow sso.Flow
		back sso.Back
		want error
	}{
		{"another proof key", stolen, brought, sso.ErrRefused},
		{"the code again, after it was used in vain", mine, brought, sso.ErrRefused},
		{"another issuer", mine, sso.Back{Code: "x", Issuer: "https://evil.example"}, sso.ErrWord},
		{"no code", mine, sso.Back{}, sso.ErrRefused},
		{"declined", mine, sso.Back{Error: "access_denied"}, sso.ErrRefused},
		{"a code of nobody's", mine, sso.Back{Code: "x"}, sso.ErrRefused},
	} {
		if got, err := by.Finish(t.Context(), c.flow, c.back); !errors.Is(err, c.want) {
			t.Errorf("%s: got %+v and %v, want %v", c.name, got, err, c.want)
		}
	}
	mine, brought, _ = begin()
	if _, err := by.Finish(t.Context(), mine, brought); err != nil {
		t.Errorf("as it should be: got %v, want success", err)
	}
	if _, err := by.Finish(t.Context(), mine, brought); !errors.Is(err, sso.ErrRefused) {
		t.Errorf("the code twice: got %v, want %v", err, sso.ErrRefused)
	}
}

// TestSilent asks a provider that is not there, and one that is again.
func TestSilent(t *testing.T) {
	t.Parallel()
	at := ssotest.Start(clock.NewManual(noon))
	defer at.Close()
	c, err := at.Config(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	down := true
	by, err := sso.New(c, ssotest.Callback, sso.Kit{Clock: at.Clock, HTTP: transport(func(r *http.Request) (*http.Response, error) {
		if down {
			return nil, errors.New("no route to host")
		}
		return http.DefaultTransport.RoundTrip(r)
	})})
	if err != nil {
		t.Fatalf("a provider that is down keeps a server from starting: %v", err)
	}
	f := sso.NewFlow("campus", chance.System(), noon)
	if _, err := by.Begin(t.Context(), f); !errors.Is(err, sso.ErrSilent) {
		t.Errorf("down: got %v, want %v", err, sso.ErrSilent)
	}
	down = false
	if _, err := by.Begin(t.Context(), f); err != nil {
		t.Errorf("up again: got %v, want success", err)
	}
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

// TestConfig refuses configurations that would take anybody's word.
func TestConfig(t *testing.T) {
	t.Parallel()
	good := `{"name":"campus","title":"校园","kind":"oidc","issuer":"https://id.example.edu.cn","audience":"jiebang","client_id":"jiebang"}`
	cas := `{"name":"cas","title":"校园","kind":"cas","issuer":"https://cas.example.edu.cn/cas","audience":"https://jiebang.example/login/cas/callback"}`
	for _, c := range []struct {
		name, text, callback, want string
	}{
		{"good", "[" + good + "]", "", ""},
		{"CAS", "[" + cas + "]", "https://jiebang.example/login/cas/callback", ""},
		{"no issuer", "[" + strings.Replace(good, "https://id.example.edu.cn", "", 1) + "]", "", "issuer is missing"},
		{"no audience", "[" + strings.Replace(good, `"audience":"jiebang"`, `"audience":""`, 1) + "]", "", "audience is missing"},
		{"audience left out", "[" + strings.Replace(good, `"audience":"jiebang",`, ``, 1) + "]", "", "audience is missing"},
		{"no client", "[" + strings.Replace(good, `"client_id":"jiebang"`, `"client_id":""`, 1) + "]", "", "client_id is missing"},
		{"issuer in plain text", "[" + strings.Replace(good, "https:", "http:", 1) + "]", "", "not an https address"},
		{"issuer with a query", "[" + strings.Replace(good, ".cn", ".cn?x", 1) + "]", "", "not an https address"},
		{"issuer with a fragment", "[" + strings.Replace(good, ".cn", ".cn#x", 1) + "]", "", "not an https address"},
		{"callback in plain text", "[" + good + "]", "http://jiebang.example/login/campus/callback", "not https"},
		{"kind", "[" + strings.Replace(good, `"oidc"`, `"saml"`, 1) + "]", "", "kind is"},
		{"name", "[" + strings.Replace(good, `"campus"`, `"../x"`, 1) + "]", "", "a name has"},
		{"title", "[" + strings.Replace(good, `"校园"`, `""`, 1) + "]", "", "title is missing"},
		{"a misspelt key", "[" + strings.Replace(good, `"audience"`, `"audiance"`, 1) + "]", "", "unknown field"},
		{"two of a name", "[" + good + "," + good + "]", "", "two providers"},
		{"not a list", good, "", "cannot unmarshal"},
		{"CAS for somebody else", "[" + cas + "]", "https://other.example/login/cas/callback", "tickets are for"},
		{"CAS with a second factor", "[" + strings.Replace(cas, `"name"`, `"second_factor":{"acr":["x"]},"name"`, 1) + "]", "https://jiebang.example/login/cas/callback", "does not say"},
		{"secret missing", "[" + strings.Replace(good, `"name"`, `"client_secret_file":"/nowhere/secret","name"`, 1) + "]", "", "no such file"},
	} {
		file := filepath.Join(t.TempDir(), "providers.json")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if c.callback == "" {
			c.callback = ssotest.Callback
		}
		all, err := sso.Read(file)
		for _, one := range all {
			if err == nil {
				_, err = sso.New(one, c.callback, sso.Kit{Clock: clock.System{}})
			}
		}
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

// TestSeal opens what was sealed, and nothing else.
func TestSeal(t *testing.T) {
	t.Parallel()
	s, err := sso.NewSealer([]byte("secret of all servers of a platform"), chance.System())
	if err != nil {
		t.Fatal(err)
	}
	other, err := sso.NewSealer([]byte("secret of another platform"), chance.System())
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := s.Seal("flow", "text")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, purpose, sealed string
		by                    *sso.Sealer
		want                  bool
	}{
		{"as it was sealed", "flow", sealed, s, true},
		{"for another purpose", "proof", sealed, s, false},
		{"by another platform", "flow", sealed, other, false},
		{"changed", "flow", "A" + sealed[1:], s, false},
		{"cut", "flow", sealed[:10], s, false},
		{"empty", "flow", "", s, false},
	} {
		var got string
		if ok := c.by.Open(c.purpose, c.sealed, &got); ok != c.want || ok && got != "text" {
			t.Errorf("%s: got %t and %q, want %t", c.name, ok, got, c.want)
		}
	}
}
