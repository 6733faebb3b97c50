package text_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/matching/text"
)

func TestTerms(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"碳酸钙", "碳酸 酸钙"},
		{"铁", "铁"},
		{"高性能,轴承钢", "高性 性能 轴承 承钢"},
		{"5G基站", "5g 基站"},
		{"Q235B钢板", "q235b 235 钢板"},
		{"GB/T 4754-2017", "gb/t gbt gb 4754-2017 4754 2017"},
		{"GB/T4754", "gb/t4754 gbt4754 gb gb/t gbt 4754"},
		{"PM2.5", "pm2.5 pm 2.5"},
		{"3.5kV", "3.5kv 3.5 kv"},
		{"3.5 kV", "3.5 3.5kv kv"},
		{"≥95%", "95% ≥95% 95"},
		{"≥ 95 %", "95 95% ≥95 ≥95%"},
		{"-40~85℃", "-40 40 85°c ~85°c 85"},
		{"80 ℃", "80 80°c c"},
		{"1:10", "1:10 10"},
		{"C++/C#", "c++ c#"},
		{"45#钢", "45# 45 钢"},
		{"wi-fi", "wi-fi wifi wi fi"},
		{"α-TiO₂", "α-tio2 αtio2 α tio α-tio αtio"},
		{"node.js", "node.js node js"},
		{"end.", "end"},
		{"🎉🎉", ""},
		{"100 m³/h", "100 100m3/h m3/h m3h"},
		{strings.Repeat("x", 65), ""},
	} {
		got := text.Terms(text.Fold(c.in))
		want := strings.Fields(c.want)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("Terms(%q) = %q, want %q", c.in, got, want)
		}
	}
}

// TestWaysOfWriting holds what finds what: a query's terms, and a text in which at least one of them must be.
func TestWaysOfWriting(t *testing.T) {
	for _, c := range [][2]string{
		{"95%", "纯度≥95%"}, {"≥95%", "纯度 ≥ 95％"}, {">=95%", "纯度≥95%"}, {"≥95%", "95％以上"}, {"Q235", "Q235B"}, {"q235b", "Ｑ２３５Ｂ"},
		{"GBT4754", "GB/T 4754"}, {"GB/T4754", "GB/T 4754-2017"}, {"4754", "GB/T4754"}, {"3.5kv", "3.5 kV"}, {"3.5 kV", "3.5kV"}, {"kv", "3.5kV"}, {"80℃", "80 °C"},
		{"wifi", "Wi-Fi"}, {"um", "5 μm"}, {"10^6", "10⁶"}, {"處理", "热处理"}, {"PM2.5", "ｐｍ２．５"},
	} {
		found := text.Terms(text.Fold(c[1]))
		if !slices.ContainsFunc(text.Terms(text.Fold(c[0])), func(q string) bool { return slices.Contains(found, q) }) {
			t.Errorf("%q does not find %q: %q", c[0], c[1], found)
		}
	}
}

// TestTwoNeighbours finds any two neighbouring Han characters of any text.
func TestTwoNeighbours(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := text.Fold(rapid.StringMatching(`([碳酸钙高性能轴承钢]|[a-z0-9 ,./%≥-]){0,30}`).Draw(t, "s"))
		terms := text.Terms(s)
		runes := []rune(s)
		for i := 1; i < len(runes); i++ {
			if text.Han(runes[i-1]) && text.Han(runes[i]) && !slices.Contains(terms, string(runes[i-1:i+1])) {
				t.Fatalf("%q: %q is not found", s, string(runes[i-1:i+1]))
			}
		}
	})
}

func FuzzTerms(f *testing.F) {
	for _, s := range []string{"", "\xff\xfe", "a\x00b", "≥", "≥ ", "1.", "1.-", "-", "°c", "1°", "1:", "c++", "👩‍🔬a1", strings.Repeat("碳1", 5000), strings.Repeat("a-1.", 2500)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		folded := text.Fold(s)
		for _, s := range []string{s, folded} {
			text.Each(s, func(term text.Term) {
				if term.Start < 0 || term.End <= term.Start || term.End > len(s) || term.Text == "" || len(term.Text) > 2*64 {
					t.Errorf("%q: %+v", s, term)
				}
				if term.Kind != text.Joined && term.Kind != text.Bound && s[term.Start:term.End] != term.Text {
					t.Errorf("%q: %+v is %q", s, term, s[term.Start:term.End])
				}
				if utf8.ValidString(s) && !utf8.ValidString(term.Text) {
					t.Errorf("%q: %q is cut within a character", s, term.Text)
				}
			})
		}
		if n := len(text.Characters(folded)); n > utf8.RuneCountInString(folded) {
			t.Errorf("%d characters of %q", n, folded)
		}
	})
}

func BenchmarkTerms(b *testing.B) {
	s := text.Fold(strings.Repeat("采用改性碳酸钙填充聚丙烯,冲击强度≥12kJ/m²,Q235B 钢,纯度 99.5%。", 10))
	b.SetBytes(int64(len(s)))
	n := 0
	for b.Loop() {
		text.Each(s, func(text.Term) { n++ })
	}
}

func BenchmarkFold(b *testing.B) {
	s := strings.Repeat("采用改性碳酸鈣填充聚丙烯,冲击强度≥12kJ/m²,Q235B 钢,纯度 99.5%。", 10)
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		text.Fold(s)
	}
}
