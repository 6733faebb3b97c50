package sso_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/internal/ssotest"
	"github.com/jiebang/jiebang/services/login/sso"
)

// startCAS starts a server of CAS, and what a server of ours has of it. ticket is what a browser brings back from an attempt.
func startCAS(t *testing.T) (at *ssotest.CAS, by sso.Provider, ticket func(sso.Flow) sso.Back) {
	t.Helper()
	at = ssotest.StartCAS()
	t.Cleanup(at.Close)
	const callback = "https://jiebang.example/login/cas/callback"
	by, err := sso.New(sso.Config{Name: "cas", Title: "校园", Kind: sso.CAS, Issuer: at.Prefix, Audience: callback}, callback, sso.Kit{Clock: clock.NewManual(noon)})
	if err != nil {
		t.Fatal(err)
	}
	return at, by, func(f sso.Flow) sso.Back {
		address, err := by.Begin(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ssotest.Visit(address)
		if err != nil || back.Get("state") != f.State {
			t.Fatalf("got %v (%v), want the state", back, err)
		}
		return sso.Back{State: back.Get("state"), Ticket: back.Get("ticket")}
	}
}

func flow() sso.Flow { return sso.NewFlow("cas", chance.System(), noon) }

// TestCAS lets somebody in by CAS, and mixes up tickets.
func TestCAS(t *testing.T) {
	t.Parallel()
	at, by, ticket := startCAS(t)
	mine, other := flow(), flow()
	good := ticket(mine)
	if got, err := by.Finish(t.Context(), mine, good); err != nil || got != (sso.Proof{Issuer: at.Prefix, Subject: at.User}) {
		t.Errorf("got %+v (%v), want the user", got, err)
	}
	for _, c := range []struct {
		name string
		flow sso.Flow
		back sso.Back
	}{
		{"the ticket again", mine, good},
		{"the ticket of another attempt", mine, ticket(other)},
		{"no ticket", mine, sso.Back{}},
		{"a ticket of nobody's", mine, sso.Back{Ticket: "ST-1"}},
		{"a ticket for a proxy", mine, sso.Back{Ticket: at.Ticket("PT-", "https://jiebang.example/login/cas/callback?state="+mine.State)}},
		{"a ticket with a parameter", mine, sso.Back{Ticket: "ST-1&service=https://other.example"}},
	} {
		if got, err := by.Finish(t.Context(), c.flow, c.back); !errors.Is(err, sso.ErrRefused) {
			t.Errorf("%s: got %+v and %v, want %v", c.name, got, err, sso.ErrRefused)
		}
	}
}

// TestCASAnswers refuses answers that do not say of one person that the ticket is its.
func TestCASAnswers(t *testing.T) {
	t.Parallel()
	at, by, ticket := startCAS(t)
	success := strings.Replace(ssotest.Success, "%s", at.User, 1)
	failure := "<cas:authenticationFailure code='INVALID_TICKET'>no</cas:authenticationFailure>"
	for _, c := range []struct{ name, answer string }{
		{"not XML", "yes\n20210042\n"},
		{"no answer in it", "<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'></cas:serviceResponse>"},
		{"success and failure", strings.Replace(success, "</cas:serviceResponse>", failure+"</cas:serviceResponse>", 1)},
		{"two users", strings.Replace(success, "</cas:user>", "</cas:user><cas:user>admin</cas:user>", 1)},
		{"success twice", strings.Replace(success, "</cas:serviceResponse>", "<cas:authenticationSuccess><cas:user>admin</cas:user></cas:authenticationSuccess></cas:serviceResponse>", 1)},
		{"no user", strings.Replace(success, at.User, " ", 1)},
		{"a long user", strings.Replace(success, at.User, strings.Repeat("9", 256), 1)},
		{"another namespace", strings.ReplaceAll(success, "www.yale.edu", "evil.example")},
		{"no namespace", strings.NewReplacer("cas:", "", " xmlns:cas='http://www.yale.edu/tp/cas'", "").Replace(success)},
		{"a comment in the user", strings.Replace(success, at.User, "admin<!-- -->.other", 1)},
		{"an entity", `<!DOCTYPE x [<!ENTITY u "admin">]>` + strings.Replace(success, at.User, "&u;", 1)},
		{"by a proxy", strings.Replace(success, "</cas:user>", "</cas:user><cas:proxies><cas:proxy>https://p.example</cas:proxy></cas:proxies>", 1)},
		{"something behind", success + success},
		{"cut", success[:len(success)-30]},
	} {
		at.Answer = c.answer
		f := flow()
		if got, err := by.Finish(t.Context(), f, ticket(f)); !errors.Is(err, sso.ErrWord) {
			t.Errorf("%s: got %+v and %v, want %v", c.name, got, err, sso.ErrWord)
		}
	}
}
