package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/services"
)

// TestReports reads figures with their units and 同比, closes a year, and sees what has changed it: first the clerk asks, then the second person approves.
func TestReports(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	b, firm := m.bureau, m.firm()
	zju := b.must("", "org", "create", "--display-name", "浙江大学", "--kind", "高校", "--uscc", "12330182MA2T00002N", "-o", "name")
	text := filepath.Join(t.TempDir(), "text.txt")
	if err := os.WriteFile(text, []byte("成果转让合同正文"), 0o600); err != nil {
		t.Fatal(err)
	}
	record := func(amount, day string) string {
		return b.must("", "contract", "record", "--buyer", firm, "--seller", zju, "--channel", "成果拍卖", "--class", "技术转让", "--field", "新材料", "--title", "成果转让合同",
			"--amount", amount, "--sign-date", day, "--text", text, "-o", "name")
	}
	record("5849万元", "2023-05-01")
	first := record("6418万元", "2024-06-01")
	shows := func(d *desk, want string, args ...string) string {
		t.Helper()
		got := strings.Join(strings.Fields(d.must("", append([]string{"report"}, args...)...)), " ")
		if !strings.Contains(got, want) {
			t.Errorf("report %q: got %s, want %q", args, got, want)
		}
		return got
	}
	counted := func(contract string) { // the figures follow the ledger
		b.must("", "report", "show", "signed_amount", "--at-least-sequence", b.must("", "contract", "get", contract, "--jq", ".receipt.sequence"))
	}
	counted(first)
	shows(b, "合作总金额 6418 5849 万元 +9.73% signed_amount@1", "show", "--period", "2024")
	shows(b, "签约单位 2 2 家 0.00% contract_parties@1", "show", "--period", "2024")
	shows(b, "本期 64180000.00 元(6418 万元) 上年同期 58490000.00 元(5849 万元)", "show", "signed_amount", "--period", "2024")
	shows(b, "signed_amount@1,合作总金额,元,产出,", "definitions", "-o", "csv")
	shows(b, "auction 成果拍卖 6418 5849 +9.73%", "groups", "signed_amount", "--period", "2024", "--by", "渠道")
	shows(b, "2024-06 2024年6月 6418 0", "groups", "signed_amount", "--period", "2024", "--part", "月")
	shows(b, "口径 signed_amount@1,已计入账本前", "groups", "signed_amount", "--period", "2024", "--part", "季度")
	shows(b, "成果转让合同 2024-06-01 6418 "+first+" ledgers/330182/entries/", "records", "signed_amount", "--period", "2024")
	b.refused(failure.Usage, "--by", "", "report", "groups", "signed_amount")
	b.refused(failure.Usage, "可用的指标", "", "report", "records", "a/b")
	b.refused(failure.Validation, "2024-Q1", "", "report", "show", "signed_amount", "--period", "去年")
	b.refused(failure.Pending, "令牌不能提出申请", "", "report", "close", "2024")

	clerk, second := m.found("clerk", "operator", "approver"), m.found("second", "approver")
	second.factor()
	twice := func(args ...string) string {
		t.Helper()
		stderr := clerk.refused(failure.Pending, "APPROVAL_REQUIRED", "", append([]string{"report"}, args...)...)
		second.must("", "approve", regexp.MustCompile(`jiebang approve (approvals/\S+)`).FindStringSubmatch(stderr)[1], "--yes")
		return clerk.must("", append(typed(t, regexp.MustCompile(`(?m)(jiebang report .*)$`).FindString(stderr)), "-o", "name")...)
	}
	closed := twice("close", "2024")
	shows(clerk, "2024年 1 ", "closures")
	shows(clerk, "合作总金额 64180000.00 元(6418 万元)", "get", closed)
	late := record("100元", "2024-12-31")
	counted(late)
	shows(clerk, "合作总金额 6418 6418.01 0.01 万元 signed_amount@1", "compare", closed)
	shows(clerk, "2024-12-31 0 0.01 0.01 "+late+" ledgers/330182/entries/", "differences", closed, "signed_amount")
	twice("restate", closed, "--reason", "补登")
	shows(clerk, "2024年 2 ", "closures", "--filter", `period = "2024"`, "--limit", "1")
}

// TestClock finds that the clock was set, and two persons confirm it.
func TestClock(t *testing.T) {
	t.Parallel()
	c := &ahead{}
	m := openMarket(t, func(config *services.Config) { config.Clock = c })
	clerk, second := m.found("clerk", "operator", "approver"), m.found("second", "approver")
	second.factor()
	shows := func(want string) {
		t.Helper()
		if got := clerk.must("", "audit", "clock"); !strings.Contains(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	shows("没有待确认的调整")
	clerk.refused(failure.Usage, "没有待确认的调整", "", "audit", "clock", "--confirm")
	c.set.Store(int64(2 * time.Hour))
	if err := m.server.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	shows("2h0m0s")
	stderr := clerk.refused(failure.Pending, "APPROVAL_REQUIRED", "", "audit", "clock", "--confirm")
	second.must("", "approve", regexp.MustCompile(`jiebang approve (approvals/\S+)`).FindStringSubmatch(stderr)[1], "--yes")
	clerk.must("", typed(t, regexp.MustCompile(`(?m)(jiebang audit .*)$`).FindString(stderr))...)
	shows("没有待确认的调整")
}

// TestTwoYears takes the agreements of two years from files: 52 of 5849 万元 and then 47 of 6418 万元, exact, with 同比; once more with the same request_id nothing changes.
func TestTwoYears(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	b, firm := m.bureau, m.firm()
	zju := b.must("", "org", "create", "--display-name", "浙江大学", "--kind", "高校", "--uscc", "12330182MA2T00002N", "-o", "name")
	digest := strings.Repeat("A", 43) + "="
	file := func(year, count int, fen int64) string {
		var lines strings.Builder
		for i := range count {
			part := fen / int64(count)
			if i == 0 {
				part += fen % int64(count)
			}
			fmt.Fprintf(&lines, `{"title":"协议 %d","buyer":%q,"seller":%q,"channel":"AUCTION","class":"DEVELOPMENT","field":"AGRICULTURE","total":{"currencyCode":"CNY","units":"%d","nanos":%d},`+
				`"signDate":{"year":%d,"month":%d,"day":28},"textDigest":%q}`+"\n", i+1, firm, zju, part/100, part%100*10_000_000, year, i%12+1, digest)
		}
		path := filepath.Join(t.TempDir(), fmt.Sprintf("%d.jsonl", year))
		if err := os.WriteFile(path, []byte(lines.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const request = "6f1d2c3b-0000-4000-8000-000000000001"
	first := file(2023, 52, 5_849_0000_00)
	b.must("", "contract", "import", first, "--request-id", request)
	names := strings.Fields(b.must("", "contract", "import", file(2024, 47, 6_418_0000_00), "-o", "name"))
	again := strings.Fields(b.must("", "contract", "import", first, "--request-id", request, "-o", "name"))
	if len(names) != 47 || len(again) != 52 {
		t.Fatalf("got %d and %d contracts", len(names), len(again))
	}
	b.must("", "report", "show", "signed_amount", "--at-least-sequence", b.must("", "contract", "get", names[46], "--jq", ".receipt.sequence"))
	got := strings.Join(strings.Fields(b.must("", "report", "show", "--period", "2024")), " ")
	for _, want := range []string{"签约 47 52 项 -9.62% contracts_signed@1", "合作总金额 6418 5849 万元 +9.73% signed_amount@1", "现额 6418 5849 万元"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want %q", got, want)
		}
	}
	b.refused(failure.Usage, "第 2 行不是一份合同", "{\"title\":\"a\"}\n{\"titel\":\"b\"}\n", "contract", "import", "-")
	b.refused(failure.Usage, "没有合同", "\n", "contract", "import", "-")
	if got := b.must("", "contract", "list", "--all", "-o", "name"); len(strings.Fields(got)) != 99 {
		t.Errorf("there are %d contracts", len(strings.Fields(got)))
	}
}
