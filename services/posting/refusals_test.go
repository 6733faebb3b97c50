package posting_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// content is a demand with nothing wrong.
func content(m *markettest.Market) *pb.Demand {
	return &pb.Demand{Title: "超细碳酸钙", Description: "白度", Field: pb.TechnologyField_NUCLEAR, Budget: markettest.Yuan(5),
		Deadline: timestamppb.New(m.Clock.Now().Add(time.Hour))}
}

// shapes are the wrong values of a demand's fields.
var shapes = []struct {
	name          string
	spoil         func(*pb.Demand)
	reason, field string
}{
	{"title short", func(d *pb.Demand) { d.Title = "三个字" }, "FIELD_INVALID", "demand.title"},
	{"title long", func(d *pb.Demand) { d.Title = strings.Repeat("字", 101) }, "FIELD_INVALID", "demand.title"},
	{"title with NUL", func(d *pb.Demand) { d.Title = "超细\x00碳酸钙" }, "FIELD_INVALID", "demand.title"},
	{"description long", func(d *pb.Demand) { d.Description = strings.Repeat("字", 20_001) }, "FIELD_INVALID", "demand.description"},
	{"description with NUL", func(d *pb.Demand) { d.Description = "\x00" }, "FIELD_INVALID", "demand.description"},
	{"no field", func(d *pb.Demand) { d.Field = 0 }, "FIELD_INVALID", "demand.field"},
	{"unknown field", func(d *pb.Demand) { d.Field = 99 }, "FIELD_INVALID", "demand.field"},
	{"negative field", func(d *pb.Demand) { d.Field = -1 }, "FIELD_INVALID", "demand.field"},
	{"deadline out of bounds", func(d *pb.Demand) { d.Deadline = &timestamppb.Timestamp{Seconds: math.MaxInt64} }, "FIELD_INVALID", "demand.deadline"},
	{"deadline of negative nanos", func(d *pb.Demand) { d.Deadline = &timestamppb.Timestamp{Nanos: -1} }, "FIELD_INVALID", "demand.deadline"},
	{"budget 0", func(d *pb.Demand) { d.Budget = markettest.Fen(0) }, "AMOUNT_NOT_POSITIVE", "demand.budget"},
	{"budget negative", func(d *pb.Demand) { d.Budget = markettest.Yuan(-1) }, "AMOUNT_NOT_POSITIVE", "demand.budget"},
	{"budget negative fen", func(d *pb.Demand) { d.Budget = &money.Money{CurrencyCode: "CNY", Nanos: -10_000_000} }, "AMOUNT_NOT_POSITIVE", "demand.budget"},
	{"budget 1 fen too large", func(d *pb.Demand) { d.Budget = markettest.Fen(1_000_000_000_000_001) }, "AMOUNT_TOO_LARGE", "demand.budget"},
	{"budget huge", func(d *pb.Demand) { d.Budget = &money.Money{CurrencyCode: "CNY", Units: math.MaxInt64} }, "AMOUNT_TOO_LARGE", "demand.budget"},
	{"budget smallest", func(d *pb.Demand) { d.Budget = &money.Money{CurrencyCode: "CNY", Units: math.MinInt64} }, "AMOUNT_NOT_POSITIVE", "demand.budget"},
	{"budget of half a fen", func(d *pb.Demand) { d.Budget = &money.Money{CurrencyCode: "CNY", Units: 1, Nanos: 5_000_000} }, "AMOUNT_FRACTION", "demand.budget"},
	{"budget of a billionth", func(d *pb.Demand) { d.Budget = &money.Money{CurrencyCode: "CNY", Nanos: 1} }, "AMOUNT_FRACTION", "demand.budget"},
	{"budget of too many nanos", func(d *pb.Demand) { d.Budget = &money.Money{CurrencyCode: "CNY", Nanos: 1_000_000_000} }, "AMOUNT_TOO_LARGE", "demand.budget"},
	{"budget in dollars", func(d *pb.Demand) { d.Budget = &money.Money{CurrencyCode: "USD", Units: 1} }, "AMOUNT_CURRENCY", "demand.budget"},
	{"budget in nothing", func(d *pb.Demand) { d.Budget = &money.Money{Units: 1} }, "AMOUNT_CURRENCY", "demand.budget"},
}

// TestShapes spoils each field of a demand, in its draft and in a change of the draft.
func TestShapes(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		draft := m.Draft(firm, time.Hour)
		var refusals []refusal
		for _, s := range shapes {
			create := content(m)
			s.spoil(create)
			change := proto.CloneOf(create)
			change.Name, change.Etag = draft.GetName(), draft.GetEtag()
			refusals = append(refusals, refusal{"create: " + s.name, func() error {
				return markettest.Failed(m.Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: create}))
			}, codes.InvalidArgument, s.reason, s.field}, refusal{"update: " + s.name, func() error {
				return markettest.Failed(m.Demands.UpdateDemand(firm.Ctx(), &pb.UpdateDemandRequest{RequestId: markettest.ID(), Demand: change}))
			}, codes.InvalidArgument, s.reason, s.field})
		}
		refuse(t, m, refusals)
	})
}

// TestCreateRefusals has the refusals of CreateDemand that are no shapes.
func TestCreateRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		create := func(o *markettest.Member, spoil func(*pb.Demand)) func() error {
			d := content(m)
			spoil(d)
			return func() error {
				return markettest.Failed(m.Demands.CreateDemand(o.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: d}))
			}
		}
		none, firm := func(*pb.Demand) {}, m.Firm()
		refuse(t, m, []refusal{
			{"no demand", func() error {
				return markettest.Failed(m.Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID()}))
			}, codes.InvalidArgument, "FIELD_INVALID", "demand"},
			{"jurisdiction of five digits", create(firm, func(d *pb.Demand) { d.Jurisdiction = "33018" }), codes.InvalidArgument, "FIELD_INVALID", "demand.jurisdiction"},
			{"unknown jurisdiction", create(firm, func(d *pb.Demand) { d.Jurisdiction = "999999" }), codes.NotFound, "JURISDICTION_NOT_FOUND", ""},
			{"university", create(m.University(), none), codes.FailedPrecondition, "POSTER_KIND", ""},
			{"institute", create(m.Join(pb.Organization_INSTITUTE), none), codes.FailedPrecondition, "POSTER_KIND", ""},
			{"broker", create(m.Join(pb.Organization_BROKER), none), codes.FailedPrecondition, "POSTER_KIND", ""},
			{"bureau", create(m.Bureau, none), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"anonymous", func() error {
				return markettest.Failed(m.Demands.CreateDemand(t.Context(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: content(m)}))
			}, codes.Unauthenticated, "TOKEN_MISSING", ""},
		})
	})
}

// names are names that are none of a demand that the caller may know of, and what is said of them.
func names(draftOfAnother *pb.Demand) []struct {
	name, reason, field string
	code                codes.Code
} {
	return []struct {
		name, reason, field string
		code                codes.Code
	}{
		{"", "FIELD_INVALID", "name", codes.InvalidArgument},
		{"demands/", "FIELD_INVALID", "name", codes.InvalidArgument},
		{"demands/a/b", "FIELD_INVALID", "name", codes.InvalidArgument},
		{"contracts/c330182-0000000000000000", "FIELD_INVALID", "name", codes.InvalidArgument},
		{"demands/x", "DEMAND_NOT_FOUND", "", codes.NotFound},
		{"demands/-", "DEMAND_NOT_FOUND", "", codes.NotFound},
		{"demands/d330182-0000000000000000", "DEMAND_NOT_FOUND", "", codes.NotFound},
		{"demands/d330182-00000000000'--00", "DEMAND_NOT_FOUND", "", codes.NotFound},
		{draftOfAnother.GetName(), "DEMAND_NOT_FOUND", "", codes.NotFound},
	}
}

// in is where a method has a field of the demand: in an update it is part of the demand.
func in(method, field string) string {
	if method == "update" && field != "" {
		return "demand." + field
	}
	return field
}

// TestNames calls every method that takes the name of a demand with names of none.
func TestNames(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		ctx := firm.Ctx()
		methods := map[string]func(name string) error{
			"get": func(n string) error {
				return markettest.Failed(m.Demands.GetDemand(ctx, &pb.GetDemandRequest{Name: n}))
			},
			"publish": func(n string) error {
				return markettest.Failed(m.Demands.PublishDemand(ctx, &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: n, Etag: "1"}))
			},
			"withdraw": func(n string) error {
				return markettest.Failed(m.Demands.WithdrawDemand(ctx, &pb.WithdrawDemandRequest{RequestId: markettest.ID(), Name: n, Etag: "1"}))
			},
			"reject": func(n string) error {
				return markettest.Failed(m.Demands.RejectBids(ctx, &pb.RejectBidsRequest{RequestId: markettest.ID(), Name: n, Etag: "1"}))
			},
			"update": func(n string) error {
				d := content(m)
				d.Name, d.Etag = n, "1"
				return markettest.Failed(m.Demands.UpdateDemand(ctx, &pb.UpdateDemandRequest{RequestId: markettest.ID(), Demand: d}))
			},
			"award": func(n string) error {
				return markettest.Failed(m.Demands.AwardDemand(ctx, &pb.AwardDemandRequest{RequestId: markettest.ID(), Name: n, Bid: n + "/bids/b330182-0000000000000000", Etag: "1"}))
			},
		}
		var refusals []refusal
		for method, call := range methods {
			for _, n := range names(m.Draft(m.Firm(), time.Hour)) {
				refusals = append(refusals, refusal{method + " " + n.name, func() error { return call(n.name) }, n.code, n.reason, in(method, n.field)})
			}
			if method != "get" {
				refusals = append(refusals, refusal{method + " in no jurisdiction", func() error { return call("demands/d999999-0000000000000000") },
					codes.NotFound, "JURISDICTION_NOT_FOUND", ""})
			}
			refusals = append(refusals, refusal{method + " NUL", func() error { return call("demands/d330182-\x00000000000000000") },
				codes.InvalidArgument, "FIELD_INVALID", in(method, "name")})
		}
		refuse(t, m, refusals)
	})
}

// TestMask names fields that a change of a draft may not name.
func TestMask(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		d := m.Draft(firm, time.Hour)
		var refusals []refusal
		for _, path := range []string{"state", "number", "organization", "jurisdiction", "winning_bid", "nothing", "*", "", "budget.units", "Title"} {
			refusals = append(refusals, refusal{path, func() error {
				return markettest.Failed(m.Demands.UpdateDemand(firm.Ctx(), &pb.UpdateDemandRequest{RequestId: markettest.ID(), Demand: d,
					UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"title", path}}}))
			}, codes.InvalidArgument, "UPDATE_MASK_INVALID", "update_mask"})
		}
		refuse(t, m, refusals)
	})
}
