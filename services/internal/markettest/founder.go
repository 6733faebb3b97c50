package markettest

import (
	"database/sql"
	"fmt"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // to reach behind the server
	_ "modernc.org/sqlite"             // the same

	"github.com/jiebang/jiebang/services"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Founder is somebody whom the server's operator made a member, with whatever roles, in a session.
type Founder struct {
	Member
	Person     string // persons/…
	Membership string // organizations/…/members/…

	login, password string
}

// Found makes a member of an organization in roles, without an invitation and without a second person, who has just logged in and shown a second factor.
func (m *Market) Found(organization string, roles ...pb.Role) *Founder {
	m.t.Helper()
	n := m.members.Add(1)
	p := &Founder{Member: Member{Name: organization, m: m}, login: fmt.Sprintf("founder-%d", n), password: Password}
	f := services.Founder{Login: p.login, DisplayName: fmt.Sprintf("人员 %d", n), Password: p.password, Organization: strings.TrimPrefix(organization, "organizations/")}
	f.Jurisdiction = f.Organization[1:7]
	for _, r := range roles {
		f.Roles = append(f.Roles, strings.ToLower(r.String()))
	}
	made, err := m.Server.Found(m.t.Context(), f)
	if err != nil {
		m.t.Fatal(err)
	}
	p.Person, p.Membership = made.Person, made.Member
	p.LogIn(organization)
	return p
}

// LogIn gives the founder another session, for an organization, in which it has just shown a second factor.
func (p *Founder) LogIn(organization string) {
	p.m.t.Helper()
	s, err := p.m.Accounts.Login(p.m.t.Context(), &pb.LoginRequest{Login: p.login, Password: p.password, Organization: organization})
	if err != nil {
		p.m.t.Fatal(err)
	}
	p.Name, p.Secret = organization, s.GetSecret()
	p.StepUp()
}

// StepUp lets the person's session have shown a second factor now. How that is done is tested where accounts are.
func (p *Founder) StepUp() {
	p.m.t.Helper()
	p.StepUpAt(p.m.Clock.Now())
}

// StepUpAt lets it have shown one at another instant, such as that of a server that does not go by the clock.
func (p *Founder) StepUpAt(at time.Time) {
	p.m.t.Helper()
	p.m.Behind("UPDATE sessions SET stepped_at = $1 WHERE id = $2", at, strings.Split(p.Secret, "_")[1])
}

// Behind changes one row behind the server's back.
func (m *Market) Behind(query string, args ...any) {
	m.t.Helper()
	if err := m.Try(query, args...); err != nil {
		m.t.Fatal(err)
	}
}

// Try tries to change one row behind the server's back.
func (m *Market) Try(query string, args ...any) error {
	m.t.Helper()
	driver, url := "sqlite", "file:"+m.URL+"?_pragma=busy_timeout(5000)&_time_format=sqlite"
	if strings.HasPrefix(m.URL, "postgres") {
		driver, url = "pgx", m.URL
	}
	db, err := sql.Open(driver, url)
	if err != nil {
		m.t.Fatal(err)
	}
	defer db.Close()
	done, err := db.ExecContext(m.t.Context(), query, args...)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		m.t.Fatalf("%s: got %d rows %v, want 1", query, n, err)
	}
	return nil
}
