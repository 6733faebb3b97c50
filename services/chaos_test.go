package services_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/enginetest"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"
	"github.com/jiebang/jiebang/services/matching/engine"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// breakable is a search server that can be broken.
type breakable interface {
	Break(enginetest.Fault)
	Mend()
	// Documents are the versions of what it really holds.
	Documents(engine.Kind) map[string]int64
}

// chaos is a market whose search server breaks. Everything in it is about 碳酸钙, so that a search shows all that is public.
type chaos struct {
	*markettest.Market
	server    breakable
	name      string // of the server
	firm      *markettest.Member
	labs      []*markettest.Member
	demands   []*pb.Demand      // public
	offers    []*pb.Achievement // public
	hidden    []string          // names of drafts, and of what was withdrawn
	leaving   *pb.Demand
	withdrawn *pb.Achievement
}

// TestChaos breaks the search server in every way. Every cell: what is written is written, searches and matches show what the database has, and what is
// not public is never shown; and when the fault is over the server holds what is public, and is asked again.
func TestChaos(t *testing.T) {
	t.Parallel()
	for _, fault := range enginetest.Faults {
		t.Run(string(fault), func(t *testing.T) {
			storagetest.Each(t, func(t *testing.T, url string) {
				s := enginetest.New()
				c := newChaos(t, url, s, func(c *services.Config) { c.Search.Remote = s.Open })
				c.name = enginetest.Name
				s.Lie = c.lies()
				c.story(t, fault)
			})
		})
	}
}

func newChaos(t *testing.T, url string, s breakable, change func(*services.Config)) *chaos {
	t.Helper()
	c := &chaos{Market: markettest.Open(t, url, change), server: s}
	c.firm = c.Firm()
	c.demands = append(c.demands, c.Publish(c.firm, 1000*time.Hour))
	c.leaving = c.Publish(c.firm, 1000*time.Hour)
	c.hidden = append(c.hidden, c.Draft(c.firm, 1000*time.Hour).GetName())
	c.offer()
	c.withdrawn, _ = c.Offer(c.labs[0])
	c.hidden = append(c.hidden, c.Achieve(c.labs[0]).GetName())
	c.whole(t)
	return c
}

// offer lists what another laboratory has.
func (c *chaos) offer() {
	lab := c.University()
	a, _ := c.Offer(lab)
	c.labs, c.offers = append(c.labs, lab), append(c.offers, a)
}

// whole returns when the memory and the server have all that is committed now.
func (c *chaos) whole(t *testing.T) {
	t.Helper()
	if err := c.Server.AwaitSearch(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.Server.AwaitSearchServer(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// lies are answers one after another, none of which is true.
func (c *chaos) lies() func(engine.Kind, int) engine.Result {
	id := func(name string) string { return name[strings.Index(name, "/")+1:] }
	at := 0
	return func(k engine.Kind, limit int) engine.Result {
		ids := [][]string{{"nobody"}, {id(c.hidden[at%len(c.hidden)])}, {id(c.offers[0].GetName()), id(c.demands[0].GetName())}, {id(c.leaving.GetName())},
			slices.Repeat([]string{id(c.demands[0].GetName())}, 2), slices.Repeat([]string{id(c.offers[0].GetName())}, 2), {}}[at%7]
		r := engine.Result{Total: 1 << 30}
		for _, i := range ids {
			r.Hits = append(r.Hits, engine.Hit{ID: i, Score: 1, Highlights: map[string][]engine.Fragment{"title": {{Text: "谎言", Marks: []engine.Span{{Start: 0, End: 6}}}}}})
		}
		at++
		return r
	}
}

func (c *chaos) story(t *testing.T, fault enginetest.Fault) {
	c.server.Break(fault)
	t.Run("publish", func(t *testing.T) { c.writes(t, c.publish) })
	t.Run("withdraw", func(t *testing.T) { c.writes(t, c.withdraw) })
	if err := c.Server.AwaitSearch(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 3 { // with the breaker closed, then open
		t.Run("search", func(t *testing.T) { c.searches(t) })
		t.Run("match", func(t *testing.T) { c.matches(t) })
	}
	c.Clock.Advance(10 * time.Second) // the breaker closes, and the server is looked at
	t.Run("search later", func(t *testing.T) { c.searches(t) })
	t.Run("match later", func(t *testing.T) { c.matches(t) })
	c.server.Mend()
	c.Clock.Advance(time.Hour)
	t.Run("after", func(t *testing.T) {
		c.writes(t, c.publish)
		c.whole(t)
		c.holds(t)
		c.Clock.Advance(10 * time.Second) // the breaker closes
		for range 3 {                     // true answers are believed
			if by := c.searches(t); by != c.name {
				t.Errorf("%s answers when the fault is over", by)
			}
			c.matches(t)
		}
	})
}

// writes writes, which must take each ledger as far as it would without a search server, and be seen at once.
func (c *chaos) writes(t *testing.T, write func(t *testing.T) (entries int64)) {
	before := markettest.Sizes(t, c.Market)
	want := write(t)
	if got := markettest.Sizes(t, c.Market); got[0]-before[0] != want {
		t.Errorf("%d entries were written, want %d", got[0]-before[0], want)
	}
	c.nothingHidden(t) // before any index has followed
}

func (c *chaos) publish(t *testing.T) int64 {
	d := c.Publish(c.firm, 1000*time.Hour)
	if d.GetState() != pb.Demand_PUBLISHED || markettest.Must(c.Demands.GetDemand(t.Context(), &pb.GetDemandRequest{Name: d.GetName()}))(t).GetNumber() == "" {
		t.Errorf("published: %v", d)
	}
	c.demands = append(c.demands, d)
	c.offer()
	a := c.offers[0]
	a.Summary += ",改"
	c.offers[0] = markettest.Must(c.Achievements.UpdateAchievement(c.labs[0].Ctx(), &pb.UpdateAchievementRequest{RequestId: markettest.ID(), Achievement: a,
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"summary"}}}))(t)
	return 3 + 2 + 4 + 1 // a demand with how its bids are sealed, a laboratory and its token, two things that it lists, an edit
}

func (c *chaos) withdraw(t *testing.T) int64 {
	d := markettest.Must(c.Demands.WithdrawDemand(c.firm.Ctx(), &pb.WithdrawDemandRequest{RequestId: markettest.ID(), Name: c.leaving.GetName(), Etag: c.leaving.GetEtag()}))(t)
	a := markettest.Must(c.Achievements.WithdrawAchievement(c.labs[0].Ctx(), &pb.WithdrawAchievementRequest{RequestId: markettest.ID(), Name: c.withdrawn.GetName(), Etag: c.withdrawn.GetEtag()}))(t)
	if d.GetState() != pb.Demand_WITHDRAWN || a.GetState() != pb.Achievement_WITHDRAWN {
		t.Errorf("withdrawn: %v %v", d, a)
	}
	markettest.Want(t, markettest.Failed(c.Achievements.GetAchievement(t.Context(), &pb.GetAchievementRequest{Name: a.GetName()})), codes.NotFound, "ACHIEVEMENT_NOT_FOUND", "")
	c.hidden = append(c.hidden, d.GetName(), a.GetName())
	return 2 + markettest.Crowd
}

// soon is the context of a call that hangs on no search server.
func soon(t *testing.T, ctx context.Context) context.Context {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func (c *chaos) search(t *testing.T) (demands, offers []string, by string) {
	t.Helper()
	d := markettest.Must(c.Searches.SearchDemands(soon(t, t.Context()), &pb.SearchDemandsRequest{Query: "碳酸钙", Facets: []string{"field"}}))(t)
	a := markettest.Must(c.Searches.SearchAchievements(soon(t, t.Context()), &pb.SearchAchievementsRequest{Query: "碳酸钙"}))(t)
	if n := int(d.GetInfo().GetTotalSize()); n > len(c.demands)+1 {
		t.Errorf("%d demands are said to be found", n)
	}
	for _, s := range slices.Concat(d.GetSnippets(), a.GetSnippets()) {
		for _, f := range s.GetFragments() {
			for _, p := range f.GetParts() {
				if strings.Contains(p.GetText(), "谎") {
					t.Errorf("%s is shown", p.GetText())
				}
			}
		}
	}
	return namesOf(d.GetDemands()), namesOf(a.GetAchievements()), d.GetInfo().GetEngine()
}

// searches must show what the database has.
func (c *chaos) searches(t *testing.T) (by string) {
	t.Helper()
	demands, offers, by := c.search(t)
	if !slices.Equal(demands, namesOf(c.demands)) || !slices.Equal(offers, namesOf(c.offers)) {
		t.Errorf("%s found %v and %v, want %v and %v", by, demands, offers, namesOf(c.demands), namesOf(c.offers))
	}
	return by
}

func (c *chaos) match(t *testing.T) (demands, offers []string) {
	t.Helper()
	a := markettest.Must(c.Matches.MatchDemand(soon(t, c.firm.Ctx()), &pb.MatchDemandRequest{Name: c.demands[0].GetName(), MaxCount: 50}))(t)
	d := markettest.Must(c.Matches.MatchOrganization(soon(t, c.labs[0].Ctx()), &pb.MatchOrganizationRequest{Name: c.labs[0].Name, MaxCount: 50}))(t)
	for _, m := range a.GetAchievements() {
		offers = append(offers, m.GetAchievement().GetName())
	}
	for _, m := range d.GetDemands() {
		demands = append(demands, m.GetDemand().GetName())
	}
	slices.Sort(offers)
	slices.Sort(demands)
	return demands, offers
}

// matches must show what the database has.
func (c *chaos) matches(t *testing.T) {
	t.Helper()
	if demands, offers := c.match(t); !slices.Equal(demands, namesOf(c.demands)) || !slices.Equal(offers, namesOf(c.offers)) {
		t.Errorf("matched %v and %v, want %v and %v", demands, offers, namesOf(c.demands), namesOf(c.offers))
	}
}

// nothingHidden looks for what is not public, whatever else is shown.
func (c *chaos) nothingHidden(t *testing.T) {
	t.Helper()
	demands, offers, by := c.search(t)
	more, others := c.match(t)
	for _, name := range slices.Concat(demands, offers, more, others) {
		if slices.Contains(c.hidden, name) {
			t.Errorf("%s shows %s", by, name)
		}
	}
}

// holds checks that the server holds what is public as it is now, and nothing else.
func (c *chaos) holds(t *testing.T) {
	t.Helper()
	public := map[engine.Kind]map[string]int64{engine.Demands: {}, engine.Achievements: {}}
	for _, d := range c.demands {
		public[engine.Demands][strings.TrimPrefix(d.GetName(), "demands/")] = version(t, d.GetEtag())
	}
	for _, a := range c.offers {
		public[engine.Achievements][strings.TrimPrefix(a.GetName(), "achievements/")] = version(t, a.GetEtag())
	}
	for k, want := range public {
		got := c.server.Documents(k)
		for id, v := range want {
			if got[id] != v {
				t.Errorf("%s %s: the server has version %d, want %d", k, id, got[id], v)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: the server has %d, want %d", k, len(got), len(want))
		}
	}
	if got := len(c.server.Documents(engine.Profiles)); got != len(c.offers)+1 {
		t.Errorf("the server has %d profiles, want %d", got, len(c.offers)+1)
	}
}

func version(t *testing.T, etag string) int64 {
	t.Helper()
	return markettest.Must(strconv.ParseInt(strings.Trim(etag, `"`), 10, 64))(t)
}

// named is anything with a name.
type named interface{ GetName() string }

func namesOf[T named](all []T) []string {
	out := make([]string, len(all))
	for i, n := range all {
		out[i] = n.GetName()
	}
	slices.Sort(out)
	return out
}
