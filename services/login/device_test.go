package login_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// oauth is what the endpoints of OAuth answer.
type oauth struct {
	DeviceCode      string `json:"device_code"`
	UserCode        string `json:"user_code"`
	VerificationURI string `json:"verification_uri"`
	Complete        string `json:"verification_uri_complete"`
	ExpiresIn       int    `json:"expires_in"`
	Interval        int    `json:"interval"`
	AccessToken     string `json:"access_token"`
	TokenType       string `json:"token_type"`
	Error           string `json:"error"`
	Text            string `json:"error_description"`
}

func (p page) oauth(t *testing.T) oauth {
	t.Helper()
	var o oauth
	if err := json.Unmarshal([]byte(p.text), &o); err != nil || p.header.Get("Cache-Control") != "no-store" || p.header.Get("Content-Type") != "application/json" {
		t.Fatalf("got %d %s %v, want JSON that nobody keeps", p.code, p.text, p.header)
	}
	return o
}

// device is a program without a browser.
type device struct {
	campus
	t  *testing.T
	as *browser
	oauth
}

// start begins the login of a device.
func (c campus) start(t *testing.T) *device {
	t.Helper()
	d := &device{campus: c, t: t, as: c.browse(t)}
	d.oauth = d.as.post("/oauth/device_authorization", url.Values{"client_id": {"jiebang 1.4 (周明远的电脑)"}}).oauth(t)
	return d
}

// poll waits the interval and asks.
func (d *device) poll() oauth {
	d.t.Helper()
	d.Clock.Advance(5 * time.Second)
	return d.ask()
}

func (d *device) ask() oauth {
	d.t.Helper()
	p := d.as.post("/oauth/token", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {d.DeviceCode}, "client_id": {"jiebang"}})
	o := p.oauth(d.t)
	if (p.code == 200) != (o.Error == "") || p.code != 200 && p.code != 400 || o.Error != "" && o.Text == "" {
		d.t.Errorf("got %d %s, want 200, or 400 with an error and its text", p.code, p.text)
	}
	return o
}

// TestDevice lets a device in: its person logs in on a page and says yes.
func TestDevice(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c campus) {
		firm := c.Firm()
		p := c.Person(firm.Name, pb.Role_EDITOR)
		d := c.start(t)
		if len(d.UserCode) != 9 || strings.ContainsAny(d.UserCode, "AEIOUY0123456789") || d.UserCode[4] != '-' || d.VerificationURI != origin+"/device" || d.ExpiresIn != 900 ||
			d.Interval != 5 || d.Complete != origin+"/device?user_code="+d.UserCode || len(d.DeviceCode) != 43 {
			t.Errorf("got %+v, want codes for a quarter of an hour", d.oauth)
		}
		if got := d.ask().Error; got != "authorization_pending" {
			t.Errorf("before: got %q, want authorization_pending", got)
		}
		if got := d.ask().Error; got != "slow_down" {
			t.Errorf("at once again: got %q, want slow_down", got)
		}
		b := c.browse(t)
		b.get(d.Complete).shows(t, "before logging in", 200, "请先登录", d.UserCode)
		b.post("/login", enter(p, "user_code", d.UserCode)).shows(t, "logged in", 200, "jiebang 1.4 (周明远的电脑)", "127.0.0.1", d.UserCode, "一律拒绝")
		b.post("/device", url.Values{"user_code": {strings.ToLower(d.UserCode)}, "answer": {"yes"}}).shows(t, "yes", 200, "已允许")
		got := d.poll()
		if got.AccessToken == "" || got.TokenType != "Bearer" {
			t.Fatalf("after: got %+v, want a session", got)
		}
		who := markettest.Must(c.Organizations.GetCaller(markettest.As(t.Context(), got.AccessToken), &pb.GetCallerRequest{Name: "caller"}))(t)
		if who.GetOrganization().GetName() != firm.Name {
			t.Errorf("got %v, want a session for %s", who, firm.Name)
		}
		if again := d.poll(); again.Error != "invalid_grant" || again.AccessToken != "" {
			t.Errorf("taken twice: got %+v, want invalid_grant", again)
		}
		b.post("/device", url.Values{"user_code": {d.UserCode}, "answer": {"yes"}}).shows(t, "yes again", 404, "没有设备用这个代码")
		sessions := markettest.Must(c.Accounts.ListSessions(markettest.As(t.Context(), got.AccessToken), &pb.ListSessionsRequest{}))(t).GetSessions()
		for _, s := range sessions {
			if s.GetCurrent() && (s.GetMethod() != "device" || s.GetAgent() != "jiebang 1.4 (周明远的电脑)" || s.GetAddress() != "127.0.0.1") {
				t.Errorf("got %v, want a session of the device", s)
			}
		}
	})
}

// TestDeviceRefused refuses devices, each for its reason.
func TestDeviceRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c campus) {
		p := c.Person(c.Firm().Name, pb.Role_EDITOR)
		answer := func(d *device, secret string, yes bool) error {
			ctx, name := markettest.As(t.Context(), secret), "deviceLogins/"+d.UserCode
			if yes {
				return markettest.Failed(c.Logins.ApproveDeviceLogin(ctx, &pb.ApproveDeviceLoginRequest{Name: name}))
			}
			return markettest.Failed(c.Logins.DenyDeviceLogin(ctx, &pb.DenyDeviceLoginRequest{Name: name}))
		}
		yes := func(d *device) {
			if err := answer(d, p.Secret, true); err != nil {
				t.Fatal(err)
			}
		}
		for _, one := range []struct {
			name string
			do   func(d *device)
			want string
		}{
			{"not answered", func(*device) {}, "authorization_pending"},
			{"denied", func(d *device) { _ = answer(d, p.Secret, false) }, "access_denied"},
			{"denied, then allowed", func(d *device) { _ = answer(d, p.Secret, false); _ = answer(d, p.Secret, true) }, "access_denied"},
			{"of nobody's", func(d *device) { d.DeviceCode = strings.Repeat("A", 43) }, "invalid_grant"},
			{"the user code in its place", func(d *device) { d.DeviceCode = d.UserCode }, "invalid_grant"},
			{"allowed, and the person has logged out", func(d *device) {
				yes(d)
				markettest.Must(c.Accounts.Logout(p.Ctx(), &pb.LogoutRequest{}))(t)
				p.Enter(t)
			}, "access_denied"},
			{"allowed, and the password was changed", func(d *device) {
				yes(d)
				q := *p
				q.Enter(t)
				markettest.Must(c.Accounts.ChangePassword(q.Ctx(), &pb.ChangePasswordRequest{RequestId: markettest.ID(), Name: "account", Password: markettest.Password,
					NewPassword: "another lantern 62 quartz"}))(t)
			}, "access_denied"},
		} {
			d := c.start(t)
			one.do(d)
			if got := d.poll(); got.Error != one.want {
				t.Errorf("%s: got %+v, want %s", one.name, got, one.want)
			}
		}
	})
}

// TestDeviceExpires ends the codes after a quarter of an hour, for either side.
func TestDeviceExpires(t *testing.T) {
	t.Parallel()
	c := open(t, storagetest.SQLite(t))
	p := c.Person(c.Firm().Name, pb.Role_EDITOR)
	asked, allowed := c.start(t), c.start(t)
	markettest.Must(c.Logins.ApproveDeviceLogin(p.Ctx(), &pb.ApproveDeviceLoginRequest{Name: "deviceLogins/" + allowed.UserCode}))(t)
	c.Clock.Advance(15*time.Minute - 5*time.Second)
	for _, d := range []*device{asked, allowed} {
		if got := d.poll(); got.Error != "expired_token" {
			t.Errorf("got %+v, want expired_token", got)
		}
		c.Clock.Advance(-5 * time.Second)
	}
	c.Clock.Advance(5 * time.Second)
	c.Refuse(t, func() error {
		return markettest.Failed(c.Logins.ApproveDeviceLogin(p.Ctx(), &pb.ApproveDeviceLoginRequest{Name: "deviceLogins/" + asked.UserCode}))
	}, codes.NotFound, "DEVICE_NOT_FOUND", "")
}

// TestDeviceRace asks for a session sixteen times at once: one is given.
func TestDeviceRace(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c campus) {
		p := c.Person(c.Firm().Name, pb.Role_EDITOR)
		started := markettest.Must(c.Logins.StartDeviceLogin(t.Context(), &pb.StartDeviceLoginRequest{Agent: "x"}))(t)
		markettest.Must(c.Logins.ApproveDeviceLogin(p.Ctx(), &pb.ApproveDeviceLoginRequest{Name: "deviceLogins/" + started.GetUserCode()}))(t)
		got := markettest.Race(16, func(int) error {
			return markettest.Failed(c.Logins.PollDeviceLogin(t.Context(), &pb.PollDeviceLoginRequest{DeviceCode: started.GetDeviceCode()}))
		})
		if got[""] != 1 || got[""]+got["DEVICE_SLOW_DOWN"]+got["DEVICE_CODE"] != 16 {
			t.Errorf("got %v, want one session and nothing but refusals", got)
		}
		list := markettest.Must(c.Accounts.ListSessions(p.Ctx(), &pb.ListSessionsRequest{}))(t)
		if len(list.GetSessions()) != 2 {
			t.Errorf("got %d sessions, want the person's and the device's", len(list.GetSessions()))
		}
	})
}

// TestDeviceNoMore gives a device no more than the session that allowed it has: no fresh second factor, no longer than that session would have had one.
func TestDeviceNoMore(t *testing.T) {
	t.Parallel()
	c := open(t, storagetest.SQLite(t))
	p := c.Person(c.Firm().Name, pb.Role_EDITOR)
	p.Secure(t)
	shown := c.Clock.Now()
	c.Clock.Advance(4 * time.Minute)
	d := c.start(t)
	markettest.Must(c.Logins.ApproveDeviceLogin(p.Ctx(), &pb.ApproveDeviceLoginRequest{Name: "deviceLogins/" + d.UserCode}))(t)
	got := d.poll()
	for _, s := range markettest.Must(c.Accounts.ListSessions(markettest.As(t.Context(), got.AccessToken), &pb.ListSessionsRequest{}))(t).GetSessions() {
		if s.GetCurrent() && !s.GetStepUpTime().AsTime().Equal(shown) {
			t.Errorf("got a second factor at %v, want it as of %v", s.GetStepUpTime().AsTime(), shown)
		}
	}
	c.Refuse(t, func() error {
		return markettest.Failed(c.Logins.ApproveDeviceLogin(c.Bureau.Ctx(), &pb.ApproveDeviceLoginRequest{Name: "deviceLogins/" + c.start(t).UserCode}))
	}, codes.PermissionDenied, "SESSION_REQUIRED", "")
}

// TestGuessing types user codes until it is told to wait, and begins logins until it is.
func TestGuessing(t *testing.T) {
	t.Parallel()
	c := open(t, storagetest.SQLite(t))
	p, q := c.Person(c.Firm().Name, pb.Role_EDITOR), c.Person(c.Firm().Name, pb.Role_EDITOR)
	d := c.start(t)
	guess := func(p *markettest.Person, code string) error {
		return markettest.Failed(c.Logins.GetDeviceLogin(p.Ctx(), &pb.GetDeviceLoginRequest{Name: "deviceLogins/" + code}))
	}
	for _, code := range []string{"BBBB-BBBB", "bbbbbbbb", "AEIO-UAEI", "x", "BBBB-BBB"} {
		markettest.Want(t, guess(p, code), codes.NotFound, "DEVICE_NOT_FOUND", "")
	}
	for range 15 {
		markettest.Want(t, guess(p, "BBBB-BBBB"), codes.NotFound, "DEVICE_NOT_FOUND", "")
	}
	markettest.Want(t, guess(p, d.UserCode), codes.ResourceExhausted, "RATE_LIMITED", "")
	if err := guess(q, d.UserCode); err != nil {
		t.Errorf("another person: got %v, want the device", err)
	}
	c.Clock.Advance(15 * time.Second)
	if err := guess(p, strings.ToLower(d.UserCode)); err != nil {
		t.Errorf("a quarter of a minute later: got %v, want the device", err)
	}
	c.Clock.Advance(time.Hour)
	begin := func() error {
		return markettest.Failed(c.Logins.StartDeviceLogin(t.Context(), &pb.StartDeviceLoginRequest{}))
	}
	for range 60 {
		if err := begin(); err != nil {
			t.Fatal(err)
		}
	}
	markettest.Want(t, begin(), codes.ResourceExhausted, "RATE_LIMITED", "")
}

// TestOAuthErrors sends what is not of OAuth.
func TestOAuthErrors(t *testing.T) {
	t.Parallel()
	c := open(t, storagetest.SQLite(t))
	b := c.browse(t)
	for _, one := range []struct {
		name, path string
		form       url.Values
		want       string
	}{
		{"no client", "/oauth/device_authorization", nil, "invalid_request"},
		{"no grant", "/oauth/token", url.Values{"device_code": {"x"}}, "invalid_request"},
		{"another grant", "/oauth/token", url.Values{"grant_type": {"password"}, "username": {"a"}, "password": {"b"}}, "unsupported_grant_type"},
		{"no code", "/oauth/token", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}}, "invalid_request"},
		{"a long code", "/oauth/token", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {strings.Repeat("x", 101)}}, "invalid_request"},
	} {
		p := b.post(one.path, one.form)
		if got := p.oauth(t); p.code != 400 || got.Error != one.want || got.Text == "" {
			t.Errorf("%s: got %d %s, want 400 %s with a text", one.name, p.code, p.text, one.want)
		}
	}
	if p := b.post("/oauth/token", url.Values{"x": {strings.Repeat("x", 70<<10)}}); p.code != 400 {
		t.Errorf("a form of 70 kB: got %d, want 400", p.code)
	}
	if p := b.get("/oauth/token?grant_type=x"); p.code < 400 {
		t.Errorf("GET: got %d, want it refused", p.code)
	}
}

// TestForeignForms posts the forms from another site, in every way a browser tells of.
func TestForeignForms(t *testing.T) {
	t.Parallel()
	c := open(t, storagetest.SQLite(t))
	p := c.Person(c.Firm().Name, pb.Role_EDITOR)
	d, b := c.start(t), c.browse(t)
	b.post("/login", enter(p)).shows(t, "logged in", 200, "您已登录")
	for _, header := range []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Origin: https://evil.example", "Origin: null"} {
		for path, form := range map[string]url.Values{"/device": {"user_code": {d.UserCode}, "answer": {"yes"}}, "/login": enter(p), "/logout": nil, "/login/link": enter(p),
			"/v1/sessions:logout": nil} {
			if got := b.post(path, form, header); got.code != 403 {
				t.Errorf("%s with %s: got %d, want 403", path, header, got.code)
			}
		}
	}
	b.get("/login").shows(t, "after all that", 200, "您已登录")
	if got := d.poll().Error; got != "authorization_pending" {
		t.Errorf("after all that: got %q, want authorization_pending", got)
	}
	got := b.get("/device?user_code=" + d.UserCode)
	for name, want := range map[string]string{"Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"} {
		if got.header.Get(name) != want {
			t.Errorf("%s: got %q, want %q", name, got.header.Get(name), want)
		}
	}
	if strings.Contains(got.text, "<script") || strings.Contains(got.text, "style=") {
		t.Error("a page has a script or a style of its own")
	}
}

// TestCookies looks at the cookies that a browser gets, by TLS and without, and lets one stand for the authorization of REST.
func TestCookies(t *testing.T) {
	t.Parallel()
	for _, one := range []struct{ origin, want string }{
		{"http://localhost:8080", "jiebang=jb_s…; Path=/; HttpOnly; SameSite=Lax"},
		{"https://jiebang.example", "__Host-jiebang=jb_s…; Path=/; HttpOnly; Secure; SameSite=Lax"},
	} {
		m := markettest.Open(t, storagetest.SQLite(t), func(config *services.Config) { config.Origin = one.origin })
		c := campus{Market: m}
		p := m.Person(m.Firm().Name, pb.Role_EDITOR)
		b := c.browse(t)
		b.client.CheckRedirect = stay
		got := b.post("/login", enter(p)).header.Get("Set-Cookie")
		secret, rest, _ := strings.Cut(got, ";")
		name, value, _ := strings.Cut(secret, "=")
		if name+"="+cut4(value)+"…;"+rest != one.want {
			t.Errorf("%s: got %q, want %q", one.origin, got, one.want)
		}
		for _, call := range []struct {
			cookie string
			want   int
		}{{name + "=" + value, 200}, {name + "=" + m.Bureau.Secret, 401}, {"other=" + value, 401}, {name + "=" + value + "; " + name + "=" + value, 401}, {name + "=jb_sx", 401}} {
			if r := c.browse(t).get("/v1/account", "Cookie: "+call.cookie); r.code != call.want {
				t.Errorf("%s: %.30s: got %d %s, want %d", one.origin, call.cookie, r.code, r.text, call.want)
			}
		}
	}
}
