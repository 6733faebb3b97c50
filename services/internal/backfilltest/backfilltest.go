// Package backfilltest takes lists of the past into a test market, with the two officers whom that needs.
package backfilltest

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Source is where the lists of tests come from.
const Source = "2024年度揭榜挂帅台账"

// Header is that of the lists of tests.
var Header = []string{"编号", "类型", "名称", "需求方代码", "需求方", "揭榜方代码", "揭榜方", "技术领域", "征集日期", "日期", "金额(万元)", "所属需求编号", "渠道", "合同类别", "扫描件", "合同登记编号", "证据等级"}

// The columns of Header, from 0.
const (
	Number = iota
	Kind
	Title
	BuyerCode
	Buyer
	SellerCode
	Seller
	Field
	Collected
	Date
	Amount
	Demand
	Channel
	Class
	Scan
	Registry
	Grade
)

// Office is the two officers and the API.
type Office struct {
	pb.BackfillServiceClient
	First, Second *markettest.Founder
	Firm, Zju     *markettest.Member
	FirmCode      string
	ZjuCode       string

	t testing.TB
	m *markettest.Market
}

// New opens the office of a market, with a firm and a university.
func New(t testing.TB, m *markettest.Market) *Office {
	t.Helper()
	o := &Office{BackfillServiceClient: pb.NewBackfillServiceClient(m.Server.Conn()), t: t, m: m, First: m.Found(m.Bureau.Name, pb.Role_OPERATOR),
		Second: m.Found(m.Bureau.Name, pb.Role_APPROVER), Firm: m.Firm(), Zju: m.University()}
	o.FirmCode, o.ZjuCode = o.code(o.Firm), o.code(o.Zju)
	return o
}

func (o *Office) code(who *markettest.Member) string {
	o.t.Helper()
	return markettest.Must(o.m.Organizations.GetOrganization(o.m.Bureau.Ctx(), &pb.GetOrganizationRequest{Name: who.Name}))(o.t).GetUscc()
}

// Contract is a row of a contract that is right, with a scan of its own.
func (o *Office) Contract(number, day, amount string) []string {
	row := make([]string, len(Header))
	row[Number], row[Kind], row[Title], row[BuyerCode], row[SellerCode], row[Field] = number, "合同", "技术开发合同 "+number, o.FirmCode, o.ZjuCode, "新材料及其应用"
	row[Date], row[Amount], row[Channel], row[Class], row[Scan] = day, amount, "揭榜", "技术开发", fmt.Sprintf("%064x", []byte(number))
	return row
}

// Demand is a row of a demand that is right.
func (o *Office) Demand(number, collected, published, amount string) []string {
	row := make([]string, len(Header))
	row[Number], row[Kind], row[Title], row[BuyerCode], row[Field] = number, "需求", "技术需求 "+number, o.FirmCode, "新能源与高效节能"
	row[Collected], row[Date], row[Amount] = collected, published, amount
	return row
}

// Bid is a row of a bid that is right.
func (o *Office) Bid(number, demand, day, amount string) []string {
	row := make([]string, len(Header))
	row[Number], row[Kind], row[SellerCode], row[Date], row[Amount], row[Demand] = number, "揭榜", o.ZjuCode, day, amount, demand
	return row
}

// Counts are a year: so many demands collected, so many of them published, so many bids, so many agreements, which add up to a sum in 万元.
type Counts struct{ Year, Collected, Published, Bids, Agreements, Wan int }

// Year is the list of a year.
func (o *Office) Year(c Counts) (rows [][]string) {
	year, collected, published, bids, agreements, wan := c.Year, c.Collected, c.Published, c.Bids, c.Agreements, c.Wan
	day := func(i int) string { return fmt.Sprintf("%d-%02d-%02d", year, 4+i%8, 1+i%28) }
	number := func(kind string, i int) string { return fmt.Sprintf("%s-%d-%03d", kind, year, i+1) }
	for i := range agreements { // before their demands: the order of a list is its keeper's
		part := wan / agreements
		if i == 0 {
			part = wan - part*(agreements-1)
		}
		rows = append(rows, o.Contract(number("HT", i), day(i), fmt.Sprint(part)))
	}
	for i := range bids {
		d := i % published
		rows = append(rows, o.Bid(number("JB", i), number("XQ", d), fmt.Sprintf("%d-12-%02d", year, 1+i%28), "面议"))
	}
	for i := range collected {
		publish := ""
		if i < published {
			publish = day(i)
		}
		rows = append(rows, o.Demand(number("XQ", i), fmt.Sprintf("%d-03-%02d", year, 1+i%28), publish, "50"))
	}
	return rows
}

// CSV writes rows under Header.
func CSV(rows ...[]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.WriteAll(append([][]string{Header}, rows...)) // into memory
	return b.Bytes()
}

// Book writes rows under Header as a workbook, with a title above.
func Book(t testing.TB, rows ...[]string) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	all := append([][]string{{"揭榜挂帅台账"}, Header}, rows...)
	for i, row := range all {
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

// Import hands a list of a source in.
func (o *Office) Import(source string, content []byte) (*pb.ImportBackfillResponse, error) {
	return o.ImportBackfill(o.First.Ctx(), Request(source, content))
}

// Request is that of Import.
func Request(source string, content []byte) *pb.ImportBackfillRequest {
	format := pb.ImportFormat_CSV
	if bytes.HasPrefix(content, []byte("PK")) {
		format = pb.ImportFormat_XLSX
	}
	return &pb.ImportBackfillRequest{RequestId: markettest.ID(), Source: source, Format: format, Content: content}
}

// Stage hands a list in that must be right.
func (o *Office) Stage(source string, rows ...[]string) *pb.Backfill {
	o.t.Helper()
	resp := markettest.Must(o.Import(source, CSV(rows...)))(o.t)
	if resp.GetBackfill() == nil {
		o.t.Fatalf("nothing is staged: %s", Told(resp))
	}
	return resp.GetBackfill()
}

// Approve has a backfill recorded by the two officers; the server does it when it settles.
func (o *Office) Approve(b *pb.Backfill) error {
	o.t.Helper()
	o.First.LogIn(o.m.Bureau.Name)
	o.Second.LogIn(o.m.Bureau.Name)
	req := &pb.RecordBackfillRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag(), Digest: b.GetDigest()}
	return o.m.Together(o.Second, func() error { return markettest.Failed(o.RecordBackfill(o.First.Ctx(), req)) })
}

// Record takes rows all the way into the ledger.
func (o *Office) Record(source string, rows ...[]string) *pb.Backfill {
	o.t.Helper()
	b := o.Stage(source, rows...)
	if err := o.Approve(b); err != nil {
		o.t.Fatal(err)
	}
	o.m.Settle()
	return o.Read(b)
}

// Read reads a backfill.
func (o *Office) Read(b *pb.Backfill) *pb.Backfill {
	o.t.Helper()
	return markettest.Must(o.GetBackfill(o.m.Bureau.Ctx(), &pb.GetBackfillRequest{Name: b.GetName()}))(o.t)
}

// Told is what is wrong with rows, in one line.
func Told(resp *pb.ImportBackfillResponse) string {
	var all []string
	for _, r := range resp.GetRows() {
		for _, p := range r.GetProblems() {
			all = append(all, fmt.Sprintf("%d %s %s", r.GetNumber(), p.GetColumn(), p.GetReason()))
		}
	}
	return strings.Join(all, "; ")
}

// Story leaves a row in each table: a list that is recorded, and one that waits.
func Story(t testing.TB, m *markettest.Market) {
	t.Helper()
	o := New(t, m)
	o.Record(Source, o.Demand("1", "2024-03-01", "2024-04-01", "50"), o.Demand("2", "2024-03-01", "", "面议"), o.Demand("3", "", "2024-04-02", ""), o.Bid("1", "1", "2024-05-01", "41.8"),
		o.Contract("1", "2024-06-01", "41.8"), func() []string { r := o.Contract("2", "2024-06-02", "1"); r[Registry] = "2024330182000001"; return r }(),
		func() []string { r := o.Contract("3", "2024-06-02", "2"); r[Scan], r[Grade] = "", "D"; return r }())
	o.Stage(Source, o.Contract("4", "2024-06-03", "3"))
}
