package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services"
)

// spring is a clock that stands in a year whose working days are known.
type spring struct{}

func (spring) Now() time.Time { return time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC) }

func (spring) Elapsed() time.Duration { return 0 }

func (spring) Wait(ctx context.Context, _ time.Time) { <-ctx.Done() }

// TestRegistering registers a contract that the bureau has recorded, after a review, by two officers, and compares it with the registry's list.
func TestRegistering(t *testing.T) {
	t.Parallel()
	m := openMarket(t, func(c *services.Config) { c.Clock = spring{} })
	b, firm := m.bureau, m.firm()
	zju := b.must("", "org", "create", "--display-name", "浙江大学", "--kind", "高校", "--uscc", "12330182MA2T00007F", "-o", "name")
	registrar, officer, seller := m.found("registrar", "registrar"), m.found("officer", "operator"), m.owner(zju)
	file := func(name, content string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	paper := file("paper.txt", "证书影像")
	contract := b.must("", "contract", "record", "--buyer", firm, "--seller", zju, "--channel", "成果拍卖", "--class", "技术转让", "--field", "新材料", "--title", "成果转让合同",
		"--amount", "2000万元", "--sign-date", "2025-06-01", "--text", paper, "-o", "name", "--stage", "小试:100%:2090-06-30:白度不低于95")
	registration := seller.must("", "registration", "create", contract, "--registry", "建德市技术合同登记点", "--technology", "700万元", "-o", "name")
	seller.refused(2, "--declare", "", "registration", "file", registration)
	seller.must("", "registration", "file", registration, "--declare")
	registrar.must("", "registration", "accept", registration)
	registrar.must("", "registration", "return", registration, "--reason", "缺附件")
	seller.must("", "registration", "file", registration, "--declare", "--technology", "650万元")
	registrar.must("", "registration", "accept", registration)
	registrar.must("", "registration", "review", registration, "--reason", "达到限额")
	registrar.refused(2, "姓名:单位", "", "registration", "conclude", registration, "--opinion", "甲", "--minutes", paper)
	registrar.must("", "registration", "conclude", registration, "--minutes", paper, "--opinion", "甲:省专家库:同意:600万元:核减设备:两台", "--opinion", "乙:省专家库:同意:600万元:属实",
		"--opinion", "丙:省专家库:反对:属设备买卖")
	registrar.must("", "registration", "record", registration, "--number", "2026330182000001", "--total", "2000万元", "--technology", "600万元", "--date", "2026-03-02", "--certificate", paper)
	registrar.refused(5, "", "", "registration", "confirm", registration, "--yes")
	if _, _, shown := officer.run("", "registration", "confirm", registration); !strings.Contains(shown, "技术交易额: 6000000.00 元") {
		t.Errorf("what is confirmed is not shown: %s", shown)
	}
	officer.must("", "registration", "confirm", registration, "--yes")
	if shown := seller.must("", "registration", "get", registration); !strings.Contains(shown, "丙(省专家库) 反对 属设备买卖") || !strings.Contains(shown, "核减设备:两台") {
		t.Errorf("the opinions are not shown: %s", shown)
	}
	if got := b.must("", "registration", "list", contract, "--state", "已登记", "-o", "name"); got != registration {
		t.Errorf("got registrations %q, want %q", got, registration)
	}
	if got := b.must("", "contract", "balance", contract, "--jq", "[.signed.units, .registered.units]"); got != `["20000000","6000000"]` {
		t.Errorf("got %s, want the contract's total as it was and the registered part", got)
	}
	list := file("清单.csv", "合同登记编号,合同成交额,技术交易额\n2026330182000001,2000,599\n2026330182000003,2,1\n")
	registrar.must("", "registration", "import", list, "--dry-run")
	registrar.must("", "registration", "import", list)
	registrar.refused(7, "", "", "registration", "import", file("坏.csv", "合同登记编号,合同成交额,技术交易额\n12,2,1\n"))
	if got := registrar.must("", "registration", "records", "--jq", "length"); got != "2" {
		t.Errorf("got %s records, want 2", got)
	}
	if got := registrar.must("", "registration", "reconcile"); !strings.Contains(got, "一致 0,金额不同 1,仅平台有 0,仅清单有 1;技术交易额 平台 6000000.00 元,清单 6000000.00 元") {
		t.Errorf("got %s", got)
	}
	if got := registrar.must("", "registration", "reconcile", "--outcome", "仅清单有", "--jq", "[.reconciliations[].number]"); got != `["2026330182000003"]` {
		t.Errorf("got %s, want what the list alone has", got)
	}
	registrar.must("", "registration", "cancel", registration, "--reason", "登记有误", "--benefits", "无")
	if got := b.must("", "contract", "balance", contract, "--jq", "[.signed.units, .registered.units]"); got != `["20000000","0"]` {
		t.Errorf("got %s, want nothing registered any more", got)
	}
}

// TestClassify is led by questions to a class.
func TestClassify(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	if got := m.bureau.must("", "registration", "classify"); !strings.Contains(got, "第 1 问") || !strings.Contains(got, "content.right") {
		t.Errorf("got %s, want the first question", got)
	}
	for day, want := range map[string]string{"2020-12-31": "技术转让", "2021-01-01": "技术许可"} {
		if got := m.bureau.must("", "registration", "classify", "--sign-date", day, "--answer", "content.right,right.licence", "-o", "name"); got != want {
			t.Errorf("of %s: got %s, want %s", day, got, want)
		}
	}
	if got := m.bureau.must("", "registration", "classify", "--answer", "content.goods"); !strings.Contains(got, "不属技术合同") {
		t.Errorf("got %s, want no technology contract", got)
	}
	m.bureau.refused(7, "CLASS_ANSWER", "", "registration", "classify", "--answer", "nonsense")
}
