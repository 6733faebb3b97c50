package posting_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const heartbeat = 30 * 24 * time.Hour

// TestHeartbeat lets an owner say that its demand is alive, forget it, come back, and never answer again.
func TestHeartbeat(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, firm, zju := m.Office(), m.Firm(), m.University()
		d := o.Publish(firm, "open", 9*heartbeat)
		b := m.Bid(zju, d, 5)
		found := func() int {
			t.Helper()
			if err := m.Server.AwaitSearch(t.Context()); err != nil {
				t.Fatal(err)
			}
			return len(markettest.Must(m.Searches.SearchDemands(zju.Ctx(), &pb.SearchDemandsRequest{Query: "碳酸钙"}))(t).GetDemands())
		}
		confirm := func() *pb.Demand {
			t.Helper()
			return markettest.Must(m.Demands.ConfirmDemand(firm.Ctx(), &pb.ConfirmDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: m.Read(firm, d).GetEtag()}))(t)
		}
		after := func(wait time.Duration) *pb.Demand {
			t.Helper()
			m.Clock.Advance(wait)
			m.Settle()
			return m.Read(firm, d)
		}
		if got := after(heartbeat - time.Microsecond); got.GetState() != pb.Demand_PUBLISHED || found() != 1 {
			t.Fatalf("before the first heartbeat: %s", got.GetState())
		}
		if got := confirm(); !got.GetConfirmByTime().AsTime().Equal(m.Clock.Now().Add(heartbeat)) {
			t.Errorf("confirmed: got %v", got)
		}
		if got := after(heartbeat - time.Microsecond); got.GetState() != pb.Demand_PUBLISHED {
			t.Errorf("before the second: %s", got.GetState())
		}
		if got := after(time.Microsecond); got.GetState() != pb.Demand_STALE || found() != 0 || !got.GetConfirmByTime().AsTime().Equal(m.Clock.Now().Add(heartbeat)) {
			t.Errorf("a missed heartbeat: got %v", got)
		}
		late := m.University()
		m.Refuse(t, func() error {
			return markettest.Failed(m.Bids.CreateBid(late.Ctx(), &pb.CreateBidRequest{RequestId: markettest.ID(), Parent: d.GetName(), Bid: &pb.Bid{Amount: markettest.Yuan(1), Proposal: "x"}}))
		}, codes.FailedPrecondition, "DEMAND_NOT_OPEN", "")
		// The bid for a demand that is stale is as secret as before.
		list := markettest.Must(m.Ledgers.ListEntries(m.Token(m.Bureau.Name, pb.Role_AUDITOR).Ctx(), &pb.ListEntriesRequest{Parent: "ledgers/" + markettest.Jurisdiction, PageSize: 1000}))(t)
		for _, e := range list.GetEntries() {
			if strings.Contains(string(e.GetBody()), "/bids/") {
				t.Errorf("an auditor reads the entry of a sealed bid: %s", e.GetBody())
			}
		}
		if got := confirm(); got.GetState() != pb.Demand_PUBLISHED || found() != 1 {
			t.Errorf("revived: got %v", got)
		}
		after(heartbeat)
		if got := after(heartbeat); got.GetState() != pb.Demand_FAILED || got.GetFailure() != pb.Demand_ABANDONED || got.GetConfirmByTime() != nil {
			t.Errorf("two missed heartbeats: got %v", got)
		}
		if got := markettest.Must(m.Bids.GetBid(zju.Ctx(), &pb.GetBidRequest{Name: b.GetName()}))(t); got.GetState() != pb.Bid_LAPSED {
			t.Errorf("the bid: got %s", got.GetState())
		}
		m.Verified()
	})
}

// TestStaleCloses lets the deadline of a stale demand come: it acts as for any other.
func TestStaleCloses(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, firm, zju := m.Office(), m.Firm(), m.University()
		d := o.Publish(firm, "open", heartbeat+time.Hour)
		m.Bid(zju, d, 5)
		m.Clock.Advance(heartbeat)
		m.Settle()
		if got := m.Read(firm, d); got.GetState() != pb.Demand_STALE {
			t.Fatalf("got %s", got.GetState())
		}
		if got := m.Close(firm, d); got.GetState() != pb.Demand_EVALUATING || got.GetConfirmByTime() != nil {
			t.Errorf("got %v", got)
		}
		m.Verified()
	})
}

// TestRelist lists a withdrawn demand again.
func TestRelist(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		draft := m.DraftDetailed(firm, "direct", time.Hour)
		d := markettest.Must(m.Demands.PublishDemand(firm.Ctx(), &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: draft.GetName(), Etag: draft.GetEtag()}))(t)
		relist := func(who *markettest.Member) (*pb.Demand, error) {
			return m.Demands.RelistDemand(who.Ctx(), &pb.RelistDemandRequest{RequestId: markettest.ID(), Name: d.GetName()})
		}
		m.Refuse(t, func() error { return markettest.Failed(relist(firm)) }, codes.FailedPrecondition, "DEMAND_STATE", "")
		m.Close(firm, d)
		other := m.Firm()
		m.Refuse(t, func() error { return markettest.Failed(relist(other)) }, codes.PermissionDenied, "DEMAND_FOREIGN", "")
		got := markettest.Must(relist(firm))(t)
		if got.GetState() != pb.Demand_DRAFT || got.GetRelatedDemand() != d.GetName() || got.GetAttempt() != 2 || got.GetDeadline() != nil || got.GetNdaDetails() != d.GetNdaDetails() ||
			!proto.Equal(got.GetDetails(), d.GetDetails()) {
			t.Errorf("got %v", got)
		}
		m.Verified()
	})
}

// TestDetails writes details that are wrong.
func TestDetails(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		for _, r := range []struct {
			name          string
			change        func(*pb.DemandDetails)
			reason, field string
		}{
			{"a value that is no number", func(d *pb.DemandDetails) { d.Indicators[0].Value = "约95" }, "INDICATOR_VALUE", "demand.details.indicators[0].value"},
			{"a value with an exponent", func(d *pb.DemandDetails) { d.Indicators[0].Value = "1e3" }, "INDICATOR_VALUE", "demand.details.indicators[0].value"},
			{"an interval upside down", func(d *pb.DemandDetails) { d.Indicators[1].High = "0.49" }, "INDICATOR_INTERVAL", "demand.details.indicators[1].high"},
			{"a second value", func(d *pb.DemandDetails) { d.Indicators[0].High = "96" }, "INDICATOR_INTERVAL", "demand.details.indicators[0].high"},
			{"a name twice", func(d *pb.DemandDetails) { d.Indicators[1].Name = "白度" }, "NAME_TWICE", "demand.details.indicators[1].name"},
			{"an industry", func(d *pb.DemandDetails) { d.Industries[0] = "C9999" }, "INDUSTRY_UNKNOWN", "demand.details.industries[0]"},
			{"a discipline", func(d *pb.DemandDetails) { d.Disciplines[0] = "Z1" }, "DISCIPLINE_OF_DEMAND", "demand.details.disciplines[0]"},
			{"readiness that falls", func(d *pb.DemandDetails) { d.TrlWanted = 2 }, "TRL_ORDER", "demand.details.trl_wanted"},
			{"weights of 99", func(d *pb.DemandDetails) { d.Criteria[0].Weight = 59 }, "WEIGHTS_SUM", "demand.details.criteria"},
			{"a weight of 0", func(d *pb.DemandDetails) { d.Criteria[0].Weight = 0 }, "WEIGHTS_SUM", "demand.details.criteria[0].weight"},
		} {
			t.Run(r.name, func(t *testing.T) {
				d := m.Detailed("open", time.Hour)
				r.change(d.Details)
				m.Refuse(t, func() error {
					return markettest.Failed(m.Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: d}))
				}, codes.InvalidArgument, r.reason, r.field)
			})
		}
	})
}

// TestAdvise advises on a poor demand and on a good one: each weak field is named once and with a reason.
func TestAdvise(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, other := m.Firm(), m.Firm()
		poor := markettest.Must(m.Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{Title: "提高白度",
			Description: "显著提高白度,达到 95%", Field: pb.TechnologyField_NEW_MATERIALS}}))(t)
		advice := func(who *markettest.Member, d *pb.Demand) map[string]string {
			t.Helper()
			got := map[string]string{}
			for _, a := range markettest.Must(m.Demands.AdviseDemand(who.Ctx(), &pb.AdviseDemandRequest{Name: d.GetName()}))(t).GetAdvice() {
				if a.GetHint() == "" || a.GetReason() == "" {
					t.Errorf("got %v, want a hint and a reason", a)
				}
				got[a.GetField()] += a.GetHint() + a.GetReason()
			}
			return got
		}
		got := advice(firm, poor)
		for _, field := range []string{"organization", "title", "description", "details.indicators", "details.industries", "details.trl_now", "budget", "deadline", "details.delivery"} {
			if got[field] == "" {
				t.Errorf("no advice on %s", field)
			}
		}
		if !strings.Contains(got["description"], "显著提高") || !strings.Contains(got["details.indicators"], "一致性") {
			t.Errorf("got %v", got)
		}
		good := m.DraftDetailed(firm, "open", time.Hour)
		if got := advice(firm, good); got["details.industries"] != "" || got["budget"] != "" || got["details.indicators"] != "" || got["details.indicators[1].test_method"] == "" {
			t.Errorf("a good one: got %v", got)
		}
		m.Refuse(t, func() error {
			return markettest.Failed(m.Demands.AdviseDemand(other.Ctx(), &pb.AdviseDemandRequest{Name: good.GetName()}))
		}, codes.NotFound, "DEMAND_NOT_FOUND", "")
	})
}
