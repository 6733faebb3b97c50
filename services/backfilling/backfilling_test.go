package backfilling_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services/internal/backfilltest"
	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const ledger = "ledgers/" + markettest.Jurisdiction

// number is a value as one number: fen or a count.
func number(v *pb.FigureValue) int64 {
	if a := v.GetAmount(); a != nil {
		return a.GetUnits()*100 + int64(a.GetNanos()/10_000_000)
	}
	return v.GetNumber()
}

// figure reads a figure of a year as the bureau.
func figure(t *testing.T, m *markettest.Market, code, year string) *pb.Figure {
	t.Helper()
	return markettest.Must(m.Figures.GetFigure(m.Bureau.Ctx(), &pb.GetFigureRequest{Name: ledger + "/figures/" + code, Period: year}))(t)
}

// TestYears takes two years in from workbooks: the second comes out exact, with 同比 by the definitions, the records add up to it, and verify finds nothing.
func TestYears(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o := backfilltest.New(t, m)
		for _, y := range []backfilltest.Counts{
			{Year: 2023, Collected: 100, Published: 55, Bids: 60, Agreements: 47, Wan: 6418}, {Year: 2024, Collected: 152, Published: 80, Bids: 151, Agreements: 52, Wan: 5849}} {
			source := fmt.Sprintf("%d年度揭榜挂帅台账", y.Year)
			resp := markettest.Must(o.Import(source, backfilltest.Book(t, o.Year(y)...)))(t)
			if n := resp.GetCreatedCount(); int(n) != y.Collected+y.Bids+y.Agreements || resp.GetWorkbook() != nil || len(resp.GetDigest()) != 32 {
				t.Fatalf("got %d rows, %s", n, backfilltest.Told(resp))
			}
			if err := o.Approve(resp.GetBackfill()); err != nil {
				t.Fatal(err)
			}
			m.Settle()
			if b := o.Read(resp.GetBackfill()); b.GetState() != pb.Backfill_COMPLETED || b.GetRecordedCount() != b.GetRowCount() {
				t.Fatalf("got %v", b)
			}
		}
		for code, want := range map[string][3]int64{"demands_collected": {152, 100, 5200}, "demands_published": {80, 55, 4545}, "bids_opened": {151, 60, 15167}, "contracts_signed": {52, 47, 1064},
			"signed_amount": {5_849_000_000, 6_418_000_000, -887}, "current_amount": {5_849_000_000, 6_418_000_000, -887}, "posted_amount": {80 * 50_000_000, 55 * 50_000_000, 4545}, "demands_unpriced": {}} {
			f := figure(t, m, code, "2024")
			if got := [3]int64{number(f.GetValue()), number(f.GetLastValue()), f.GetChangeBasisPoints()}; got != want {
				t.Errorf("%s: got %d, want %d", code, got, want)
			}
		}
		groups := markettest.Must(m.Figures.ListFigureGroups(m.Bureau.Ctx(), &pb.ListFigureGroupsRequest{Parent: ledger + "/figures/contracts_signed", Period: "2024", Dimension: pb.FigureDimension_GRADE}))(t)
		if g := groups.GetGroups(); len(g) != 1 || g[0].GetKey() != "C" || number(g[0].GetValue()) != 52 {
			t.Errorf("by grade: got %v", g)
		}
		records := markettest.Must(m.Figures.ListFigureRecords(m.Bureau.Ctx(), &pb.ListFigureRecordsRequest{Parent: ledger + "/figures/demands_collected", Period: "2024", PageSize: 200}))(t)
		if n := len(records.GetRecords()); n != 152 || !strings.HasPrefix(records.GetRecords()[0].GetRecord(), "pastRecords/") {
			t.Errorf("got %d records", n)
		}
		total := markettest.Must(m.Audits.GetTotal(m.Bureau.Ctx(), &pb.GetTotalRequest{Name: ledger + "/total"}))(t)
		if total.GetDemandsPublished() != 135 || total.GetContractsSigned() != 99 || total.GetAmount().GetUnits() != 122_670_000 {
			t.Errorf("got %v", total)
		}
		clean(t, m)
	})
}

// clean wants nothing wrong with the database.
func clean(t *testing.T, m *markettest.Market) {
	t.Helper()
	for try := 1; ; try++ { // a commit that nobody waits for any more may still be on its way in PostgreSQL, and come between two readings
		report, err := m.Server.Verify(t.Context(), markettest.Jurisdiction)
		if err == nil && len(report.Problems) == 0 {
			return
		}
		if err != nil || try == 5 {
			t.Fatalf("verify says %v %v", report.Problems[:min(len(report.Problems), 3)], err)
		}
	}
}

// TestAgain hands a list in twice: nothing changes. A row that says something else is refused by its cells, whatever it is, and rows that are new are kept alone.
func TestAgain(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o := backfilltest.New(t, m)
		rows := [][]string{o.Contract("1", "2024-06-01", "41.8"), o.Demand("1", "2024-03-01", "2024-04-01", "50"), o.Bid("1", "1", "2024-05-01", ""), o.Demand("2", "2024-03-01", "", "")}
		o.Record(backfilltest.Source, rows...)
		before := markettest.Sizes(t, m)
		resp := markettest.Must(o.Import(backfilltest.Source, backfilltest.CSV(rows...)))(t)
		if resp.GetUnchangedCount() != 4 || resp.GetBackfill() != nil || resp.GetRows()[0].GetResource() == "" {
			t.Errorf("again: got %v", resp)
		}
		for i, changed := range []struct {
			row, column int
			text, name  string
		}{
			{0, backfilltest.Title, "另一份合同", "名称"}, {0, backfilltest.Date, "2024-06-02", "日期"}, {0, backfilltest.Amount, "41.9", "金额(万元)"}, {0, backfilltest.Channel, "成果拍卖", "渠道"},
			{0, backfilltest.Class, "技术服务", "合同类别"}, {0, backfilltest.Field, "核应用", "技术领域"}, {1, backfilltest.Amount, "面议", "金额(万元)"}, {1, backfilltest.Collected, "2024-03-02", "征集日期"},
			{1, backfilltest.Date, "", "日期"}, {2, backfilltest.Amount, "1", "金额(万元)"}, {2, backfilltest.Title, "揭榜的书", "名称"}, {3, backfilltest.Date, "2024-04-05", "日期"},
		} {
			list := [][]string{append([]string{}, rows[0]...), append([]string{}, rows[1]...), append([]string{}, rows[2]...), append([]string{}, rows[3]...)}
			list[changed.row][changed.column] = changed.text
			resp := markettest.Must(o.Import(backfilltest.Source, backfilltest.CSV(list...)))(t)
			if want := fmt.Sprintf("%d %s ROW_DIFFERS", changed.row+2, changed.name); backfilltest.Told(resp) != want || resp.GetBackfill() != nil {
				t.Errorf("%d: got %s, want %s", i, backfilltest.Told(resp), want)
			}
		}
		scan := append([]string{}, rows[0]...)
		scan[backfilltest.Scan] = strings.Repeat("0", 64)
		if resp := markettest.Must(o.Import(backfilltest.Source, backfilltest.CSV(scan)))(t); backfilltest.Told(resp) != "2 扫描件 ROW_DIFFERS" {
			t.Errorf("another scan: got %s", backfilltest.Told(resp))
		}
		checked := backfilltest.Request("另一台账", backfilltest.CSV(rows[3]))
		checked.ValidateOnly = true
		if resp = markettest.Must(o.ImportBackfill(o.First.Ctx(), checked))(t); resp.GetCreatedCount() != 1 || resp.GetBackfill() != nil {
			t.Errorf("of another source: got %v", resp)
		}
		if got := markettest.Sizes(t, m); got != before {
			t.Errorf("got ledgers of %v entries, want %v", got, before)
		}
		resp = markettest.Must(o.Import(backfilltest.Source, backfilltest.CSV(append(rows, o.Contract("2", "2024-06-01", "1"))...)))(t)
		if resp.GetCreatedCount() != 1 || resp.GetUnchangedCount() != 4 || resp.GetBackfill().GetRowCount() != 1 {
			t.Errorf("one more: got %v", resp)
		}
	})
}

// TestTwoOfficers wants two officers over one digest.
func TestTwoOfficers(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o := backfilltest.New(t, m)
		b := o.Stage(backfilltest.Source, o.Contract("1", "2024-06-01", "41.8"))
		both := m.Found(m.Bureau.Name, pb.Role_OPERATOR, pb.Role_APPROVER)
		req := &pb.RecordBackfillRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag(), Digest: b.GetDigest()}
		_, err := o.RecordBackfill(both.Ctx(), req)
		approval := markettest.ApprovalOf(err)
		if approval == "" {
			t.Fatalf("got %v, want that a second officer is asked", err)
		}
		v := markettest.Must(m.Approvals.GetApproval(both.Ctx(), &pb.GetApprovalRequest{Name: approval}))(t)
		approve := &pb.ApproveRequestRequest{RequestId: markettest.ID(), Name: approval, Etag: v.GetEtag(), Digest: v.GetDigest()}
		_, err = m.Approvals.ApproveRequest(both.Ctx(), approve)
		markettest.Want(t, err, codes.PermissionDenied, "APPROVAL_CONFLICT", "")
		other := append([]byte{}, b.GetDigest()...)
		other[0] ^= 1
		m.Refuse(t, func() error {
			return markettest.Failed(o.RecordBackfill(both.Ctx(), &pb.RecordBackfillRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag(), Digest: other}))
		}, codes.Aborted, "BACKFILL_DIGEST", "digest")
		_, err = o.RecordBackfill(m.Token(m.Bureau.Name, pb.Role_OPERATOR).Ctx(), &pb.RecordBackfillRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag(), Digest: b.GetDigest()})
		markettest.Want(t, err, codes.FailedPrecondition, "APPROVAL_REQUIRED", "")
		markettest.Must(m.Approvals.ApproveRequest(o.Second.Ctx(), approve))(t)
		changed := &pb.RecordBackfillRequest{RequestId: req.GetRequestId(), Name: b.GetName(), Etag: b.GetEtag(), Digest: other}
		_, err = o.RecordBackfill(both.Ctx(), changed)
		markettest.Want(t, err, codes.Aborted, "BACKFILL_DIGEST", "digest")
		m.Settle()
		if got := o.Read(b); got.GetState() != pb.Backfill_STAGED {
			t.Fatalf("got %v before both have agreed", got.GetState())
		}
		markettest.Must(o.RecordBackfill(both.Ctx(), req))(t)
		m.Settle()
		if got := o.Read(b); got.GetState() != pb.Backfill_COMPLETED {
			t.Fatalf("got %v", got)
		}
		k := markettest.Must(m.Contracts.ListContracts(m.Bureau.Ctx(), &pb.ListContractsRequest{Filter: `evidence_grade = "C"`}))(t).GetContracts()
		if len(k) != 1 || k[0].GetBackfill() != b.GetName() || k[0].GetEvidenceGrade() != pb.Contract_C || k[0].GetSourceNumber() != "1" || !k[0].GetRecorded() {
			t.Errorf("got %v", k)
		}
		clean(t, m)
	})
}

// TestGrades counts contracts by how well they are proved: one that was signed here is A by rule, the others as their evidence says.
func TestGrades(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		if k := m.Deal(1_000).Contract; k.GetEvidenceGrade() != pb.Contract_A {
			t.Errorf("signed here: got %v", k.GetEvidenceGrade())
		}
		backfilltest.Story(t, m)
		m.Settle()
		groups := markettest.Must(m.Figures.ListFigureGroups(m.Bureau.Ctx(), &pb.ListFigureGroupsRequest{Parent: ledger + "/figures/signed_amount", Dimension: pb.FigureDimension_GRADE}))(t)
		got := map[string]int64{}
		for _, g := range groups.GetGroups() {
			got[g.GetKey()] = number(g.GetValue())
		}
		if want := map[string]int64{"A": 1_000, "B": 1_000_000, "C": 41_800_000, "D": 2_000_000}; !maps.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		clean(t, m)
	})
}
