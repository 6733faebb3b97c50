package publishing_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/ledger/entry"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

func records(t *testing.T, text string) [][]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestTables exports each table, and compares it with what the API says.
func TestTables(t *testing.T) {
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := dealt(m)
		e, text := public(t.Context(), t, m, pb.Export_DEMANDS, pb.Export_CSV)
		size := markettest.Sizes(t, m)[0]
		if e.GetRows() != 2 || e.GetAsOfSequence() != size || e.GetDefinition() != "demands/1" || e.GetReceipt() != nil || e.GetFilename() != fmt.Sprintf("demands-330182-%d.csv", size) {
			t.Errorf("export %v", e)
		}
		rows := records(t, text)
		if len(rows) != 3 || rows[1][0] != d.demand.GetNumber() || rows[1][4] != "50000000" || rows[1][5] != "已签约" || rows[2][5] != "已发布" ||
			!strings.HasPrefix(rows[1][10], fmt.Sprintf("ledgers/330182 %d demands/1 2026-", size)) || !strings.HasSuffix(rows[1][10], "+08:00") {
			t.Errorf("demands %q", rows)
		}
		e, text = own(t, m, d.firm, pb.Export_CONTRACTS, pb.Export_NDJSON)
		if e.GetRows() != 1 || !strings.Contains(text, `"total_fen":41800000`) || !strings.Contains(text, fmt.Sprintf(`"name":%q`, d.contract.GetName())) {
			t.Errorf("contracts %v %s", e, text)
		}
		_, text = own(t, m, m.Bureau, pb.Export_CONTRACTS, pb.Export_XLSX)
		f, err := excelize.OpenReader(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for cell, want := range map[string]string{"A4": d.contract.GetNumber(), "H4": "41.80", "I4": "418,000.00", "H5": "41.80", "A5": "合计(1 项)"} {
			if got, err := f.GetCellValue("Sheet1", cell); err != nil || got != want {
				t.Errorf("%s: got %q, %v, want %q", cell, got, err, want)
			}
		}
		e, text = public(t.Context(), t, m, pb.Export_TOTALS, pb.Export_CSV)
		rows = records(t, text)
		if len(rows) != 3 || rows[1][5] != "41800000" && rows[2][5] != "41800000" {
			t.Errorf("totals %v %q", e, rows)
		}
	})
}

// TestForeign looks for what is another organization's in everything that somebody can export: contracts, bids before and after their opening, drafts.
func TestForeign(t *testing.T) {
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := dealt(m)
		stranger := m.Firm()
		tables := []pb.Export_Table{pb.Export_DEMANDS, pb.Export_TOTALS, pb.Export_CHANGES, pb.Export_RELEASES, pb.Export_RECORDS}
		for name, who := range map[string]*markettest.Member{"nobody": nil, "a stranger": stranger, "the firm": d.firm, "the loser": d.lost, "the bureau": m.Bureau} {
			var all strings.Builder
			for _, table := range tables {
				ctx := t.Context()
				if who != nil {
					ctx = who.Ctx()
				}
				_, text := public(ctx, t, m, table, pb.Export_NDJSON)
				all.WriteString(text)
			}
			for what, secret := range map[string]string{"a supplier": "supplier", "what was bid": "418000.00", "the losing bid": "455555", "a sealed bid": "433333",
				"the contract": d.contract.GetName(), "its number": d.contract.GetNumber(), "a bid": "/bids/"} {
				if strings.Contains(all.String(), secret) {
					t.Errorf("public, asked by %s: %s", name, what)
				}
			}
		}
		for name, c := range map[string]struct {
			who   *markettest.Member
			knows bool
		}{"a stranger": {stranger, false}, "the loser": {d.lost, false}, "the firm": {d.firm, true}, "the winner": {d.won, true}} {
			var all strings.Builder
			for _, table := range append(tables, pb.Export_CONTRACTS) {
				_, text := own(t, m, c.who, table, pb.Export_NDJSON)
				all.WriteString(text)
			}
			if got := strings.Contains(all.String(), "418000.00"); got != c.knows {
				t.Errorf("%s: the deal is in it: %t", name, got)
			}
			if got := strings.Contains(all.String(), d.contract.GetName()); got != c.knows {
				t.Errorf("%s: the contract is in it: %t", name, got)
			}
			if strings.Contains(all.String(), "455555") || strings.Contains(all.String(), "433333") {
				t.Errorf("%s: a bid that has not won is in it", name)
			}
		}
	})
}

// TestRecorded makes sure that who takes what is its own is in the ledger before, with the digest of what was taken, and that verify knows it.
func TestRecorded(t *testing.T) {
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := dealt(m)
		before := markettest.Sizes(t, m)[0]
		public(t.Context(), t, m, pb.Export_DEMANDS, pb.Export_XLSX)
		if got := markettest.Sizes(t, m)[0]; got != before {
			t.Errorf("a public export left %d entries", got-before)
		}
		req := &pb.ExportOwnTableRequest{Parent: ledger, Table: pb.Export_CONTRACTS, Format: pb.Export_CSV, RequestId: markettest.ID()}
		e, _, err := collect(api(t, m).ExportOwnTable(d.firm.Ctx(), req))
		if err != nil {
			t.Fatal(err)
		}
		if e.GetReceipt().GetSequence() != before || e.GetAsOfSequence() != before {
			t.Errorf("receipt %v at %d, want %d", e.GetReceipt(), e.GetAsOfSequence(), before)
		}
		kept, err := m.Ledgers.GetEntry(d.firm.Ctx(), &pb.GetEntryRequest{Name: fmt.Sprintf("%s/entries/%d", ledger, before)})
		if err != nil {
			t.Fatal(err)
		}
		told, err := entry.Decode(kept.GetBody())
		if err != nil || told.Kind != "export.made" || told.Organization != d.firm.Name {
			t.Fatalf("entry %+v, %v", told, err)
		}
		for column, want := range map[string]string{"table": "contracts", "format": "csv", "rows": "1", "sha256": hex.EncodeToString(e.GetSha256()), "as_of": fmt.Sprint(before)} {
			if got, _ := told.Row.Get(column); got != want {
				t.Errorf("%s: got %q, want %q", column, got, want)
			}
		}
		m.Sign(d.firm, m.Contract(d.firm, m.Award(d.firm, m.Close(d.firm, d.open), func() *pb.Bid {
			list, err := m.Bids.ListBids(d.firm.Ctx(), &pb.ListBidsRequest{Parent: d.open.GetName()})
			if err != nil || len(list.GetBids()) != 1 {
				t.Fatalf("%v, %v", list, err)
			}
			return list.GetBids()[0]
		}())))
		again := func() error { return failed(collect(api(t, m).ExportOwnTable(d.firm.Ctx(), req))) }
		m.Refuse(t, again, codes.AlreadyExists, "EXPORT_TAKEN", "request_id")
		report, err := m.Server.Verify(t.Context(), markettest.Jurisdiction)
		if err != nil || len(report.Problems) > 0 {
			t.Errorf("verify says %v, %v", report.Problems, err)
		}
		req.RequestId, req.ValidateOnly = markettest.ID(), true
		before = markettest.Sizes(t, m)[0]
		stream, err := api(t, m).ExportOwnTable(d.firm.Ctx(), req)
		if err != nil {
			t.Fatal(err)
		}
		if first, err := stream.Recv(); err != nil || first.GetExport().GetRows() != 1 {
			t.Errorf("validate_only: %v, %v", first, err)
		}
		if part, err := stream.Recv(); err != io.EOF {
			t.Errorf("validate_only sends %v, %v", part, err)
		}
		if got := markettest.Sizes(t, m)[0]; got != before {
			t.Errorf("validate_only left %d entries", got-before)
		}
	})
}

// TestDownload takes exports over HTTP.
func TestDownload(t *testing.T) {
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := dealt(m)
		for _, test := range []struct {
			method, file, secret string
			status               int
			kind                 string
		}{
			{"GET", "demands.xlsx", "", 200, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
			{"GET", "records.json", "", 200, "application/json"},
			{"GET", "contracts.csv", d.firm.Secret, 400, "application/json; charset=utf-8"},
			{"GET", "demands.json", "", 400, "application/json; charset=utf-8"},
			{"GET", "nothing.csv", "", 404, "application/json; charset=utf-8"},
			{"POST", "contracts.csv?request_id=" + markettest.ID(), "", 401, "application/json; charset=utf-8"},
			{"POST", "contracts.csv?request_id=" + markettest.ID(), d.firm.Secret, 200, "text/csv; charset=utf-8"},
		} {
			req, err := http.NewRequestWithContext(t.Context(), test.method, "http://"+m.HTTP+"/v1/"+ledger+"/exports/"+test.file, nil)
			if err != nil {
				t.Fatal(err)
			}
			if test.secret != "" {
				req.Header.Set("Authorization", "Bearer "+test.secret)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if err != nil || resp.StatusCode != test.status || resp.Header.Get("Content-Type") != test.kind || len(bytes.TrimSpace(body)) == 0 {
				t.Errorf("%s %s: %d %s %s, %v", test.method, test.file, resp.StatusCode, resp.Header.Get("Content-Type"), body, err)
			}
			if test.status == 200 && !strings.HasPrefix(resp.Header.Get("Content-Disposition"), `attachment; filename="`) {
				t.Errorf("%s: %q", test.file, resp.Header.Get("Content-Disposition"))
			}
		}
	})
}

// TestRefusals makes each documented refusal.
func TestRefusals(t *testing.T) {
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		call := func(ctx context.Context, parent string, table pb.Export_Table, f pb.Export_Format) func() error {
			return func() error {
				return failed(collect(api(t, m).ExportTable(ctx, &pb.ExportTableRequest{Parent: parent, Table: table, Format: f})))
			}
		}
		m.Refuse(t, call(t.Context(), "ledgers/999999", pb.Export_DEMANDS, pb.Export_CSV), codes.NotFound, "LEDGER_NOT_FOUND", "")
		m.Refuse(t, call(t.Context(), ledger, pb.Export_RECORDS, pb.Export_CSV), codes.InvalidArgument, "TABLE_FORMAT", "format")
		m.Refuse(t, call(m.Bureau.Ctx(), ledger, pb.Export_CONTRACTS, pb.Export_CSV), codes.InvalidArgument, "TABLE_NOT_PUBLIC", "table")
		m.Refuse(t, call(t.Context(), ledger, 0, pb.Export_CSV), codes.InvalidArgument, "FIELD_INVALID", "table")
		m.Refuse(t, func() error {
			_, err := api(t, m).ListChanges(t.Context(), &pb.ListChangesRequest{Parent: ledger, FromSequence: 1_000_000})
			return err
		}, codes.InvalidArgument, "CHANGES_AHEAD", "from_sequence")
	})
}
