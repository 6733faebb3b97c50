package pages

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/rpc"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// userCode is the form of the code that a visitor may come with.
var userCode = regexp.MustCompile(`^[A-Za-z]{4}[ -]?[A-Za-z]{4}$`)

// cameFor is the code of the device that the visitor has come for; empty for none.
func cameFor(text string) string {
	if userCode.MatchString(text) {
		return strings.ToUpper(text)
	}
	return ""
}

// onward goes where the visitor wanted to go. No address from outside takes part in it.
func onward(w http.ResponseWriter, r *http.Request, code string) {
	to := "/login"
	if code != "" {
		to = "/device?" + url.Values{"user_code": {code}}.Encode()
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// account is the visitor's account; nil if there is no live session.
func (p *Pages) account(r *http.Request) *pb.Account {
	secret := p.secret(r)
	if secret == "" {
		return nil
	}
	a, err := p.accounts.GetAccount(as(r, secret), &pb.GetAccountRequest{Name: "account"})
	if err != nil {
		return nil
	}
	return a
}

func (p *Pages) showLogin(w http.ResponseWriter, r *http.Request) {
	p.loginPage(w, r, http.StatusOK, view{UserCode: cameFor(r.FormValue("user_code"))})
}

// loginPage shows the form, or who has logged in.
func (p *Pages) loginPage(w http.ResponseWriter, r *http.Request, code int, v view) {
	v.Title = "登录"
	if v.Account = p.account(r); v.Account == nil {
		if list, err := p.logins.ListSignOnProviders(as(r, ""), &pb.ListSignOnProvidersRequest{}); err == nil {
			v.Providers = list.GetSignOnProviders()
		}
	}
	p.show(w, code, "login.html", v)
}

// enter logs in with the form of a page.
func (p *Pages) enter(r *http.Request) (*pb.LoginResponse, error) {
	return p.accounts.Login(as(r, ""), &pb.LoginRequest{Login: r.PostFormValue("login"), Password: r.PostFormValue("password"), Code: r.PostFormValue("code"), Agent: agent(r)})
}

// wants reports whether an error asks for a second factor, or for another one.
func wants(err error) bool {
	return rpc.Reason(err) == "FACTOR_REQUIRED" || rpc.Reason(err) == "CODE_WRONG"
}

func (p *Pages) login(w http.ResponseWriter, r *http.Request) {
	if !form(w, r) {
		return
	}
	v := view{UserCode: cameFor(r.PostFormValue("user_code")), Login: r.PostFormValue("login")}
	s, err := p.enter(r)
	if err != nil {
		text, code := problem(w, err)
		v.Problem, v.Code = text, wants(err)
		p.loginPage(w, r, code, v)
		return
	}
	p.keep(w, sessionCookie, s.GetSecret())
	onward(w, r, v.UserCode)
}

func (p *Pages) logout(w http.ResponseWriter, r *http.Request) {
	if secret := p.secret(r); secret != "" {
		_, _ = p.accounts.Logout(as(r, secret), &pb.LogoutRequest{}) // one that has ended needs no ending
	}
	p.drop(w, sessionCookie)
	onward(w, r, "")
}

// begin sends the visitor to a provider outside.
func (p *Pages) begin(w http.ResponseWriter, r *http.Request) {
	b, err := p.logins.BeginSignOn(as(r, ""), &pb.BeginSignOnRequest{Name: "signOnProviders/" + r.PathValue("provider")})
	if err != nil {
		text, code := problem(w, err)
		p.loginPage(w, r, code, view{Problem: text})
		return
	}
	p.keep(w, flowCookie, b.GetFlow()+"."+cameFor(r.FormValue("user_code")))
	http.Redirect(w, r, b.GetUri(), http.StatusSeeOther)
}

// finish takes the visitor back from a provider outside.
func (p *Pages) finish(w http.ResponseWriter, r *http.Request) {
	flow, code, _ := strings.Cut(p.kept(r, flowCookie), ".")
	code = cameFor(code)
	p.drop(w, flowCookie)
	q := r.URL.Query()
	f, err := p.logins.FinishSignOn(as(r, ""), &pb.FinishSignOnRequest{Name: "signOnProviders/" + r.PathValue("provider"), Flow: flow, State: q.Get("state"), Code: q.Get("code"),
		Issuer: q.Get("iss"), Failure: short(q.Get("error")), Ticket: q.Get("ticket"), Agent: agent(r)})
	if err != nil {
		text, status := problem(w, err)
		p.loginPage(w, r, status, view{Problem: text, UserCode: code})
		return
	}
	if s := f.GetLogin(); s != nil {
		p.keep(w, sessionCookie, s.GetSecret())
		onward(w, r, code)
		return
	}
	p.keep(w, proofCookie, f.GetProof())
	http.Redirect(w, r, "/login/link?"+url.Values{"user_code": {code}}.Encode(), http.StatusSeeOther)
}

// showLink says to whoever has come back with an account outside that is linked to nobody how to link it.
func (p *Pages) showLink(w http.ResponseWriter, r *http.Request) {
	if p.kept(r, proofCookie) == "" {
		onward(w, r, "")
		return
	}
	p.show(w, http.StatusForbidden, "link.html", view{Title: "绑定账号", UserCode: cameFor(r.FormValue("user_code"))})
}

// link logs a visitor in and links the account outside with which it has come back. It asks for the password even of one who is logged in: whoever sits at
// somebody else's browser must not give itself a way in.
func (p *Pages) link(w http.ResponseWriter, r *http.Request) {
	if !form(w, r) {
		return
	}
	v := view{Title: "绑定账号", UserCode: cameFor(r.PostFormValue("user_code")), Login: r.PostFormValue("login")}
	s, err := p.enter(r)
	if err == nil {
		_, err = p.logins.LinkSignOn(as(r, s.GetSecret()), &pb.LinkSignOnRequest{Proof: p.kept(r, proofCookie), Password: r.PostFormValue("password"), RequestId: chance.UUID(p.rand)})
		if err != nil { // a session that nobody was given
			_, _ = p.accounts.Logout(as(r, s.GetSecret()), &pb.LogoutRequest{})
		}
	}
	if err != nil {
		text, code := problem(w, err)
		v.Problem, v.Code = text, wants(err)
		p.show(w, code, "link.html", v)
		return
	}
	p.drop(w, proofCookie)
	p.keep(w, sessionCookie, s.GetSecret())
	onward(w, r, v.UserCode)
}
