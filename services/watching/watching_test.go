package watching_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/account/credential"
	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestDigest goes through days: nothing is told before consent, what is new is told once with the reason, what is muted or switched off is not, and a day without
// news brings nothing.
func TestDigest(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		p := m.Person(m.University().Name, pb.Role_EDITOR)
		w := save(t, m, p.Ctx(), &pb.Watch{DisplayName: "粉体", Target: pb.Watch_DEMANDS, Query: "碳酸钙"})
		if w.GetNotify() || w.GetConsentTime() != nil {
			t.Errorf("saved: got %v, want no consent", w)
		}
		m.Clock.Advance(time.Second)
		publish(t, m, firm, "碳酸钙早已发布", "")
		day(t, m)
		if got := digests(t, m, p); len(got) != 0 {
			t.Errorf("without consent: got %v", got)
		}
		w.Notify = true
		markettest.Must(m.Watches.UpdateWatch(p.Ctx(), &pb.UpdateWatchRequest{Watch: w, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"notify"}}}))(t)
		second := save(t, m, p.Ctx(), &pb.Watch{DisplayName: "新材料", Target: pb.Watch_DEMANDS, Fields: []pb.TechnologyField{pb.TechnologyField_NEW_MATERIALS}, MinBudget: markettest.Yuan(500_000), Notify: true})
		save(t, m, p.Ctx(), &pb.Watch{DisplayName: "核", Target: pb.Watch_DEMANDS, Fields: []pb.TechnologyField{pb.TechnologyField_NUCLEAR}, Notify: true})
		save(t, m, p.Ctx(), &pb.Watch{DisplayName: "昂贵", Target: pb.Watch_DEMANDS, MinBudget: markettest.Yuan(500_001), Notify: true})
		m.Clock.Advance(time.Second)
		a, b := publish(t, m, firm, "超细碳酸钙表面改性", ""), publish(t, m, firm, "草莓保鲜", "")
		muted := publish(t, m, firm, "碳酸钙之二", "")
		markettest.Must(m.Watches.MuteDemand(p.Ctx(), &pb.MuteDemandRequest{Name: muted.GetName()}))(t)
		day(t, m)
		got := digests(t, m, p)
		want := map[string][]string{a.GetName(): {"符合订阅“新材料”", "符合订阅“粉体”的检索词“碳酸钙”"}, b.GetName(): {"符合订阅“新材料”"}}
		if len(got) != 1 || len(got[0]) != 2 {
			t.Fatalf("got %v, want one digest of two", got)
		}
		for _, i := range got[0] {
			if diff := cmp.Diff(want[i.GetSubject()], i.GetReasons()); diff != "" || !i.GetFresh() {
				t.Errorf("%v (-want +got):\n%s", i, diff)
			}
		}
		day(t, m)
		day(t, m)
		if got := digests(t, m, p); len(got) != 1 {
			t.Errorf("days without news: got %v", got)
		}
		second.Notify = false
		markettest.Must(m.Watches.UpdateWatch(p.Ctx(), &pb.UpdateWatchRequest{Watch: second, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"notify"}}}))(t)
		markettest.Must(m.Watches.MuteDemand(p.Ctx(), &pb.MuteDemandRequest{Name: muted.GetName(), Unmute: true}))(t)
		publish(t, m, firm, "草莓冷链", "")
		day(t, m)
		if got := digests(t, m, p); len(got) != 2 || len(got[1]) != 1 || got[1][0].GetSubject() != muted.GetName() {
			t.Errorf("after switching: got %v, want what is heard again alone", got[len(got)-1])
		}
		if got := markettest.Must(m.Watches.GetDigest(p.Ctx(), &pb.GetDigestRequest{Name: "digest"}))(t); !got.GetNextTime().AsTime().Equal(m.Clock.Now().Add(24*time.Hour)) ||
			!got.GetLastTime().AsTime().Equal(m.Clock.Now()) || got.GetWebhook() {
			t.Errorf("got %v", got)
		}
	})
}

// TestChanged changes an achievement that was told: it comes again, as changed.
func TestChanged(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		zju := m.University()
		p := m.Person(m.Firm().Name, pb.Role_EDITOR)
		save(t, m, p.Ctx(), &pb.Watch{DisplayName: "成果", Target: pb.Watch_ACHIEVEMENTS, Query: "碳酸钙", Notify: true})
		m.Clock.Advance(time.Second)
		a, _ := m.Offer(zju)
		day(t, m)
		a = markettest.Must(m.Achievements.WithdrawAchievement(zju.Ctx(), &pb.WithdrawAchievementRequest{RequestId: markettest.ID(), Name: a.GetName(), Etag: a.GetEtag()}))(t)
		a.Trl = 8
		a = markettest.Must(m.Achievements.UpdateAchievement(zju.Ctx(), &pb.UpdateAchievementRequest{RequestId: markettest.ID(), Achievement: a}))(t)
		day(t, m)
		markettest.Must(m.Achievements.PublishAchievement(zju.Ctx(), &pb.PublishAchievementRequest{RequestId: markettest.ID(), Name: a.GetName(), Etag: a.GetEtag()}))(t)
		day(t, m)
		got := digests(t, m, p)
		if len(got) != 2 || len(got[0]) != 1 || !got[0][0].GetFresh() || len(got[1]) != 1 || got[1][0].GetFresh() || got[1][0].GetSubject() != a.GetName() {
			t.Errorf("got %v, want it new and then changed", got)
		}
	})
}

// TestFitting tells of demands that fit what the person's organization has listed, and why; not once the person has left it.
func TestFitting(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju := m.Firm(), m.University()
		p := m.Person(zju.Name, pb.Role_EDITOR)
		w := save(t, m, p.Ctx(), &pb.Watch{DisplayName: "适合我们", Target: pb.Watch_FITTING_DEMANDS, Notify: true})
		if w.GetOrganization() != zju.Name {
			t.Errorf("got %v", w)
		}
		m.Clock.Advance(time.Second)
		day(t, m) // nothing is listed yet
		a, _ := m.Offer(zju)
		right := publish(t, m, firm, "超细碳酸钙连续碳化技术", "平均粒径 80 nm,表面改性")
		weak := publish(t, m, firm, "白度在线检测仪器", "用于造纸,检测纯碱与碳酸钙含量")
		day(t, m)
		p.Enter(t)
		matches := markettest.Must(m.Matches.MatchOrganization(p.Ctx(), &pb.MatchOrganizationRequest{Name: zju.Name}))(t).GetDemands()
		if i := slices.IndexFunc(matches, func(d *pb.MatchOrganizationResponse_DemandMatch) bool {
			return d.GetDemand().GetName() == weak.GetName()
		}); i < 0 || matches[i].GetScore() >= 400 {
			t.Errorf("got %v, want a weak match", matches)
		}
		got := digests(t, m, p)
		if len(got) != 1 || len(got[0]) != 1 || got[0][0].GetSubject() != right.GetName() || !strings.Contains(got[0][0].GetReasons()[0], a.GetName()) {
			t.Fatalf("got %v, want %s because of %s", got, right.GetName(), a.GetName())
		}
		markettest.Must(m.Members.LeaveOrganization(p.Ctx(), &pb.LeaveOrganizationRequest{RequestId: markettest.ID(), Name: zju.Name}))(t)
		publish(t, m, firm, "超细碳酸钙连续碳化技术之二", "平均粒径 80 nm,表面改性")
		day(t, m)
		if got := digests(t, m, p); len(got) != 1 {
			t.Errorf("after leaving: got %v", got)
		}
	})
}

// TestHooked sends digests to the webhooks of the person's organization, if the person wants that.
func TestHooked(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, url string) {
		m := markettest.Open(t, url, func(c *services.Config) { c.HookLoopback = true })
		var mu sync.Mutex
		var bodies []string
		s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			mu.Lock()
			defer mu.Unlock()
			bodies = append(bodies, string(body))
		}))
		defer s.Close()
		firm, zju := m.Firm(), m.University()
		owner := m.Token(zju.Name, pb.Role_OWNER).Ctx()
		h := markettest.Must(m.Webhooks.CreateWebhook(owner, &pb.CreateWebhookRequest{Parent: zju.Name, Webhook: &pb.Webhook{Url: s.URL}}))(t).GetWebhook()
		p := m.Person(zju.Name, pb.Role_EDITOR)
		save(t, m, p.Ctx(), &pb.Watch{DisplayName: "全部", Target: pb.Watch_DEMANDS, Notify: true})
		m.Clock.Advance(time.Second)
		publish(t, m, firm, "甲方需求", "")
		day(t, m)
		p.Enter(t)
		if got := markettest.Must(m.Watches.UpdateDigest(p.Ctx(), &pb.UpdateDigestRequest{Digest: &pb.Digest{Name: "digest", Webhook: true}}))(t); !got.GetWebhook() {
			t.Errorf("got %v", got)
		}
		publish(t, m, firm, "乙方需求", "")
		day(t, m)
		for range 200 { // the server's own job may be at it
			if all := markettest.Must(m.Webhooks.ListDeliveries(owner, &pb.ListDeliveriesRequest{Parent: h.GetName()}))(t).GetDeliveries(); len(all) != 1 || all[0].GetState() == pb.Delivery_DELIVERED {
				break
			}
			m.Notify()
		}
		mu.Lock()
		defer mu.Unlock()
		if len(bodies) != 1 || !strings.Contains(bodies[0], `"type":"watch.digest"`) || !strings.Contains(bodies[0], "乙方需求") || !strings.Contains(bodies[0], p.Name) {
			t.Errorf("got %v, want the second digest alone", bodies)
		}
	})
}

// TestSearchDown comes to the hour of a digest with engines that cannot answer: the digest stays due, and comes whole when they can.
func TestSearchDown(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, url string) {
		now := clock.NewManual(markettest.Noon)
		s, err := services.Open(t.Context(), services.Config{DataDir: t.TempDir(), Database: url, Clock: now, Limits: services.Unlimited,
			PasswordCost: credential.Cost{MemoryKiB: 64, Time: 1, Threads: 1}, Jurisdictions: []services.Jurisdiction{{Code: markettest.Jurisdiction, Bureau: "科技局"}}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		c := caller{s, now}
		_, firm := c.join(t, pb.Organization_ENTERPRISE)
		p := c.person(t)
		markettest.Must(pb.NewWatchServiceClient(s.Conn()).CreateWatch(p, &pb.CreateWatchRequest{Watch: &pb.Watch{DisplayName: "全部", Target: pb.Watch_DEMANDS, Notify: true}}))(t)
		now.Advance(time.Second)
		d := c.publish(t, firm, "超细碳酸钙")
		now.Set(now.Now().Truncate(24 * time.Hour).Add(24 * time.Hour))
		for range 3 {
			if err := s.Notify(t.Context()); err != nil {
				t.Fatal(err)
			}
			now.Advance(time.Minute)
		}
		if got := c.items(t); len(got) != 0 {
			t.Fatalf("got %v while nothing can be searched", got)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.Work(ctx)
		}()
		defer func() {
			stop()
			<-done
		}()
		if err := s.AwaitSearch(ctx); err != nil {
			t.Fatal(err)
		}
		now.Advance(2 * time.Minute)
		if err := s.Notify(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := c.items(t); !slices.Equal(got, []string{d.GetName()}) {
			t.Errorf("got %v, want the demand", got)
		}
	})
}

// TestRefusals has the refusals of saved searches, which are their person's alone.
func TestRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		p, other := m.Person(firm.Name, pb.Role_EDITOR), m.Person(firm.Name, pb.Role_EDITOR)
		w := save(t, m, p.Ctx(), &pb.Watch{DisplayName: "甲", Target: pb.Watch_DEMANDS, Query: "碳", MinBudget: markettest.Yuan(7), Fields: []pb.TechnologyField{pb.TechnologyField_NUCLEAR}})
		if got := markettest.Must(m.Watches.GetWatch(p.Ctx(), &pb.GetWatchRequest{Name: w.GetName()}))(t); !proto.Equal(got, w) || got.GetMinBudget().GetUnits() != 7 || got.GetEtag() != "1" {
			t.Errorf("got %v, want %v", got, w)
		}
		if got := markettest.Must(m.Watches.ListWatches(other.Ctx(), &pb.ListWatchesRequest{}))(t); len(got.GetWatches()) != 0 {
			t.Errorf("another lists %v", got)
		}
		draft := m.Draft(m.Firm(), time.Hour)
		stale := proto.CloneOf(w)
		stale.Etag = "0"
		create := func(w *pb.Watch) func() error {
			return func() error {
				return markettest.Failed(m.Watches.CreateWatch(p.Ctx(), &pb.CreateWatchRequest{Watch: w}))
			}
		}
		refuse(t, m, []refusal{
			{"a token", func() error { return markettest.Failed(m.Watches.ListWatches(firm.Ctx(), &pb.ListWatchesRequest{})) }, codes.PermissionDenied, "SESSION_REQUIRED", ""},
			{"a token saves", func() error {
				return markettest.Failed(m.Watches.CreateWatch(firm.Ctx(), &pb.CreateWatchRequest{Watch: &pb.Watch{DisplayName: "甲", Target: pb.Watch_DEMANDS}}))
			}, codes.PermissionDenied, "SESSION_REQUIRED", ""},
			{"read by another", func() error {
				return markettest.Failed(m.Watches.GetWatch(other.Ctx(), &pb.GetWatchRequest{Name: w.GetName()}))
			}, codes.NotFound, "WATCH_NOT_FOUND", ""},
			{"changed by another", func() error {
				return markettest.Failed(m.Watches.UpdateWatch(other.Ctx(), &pb.UpdateWatchRequest{Watch: w}))
			}, codes.NotFound, "WATCH_NOT_FOUND", ""},
			{"deleted by another", func() error {
				return markettest.Failed(m.Watches.DeleteWatch(other.Ctx(), &pb.DeleteWatchRequest{Name: w.GetName()}))
			}, codes.NotFound, "WATCH_NOT_FOUND", ""},
			{"an old version", func() error {
				return markettest.Failed(m.Watches.UpdateWatch(p.Ctx(), &pb.UpdateWatchRequest{Watch: stale}))
			}, codes.Aborted, "ETAG_STALE", "watch.etag"},
			{"another target", func() error {
				return markettest.Failed(m.Watches.UpdateWatch(p.Ctx(), &pb.UpdateWatchRequest{Watch: w, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"target"}}}))
			}, codes.InvalidArgument, "UPDATE_MASK_INVALID", "update_mask"},
			{"no target", create(&pb.Watch{DisplayName: "甲"}), codes.InvalidArgument, "FIELD_INVALID", "watch.target"},
			{"no name", create(&pb.Watch{Target: pb.Watch_DEMANDS}), codes.InvalidArgument, "FIELD_INVALID", "watch.display_name"},
			{"no budget", create(&pb.Watch{DisplayName: "甲", Target: pb.Watch_DEMANDS, MinBudget: markettest.Fen(0)}), codes.InvalidArgument, "AMOUNT_NOT_POSITIVE", "watch.min_budget"},
			{"another's draft muted", func() error {
				return markettest.Failed(m.Watches.MuteDemand(p.Ctx(), &pb.MuteDemandRequest{Name: draft.GetName()}))
			}, codes.NotFound, "DEMAND_NOT_FOUND", ""},
		})
	})
}

// TestBounds deletes a search, saves as many as there may be, and calls for no organization.
func TestBounds(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		p := m.Person(m.Firm().Name, pb.Role_EDITOR)
		w := save(t, m, p.Ctx(), &pb.Watch{DisplayName: "甲", Target: pb.Watch_DEMANDS, Notify: true})
		markettest.Must(m.Watches.DeleteWatch(p.Ctx(), &pb.DeleteWatchRequest{Name: w.GetName()}))(t)
		if d := markettest.Must(m.Watches.GetDigest(p.Ctx(), &pb.GetDigestRequest{Name: "digest"}))(t); d.GetNextTime() != nil {
			t.Errorf("without a search: got %v, want nothing due", d)
		}
		for range 30 {
			save(t, m, p.Ctx(), &pb.Watch{DisplayName: "甲", Target: pb.Watch_DEMANDS})
		}
		refuse(t, m, []refusal{{"too many", func() error {
			return markettest.Failed(m.Watches.CreateWatch(p.Ctx(), &pb.CreateWatchRequest{Watch: &pb.Watch{DisplayName: "甲", Target: pb.Watch_DEMANDS}}))
		}, codes.FailedPrecondition, "WATCH_TOO_MANY", ""}})
		none := markettest.Must(m.Accounts.SwitchOrganization(p.Ctx(), &pb.SwitchOrganizationRequest{}))(t)
		alone := markettest.As(t.Context(), none.GetSecret())
		refuse(t, m, []refusal{
			{"fits nobody", func() error {
				return markettest.Failed(m.Watches.CreateWatch(alone, &pb.CreateWatchRequest{Watch: &pb.Watch{DisplayName: "甲", Target: pb.Watch_FITTING_DEMANDS}}))
			}, codes.FailedPrecondition, "WATCH_ORGANIZATION", "watch.target"},
			{"webhooks of nobody", func() error {
				return markettest.Failed(m.Watches.UpdateDigest(alone, &pb.UpdateDigestRequest{Digest: &pb.Digest{Name: "digest", Webhook: true}}))
			}, codes.FailedPrecondition, "WATCH_ORGANIZATION", "digest.webhook"},
		})
	})
}
