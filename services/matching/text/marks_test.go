package text_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/matching/text"
)

func TestMarks(t *testing.T) {
	for _, c := range []struct{ query, source, want string }{
		{"轴承钢", "高性能軸承鋼的制备", "高性能[軸承鋼]的制备"},
		{"轴承钢", "承钢与轴承", "[承钢]与[轴承]"},
		{"轴承钢轴", "钢轴承", "[钢轴]承"},
		{"铁", "高速铁路", "高速[铁]路"},
		{"高铁", "高速铁路", "高速铁路"},
		{"q235", "用Ｑ２３５Ｂ钢", "用Ｑ[２３５]Ｂ钢"},
		{"gb/t 4754", "ＧＢ／Ｔ　４７５４", "[ＧＢ／Ｔ]　[４７５４]"},
		{"gbt4754", "GB/T 4754", "[GB/T] [4754]"},
		{"3.5kv", "3.5 kV", "[3.5 kV]"},
		{"m2", "5㎡", "5㎡"},
		{"5m2", "面积5㎡。", "面积[5㎡]。"},
		{"kvm0", "5kV㎡", "5kV㎡"},
		{"≥95%", "纯度>=95%", "纯度[>=95%]"},
		{"95%", "纯度≥ 95 %。", "纯度≥ [95 %]。"},
		{"tansuangai", "改性碳酸钙粉", "改性[碳酸钙]粉"},
		{"yin hang", "本行业银行", "本行业[银行]"},
		{"", "甲", "甲"},
		{"甲", "", ""},
		{"<b>", "<b>粗</b>", "<[b]>粗</[b]>"},
		{"碳酸", "\xff碳\u200b酸\xff", "\xff[碳\u200b酸]\xff"},
	} {
		if got := bracket(c.source, text.Marks(c.source, c.query)); got != c.want {
			t.Errorf("Marks(%q, %q) = %q, want %q", c.source, c.query, got, c.want)
		}
	}
}

func bracket(s string, marks [][2]int) string {
	for _, m := range slices.Backward(marks) {
		s = s[:m[0]] + "[" + s[m[0]:m[1]] + "]" + s[m[1]:]
	}
	return s
}

// checkMarks is what holds for any marks.
func checkMarks(t interface{ Errorf(string, ...any) }, source, query string) {
	at := 0
	for _, m := range text.Marks(source, query) {
		if m[0] < at || m[1] <= m[0] || m[1] > len(source) {
			t.Errorf("%q in %q: %v after %d", query, source, m, at)
			return
		}
		at = m[1]
		if utf8.ValidString(source) && !utf8.ValidString(source[m[0]:m[1]]) {
			t.Errorf("%q in %q: %v is within a character", query, source, m)
		}
		strokes := strings.NewReplacer(" ", "", "-", "", "/", "")
		part, whole := strokes.Replace(text.Fold(source[m[0]:m[1]])), strokes.Replace(text.Fold(query))
		if !strings.Contains(whole, part) && text.Syllables(query) == nil {
			t.Errorf("%q in %q: %q is not of the query", query, source, source[m[0]:m[1]])
		}
	}
}

func TestMarksAreOfTheQuery(t *testing.T) {
	words := rapid.StringMatching(`([碳酸鈣高性能轴承钢铁]|[A-Z][0-9]|[a-z .%㎡①-]|３．５kV){0,12}`)
	rapid.Check(t, func(t *rapid.T) {
		checkMarks(t, words.Draw(t, "source"), words.Draw(t, "query"))
	})
}

func FuzzMarks(f *testing.F) {
	f.Add("碳酸鈣", "碳酸钙")
	f.Add("\xff\x00👩‍🔬", "\xff")
	f.Add(strings.Repeat("碳酸钙", 3334), strings.Repeat("酸钙碳", 3334))
	f.Add(strings.Repeat("的", 10000), strings.Repeat("的", 9999)+"x")
	f.Add("㎡㎡", "m2m")
	f.Add("10⁻³", "10^-3")
	f.Fuzz(func(t *testing.T, source, query string) {
		at := 0
		for _, m := range text.Marks(source, query) {
			if m[0] < at || m[1] <= m[0] || m[1] > len(source) || utf8.ValidString(source) && !utf8.ValidString(source[m[0]:m[1]]) {
				t.Errorf("%q in %q: %v after %d", query, source, m, at)
			}
			at = m[1]
		}
	})
}

func TestPinyin(t *testing.T) {
	for in, want := range map[string]string{
		"碳酸钙": "tan suan gai", "银行": "yin hang", "行业標準": "hang ye biao zhun", "长度12mm": "chang du", "绿色": "lv se", "abc": "", "": "", "重复率": "chong fu lv",
	} {
		if got := text.PinyinOf(in); got != want {
			t.Errorf("PinyinOf(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"tansuangai": "tan suan gai", "Tan Suan Gai": "tan suan gai", "tàn suān gài": "tan suan gai", "xi'an": "xi an", "xian": "xian", "fangan": "fang an",
		"lüse": "lv se", "zhuang": "zhuang", "q235": "", "pump": "", "碳酸": "", "": "", "tansuangai 5": "", "v": "",
	} {
		if got := strings.Join(text.Syllables(in), " "); got != want {
			t.Errorf("Syllables(%q) = %q, want %q", in, got, want)
		}
	}
	if !text.Sounds("行业", "hang", "ye") || text.Sounds("行业", "xing", "ye") || !text.Sounds("碳酸", "tan", "suan") {
		t.Error("行业 is hang ye, 碳酸 is tan suan")
	}
	if !strings.Contains(text.Homophones("hang"), "行") || !strings.Contains(text.Homophones("tan"), "碳") {
		t.Error("行 and 碳 are missing among the homophones of hang and tan")
	}
}

// TestSyllablesSpell cuts what syllables were joined to into as few or fewer syllables, which spell the same.
func TestSyllablesSpell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Fields(text.PinyinOf(rapid.StringMatching(`[碳酸钙高性能轴承钢西安方案绿]{1,10}`).Draw(t, "s")))
		got := text.Syllables(strings.Join(s, ""))
		if len(got) == 0 || len(got) > len(s) || strings.Join(got, "") != strings.Join(s, "") {
			t.Fatalf("%q gives %q", s, got)
		}
	})
}
