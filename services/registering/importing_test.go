package registering_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/registertest"
	fen "github.com/jiebang/jiebang/services/money"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// mixed are rows of the registry's list that are right and wrong.
var mixed = [][]any{
	{"浙江省技术合同登记清单"},
	{"序号", "合同登记编号", "合同名称", "买方名称", "卖方名称", "合同成交额(万元)", "技术交易额(万元)", "登记日期"},
	{1, "2026330182000001", "超细碳酸钙", "建德新材料", "浙江大学", "41.8", "30", "2026-01-05"},
	{2, "26330182000002", "老编号", "", "", "418,000元", "418000元", "2026年1月6日"},
	{3, "202633018200000", "", "", "", "2", "1", "2026/1/7"},
	{4, "2026330182000004", "", "", "", "1", "2", "2026-01-08"},
	{5, "2026330182000001", "又是一号", "", "", "1", "1", "2026-01-09"},
	{6, "2026330182000006", "", "", "", "面议", "", "2026-01-10"},
	{7, "2026330182000007", "", "", "", "0.0000001", "1", "2026-13-01"},
	{8, "2026330182000008", "Excel 的日期", "", "", "0.000001", "0.000001", 46030},
	{9, "2026330182000009", "明年的", "", "", "1", "1", "2027-01-01"},
}

const told = "3 created; 4 created; 5 refused [合同登记编号 REGISTRATION_NUMBER]; 6 refused [技术交易额(万元) TECHNOLOGY_EXCEEDS]; 7 refused [合同登记编号 NUMBER_TWICE]; " +
	"8 refused [合同成交额(万元) AMOUNT_TEXT] [技术交易额(万元) AMOUNT_TEXT]; 9 refused [合同成交额(万元) AMOUNT_FRACTION] [登记日期 REGISTRATION_DATE]; 10 created; " +
	"11 refused [登记日期 REGISTRATION_DATE]"

func book(t *testing.T, rows [][]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func values(rows [][]any) []byte {
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "%q", fmt.Sprint(cell))
		}
		b.WriteString("\r\n")
	}
	return []byte(b.String())
}

func tell(rows []*pb.ImportedRow) string {
	var all []string
	for _, r := range rows {
		line := fmt.Sprint(r.GetNumber(), " ", strings.ToLower(r.GetOutcome().String()))
		for _, p := range r.GetProblems() {
			line += " [" + p.GetColumn() + " " + p.GetReason() + "]"
		}
		all = append(all, line)
	}
	return strings.Join(all, "; ")
}

// TestImport imports the registry's list as a workbook, as values in two encodings, and again: rows that are wrong are refused and marked, and one that
// changes nothing leaves no entry.
func TestImport(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o := registertest.New(t, m)
		send := func(req *pb.ImportRegistryRecordsRequest, want string, grows int64) *pb.ImportRegistryRecordsResponse {
			t.Helper()
			req.RequestId = markettest.ID()
			before := markettest.Sizes(t, m)
			resp := markettest.Must(o.Records.ImportRegistryRecords(o.Registrar.Ctx(), req))(t)
			if got := tell(resp.GetRows()); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if got := markettest.Sizes(t, m); got[0] != before[0]+grows {
				t.Errorf("the ledger grew by %d entries, want %d", got[0]-before[0], grows)
			}
			for _, r := range resp.GetRows() {
				for _, p := range r.GetProblems() {
					if p.GetText() == "" || strings.ContainsAny(p.GetText(), "{}") {
						t.Errorf("row %d: %q says nothing", r.GetNumber(), p.GetText())
					}
				}
			}
			return resp
		}
		gbk, err := simplifiedchinese.GB18030.NewEncoder().Bytes(values(mixed))
		if err != nil {
			t.Fatal(err)
		}
		send(&pb.ImportRegistryRecordsRequest{Format: pb.ImportFormat_XLSX, Content: book(t, mixed), ValidateOnly: true}, told, 0)
		done := send(&pb.ImportRegistryRecordsRequest{Format: pb.ImportFormat_XLSX, Content: book(t, mixed)}, told, 3)
		again := strings.ReplaceAll(told, "created", "unchanged")
		for _, content := range [][]byte{values(mixed), append([]byte("\ufeff"), values(mixed)...), gbk} {
			if resp := send(&pb.ImportRegistryRecordsRequest{Format: pb.ImportFormat_CSV, Content: content}, again, 0); len(resp.GetWorkbook()) > 0 || len(resp.GetNotes()) != 1 {
				t.Errorf("got %v", resp)
			}
		}
		marked, err := excelize.OpenReader(bytes.NewReader(done.GetWorkbook()))
		if err != nil {
			t.Fatal(err)
		}
		if comments, err := marked.GetComments("Sheet1"); err != nil || len(comments) != 8 || comments[0].Cell != "B5" {
			t.Errorf("got the comments %v, %v", comments, err)
		}
		m.Clock.Advance(time.Minute)
		send(&pb.ImportRegistryRecordsRequest{Format: pb.ImportFormat_JSONL, Content: []byte(`{"number":"2026330182000001","contract_total":"50","technology":"30"}`)}, "1 updated", 1)
		r := markettest.Must(o.Records.ListRegistryRecords(o.Approver.Ctx(), &pb.ListRegistryRecordsRequest{Filter: `number = "2026330182000001"`}))(t).GetRegistryRecords()
		if len(r) != 1 || r[0].GetTitle() != "超细碳酸钙" || !proto.Equal(r[0].GetContractTotal(), markettest.Yuan(500_000)) || r[0].GetRegisterDate().GetDay() != 5 {
			t.Errorf("got %v, want what the file lacks left as it was", r)
		}
		empty := &pb.ImportRegistryRecordsRequest{RequestId: markettest.ID(), Format: pb.ImportFormat_CSV, Content: []byte("甲,乙\n1,2\n")}
		m.Refuse(t, func() error { return markettest.Failed(o.Records.ImportRegistryRecords(o.Registrar.Ctx(), empty)) }, codes.InvalidArgument, "IMPORT_HEADER", "content")
		if _, err := o.Records.GetRegistryRecord(m.Firm().Ctx(), &pb.GetRegistryRecordRequest{Name: r[0].GetName()}); err == nil {
			t.Error("a firm reads the registry's list")
		}
		if markettest.Must(o.Records.GetRegistryRecord(o.Registrar.Ctx(), &pb.GetRegistryRecordRequest{Name: r[0].GetName()}))(t).GetNumber() != "2026330182000001" {
			t.Error("got another record")
		}
		verify(t, m)
	})
}

// TestTemplate fills nothing in: its own samples are skipped.
func TestTemplate(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o := registertest.New(t, m)
		content := markettest.Must(o.Records.GetRegistryRecordTemplate(t.Context(), &pb.GetRegistryRecordTemplateRequest{Name: "registryRecordTemplate"}))(t).GetContent()
		m.Refuse(t, func() error {
			return markettest.Failed(o.Records.ImportRegistryRecords(o.Registrar.Ctx(), &pb.ImportRegistryRecordsRequest{RequestId: markettest.ID(), Format: pb.ImportFormat_XLSX, Content: content}))
		}, codes.InvalidArgument, "IMPORT_EMPTY", "content")
	})
}

// TestReconcile compares registrations with the registry's list: each number is in one group, and the sums are those of either side.
func TestReconcile(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o := registertest.New(t, m)
		for i, technology := range []int64{100, 200, 300, 400} {
			o.Register(m.Deal(1000), "202633018200000"+fmt.Sprint(i), fen.Fen(technology))
		}
		gone := o.Register(m.Deal(1000), "2026330182000005", 50)
		do(t, o, o.Registrar, gone, &pb.CancelRegistrationRequest{Reason: "登记有误", Benefits: "无"})
		o.Take(m.Deal(1000), "2026330182000006", 50, 3) // not confirmed
		list := "合同登记编号,合同成交额,技术交易额,登记日期\n2026330182000000,10元,1元,2026-03-02\n2026330182000001,9元,2元,2026-03-02\n2026330182000002,10元,2.99元,2026-03-02\n" +
			"2026330182000005,10元,0.5元,2026-03-02\n20263301820000,10元,7元,2025-12-31\n"
		markettest.Must(o.Records.ImportRegistryRecords(o.Officer.Ctx(), &pb.ImportRegistryRecordsRequest{RequestId: markettest.ID(), Format: pb.ImportFormat_CSV, Content: []byte(list)}))(t)
		all := func(req *pb.ReconcileRegistryRecordsRequest) (string, *pb.ReconcileRegistryRecordsResponse) {
			t.Helper()
			var lines []string
			for {
				resp := markettest.Must(o.Records.ReconcileRegistryRecords(o.Approver.Ctx(), req))(t)
				for _, p := range resp.GetReconciliations() {
					lines = append(lines, p.GetNumber()[8:]+" "+strings.ToLower(p.GetOutcome().String()))
				}
				if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
					return strings.Join(lines, "; "), resp
				}
			}
		}
		const want = "820000 only_there; 82000000 matched; 82000001 amount_differs; 82000002 amount_differs; 82000003 only_here; 82000005 only_there"
		for _, size := range []int32{0, 1, 2, 5, 6} {
			got, resp := all(&pb.ReconcileRegistryRecordsRequest{PageSize: size})
			if got != want {
				t.Errorf("pages of %d: got %s, want %s", size, got, want)
			}
			if resp.GetMatchedCount() != 1 || resp.GetDifferingCount() != 2 || resp.GetOnlyHereCount() != 1 || resp.GetOnlyThereCount() != 2 ||
				!proto.Equal(resp.GetTechnology(), markettest.Fen(1000)) || !proto.Equal(resp.GetListedTechnology(), markettest.Fen(1349)) {
				t.Errorf("got %v", resp)
			}
		}
		if got, resp := all(&pb.ReconcileRegistryRecordsRequest{Year: 2025}); got != "820000 only_there" || !proto.Equal(resp.GetTechnology(), markettest.Fen(0)) {
			t.Errorf("2025: got %s, %v", got, resp)
		}
		if got, _ := all(&pb.ReconcileRegistryRecordsRequest{Outcome: pb.Reconciliation_AMOUNT_DIFFERS, PageSize: 1}); got != "82000001 amount_differs; 82000002 amount_differs" {
			t.Errorf("those that differ: got %s", got)
		}
		for _, who := range []*markettest.Member{m.Firm(), m.Token(m.Bureau.Name, pb.Role_SECADMIN)} {
			if _, err := o.Records.ReconcileRegistryRecords(who.Ctx(), &pb.ReconcileRegistryRecordsRequest{}); err == nil {
				t.Errorf("%s compares", who.Name)
			}
		}
		verify(t, m)
	})
}

// TestUnfiled lists contracts in force that nobody has filed within 30 days.
func TestUnfiled(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, a, b, c := registertest.New(t, m), m.Deal(1000), m.Deal(1000), m.Deal(1000)
		o.Take(a, "", 900, 1)
		o.Draft(b, 900) // begun and not filed
		list := func(as *markettest.Member) string {
			t.Helper()
			names := ""
			req := &pb.ListUnfiledContractsRequest{Parent: "ledgers/" + markettest.Jurisdiction, PageSize: 1}
			for {
				resp := markettest.Must(o.ListUnfiledContracts(as.Ctx(), req))(t)
				for _, k := range resp.GetUnfiledContracts() {
					names += map[string]string{a.Contract.GetName(): "a", b.Contract.GetName(): "b", c.Contract.GetName(): "c"}[k.GetContract()]
				}
				if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
					return names
				}
			}
		}
		m.Clock.Set(at(time.April, 2).Add(-time.Microsecond))
		if got := list(o.Registrar); got != "" {
			t.Errorf("on the last day: got %s", got)
		}
		m.Clock.Set(at(time.April, 2))
		if got, own, none := list(o.Registrar), list(c.Zju), list(a.Zju); got != "cb" || own != "c" || none != "" {
			t.Errorf("a day later: got %s, for a seller %s and %s", got, own, none)
		}
		o.Take(c, "", 900, 1)
		if got := list(o.Officer); got != "b" {
			t.Errorf("once it is filed: got %s", got)
		}
	})
}
