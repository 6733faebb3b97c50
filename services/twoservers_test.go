package services_test

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestTwoServers runs two servers on one PostgreSQL under load: they must behave as one. Deadlines act once, entries are counted once,
// nothing that one changes is remembered otherwise by the other.
func TestTwoServers(t *testing.T) {
	if os.Getenv("JIEBANG_TEST_POSTGRES") == "" {
		t.Log("PostgreSQL is not there")
		return
	}
	one := markettest.Open(t, storagetest.Postgres(t))
	two := one.Beside()
	servers := []*markettest.Market{one, two}
	const demands, bidders = 12, 8
	firm := one.Firm()
	var members []*markettest.Member
	for range bidders {
		members = append(members, one.University())
	}
	published := make([]*pb.Demand, demands)
	var running sync.WaitGroup
	for i := range demands {
		running.Go(func() {
			published[i] = servers[i%2].Publish(firm, time.Hour)
			for j, member := range members {
				if (i+j)%3 > 0 {
					servers[j%2].Bid(member, published[i], int64(400_000+j))
				}
			}
		})
	}
	running.Wait()
	one.Clock.Advance(time.Hour)
	for range 3 { // beside the servers' own jobs, which do the same at this moment
		for _, s := range servers {
			running.Go(s.Settle)
		}
	}
	running.Wait()
	closed := map[string]int{}
	each(t, one, func(e *pb.Entry) {
		if e.GetKind() == "demand.closed" || e.GetKind() == "demand.failed" {
			closed[e.GetSubject()]++
		}
	})
	for _, d := range published {
		if closed[d.GetName()] != 1 {
			t.Errorf("%s: its deadline acted %d times", d.GetName(), closed[d.GetName()])
		}
	}
	for i, s := range servers {
		total, err := s.Audits.GetTotal(s.Bureau.Ctx(), &pb.GetTotalRequest{Name: "ledgers/330182/total"})
		if err != nil || total.GetDemandsPublished() != demands {
			t.Errorf("server %d: %d demands published, want %d (%v)", i, total.GetDemandsPublished(), demands, err)
		}
	}
	report, err := two.Server.Verify(t.Context(), markettest.Jurisdiction)
	if err != nil || len(report.Problems) > 0 {
		t.Errorf("verify: %v %v", report.Problems, err)
	}
	revoked(t, one, two, members[0])
}

// each calls f for every entry of the market's ledger.
func each(t *testing.T, m *markettest.Market, f func(*pb.Entry)) {
	t.Helper()
	token := ""
	for {
		page, err := m.Ledgers.ListEntries(m.Bureau.Ctx(), &pb.ListEntriesRequest{Parent: "ledgers/330182", PageSize: 1000, PageToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.GetEntries() {
			f(e)
		}
		if token = page.GetNextPageToken(); token == "" {
			return
		}
	}
}

// revoked revokes a token on one server: the other must refuse it at once.
func revoked(t *testing.T, one, two *markettest.Market, member *markettest.Member) {
	t.Helper()
	if _, err := two.Organizations.GetCaller(member.Ctx(), &pb.GetCallerRequest{Name: "caller"}); err != nil {
		t.Fatal(err)
	}
	tokens, err := one.Organizations.ListTokens(one.Bureau.Ctx(), &pb.ListTokensRequest{Parent: member.Name})
	if err != nil {
		t.Fatal(err)
	}
	token := tokens.GetTokens()[0]
	if _, err := one.Organizations.RevokeToken(one.Bureau.Ctx(), &pb.RevokeTokenRequest{RequestId: markettest.ID(), Name: token.GetName(), Etag: token.GetEtag()}); err != nil {
		t.Fatal(err)
	}
	_, err = two.Organizations.GetCaller(member.Ctx(), &pb.GetCallerRequest{Name: "caller"})
	markettest.Want(t, err, codes.Unauthenticated, "TOKEN_REVOKED", "")
}

// TestAnotherKeyIsRefused starts a second server on the same database without the key that the ledger was founded with.
func TestAnotherKeyIsRefused(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		config := func() services.Config { return services.Config{DataDir: t.TempDir(), Database: url} }
		first, err := services.Open(t.Context(), config())
		if err != nil {
			t.Fatal(err)
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		if second, err := services.Open(t.Context(), config()); err == nil {
			_ = second.Close()
			t.Error("a server with another key starts")
		}
	})
}

// TestJurisdictions writes to two ledgers of one database at once: each has its own order, and each verifies.
func TestJurisdictions(t *testing.T) {
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		var running sync.WaitGroup
		for i := range 20 {
			running.Go(func() {
				jurisdiction := []string{markettest.Jurisdiction, markettest.Other}[i%2]
				d, err := m.Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{
					Title: fmt.Sprintf("需求编号 %d", i), Field: pb.TechnologyField_AGRICULTURE, Jurisdiction: jurisdiction}})
				if err != nil || d.GetReceipt().GetJurisdiction() != jurisdiction {
					t.Errorf("got %v %v, want a receipt of %s", d.GetReceipt(), err, jurisdiction)
				}
			})
		}
		running.Wait()
		for _, j := range []string{markettest.Jurisdiction, markettest.Other} {
			report, err := m.Server.Verify(t.Context(), j)
			if err != nil || len(report.Problems) > 0 || report.Size < 10 {
				t.Errorf("%s: %v %v", j, report, err)
			}
		}
	})
}
