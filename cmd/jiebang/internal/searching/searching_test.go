package searching

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type part = jiebangv1.Fragment_Part

// someParts draws parts of a text.
func someParts(t *rapid.T) (parts []*part) {
	for range rapid.IntRange(1, 6).Draw(t, "parts") {
		parts = append(parts, &part{Text: rapid.StringOfN(rapid.RuneFrom([]rune("碳酸钙ab【】\n")), 1, 30, -1).Draw(t, "text"), Found: rapid.Bool().Draw(t, "found")})
	}
	return parts
}

// TestMarked marks texts: without the marks they are as they were written, and between the marks is what was found.
func TestMarked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := someParts(t)
		got := marked(parts)
		if plain := strings.NewReplacer("«", "", "»", "").Replace(got); plain != written(&jiebangv1.Fragment{Parts: parts}) {
			t.Fatalf("%q was written, %q is shown", written(&jiebangv1.Fragment{Parts: parts}), got)
		}
		var found, want strings.Builder
		for _, run := range strings.Split(got, "«")[1:] {
			inside, _, closed := strings.Cut(run, "»")
			if !closed {
				t.Fatalf("%q is not closed", got)
			}
			found.WriteString(inside)
		}
		for _, p := range parts {
			if p.GetFound() {
				want.WriteString(p.GetText())
			}
		}
		if found.String() != want.String() {
			t.Fatalf("%q marks %q, found was %q", got, found.String(), want.String())
		}
	})
	if got := marked([]*part{{Text: "碳酸", Found: true}, {Text: "钙", Found: true}, {Text: "粉"}}); got != "«碳酸钙»粉" {
		t.Errorf("neighbours are marked %q", got)
	}
}

// TestExcerpt cuts texts: they fit a line, show the beginning of what was found first, and close every mark.
func TestExcerpt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := someParts(t)
		got := excerpt(parts)
		if n := len([]rune(got)); n > longest+len("»..") {
			t.Fatalf("%q has %d characters", got, n)
		}
		if strings.Count(got, "«") != strings.Count(got, "»") || strings.Contains(got, "«»") {
			t.Fatalf("%q is not marked well", got)
		}
		if i := slices.IndexFunc(parts, (*part).GetFound); i >= 0 && !strings.Contains(got, "«"+string([]rune(parts[i].GetText())[:1])) {
			t.Fatalf("%q does not show what was found", got)
		}
	})
	for _, c := range []struct {
		parts []*part
		want  string
	}{
		{[]*part{{Text: "粒径小于 80 nm 的"}, {Text: "碳酸钙", Found: true}}, ".. 80 nm 的«碳酸钙»"},
		{[]*part{{Text: "纳米", Found: true}, {Text: strings.Repeat("粉", 40)}}, "«纳米»" + strings.Repeat("粉", 28) + ".."},
		{[]*part{{Text: strings.Repeat("纳", 40), Found: true}}, "«" + strings.Repeat("纳", 31) + "».."},
		{[]*part{{Text: "没有"}}, "没有"},
	} {
		if got := excerpt(c.parts); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// TestHighlight marks the title in its place, and shows below it one other text, whatever was found in how many.
func TestHighlight(t *testing.T) {
	found := func(field, text string) *jiebangv1.Fragment {
		return &jiebangv1.Fragment{Field: field, Parts: []*part{{Text: text, Found: true}}}
	}
	g := output.Grid{Header: []string{"标题", "名称"}, Flex: []bool{true, false}, Rows: [][]string{{"一", "d1"}, {"二", "d2"}, {"三", "d3"}}}
	g = highlight(g, []*jiebangv1.Snippet{{Fragments: []*jiebangv1.Fragment{found("title", "一"), found("keywords", "词"), found("description", "说")}}, {}})
	want := [][]string{{"«一»", "d1"}, {"  «词»", ""}, {"二", "d2"}, {"三", "d3"}}
	if !slices.EqualFunc(g.Rows, want, slices.Equal) || g.Flex[0] {
		t.Errorf("got %q, flexible %v", g.Rows, g.Flex)
	}
	g = highlight(output.Grid{Header: []string{"标题"}, Flex: []bool{true}, Rows: [][]string{{"一"}}}, []*jiebangv1.Snippet{{}})
	if len(g.Rows) != 1 || !g.Flex[0] {
		t.Errorf("nothing was found in the text, and %q is shown, flexible %v", g.Rows, g.Flex)
	}
}

// TestJoin joins pages: what was found follows, and what all pages tell is there once.
func TestJoin(t *testing.T) {
	page := func(name, next string, total int32) *jiebangv1.SearchDemandsResponse {
		return &jiebangv1.SearchDemandsResponse{Demands: []*jiebangv1.Demand{{Name: name}}, NextPageToken: next, Snippets: []*jiebangv1.Snippet{{}},
			Facets: []*jiebangv1.Facet{{Attribute: "field", Values: []*jiebangv1.Facet_Value{{Value: "NUCLEAR", Count: total}}}},
			Info:   &jiebangv1.SearchInfo{TotalSize: total, Exact: total == 1, Engine: "embedded"}}
	}
	whole := page("demands/1", "more", 1)
	join(whole, page("demands/2", "", 2))
	want := page("demands/1", "", 2)
	want.Demands, want.Snippets = append(want.Demands, &jiebangv1.Demand{Name: "demands/2"}), append(want.Snippets, &jiebangv1.Snippet{})
	if !proto.Equal(whole, want) {
		t.Errorf("got %v\nwant %v", whole, want)
	}
}

// TestExplained shows that the weights under a score are those of its reasons, in their order.
func TestExplained(t *testing.T) {
	columns := []output.Column[string]{output.Plain("成果名称", func(s string) string { return s }), output.Plain("名称", strings.ToUpper), output.Plain("别的", strings.ToLower)}
	g := explained(only(columns, "成果名称", "名称"), []fit[string]{
		{"a", 300, []*jiebangv1.MatchReason{{Text: "含义相近", Weight: 280}, {Text: "技术领域相同", Weight: 20}}, "achievements/x"}, {"b", 7, nil, ""},
	}, output.View{})
	want := [][]string{{"300", "a", "A"}, {"", "  凭 achievements/x", ""}, {"+280", "  含义相近", ""}, {"+20", "  技术领域相同", ""}, {"7", "b", "B"}}
	if !slices.EqualFunc(g.Rows, want, slices.Equal) || !slices.Equal(g.Header, []string{"得分", "成果名称", "名称"}) || !g.Right[0] {
		t.Errorf("got %v %q", g.Header, g.Rows)
	}
}

// TestCodes reads lists of codes as people write them.
func TestCodes(t *testing.T) {
	for text, want := range map[string][]jiebangv1.Achievement_Maturity{
		"中试": {jiebangv1.Achievement_PILOT}, "pilot,产业化": {jiebangv1.Achievement_PILOT, jiebangv1.Achievement_INDUSTRIAL},
		"小试,中试、产业化": {jiebangv1.Achievement_SMALL_BATCH, jiebangv1.Achievement_PILOT, jiebangv1.Achievement_INDUSTRIAL}, "": nil,
	} {
		var list []jiebangv1.Achievement_Maturity
		if err := (codes[jiebangv1.Achievement_Maturity]{&list}).Set(text); err != nil || !slices.Equal(list, want) {
			t.Errorf("%q is %v, %v", text, list, err)
		}
	}
	var list []jiebangv1.Achievement_Maturity
	if err := (codes[jiebangv1.Achievement_Maturity]{&list}).Set("中试,成熟"); err == nil {
		t.Error("成熟 is taken for a code")
	}
}

// TestHow says who found how many.
func TestHow(t *testing.T) {
	for want, info := range map[string]*jiebangv1.SearchInfo{
		"共 12 条,由内置引擎检索":            {TotalSize: 12, Exact: true, Engine: "embedded"},
		"约 1000 条,由 meilisearch 检索": {TotalSize: 1000, Engine: "meilisearch"},
		"共 1 条,索引正在建立,只查了标题":        {TotalSize: 1, Exact: true, Engine: "database"},
	} {
		if got := how(info); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
