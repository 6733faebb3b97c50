// Package watching_test tests saved searches and digests as a person has them: over gRPC, on each database.
package watching_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// day lets what has happened be searched, and goes to the next hour of digests.
func day(t *testing.T, m *markettest.Market) {
	t.Helper()
	m.Notify()
	if err := m.Server.AwaitSearch(t.Context()); err != nil {
		t.Fatal(err)
	}
	now := m.Clock.Now()
	m.Clock.Set(now.Truncate(24 * time.Hour).Add(24 * time.Hour)) // 08:00 in China
	m.Notify()
}

// digests are those of a person, the oldest first, by what they are about.
func digests(t *testing.T, m *markettest.Market, p *markettest.Person) (all [][]*pb.Notice_Item) {
	t.Helper()
	p.Enter(t)
	for _, n := range markettest.Must(m.Notices.ListNotices(p.Ctx(), &pb.ListNoticesRequest{Filter: `kind = "watch.digest"`}))(t).GetNotices() {
		if n.GetReceiver() != p.Name || n.GetSubject() != p.Name {
			t.Errorf("got %v, want it for %s", n, p.Name)
		}
		all = append(all, n.GetItems())
	}
	slices.Reverse(all)
	return all
}

// publish publishes a demand for something definite.
func publish(t *testing.T, m *markettest.Market, firm *markettest.Member, title, description string) *pb.Demand {
	t.Helper()
	d := markettest.Must(m.Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{Title: title, Description: description,
		Field: pb.TechnologyField_NEW_MATERIALS, Budget: markettest.Yuan(500_000), Deadline: timestamppb.New(m.Clock.Now().Add(60 * 24 * time.Hour))}}))(t)
	return markettest.Must(m.Demands.PublishDemand(firm.Ctx(), &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}))(t)
}

// save saves a search.
func save(t *testing.T, m *markettest.Market, ctx context.Context, w *pb.Watch) *pb.Watch {
	t.Helper()
	return markettest.Must(m.Watches.CreateWatch(ctx, &pb.CreateWatchRequest{Watch: w}))(t)
}

// refusal is a call that must be refused for a reason.
type refusal struct {
	name   string
	call   func() error
	code   codes.Code
	reason string
	field  string
}

// refuse makes calls that must be refused.
func refuse(t *testing.T, m *markettest.Market, refusals []refusal) {
	t.Helper()
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) { m.Refuse(t, r.call, r.code, r.reason, r.field) })
	}
}

// caller calls a server that does nothing by itself.
type caller struct {
	s     *services.Server
	clock *clock.Manual
}

// join registers an organization and returns its name and a context that calls for it.
func (c caller) join(t *testing.T, k pb.Organization_Kind) (string, context.Context) {
	t.Helper()
	bureau := markettest.As(t.Context(), c.s.FirstTokens[markettest.Jurisdiction])
	organizations := pb.NewOrganizationServiceClient(c.s.Conn())
	o := markettest.Must(organizations.CreateOrganization(bureau, &pb.CreateOrganizationRequest{RequestId: markettest.ID(), Organization: &pb.Organization{DisplayName: "机构 " + k.String(),
		Kind: k, Uscc: party.Complete(fmt.Sprintf("91330182MA2T%05d", int32(k)))}}))(t)
	made := markettest.Must(organizations.CreateToken(bureau, &pb.CreateTokenRequest{RequestId: markettest.ID(), Parent: o.GetName(), Token: &pb.Token{DisplayName: "test",
		Roles: []pb.Role{pb.Role_EDITOR, pb.Role_SIGNER}, ExpireTime: timestamppb.New(c.clock.Now().Add(360 * 24 * time.Hour))}}))(t)
	return o.GetName(), markettest.As(t.Context(), made.GetSecret())
}

// person is a context that calls as a member of a new university.
func (c caller) person(t *testing.T) context.Context {
	t.Helper()
	name, _ := c.join(t, pb.Organization_UNIVERSITY)
	_, err := c.s.Found(t.Context(), services.Founder{Login: "zhou.mingyuan", DisplayName: "周明远", Password: markettest.Password, Jurisdiction: markettest.Jurisdiction,
		Organization: strings.TrimPrefix(name, "organizations/"), Roles: []string{"editor"}})
	if err != nil {
		t.Fatal(err)
	}
	return c.again(t)
}

// again is the person in a new session.
func (c caller) again(t *testing.T) context.Context {
	t.Helper()
	in := markettest.Must(pb.NewAccountServiceClient(c.s.Conn()).Login(t.Context(), &pb.LoginRequest{Login: "zhou.mingyuan", Password: markettest.Password}))(t)
	return markettest.As(t.Context(), in.GetSecret())
}

// publish publishes a demand.
func (c caller) publish(t *testing.T, firm context.Context, title string) *pb.Demand {
	t.Helper()
	demands := pb.NewDemandServiceClient(c.s.Conn())
	d := markettest.Must(demands.CreateDemand(firm, &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{Title: title, Field: pb.TechnologyField_NEW_MATERIALS,
		Deadline: timestamppb.New(c.clock.Now().Add(60 * 24 * time.Hour))}}))(t)
	return markettest.Must(demands.PublishDemand(firm, &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}))(t)
}

// items are the subjects of all digests of the person.
func (c caller) items(t *testing.T) (all []string) {
	t.Helper()
	for _, n := range markettest.Must(pb.NewNoticeServiceClient(c.s.Conn()).ListNotices(c.again(t), &pb.ListNoticesRequest{Filter: `kind = "watch.digest"`}))(t).GetNotices() {
		for _, i := range n.GetItems() {
			all = append(all, i.GetSubject())
		}
	}
	return all
}
