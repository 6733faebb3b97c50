package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jiebang/jiebang/services/matching/engine"
)

// titles: whoever types a title finds its document first, in full width and capitals too.
func (r reading) titles(t *testing.T) {
	for _, d := range r.docs {
		title := d.Text["title"]
		for _, text := range []string{title, strings.ToUpper(title), wide(title)} {
			if got := search(t, r, engine.Query{Text: text, Limit: 3}); len(got.Hits) == 0 || got.Hits[0].ID != d.ID {
				t.Errorf("%q: got %v, want %s", text, ids(got.Hits), d.ID)
			}
		}
	}
}

// wide writes ASCII in full width.
func wide(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '\u3000'
		case r > ' ' && r <= '~':
			return r + 0xFEE0
		}
		return r
	}, s)
}

// words: a word is found wherever it stands, and nowhere else.
func (r reading) words(t *testing.T) {
	for word, want := range inOrder(map[string][]string{
		"碳酸钙": {"caco3-grinding", "caco3-nano"}, "有机硅": {"silicone-seal", "silicone-slurry"}, "变压器": {"transformer-noise", "transformer-pd"},
		"机床": {"bearing-heat", "five-axis"}, "医疗器械": {"suture"}, "稀土": {"magnet-motor"}, "水泥": {"cement-nox", "magnet-motor"}, "草莓": {"strawberry"},
		"茶园": {"tea-picking"}, "ppb": {"li-battery", "silicone-d4"}, "pm2.5": {"pm25"},
	}) {
		got := search(t, r, engine.Query{Text: word, Must: Public, Limit: 100})
		if missing := slices.DeleteFunc(slices.Clone(want), func(id string) bool { return slices.Contains(ids(got.Hits), id) }); len(missing) > 0 {
			t.Errorf("%s: %v are missing from %v", word, missing, ids(got.Hits))
		}
		for _, h := range got.Hits[:min(len(want), len(got.Hits))] {
			if !slices.Contains(want, h.ID) {
				t.Errorf("%s: %s stands before one of %v", word, h.ID, want)
			}
		}
	}
}

// pairs: where Substring is claimed, any two neighbouring Chinese characters of a title find its document.
func (r reading) pairs(t *testing.T) {
	if !r.Caps().Substring {
		return
	}
	var qs []engine.Query
	var want []string
	for _, d := range r.docs {
		runes := []rune(d.Text["title"])
		for i := 1; i < len(runes); i++ {
			if runes[i-1] >= 0x4E00 && runes[i] >= 0x4E00 && runes[i-1] <= 0x9FFF && runes[i] <= 0x9FFF {
				qs, want = append(qs, engine.Query{Kind: Kind, Text: string(runes[i-1 : i+1]), Limit: 100}), append(want, d.ID)
			}
		}
	}
	for part := range slices.Chunk(qs, 100) {
		rs, err := r.Multi(t.Context(), part)
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range rs {
			if !slices.Contains(ids(got.Hits), want[i]) {
				t.Errorf("%s does not find %s", part[i].Text, want[i])
			}
		}
		want = want[len(part):]
	}
}

// awkward: what Chinese engines are known to miss. The document must be among the first so many; a row with a capability is for engines that have it.
func (r reading) awkward(t *testing.T) {
	for _, row := range Awkward {
		if row.Needs != nil && !row.Needs(r.Caps()) {
			continue
		}
		got := search(t, r, engine.Query{Text: row.Query, Must: Public, Limit: row.Within})
		if !slices.Contains(ids(got.Hits), row.Want) {
			t.Errorf("%s (%s): %s is not among %v", row.Query, row.Why, row.Want, ids(got.Hits))
		}
	}
}

// Row is a query, and a document that must be among its first hits.
type Row struct {
	Query, Want, Why string
	Within           int
	Needs            func(engine.Caps) bool // nil: every engine
}

var (
	substring = func(c engine.Caps) bool { return c.Substring }
	hanTypo   = func(c engine.Caps) bool { return c.HanTypo }
	typo      = func(c engine.Caps) bool { return c.Typo }
)

// Awkward are the queries that once failed, here or elsewhere.
var Awkward = []Row{
	{"处理", "bearing-heat", "a part of 热处理", 10, substring},
	{"简单", "wallboard", "behind another word: 安装简单", 1, nil},
	{"农业", "agri-bank", "inside a name: 中国农业发展银行", 3, nil},
	{"招商 公司", "investment", "two words of a name", 1, nil},
	{"工具", "toolbox", "a part of 测试工具箱", 1, substring},
	{"试工", "toolbox", "across the border of words", 1, substring},
	{"纤维", "carbon-fiber", "a part of 碳纤维", 1, substring},
	{"传感网", "landslide", "an abbreviation of 传感器网络", 3, hanTypo},
	{"無線傳感器網絡", "landslide", "traditional characters", 1, nil},
	{"變壓器降噪", "transformer-noise", "traditional characters", 1, nil},
	{"氫氧化鎂阻燃劑", "magnesia", "traditional characters", 1, nil},
	{"石墨烯", "graphene-film", "a compound", 1, nil},
	{"钙钛矿", "perovskite", "a compound", 1, nil},
	{"勃姆石", "li-battery", "no dictionary has it", 1, nil},
	{"锂", "li-battery", "one character", 3, nil},
	{"5G基站", "base-station", "letters and characters", 1, nil},
	{"PM2.5", "pm25", "a point inside a word", 1, nil},
	{"C++", "cpp-solver", "signs inside a word", 1, nil},
	{"c语言", "c-firmware", "one letter", 1, nil},
	{"D4", "silicone-d4", "a code", 1, nil},
	{"3.5kV", "pulse-power", "a number with its unit", 1, nil},
	{"3.5 kv", "pulse-power", "a number apart from its unit", 1, nil},
	{"35kV", "ring-cabinet", "not 3.5 kV", 1, nil},
	{"Q235B", "q235b", "a code", 1, nil},
	{"Ｑ２３５Ｂ", "q235b", "a code in full width", 1, nil},
	{"Q235", "q235b", "a part of a code", 3, nil},
	{"GB/T 4754", "investment", "a standard", 1, nil},
	{"GBT4754", "investment", "a standard without its strokes", 3, nil},
	{"≥95%", "magnesia", "a bound", 5, nil},
	{"纯度≥95%", "magnesia", "a bound", 1, nil},
	{"1500 W/(m·K)", "graphene-film", "a unit with signs", 1, nil},
	{"0.72㎡", "perovskite", "a unit in one sign", 1, nil},
	{"CO2捕集", "lime-kiln", "CO₂ with a small 2", 1, nil},
	{"nox 50mg/m3", "cement-nox", "m³ with a small 3", 1, nil},
	{"tansuangai", "caco3-grinding", "pinyin in one word", 3, nil},
	{"tan suan gai", "caco3-nano", "pinyin in syllables", 3, nil},
	{"bianyaqi", "transformer-pd", "pinyin", 3, nil},
	{"通航", "ga-drone", "an abbreviation of 通用航空", 3, nil},
	{"局放", "transformer-pd", "an abbreviation of 局部放电", 1, nil},
	{"LLM 微调", "nlp", "a synonym in another language", 1, nil},
	{"石墨稀散热膜", "graphene-film", "one wrong character", 1, hanTypo},
	{"纳米碳酸盖", "caco3-nano", "one wrong character", 1, hanTypo},
	{"变压器局部放电检测", "transformer-pd", "检测 for 监测", 1, hanTypo},
	{"产业园区招商元宇宙", "investment", "a word that is nowhere", 1, hanTypo},
	{"transfomer", "nlp", "a letter too few", 1, typo},
	{"轴承钢 变形 HRC", "bearing-heat", "words from three places", 1, nil},
}

// signs: no sign that is typed has a meaning, and nothing that is typed is an error.
func (r reading) signs(t *testing.T) {
	for _, row := range [][2]string{{`"碳酸钙"`, "碳酸钙"}, {"-碳酸钙 -改性", "碳酸钙 改性"}, {`变压器 "-降噪`, "变压器 降噪"}, {"变压器 AND NOT 降噪", "变压器 and not 降噪"}} {
		got, want := search(t, r, engine.Query{Text: row[0], Limit: 20}), search(t, r, engine.Query{Text: row[1], Limit: 20})
		same(t, fmt.Sprintf("%s against %s", row[0], row[1]), ids(got.Hits), ids(want.Hits))
	}
	for _, text := range []string{`"`, "-", `\`, "😀", "？！。", "a\x00b", "\xff\xfe", "%_*?[](){}", "' OR 1=1 --", "field = \"农业\"", strings.Repeat("碳酸钙改性", 2000),
		strings.Repeat("a", 10_000), strings.Repeat("数控 ", 3000)} {
		if _, err := r.Search(t.Context(), engine.Query{Kind: Kind, Text: text, Limit: 10}); err != nil {
			t.Errorf("%.40q: %v", text, err)
		}
	}
	all := search(t, r, engine.Query{Text: " \u3000\t\n", Limit: 100})
	same(t, "an empty text finds all", set(all.Hits), admitted(r.docs))
}

// exact: a number or a code is found as it is; another one is not near enough, whatever is forgiven in words.
func (r reading) exact(t *testing.T) {
	for text, not := range inOrder(map[string]string{"99.998%": "silicone-d4", "4755": "investment", "11023": "ring-cabinet", "180000000": "base-station"}) {
		if got := search(t, r, engine.Query{Text: text, Limit: 100}); slices.Contains(ids(got.Hits), not) {
			t.Errorf("%s finds %s, which has another number", text, not)
		}
	}
	if got := search(t, r, engine.Query{Text: "Q345B", Limit: 1}); len(got.Hits) > 0 && got.Hits[0].ID == "q235b" {
		t.Errorf("Q345B finds q235b first")
	}
}

// caps: what an engine says of itself.
func (r reading) caps(t *testing.T) {
	c := r.Caps()
	if c.Name == "" {
		t.Error("it has no name")
	}
	if c.Vector != (r.o.Vector != nil) {
		t.Errorf("Vector is %v, and the suite was given vectors: %v", c.Vector, r.o.Vector != nil)
	}
	if err := r.Health(t.Context()); err != nil {
		t.Errorf("health: %v", err)
	}
	if !c.Exact {
		return
	}
	for _, text := range []string{"", "碳酸钙", "变压器 噪声", "tansuangai"} {
		if got := search(t, r, engine.Query{Text: text, Limit: 100}); !got.Exact || got.Total != len(got.Hits) {
			t.Errorf("%q: total %d (exact %v), and %d hits", text, got.Total, got.Exact, len(got.Hits))
		}
	}
}
