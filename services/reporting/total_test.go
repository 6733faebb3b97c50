package reporting_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const homeTotal = "ledgers/" + markettest.Jurisdiction + "/total"

// year fills two ledgers: demands and a contract of two months, recorded contracts of an earlier year, and what must not count.
func year(t *testing.T, m *markettest.Market) {
	t.Helper()
	firm, zju := m.Firm(), m.University()
	m.Draft(firm, time.Hour)
	d := m.Publish(firm, time.Hour) // 2026-03
	b := m.Bid(zju, d, 418_000)
	d = m.Award(firm, m.Close(firm, d), b)
	k := m.Contract(firm, d)
	m.Clock.Set(time.Date(2026, 3, 31, 15, 59, 59, 999_999_000, time.UTC)) // the last instant of March in China
	m.Publish(firm, time.Hour)
	k = m.Sign(firm, k)
	m.Clock.Advance(time.Microsecond) // April in China
	m.Publish(firm, time.Hour)
	k = m.Sign(zju, k)
	markettest.Must(m.Contracts.TerminateContract(firm.Ctx(), &pb.TerminateContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), Reason: "违约", AmountPaid: markettest.Yuan(0), EndCode: pb.Contract_BREACH}))(t)
	refused := m.Publish(firm, time.Hour)
	b = m.Bid(zju, refused, 9)
	k = m.Contract(firm, m.Award(firm, m.Close(firm, refused), b))
	markettest.Must(m.Contracts.RefuseContract(zju.Ctx(), &pb.RefuseContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), Reason: "不签"}))(t)
	record(t, m, m.Bureau.Ctx(), [2]string{firm.Name, zju.Name}, &pb.Contract{Total: markettest.Fen(1), Field: pb.TechnologyField_AGRICULTURE, SignDate: &date.Date{Year: 2024, Month: 12, Day: 31}})
	record(t, m, m.Bureau.Ctx(), [2]string{firm.Name, zju.Name}, &pb.Contract{Total: markettest.Fen(1_000_000_000_000_000), Field: pb.TechnologyField_NUCLEAR, SignDate: &date.Date{Year: 2025, Month: 1, Day: 1}})
	other := markettest.Must(m.Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{Title: "超细碳酸钙", Field: pb.TechnologyField_NUCLEAR,
		Jurisdiction: markettest.Other, Deadline: timestamppb.New(m.Clock.Now().Add(time.Hour))}}))(t)
	markettest.Must(m.Demands.PublishDemand(firm.Ctx(), &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: other.GetName(), Etag: other.GetEtag()}))(t)
	m.Settle()
}

// record records a contract of the auctions.
func record(t *testing.T, m *markettest.Market, bureau context.Context, parties [2]string, k *pb.Contract) *pb.Contract {
	t.Helper()
	k.Title, k.Buyer, k.Seller, k.Channel, k.Class, k.TextDigest = "成果拍卖合同", parties[0], parties[1], pb.Channel_AUCTION, pb.ContractClass_TRANSFER, make([]byte, 32)
	return markettest.Must(m.Contracts.RecordContract(bureau, &pb.RecordContractRequest{RequestId: markettest.ID(), Contract: k}))(t)
}

// group is what a group or the whole of a total must be.
type group struct {
	key, name         string
	published, signed int64
	fen               int64
}

// questions are questions to the totals of year and their answers: the whole first, then the groups.
var questions = []struct {
	ledger, from, to string
	by               pb.GetTotalRequest_GroupBy
	want             []group
}{
	{markettest.Jurisdiction, "", "", 0, []group{{"", "", 4, 3, 1_000_000_041_800_001}}},
	{markettest.Other, "", "", 0, []group{{"", "", 1, 0, 0}}},
	{"-", "", "", 0, []group{{"", "", 5, 3, 1_000_000_041_800_001}}},
	{markettest.Jurisdiction, "", "", pb.GetTotalRequest_CHANNEL, []group{{"", "", 4, 3, 1_000_000_041_800_001}, {"AUCTION", "成果拍卖", 0, 2, 1_000_000_000_000_001}, {"JIEBANG", "揭榜", 0, 1, 41_800_000}}},
	{markettest.Jurisdiction, "", "", pb.GetTotalRequest_MONTH, []group{{"", "", 4, 3, 1_000_000_041_800_001},
		{"2024-12", "2024-12", 0, 1, 1}, {"2025-01", "2025-01", 0, 1, 1_000_000_000_000_000}, {"2026-03", "2026-03", 2, 0, 0}, {"2026-04", "2026-04", 2, 1, 41_800_000}}},
	{markettest.Jurisdiction, "", "", pb.GetTotalRequest_FIELD, []group{{"", "", 4, 3, 1_000_000_041_800_001}, {"AGRICULTURE", "农业", 0, 1, 1},
		{"NEW_MATERIALS", "新材料及其应用", 4, 1, 41_800_000}, {"NUCLEAR", "核应用", 0, 1, 1_000_000_000_000_000}}},
	{"-", "", "", pb.GetTotalRequest_JURISDICTION, []group{{"", "", 5, 3, 1_000_000_041_800_001}, {"330127", "330127", 1, 0, 0}, {"330182", "330182", 4, 3, 1_000_000_041_800_001}}},
	{"-", "", "", pb.GetTotalRequest_FIELD, []group{{"", "", 5, 3, 1_000_000_041_800_001}, {"AGRICULTURE", "农业", 0, 1, 1},
		{"NEW_MATERIALS", "新材料及其应用", 4, 1, 41_800_000}, {"NUCLEAR", "核应用", 1, 1, 1_000_000_000_000_000}}},
	{markettest.Jurisdiction, "2025-01", "", 0, []group{{"", "", 4, 2, 1_000_000_041_800_000}}},
	{markettest.Jurisdiction, "", "2024-12", 0, []group{{"", "", 0, 1, 1}}},
	{markettest.Jurisdiction, "2026-03", "2026-03", 0, []group{{"", "", 2, 0, 0}}},
	{markettest.Jurisdiction, "2026-04", "2026-04", pb.GetTotalRequest_CHANNEL, []group{{"", "", 2, 1, 41_800_000}, {"JIEBANG", "揭榜", 0, 1, 41_800_000}}},
	{markettest.Jurisdiction, "2030-01", "", pb.GetTotalRequest_MONTH, []group{{"", "", 0, 0, 0}}},
	{"-", "0001-01", "9999-12", 0, []group{{"", "", 5, 3, 1_000_000_041_800_001}}},
}

// amount is an amount in fen.
func amount(m interface {
	GetUnits() int64
	GetNanos() int32
}) int64 {
	return m.GetUnits()*100 + int64(m.GetNanos()/10_000_000)
}

// TestTotals asks the questions: the answers are exact to the fen, and the groups add up to the whole.
func TestTotals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		year(t, m)
		for _, q := range questions {
			req := &pb.GetTotalRequest{Name: "ledgers/" + q.ledger + "/total", FromMonth: q.from, ToMonth: q.to, GroupBy: q.by}
			total := markettest.Must(m.Audits.GetTotal(t.Context(), req))(t)
			got := []group{{"", "", total.GetDemandsPublished(), total.GetContractsSigned(), amount(total.GetAmount())}}
			sum := group{}
			for _, g := range total.GetGroups() {
				got = append(got, group{g.GetKey(), g.GetDisplayName(), g.GetDemandsPublished(), g.GetContractsSigned(), amount(g.GetAmount())})
				sum.published, sum.signed, sum.fen = sum.published+g.GetDemandsPublished(), sum.signed+g.GetContractsSigned(), sum.fen+amount(g.GetAmount())
			}
			if fmt.Sprint(got) != fmt.Sprint(q.want) || total.GetName() != req.GetName() || total.GetAmount().GetCurrencyCode() != "CNY" {
				t.Errorf("%v: got %v, want %v", req, got, q.want)
			}
			if q.by == pb.GetTotalRequest_CHANNEL {
				sum.published = got[0].published // demands have no channel
			}
			if q.by != 0 && sum != got[0] {
				t.Errorf("%v: the groups add up to %v, want %v", req, sum, got[0])
			}
			if sizes := markettest.Sizes(t, m); q.ledger == markettest.Jurisdiction && total.GetAsOf()[0].GetSequence() != sizes[0] || q.ledger == "-" && len(total.GetAsOf()) != 2 {
				t.Errorf("%v: got as of %v, want %v", req, total.GetAsOf(), sizes)
			}
		}
	})
}

// TestBehind waits for an entry: one that is there is counted in the answer, one that is not is waited for until the caller's time is over.
func TestBehind(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		for n := int64(1); n <= 5; n++ {
			d := m.Publish(firm, time.Hour)
			total := markettest.Must(m.Audits.GetTotal(t.Context(), &pb.GetTotalRequest{Name: homeTotal, AtLeastSequence: d.GetReceipt().GetSequence()}))(t)
			if total.GetDemandsPublished() != n || total.GetAsOf()[0].GetSequence() <= d.GetReceipt().GetSequence() || total.GetAsOf()[0].GetJurisdiction() != markettest.Jurisdiction {
				t.Errorf("got %v, want %d demands as of more than %d", total, n, d.GetReceipt().GetSequence())
			}
		}
		// In process, so that the caller's own clock does not end the call before the answer is there.
		audits := pb.NewAuditServiceClient(m.Server.Conn())
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		refuse(t, m, []refusal{{"not there", func() error {
			return markettest.Failed(audits.GetTotal(ctx, &pb.GetTotalRequest{Name: homeTotal, AtLeastSequence: markettest.Sizes(t, m)[0]}))
		}, codes.Unavailable, "TOTAL_BEHIND", ""}})
	})
}

// TestTotalRefusals asks for totals that there are none of.
func TestTotalRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		ask := func(name, from, to string) func() error {
			return func() error {
				return markettest.Failed(m.Audits.GetTotal(t.Context(), &pb.GetTotalRequest{Name: name, FromMonth: from, ToMonth: to}))
			}
		}
		refusals := []refusal{
			{"no ledger", ask("ledgers/999999/total", "", ""), codes.NotFound, "LEDGER_NOT_FOUND", ""},
			{"almost all", ask("ledgers/-330182/total", "", ""), codes.NotFound, "LEDGER_NOT_FOUND", ""},
			{"injection", ask("ledgers/' OR 1=1 --/total", "", ""), codes.NotFound, "LEDGER_NOT_FOUND", ""},
			{"no name", ask("", "", ""), codes.InvalidArgument, "FIELD_INVALID", "name"},
			{"no total", ask("ledgers/330182", "", ""), codes.InvalidArgument, "FIELD_INVALID", "name"},
			{"no jurisdiction", ask("ledgers//total", "", ""), codes.InvalidArgument, "FIELD_INVALID", "name"},
			{"reversed", ask(homeTotal, "2026-02", "2026-01"), codes.InvalidArgument, "MONTHS_REVERSED", "from_month"},
			{"group", func() error {
				return markettest.Failed(m.Audits.GetTotal(t.Context(), &pb.GetTotalRequest{Name: homeTotal, GroupBy: 9}))
			}, codes.InvalidArgument, "FIELD_INVALID", "group_by"},
			{"sequence", func() error {
				return markettest.Failed(m.Audits.GetTotal(t.Context(), &pb.GetTotalRequest{Name: homeTotal, AtLeastSequence: math.MinInt64}))
			}, codes.InvalidArgument, "FIELD_INVALID", "at_least_sequence"},
		}
		for _, month := range []string{"2026", "2026-1", "2026-13", "2026-00", "2026-01-01", "26-01", "2026/01", " 2026-01", "２０２６-01", "' OR 1=1 --", "-001-01"} {
			refusals = append(refusals, refusal{"from " + month, ask(homeTotal, month, ""), codes.InvalidArgument, "MONTH_INVALID", "from_month"},
				refusal{"to " + month, ask(homeTotal, "", month), codes.InvalidArgument, "MONTH_INVALID", "to_month"})
		}
		refuse(t, m, refusals)
	})
}

// TestTotalsTwice follows the ledger with two servers on one PostgreSQL: each entry is counted once.
func TestTotalsTwice(t *testing.T) {
	t.Parallel()
	if os.Getenv("JIEBANG_TEST_POSTGRES") == "" {
		t.Log("PostgreSQL is not there")
		return
	}
	m := markettest.Open(t, storagetest.Postgres(t))
	second, firm := m.Beside(), m.Firm()
	const callers = 16
	markettest.Race(callers, func(i int) error {
		d, err := []*markettest.Market{m, second}[i%2].Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{Title: "超细碳酸钙",
			Field: pb.TechnologyField_NUCLEAR, Deadline: timestamppb.New(m.Clock.Now().Add(time.Hour))}})
		if err != nil {
			return err
		}
		if err := markettest.Failed(second.Demands.PublishDemand(firm.Ctx(), &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()})); err != nil {
			return err
		}
		return []*markettest.Market{second, m}[i%2].Server.Settle(t.Context())
	})
	m.Settle()
	one := markettest.Must(m.Audits.GetTotal(t.Context(), &pb.GetTotalRequest{Name: homeTotal}))(t)
	two := markettest.Must(second.Audits.GetTotal(t.Context(), &pb.GetTotalRequest{Name: homeTotal}))(t)
	if one.GetDemandsPublished() != callers || !proto.Equal(one, two) {
		t.Errorf("got %v and %v, want %d demands of both", one, two, callers)
	}
}
