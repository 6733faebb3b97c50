package audit

import (
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/reporting/replay"
)

func printed(t *testing.T, f output.Format, d output.Document) string {
	t.Helper()
	var b strings.Builder
	p, err := output.New(&b, output.Options{Format: f})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Document(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReport(t *testing.T) {
	right := &replay.Report{
		Jurisdiction: "330182", Size: 999, Root: "cm9vdA==", DemandsPublished: 55, ContractsSigned: 47, Amount: 6_418_000_000,
		Channels: map[string]replay.Sum{"jiebang": {Contracts: 40, Amount: 6_000_000_000}, "auction": {Contracts: 7, Amount: 418_000_000}},
	}
	wrong := &replay.Report{
		Jurisdiction: "330182", Size: 999, More: 3, Problems: []replay.Problem{
			{Sequence: 17, Subject: "contracts/c1", Column: "total_fen", Text: "由 1 变为 2"},
			{Sequence: 18, Text: "不是\x1b规范编码"},
			{Sequence: -1, Column: "root", Text: "根不符"},
			{Sequence: -1, Text: "=坏"},
		},
	}
	for _, c := range []struct {
		report *replay.Report
		format output.Format
		want   string
	}{
		{right, output.Table, "揭榜: 签约 40 项,金额 6000万元\n成果拍卖: 签约 7 项,金额 418万元\n" +
			"通过:999 条,需求 55 项,签约 47 项,合作总金额 6418万元\n"},
		{right, output.Name, "ledgers/330182\n"},
		{right, output.CSV, "序号,对象,列,问题\n"},
		{wrong, output.Table, "第 17 条 contracts/c1 total_fen: 由 1 变为 2\n第 18 条: 不是\uFFFD规范编码\nroot: 根不符\n=坏\n另有 3 处问题未列出\n未通过\n"},
		{wrong, output.CSV, "序号,对象,列,问题\n17,contracts/c1,total_fen,由 1 变为 2\n18,,,不是\x1b规范编码\n,,root,根不符\n,,,'=坏\n"},
	} {
		d, err := Document(c.report)
		if err != nil {
			t.Fatal(err)
		}
		if got := printed(t, c.format, d); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.format, got, c.want)
		}
	}
	d, err := Document(right)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"ok":true,"jurisdiction":"330182","size":999,"root":"cm9vdA==","demandsPublished":55,"contractsSigned":47,"amountYuan":"64180000.00",` +
		`"channels":[{"channel":"jiebang","contracts":40,"amountYuan":"60000000.00"},{"channel":"auction","contracts":7,"amountYuan":"4180000.00"}],` +
		`"problems":[],"moreProblems":0}`
	if string(d.JSON) != want {
		t.Errorf("got %s, want %s", d.JSON, want)
	}
}

func TestExactNeverRounds(t *testing.T) {
	for fen, want := range map[money.Fen]string{
		6_418_000_000: "6418万元", 41_800_000: "41.8万元", 41_800_050: "418000.50元", 1: "0.01元", 0: "0万元", 10_000: "0.01万元",
	} {
		if got := exact(fen); got != want {
			t.Errorf("exact(%d) = %s, want %s", fen, got, want)
		}
	}
}

func TestHashTakes32Bytes(t *testing.T) {
	for n, want := range map[int]bool{0: false, 31: false, tlog.HashSize: true, 33: false} {
		if _, ok := hash(make([]byte, n)); ok != want {
			t.Errorf("%d bytes: %v", n, ok)
		}
	}
}

func TestProofDocument(t *testing.T) {
	p := &Proof{Origin: "jiebang/330182", Sequence: 17, Size: 18, Key: "k"}
	d, err := p.Document()
	if err != nil {
		t.Fatal(err)
	}
	if got := printed(t, output.Name, d); got != "ledgers/330182/entries/17\n" {
		t.Errorf("name: %q", got)
	}
	if got := printed(t, output.Table, d); !strings.HasPrefix(got, "通过:第 17 条在 jiebang/330182 的账本里\n条目哈希") {
		t.Errorf("table: %q", got)
	}
}
