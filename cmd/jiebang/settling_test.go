package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSettling amends, fulfils and pays a contract that the bureau has recorded, for both of its sides.
func TestSettling(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	b, firm := m.bureau, m.firm()
	zju := b.must("", "org", "create", "--display-name", "浙江大学", "--kind", "高校", "--uscc", "12330182MA2T00002N", "-o", "name")
	text := filepath.Join(t.TempDir(), "text.txt")
	if err := os.WriteFile(text, []byte("成果转让合同正文"), 0o600); err != nil {
		t.Fatal(err)
	}
	record := []string{"contract", "record", "--buyer", firm, "--seller", zju, "--channel", "成果拍卖", "--class", "技术转让", "--field", "新材料", "--title", "成果转让合同",
		"--amount", "10万元", "--sign-date", "2025-06-01", "--text", text, "-o", "name"}
	b.refused(2, "里程碑 \"小试\"", "", append(record, "--stage", "小试")...)
	b.refused(2, "占比", "", append(record, "--stage", "小试:0%:2026-06-30")...)
	contract := b.must("", append(record, "--stage", "小试:33.33%:2090-06-30:白度不低于95", "--stage", "中试:66.67%:2090-12-31")...)
	amendment := b.must("", "amendment", "create", contract, "--new-total", "12万元", "--why", "价款", "--why", "技术内容", "--explanation", "增加中试", "--text", text, "-o", "name")
	b.must("", "amendment", "propose", amendment)
	if _, _, shown := b.run("", "amendment", "sign", amendment); !strings.Contains(shown, "变更后总额: 120000.00 元") || !strings.Contains(shown, "差额: 20000.00 元") {
		t.Errorf("what is signed is not shown: %s", shown)
	}
	b.must("", "amendment", "sign", amendment, "--yes")
	if got := b.must("", "amendment", "list", contract, "--state", "已生效", "-o", "name"); got != amendment {
		t.Errorf("got amendments %q, want %q", got, amendment)
	}
	milestone := b.must("", "milestone", "list", contract, "--jq", `.[] | select(.number == 1) | .name`)
	milestone = strings.Trim(milestone, `"`)
	b.must("", "milestone", "start", milestone)
	b.must("", "milestone", "submit", milestone, "--evidence", "95.3")
	b.must("", "milestone", "examine", milestone)
	b.must("", "milestone", "conclude", milestone, "--outcome", "met")
	payment := b.must("", "payment", "create", contract, "--kind", "分期款", "--amount", "4万元", "--milestone", milestone, "-o", "name")
	b.must("", "payment", "request", payment)
	b.must("", "payment", "approve", payment)
	b.must("", "payment", "claim", payment, "--voucher", "2026-0001", "--voucher-file", text)
	b.must("", "payment", "confirm", payment, "--yes")
	want := `["100000","20000","120000","40000","39996","80000","4000"]`
	if got := b.must("", "contract", "balance", contract, "--jq", `[.signed.units, .amended.units, .current.units, .paid.units, .accepted.units, .outstanding.units, .paidShare]`); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if shown := b.must("", "contract", "balance", contract); !strings.Contains(shown, "40.00%") {
		t.Errorf("got %s, want 兑现率 40.00%%", shown)
	}
	b.refused(6, "MILESTONES_OPEN", "", "contract", "complete", contract, "--paid", "4万元")
	b.must("", "contract", "terminate", contract, "--code", "协商一致", "--paid", "4万元", "--reason", "不再需要")
	if got := b.must("", "contract", "get", contract, "--jq", "[.endCode, .amountPaid.units]"); got != `["MUTUAL_CONSENT","40000"]` {
		t.Errorf("got %s, want the code and what was paid", got)
	}
}
