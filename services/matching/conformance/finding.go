package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/text"
)

// titles: whoever types a title finds its document first, in full width and capitals too.
func (r reading) titles(t *testing.T) {
	for _, d := range r.some() {
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

// words: a word is found wherever it stands, before any document that has only a part of it.
func (r reading) words(t *testing.T) {
	for _, word := range []string{"碳酸钙", "有机硅", "变压器", "机床", "草莓", "水泥", "茶园", "无人机", "电池", "d97", "cod"} {
		want := []string{}
		for _, d := range r.docs {
			if engine.Admits(Public, d.Attrs) && strings.Contains(text.Fold(whole(d)), word) {
				want = append(want, d.ID)
			}
		}
		got := search(t, r, engine.Query{Text: word, Must: Public, Limit: most})
		slices.Sort(want)
		same(t, word, set(got.Hits[:min(len(want), len(got.Hits))]), want)
	}
}

// grammar are characters that say nothing; two of them are no word, and an engine may leave them out.
const grammar = "的了和与及或等在对为是于以之其"

// pairs: where Substring is claimed, any two neighbouring Chinese characters of a title find its document.
func (r reading) pairs(t *testing.T) {
	if !r.Caps().Substring {
		return
	}
	han := func(c rune) bool { return c >= 0x4E00 && c <= 0x9FFF }
	var qs []engine.Query
	var want []string
	for _, d := range r.some() {
		runes := []rune(d.Text["title"])
		for i := 1; i < len(runes); i++ {
			if pair := string(runes[i-1 : i+1]); han(runes[i-1]) && han(runes[i]) && strings.Trim(pair, grammar) != "" {
				qs, want = append(qs, engine.Query{Kind: Kind, Text: pair, Limit: most}), append(want, d.ID)
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
	{"处理", "D068", "a part of 处理 in a title, of 热处理 and 预处理 elsewhere", 10, substring},
	{"热处理", "D042", "a word of three characters", 1, nil},
	{"简单", "D086", "behind another word: 安装简单", 2, nil},
	{"农业", "D025", "inside another word: 农业绿色防控", 6, nil},
	{"招商 公司", "D092", "two words of a name", 1, nil},
	{"工具箱", "D099", "a part of 测试工具箱", 1, substring},
	{"试工", "D099", "across the border of words", 1, substring},
	{"纤维", "D018", "a part of 碳纤维", 5, substring},
	{"无线传感网", "D064", "an abbreviation of 无线传感器网络", 3, hanTypo},
	{"無線傳感器網絡", "D064", "traditional characters", 1, nil},
	{"變壓器降噪", "D014", "traditional characters", 1, nil},
	{"氫氧化鎂阻燃", "D037", "traditional characters", 1, nil},
	{"石墨烯", "D098", "a compound", 1, nil},
	{"钙钛矿", "D084", "a compound", 1, nil},
	{"勃姆石", "D039", "no dictionary has it", 1, nil},
	{"锂", "D039", "one character", 3, nil},
	{"5G基站", "D023", "letters and characters", 1, nil},
	{"PM2.5", "D066", "a point inside a word", 1, nil},
	{"C++", "D016", "signs inside a word", 1, nil},
	{"c语言", "D046", "one letter", 1, nil},
	{"D4", "D007", "a code", 1, nil},
	{"3.5kV", "D016", "a number with its unit", 1, nil},
	{"3.5 kv", "D016", "a number apart from its unit", 1, nil},
	{"35kV", "D091", "not 3.5 kV", 1, nil},
	{"Q235B", "D075", "a code", 1, nil},
	{"Ｑ２３５Ｂ", "D075", "a code in full width", 1, nil},
	{"Q235", "D075", "a part of a code", 3, nil},
	{"GB/T 4754", "D092", "a standard", 1, nil},
	{"GBT4754", "D092", "a standard without its strokes", 3, nil},
	{"≥99.3%", "D058", "a bound", 5, nil},
	{"晶形占比≥95%", "D004", "a bound", 1, nil},
	{"0.0235 W/(m·K)", "D096", "a unit with signs", 1, nil},
	{"1200㎡", "D067", "a unit in one sign", 1, nil},
	{"CO2浓度", "D006", "CO₂ with a small 2", 1, nil},
	{"nox 50mg/m3", "D052", "m³ with a small 3", 1, nil},
	{"tansuangai", "D004", "pinyin in one word", 3, nil},
	{"tan suan gai", "D001", "pinyin in syllables", 3, nil},
	{"bianyaqi", "D013", "pinyin", 3, nil},
	{"通航", "D022", "an abbreviation of 通用航空", 3, nil},
	{"局放", "D013", "an abbreviation of 局部放电", 1, nil},
	{"LLM 微调", "D080", "a synonym in another language", 1, nil},
	{"石墨稀加热膜", "D098", "one wrong character", 1, hanTypo},
	{"纳米碳酸盖", "D002", "one wrong character", 1, hanTypo},
	{"变压器局部放电检测", "D013", "检测 for 监测", 1, hanTypo},
	{"产业园区招商元宇宙", "D092", "a word that is nowhere", 1, hanTypo},
	{"transfomer", "D092", "a letter too few", 1, typo},
	{"铬钒钢 变形 HRC", "D042", "words from three places", 1, nil},
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
	all := search(t, r, engine.Query{Text: " \u3000\t\n", Limit: most})
	same(t, "an empty text finds all", set(all.Hits), admitted(r.docs))
}

// exact: a number or a code is found as it is; another one is not near enough, whatever is forgiven in words.
func (r reading) exact(t *testing.T) {
	for text, not := range inOrder(map[string]string{"99.4%": "D058", "4755": "D092", "61851": "D013", "1200000": "D067"}) {
		if got := search(t, r, engine.Query{Text: text, Limit: most}); slices.Contains(ids(got.Hits), not) {
			t.Errorf("%s finds %s, which has another number", text, not)
		}
	}
	if got := search(t, r, engine.Query{Text: "Q345B", Limit: 1}); len(got.Hits) > 0 && got.Hits[0].ID == "D075" {
		t.Errorf("Q345B finds Q235B first")
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
		if got := search(t, r, engine.Query{Text: text, Limit: most}); !got.Exact || got.Total != len(got.Hits) {
			t.Errorf("%q: total %d (exact %v), and %d hits", text, got.Total, got.Exact, len(got.Hits))
		}
	}
}
