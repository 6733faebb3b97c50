package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestContractText says what a recorded contract agrees of its price and its risk, and asks for its text, which its parties have and the platform has not.
func TestContractText(t *testing.T) {
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
	b.refused(2, "--technical 与 --vat 要一起写", "", append(record, "--technical", "8万元")...)
	b.refused(2, "保险人:保险金额", "", append(record, "--insurance", "某某财险")...)
	b.refused(2, "首日:末日:转让条件", "", append(record, "--trial", "2025-01-01:2025-02-01")...)
	b.refused(7, "技术价款(100000.01 元)不能多于总价款(100000.00 元)", "", append(record, "--technical", "100000.01", "--vat", "含税")...)
	contract := b.must("", append(record, "--technical", "8万元", "--vat", "不含税", "--insurance", "某某财险:5万元:600:300:P-1", "--trial", "2025-01-01:2025-03-31:连续三批达标")...)
	shown := b.must("", "contract", "get", contract)
	for _, want := range []string{"技术价款 80000.00 元", "不含税", "某某财险", "保险单号 P-1", "2025-01-01 至 2025-03-31:连续三批达标"} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is not shown: %s", want, shown)
		}
	}
	b.refused(3, "双方自己的文本", "", "contract", "text", contract)
}
