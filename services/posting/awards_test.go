package posting_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// judged is a demand under evaluation with its bids.
type judged struct {
	firm      *markettest.Member
	bidders   []*markettest.Member
	demand    *pb.Demand
	bids      []*pb.Bid // opened
	withdrawn *pb.Bid
}

// judge brings a demand under evaluation.
func judge(t *testing.T, m *markettest.Market) judged {
	t.Helper()
	j := judged{firm: m.Firm()}
	d := m.Publish(j.firm, time.Hour)
	for i := range 3 {
		j.bidders = append(j.bidders, m.University())
		j.bids = append(j.bids, m.Bid(j.bidders[i], d, int64(100+i)))
	}
	gone := m.University()
	b := m.Bid(gone, d, 7)
	j.withdrawn = markettest.Must(m.Bids.WithdrawBid(gone.Ctx(), &pb.WithdrawBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag()}))(t)
	j.demand = m.Close(j.firm, d)
	return j
}

func (j judged) award(m *markettest.Market, bid string) (*pb.Demand, error) {
	return m.Demands.AwardDemand(j.firm.Ctx(), &pb.AwardDemandRequest{RequestId: markettest.ID(), Name: j.demand.GetName(), Bid: bid, Etag: j.demand.GetEtag()})
}

// TestAward awards: one bid has won, the others have not, and each side can read which.
func TestAward(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		j := judge(t, m)
		before := markettest.Sizes(t, m)
		d := markettest.Must(j.award(m, j.bids[1].GetName()))(t)
		if d.GetState() != pb.Demand_AWARDED || d.GetWinningBid() != j.bids[1].GetName() || d.GetFailure() != 0 {
			t.Errorf("got %v, want it awarded to %s", d, j.bids[1].GetName())
		}
		for i, bidder := range j.bidders {
			want := pb.Bid_NOT_SELECTED
			if i == 1 {
				want = pb.Bid_WON
			}
			for _, reader := range []*markettest.Member{bidder, j.firm, m.Bureau} {
				if b := markettest.Must(m.Bids.GetBid(reader.Ctx(), &pb.GetBidRequest{Name: j.bids[i].GetName()}))(t); b.GetState() != want {
					t.Errorf("bid %d for %s: got %s, want %s", i, reader.Name, b.GetState(), want)
				}
			}
		}
		if got := markettest.Sizes(t, m); got[0] != before[0]+4 {
			t.Errorf("got %d entries, want %d: of the demand and its three bids", got[0], before[0]+4)
		}
	})
}

// TestReject rejects all bids.
func TestReject(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		j := judge(t, m)
		d := markettest.Must(m.Demands.RejectBids(j.firm.Ctx(), &pb.RejectBidsRequest{RequestId: markettest.ID(), Name: j.demand.GetName(), Etag: j.demand.GetEtag()}))(t)
		if d.GetState() != pb.Demand_FAILED || d.GetFailure() != pb.Demand_NO_QUALIFIED || d.GetWinningBid() != "" {
			t.Errorf("got %v, want it failed for NO_QUALIFIED", d)
		}
		for i, bidder := range j.bidders {
			if b := markettest.Must(m.Bids.GetBid(bidder.Ctx(), &pb.GetBidRequest{Name: j.bids[i].GetName()}))(t); b.GetState() != pb.Bid_NOT_SELECTED {
				t.Errorf("bid %d: got %s, want NOT_SELECTED", i, b.GetState())
			}
		}
	})
}

// TestAwardRefusals awards to what cannot win. A withdrawn bid is as unknown to the firm as one that never was.
func TestAwardRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		j, other := judge(t, m), judge(t, m)
		none := j.demand.GetName() + "/bids/b330182-0000000000000000"
		award := func(bid string) func() error { return func() error { return markettest.Failed(j.award(m, bid)) } }
		refuse(t, m, []refusal{
			{"none", award(""), codes.InvalidArgument, "FIELD_INVALID", "bid"},
			{"no name", award("bids/1"), codes.InvalidArgument, "FIELD_INVALID", "bid"},
			{"a demand", award(j.demand.GetName()), codes.InvalidArgument, "FIELD_INVALID", "bid"},
			{"another demand's", award(other.bids[0].GetName()), codes.InvalidArgument, "BID_FOREIGN", "bid"},
			{"of nobody", award(none), codes.NotFound, "BID_NOT_FOUND", "bid"},
			{"withdrawn", award(j.withdrawn.GetName()), codes.NotFound, "BID_NOT_FOUND", "bid"},
		})
		_, withdrawn := j.award(m, j.withdrawn.GetName())
		_, unknown := j.award(m, none)
		if !proto.Equal(status.Convert(withdrawn).Proto(), status.Convert(unknown).Proto()) {
			t.Errorf("withdrawn: got %v, want the same as for a bid that never was: %v", status.Convert(withdrawn).Proto(), status.Convert(unknown).Proto())
		}
	})
}

// TestWithdrawSecret withdraws demands with and without bids, in earnest and only to check. Whether anybody has bid is the bidders' secret for ever: the
// answers are the same, and the bid lapses unread.
func TestWithdrawSecret(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju := m.Firm(), m.University()
		d, empty := m.Publish(firm, time.Hour), m.Publish(firm, time.Hour)
		b := m.Bid(zju, d, 5)
		withdraw := func(d *pb.Demand, only bool) *pb.Demand {
			got := markettest.Must(m.Demands.WithdrawDemand(firm.Ctx(), &pb.WithdrawDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag(), ValidateOnly: only,
				Reason: "不再需要"}))(t)
			got.Name, got.Number, got.CreateTime, got.UpdateTime, got.PublishTime, got.Deadline, got.Receipt = "", "", nil, nil, nil, nil, nil
			return got
		}
		for _, only := range []bool{true, false} {
			if got, want := withdraw(d, only), withdraw(empty, only); !proto.Equal(got, want) || got.GetState() != pb.Demand_WITHDRAWN || got.GetRemark() != "不再需要" {
				t.Errorf("with a bid, validate_only %v: got %v, want as without: %v", only, got, want)
			}
		}
		if got := markettest.Must(m.Bids.GetBid(zju.Ctx(), &pb.GetBidRequest{Name: b.GetName()}))(t); got.GetState() != pb.Bid_LAPSED {
			t.Errorf("the bid: got %s, want LAPSED", got.GetState())
		}
		for _, other := range []*markettest.Member{firm, m.Bureau} {
			markettest.Want(t, markettest.Failed(m.Bids.GetBid(other.Ctx(), &pb.GetBidRequest{Name: b.GetName()})), codes.NotFound, "BID_NOT_FOUND", "")
		}
	})
}

// TestRaces lets many do the same to one demand: one wins, and the ledger grows by the winner's entries alone.
func TestRaces(t *testing.T) {
	t.Parallel()
	const callers = 32
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		j, rejected, firm := judge(t, m), judge(t, m), m.Firm()
		draft, edited, published := m.Draft(firm, time.Hour), m.Draft(firm, time.Hour), m.Publish(firm, time.Hour)
		for _, r := range []struct {
			name string
			grow int64
			call func(i int) error
		}{
			{"award", 4, func(i int) error { return markettest.Failed(j.award(m, j.bids[i%len(j.bids)].GetName())) }},
			{"award and reject", 4, func(i int) error {
				if i%2 == 0 {
					return changes(m, rejected.demand, rejected.bids[0].GetName())[3].call(rejected.firm, rejected.demand.GetEtag())
				}
				return changes(m, rejected.demand, "")[4].call(rejected.firm, rejected.demand.GetEtag())
			}},
			{"update", 1, func(int) error { return changes(m, edited, "")[0].call(firm, edited.GetEtag()) }},
			{"publish", 2, func(int) error { return changes(m, draft, "")[1].call(firm, draft.GetEtag()) }},
			{"withdraw", 1 + markettest.Crowd, func(int) error { return changes(m, published, "")[2].call(firm, published.GetEtag()) }},
		} {
			before := markettest.Sizes(t, m)
			count := markettest.Race(callers, r.call)
			if count[""] != 1 || count["ETAG_STALE"] != callers-1 {
				t.Errorf("%s: got %v, want one winner and ETAG_STALE for the others", r.name, count)
			}
			if got := markettest.Sizes(t, m); got[0] != before[0]+r.grow {
				t.Errorf("%s: got %d entries, want %d", r.name, got[0], before[0]+r.grow)
			}
		}
	})
}
