package shingle_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/matching/shingle"
)

func sketch(t interface{ Fatalf(string, ...any) }, s string) shingle.Sketch {
	k, ok := shingle.Of(s)
	if !ok {
		t.Fatalf("%q has no sketch", s)
	}
	return k
}

const demand = "超细碳酸钙在塑料中分散差,需要表面改性;现有硬脂酸湿法包覆能耗高,白度由 96 降到 93。要求白度不低于 95,活化度不低于 98%,吸油值不高于 45 mL/100 g,适用于年产 3 万吨生产线。"

// TestSimilarity compares a demand with itself as others write it, and with another.
func TestSimilarity(t *testing.T) {
	a := sketch(t, demand)
	for _, test := range []struct {
		name, text  string
		least, most int
	}{
		{"itself", demand, 100, 100},
		{"in full width and other spaces", strings.ReplaceAll(strings.ReplaceAll(demand, ",", ","), "98%", "98%"), 100, 100},
		{"with other numbers", strings.ReplaceAll(demand, "95", "94"), 70, 99},
		{"with a sentence before it", "本企业位于建德市。" + demand, 70, 99},
		{"another demand", "无人机长航时动力系统需要提高能量密度,现有锂电池续航不足 40 分钟,要求混合动力续航不低于 3 小时,整机质量不超过 25 kg,噪声不高于 70 dB。", 0, 20},
	} {
		if got := shingle.Similarity(a, sketch(t, test.text)); got < test.least || got > test.most {
			t.Errorf("%s: got %d, want %d to %d", test.name, got, test.least, test.most)
		}
	}
	if _, ok := shingle.Of("白度"); ok {
		t.Error("two characters have a sketch")
	}
}

// TestProperties makes sure that likeness is mutual and that a text is all like itself.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := sketch(t, "碳酸钙改性"+rapid.String().Draw(t, "a"))
		b := sketch(t, "碳酸钙改性"+rapid.String().Draw(t, "b"))
		if shingle.Similarity(a, a) != 100 || shingle.Similarity(a, b) != shingle.Similarity(b, a) {
			t.Fatal("not mutual")
		}
	})
}
