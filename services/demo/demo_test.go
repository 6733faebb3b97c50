// Package demo_test fills a market as jiebangd demo does and looks at it as a newcomer would.
package demo_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/metadata"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/demo"
	"github.com/jiebang/jiebang/services/demo/corpus"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/posting/demand"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// open fills a market and serves it.
func open(t *testing.T) (s *services.Server, sentence string) {
	s, sentence, err := services.OpenDemo(t.Context(), services.Config{DataDir: t.TempDir(), GRPCAddress: "localhost:0", HTTPAddress: "localhost:0"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ready, done := make(chan services.Addresses, 1), make(chan error, 1)
	go func() { done <- s.Serve(ctx, func(a services.Addresses) { ready <- a }) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	<-ready
	if err := s.AwaitSearch(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s, sentence
}

// TestDemo looks at all of it.
func TestDemo(t *testing.T) {
	s, sentence := open(t)
	year := time.Now().In(demand.Zone).Year() - 1
	if want := fmt.Sprintf("%d年,以“揭榜挂帅”形式发布需求55项,揭榜并签订产学研合作、成果拍卖47项,合作总金额6418万元。", year); sentence != want {
		t.Errorf("got %s, want %s", sentence, want)
	}
	t.Run("Open", func(t *testing.T) { present(t, s, year) })
	t.Run("Search", func(t *testing.T) { searches(t, s) })
	t.Run("Match", func(t *testing.T) { matches(t, s) })
}

// demands are the demands that a filter admits.
func demands(t *testing.T, s *services.Server, filter string) []*pb.Demand {
	r, err := pb.NewDemandServiceClient(s.Conn()).ListDemands(t.Context(), &pb.ListDemandsRequest{Filter: filter, PageSize: 200})
	if err != nil {
		t.Fatal(err)
	}
	return r.GetDemands()
}

// present: every demand of the set is there once, within the amounts that its firm has; what was published after the year is open for weeks.
func present(t *testing.T, s *services.Server, year int) {
	var titles, want []string
	late := 0
	for _, d := range demands(t, s, `state != "DRAFT"`) {
		titles = append(titles, d.GetTitle())
		if strings.Contains(d.GetNumber(), fmt.Sprintf("-%d-", year)) {
			continue
		}
		if late++; d.GetState() != pb.Demand_PUBLISHED || time.Until(d.GetDeadline().AsTime()) < 20*24*time.Hour || d.GetPublishTime().AsTime().After(time.Now()) {
			t.Errorf("nobody can bid for %s: %v until %v", d.GetTitle(), d.GetState(), d.GetDeadline().AsTime())
		}
	}
	for _, d := range corpus.Demands() {
		want = append(want, d.Title)
	}
	slices.Sort(titles)
	slices.Sort(want)
	if !slices.Equal(titles, want) || late != len(want)-demo.Published {
		t.Errorf("%d demands, %d of them after the year; want the %d of the set, %d of them", len(titles), late, len(want), len(want)-demo.Published)
	}
}

// searches: the first words of a newcomer find what they mean, and something to bid for.
func searches(t *testing.T, s *services.Server) {
	c := pb.NewSearchServiceClient(s.Conn())
	for query, word := range map[string]string{"碳酸钙": "碳酸钙", "消泡剂": "消泡", "变压器": "变压器", "bianyaqi": "变压器", "變壓器": "变压器", "草莓": "草莓", "有机硅": "有机硅", "无人机": "无人机",
		"通航": "通航", "通用航空": "通用航空", "农业": "农业", "新材料": "新材料"} {
		d, err := c.SearchDemands(t.Context(), &pb.SearchDemandsRequest{Query: query, PageSize: 10})
		if err != nil {
			t.Fatal(err)
		}
		found := d.GetDemands()
		if len(found) < 1 || !strings.Contains(found[0].GetTitle()+found[0].GetDescription(), word) {
			t.Errorf("%s finds the demands %v", query, found)
		}
		if !slices.ContainsFunc(found, func(d *pb.Demand) bool { return d.GetState() == pb.Demand_PUBLISHED }) {
			t.Errorf("%s finds nothing to bid for", query)
		}
		a, err := c.SearchAchievements(t.Context(), &pb.SearchAchievementsRequest{Query: query, PageSize: 10})
		if err != nil || len(a.GetAchievements()) == 0 {
			t.Errorf("%s finds the achievements %v, %v", query, a.GetAchievements(), err)
		}
	}
}

// matches: of what is open, what solves a demand is nearly always the first that it is shown, and with people beside it.
func matches(t *testing.T, s *services.Server) {
	titles, solves := map[string]string{}, map[[2]string]bool{}
	for _, d := range corpus.Demands() {
		titles[d.Key] = d.Title
	}
	for _, a := range corpus.Achievements() {
		titles[a.Key] = a.Title
	}
	for _, j := range corpus.Judgements() {
		solves[[2]string{titles[j.Demand], titles[j.Achievement]}] = j.Grade == 4
	}
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+s.FirstTokens["330182"])
	first, all := 0, demands(t, s, `state = "PUBLISHED"`)
	for _, d := range all {
		r, err := pb.NewMatchServiceClient(s.Conn()).MatchDemand(ctx, &pb.MatchDemandRequest{Name: d.GetName()})
		if err != nil || len(r.GetAchievements()) == 0 || len(r.GetProfiles()) == 0 {
			t.Fatalf("%s: got %v, %v", d.GetTitle(), r, err)
		}
		for _, reason := range r.GetAchievements()[0].GetReasons() {
			if slices.ContainsFunc(reason.GetTerms(), func(term string) bool { return strings.Contains(term, "演示") }) {
				t.Errorf("%s: the mark of the demonstration is a reason: %v", d.GetTitle(), reason)
			}
		}
		if best := r.GetAchievements()[0].GetAchievement().GetTitle(); solves[[2]string{d.GetTitle(), best}] {
			first++
		} else {
			t.Logf("%s: first is %s", d.GetTitle(), best)
		}
	}
	if t.Logf("%d of %d", first, len(all)); first*10 < len(all)*8 {
		t.Errorf("for %d of %d open demands the first match solves them, want four of five", first, len(all))
	}
}

// TestAnyDay fills markets in the first minute of a year, and in the last minute of one that follows a year of 366 days.
func TestAnyDay(t *testing.T) {
	for _, now := range []string{"2028-01-01T00:01:00+08:00", "2029-12-31T23:59:00+08:00"} {
		t.Run(now[:10], func(t *testing.T) {
			t.Parallel()
			markettest.Each(t, func(t *testing.T, m *markettest.Market) {
				now := markettest.Must(time.Parse(time.RFC3339, now))(t)
				m.Clock.Set(time.Date(now.Year()-1, 1, 1, 8, 0, 0, 0, demand.Zone))
				token := markettest.Must(m.Server.AdminToken(t.Context(), markettest.Jurisdiction))(t)
				if err := demo.Fill(t.Context(), demo.Market{Conn: m.Server.Conn(), Token: token, Set: m.Clock.Set, Settle: m.Server.Settle, Year: now.Year() - 1, Now: now,
					Progress: io.Discard}); err != nil {
					t.Fatal(err)
				}
				if got := len(demands(t, m.Server, `state = "PUBLISHED"`)); got != 49 {
					t.Errorf("%d open demands, want the 45 of the present and 4 of the year", got)
				}
			})
		})
	}
}
