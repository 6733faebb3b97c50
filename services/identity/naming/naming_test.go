package naming

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/jiebang/jiebang/services/fault"
)

// TestNormalize reads names.
func TestNormalize(t *testing.T) {
	for _, c := range []struct {
		text, name string
		err        *fault.Fault
	}{
		{"浙江大学", "浙江大学", nil},
		{" 浙江  大学 ", "浙江 大学", nil},
		{"建德ABC科技(集团)有限公司", "建德ABC科技(集团)有限公司", nil},
		{"机构 1", "机构 1", nil},
		{"Лаборатория 一", "Лаборатория 一", nil},
		{"Société 法", "Société 法", nil},
		{"浙江\u200b大学", "", ErrSign},
		{"浙江\u202e大学", "", ErrSign},
		{"浙江\ufe00大学", "", ErrSign},
		{"浙江\u3164大学", "", ErrSign},
		{"浙江\u0332大学", "", ErrSign},
		{"浙江\x00大学", "", ErrSign},
		{"浙江¨大学", "", ErrSign}, // a space with a mark over it
		{"Hu\u0430wei 技术", "", ErrScript},
		{"ΑBC 科技", "", ErrScript},
		{"— —", "", ErrShort},
		{"大 ·", "", ErrShort},
	} {
		name, err := Normalize(c.text)
		if name != c.name || c.err == nil && err != nil || c.err != nil && !errors.Is(err, c.err) {
			t.Errorf("%+q: got %q, %v, want %q, %v", c.text, name, err, c.name, c.err)
		}
		if again, err := Normalize(name); name != "" && (again != name || err != nil) {
			t.Errorf("%q again: got %q, %v", name, again, err)
		}
	}
}

// TestFold folds names that look alike, and none that do not.
func TestFold(t *testing.T) {
	for _, pair := range [][2]string{{"ABC 科技", "abc科技"}, {"ABC", "АВС"}, {"HAN", "ΗΑΝ"}, {"modern", "modem"}, {"机构 1", "机构 l"}, {"O2 能源", "02 能源"},
		{"日新", "曰新"}, {"(集团)", "(集团)"}, {"A—B", "A-B"}, {"一诺", "ー诺"}, {"HUAWEI", "huawei"}} {
		if Fold(pair[0]) != Fold(pair[1]) {
			t.Errorf("%q is %q and %q is %q, want them alike", pair[0], Fold(pair[0]), pair[1], Fold(pair[1]))
		}
	}
	for _, pair := range [][2]string{{"机构 1", "机构 11"}, {"浙江大学", "浙江工业大学"}, {"机构 2", "机构 3"}, {"建德一厂", "建德二厂"}, {"A-B", "AB"}} {
		if Fold(pair[0]) == Fold(pair[1]) {
			t.Errorf("%q and %q are alike", pair[0], pair[1])
		}
	}
	for _, table := range []map[rune]rune{twins, capitals} {
		for from, to := range table {
			if _, ok := twins[unicode.ToLower(to)]; ok || from == to {
				t.Errorf("%q stands for %q, which stands for another", from, to)
			}
		}
	}
}

// disguise changes signs of a name for others that look like them, or that nobody sees.
func disguise(r *rand.Rand, name string) string {
	back := map[rune][]rune{}
	for from, to := range twins {
		back[to] = append(back[to], from)
	}
	for from, to := range capitals {
		back[to] = append(back[to], from)
	}
	unseen := []rune("\u200b\u200d\u2060\ufeff\u00ad\u202e\ufe0f\u034f\u3164\U000e0041")
	var b strings.Builder
	for _, s := range name {
		switch twin := back[s]; {
		case len(twin) > 0 && r.IntN(2) == 0:
			slices.Sort(twin)
			s = twin[r.IntN(len(twin))]
		case s > ' ' && s < 0x7f && r.IntN(3) == 0:
			s += 0xfee0 // full width
		case r.IntN(4) == 0:
			s = unicode.ToUpper(s)
		case r.IntN(8) == 0:
			b.WriteRune(unseen[r.IntN(len(unseen))])
		case r.IntN(8) == 0:
			b.WriteRune('\u3000')
		}
		b.WriteRune(s)
	}
	return b.String()
}

// TestDisguised disguises names at random: each is refused for itself, or alike to the name.
func TestDisguised(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	refused, folded := 0, 0
	for range 20_000 {
		for _, name := range []string{"建德oil日新(集团)有限公司", "huawei 技术", "ABCHEKM", "一口未土", "x-ray·lab"} {
			d := disguise(r, name)
			kept, err := Normalize(d)
			if err != nil {
				refused++
			} else if folded++; Fold(kept) != Fold(name) {
				t.Fatalf("%+q passes for %q: %q, not %q", d, name, Fold(kept), Fold(name))
			}
		}
	}
	if refused < 10_000 || folded < 10_000 {
		t.Errorf("refused %d, folded %d: too few of one", refused, folded)
	}
}
