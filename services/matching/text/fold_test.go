package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jiebang/jiebang/services/matching/text"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"ＧＢ／Ｔ　４７５４－２０１７", "gb/t 4754-2017"},
		{"無線傳感器網絡", "无线传感器网络"},
		{"面積㎡、體積㎥、質量㎏、長度㎜", "面积m2、体积m3、质量kg、长度mm"},
		{"５０℃ 50°C ℉", "50°c 50°c °f"},
		{"①第一②第二 ⑳", "1 第一 2 第二 20"},
		{"Ⅳ型 ⅸ", "iv型 ix"},
		{"5μm 5µm ㎛", "5um 5um um"},
		{"10×10 ≧95％ ⩽3‰", "10x10 ≥95% ≤3‰"},
		{">=95% <= 3 ＞＝5", "≥95% ≤ 3 ≥5"},
		{"10⁶ 10²³ 10⁻³ m² H₂O", "10^6 10^23 10^-3 m2 h2o"},
		{"－－—–‐−", "------"},
		{" a \t\n\u3000b\u00a0 ", "a b"},
		{"a\x00b\u200bc\ufeff\u00ad", "abc"},
		{"Schro\u0308dinger Schrödinger ÉCOLE", "schrodinger schrodinger ecole"},
		{"⼯⽔ 豈 「甲」", "工水 岂 \"甲\""},
		{"“引号”‘单’", "\"引号\"'单'"},
		{"𝑥²+𝐘", "x2+y"},
		{"\xff\xfe坏\xc0字�", "坏字"},
		{"ﬁ ㏀ ½ 第①类", "fi kω 1/2 第 1 类"},
	} {
		if got := text.Fold(c.in); got != c.want {
			t.Errorf("Fold(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// TestFoldEveryCharacter folds each character alone and between digits: twice is once, and nothing comes out that is no text.
func TestFoldEveryCharacter(t *testing.T) {
	for r := rune(0); r <= utf8.MaxRune; r++ {
		for _, s := range []string{string(r), "1" + string(r) + "1"} {
			once := text.Fold(s)
			if twice := text.Fold(once); twice != once {
				t.Errorf("%U in %q: %q, then %q", r, s, once, twice)
			}
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"", "\xff", "\x00", "> =", ">\x00=", ">==", "1²²", "1\u0300²", "a ① ", "👩‍🔬🇨🇳", strings.Repeat("碳酸鈣", 3334)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := text.Fold(s)
		if twice := text.Fold(once); twice != once {
			t.Errorf("%q: %q, then %q", s, once, twice)
		}
		if !utf8.ValidString(once) || strings.Contains(once, "  ") || strings.TrimSpace(once) != once || strings.ContainsRune(once, 0) {
			t.Errorf("%q: %q", s, once)
		}
	})
}
