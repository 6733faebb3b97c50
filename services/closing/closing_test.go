package closing_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/services/internal/markettest"
	fen "github.com/jiebang/jiebang/services/money"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const (
	ledger = "ledgers/" + markettest.Jurisdiction
	march  = "2026-03"
	month  = 30 * 24 * time.Hour
)

// bureau is who closes periods, two of them, and who reads.
type bureau struct {
	*markettest.Market
	t             *testing.T
	first, second *markettest.Founder
}

func open(t *testing.T, m *markettest.Market) *bureau {
	found := func() *markettest.Founder { return m.Found(m.Bureau.Name, pb.Role_APPROVER, pb.Role_OPERATOR) }
	return &bureau{m, t, found(), found()}
}

// both makes a call that needs two persons: it is asked for, approved by the other, and made.
func both[T any](b *bureau, call func() (T, error)) (T, error) {
	b.first.LogIn(b.Bureau.Name)
	b.second.LogIn(b.Bureau.Name)
	answer, err := call()
	for _, d := range status.Convert(err).Details() {
		info, ok := d.(*errdetails.ErrorInfo)
		if !ok || info.GetReason() != "APPROVAL_REQUIRED" {
			continue
		}
		a := markettest.Must(b.Approvals.GetApproval(b.second.Ctx(), &pb.GetApprovalRequest{Name: info.GetMetadata()["approval"]}))(b.t)
		markettest.Must(b.Approvals.ApproveRequest(b.second.Ctx(), &pb.ApproveRequestRequest{RequestId: markettest.ID(), Name: a.GetName(), Etag: a.GetEtag(), Digest: a.GetDigest()}))(b.t)
		return call()
	}
	return answer, err
}

func (b *bureau) close(period string) (*pb.Closure, error) {
	req := &pb.ClosePeriodRequest{RequestId: markettest.ID(), Name: ledger, Period: period}
	return both(b, func() (*pb.Closure, error) { return b.Closures.ClosePeriod(b.first.Ctx(), req) })
}

func (b *bureau) restate(c *pb.Closure) (*pb.Closure, error) {
	req := &pb.RestatePeriodRequest{RequestId: markettest.ID(), Name: c.GetName(), Etag: c.GetEtag(), Reason: "补登场外合同"}
	return both(b, func() (*pb.Closure, error) { return b.Closures.RestatePeriod(b.first.Ctx(), req) })
}

// number is a value as one number: fen or a count.
func number(v *pb.FigureValue) int64 {
	if a := v.GetAmount(); a != nil {
		return a.GetUnits()*100 + int64(a.GetNanos()/10_000_000)
	}
	return v.GetNumber()
}

// change is what a record counted, and counts now.
type change struct{ reported, known int64 }

// changes are the differences of a closure, by figure and record, one a page. They add up to what the comparison says.
func (b *bureau) changes(c *pb.Closure) map[string]change {
	b.t.Helper()
	b.Settle()
	found := map[string]change{}
	compared := markettest.Must(b.Closures.CompareClosure(b.second.Ctx(), &pb.CompareClosureRequest{Name: c.GetName()}))(b.t)
	if compared.GetCheckpoint() == "" || compared.GetAsOfSequence() < c.GetAsOfSequence() {
		b.t.Errorf("compared as of %d, %q", compared.GetAsOfSequence(), compared.GetCheckpoint())
	}
	for _, row := range compared.GetRows() {
		code := row.GetDefinition()[len("figureDefinitions/") : len(row.GetDefinition())-len("@1")]
		req, sum := &pb.ListDifferencesRequest{Parent: c.GetName(), Figure: code, PageSize: 1}, int64(0)
		for {
			resp := markettest.Must(b.Closures.ListDifferences(b.second.Ctx(), req))(b.t)
			for _, d := range resp.GetDifferences() {
				found[code+" "+d.GetRecord()] = change{number(d.GetReported()), number(d.GetKnown())}
				sum += number(d.GetDifference())
				if d.GetTitle() == "" || d.GetEntry() == "" || number(d.GetDifference()) != number(d.GetKnown())-number(d.GetReported()) {
					b.t.Errorf("%s: got %v", code, d)
				}
			}
			if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
				break
			}
		}
		if want := number(row.GetKnown()) - number(row.GetReported()); sum != want || number(row.GetDifference()) != want {
			b.t.Errorf("%s: the records differ by %d, the figure by %d and %v", code, sum, want, row.GetDifference())
		}
	}
	return found
}

// record records a contract that was signed outside, on a day.
func (b *bureau) record(firm, zju *markettest.Member, total fen.Fen, month, day int32) *pb.Contract {
	b.t.Helper()
	k := &pb.Contract{Title: "成果拍卖合同", Buyer: firm.Name, Seller: zju.Name, Channel: pb.Channel_AUCTION, Class: pb.ContractClass_TRANSFER, TextDigest: make([]byte, 32),
		Total: markettest.Fen(total), Field: pb.TechnologyField_AGRICULTURE, SignDate: &date.Date{Year: 2026, Month: month, Day: day}}
	return markettest.Must(b.Contracts.RecordContract(b.Bureau.Ctx(), &pb.RecordContractRequest{RequestId: markettest.ID(), Contract: k}))(b.t)
}

// terminate ends a contract.
func (b *bureau) terminate(d *markettest.Deal) {
	b.t.Helper()
	markettest.Must(b.Contracts.TerminateContract(d.Firm.Ctx(), &pb.TerminateContractRequest{RequestId: markettest.ID(), Name: d.Contract.GetName(), Etag: d.Contract.GetEtag(),
		EndCode: pb.Contract_BREACH, Reason: "违约", AmountPaid: markettest.Yuan(0)}))(b.t)
}

// grant grants what a firm asked for about its demand.
func (b *bureau) grant(o *markettest.Office, d *pb.Demand) *pb.Demand {
	b.t.Helper()
	return markettest.Must(b.Demands.DecideDemandRequest(o.Approver.Ctx(), &pb.DecideDemandRequestRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag(), Grant: true}))(b.t)
}

// TestDifferences closes March, lets happen in April everything that changes March and everything that does not, and wants the first listed and no more,
// record by record. A restatement reports what is known, and nothing differs from it then.
func TestDifferences(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		b, office := open(t, m), m.Office()
		amended, forth, paid, ended := m.Deal(100_000, 10_000), m.Deal(200_000, 10_000), m.Deal(300_000, 10_000), m.Deal(400_000, 10_000)
		firm := m.Firm()
		dearer, cancelled := office.Publish(firm, "open", 6*month), office.Publish(firm, "open", 6*month)
		b.record(paid.Firm, paid.Zju, 70_000, 3, 1)
		m.Clock.Set(time.Date(2026, 3, 31, 15, 59, 59, 999_999_000, time.UTC)) // the last instant of March in China
		_, err := b.close(march)
		markettest.Want(t, err, codes.FailedPrecondition, "PERIOD_NOT_OVER", "period")
		m.Clock.Advance(time.Microsecond)
		first := markettest.Must(b.close(march))(t)
		if found := b.changes(first); len(found) > 0 || len(first.GetFigures()) < 15 || first.GetRevision() != 1 || len(first.GetRootHash()) != 32 {
			t.Errorf("just closed: got %v, %v", found, first)
		}
		_, err = b.restate(first)
		markettest.Want(t, err, codes.FailedPrecondition, "CLOSURE_UNCHANGED", "")

		want := map[string]change{}
		buyer, seller := m.Firm(), m.University()
		late := b.record(buyer, seller, 50_000, 3, 31).GetName()
		for figure, n := range map[string]int64{"contracts_signed": 1, "signed_amount": 50_000, "current_amount": 50_000, "auction_sales": 1, "auction_amount": 50_000} {
			want[figure+" "+late] = change{0, n}
		}
		want["contract_parties "+buyer.Name], want["contract_parties "+seller.Name] = change{0, 1}, change{0, 1}
		again := b.record(paid.Firm, paid.Zju, 1, 3, 2).GetName() // of who signed in March anyway
		for figure, n := range map[string]int64{"contracts_signed": 1, "signed_amount": 1, "current_amount": 1, "auction_sales": 1, "auction_amount": 1} {
			want[figure+" "+again] = change{0, n}
		}
		amended.Amend(130_000)
		want["current_amount "+amended.Contract.GetName()] = change{100_000, 130_000}
		forth.Amend(250_000) // and back: it counts what it counted
		forth.Amend(200_000)
		paid.Read()
		paid.Meet(paid.Milestones[0]) // accepted and paid in April
		instalment := paid.Transfer(paid.Plan(pb.Payment_INSTALMENT, 40_000), 4)
		paid.Transfer(paid.Plan(pb.Payment_DEPOSIT, 5_000), 4)
		want["paid_of_signed "+instalment.GetName()] = change{0, 40_000}
		b.terminate(ended) // what was signed was signed
		b.record(paid.Firm, paid.Zju, 60_000, 4, 1)
		b.record(paid.Firm, paid.Zju, 60_000, 2, 28)
		next := proto.CloneOf(m.Read(firm, dearer))
		before := number(&pb.FigureValue{Amount: next.GetBudget()})
		next.Budget = markettest.Fen(fen.Fen(before + 1))
		asked := markettest.Must(m.Demands.AmendDemand(firm.Ctx(), &pb.AmendDemandRequest{RequestId: markettest.ID(), Demand: next,
			UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"budget"}}}))(t)
		b.grant(office, asked)
		want["posted_amount "+dearer.GetName()] = change{before, before + 1}
		cancelled = m.Read(firm, cancelled)
		b.grant(office, markettest.Must(m.Demands.CancelDemand(firm.Ctx(), &pb.CancelDemandRequest{RequestId: markettest.ID(), Name: cancelled.GetName(),
			Etag: cancelled.GetEtag(), Reason: "NO_BUDGET"}))(t))
		if found := b.changes(first); !maps.Equal(found, want) {
			t.Errorf("got  %v\nwant %v", found, want)
		}
		b.pinned(first, func() { b.record(buyer, seller, 1, 3, 30); b.Settle() })
		b.restated(first)
	})
}

// pinned wants a list that goes on as it began, whatever happens between its pages.
func (b *bureau) pinned(c *pb.Closure, between func()) {
	b.t.Helper()
	req := &pb.ListDifferencesRequest{Parent: c.GetName(), Figure: "current_amount", PageSize: 2}
	first := markettest.Must(b.Closures.ListDifferences(b.second.Ctx(), req))(b.t)
	between()
	req.PageToken = first.GetNextPageToken()
	second := markettest.Must(b.Closures.ListDifferences(b.second.Ctx(), req))(b.t)
	if len(second.GetDifferences()) != 1 || second.GetNextPageToken() != "" || second.GetAsOfSequence() != first.GetAsOfSequence() {
		b.t.Errorf("the second page: got %v", second)
	}
}

// restated restates a closure, and looks at both.
func (b *bureau) restated(first *pb.Closure) {
	b.t.Helper()
	was := b.changes(first)
	second := markettest.Must(b.restate(first))(b.t)
	if found := b.changes(second); len(found) > 0 || second.GetRevision() != 2 || second.GetReason() == "" {
		b.t.Errorf("restated: got %v, %v", found, second)
	}
	if now := b.changes(first); !maps.Equal(now, was) {
		b.t.Errorf("the first closure: got %v, want %v", now, was)
	}
	_, err := b.restate(first)
	markettest.Want(b.t, err, codes.FailedPrecondition, "CLOSURE_RESTATED", "")
	_, err = b.close(march)
	markettest.Want(b.t, err, codes.FailedPrecondition, "PERIOD_CLOSED", "period")
	firm := b.Firm()
	_, err = b.Closures.ListDifferences(firm.Ctx(), &pb.ListDifferencesRequest{Parent: first.GetName(), Figure: "signed_amount"})
	markettest.Want(b.t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED", "")
	_, err = b.Closures.ListDifferences(b.second.Ctx(), &pb.ListDifferencesRequest{Parent: first.GetName(), Figure: "wealth"})
	markettest.Want(b.t, err, codes.NotFound, "FIGURE_NOT_FOUND", "figure")
	open := markettest.Must(b.Closures.GetClosure(firm.Ctx(), &pb.GetClosureRequest{Name: first.GetName()}))(b.t)
	for _, f := range open.GetFigures() {
		if f.GetDisplayName() == "中榜额" {
			b.t.Errorf("a firm reads what is kept: %v", f)
		}
	}
	report, err := b.Server.Verify(b.t.Context(), markettest.Jurisdiction)
	if err != nil || len(report.Problems) > 0 {
		b.t.Errorf("verify says %v %v", report.Problems, err)
	}
	all := markettest.Must(b.Closures.ListClosures(firm.Ctx(), &pb.ListClosuresRequest{Filter: fmt.Sprintf("period = %q", march)}))(b.t)
	if len(all.GetClosures()) != 2 {
		b.t.Errorf("got %d closures, want both", len(all.GetClosures()))
	}
}
