package counting_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services/counting/figure"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/registertest"
	fen "github.com/jiebang/jiebang/services/money"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// record records a contract that was signed on a day.
func record(t *testing.T, m *markettest.Market, sides [2]*markettest.Member, total int64, day time.Time) *pb.Contract {
	t.Helper()
	k := &pb.Contract{Title: "成果拍卖合同", Buyer: sides[0].Name, Seller: sides[1].Name, Channel: pb.Channel_AUCTION, Class: pb.ContractClass_TRANSFER, TextDigest: make([]byte, 32),
		Total: markettest.Fen(fen.Fen(total)), Field: pb.TechnologyField_AGRICULTURE, SignDate: &date.Date{Year: int32(day.Year()), Month: int32(day.Month()), Day: int32(day.Day())}}
	return markettest.Must(m.Contracts.RecordContract(m.Bureau.Ctx(), &pb.RecordContractRequest{RequestId: markettest.ID(), Contract: k}))(t)
}

// history is a random history: deals of various months with amendments, acceptances, payments and refunds, and contracts recorded late.
func history(t *testing.T, m *markettest.Market, r *rand.Rand) {
	t.Helper()
	sides := [][2]*markettest.Member{{m.Firm(), m.University()}, {m.Firm(), m.University()}}
	for range 4 {
		d := m.Deal(fen.Fen(100_000+r.Int64N(900_000)), 5000, 5000)
		if r.IntN(2) == 0 {
			d.Amend(fen.Fen(1_000_000 + r.Int64N(100_000)))
			d.Amend(fen.Fen(1_200_000 + r.Int64N(100_000)))
		}
		if r.IntN(2) == 0 {
			d.Read()
			d.Meet(d.Milestones[0])
			d.Transfer(d.Plan(pb.Payment_INSTALMENT, fen.Fen(1000+r.Int64N(1000))), 4)
			d.Transfer(d.Plan(pb.Payment_REFUND, fen.Fen(1+r.Int64N(900))), 4)
			d.Transfer(d.Plan(pb.Payment_DEPOSIT, 77), 4)
		}
		m.Draft(d.Firm, time.Hour)
		m.Clock.Advance(time.Duration(r.Int64N(int64(14 * 24 * time.Hour))))
		for range r.IntN(3) {
			record(t, m, sides[r.IntN(2)], 1+r.Int64N(1_000_000), m.Clock.Now().AddDate(0, 0, -1-r.IntN(700)))
		}
	}
	m.Settle()
}

// TestSums makes random histories: by every dimension and every part of time, a figure adds up to itself, its records add up to it, and it is what the
// entries come to when they are replayed.
func TestSums(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		history(t, m, rand.New(rand.NewPCG(seed, 1)))
		as := reader(m)
		measured := 0
		for _, d := range figure.Definitions() {
			if d.Measured() && !d.Takes.Distinct() {
				measured++
				adds(t, m, as, d)
			}
		}
		if measured < 12 {
			t.Errorf("%d figures were looked at", measured)
		}
		clean(t, m)
	})
}

// adds makes sure that a figure adds up.
func adds(t *testing.T, m *markettest.Market, as *markettest.Founder, d figure.Definition) {
	t.Helper()
	whole := ask(t, m, as, &pb.GetFigureRequest{Name: d.Code})
	total := number(whole.GetValue())
	for _, by := range d.Dimensions {
		sum := int64(0)
		dimension := pb.FigureDimension(pb.FigureDimension_value[upper(by)])
		for _, g := range groups(t, m, as, &pb.ListFigureGroupsRequest{Parent: d.Code, Dimension: dimension}) {
			sum += number(g.GetValue())
			if _, n := records(t, m, as, &pb.ListFigureRecordsRequest{Parent: d.Code, Dimension: dimension, Key: g.GetKey()}); n != number(g.GetValue()) {
				t.Errorf("%s of %s %q is %d, its records add up to %d", d.Code, by, g.GetKey(), number(g.GetValue()), n)
			}
		}
		if sum != total {
			t.Errorf("%s by %s adds up to %d, want %d", d.Code, by, sum, total)
		}
	}
	if _, n := records(t, m, as, &pb.ListFigureRecordsRequest{Parent: d.Code}); n != total {
		t.Errorf("the records of %s add up to %d, want %d", d.Code, n, total)
	}
	for _, part := range []pb.ListFigureGroupsRequest_Part{pb.ListFigureGroupsRequest_MONTH, pb.ListFigureGroupsRequest_QUARTER} {
		sum := int64(0)
		for year := 2023; year <= 2027; year++ {
			ofYear := int64(0)
			for _, g := range groups(t, m, as, &pb.ListFigureGroupsRequest{Parent: d.Code, Period: fmt.Sprint(year), Part: part}) {
				ofYear += number(g.GetValue())
			}
			if got := number(ask(t, m, as, &pb.GetFigureRequest{Name: d.Code, Period: fmt.Sprint(year)}).GetValue()); got != ofYear {
				t.Errorf("%s of %d is %d, by %s %d", d.Code, year, got, part, ofYear)
			}
			sum += ofYear
		}
		if sum != total {
			t.Errorf("%s by %s adds up to %d, want %d", d.Code, part, sum, total)
		}
	}
}

func upper(by figure.Dimension) string {
	b := []byte(by)
	for i := range b {
		if b[i] >= 'a' {
			b[i] -= 'a' - 'A'
		}
	}
	return string(b)
}

// clean makes sure that what is kept is what the entries come to.
func clean(t *testing.T, m *markettest.Market) {
	t.Helper()
	m.Settle()
	report, err := m.Server.Verify(t.Context(), markettest.Jurisdiction)
	if err != nil || len(report.Problems) > 0 {
		t.Errorf("verify says %v %v", report.Problems, err)
	}
}

// TestFigures knows what each figure of a small history must be.
func TestFigures(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := m.Deal(100_000, 10_000) // signed on 2026-03-02
		d.Amend(130_000)
		d.Read()
		d.Meet(d.Milestones[0])
		d.Transfer(d.Plan(pb.Payment_INSTALMENT, 40_000), 4)
		m.Clock.Set(time.Date(2026, 3, 31, 15, 59, 59, 999_999_000, time.UTC)) // the last instant of March in China
		d.Transfer(d.Plan(pb.Payment_PREPAYMENT, 30_000), 4)
		m.Publish(d.Firm, time.Hour)
		m.Clock.Advance(time.Microsecond)
		d.Transfer(d.Plan(pb.Payment_REFUND, 10_000), 4)
		d.Transfer(d.Plan(pb.Payment_DEPOSIT, 5_000), 4)
		other := m.Firm()
		m.Publish(other, time.Hour)
		o := registertest.New(t, m)
		certified := o.Register(d, "2026330182000001", 90_000)
		m.Clock.Advance(40 * 24 * time.Hour)
		certified = markettest.Must(o.Do(o.Registrar, certified, &pb.RecordCertificateRequest{Certificate: o.Certificate(d, "2026330182000001", 60_000)}))(t)
		markettest.Must(o.Do(o.Officer, certified, &pb.ConfirmCertificateRequest{}))(t)
		record(t, m, [2]*markettest.Member{d.Firm, d.Zju}, 50_000, time.Date(2025, 3, 2, 0, 0, 0, 0, time.UTC))
		as := reader(m)
		m.Settle()
		for name, want := range map[string]map[string]int64{ // by period: "", 2025, 2026, 2026-03, 2026-04
			"demands_published": {"": 3, "2026": 3, "2026-03": 2, "2026-04": 1}, "posted_amount": {"": 150_000_000, "2026-03": 100_000_000, "2026-04": 50_000_000},
			"posting_firms": {"": 2, "2026-03": 1, "2026-04": 1, "2026-Q1": 1, "2026-Q2": 1, "2026": 2}, "bids_opened": {"": 1, "2026-W10": 1, "2026-W11": 0},
			"bidding_parties": {"": 1}, "awards": {"": 1}, "awarded_amount": {"": 41_800_000, "2026-03": 41_800_000},
			"contracts_signed": {"": 2, "2025": 1, "2026": 1}, "signed_amount": {"": 150_000, "2025": 50_000, "2025-03": 50_000, "2026-03": 100_000, "2026-04": 0},
			"current_amount": {"": 180_000, "2026-03": 130_000, "2025": 50_000}, "contract_parties": {"": 2, "2025": 2, "2026": 2},
			"paid_amount": {"": 60_000, "2026-03": 70_000, "2026-04": -10_000}, "paid_of_signed": {"2026-03": 60_000, "2026-04": 0, "2025": 0},
			"paid_ratio": {"2026-03": 6000, "2025": 0, "": 4000}, "accepted_amount": {"": 130_000, "2026-03": 130_000}, "auction_sales": {"": 1, "2025": 1, "2026": 0},
			"auction_amount": {"2025": 50_000}, "deposits": {"": 5_000, "2026-04": 5_000}, "demands_unpriced": {"": 0},
			"technology_amount": {"": 60_000, "2026-04": 60_000, "2026-05": 0}, "registrations": {"": 1, "2026-04": 1},
		} {
			for period, n := range want {
				if got := ask(t, m, as, &pb.GetFigureRequest{Name: name, Period: period}); got.GetValue() == nil || number(got.GetValue()) != n {
					t.Errorf("%s of %q: got %v, want %d", name, period, got, n)
				}
			}
		}
		change := ask(t, m, as, &pb.GetFigureRequest{Name: "signed_amount", Period: "2026-03"})
		if number(change.GetLastValue()) != 50_000 || change.ChangeBasisPoints == nil || change.GetChangeBasisPoints() != 10_000 {
			t.Errorf("同比: got %v, want 100 %% more than 500 yuan", change)
		}
		sizes := markettest.Sizes(t, m)
		if from := ask(t, m, as, &pb.GetFigureRequest{Name: "signed_amount", Period: "2025"}); from.ChangeBasisPoints != nil || from.GetAsOfSequence() != sizes[0] ||
			from.GetCheckpoint() == "" || from.GetDefinition() != "figureDefinitions/signed_amount@1" {
			t.Errorf("from nothing: got %v as of %v", from, sizes)
		}
		if got := ask(t, m, as, &pb.GetFigureRequest{Name: "paid_ratio", Period: "2026-04"}); got.GetValue() != nil {
			t.Errorf("a ratio to nothing: got %v", got)
		}
		firms, n := records(t, m, as, &pb.ListFigureRecordsRequest{Parent: "contract_parties"})
		if n != 2 || len(firms) != 2 || firms[0].GetTitle() == "" || firms[0].GetEntry() == "" {
			t.Errorf("who signed: got %v", firms)
		}
		clean(t, m)
	})
}

// TestRefusals refuses what a figure cannot answer, and what is not for the caller.
func TestRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, as := m.Firm(), reader(m)
		get := func(who interface{ Ctx() context.Context }, name string, change func(*pb.GetFigureRequest)) func() error {
			return func() error {
				req := &pb.GetFigureRequest{Name: ledger + "/figures/" + name}
				if change != nil {
					change(req)
				}
				return markettest.Failed(m.Figures.GetFigure(who.Ctx(), req))
			}
		}
		for _, r := range []struct {
			name   string
			call   func() error
			code   codes.Code
			reason string
			field  string
		}{
			{"unknown", get(as, "wealth", nil), codes.NotFound, "FIGURE_NOT_FOUND", ""},
			{"not recorded", get(as, "premium", nil), codes.FailedPrecondition, "FIGURE_NOT_RECORDED", ""},
			{"a version to come", get(as, "signed_amount", func(r *pb.GetFigureRequest) { r.Version = 9 }), codes.NotFound, "FIGURE_NOT_FOUND", ""},
			{"no period", get(as, "signed_amount", func(r *pb.GetFigureRequest) { r.Period = "2024-13" }), codes.InvalidArgument, "PERIOD_INVALID", "period"},
			{"no such dimension", get(as, "posted_amount", func(r *pb.GetFigureRequest) { r.Dimension = pb.FigureDimension_CHANNEL }), codes.InvalidArgument, "DIMENSION_INVALID", "dimension"},
			{"a key of nothing", get(as, "posted_amount", func(r *pb.GetFigureRequest) { r.Key = "x" }), codes.InvalidArgument, "DIMENSION_INVALID", "dimension"},
			{"of one firm", get(firm, "signed_amount", func(r *pb.GetFigureRequest) { r.Dimension = pb.FigureDimension_BUYER }), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"kept", get(firm, "awarded_amount", nil), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"another ledger", func() error {
				return markettest.Failed(m.Figures.GetFigure(as.Ctx(), &pb.GetFigureRequest{Name: "ledgers/110000/figures/signed_amount"}))
			}, codes.NotFound, "LEDGER_NOT_FOUND", ""},
			{"a neighbour's records", func() error {
				return markettest.Failed(m.Figures.ListFigureRecords(as.Ctx(), &pb.ListFigureRecordsRequest{Parent: "ledgers/" + markettest.Other + "/figures/signed_amount"}))
			}, codes.PermissionDenied, "FIGURE_FOREIGN", ""},
			{"records for a firm", func() error {
				return markettest.Failed(m.Figures.ListFigureRecords(firm.Ctx(), &pb.ListFigureRecordsRequest{Parent: ledger + "/figures/signed_amount"}))
			}, codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"records of a ratio", func() error {
				return markettest.Failed(m.Figures.ListFigureRecords(as.Ctx(), &pb.ListFigureRecordsRequest{Parent: ledger + "/figures/paid_ratio"}))
			}, codes.InvalidArgument, "DIMENSION_INVALID", "parent"},
			{"groups of nothing", func() error {
				return markettest.Failed(m.Figures.ListFigureGroups(as.Ctx(), &pb.ListFigureGroupsRequest{Parent: ledger + "/figures/signed_amount"}))
			}, codes.InvalidArgument, "DIMENSION_INVALID", "dimension"},
		} {
			t.Run(r.name, func(t *testing.T) { m.Refuse(t, r.call, r.code, r.reason, r.field) })
		}
	})
}
