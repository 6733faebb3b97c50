package matrix

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/identity/policy"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// password is the password of every person of a market.
const password = "紫檀 lantern 47 上游 quartz"

// persons lets a person do what each token without scopes does: in a session, and in one that has just shown a second factor.
func (m *market) persons(ctx context.Context, database string) error {
	var stepped []string
	home := ""
	for n, c := range m.callers {
		if c.Token == "" || len(c.Scopes) > 0 {
			continue
		}
		login := fmt.Sprintf("matrix-%d", n)
		f := services.Founder{Login: login, DisplayName: "人员", Password: password, Jurisdiction: c.Jurisdiction, Organization: c.Organization}
		for _, r := range c.Roles {
			f.Roles = append(f.Roles, string(r))
		}
		made, err := m.server.Found(ctx, f)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		if c.Organization != home { // the first of each organization is a thing, too
			home = c.Organization
			m.memberThing(made.Member, c)
		}
		for _, fresh := range []bool{false, true} {
			in, err := pb.NewAccountServiceClient(m.server.Conn()).Login(ctx, &pb.LoginRequest{Login: login, Password: password})
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			s := served{name: c.name + " in a session", secret: in.GetSecret(), login: login, Caller: c.Caller}
			s.Token, s.Session, s.Person = "", strings.TrimPrefix(in.GetSession().GetName(), "sessions/"), strings.TrimPrefix(made.Person, "persons/")
			if fresh {
				s.name, s.Stepped = s.name+" with a second factor", m.clock.Now()
				stepped = append(stepped, "'"+s.Session+"'")
			}
			m.callers = append(m.callers, s)
		}
	}
	return behind(ctx, database, "UPDATE sessions SET stepped_at = created_at WHERE id IN ("+strings.Join(stepped, ",")+")")
}

// again logs in all whose session knows no second factor: a history may be longer than a session. The others read what these read, and are left out.
func (m *market) again(ctx context.Context) error {
	m.callers = slices.DeleteFunc(m.callers, func(c served) bool { return !c.Stepped.IsZero() })
	for i, c := range m.callers {
		if c.login == "" {
			continue
		}
		in, err := pb.NewAccountServiceClient(m.server.Conn()).Login(ctx, &pb.LoginRequest{Login: c.login, Password: password})
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		m.callers[i].secret, m.callers[i].Session = in.GetSecret(), strings.TrimPrefix(in.GetSession().GetName(), "sessions/")
	}
	return nil
}

// memberThing is a member of an organization.
func (m *market) memberThing(name string, of served) {
	m.add(thingOf{object: policy.Object{Is: true, Owner: of.Organization, Jurisdiction: of.Jurisdiction, Openness: policy.Kept}, hidden: "MEMBER_NOT_FOUND",
		foreign: "MEMBER_NOT_FOUND", requests: []proto.Message{
			&pb.UpdateMemberRequest{Member: &pb.Member{Name: name, Etag: "1", Roles: []pb.Role{pb.Role_CUSTODIAN}}},
			&pb.GrantRoleRequest{Name: name, Etag: "1", Role: pb.Role_AUDITOR}, &pb.RemoveMemberRequest{Name: name, Etag: "1"},
			&pb.ResetMemberRequest{Name: name, Etag: "1"}, &pb.ResetPrivilegedMemberRequest{Name: name, Etag: "1"},
			&pb.DisableMemberRequest{Name: name, Etag: "1"}, &pb.EnableMemberRequest{Name: name, Etag: "1"}}})
}

// behind changes rows behind the server's back.
func behind(ctx context.Context, database, query string) error {
	driver, address := "sqlite", "file:"+database
	if strings.HasPrefix(database, "postgres") {
		driver, address = "pgx", database
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, query)
	return errors.Join(err, db.Close())
}
