package posting_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// change is a change of a demand that is there.
type change struct {
	name  string
	call  func(o *markettest.Member, etag string) error
	field string // where the request has the etag
}

// changes are the changes of a demand; award gives it to the bid.
func changes(m *markettest.Market, d *pb.Demand, bid string) []change {
	return []change{
		{"update", func(o *markettest.Member, etag string) error {
			d := proto.CloneOf(d)
			d.Etag = etag
			return markettest.Failed(m.Demands.UpdateDemand(o.Ctx(), &pb.UpdateDemandRequest{RequestId: markettest.ID(), Demand: d, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"title"}}}))
		}, "demand.etag"},
		{"publish", func(o *markettest.Member, etag string) error {
			return markettest.Failed(m.Demands.PublishDemand(o.Ctx(), &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: etag}))
		}, "etag"},
		{"withdraw", func(o *markettest.Member, etag string) error {
			return markettest.Failed(m.Demands.WithdrawDemand(o.Ctx(), &pb.WithdrawDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: etag}))
		}, "etag"},
		{"award", func(o *markettest.Member, etag string) error {
			return markettest.Failed(m.Demands.AwardDemand(o.Ctx(), &pb.AwardDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Bid: bid, Etag: etag}))
		}, "etag"},
		{"reject", func(o *markettest.Member, etag string) error {
			return markettest.Failed(m.Demands.RejectBids(o.Ctx(), &pb.RejectBidsRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: etag}))
		}, "etag"},
	}
}

// TestEtags changes a demand without an etag, with an old one and with nonsense.
func TestEtags(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		d := m.Publish(firm, time.Hour)
		var refusals []refusal
		for _, c := range changes(m, d, d.GetName()+"/bids/b330182-0000000000000000") {
			refusals = append(refusals, refusal{c.name + " without", func() error { return c.call(firm, "") }, codes.InvalidArgument, "ETAG_REQUIRED", c.field})
			for _, etag := range []string{"1", "3", "02", "+2", " 2", "2 ", "W/2", "nonsense", "\x01"} {
				refusals = append(refusals, refusal{c.name + " " + etag, func() error { return c.call(firm, etag) }, codes.Aborted, "ETAG_STALE", c.field})
			}
		}
		refuse(t, m, refusals)
	})
}

// TestForeign lets others change a demand: who may read it is told that it is another's, who may not is told that there is none.
func TestForeign(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, other := m.Firm(), m.Firm()
		draft, published := m.Draft(firm, time.Hour), m.Publish(firm, time.Hour)
		editor := m.Token(firm.Name, pb.Role_EDITOR)
		var refusals []refusal
		for _, c := range changes(m, published, published.GetName()+"/bids/b330182-0000000000000000") {
			refusals = append(refusals,
				refusal{c.name + " another's", func() error { return c.call(other, "2") }, codes.PermissionDenied, "DEMAND_FOREIGN", ""},
				refusal{c.name + " another's with an old etag", func() error { return c.call(other, "1") }, codes.PermissionDenied, "DEMAND_FOREIGN", ""},
				refusal{c.name + " by the bureau", func() error { return c.call(m.Bureau, "2") }, codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""})
			if c.name == "publish" { // which an operator does where the procedure says so, and not to what is published
				refusals[len(refusals)-1].code, refusals[len(refusals)-1].reason = codes.FailedPrecondition, "DEMAND_STATE"
			}
			if c.name != "update" {
				refusals = append(refusals, refusal{c.name + " by an editor", func() error { return c.call(editor, "2") }, codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""})
			}
		}
		for _, c := range changes(m, draft, draft.GetName()+"/bids/b330182-0000000000000000") {
			refusals = append(refusals, refusal{c.name + " another's draft", func() error { return c.call(other, "1") }, codes.NotFound, "DEMAND_NOT_FOUND", ""})
		}
		refuse(t, m, refusals)
	})
}

// walk brings a demand into each of its states in turn and calls look in each.
func walk(t *testing.T, m *markettest.Market, look func(firm *markettest.Member, d *pb.Demand, bid string)) {
	t.Helper()
	firm, zju := m.Firm(), m.University()
	see := func(d *pb.Demand, want pb.Demand_State) *pb.Demand {
		t.Helper()
		d = markettest.Must(m.Demands.GetDemand(firm.Ctx(), &pb.GetDemandRequest{Name: d.GetName()}))(t)
		if d.GetState() != want {
			t.Fatalf("got %s, want %s", d.GetState(), want)
		}
		look(firm, d, d.GetName()+"/bids/b330182-0000000000000000")
		return d
	}
	see(m.Draft(firm, time.Hour), pb.Demand_DRAFT)
	d := see(m.Publish(firm, time.Hour), pb.Demand_PUBLISHED)
	see(markettest.Must(m.Demands.WithdrawDemand(firm.Ctx(), &pb.WithdrawDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}))(t), pb.Demand_WITHDRAWN)
	see(m.Close(firm, m.Publish(firm, time.Minute)), pb.Demand_FAILED)
	d = m.Publish(firm, time.Hour)
	b := m.Bid(zju, d, 5)
	d = see(m.Close(firm, d), pb.Demand_EVALUATING)
	d = see(m.Award(firm, d, b), pb.Demand_AWARDED)
	k := m.Contract(firm, d)
	k = m.Sign(zju, m.Sign(firm, k))
	d = see(d, pb.Demand_CONTRACTED)
	for _, o := range []*markettest.Member{firm, zju} {
		k = markettest.Must(m.Contracts.CompleteContract(o.Ctx(), &pb.CompleteContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), AmountPaid: markettest.Yuan(0)}))(t)
	}
	see(d, pb.Demand_FULFILLED)
}

// allowed are the changes that a state allows; every other is refused. Awarding fails there only because the bid is not known.
var allowed = map[pb.Demand_State]map[string]string{
	pb.Demand_DRAFT:      {"update": "", "publish": ""},
	pb.Demand_PUBLISHED:  {"withdraw": ""},
	pb.Demand_EVALUATING: {"award": "BID_NOT_FOUND", "reject": ""},
}

// TestStates tries every change in every state.
func TestStates(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		walk(t, m, func(firm *markettest.Member, d *pb.Demand, bid string) {
			var refusals []refusal
			for _, c := range changes(m, d, bid) {
				if reason, ok := allowed[d.GetState()][c.name]; ok && reason == "" {
					continue
				} else if ok {
					refusals = append(refusals, refusal{d.GetState().String() + " " + c.name, func() error { return c.call(firm, d.GetEtag()) }, codes.NotFound, reason, "bid"})
					continue
				}
				reason := "DEMAND_STATE"
				if c.name == "update" {
					reason = "DEMAND_NOT_DRAFT"
				}
				refusals = append(refusals, refusal{d.GetState().String() + " " + c.name, func() error { return c.call(firm, d.GetEtag()) }, codes.FailedPrecondition, reason, ""})
			}
			refuse(t, m, refusals)
		})
	})
}

// TestPublishDeadlines publishes drafts whose deadline is wrong by one microsecond, and at the edges.
func TestPublishDeadlines(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, now := m.Firm(), m.Clock.Now()
		publish := func(deadline *timestamppb.Timestamp) func() error {
			c := content(m)
			c.Deadline = deadline
			d := markettest.Must(m.Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: c}))(t)
			return func() error {
				return markettest.Failed(m.Demands.PublishDemand(firm.Ctx(), &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}))
			}
		}
		const longest = 2 * 366 * 24 * time.Hour
		refuse(t, m, []refusal{
			{"none", publish(nil), codes.InvalidArgument, "DEADLINE_MISSING", "deadline"},
			{"now", publish(timestamppb.New(now)), codes.InvalidArgument, "DEADLINE_PAST", "deadline"},
			{"now and less than a microsecond", publish(timestamppb.New(now.Add(999 * time.Nanosecond))), codes.InvalidArgument, "DEADLINE_PAST", "deadline"},
			{"past", publish(timestamppb.New(now.Add(-time.Microsecond))), codes.InvalidArgument, "DEADLINE_PAST", "deadline"},
			{"long past", publish(timestamppb.New(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC))), codes.InvalidArgument, "DEADLINE_PAST", "deadline"},
			{"too far", publish(timestamppb.New(now.Add(longest + time.Microsecond))), codes.InvalidArgument, "DEADLINE_TOO_FAR", "deadline"},
			{"at the end of time", publish(timestamppb.New(time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC))), codes.InvalidArgument, "DEADLINE_TOO_FAR", "deadline"},
		})
		for _, deadline := range []time.Time{now.Add(time.Microsecond), now.Add(longest)} {
			if err := publish(timestamppb.New(deadline))(); err != nil {
				t.Errorf("deadline %v: got %v, want success", deadline, err)
			}
		}
	})
}
