// Package bidding_test tests bidding as its callers use it: over gRPC, on each database.
package bidding_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storagetest"
	"github.com/jiebang/jiebang/services/keeping"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestLife drafts, edits, submits, replaces, withdraws and bids anew.
func TestLife(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		zju := m.University()
		d := m.Publish(m.Firm(), time.Hour)
		b := m.DraftBid(zju, d, 5)
		now := timestamppb.New(m.Clock.Now())
		want := &pb.Bid{Name: b.GetName(), Organization: zju.Name, Amount: markettest.Yuan(5), Proposal: "硬脂酸干法包覆", State: pb.Bid_DRAFT, Jurisdiction: markettest.Jurisdiction,
			CreateTime: now, UpdateTime: now}
		seen := map[string]bool{}
		check := func(b *pb.Bid, etag string) *pb.Bid {
			t.Helper()
			if digest := string(b.GetContentDigest()); len(digest) != 32 || seen[digest] && b.GetState() != pb.Bid_WITHDRAWN {
				t.Errorf("got digest %x, want a new one of 32 bytes", digest)
			}
			seen[string(b.GetContentDigest())] = true
			want.Etag, want.Receipt, want.ContentDigest = etag, b.GetReceipt(), b.GetContentDigest()
			if !proto.Equal(b, want) {
				t.Errorf("got %v, want %v", b, want)
			}
			if got := markettest.Must(m.Bids.GetBid(zju.Ctx(), &pb.GetBidRequest{Name: b.GetName()}))(t); !proto.Equal(got, b) {
				t.Errorf("read: got %v, want %v", got, b)
			}
			m.Clock.Advance(time.Second)
			want.UpdateTime = timestamppb.New(m.Clock.Now())
			return b
		}
		b = check(b, "1")
		want.Amount = markettest.Fen(601)
		b = check(markettest.Must(m.Bids.UpdateBid(zju.Ctx(), &pb.UpdateBidRequest{RequestId: markettest.ID(), UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"amount"}},
			Bid: &pb.Bid{Name: b.GetName(), Etag: "1", Amount: markettest.Fen(601)}}))(t), "2")
		want.Proposal = "另一方案"
		b = check(markettest.Must(m.Bids.UpdateBid(zju.Ctx(), &pb.UpdateBidRequest{RequestId: markettest.ID(), UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"proposal"}},
			Bid: &pb.Bid{Name: b.GetName(), Etag: "2", Amount: markettest.Yuan(-1), Proposal: "另一方案"}}))(t), "3")
		want.State, want.Version, want.SubmitTime = pb.Bid_SUBMITTED, 1, want.GetUpdateTime()
		want.SealLevel, want.SealedBy = pb.SealLevel_S0, pb.Sealer_SERVER
		b = check(markettest.Must(m.Bids.SubmitBid(zju.Ctx(), &pb.SubmitBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: "3"}))(t), "4")
		want.Version, want.SubmitTime, want.Amount, want.Proposal = 2, want.GetUpdateTime(), markettest.Fen(1_000_000_000_000_000), "第二版"
		b = check(markettest.Must(m.Bids.ReplaceBid(zju.Ctx(), &pb.ReplaceBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: "4", Amount: want.GetAmount(), Proposal: "第二版"}))(t), "5")
		want.State = pb.Bid_WITHDRAWN
		check(markettest.Must(m.Bids.WithdrawBid(zju.Ctx(), &pb.WithdrawBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: "5"}))(t), "6")
		if again := m.Bid(zju, d, 9); again.GetName() == b.GetName() {
			t.Errorf("got %s again, want another bid", again.GetName())
		}
	})
}

// TestOpening opens bids at the deadline: of each its last version, of drafts and of withdrawn bids nothing.
func TestOpening(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju, sspu, drafter, gone := m.Firm(), m.University(), m.University(), m.University(), m.University()
		d := m.Publish(firm, time.Hour)
		first, second := m.Bid(zju, d, 5), m.Bid(sspu, d, 6)
		draft, withdrawn := m.DraftBid(drafter, d, 7), m.Bid(gone, d, 8)
		markettest.Must(m.Bids.WithdrawBid(gone.Ctx(), &pb.WithdrawBidRequest{RequestId: markettest.ID(), Name: withdrawn.GetName(), Etag: withdrawn.GetEtag()}))(t)
		replaced := markettest.Must(m.Bids.ReplaceBid(zju.Ctx(), &pb.ReplaceBidRequest{RequestId: markettest.ID(), Name: first.GetName(), Etag: first.GetEtag(), Amount: markettest.Yuan(4), Proposal: "第二版"}))(t)
		before := markettest.Sizes(t, m)
		d = m.Close(firm, d)
		if d.GetState() != pb.Demand_EVALUATING || d.GetFailure() != 0 {
			t.Errorf("got %v, want it evaluating", d)
		}
		if got := markettest.Sizes(t, m); got[0] != before[0]+3 {
			t.Errorf("got %d entries, want %d: of the demand and of two bids", got[0], before[0]+3)
		}
		for name, want := range map[string]*pb.Bid{first.GetName(): replaced, second.GetName(): second} {
			got := markettest.Must(m.Bids.GetBid(firm.Ctx(), &pb.GetBidRequest{Name: name}))(t)
			want = proto.CloneOf(want)
			want.State, want.OpenTime, want.UpdateTime = pb.Bid_OPENED, d.GetDeadline(), d.GetDeadline()
			want.Etag, want.Receipt = got.GetEtag(), got.GetReceipt()
			if !proto.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		}
		for _, b := range []*pb.Bid{draft, withdrawn} {
			for _, o := range []*markettest.Member{firm, m.Bureau, zju} {
				markettest.Want(t, markettest.Failed(m.Bids.GetBid(o.Ctx(), &pb.GetBidRequest{Name: b.GetName()})), codes.NotFound, "BID_NOT_FOUND", "")
			}
		}
	})
}

// TestNoBids lets the deadline of demands come that nobody has submitted a bid for.
func TestNoBids(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju := m.Firm(), m.University()
		none, drafted, withdrawn := m.Publish(firm, time.Hour), m.Publish(firm, time.Hour), m.Publish(firm, time.Hour)
		m.DraftBid(zju, drafted, 5)
		b := m.Bid(zju, withdrawn, 5)
		markettest.Must(m.Bids.WithdrawBid(zju.Ctx(), &pb.WithdrawBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag()}))(t)
		for _, d := range []*pb.Demand{none, drafted, withdrawn} {
			if d = m.Close(firm, d); d.GetState() != pb.Demand_FAILED || d.GetFailure() != pb.Demand_NO_BIDS {
				t.Errorf("got %v, want it failed for NO_BIDS", d)
			}
		}
	})
}

// idle is a server that does nothing by itself: its deadlines act when the test says so, and its database outlives it.
type idle struct {
	*services.Server
	bids    pb.BidServiceClient
	demands pb.DemandServiceClient
}

// wake opens a server on a database without running its jobs.
func wake(t *testing.T, url, dataDir string, c clock.Clock) idle {
	t.Helper()
	s, err := services.Open(t.Context(), services.Config{DataDir: dataDir, Database: url, Clock: c, Jurisdictions: []services.Jurisdiction{
		{Code: markettest.Jurisdiction, Bureau: "建德市科学技术局"}, {Code: markettest.Other, Bureau: "淳安县科学技术局"}}})
	if err != nil {
		t.Fatal(err)
	}
	return idle{s, pb.NewBidServiceClient(s.Conn()), pb.NewDemandServiceClient(s.Conn())}
}

// seated are what the tests of deadlines need: a firm, a university and their contexts on an idle server.
func seated(t *testing.T, s idle) (firm, zju context.Context) {
	t.Helper()
	organizations := pb.NewOrganizationServiceClient(s.Conn())
	admin := markettest.As(t.Context(), s.FirstTokens[markettest.Jurisdiction])
	join := func(kind pb.Organization_Kind, uscc string) context.Context {
		o := markettest.Must(organizations.CreateOrganization(admin, &pb.CreateOrganizationRequest{RequestId: markettest.ID(), Organization: &pb.Organization{DisplayName: "机构", Kind: kind, Uscc: uscc}}))(t)
		token := markettest.Must(organizations.CreateToken(admin, &pb.CreateTokenRequest{RequestId: markettest.ID(), Parent: o.GetName(), Token: &pb.Token{DisplayName: "test",
			Roles: []pb.Role{pb.Role_EDITOR, pb.Role_SIGNER}}}))(t)
		return markettest.As(t.Context(), token.GetSecret())
	}
	return join(pb.Organization_ENTERPRISE, "91350100M000100Y43"), join(pb.Organization_UNIVERSITY, "9131000063159284XQ")
}

// post publishes a demand on an idle server.
func post(t *testing.T, s idle, firm context.Context, deadline time.Time) *pb.Demand {
	t.Helper()
	d := markettest.Must(s.demands.CreateDemand(firm, &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{Title: "超细碳酸钙", Field: pb.TechnologyField_NUCLEAR,
		Deadline: timestamppb.New(deadline)}}))(t)
	return markettest.Must(s.demands.PublishDemand(firm, &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}))(t)
}

// TestDeadlineInstant bids one microsecond before the deadline and at it, while nothing has closed the demand yet. The time is what
// decides, not the job.
func TestDeadlineInstant(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, url string) {
		c := clock.NewManual(markettest.Noon)
		s := wake(t, url, t.TempDir(), c)
		defer s.Close()
		firm, zju := seated(t, s)
		d := post(t, s, firm, c.Now().Add(time.Hour))
		create := &pb.CreateBidRequest{RequestId: markettest.ID(), Parent: d.GetName(), Bid: &pb.Bid{Amount: markettest.Fen(1), Proposal: "方案"}}
		c.Set(d.GetDeadline().AsTime().Add(-time.Microsecond))
		b := markettest.Must(s.bids.CreateBid(zju, create))(t)
		b = markettest.Must(s.bids.SubmitBid(zju, &pb.SubmitBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag()}))(t)
		if !b.GetSubmitTime().AsTime().Equal(c.Now()) {
			t.Errorf("got submitted at %v, want %v", b.GetSubmitTime().AsTime(), c.Now())
		}
		for _, late := range []time.Duration{0, time.Microsecond, 24 * time.Hour} {
			c.Set(d.GetDeadline().AsTime().Add(late))
			for name, err := range map[string]error{
				"create": markettest.Failed(s.bids.CreateBid(zju, &pb.CreateBidRequest{RequestId: markettest.ID(), Parent: d.GetName(), Bid: create.GetBid()})),
				"submit": markettest.Failed(s.bids.SubmitBid(zju, &pb.SubmitBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag()})),
				"replace": markettest.Failed(s.bids.ReplaceBid(zju, &pb.ReplaceBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag(),
					Amount: markettest.Fen(1), Proposal: "方案"})),
				"withdraw":            markettest.Failed(s.bids.WithdrawBid(zju, &pb.WithdrawBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag()})),
				"withdraw the demand": markettest.Failed(s.demands.WithdrawDemand(firm, &pb.WithdrawDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()})),
			} {
				if rpc.Reason(err) != "DEADLINE_PASSED" {
					t.Errorf("%s at the deadline and %v: got %v, want DEADLINE_PASSED", name, late, err)
				}
			}
			markettest.Want(t, markettest.Failed(s.bids.GetBid(firm, &pb.GetBidRequest{Name: b.GetName()})), codes.NotFound, "BID_NOT_FOUND", "")
		}
	})
}

// TestRestart stops a server before a deadline and starts it after: the deadline acts then, with the bids that were in time.
func TestRestart(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, url string) {
		c, dataDir := clock.NewManual(markettest.Noon), t.TempDir()
		s := wake(t, url, dataDir, c)
		firm, zju := seated(t, s)
		d, empty := post(t, s, firm, c.Now().Add(time.Hour)), post(t, s, firm, c.Now().Add(2*time.Hour))
		request := &pb.CreateBidRequest{RequestId: markettest.ID(), Parent: d.GetName(), Bid: &pb.Bid{Amount: markettest.Fen(1), Proposal: "方案"}}
		draft := markettest.Must(s.bids.CreateBid(zju, request))(t)
		b := markettest.Must(s.bids.SubmitBid(zju, &pb.SubmitBidRequest{RequestId: markettest.ID(), Name: draft.GetName(), Etag: draft.GetEtag()}))(t)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		c.Advance(90 * time.Minute)
		s = wake(t, url, dataDir, c)
		defer s.Close()
		if len(s.FirstTokens) != 0 {
			t.Errorf("got first tokens of %d bureaus, want none at the second start", len(s.FirstTokens))
		}
		if err := s.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := markettest.Must(s.bids.GetBid(firm, &pb.GetBidRequest{Name: b.GetName()}))(t); got.GetState() != pb.Bid_OPENED || !got.GetOpenTime().AsTime().Equal(c.Now()) {
			t.Errorf("got %v, want it opened at %v", got, c.Now())
		}
		for d, want := range map[*pb.Demand]pb.Demand_State{d: pb.Demand_EVALUATING, empty: pb.Demand_PUBLISHED} {
			if got := markettest.Must(s.demands.GetDemand(firm, &pb.GetDemandRequest{Name: d.GetName()}))(t); got.GetState() != want {
				t.Errorf("got %v, want %s", got, want)
			}
		}
		if again := markettest.Must(s.bids.CreateBid(zju, request))(t); !proto.Equal(again, draft) {
			t.Errorf("replayed after the restart: got %v, want %v", again, draft)
		}
	})
}

// TestLostKey starts a server without the secret that bids are sealed to: it refuses, instead of losing the bids at the deadline.
func TestLostKey(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, url string) {
		c, dataDir := clock.NewManual(markettest.Noon), t.TempDir()
		s := wake(t, url, dataDir, c)
		firm, _ := seated(t, s)
		post(t, s, firm, c.Now().Add(time.Hour))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		key := filepath.Join(dataDir, "sealing.key")
		if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("got %v, %v, want a file for its owner alone", info, err)
		}
		if err := os.Remove(key); err != nil {
			t.Fatal(err)
		}
		_, err := services.Open(t.Context(), services.Config{DataDir: dataDir, Database: url, Clock: c})
		if !errors.Is(err, keeping.ErrKey) {
			t.Errorf("got %v, want it refused", err)
		}
	})
}

// TestClosingRace lets bids come in while the deadline acts: each is either opened or was refused, never lost.
func TestClosingRace(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		d := m.Publish(firm, time.Hour)
		bidders := make([]*markettest.Member, 16)
		drafts := make([]*pb.Bid, len(bidders))
		for i := range bidders {
			bidders[i] = m.University()
			drafts[i] = m.DraftBid(bidders[i], d, 5)
		}
		count := markettest.Race(len(bidders)+1, func(i int) error {
			if i == len(bidders) {
				m.Clock.Set(d.GetDeadline().AsTime())
				return m.Server.Settle(t.Context())
			}
			return markettest.Failed(m.Bids.SubmitBid(bidders[i].Ctx(), &pb.SubmitBidRequest{RequestId: markettest.ID(), Name: drafts[i].GetName(), Etag: drafts[i].GetEtag()}))
		})
		m.Settle()
		opened := len(markettest.Must(m.Bids.ListBids(firm.Ctx(), &pb.ListBidsRequest{Parent: d.GetName()}))(t).GetBids())
		if in := count[""] - 1; opened != in {
			t.Errorf("got %d bids opened, want the %d that were accepted (%v)", opened, in, count)
		}
	})
}
