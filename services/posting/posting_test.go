// Package posting_test tests posting as its callers use it: over gRPC, on each database.
package posting_test

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestDraft drafts a demand, reads it, and finds in it what was written and what the platform adds.
func TestDraft(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		before := markettest.Sizes(t, m)
		deadline := timestamppb.New(m.Clock.Now().Add(time.Hour + 1500*time.Nanosecond))
		d := markettest.Must(m.Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{
			Title: "超细碳酸钙", Description: "白度\n不低于 95", Field: pb.TechnologyField_NUCLEAR, Budget: markettest.Fen(1), Deadline: deadline,
			Name: "demands/mine", Number: "XQ-1", State: pb.Demand_FULFILLED, Organization: m.Bureau.Name, Etag: "77"}}))(t)
		want := &pb.Demand{Name: d.GetName(), Title: "超细碳酸钙", Description: "白度\n不低于 95", Field: pb.TechnologyField_NUCLEAR, Budget: markettest.Fen(1),
			Deadline: timestamppb.New(m.Clock.Now().Add(time.Hour + time.Microsecond)), State: pb.Demand_DRAFT, Organization: firm.Name, Procedure: "direct/1", Attempt: 1,
			Jurisdiction: markettest.Jurisdiction, Etag: "1", CreateTime: timestamppb.New(m.Clock.Now()), UpdateTime: timestamppb.New(m.Clock.Now()),
			Receipt: &pb.Receipt{Jurisdiction: markettest.Jurisdiction, Sequence: before[0], EntryHash: d.GetReceipt().GetEntryHash()}}
		if !proto.Equal(d, want) {
			t.Errorf("got %v, want %v", d, want)
		}
		if got := markettest.Must(m.Demands.GetDemand(firm.Ctx(), &pb.GetDemandRequest{Name: d.GetName()}))(t); !proto.Equal(got, d) {
			t.Errorf("read: got %v, want %v", got, d)
		}
		if got := markettest.Sizes(t, m); got != [2]int64{before[0] + 1, before[1]} {
			t.Errorf("got ledgers of %v entries, want one more than %v", got, before)
		}
	})
}

// TestDraftElsewhere drafts a demand in another jurisdiction than the firm's: its ledger is the other's.
func TestDraftElsewhere(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		before := markettest.Sizes(t, m)
		d := markettest.Must(m.Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{
			Title: "超细碳酸钙", Field: pb.TechnologyField_NUCLEAR, Jurisdiction: markettest.Other}}))(t)
		if d.GetJurisdiction() != markettest.Other || d.GetReceipt().GetJurisdiction() != markettest.Other || d.GetBudget() != nil || d.GetDeadline() != nil {
			t.Errorf("got %v, want a demand of %s without budget and deadline", d, markettest.Other)
		}
		if got := markettest.Sizes(t, m); got != [2]int64{before[0], before[1] + 1} {
			t.Errorf("got ledgers of %v entries, want one more than %v in the second", got, before)
		}
	})
}

// edits are changes of a draft: each mask, what the request says, and what must come of it.
var edits = []struct {
	name string
	mask []string
	say  func(*pb.Demand)
	want func(*pb.Demand)
}{
	{"title alone", []string{"title"}, func(d *pb.Demand) { d.Title, d.Description, d.Field = "另一标题", "不改", 0 }, func(d *pb.Demand) { d.Title = "另一标题" }},
	{"no budget", []string{"budget"}, func(d *pb.Demand) { d.Budget = nil }, func(d *pb.Demand) { d.Budget = nil }},
	{"no deadline", []string{"deadline"}, func(d *pb.Demand) { d.Deadline = nil }, func(d *pb.Demand) { d.Deadline = nil }},
	{"no description", []string{"description"}, func(d *pb.Demand) { d.Description = "" }, func(d *pb.Demand) { d.Description = "" }},
	{"all", nil, func(d *pb.Demand) {
		d.Title, d.Description, d.Field, d.Budget = "第三个标题", "新的", pb.TechnologyField_AGRICULTURE, markettest.Yuan(7)
	}, func(d *pb.Demand) {
		d.Title, d.Description, d.Field, d.Budget, d.Deadline = "第三个标题", "新的", pb.TechnologyField_AGRICULTURE, markettest.Yuan(7), nil
	}},
	{"what the mask leaves out is not read", []string{"field"}, func(d *pb.Demand) {
		d.Title, d.Field, d.Budget = "", pb.TechnologyField_TRANSPORT, markettest.Yuan(-1)
	}, func(d *pb.Demand) { d.Field = pb.TechnologyField_TRANSPORT }},
}

// TestEdit changes a draft by each mask.
func TestEdit(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		d := m.Draft(firm, time.Hour)
		for _, e := range edits {
			t.Run(e.name, func(t *testing.T) {
				m.Clock.Advance(time.Second)
				said, want := proto.CloneOf(d), proto.CloneOf(d)
				e.say(said)
				e.want(want)
				req := &pb.UpdateDemandRequest{RequestId: markettest.ID(), Demand: said}
				if e.mask != nil {
					req.UpdateMask = &fieldmaskpb.FieldMask{Paths: e.mask}
				}
				got := markettest.Must(m.Demands.UpdateDemand(firm.Ctx(), req))(t)
				want.UpdateTime, want.Receipt, want.Etag = timestamppb.New(m.Clock.Now()), got.GetReceipt(), got.GetEtag()
				if !proto.Equal(got, want) || got.GetEtag() == d.GetEtag() {
					t.Errorf("got %v, want %v", got, want)
				}
				d = got
			})
		}
	})
}

// TestNumbers publishes demands around the turn of the year: the numbers have no gaps, begin anew with the year of China Standard Time, and
// each jurisdiction counts by itself.
func TestNumbers(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		m.Clock.Set(time.Date(2026, 12, 31, 15, 59, 59, 999_999_000, time.UTC))
		publish := func(want string) {
			t.Helper()
			d := m.Publish(firm, time.Hour)
			if d.GetNumber() != want || !d.GetPublishTime().AsTime().Equal(m.Clock.Now()) {
				t.Errorf("got %s of %v, want %s of %v", d.GetNumber(), d.GetPublishTime().AsTime(), want, m.Clock.Now())
			}
		}
		publish("XQ-330182-2026-0001")
		publish("XQ-330182-2026-0002")
		m.Clock.Advance(time.Microsecond)
		publish("XQ-330182-2027-0001")
		other := markettest.Must(m.Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{Title: "超细碳酸钙",
			Field: pb.TechnologyField_NUCLEAR, Jurisdiction: markettest.Other, Deadline: timestamppb.New(m.Clock.Now().Add(time.Hour))}}))(t)
		other = markettest.Must(m.Demands.PublishDemand(firm.Ctx(), &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: other.GetName(), Etag: other.GetEtag()}))(t)
		if other.GetNumber() != "XQ-330127-2027-0001" {
			t.Errorf("got %s, want XQ-330127-2027-0001", other.GetNumber())
		}
	})
}

// TestFixed looks whether what is published stays as it was drafted.
func TestFixed(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		draft := m.Draft(firm, time.Hour)
		got := markettest.Must(m.Demands.PublishDemand(firm.Ctx(), &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: draft.GetName(), Etag: draft.GetEtag()}))(t)
		want := proto.CloneOf(draft)
		want.State, want.Number, want.PublishTime = pb.Demand_PUBLISHED, "XQ-330182-2026-0001", timestamppb.New(m.Clock.Now())
		want.Etag, want.Receipt = got.GetEtag(), got.GetReceipt()
		if !proto.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		withdrawn := markettest.Must(m.Demands.WithdrawDemand(firm.Ctx(), &pb.WithdrawDemandRequest{RequestId: markettest.ID(), Name: got.GetName(), Etag: got.GetEtag()}))(t)
		if withdrawn.GetState() != pb.Demand_WITHDRAWN || withdrawn.GetNumber() != want.GetNumber() {
			t.Errorf("got %v, want it withdrawn under its number", withdrawn)
		}
		m.Clock.Advance(2 * time.Hour)
		m.Settle()
		if again := markettest.Must(m.Demands.GetDemand(t.Context(), &pb.GetDemandRequest{Name: got.GetName()}))(t); !proto.Equal(again, withdrawn) {
			t.Errorf("after its deadline: got %v, want %v", again, withdrawn)
		}
	})
}
