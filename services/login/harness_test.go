package login_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/ssotest"
	"github.com/jiebang/jiebang/services/internal/storagetest"
	"github.com/jiebang/jiebang/services/login/sso"
)

// origin is where browsers open every market of these tests; they are led to the port that it listens on.
const origin = "http://localhost:8080"

// campus is a market with two identity providers outside.
type campus struct {
	*markettest.Market
	oidc *ssotest.Provider
	cas  *ssotest.CAS
}

// each runs test on a campus of its own on each kind of database.
func each(t *testing.T, test func(t *testing.T, c campus)) {
	t.Helper()
	storagetest.Each(t, func(t *testing.T, url string) { test(t, open(t, url)) })
}

func open(t *testing.T, database string) campus {
	t.Helper()
	c := campus{oidc: ssotest.Start(clock.NewManual(markettest.Noon)), cas: ssotest.StartCAS()}
	t.Cleanup(c.oidc.Close)
	t.Cleanup(c.cas.Close)
	described, err := c.oidc.Config(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal([]sso.Config{described,
		{Name: "cas", Title: "校园 CAS", Kind: sso.CAS, Issuer: c.cas.Prefix, Audience: origin + "/login/cas/callback"}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "providers.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	c.Market = markettest.Open(t, database, func(config *services.Config) { config.SignOnFile, config.Origin = file, origin })
	c.oidc.Clock = c.Market.Clock
	return c
}

// browser is a browser: it keeps cookies and follows redirections.
type browser struct {
	t      *testing.T
	client *http.Client
}

// page is what a browser shows.
type page struct {
	code   int
	path   string // where it is now
	text   string
	header http.Header
}

// browse opens a browser.
func (c campus) browse(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = led(c.HTTP)
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{t, &http.Client{Jar: jar, Transport: transport}}
}

func (b *browser) do(method, path string, form url.Values, headers ...string) page {
	b.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = origin + path
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("User-Agent", "Firefox/140")
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	resp, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return page{resp.StatusCode, resp.Request.URL.RequestURI(), string(text), resp.Header}
}

func (b *browser) get(path string, headers ...string) page { return b.do("GET", path, nil, headers...) }
func (b *browser) post(path string, form url.Values, headers ...string) page {
	return b.do("POST", path, form, headers...)
}

// cookie is the value of a cookie for our pages.
func (b *browser) cookie(name string) string {
	u, _ := url.Parse(origin)
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// shows makes sure that a page has a code and texts.
func (p page) shows(t *testing.T, what string, code int, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if p.code != code || !strings.Contains(p.text, text) {
			t.Errorf("%s: got %d at %s\n%s\nwant %d with %q", what, p.code, p.path, p.text, code, text)
			return
		}
	}
}

// led leads connections to our origin to where the market listens, and others where they want to go.
func led(address string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, to string) (net.Conn, error) {
		if strings.HasSuffix(to, ":8080") {
			to = address
		}
		return (&net.Dialer{}).DialContext(ctx, network, to)
	}
}

// stay follows no redirection.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// cut4 is the beginning of a text.
func cut4(text string) string { return text[:min(len(text), 4)] }
