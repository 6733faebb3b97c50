package pages

import (
	"net/http"
	"strings"
)

// The cookies: the secret of the session, and what is kept of a visitor who has gone to a provider outside or come back from there.
const (
	sessionCookie = "jiebang"
	flowCookie    = "jiebang-flow"
	proofCookie   = "jiebang-proof"
)

const tenMinutes = 600

// cookieName binds a cookie to this very host, where browsers can.
func (p *Pages) cookieName(name string) string {
	if p.secure {
		return "__Host-" + name
	}
	return name
}

// keep gives a browser a cookie that no script reads and no other site sends with a form. It lasts as long as the browser is open, or ten minutes.
func (p *Pages) keep(w http.ResponseWriter, name, value string) {
	c := &http.Cookie{Name: p.cookieName(name), Value: value, Path: "/", Secure: p.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if name != sessionCookie {
		c.MaxAge = tenMinutes
	}
	http.SetCookie(w, c)
}

// drop takes a cookie back.
func (p *Pages) drop(w http.ResponseWriter, name string) {
	http.SetCookie(w, &http.Cookie{Name: p.cookieName(name), Path: "/", MaxAge: -1, Secure: p.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// kept is the value of a cookie; empty if there is none, or more than one.
func (p *Pages) kept(r *http.Request, name string) string {
	all := r.CookiesNamed(p.cookieName(name))
	if len(all) != 1 {
		return ""
	}
	return all[0].Value
}

// secret is that of the visitor's session.
func (p *Pages) secret(r *http.Request) string {
	if s := p.kept(r, sessionCookie); strings.HasPrefix(s, "jb_s") {
		return s
	}
	return ""
}

// Bearer lets the cookie of a session stand for the authorization that a call does not have. Changes from other sites do not come this far.
func (p *Pages) Bearer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s := p.secret(r); s != "" && r.Header.Get("Authorization") == "" {
			r = r.Clone(r.Context())
			r.Header.Set("Authorization", "Bearer "+s)
		}
		next.ServeHTTP(w, r)
	})
}
