package input

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
	"github.com/jiebang/jiebang/services/money"
)

func TestAmount(t *testing.T) {
	for text, want := range map[string]money.Fen{
		"418000": 41_800_000, "418000.50元": 41_800_050, "418,000.5": 41_800_050, " 41.8万元 ": 41_800_000, "41.8 万元": 41_800_000,
		"41.8万": 41_800_000, "¥418000": 41_800_000, "¥ 418000元": 41_800_000, "0.01": 1, "0.000001万元": 1, "0.1": 10,
		"10000000000000": money.Max, "1000000000万元": money.Max,
	} {
		if got, err := Amount(text); err != nil || got != want {
			t.Errorf("Amount(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"": "请写成", "元": "请写成", "万元": "请写成", "1e6": "请写成", "四十万": "请写成", "41.8万美元": "请写成", "1.2亿": "请写成", "NaN": "请写成",
		"0x10": "请写成", "1 000": "请写成", "0.001": "最小单位是分", "0.0000001万元": "最小单位是分", "0": "须大于 0", "-1": "须大于 0",
		"10000000000000.01": "上限", "99999999999999999999": "上限",
	} {
		if got, err := Amount(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Amount(%q) = %d, %v, want an error with %q", text, got, err, want)
		}
	}
}

func TestMoneyIsExact(t *testing.T) {
	m := Money(41_800_050)
	if m.GetCurrencyCode() != "CNY" || m.GetUnits() != 418_000 || m.GetNanos() != 500_000_000 {
		t.Errorf("Money = %v", m)
	}
}

func TestInstant(t *testing.T) {
	now := time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"2026-12-31": "2026-12-30T16:00:00Z", "2026-12-31 18:00": "2026-12-31T10:00:00Z", "2026-12-31T18:00": "2026-12-31T10:00:00Z",
		"2026-12-31 18:00:30": "2026-12-31T10:00:30Z", "2026-12-31T18:00:00Z": "2026-12-31T18:00:00Z",
		"2026-12-31T18:00:00+09:00": "2026-12-31T09:00:00Z", "+30d": "2026-12-25T03:00:00Z", "+2w": "2026-12-09T03:00:00Z",
		"+2s": "2026-11-25T03:00:02Z", "+1h30m": "2026-11-25T04:30:00Z", " +12h ": "2026-11-25T15:00:00Z",
	} {
		got, err := Instant(text, now)
		if err != nil || got.UTC().Format(time.RFC3339) != want {
			t.Errorf("Instant(%q) = %v, %v, want %s", text, got.UTC(), err, want)
		}
	}
	for _, text := range []string{
		"", "明天", "2026-13-01", "2026-02-30", "2026-12-31 24:00", "12/31/2026", "+", "+d", "+-1d", "+1.5d", "+0s", "+-2s", "++2s", "+40000d",
		"+65535w", "30d", "2026-12-31 18:00 +08:00",
	} {
		if got, err := Instant(text, now); err == nil {
			t.Errorf("Instant(%q) = %v, want an error", text, got)
		}
	}
}

func TestDateAndMonth(t *testing.T) {
	if d, err := Date("2026-05-01"); err != nil || d.GetYear() != 2026 || d.GetMonth() != 5 || d.GetDay() != 1 {
		t.Errorf("Date = %v, %v", d, err)
	}
	if _, err := Date("2026-02-29"); err == nil {
		t.Error("a day that does not exist was taken")
	}
	for text, ok := range map[string]bool{"": true, "2026-01": true, "2026-13": false, "2026": false, "2026-1": false} {
		if _, err := Month(text); (err == nil) != ok {
			t.Errorf("Month(%q): %v", text, err)
		}
	}
}

func TestParseEnum(t *testing.T) {
	for _, text := range []string{"new-materials", "NEW_MATERIALS", "new_materials", "New-Materials", "新材料及其应用", " 新材料 "} {
		if got, err := ParseEnum[jiebangv1.TechnologyField](text); err != nil || got != jiebangv1.TechnologyField_NEW_MATERIALS {
			t.Errorf("ParseEnum(%q) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "新", "技术", "technology-field-unspecified", "0", "5"} {
		if got, err := ParseEnum[jiebangv1.TechnologyField](text); err == nil {
			t.Errorf("ParseEnum(%q) = %v, want an error", text, got)
		}
	}
	if got, err := ParseEnum[jiebangv1.Channel]("揭榜"); err != nil || got != jiebangv1.Channel_JIEBANG {
		t.Errorf("揭榜 = %v, %v", got, err)
	}
}

// TestEveryCodeHasAChineseName walks all enumerations of the API, so that a new value without a name fails here.
func TestEveryCodeHasAChineseName(t *testing.T) {
	files := []protoreflect.FileDescriptor{
		jiebangv1.File_jiebang_v1_classification_proto, jiebangv1.File_jiebang_v1_policy_proto, jiebangv1.File_jiebang_v1_demand_service_proto,
		jiebangv1.File_jiebang_v1_bid_service_proto, jiebangv1.File_jiebang_v1_contract_service_proto,
		jiebangv1.File_jiebang_v1_organization_service_proto, jiebangv1.File_jiebang_v1_audit_service_proto,
		jiebangv1.File_jiebang_v1_achievement_service_proto, jiebangv1.File_jiebang_v1_profile_service_proto,
		jiebangv1.File_jiebang_v1_match_service_proto, jiebangv1.File_jiebang_v1_amendment_service_proto, jiebangv1.File_jiebang_v1_custodian_service_proto,
		jiebangv1.File_jiebang_v1_milestone_service_proto, jiebangv1.File_jiebang_v1_payment_service_proto,
	}
	check := func(enums protoreflect.EnumDescriptors) {
		for i := range enums.Len() {
			e := enums.Get(i)
			if e.FullName() == "jiebang.v1.Policy.Access" {
				continue // never shown
			}
			if names := chinese(e.FullName()); len(names) != e.Values().Len()-1 {
				t.Errorf("%s has %d values and %d Chinese names", e.FullName(), e.Values().Len()-1, len(names))
			}
		}
	}
	for _, f := range files {
		check(f.Enums())
		for i := range f.Messages().Len() {
			check(f.Messages().Get(i).Enums())
		}
	}
}

func TestChineseOfAnUnknownValue(t *testing.T) {
	if got := Chinese(jiebangv1.Channel(99)); got != "99" {
		t.Errorf("Chinese(99) = %q", got)
	}
	if got := Chinese(jiebangv1.Channel(0)); got != "" {
		t.Errorf("Chinese(0) = %q", got)
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	digest, err := Digest(write("a.txt", "合同"))
	if want := sha256.Sum256([]byte("合同")); err != nil || string(digest) != string(want[:]) {
		t.Errorf("Digest = %x, %v", digest, err)
	}
	for _, path := range []string{write("empty", ""), filepath.Join(dir, "missing"), dir} {
		if d, err := Digest(path); err == nil {
			t.Errorf("Digest(%s) = %x, want an error", path, d)
		}
	}
	if got, err := Text(write("bom.txt", "\uFEFF第一行\r\n第二行\r\n"), nil, 100); err != nil || got != "第一行\r\n第二行" {
		t.Errorf("Text = %q, %v", got, err)
	}
	if got, err := Text("-", strings.NewReader("说明"), 100); err != nil || got != "说明" {
		t.Errorf("Text(-) = %q, %v", got, err)
	}
	if _, err := Text("-", strings.NewReader("\xff"), 100); err == nil {
		t.Error("a text that is not UTF-8 was taken")
	}
	if _, err := Text("-", strings.NewReader("12345"), 4); err == nil {
		t.Error("a text above the limit was taken")
	}
}
