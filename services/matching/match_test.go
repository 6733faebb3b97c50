package matching_test

import (
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// list lists an achievement of an owner.
func list(t *testing.T, m *markettest.Market, owner *markettest.Member, title, summary string) *pb.Achievement {
	t.Helper()
	a := markettest.Must(m.Achievements.CreateAchievement(owner.Ctx(), &pb.CreateAchievementRequest{RequestId: markettest.ID(),
		Achievement: &pb.Achievement{Title: title, Summary: summary, Field: pb.TechnologyField_NEW_MATERIALS, Trl: 7}}))(t)
	return markettest.Must(m.Achievements.PublishAchievement(owner.Ctx(), &pb.PublishAchievementRequest{RequestId: markettest.ID(), Name: a.GetName(), Etag: a.GetEtag()}))(t)
}

// ask drafts a demand for something definite.
func ask(t *testing.T, m *markettest.Market, firm *markettest.Member, title, description string) *pb.Demand {
	t.Helper()
	return markettest.Must(m.Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{Title: title, Description: description,
		Field: pb.TechnologyField_NEW_MATERIALS, Deadline: timestamppb.New(m.Clock.Now().Add(time.Hour))}}))(t)
}

func publish(t *testing.T, m *markettest.Market, firm *markettest.Member, d *pb.Demand) *pb.Demand {
	t.Helper()
	return markettest.Must(m.Demands.PublishDemand(firm.Ctx(), &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}))(t)
}

func await(t *testing.T, m *markettest.Market) {
	t.Helper()
	if err := m.Server.AwaitSearch(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestMatch matches both ways: what answers the demand comes first and says why, a draft is matched for its owner only, and what is withdrawn is
// gone at once, whatever the index still holds.
func TestMatch(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju, other := m.Firm(), m.University(), m.University()
		right := list(t, m, zju, "超细活性碳酸钙的表面改性", "白度 ≥95%,粒径 2μm,已中试")
		list(t, m, other, "变压器油中溶解气体的在线监测", "监测氢气与乙炔")
		list(t, m, other, "草莓采后保鲜与冷链运输", "保鲜期延长")
		d := ask(t, m, firm, "高白度超细碳酸钙表面改性技术", "要求白度 ≥95%,用于涂料填充")
		await(t, m)
		req := &pb.MatchDemandRequest{Name: d.GetName()}
		found := markettest.Must(m.Matches.MatchDemand(firm.Ctx(), req))(t)
		if len(found.GetAchievements()) == 0 || found.GetAchievements()[0].GetAchievement().GetName() != right.GetName() {
			t.Fatalf("got %v, want %s first", found, right.GetName())
		}
		best := found.GetAchievements()[0]
		var sum int32
		kinds := map[pb.MatchReason_Kind]*pb.MatchReason{}
		for _, r := range best.GetReasons() {
			sum += r.GetWeight()
			kinds[r.GetKind()] = r
		}
		if sum != best.GetScore() || sum <= 0 || sum > 1000 {
			t.Errorf("reasons add up to %d, the score is %d", sum, best.GetScore())
		}
		if !slices.Contains(kinds[pb.MatchReason_SHARED_TERMS].GetTerms(), "碳酸钙") || !slices.Contains(kinds[pb.MatchReason_INDICATOR].GetTerms(), "95%") ||
			kinds[pb.MatchReason_FIELD] == nil || kinds[pb.MatchReason_STAGE] == nil || kinds[pb.MatchReason_PAST_CONTRACTS] != nil {
			t.Errorf("got reasons %v", best.GetReasons())
		}
		markettest.Want(t, markettest.Failed(m.Matches.MatchDemand(zju.Ctx(), req)), codes.NotFound, "DEMAND_NOT_FOUND", "")
		markettest.Want(t, markettest.Failed(m.Matches.MatchOrganization(zju.Ctx(), &pb.MatchOrganizationRequest{Name: firm.Name})), codes.FailedPrecondition, "NOTHING_TO_MATCH", "")

		publish(t, m, firm, d)
		await(t, m)
		open := markettest.Must(m.Matches.MatchOrganization(zju.Ctx(), &pb.MatchOrganizationRequest{Name: zju.Name}))(t)
		if len(open.GetDemands()) != 1 || open.GetDemands()[0].GetDemand().GetName() != d.GetName() || open.GetDemands()[0].GetBecause() != right.GetName() {
			t.Errorf("got %v, want %s because of %s", open, d.GetName(), right.GetName())
		}
		markettest.Must(m.Achievements.WithdrawAchievement(zju.Ctx(), &pb.WithdrawAchievementRequest{RequestId: markettest.ID(), Name: right.GetName(), Etag: right.GetEtag()}))(t)
		for _, a := range markettest.Must(m.Matches.MatchDemand(firm.Ctx(), req))(t).GetAchievements() {
			if a.GetAchievement().GetName() == right.GetName() {
				t.Error("a withdrawn achievement is matched")
			}
		}
		for _, a := range markettest.Must(m.Searches.SearchAchievements(t.Context(), &pb.SearchAchievementsRequest{Query: "碳酸钙"}))(t).GetAchievements() {
			t.Errorf("a search shows the withdrawn %s", a.GetName())
		}
	})
}

// TestOutcomes counts each pair once a step; a bid counts when bids are opened, and not before.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju := m.Firm(), m.University()
		list(t, m, zju, "超细活性碳酸钙的表面改性", "白度 ≥95%")
		d := publish(t, m, firm, ask(t, m, firm, "高白度超细碳酸钙表面改性技术", "白度 ≥95%"))
		await(t, m)
		for range 2 {
			markettest.Must(m.Matches.MatchDemand(firm.Ctx(), &pb.MatchDemandRequest{Name: d.GetName()}))(t)
			markettest.Must(m.Matches.RecordEngagement(firm.Ctx(), &pb.RecordEngagementRequest{Demand: d.GetName(), Organization: zju.Name,
				Source: pb.MatchSource_MATCH_DEMAND, Step: pb.EngagementStep_OPENED}))(t)
		}
		record := func(who *markettest.Member, organization string, step pb.EngagementStep) error {
			return markettest.Failed(m.Matches.RecordEngagement(who.Ctx(), &pb.RecordEngagementRequest{Demand: d.GetName(), Organization: organization,
				Source: pb.MatchSource_MATCH_DEMAND, Step: step}))
		}
		stranger := m.University()
		markettest.Want(t, record(stranger, zju.Name, pb.EngagementStep_CONTACTED), codes.PermissionDenied, "ENGAGEMENT_FOREIGN", "")
		if err := record(firm, stranger.Name, pb.EngagementStep_CONTACTED); err != nil { // which was not shown, and does not count
			t.Fatal(err)
		}
		m.Clock.Advance(time.Second)
		m.Bid(zju, d, 100_000)
		row := func() *pb.SummarizeEngagementsResponse_Row {
			if err := m.Server.FlushEngagements(t.Context()); err != nil {
				t.Fatal(err)
			}
			return markettest.Must(m.Matches.SummarizeEngagements(m.Bureau.Ctx(), &pb.SummarizeEngagementsRequest{}))(t).GetRows()[0]
		}
		if r := row(); r.GetShown() != 1 || r.GetOpened() != 1 || r.GetContacted() != 0 || r.GetBid() != 0 || r.GetSigned() != 0 {
			t.Errorf("while bids are taken: %v", r)
		}
		m.Close(firm, d)
		if r := row(); r.GetShown() != 1 || r.GetBid() != 1 {
			t.Errorf("when bids are opened: %v", r)
		}
		other := markettest.Must(m.Matches.SummarizeEngagements(m.Bureau.Ctx(), &pb.SummarizeEngagementsRequest{ToDay: "2000-01-01"}))(t).GetRows()[0]
		if other.GetShown() != 0 {
			t.Errorf("in other days: %v", other)
		}
		markettest.Want(t, markettest.Failed(m.Matches.SummarizeEngagements(firm.Ctx(), &pb.SummarizeEngagementsRequest{})), codes.PermissionDenied, "ROLE_NOT_ALLOWED", "")
		markettest.Want(t, markettest.Failed(m.Matches.SummarizeEngagements(m.Bureau.Ctx(), &pb.SummarizeEngagementsRequest{FromDay: "2026-02-30"})), codes.InvalidArgument, "FIELD_INVALID", "from_day")
	})
}

// TestMatchByMeaning finds what shares no two neighbouring characters with a demand and means the same.
func TestMatchByMeaning(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju := m.Firm(), m.University()
		right := list(t, m, zju, "草莓采后保鲜与冷链运输", "")
		list(t, m, zju, "变压器油中溶解气体的在线监测", "")
		d := ask(t, m, firm, "水果采摘以后怎样保持新鲜", "希望能多卖几天")
		await(t, m)
		found := markettest.Must(m.Matches.MatchDemand(firm.Ctx(), &pb.MatchDemandRequest{Name: d.GetName()}))(t)
		if len(found.GetAchievements()) == 0 || found.GetAchievements()[0].GetAchievement().GetName() != right.GetName() {
			t.Errorf("got %v, want %s first", found.GetAchievements(), right.GetName())
		}
	})
}

// TestShownToItsSides counts what is shown to a side of a pair, and not to who looks on.
func TestShownToItsSides(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju, other := m.Firm(), m.University(), m.University()
		list(t, m, zju, "超细活性碳酸钙的表面改性", "白度 ≥95%")
		d := publish(t, m, firm, ask(t, m, firm, "高白度超细碳酸钙表面改性技术", "白度 ≥95%"))
		await(t, m)
		look := func(who *markettest.Member) {
			t.Helper()
			markettest.Must(m.Matches.MatchDemand(who.Ctx(), &pb.MatchDemandRequest{Name: d.GetName()}))(t)
			markettest.Must(m.Matches.MatchOrganization(who.Ctx(), &pb.MatchOrganizationRequest{Name: zju.Name}))(t)
			markettest.Must(m.Searches.SearchDemands(who.Ctx(), &pb.SearchDemandsRequest{Query: "碳酸钙"}))(t)
		}
		shown := func() (by [3]int64) {
			t.Helper()
			if err := m.Server.FlushEngagements(t.Context()); err != nil {
				t.Fatal(err)
			}
			for i, r := range markettest.Must(m.Matches.SummarizeEngagements(m.Bureau.Ctx(), &pb.SummarizeEngagementsRequest{}))(t).GetRows() {
				by[i] = r.GetShown()
			}
			return by
		}
		for _, c := range []struct {
			name string
			who  *markettest.Member
			want [3]int64 // by a match of the demand, a match of the organization, a search
		}{{"the bureau", m.Bureau, [3]int64{}}, {"another university", other, [3]int64{0, 0, 1}}, {"the demander", firm, [3]int64{1, 0, 1}}, {"the university", zju, [3]int64{1, 1, 2}}} {
			look(c.who)
			if got := shown(); got != c.want {
				t.Errorf("after %s: %v, want %v", c.name, got, c.want)
			}
		}
	})
}

// TestDropped counts nothing exactly, and no facet, when a hit turns out not to be public anymore.
func TestDropped(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		zju := m.University()
		list(t, m, zju, "超细活性碳酸钙的表面改性", "")
		gone := list(t, m, zju, "碳酸钙填料", "")
		await(t, m)
		req := &pb.SearchAchievementsRequest{Query: "碳酸钙", Facets: []string{"field"}}
		if r := markettest.Must(m.Searches.SearchAchievements(t.Context(), req))(t); r.GetInfo().GetTotalSize() != 2 || r.GetFacets()[0].GetValues()[0].GetCount() != 2 {
			t.Errorf("got %v", r)
		}
		markettest.Must(m.Achievements.WithdrawAchievement(zju.Ctx(), &pb.WithdrawAchievementRequest{RequestId: markettest.ID(), Name: gone.GetName(), Etag: gone.GetEtag()}))(t)
		r := markettest.Must(m.Searches.SearchAchievements(t.Context(), req))(t) // the index may not know it yet
		if r.GetInfo().GetTotalSize() != 1 {
			t.Errorf("got %v", r.GetInfo())
		}
		switch values := r.GetFacets()[0].GetValues(); {
		case r.GetInfo().GetExact() && (len(values) != 1 || values[0].GetCount() != 1):
			t.Errorf("counted exactly: got %v", r.GetFacets())
		case !r.GetInfo().GetExact() && len(values) > 0:
			t.Errorf("what the index alone counted: got %v", r.GetFacets())
		}
	})
}
