package contracting_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// shape is a wrong value of a contract's field.
type shape struct {
	name          string
	spoil         func(*pb.Contract)
	reason, field string
}

// shapes are the wrong values that every contract is refused with.
var shapes = []shape{
	{"title short", func(k *pb.Contract) { k.Title = "三个字" }, "FIELD_INVALID", "contract.title"},
	{"title long", func(k *pb.Contract) { k.Title = strings.Repeat("字", 101) }, "FIELD_INVALID", "contract.title"},
	{"title with NUL", func(k *pb.Contract) { k.Title = "技术\x00合同" }, "FIELD_INVALID", "contract.title"},
	{"no class", func(k *pb.Contract) { k.Class = 0 }, "FIELD_INVALID", "contract.class"},
	{"unknown class", func(k *pb.Contract) { k.Class = 6 }, "FIELD_INVALID", "contract.class"},
	{"unknown field", func(k *pb.Contract) { k.Field = 12 }, "FIELD_INVALID", "contract.field"},
	{"total 0", func(k *pb.Contract) { k.Total = markettest.Fen(0) }, "AMOUNT_NOT_POSITIVE", "contract.total"},
	{"total negative", func(k *pb.Contract) { k.Total = markettest.Yuan(-1) }, "AMOUNT_NOT_POSITIVE", "contract.total"},
	{"total 1 fen too large", func(k *pb.Contract) { k.Total = markettest.Fen(1_000_000_000_000_001) }, "AMOUNT_TOO_LARGE", "contract.total"},
	{"total huge", func(k *pb.Contract) { k.Total = &money.Money{CurrencyCode: "CNY", Units: math.MaxInt64} }, "AMOUNT_TOO_LARGE", "contract.total"},
	{"total of half a fen", func(k *pb.Contract) { k.Total = &money.Money{CurrencyCode: "CNY", Units: 1, Nanos: 5_000_000} }, "AMOUNT_FRACTION", "contract.total"},
	{"total in dollars", func(k *pb.Contract) { k.Total = &money.Money{CurrencyCode: "USD", Units: 1} }, "AMOUNT_CURRENCY", "contract.total"},
	{"digest short", func(k *pb.Contract) { k.TextDigest = make([]byte, 31) }, "DIGEST_MISSING", "contract.text_digest"},
	{"digest long", func(k *pb.Contract) { k.TextDigest = make([]byte, 33) }, "DIGEST_MISSING", "contract.text_digest"},
	{"broker's name", func(k *pb.Contract) { k.Broker = "broker" }, "FIELD_INVALID", "contract.broker"},
}

// recordShapes are those that a recorded contract is refused with besides.
var recordShapes = []shape{
	{"unknown channel", func(k *pb.Contract) { k.Channel = 3 }, "FIELD_INVALID", "contract.channel"},
	{"no channel", func(k *pb.Contract) { k.Channel = 0 }, "CONTRACT_CHANNEL", "contract.channel"},
	{"jiebang", func(k *pb.Contract) { k.Channel = pb.Channel_JIEBANG }, "CONTRACT_CHANNEL", "contract.channel"},
	{"no buyer", func(k *pb.Contract) { k.Buyer = "" }, "FIELD_INVALID", "contract.buyer"},
	{"no seller", func(k *pb.Contract) { k.Seller = "tokens/x" }, "FIELD_INVALID", "contract.seller"},
	{"one party", func(k *pb.Contract) { k.Seller = k.GetBuyer() }, "PARTIES_SAME", "contract.seller"},
	{"no field", func(k *pb.Contract) { k.Field = 0 }, "FIELD_INVALID", "contract.field"},
	{"no total", func(k *pb.Contract) { k.Total = nil }, "FIELD_INVALID", "contract.total"},
	{"no digest", func(k *pb.Contract) { k.TextDigest = nil }, "DIGEST_MISSING", "contract.text_digest"},
	{"no sign date", func(k *pb.Contract) { k.SignDate = nil }, "SIGN_DATE_MISSING", "contract.sign_date"},
	{"sign date tomorrow", func(k *pb.Contract) { k.SignDate = &date.Date{Year: 2026, Month: 3, Day: 3} }, "SIGN_DATE_FUTURE", "contract.sign_date"},
	{"sign date before the law", func(k *pb.Contract) { k.SignDate = &date.Date{Year: 1984, Month: 12, Day: 31} }, "SIGN_DATE_FUTURE", "contract.sign_date"},
	{"sign date that is none", func(k *pb.Contract) { k.SignDate = &date.Date{Year: 2026, Month: 2, Day: 29} }, "FIELD_INVALID", "contract.sign_date"},
	{"sign date without a day", func(k *pb.Contract) { k.SignDate = &date.Date{Year: 2026, Month: 2} }, "FIELD_INVALID", "contract.sign_date"},
	{"sign date of no month", func(k *pb.Contract) { k.SignDate = &date.Date{Year: 2026, Month: -1, Day: 1} }, "FIELD_INVALID", "contract.sign_date"},
	{"sign date of a huge year", func(k *pb.Contract) { k.SignDate = &date.Date{Year: math.MaxInt32, Month: 1, Day: 1} }, "FIELD_INVALID", "contract.sign_date"},
	{"sign date of nothing", func(k *pb.Contract) { k.SignDate = &date.Date{} }, "FIELD_INVALID", "contract.sign_date"},
}

// TestShapes spoils each field of a contract, drafted, changed and recorded.
func TestShapes(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d, drafted := award(m), award(m)
		m.Clock.Set(markettest.Noon.Add(11 * time.Hour)) // still the same day in China
		create := &pb.Contract{Demand: d.demand.GetName(), Title: "技术开发合同", Class: pb.ContractClass_DEVELOPMENT, Field: pb.TechnologyField_NUCLEAR, Total: markettest.Fen(1)}
		draft := markettest.Must(m.Contracts.CreateContract(drafted.firm.Ctx(), &pb.CreateContractRequest{RequestId: markettest.ID(), Contract: &pb.Contract{
			Demand: drafted.demand.GetName(), Title: "技术开发合同", Class: pb.ContractClass_DEVELOPMENT}}))(t)
		var refusals []refusal
		add := func(s shape, of string, from *pb.Contract, call func(*pb.Contract) error) {
			k := proto.CloneOf(from)
			s.spoil(k)
			refusals = append(refusals, refusal{of + ": " + s.name, func() error { return call(k) }, codes.InvalidArgument, s.reason, s.field})
		}
		for _, s := range slices.Concat(shapes, recordShapes) {
			add(s, "record", recorded(d.firm, d.zju), func(k *pb.Contract) error {
				return markettest.Failed(m.Contracts.RecordContract(m.Bureau.Ctx(), &pb.RecordContractRequest{RequestId: markettest.ID(), Contract: k}))
			})
		}
		for _, s := range slices.Concat(shapes, []shape{{"auction", func(k *pb.Contract) { k.Channel = pb.Channel_AUCTION }, "CONTRACT_CHANNEL", "contract.channel"},
			{"no demand", func(k *pb.Contract) { k.Demand = "" }, "FIELD_INVALID", "contract.demand"}}) {
			add(s, "create", create, func(k *pb.Contract) error {
				return markettest.Failed(m.Contracts.CreateContract(d.firm.Ctx(), &pb.CreateContractRequest{RequestId: markettest.ID(), Contract: k}))
			})
		}
		for _, s := range shapes {
			add(s, "update", draft, func(k *pb.Contract) error {
				return markettest.Failed(m.Contracts.UpdateContract(drafted.firm.Ctx(), &pb.UpdateContractRequest{RequestId: markettest.ID(), Contract: k}))
			})
		}
		for _, path := range []string{"state", "buyer", "seller", "channel", "demand", "sign_date", "number", "recorded", "nothing"} {
			refusals = append(refusals, refusal{"mask " + path, func() error {
				return markettest.Failed(m.Contracts.UpdateContract(drafted.firm.Ctx(), &pb.UpdateContractRequest{RequestId: markettest.ID(), Contract: draft, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{path}}}))
			}, codes.InvalidArgument, "UPDATE_MASK_INVALID", "update_mask"})
		}
		refuse(t, m, refusals)
	})
}

// TestCreateRefusals has the refusals of CreateContract and RecordContract that are no shapes.
func TestCreateRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d, taken, stranger := award(m), award(m), m.University()
		m.Contract(taken.firm, taken.demand)
		evaluating := m.Publish(d.firm, time.Minute)
		m.Bid(d.zju, evaluating, 5)
		draft, published := m.Draft(d.firm, time.Hour), m.Publish(d.firm, time.Hour)
		m.Close(d.firm, evaluating)
		create := func(o *markettest.Member, demand, broker string) func() error {
			return func() error {
				return markettest.Failed(m.Contracts.CreateContract(o.Ctx(), &pb.CreateContractRequest{RequestId: markettest.ID(), Contract: &pb.Contract{
					Demand: demand, Title: "技术开发合同", Class: pb.ContractClass_DEVELOPMENT, Broker: broker}}))
			}
		}
		record := func(o *markettest.Member, spoil func(*pb.Contract)) func() error {
			k := recorded(d.firm, d.zju)
			spoil(k)
			return func() error {
				return markettest.Failed(m.Contracts.RecordContract(o.Ctx(), &pb.RecordContractRequest{RequestId: markettest.ID(), Contract: k}))
			}
		}
		const nobody = "organizations/o330182-0000000000000000"
		refuse(t, m, []refusal{
			{"no demand", create(d.firm, "demands/d330182-0000000000000000", ""), codes.NotFound, "DEMAND_NOT_FOUND", ""},
			{"another's draft", create(stranger, draft.GetName(), ""), codes.NotFound, "DEMAND_NOT_FOUND", ""},
			{"draft", create(d.firm, draft.GetName(), ""), codes.FailedPrecondition, "DEMAND_NOT_AWARDED", ""},
			{"published", create(d.firm, published.GetName(), ""), codes.FailedPrecondition, "DEMAND_NOT_AWARDED", ""},
			{"evaluating", create(d.firm, evaluating.GetName(), ""), codes.FailedPrecondition, "DEMAND_NOT_AWARDED", ""},
			{"stranger", create(stranger, d.demand.GetName(), ""), codes.PermissionDenied, "CONTRACT_FOREIGN", ""},
			{"bureau", create(m.Bureau, d.demand.GetName(), ""), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"twice", create(taken.zju, taken.demand.GetName(), ""), codes.AlreadyExists, "CONTRACT_EXISTS", ""},
			{"broker is none", create(d.firm, d.demand.GetName(), stranger.Name), codes.InvalidArgument, "BROKER_KIND", "contract.broker"},
			{"broker is nobody", create(d.firm, d.demand.GetName(), nobody), codes.NotFound, "ORGANIZATION_NOT_FOUND", "contract.broker"},
			{"record by a firm", record(d.firm, func(*pb.Contract) {}), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"record by an auditor", record(m.Token(m.Bureau.Name, pb.Role_AUDITOR), func(*pb.Contract) {}), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"record of no buyer", record(m.Bureau, func(k *pb.Contract) { k.Buyer = nobody }), codes.NotFound, "ORGANIZATION_NOT_FOUND", "contract.buyer"},
			{"record of no seller", record(m.Bureau, func(k *pb.Contract) { k.Seller = nobody }), codes.NotFound, "ORGANIZATION_NOT_FOUND", "contract.seller"},
			{"record of no broker", record(m.Bureau, func(k *pb.Contract) { k.Broker = d.firm.Name }), codes.InvalidArgument, "BROKER_KIND", "contract.broker"},
		})
	})
}
