package services_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestMainJob tells the whole story: a firm publishes, two universities bid, one is awarded, both sides sign, the bureau gets its total.
func TestMainJob(t *testing.T) {
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju, sspu := m.Firm(), m.University(), m.University()
		d := m.Publish(firm, 24*time.Hour)
		if d.GetState() != pb.Demand_PUBLISHED || d.GetNumber() != "XQ-330182-2026-0001" {
			t.Fatalf("got %s %s", d.GetState(), d.GetNumber())
		}
		first, second := m.Bid(zju, d, 418_000), m.Bid(sspu, d, 450_000)
		if _, err := m.Bids.GetBid(firm.Ctx(), &pb.GetBidRequest{Name: first.GetName()}); err != nil {
			markettest.Want(t, err, codes.NotFound, "BID_NOT_FOUND", "")
		} else {
			t.Fatal("the firm reads a bid before the deadline")
		}
		d = m.Close(firm, d)
		if d.GetState() != pb.Demand_EVALUATING {
			t.Fatalf("after the deadline: %s", d.GetState())
		}
		d = m.Award(firm, d, first)
		if d.GetWinningBid() != first.GetName() {
			t.Fatalf("won: %s", d.GetWinningBid())
		}
		lost, err := m.Bids.GetBid(sspu.Ctx(), &pb.GetBidRequest{Name: second.GetName()})
		if err != nil || lost.GetState() != pb.Bid_NOT_SELECTED {
			t.Fatalf("the other bid: %v %v", lost.GetState(), err)
		}
		k := m.Contract(firm, d)
		k = m.Sign(zju, m.Sign(firm, k))
		if k.GetState() != pb.Contract_ACTIVE || k.GetTotal().GetUnits() != 418_000 {
			t.Fatalf("signed: %v", k)
		}
		total, err := m.Audits.GetTotal(m.Bureau.Ctx(), &pb.GetTotalRequest{Name: "ledgers/330182/total", AtLeastSequence: k.GetReceipt().GetSequence(), GroupBy: pb.GetTotalRequest_CHANNEL})
		if err != nil || total.GetContractsSigned() != 1 || total.GetDemandsPublished() != 1 || total.GetAmount().GetUnits() != 418_000 {
			t.Fatalf("total: %v %v", total, err)
		}
		if len(total.GetGroups()) != 1 || total.GetGroups()[0].GetKey() != "JIEBANG" || total.GetAsOf()[0].GetSequence() <= k.GetReceipt().GetSequence() {
			t.Fatalf("groups: %v", total)
		}
	})
}
