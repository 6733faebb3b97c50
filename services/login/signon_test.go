package login_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/ssotest"
	"github.com/jiebang/jiebang/services/internal/storagetest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// enter is the form of a person.
func enter(p *markettest.Person, more ...string) url.Values {
	v := url.Values{"login": {p.Login}, "password": {markettest.Password}}
	for i := 0; i+1 < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v
}

// caller reads who a browser's session is.
func (b *browser) caller(t *testing.T, m *markettest.Market) *pb.Caller {
	t.Helper()
	return markettest.Must(m.Organizations.GetCaller(markettest.As(t.Context(), b.cookie("jiebang")), &pb.GetCallerRequest{Name: "caller"}))(t)
}

// TestSignOn goes the whole way with a browser: to a provider and back, unknown, linked with the password, and again, known.
func TestSignOn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c campus) {
		firm := c.Firm()
		p := c.Person(firm.Name, pb.Role_EDITOR)
		for _, provider := range []string{"campus", "cas"} {
			b := c.browse(t)
			b.get("/login").shows(t, "the form", 200, "用校园统一认证登录", "用校园 CAS登录")
			b.get("/login/"+provider).shows(t, "an account that is linked to nobody", 403, "还没有绑定", "登录并绑定")
			if b.cookie("jiebang") != "" || b.cookie("jiebang-flow") != "" {
				t.Errorf("%s: got a session or a flow that is left, want neither", provider)
			}
			b.post("/login/link", enter(p, "password", "wrong")).shows(t, "a wrong password", 403, "登录名或密码")
			before := markettest.Sizes(t, c.Market)
			b.post("/login/link", enter(p)).shows(t, "linked", 200, "您已登录")
			if got := markettest.Sizes(t, c.Market); got[0] != before[0]+1 || b.cookie("jiebang-proof") != "" {
				t.Errorf("%s: linking left %d entries and the proof %q, want one and none", provider, got[0]-before[0], b.cookie("jiebang-proof"))
			}
			again := c.browse(t)
			again.get("/login/"+provider).shows(t, "known", 200, "您已登录", "周明远")
			if got := again.caller(t, c.Market); got.GetOrganization().GetName() != firm.Name {
				t.Errorf("%s: got %v, want a session for %s", provider, got, firm.Name)
			}
			again.post("/logout", nil).shows(t, "logged out", 200, "登录名")
			c.Clock.Advance(time.Minute)
		}
		p.Enter(t) // linking has ended the session before
		links := markettest.Must(c.Logins.ListSignOnLinks(p.Ctx(), &pb.ListSignOnLinksRequest{}))(t).GetSignOnLinks()
		if len(links) != 2 || links[0].GetIssuer() != c.oidc.Issuer || links[0].GetSubject() != c.oidc.Subject || links[1].GetSubject() != c.cas.User {
			t.Errorf("got links %v, want both", links)
		}
		markettest.Must(c.Logins.UnlinkSignOn(p.Ctx(), &pb.UnlinkSignOnRequest{RequestId: markettest.ID(), Name: links[0].GetName(), Password: markettest.Password}))(t)
		c.browse(t).get("/login/campus").shows(t, "unlinked", 403, "还没有绑定")
		c.browse(t).get("/login/cas").shows(t, "still linked", 200, "您已登录")
	})
}

// TestWhoIsWho looks for ways in by what does not say who somebody is: another subject, another issuer, another spelling.
func TestWhoIsWho(t *testing.T) {
	t.Parallel()
	c := open(t, storagetest.SQLite(t))
	p := c.Person(c.Firm().Name, pb.Role_EDITOR)
	b := c.browse(t)
	b.get("/login/campus")
	b.post("/login/link", enter(p)).shows(t, "linked", 200, "您已登录")
	known := c.oidc.Subject
	for _, subject := range []string{known + "0", known[1:], strings.Replace(known, "2", "２", 1), "0" + known} {
		c.oidc.Subject = subject
		c.browse(t).get("/login/campus").shows(t, "subject "+subject, 403, "还没有绑定")
	}
	c.cas.User = known // the same name elsewhere
	c.browse(t).get("/login/cas").shows(t, "the subject at another issuer", 403, "还没有绑定")
	c.oidc.Subject = "another"
	c.oidc.Mint = ssotest.Claiming(map[string]any{"email": "zhou@example.com", "preferred_username": p.Login, "email_verified": true})
	c.browse(t).get("/login/campus").shows(t, "another subject of the same name", 403, "还没有绑定")
	c.oidc.Mint = ssotest.Claiming(map[string]any{"aud": "another"})
	c.browse(t).get("/login/campus").shows(t, "a token for another", 403, "无法核实")
	c.oidc.Subject, c.oidc.Mint = known, nil
	c.browse(t).get("/login/campus").shows(t, "as linked", 200, "您已登录")
	c.browse(t).get("/login/nobody").shows(t, "another provider", 404, "没有这个统一认证入口")
}

// TestLinkTaken links an account outside to one person alone.
func TestLinkTaken(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c campus) {
		p, q := c.Person(c.Firm().Name, pb.Role_EDITOR), c.Person(c.Firm().Name, pb.Role_EDITOR)
		first, second := c.browse(t), c.browse(t)
		first.get("/login/campus")
		second.get("/login/campus")
		proof := second.cookie("jiebang-proof")
		first.post("/login/link", enter(p)).shows(t, "linked", 200, "您已登录")
		second.post("/login/link", enter(q)).shows(t, "to another person", 400, "已绑定另一个账号")
		if second.cookie("jiebang") != "" {
			t.Error("a session remains of a link that failed")
		}
		link := func(secret, proof, password string) func() error {
			return func() error {
				return markettest.Failed(c.Logins.LinkSignOn(markettest.As(t.Context(), secret), &pb.LinkSignOnRequest{RequestId: markettest.ID(), Proof: proof, Password: password}))
			}
		}
		q.Enter(t)
		p.Enter(t)
		c.Refuse(t, link(q.Secret, proof, markettest.Password), codes.AlreadyExists, "LINK_TAKEN", "")
		c.Refuse(t, link(q.Secret, proof, ""), codes.Unauthenticated, "LOGIN_WRONG", "")
		c.Refuse(t, link(q.Secret, "x"+proof, markettest.Password), codes.Unauthenticated, "SIGN_ON_INVALID", "proof")
		c.Refuse(t, link(c.Bureau.Secret, proof, ""), codes.PermissionDenied, "SESSION_REQUIRED", "")
		flow := markettest.Must(c.Logins.BeginSignOn(t.Context(), &pb.BeginSignOnRequest{Name: "signOnProviders/campus"}))(t)
		c.Refuse(t, link(q.Secret, flow.GetFlow(), markettest.Password), codes.Unauthenticated, "SIGN_ON_INVALID", "proof")
		taken := markettest.Must(c.Logins.ListSignOnLinks(p.Ctx(), &pb.ListSignOnLinksRequest{}))(t).GetSignOnLinks()[0]
		c.Refuse(t, func() error {
			return markettest.Failed(c.Logins.UnlinkSignOn(q.Ctx(), &pb.UnlinkSignOnRequest{RequestId: markettest.ID(), Name: taken.GetName(), Password: markettest.Password}))
		}, codes.NotFound, "LINK_NOT_FOUND", "")
		c.Clock.Advance(10 * time.Minute)
		c.Refuse(t, link(q.Secret, proof, markettest.Password), codes.Unauthenticated, "SIGN_ON_INVALID", "proof")
	})
}

// TestStepUpOutside lets the second factor of a provider count as of when it was shown, and not without the provider's word.
func TestStepUpOutside(t *testing.T) {
	t.Parallel()
	c := open(t, storagetest.SQLite(t))
	p := c.Person(c.Firm().Name, pb.Role_EDITOR)
	p.Secure(t)
	b := c.browse(t)
	b.get("/login/campus")
	b.post("/login/link", enter(p)).shows(t, "no code", 403, "第二因素")
	b.post("/login/link", enter(p, "code", p.Code(t))).shows(t, "linked", 200, "您已登录")
	shown := c.Clock.Now().Add(-2 * time.Minute)
	for _, one := range []struct {
		name   string
		claims map[string]any
		want   bool
	}{
		{"a password", map[string]any{"amr": []string{"pwd"}, "auth_time": shown.Unix()}, false},
		{"a code", map[string]any{"amr": []string{"otp"}, "auth_time": shown.Unix()}, true},
	} {
		c.oidc.Mint = ssotest.Claiming(one.claims)
		b := c.browse(t)
		b.get("/login/campus").shows(t, one.name, 200, "您已登录")
		list := markettest.Must(c.Accounts.ListSessions(markettest.As(t.Context(), b.cookie("jiebang")), &pb.ListSessionsRequest{}))(t)
		for _, s := range list.GetSessions() {
			if got := s.GetStepUpTime(); s.GetCurrent() && ((got != nil) != one.want || one.want && got.AsTime().Unix() != shown.Unix()) {
				t.Errorf("%s: got a second factor at %v, want one: %t, at %v", one.name, got, one.want, shown)
			}
		}
	}
}

// TestForgedReturn comes back to a browser that did not go, or went elsewhere.
func TestForgedReturn(t *testing.T) {
	t.Parallel()
	c := open(t, storagetest.SQLite(t))
	p := c.Person(c.Firm().Name, pb.Role_EDITOR)
	linked := c.browse(t)
	linked.get("/login/campus")
	linked.post("/login/link", enter(p)).shows(t, "linked", 200, "您已登录")
	begin := func() (*pb.BeginSignOnResponse, url.Values) {
		b := markettest.Must(c.Logins.BeginSignOn(t.Context(), &pb.BeginSignOnRequest{Name: "signOnProviders/campus"}))(t)
		return b, markettest.Must(ssotest.Visit(b.GetUri()))(t)
	}
	finish := func(provider, flow string, q url.Values) error {
		return markettest.Failed(c.Logins.FinishSignOn(t.Context(), &pb.FinishSignOnRequest{Name: "signOnProviders/" + provider, Flow: flow, State: q.Get("state"), Code: q.Get("code"),
			Issuer: q.Get("iss")}))
	}
	_, attackers := begin()
	c.browse(t).get("/login/campus/callback?"+attackers.Encode()).shows(t, "a browser that did not go", 403, "无法核实")
	mine, back := begin()
	other, _ := begin()
	early, late := begin()
	for _, one := range []struct {
		name, provider, flow string
		q                    url.Values
	}{
		{"another flow", "campus", other.GetFlow(), back},
		{"another provider", "cas", mine.GetFlow(), back},
		{"no flow", "campus", "", back},
		{"no state", "campus", mine.GetFlow(), url.Values{"code": back["code"]}},
	} {
		c.Refuse(t, func() error { return finish(one.provider, one.flow, one.q) }, codes.Unauthenticated, "SIGN_ON_INVALID", "")
	}
	if err := finish("campus", mine.GetFlow(), back); err != nil {
		t.Errorf("as it should be, after all that: got %v, want success", err)
	}
	c.Clock.Advance(10 * time.Minute)
	c.Refuse(t, func() error { return finish("campus", early.GetFlow(), late) }, codes.Unauthenticated, "SIGN_ON_INVALID", "")
}

// TestTold tells a person that the word of a provider is not trusted, and not why: that is for the operator.
func TestTold(t *testing.T) {
	t.Parallel()
	c := open(t, storagetest.SQLite(t))
	c.oidc.Mint = ssotest.Claiming(map[string]any{"aud": "another"})
	const name = "signOnProviders/campus"
	begun := markettest.Must(c.Logins.BeginSignOn(t.Context(), &pb.BeginSignOnRequest{Name: name}))(t)
	back := markettest.Must(ssotest.Visit(begun.GetUri()))(t)
	_, err := c.Logins.FinishSignOn(t.Context(), &pb.FinishSignOnRequest{Name: name, Flow: begun.GetFlow(), State: back.Get("state"), Code: back.Get("code")})
	markettest.Want(t, err, codes.Unauthenticated, "SIGN_ON_INVALID", "")
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok && len(info.GetMetadata()) > 0 {
			t.Errorf("got %v, want nothing but the reason", info.GetMetadata())
		}
	}
}
