package vetting_test

import (
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/posting/demand"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// event is an event as a caller asks for it, without doing it.
type event struct {
	event demand.Event
	ask   func(d *pb.Demand) error
}

// events are the events of demands of vetted procedures that are asked for.
func events(m *markettest.Market, o *markettest.Office, firm *markettest.Member) []event {
	id := markettest.ID
	return []event{
		{demand.Submit, func(d *pb.Demand) error {
			return markettest.Failed(m.Vettings.SubmitDemand(firm.Ctx(), &pb.SubmitDemandRequest{RequestId: id(), ValidateOnly: true, Name: d.GetName(), Etag: d.GetEtag()}))
		}},
		{demand.Vet, func(d *pb.Demand) error {
			return markettest.Failed(m.Vettings.StartVetting(o.Operator.Ctx(), &pb.StartVettingRequest{RequestId: id(), ValidateOnly: true, Name: d.GetName(), Etag: d.GetEtag()}))
		}},
		{demand.Return, func(d *pb.Demand) error {
			return markettest.Failed(m.Vettings.ReturnDemand(o.Operator.Ctx(), &pb.ReturnDemandRequest{RequestId: id(), ValidateOnly: true, Name: d.GetName(), Etag: d.GetEtag(),
				Comments: []*pb.FieldComment{{Field: "title", Text: "请写明对象"}}}))
		}},
		{demand.Approve, func(d *pb.Demand) error {
			return markettest.Failed(m.Vettings.ApproveDemand(o.Approver.Ctx(), &pb.ApproveDemandRequest{RequestId: id(), ValidateOnly: true, Name: d.GetName(), Etag: d.GetEtag()}))
		}},
		{demand.TurnDown, func(d *pb.Demand) error {
			return markettest.Failed(m.Vettings.TurnDownDemand(o.Approver.Ctx(), &pb.TurnDownDemandRequest{RequestId: id(), ValidateOnly: true, Name: d.GetName(), Etag: d.GetEtag(),
				Reason: "SOLVED"}))
		}},
		{demand.Publish, func(d *pb.Demand) error {
			return markettest.Failed(m.Demands.PublishDemand(o.Operator.Ctx(), &pb.PublishDemandRequest{RequestId: id(), ValidateOnly: true, Name: d.GetName(), Etag: d.GetEtag()}))
		}},
		{demand.Amend, func(d *pb.Demand) error {
			d = proto.CloneOf(d)
			d.Description += "。"
			return markettest.Failed(m.Demands.AmendDemand(firm.Ctx(), &pb.AmendDemandRequest{RequestId: id(), ValidateOnly: true, Demand: d,
				UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"description"}}}))
		}},
		{demand.Confirm, func(d *pb.Demand) error {
			return markettest.Failed(m.Demands.ConfirmDemand(firm.Ctx(), &pb.ConfirmDemandRequest{RequestId: id(), ValidateOnly: true, Name: d.GetName(), Etag: d.GetEtag()}))
		}},
		{demand.Withdraw, func(d *pb.Demand) error {
			return markettest.Failed(m.Demands.WithdrawDemand(firm.Ctx(), &pb.WithdrawDemandRequest{RequestId: id(), ValidateOnly: true, Name: d.GetName(), Etag: d.GetEtag()}))
		}},
		{demand.Cancel, func(d *pb.Demand) error {
			return markettest.Failed(m.Demands.CancelDemand(firm.Ctx(), &pb.CancelDemandRequest{RequestId: id(), ValidateOnly: true, Name: d.GetName(), Etag: d.GetEtag(), Reason: "NO_BUDGET"}))
		}},
		{demand.Award, func(d *pb.Demand) error {
			return markettest.Failed(m.Demands.AwardDemand(firm.Ctx(), &pb.AwardDemandRequest{RequestId: id(), ValidateOnly: true, Name: d.GetName(), Etag: d.GetEtag(),
				Bid: d.GetName() + "/bids/b330182-0000000000000000"}))
		}},
	}
}

// guards are what else than the state refuses a listed pair: a vetted demand is neither published at once nor withdrawn, and its firm does not decide on the bids.
var guards = map[demand.State]map[demand.Event]string{
	demand.Published: {demand.Withdraw: "CANCEL_INSTEAD"}, demand.Stale: {demand.Withdraw: "CANCEL_INSTEAD"},
	demand.Evaluating: {demand.Award: "DEMAND_JUDGED", demand.Reject: "DEMAND_JUDGED"},
}

// TestPairs tries every pair of a state that a vetted demand comes to and an event that somebody asks for: what the machine lists is allowed, and nothing else.
func TestPairs(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, firm, zju := m.Office(), m.Firm(), m.University()
		p := &pairs{t: t, m: m, o: o, firm: firm}
		p.walk(zju)
		if p.tried < 110 {
			t.Errorf("tried %d pairs", p.tried)
		}
		m.Verified()
	})
}

// pairs tries events.
type pairs struct {
	t     *testing.T
	m     *markettest.Market
	o     *markettest.Office
	firm  *markettest.Member
	tried int
}

// try tries every event on a demand that is in a state.
func (p *pairs) try(d *pb.Demand, want demand.State) *pb.Demand {
	p.t.Helper()
	d = p.m.Read(p.firm, d)
	if s := rpc.Stored[demand.State](d.GetState()); s != want {
		p.t.Fatalf("got a demand in state %s, want %s", s, want)
	}
	before := markettest.Sizes(p.t, p.m)
	for _, e := range events(p.m, p.o, p.firm) {
		event := e.event
		if event == demand.Confirm && want == demand.Stale {
			event = demand.Revive
		}
		reason := "DEMAND_STATE"
		if _, err := want.Next(event); err == nil {
			reason = guards[want][event]
		}
		if want == demand.Draft && slices.Contains(officers, event) {
			reason = "DEMAND_NOT_FOUND" // officers know nothing of a draft
		}
		p.tried++
		if err := e.ask(d); rpc.Reason(err) != reason || reason == "" && err != nil {
			p.t.Errorf("%s in state %s: got %v, want %q", event, want, status.Convert(err), reason)
		}
	}
	if got := markettest.Sizes(p.t, p.m); got != before {
		p.t.Errorf("only asking in state %s: the ledgers grew from %v to %v", want, before, got)
	}
	return d
}

// officers are the events that officers ask for.
var officers = []demand.Event{demand.Vet, demand.Return, demand.Approve, demand.TurnDown, demand.Publish}

// walk takes demands into every state that a vetted one comes to.
func (p *pairs) walk(zju *markettest.Member) {
	t, m, o, firm := p.t, p.m, p.o, p.firm
	t.Helper()
	draft := func() *pb.Demand { return m.DraftDetailed(firm, "open", month) }
	d := p.try(draft(), demand.Draft)
	d = p.try(o.Submit(firm, d), demand.Submitted)
	d = o.Start(d)
	o.Opine(d)
	d = p.try(d, demand.Vetting)
	d = p.try(o.Approve(d), demand.Approved)
	returned := o.Submit(firm, draft())
	p.try(markettest.Must(m.Vettings.ReturnDemand(o.Operator.Ctx(), &pb.ReturnDemandRequest{RequestId: markettest.ID(), Name: returned.GetName(), Etag: returned.GetEtag(),
		Comments: []*pb.FieldComment{{Field: "title", Text: "请写明对象"}}}))(t), demand.Returned)
	rejected := o.Start(o.Submit(firm, draft()))
	p.try(markettest.Must(m.Vettings.TurnDownDemand(o.Approver.Ctx(), &pb.TurnDownDemandRequest{RequestId: markettest.ID(), Name: rejected.GetName(), Etag: rejected.GetEtag(),
		Reason: "SOLVED"}))(t), demand.Rejected)
	d = markettest.Must(m.Demands.PublishDemand(o.Operator.Ctx(), &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}))(t)
	p.try(d, demand.Published)
	cancelled := o.Publish(firm, "open", month)
	cancelled = markettest.Must(m.Demands.CancelDemand(firm.Ctx(), &pb.CancelDemandRequest{RequestId: markettest.ID(), Name: cancelled.GetName(), Etag: cancelled.GetEtag(),
		Reason: "NO_BUDGET"}))(t)
	p.try(markettest.Must(m.Demands.DecideDemandRequest(o.Approver.Ctx(), &pb.DecideDemandRequestRequest{RequestId: markettest.ID(), Name: cancelled.GetName(),
		Etag: cancelled.GetEtag(), Grant: true}))(t), demand.Cancelled)
	long := o.Publish(firm, "open", 6*month)
	m.Bid(zju, d, 5)
	m.Clock.Set(d.GetDeadline().AsTime())
	m.Settle()
	p.try(d, demand.Evaluating)
	m.Clock.Advance(time.Hour)
	m.Settle()
	p.try(long, demand.Stale)
	m.Clock.Advance(month)
	m.Settle()
	if long = p.try(long, demand.Failed); long.GetFailure() != pb.Demand_ABANDONED {
		t.Errorf("got %v, want it abandoned", long.GetFailure())
	}
}
