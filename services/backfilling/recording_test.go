package backfilling_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	_ "modernc.org/sqlite"

	"github.com/jiebang/jiebang/services/internal/backfilltest"
	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// fading is a context that ends after it was looked at so many times: wherever the server is then, it stops.
type fading struct {
	context.Context
	left atomic.Int64
	end  context.CancelFunc
}

func fade(ctx context.Context, after int64) *fading {
	ctx, end := context.WithCancel(ctx)
	f := &fading{Context: ctx, end: end}
	f.left.Store(after)
	return f
}

// Err implements context.Context.
func (f *fading) Err() error {
	if f.left.Add(-1) < 0 {
		f.end()
	}
	return f.Context.Err()
}

// several are two servers of a market, where its database serves several.
func several(m *markettest.Market) []*markettest.Market {
	if strings.HasPrefix(m.URL, "postgres") {
		return []*markettest.Market{m, m.Beside()}
	}
	return []*markettest.Market{m, m}
}

// recorded is how many contracts and records of the past are in the ledger.
func recorded(t *testing.T, m *markettest.Market) (n int) {
	t.Helper()
	for _, kind := range []string{"contract.recorded", "past_demand.published", "past_bid.opened"} {
		req := &pb.ListEntriesRequest{Parent: ledger, PageSize: 200}
		for {
			resp := markettest.Must(m.Ledgers.ListEntries(m.Token(m.Bureau.Name, pb.Role_AUDITOR).Ctx(), req))(t)
			for _, e := range resp.GetEntries() {
				if e.GetKind() == kind {
					n++
				}
			}
			if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
				break
			}
		}
	}
	return n
}

// TestInterrupted ends the server at ever later moments while it records, and goes on with another: each row is recorded once, none is lost, and the ledger is right at every stop.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o := backfilltest.New(t, m)
		b := o.Stage(backfilltest.Source, o.Year(backfilltest.Counts{Year: 2024, Collected: 152, Published: 152, Bids: 151, Agreements: 520, Wan: 5849})...)
		if err := o.Approve(b); err != nil {
			t.Fatal(err)
		}
		servers, stops := several(m), map[int32]bool{}
		for i := int64(0); o.Read(b).GetState() == pb.Backfill_RECORDING; i++ {
			if i > 1000 {
				t.Fatal("it never ends")
			}
			_ = servers[i%2].Server.Settle(fade(t.Context(), map[bool]int64{true: 9, false: 1}[strings.HasPrefix(m.URL, "postgres")]*i)) // which is what ends it
			was := o.Read(b)
			if !stops[was.GetRecordedCount()] {
				clean(t, m)
			}
			stops[was.GetRecordedCount()] = true
		}
		if got := o.Read(b); got.GetState() != pb.Backfill_COMPLETED || got.GetRecordedCount() != 823 || len(stops) < 4 {
			t.Fatalf("got %v after stops at %v", got, stops)
		}
		m.Settle()
		if n := number(figure(t, m, "contracts_signed", "2024").GetValue()); n != 520 {
			t.Errorf("got %d contracts, want 520", n)
		}
		if resp := markettest.Must(o.Import(backfilltest.Source, backfilltest.CSV(o.Year(backfilltest.Counts{Year: 2024, Collected: 152, Published: 152, Bids: 151, Agreements: 520, Wan: 5849})...)))(t); resp.GetUnchangedCount() != 823 {
			t.Errorf("again: got %d, %s", resp.GetUnchangedCount(), backfilltest.Told(resp))
		}
		clean(t, m)
	})
}

// TestSeveralServers lets two servers record at once.
func TestSeveralServers(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o := backfilltest.New(t, m)
		b := o.Stage(backfilltest.Source, o.Year(backfilltest.Counts{Year: 2024, Collected: 1, Published: 1, Bids: 250, Agreements: 250, Wan: 5849})...)
		if err := o.Approve(b); err != nil {
			t.Fatal(err)
		}
		var running sync.WaitGroup
		for _, s := range append(several(m), m) {
			running.Go(func() {
				if err := s.Server.Settle(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		if got := o.Read(b); got.GetState() != pb.Backfill_COMPLETED || recorded(t, m) != 501 {
			t.Errorf("got %v, %d", got, recorded(t, m))
		}
		clean(t, m)
	})
}

// exec writes to the database behind the server's back.
func exec(t *testing.T, url, query string) {
	t.Helper()
	driver := "pgx"
	if !strings.HasPrefix(url, "postgres") {
		driver, url = "sqlite", "file:"+url+"?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), query); err != nil {
		t.Fatal(err)
	}
}

// TestSwapped exchanges the rows of an approved backfill in the database: none of them is recorded, and verify tells.
func TestSwapped(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o := backfilltest.New(t, m)
		b := o.Stage(backfilltest.Source, o.Contract("1", "2024-06-01", "41.8"))
		if err := o.Approve(b); err != nil {
			t.Fatal(err)
		}
		cast := map[bool]string{true: "convert_to(replace(convert_from(content, 'UTF8'), '41800000', '91800000'), 'UTF8')", false: "CAST(replace(CAST(content AS TEXT), '41800000', '91800000') AS BLOB)"}
		exec(t, m.URL, "UPDATE backfill_rows SET content = "+cast[strings.HasPrefix(m.URL, "postgres")])
		m.Settle()
		if got := o.Read(b); got.GetState() != pb.Backfill_STOPPED || got.GetReason() == "" || recorded(t, m) != 0 {
			t.Errorf("got %v, %d recorded", got, recorded(t, m))
		}
		report, err := m.Server.Verify(t.Context(), markettest.Jurisdiction)
		if err != nil || len(report.Problems) != 1 || report.Problems[0].Column != "backfill_rows.content" {
			t.Errorf("verify says %v %v", report.Problems, err)
		}
		_, err = o.ListBackfillRows(m.Bureau.Ctx(), &pb.ListBackfillRowsRequest{Parent: b.GetName()})
		markettest.Want(t, err, codes.Aborted, "BACKFILL_DIGEST", "")
	})
}

// TestStopped takes the registry number of a row away while the second officer thinks: the rows before it are recorded, the rest is not, and the list can come again.
func TestStopped(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o := backfilltest.New(t, m)
		var rows [][]string
		for i := range 5 {
			rows = append(rows, o.Contract(fmt.Sprint(i+1), "2024-06-01", "1"))
		}
		rows[2][backfilltest.Registry] = "2024330182000001"
		b := o.Stage(backfilltest.Source, rows...)
		k := &pb.Contract{Title: "成果拍卖合同", Buyer: o.Firm.Name, Seller: o.Zju.Name, Channel: pb.Channel_AUCTION, Class: pb.ContractClass_TRANSFER, TextDigest: make([]byte, 32),
			Total: markettest.Yuan(1), Field: pb.TechnologyField_NUCLEAR, SignDate: &date.Date{Year: 2024, Month: 1, Day: 1}, RegistryNumber: "2024330182000001"}
		k = markettest.Must(m.Contracts.RecordContract(m.Bureau.Ctx(), &pb.RecordContractRequest{RequestId: markettest.ID(), Contract: k}))(t)
		if k.GetEvidenceGrade() != pb.Contract_B {
			t.Errorf("got %v", k.GetEvidenceGrade())
		}
		if err := o.Approve(b); err != nil {
			t.Fatal(err)
		}
		m.Settle()
		got := o.Read(b)
		if got.GetState() != pb.Backfill_STOPPED || got.GetRecordedCount() != 2 || !strings.Contains(got.GetReason(), "第 4 行") || !strings.Contains(got.GetReason(), "2024330182000001") {
			t.Errorf("got %v", got)
		}
		resp := markettest.Must(o.Import(backfilltest.Source, backfilltest.CSV(rows...)))(t)
		if resp.GetUnchangedCount() != 2 || backfilltest.Told(resp) != "4 合同登记编号 REGISTRY_NUMBER_TAKEN" {
			t.Errorf("again: got %s", backfilltest.Told(resp))
		}
		rows[2][backfilltest.Registry] = ""
		if last := o.Record(backfilltest.Source, rows...); last.GetState() != pb.Backfill_COMPLETED || last.GetRowCount() != 3 {
			t.Errorf("mended: got %v", last)
		}
		clean(t, m)
	})
}

// TestDiscard gives lists up, lets one be open at a time, answers a repeated request alike, and keeps what is not recorded out of the figures.
func TestDiscard(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o := backfilltest.New(t, m)
		req := backfilltest.Request(backfilltest.Source, backfilltest.CSV(o.Contract("1", "2024-06-01", "41.8")))
		first := markettest.Must(o.ImportBackfill(o.First.Ctx(), req))(t)
		again := markettest.Must(o.ImportBackfill(o.First.Ctx(), req))(t)
		if !proto.Equal(first, again) {
			t.Errorf("got %v, then %v", first, again)
		}
		b := first.GetBackfill()
		m.Refuse(t, func() error {
			return markettest.Failed(o.Import(backfilltest.Source, backfilltest.CSV(o.Contract("9", "2024-06-01", "1"))))
		}, codes.FailedPrecondition, "BACKFILL_OPEN", "")
		discard := func(b *pb.Backfill, reason string) error {
			return markettest.Failed(o.DiscardBackfill(o.First.Ctx(), &pb.DiscardBackfillRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag(), Reason: reason}))
		}
		m.Refuse(t, func() error { return discard(b, " ") }, codes.InvalidArgument, "REASON_MISSING", "reason")
		if err := discard(b, "台账有误"); err != nil {
			t.Fatal(err)
		}
		b = o.Read(b)
		m.Refuse(t, func() error { return discard(b, "再次") }, codes.FailedPrecondition, "BACKFILL_STATE", "")
		markettest.Want(t, o.Approve(b), codes.FailedPrecondition, "BACKFILL_STATE", "")
		m.Settle()
		if n := number(figure(t, m, "contracts_signed", "2024").GetValue()); n != 0 || b.GetState() != pb.Backfill_DISCARDED {
			t.Errorf("got %d contracts, %v", n, b)
		}
		next := o.Stage(backfilltest.Source, o.Contract("1", "2024-06-01", "41.8"))
		if err := o.Approve(next); err != nil {
			t.Fatal(err)
		}
		if err := discard(o.Read(next), "停"); err != nil {
			t.Fatal(err)
		}
		m.Settle()
		if got := o.Read(next); got.GetState() != pb.Backfill_STOPPED || got.GetRecordedCount() != 0 {
			t.Errorf("got %v", got)
		}
		_, err := o.GetBackfill(o.Firm.Ctx(), &pb.GetBackfillRequest{Name: next.GetName()})
		markettest.Want(t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED", "")
		_, err = o.GetBackfill(m.Bureau.Ctx(), &pb.GetBackfillRequest{Name: "backfills/bf330182-0000000000000000"})
		markettest.Want(t, err, codes.NotFound, "BACKFILL_NOT_FOUND", "")
		_, err = o.GetPastRecord(m.Bureau.Ctx(), &pb.GetPastRecordRequest{Name: "pastRecords/pr330182-0000000000000000"})
		markettest.Want(t, err, codes.NotFound, "PAST_RECORD_NOT_FOUND", "")
		clean(t, m)
	})
}
