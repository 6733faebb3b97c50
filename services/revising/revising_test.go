package revising_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/rpc"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// amends amends a demand as its firm.
func amends(m *markettest.Market, firm *markettest.Member, d *pb.Demand, change func(*pb.Demand), fields ...string) (*pb.Demand, error) {
	d = proto.CloneOf(d)
	change(d)
	return m.Demands.AmendDemand(firm.Ctx(), &pb.AmendDemandRequest{RequestId: markettest.ID(), Demand: d, UpdateMask: &fieldmaskpb.FieldMask{Paths: fields}})
}

func describe(text string) func(*pb.Demand) { return func(d *pb.Demand) { d.Description = text } }

// blank leaves out of a demand what differs between any two.
func blank(d *pb.Demand) *pb.Demand {
	d = proto.CloneOf(d)
	d.Name, d.Number, d.CreateTime, d.UpdateTime, d.PublishTime, d.Receipt = "", "", nil, nil, nil, nil
	return d
}

func bidState(t *testing.T, m *markettest.Market, as *markettest.Member, b *pb.Bid) pb.Bid_State {
	t.Helper()
	return markettest.Must(m.Bids.GetBid(as.Ctx(), &pb.GetBidRequest{Name: b.GetName()}))(t).GetState()
}

// TestAmend amends a demand with bids: each must be confirmed or replaced, what is not lapses at the deadline, and the firm is told the same as without bids.
func TestAmend(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		d, empty := m.Publish(firm, 24*time.Hour), m.Publish(firm, 24*time.Hour)
		var bidders []*markettest.Member
		var bids []*pb.Bid
		for i := range 4 {
			bidders = append(bidders, m.University())
			bids = append(bids, m.Bid(bidders[i], d, int64(100+i)))
		}
		got := markettest.Must(amends(m, firm, d, describe("白度不低于 96"), "description"))(t)
		want := markettest.Must(amends(m, firm, empty, describe("白度不低于 96"), "description"))(t)
		// Five working days after Monday the 2nd of March end with the 9th.
		if !proto.Equal(blank(got), blank(want)) || !got.GetDeadline().AsTime().Equal(time.Date(2026, 3, 9, 16, 0, 0, 0, time.UTC)) || got.GetAmendTime() == nil {
			t.Errorf("amended: got %v, want as without bids %v", got, want)
		}
		for i, bidder := range bidders {
			if s := bidState(t, m, bidder, bids[i]); s != pb.Bid_NEEDS_CONFIRMATION {
				t.Errorf("bid %d: got %s, want NEEDS_CONFIRMATION", i, s)
			}
			bids[i] = markettest.Must(m.Bids.GetBid(bidder.Ctx(), &pb.GetBidRequest{Name: bids[i].GetName()}))(t)
			markettest.Want(t, markettest.Failed(m.Bids.GetBid(firm.Ctx(), &pb.GetBidRequest{Name: bids[i].GetName()})), codes.NotFound, "BID_NOT_FOUND", "")
		}
		confirm := func(i int) (*pb.Bid, error) {
			return m.Bids.ConfirmBid(bidders[i].Ctx(), &pb.ConfirmBidRequest{RequestId: markettest.ID(), Name: bids[i].GetName(), Etag: bids[i].GetEtag()})
		}
		bids[0] = markettest.Must(confirm(0))(t)
		m.Refuse(t, func() error { return markettest.Failed(confirm(0)) }, codes.FailedPrecondition, "BID_STATE", "")
		bids[1] = markettest.Must(m.Bids.ReplaceBid(bidders[1].Ctx(), &pb.ReplaceBidRequest{RequestId: markettest.ID(), Name: bids[1].GetName(), Etag: bids[1].GetEtag(),
			Amount: markettest.Yuan(99), Proposal: "新方案"}))(t)
		markettest.Must(m.Bids.WithdrawBid(bidders[2].Ctx(), &pb.WithdrawBidRequest{RequestId: markettest.ID(), Name: bids[2].GetName(), Etag: bids[2].GetEtag()}))(t)
		// A later deadline asks nothing new: bids stay as they are.
		got = markettest.Must(amends(m, firm, got, func(d *pb.Demand) { d.Deadline = timestamppb.New(d.GetDeadline().AsTime().Add(time.Hour)) }, "deadline"))(t)
		d = m.Close(firm, got)
		for i, want := range []pb.Bid_State{pb.Bid_OPENED, pb.Bid_OPENED, pb.Bid_WITHDRAWN, pb.Bid_LAPSED} {
			if s := bidState(t, m, bidders[i], bids[i]); s != want {
				t.Errorf("after the deadline, bid %d: got %s, want %s", i, s, want)
			}
		}
		if d.GetState() != pb.Demand_EVALUATING || m.Close(firm, want).GetFailure() != pb.Demand_NO_BIDS {
			t.Errorf("after the deadline: got %s", d.GetState())
		}
		m.Verified()
	})
}

// TestUnconfirmedAlone leaves the only bid unconfirmed: the demand has none.
func TestUnconfirmedAlone(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju := m.Firm(), m.University()
		d := m.Publish(firm, 24*time.Hour)
		b := m.Bid(zju, d, 5)
		d = m.Close(firm, markettest.Must(amends(m, firm, d, func(d *pb.Demand) { d.Budget = nil }, "budget"))(t))
		if s := bidState(t, m, zju, b); d.GetFailure() != pb.Demand_NO_BIDS || s != pb.Bid_LAPSED {
			t.Errorf("got a demand failed for %s and a bid %s", d.GetFailure(), s)
		}
		m.Verified()
	})
}

// TestAmendRefusals has what no amendment does.
func TestAmendRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		d, draft := m.Publish(firm, 24*time.Hour), m.Draft(firm, time.Hour)
		for _, r := range []struct {
			name   string
			d      *pb.Demand
			change func(*pb.Demand)
			fields []string
			code   codes.Code
			reason string
			field  string
		}{
			{"nothing new", d, func(*pb.Demand) {}, []string{"description"}, codes.InvalidArgument, "AMENDMENT_EMPTY", "update_mask"},
			{"the title", d, func(*pb.Demand) {}, []string{"title"}, codes.InvalidArgument, "UPDATE_MASK_INVALID", "update_mask"},
			{"an earlier deadline", d, func(d *pb.Demand) { d.Deadline = timestamppb.New(d.GetDeadline().AsTime().Add(-time.Second)) }, []string{"deadline"}, codes.InvalidArgument,
				"DEADLINE_EARLIER", "demand.deadline"},
			{"a draft", draft, describe("x"), []string{"description"}, codes.FailedPrecondition, "DEMAND_STATE", ""},
			{"weights", d, func(d *pb.Demand) {
				d.Details = &pb.DemandDetails{Criteria: []*pb.Criterion{{Name: "方案", Weight: 99}}}
			}, []string{"details"}, codes.InvalidArgument, "WEIGHTS_SUM", "demand.details.criteria"},
		} {
			t.Run(r.name, func(t *testing.T) {
				m.Refuse(t, func() error { return markettest.Failed(amends(m, firm, r.d, r.change, r.fields...)) }, r.code, r.reason, r.field)
			})
		}
		// At the deadline it is too late, whether or not anybody has acted for it.
		m.Clock.Set(d.GetDeadline().AsTime())
		late := markettest.Failed(amends(m, firm, d, func(d *pb.Demand) { d.Deadline = timestamppb.New(d.GetDeadline().AsTime().Add(time.Hour)) }, "deadline"))
		if reason := rpc.Reason(late); reason != "DEADLINE_PASSED" && reason != "DEMAND_STATE" && reason != "ETAG_STALE" {
			t.Errorf("an extension at the deadline: got %v", late)
		}
		// The year after the calendar's last is asked for data, not guessed.
		m.Clock.Set(time.Date(2026, 12, 28, 4, 0, 0, 0, time.UTC))
		last := m.Publish(firm, 24*time.Hour)
		m.Refuse(t, func() error { return markettest.Failed(amends(m, firm, last, describe("x"), "description")) }, codes.FailedPrecondition, "CALENDAR_YEAR_MISSING", "")
	})
}

// TestVettedAmendment asks the bureau to amend and to cancel: nothing happens before it decides, and then to the bids too.
func TestVettedAmendment(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, firm, zju := m.Office(), m.Firm(), m.University()
		d := o.Publish(firm, "open", 30*24*time.Hour)
		b := m.Bid(zju, d, 5)
		decide := func(d *pb.Demand, as *markettest.Member, grant bool) (*pb.Demand, error) {
			return m.Demands.DecideDemandRequest(as.Ctx(), &pb.DecideDemandRequestRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag(), Grant: grant})
		}
		m.Refuse(t, func() error { return markettest.Failed(decide(d, o.Approver, true)) }, codes.FailedPrecondition, "REQUEST_NONE", "")
		asked := markettest.Must(amends(m, firm, d, describe("白度不低于 96"), "description"))(t)
		if asked.GetDescription() != d.GetDescription() || asked.GetPending().GetDescription() != "白度不低于 96" || bidState(t, m, zju, b) != pb.Bid_SUBMITTED {
			t.Errorf("asked: got %v", asked)
		}
		if got := m.Read(zju, asked); got.GetPending() != nil {
			t.Errorf("for others: got %v, want nothing of what is asked", got.GetPending())
		}
		if got := m.Read(o.Approver, asked); got.GetPending() == nil {
			t.Error("the approver does not read what is asked")
		}
		m.Refuse(t, func() error { return markettest.Failed(amends(m, firm, asked, describe("x"), "description")) }, codes.FailedPrecondition, "REQUEST_PENDING", "")
		m.Refuse(t, func() error { return markettest.Failed(decide(asked, o.Operator, true)) }, codes.PermissionDenied, "ROLE_NOT_ALLOWED", "")
		m.Refuse(t, func() error { return markettest.Failed(decide(asked, firm, true)) }, codes.PermissionDenied, "ROLE_NOT_ALLOWED", "")
		refused := markettest.Must(decide(asked, o.Approver, false))(t)
		if refused.GetDescription() != d.GetDescription() || bidState(t, m, zju, b) != pb.Bid_SUBMITTED {
			t.Errorf("refused: got %v", refused)
		}
		asked = markettest.Must(amends(m, firm, refused, describe("白度不低于 96"), "description"))(t)
		granted := markettest.Must(decide(asked, o.Approver, true))(t)
		if granted.GetDescription() != "白度不低于 96" || granted.GetPending() != nil || !granted.GetDeadline().AsTime().Equal(d.GetDeadline().AsTime()) || bidState(t, m, zju, b) != pb.Bid_NEEDS_CONFIRMATION {
			t.Errorf("granted: got %v", granted)
		}
		cancel := func(d *pb.Demand, reason string) (*pb.Demand, error) {
			return m.Demands.CancelDemand(firm.Ctx(), &pb.CancelDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag(), Reason: reason, Remark: "经费取消"})
		}
		m.Refuse(t, func() error { return markettest.Failed(cancel(granted, "MOOD")) }, codes.InvalidArgument, "REASON_CODE", "reason")
		direct := m.Publish(firm, time.Hour)
		m.Refuse(t, func() error { return markettest.Failed(cancel(direct, "NO_BUDGET")) }, codes.FailedPrecondition, "WITHDRAW_INSTEAD", "")
		asked = markettest.Must(cancel(granted, "NO_BUDGET"))(t)
		ended := markettest.Must(decide(asked, o.Approver, true))(t)
		if ended.GetState() != pb.Demand_CANCELLED || ended.GetReason() != "NO_BUDGET" || ended.GetRemark() != "经费取消" || bidState(t, m, zju, b) != pb.Bid_LAPSED {
			t.Errorf("cancelled: got %v", ended)
		}
		for _, other := range []*markettest.Member{firm, o.Approver} {
			markettest.Want(t, markettest.Failed(m.Bids.GetBid(other.Ctx(), &pb.GetBidRequest{Name: b.GetName()})), codes.NotFound, "BID_NOT_FOUND", "")
		}
		m.Verified()
	})
}

// TestCancelEvaluation cancels a demand whose bids are opened.
func TestCancelEvaluation(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, firm, zju := m.Office(), m.Firm(), m.University()
		d := o.Publish(firm, "open", 20*24*time.Hour)
		b := m.Bid(zju, d, 5)
		d = m.Close(firm, d)
		d = markettest.Must(m.Demands.CancelDemand(firm.Ctx(), &pb.CancelDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag(), Reason: "FORCE_MAJEURE"}))(t)
		d = markettest.Must(m.Demands.DecideDemandRequest(o.Approver.Ctx(), &pb.DecideDemandRequestRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag(), Grant: true}))(t)
		if s := bidState(t, m, zju, b); d.GetState() != pb.Demand_CANCELLED || s != pb.Bid_NOT_SELECTED {
			t.Errorf("got a demand %s and a bid %s", d.GetState(), s)
		}
		m.Verified()
	})
}
