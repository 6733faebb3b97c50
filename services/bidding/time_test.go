package bidding_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storagetest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// jumping is a clock that goes on right after it is next looked at: a request comes in, and waits.
type jumping struct {
	*clock.Manual
	mu   sync.Mutex
	wait time.Duration
}

// Now implements clock.Clock.
func (j *jumping) Now() time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := j.Manual.Now()
	if j.wait > 0 {
		j.Manual.Set(now.Add(j.wait))
		j.wait = 0
	}
	return now
}

func (j *jumping) next(wait time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.wait = wait
}

const drain = 2 * time.Second

// TestQueued lets bids wait for their turn over the deadline: what had come in before it counts, and is opened; what comes in at it does not,
// though nothing has closed the demand yet. Nothing is closed before the drain is over.
func TestQueued(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, url string) {
		c := &jumping{Manual: clock.NewManual(markettest.Noon)}
		s, err := services.Open(t.Context(), services.Config{DataDir: t.TempDir(), Database: url, Clock: c, Drain: drain, Jurisdictions: []services.Jurisdiction{
			{Code: markettest.Jurisdiction, Bureau: "建德市科学技术局"}}})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		market := idle{s, pb.NewBidServiceClient(s.Conn()), pb.NewDemandServiceClient(s.Conn())}
		firm, zju := seated(t, market)
		submit := func(received time.Duration) (*pb.Demand, *pb.Bid, error) {
			d := post(t, market, firm, c.Manual.Now().Add(time.Hour))
			b := markettest.Must(market.bids.CreateBid(zju, &pb.CreateBidRequest{RequestId: markettest.ID(), Parent: d.GetName(), Bid: &pb.Bid{Amount: markettest.Fen(1), Proposal: "方案"}}))(t)
			c.Set(d.GetDeadline().AsTime().Add(received))
			c.next(time.Second)
			b, err := market.bids.SubmitBid(zju, &pb.SubmitBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag()})
			return d, b, err
		}
		for _, late := range []time.Duration{0, time.Microsecond} {
			if _, _, err := submit(late); rpc.Reason(err) != "DEADLINE_PASSED" {
				t.Errorf("received %v after the deadline: got %v, want DEADLINE_PASSED", late, err)
			}
		}
		d, b, err := submit(-time.Microsecond)
		if err != nil {
			t.Fatal(err)
		}
		deadline := d.GetDeadline().AsTime()
		if got := b.GetSubmitTime().AsTime(); !got.Equal(deadline.Add(-time.Microsecond)) {
			t.Errorf("got received at %v, want when it had come in", got)
		}
		for at, want := range []codes.Code{codes.NotFound, codes.OK} {
			c.Set(deadline.Add(drain - time.Microsecond*time.Duration(1-at)))
			if err := s.Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
			_, err := market.bids.GetBid(firm, &pb.GetBidRequest{Name: b.GetName()})
			if rpc.Reason(err) != map[codes.Code]string{codes.NotFound: "BID_NOT_FOUND"}[want] {
				t.Errorf("at the end of the drain and %d: got %v, want %v", at, err, want)
			}
		}
		if report := markettest.Must(s.Verify(t.Context(), markettest.Jurisdiction))(t); len(report.Problems) > 0 {
			t.Errorf("verify: %v", report.Problems)
		}
	})
}

// audit makes an auditor of the bureau.
func audit(t *testing.T, s *services.Server, admin context.Context) context.Context {
	t.Helper()
	organizations := pb.NewOrganizationServiceClient(s.Conn())
	me := markettest.Must(organizations.GetCaller(admin, &pb.GetCallerRequest{Name: "caller"}))(t)
	token := markettest.Must(organizations.CreateToken(admin, &pb.CreateTokenRequest{RequestId: markettest.ID(), Parent: me.GetOrganization().GetName(),
		Token: &pb.Token{DisplayName: "test", Roles: []pb.Role{pb.Role_AUDITOR}}}))(t)
	return markettest.As(t.Context(), token.GetSecret())
}

// TestCover lets entries cover for bids: they come at instants that nobody can tell from those of bids, nobody reads them, an auditor gets of
// them what it gets of a sealed bid, and a demand that takes no bids needs none.
func TestCover(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, url string) {
		c := clock.NewManual(markettest.Noon)
		s, err := services.Open(t.Context(), services.Config{DataDir: t.TempDir(), Database: url, Clock: c, Cover: time.Minute, Jurisdictions: []services.Jurisdiction{
			{Code: markettest.Jurisdiction, Bureau: "建德市科学技术局"}}})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		market := idle{s, pb.NewBidServiceClient(s.Conn()), pb.NewDemandServiceClient(s.Conn())}
		firm, zju := seated(t, market)
		ledgers := pb.NewLedgerServiceClient(s.Conn())
		admin := markettest.As(t.Context(), s.FirstTokens[markettest.Jurisdiction])
		auditor := audit(t, s, admin)
		size := func() int64 {
			return markettest.Must(ledgers.GetLedger(t.Context(), &pb.GetLedgerRequest{Name: "ledgers/" + markettest.Jurisdiction}))(t).GetSize()
		}
		wait := func(d time.Duration) (grown int64) {
			before, end := size(), c.Now().Add(d)
			for c.Now().Before(end) {
				next, err := s.CoverDue(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if next.IsZero() || next.After(end) {
					next = end
				}
				c.Set(next)
			}
			return size() - before
		}
		if grown := wait(time.Hour); grown != 0 {
			t.Errorf("nobody may bid: got %d entries", grown)
		}
		d := post(t, market, firm, c.Now().Add(48*time.Hour))
		from := size()
		b := markettest.Must(market.bids.CreateBid(zju, &pb.CreateBidRequest{RequestId: markettest.ID(), Parent: d.GetName(), Bid: &pb.Bid{Amount: markettest.Fen(1), Proposal: "方案"}}))(t)
		markettest.Must(market.bids.SubmitBid(zju, &pb.SubmitBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag()}))(t)
		if grown := wait(10 * time.Hour); grown < 450 || grown > 750 {
			t.Errorf("got %d entries in ten hours, want about one a minute", grown)
		}
		entries := markettest.Must(ledgers.ListEntries(auditor, &pb.ListEntriesRequest{Parent: "ledgers/" + markettest.Jurisdiction, FromSequence: from, PageSize: 1000}))(t).GetEntries()
		for _, e := range entries {
			if e.GetKind()+e.GetSubject()+string(e.GetBody())+string(e.GetSalt()) != "" || len(e.GetEntryHash()) != 32 {
				t.Fatalf("the auditor reads %v, want its hash alone", e)
			}
		}
		last := entries[len(entries)-1].GetName()
		for who, ctx := range map[string]context.Context{"auditor": auditor, "bidder": zju, "firm": firm, "admin": admin} {
			if _, err := ledgers.GetEntry(ctx, &pb.GetEntryRequest{Name: last}); rpc.Reason(err) != "ENTRY_NOT_FOUND" {
				t.Errorf("%s: got %v, want ENTRY_NOT_FOUND", who, err)
			}
		}
		if report := markettest.Must(s.Verify(t.Context(), markettest.Jurisdiction))(t); len(report.Problems) > 0 {
			t.Errorf("verify: %v", report.Problems)
		}
	})
}
