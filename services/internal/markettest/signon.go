package markettest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/ssotest"
	"github.com/jiebang/jiebang/services/login/sso"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Origin is where browsers open every market that says nothing else.
const Origin = "http://localhost:8080"

// outside gives a market that has no identity provider outside one of CAS, called cas.
func (m *Market) outside(config *services.Config) {
	m.t.Helper()
	if config.Origin == "" {
		config.Origin = Origin
	}
	if config.SignOnFile != "" {
		return
	}
	if m.cas == nil {
		m.cas = ssotest.StartCAS()
		m.t.Cleanup(m.cas.Close)
	}
	text, err := json.Marshal([]sso.Config{{Name: "cas", Title: "校园 CAS", Kind: sso.CAS, Issuer: m.cas.Prefix, Audience: sso.Callback(config.Origin, "cas")}})
	if err != nil {
		m.t.Fatal(err)
	}
	config.SignOnFile = filepath.Join(m.t.TempDir(), "providers.json")
	if err := os.WriteFile(config.SignOnFile, text, 0o600); err != nil {
		m.t.Fatal(err)
	}
}

// Proof signs on as a user of CAS whom nobody is linked to, and returns what LinkSignOn takes.
func (m *Market) Proof(t testing.TB, user string) string {
	t.Helper()
	m.cas.User = user
	const name = "signOnProviders/cas"
	begun := Must(m.Logins.BeginSignOn(t.Context(), &pb.BeginSignOnRequest{Name: name}))(t)
	back := Must(ssotest.Visit(begun.GetUri()))(t)
	return Must(m.Logins.FinishSignOn(t.Context(), &pb.FinishSignOnRequest{Name: name, Flow: begun.GetFlow(), State: back.Get("state"), Ticket: back.Get("ticket")}))(t).GetProof()
}
