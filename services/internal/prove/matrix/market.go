package matrix

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/internal/id"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// market is a real server with somebody in every role and something in every state.
type market struct {
	server  *services.Server
	clock   *clock.Manual
	callers []served
	things  []thingOf
	n       int
}

// served is a caller of the market, and what the policy knows of it.
type served struct {
	name, secret string
	login        string // of a person in a session
	party.Caller
}

func uuid() string { return chance.UUID(chance.System()) }

func (c served) ctx(ctx context.Context) context.Context {
	if c.secret == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+c.secret)
}

// openMarket opens a market on an empty database; empty is a new SQLite file.
func openMarket(ctx context.Context, database string) (m *market, remove func() error, err error) {
	dir, err := os.MkdirTemp("", "jiebang-matrix-")
	if err != nil {
		return nil, nil, err
	}
	if database == "" {
		database = filepath.Join(dir, "jiebang.db")
	}
	m = &market{clock: clock.NewManual(now)}
	m.server, err = services.Open(ctx, services.Config{DataDir: dir, Database: database, Clock: m.clock,
		Jurisdictions: []services.Jurisdiction{{Code: home, Bureau: "建德市科学技术局"}, {Code: away, Bureau: "淳安县科学技术局"}}})
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	remove = func() error { return errors.Join(m.server.Close(), os.RemoveAll(dir)) }
	if err := m.fill(ctx, database); err != nil {
		return nil, nil, errors.Join(err, remove())
	}
	return m, remove, nil
}

// join registers an organization and gives it a token in roles.
func (m *market) join(ctx context.Context, admin served, k pb.Organization_Kind, code string, roles ...pb.Role) (served, error) {
	m.n++
	if code == "" {
		code = party.Complete(fmt.Sprintf("91330182MA3Q%05d", m.n))
	}
	o, err := pb.NewOrganizationServiceClient(m.server.Conn()).CreateOrganization(admin.ctx(ctx), &pb.CreateOrganizationRequest{RequestId: uuid(),
		Organization: &pb.Organization{DisplayName: fmt.Sprintf("机构 %d", m.n), Kind: k, Uscc: code}})
	if err != nil {
		return served{}, err
	}
	c := served{Caller: party.Caller{Organization: strings.TrimPrefix(o.GetName(), id.OrganizationName("")), Jurisdiction: o.GetJurisdiction(),
		Kind: party.Kind(strings.ToLower(k.String())), Check: party.CodeCheck(strings.ToLower(o.GetCodeCheck().String())), State: party.Registered}}
	return m.token(ctx, admin, c, nil, roles...)
}

// token issues a token of an organization, which then is a caller of the matrix.
func (m *market) token(ctx context.Context, admin, of served, scopes []string, roles ...pb.Role) (served, error) {
	t, err := pb.NewOrganizationServiceClient(m.server.Conn()).CreateToken(admin.ctx(ctx), &pb.CreateTokenRequest{RequestId: uuid(), Parent: id.OrganizationName(of.Organization),
		Token: &pb.Token{DisplayName: "matrix", Roles: roles, Scopes: scopes}})
	if err != nil {
		return served{}, fmt.Errorf("token of %s as %v: %w", of.Kind, roles, err)
	}
	c := served{secret: t.GetSecret(), Caller: of.Caller}
	c.Token, c.Scopes, c.Roles = t.GetName(), scopes, nil
	c.name = string(of.Kind)
	for _, r := range roles {
		c.Roles = append(c.Roles, party.Role(strings.ToLower(r.String())))
		c.name += " " + r.String()
	}
	m.callers = append(m.callers, c)
	return c, nil
}

// bureau is the first token of a bureau.
func (m *market) bureau(ctx context.Context, jurisdiction string) (served, error) {
	c := served{secret: m.server.FirstTokens[jurisdiction], name: "bureau of " + jurisdiction}
	caller, err := pb.NewOrganizationServiceClient(m.server.Conn()).GetCaller(c.ctx(ctx), &pb.GetCallerRequest{Name: "caller"})
	c.Caller = party.Caller{Token: caller.GetToken().GetName(), Organization: strings.TrimPrefix(caller.GetOrganization().GetName(), id.OrganizationName("")), Jurisdiction: jurisdiction,
		Kind: party.Bureau, Check: party.Confirmed, State: party.Registered, Roles: []party.Role{party.Secadmin, party.Operator, party.Auditor}}
	m.callers = append(m.callers, c)
	return c, err
}

// fill fills the market.
func (m *market) fill(ctx context.Context, database string) error {
	m.callers = append(m.callers, served{name: "nobody"})
	admin, err := m.bureau(ctx, home)
	if err != nil {
		return err
	}
	if _, err := m.bureau(ctx, away); err != nil {
		return err
	}
	everyone := func(of served, all ...pb.Role) {
		for _, r := range all {
			if err == nil {
				_, err = m.token(ctx, admin, of, nil, r)
			}
		}
	}
	trade := []pb.Role{pb.Role_EDITOR, pb.Role_SIGNER}
	var firm, zju, broker, stranger, odd, suspended, audit served
	for _, o := range []struct {
		into *served
		kind pb.Organization_Kind
		code string
	}{{&firm, pb.Organization_ENTERPRISE, ""}, {&zju, pb.Organization_UNIVERSITY, ""}, {&broker, pb.Organization_BROKER, ""}, {&stranger, pb.Organization_ENTERPRISE, ""},
		{&odd, pb.Organization_ENTERPRISE, "91350100M000100Y4X"}, {&suspended, pb.Organization_ENTERPRISE, ""}} {
		if err == nil {
			*o.into, err = m.join(ctx, admin, o.kind, o.code, trade...)
		}
	}
	if err == nil {
		audit, err = m.join(ctx, admin, pb.Organization_AUDIT_OFFICE, "", pb.Role_AUDITOR)
	}
	everyone(firm, pb.Role_OWNER, pb.Role_EDITOR, pb.Role_SIGNER, pb.Role_EXPERT, pb.Role_CUSTODIAN)
	everyone(zju, pb.Role_OWNER, pb.Role_EDITOR, pb.Role_SIGNER)
	everyone(admin, pb.Role_OPERATOR, pb.Role_APPROVER, pb.Role_REGISTRAR, pb.Role_AUDITOR, pb.Role_SECADMIN, pb.Role_SYSADMIN, pb.Role_AUDITADMIN, pb.Role_CUSTODIAN)
	everyone(audit, pb.Role_AUDITADMIN, pb.Role_CUSTODIAN)
	for _, scopes := range [][]string{{"demand.publish"}, {"bid.read", "contract.read", "demand.edit"}} {
		if err == nil {
			_, err = m.token(ctx, admin, firm, scopes, trade...)
		}
	}
	if err == nil {
		err = m.trade(ctx, sides{firm, zju, broker, suspended, admin})
	}
	if err == nil {
		err = m.persons(ctx, database)
	}
	if err != nil {
		return err
	}
	return m.suspend(ctx, database, suspended)
}

// suspend suspends an organization in the database itself: the API wants two persons for it.
func (m *market) suspend(ctx context.Context, database string, o served) error {
	err := behind(ctx, database, "UPDATE organizations SET state = 'suspended' WHERE id = '"+o.Organization+"'")
	for i := range m.callers {
		if m.callers[i].Organization == o.Organization {
			m.callers[i].State = party.Suspended
		}
	}
	return err
}

// sides are who trades.
type sides struct{ firm, zju, broker, suspended, bureau served }

func yuan(n int64) *money.Money { return &money.Money{CurrencyCode: "CNY", Units: n} }

func (m *market) draft(ctx context.Context, of served) (*pb.Demand, error) {
	return pb.NewDemandServiceClient(m.server.Conn()).CreateDemand(of.ctx(ctx), &pb.CreateDemandRequest{RequestId: uuid(), Demand: &pb.Demand{Title: "超细碳酸钙",
		Field: pb.TechnologyField_NEW_MATERIALS, Deadline: timestamppb.New(m.clock.Now().Add(time.Hour))}})
}

func (m *market) publish(ctx context.Context, of served) (*pb.Demand, error) {
	d, err := m.draft(ctx, of)
	if err != nil {
		return nil, err
	}
	return pb.NewDemandServiceClient(m.server.Conn()).PublishDemand(of.ctx(ctx), &pb.PublishDemandRequest{RequestId: uuid(), Name: d.GetName(), Etag: d.GetEtag()})
}

func (m *market) bid(ctx context.Context, of served, d *pb.Demand, submit bool) (*pb.Bid, error) {
	bids := pb.NewBidServiceClient(m.server.Conn())
	b, err := bids.CreateBid(of.ctx(ctx), &pb.CreateBidRequest{RequestId: uuid(), Parent: d.GetName(), Bid: &pb.Bid{Amount: yuan(5), Proposal: "方案"}})
	if err != nil || !submit {
		return b, err
	}
	return bids.SubmitBid(of.ctx(ctx), &pb.SubmitBidRequest{RequestId: uuid(), Name: b.GetName(), Etag: b.GetEtag()})
}
