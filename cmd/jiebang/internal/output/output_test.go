package output

import (
	"os"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"
	gmoney "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

func TestMain(m *testing.M) {
	text.OverrideRuneWidthEastAsianWidth(false) // as main does
	os.Exit(m.Run())
}

type demand = *jiebangv1.Demand

func columns() []Column[demand] {
	return []Column[demand]{
		Plain("编号", demand.GetNumber),
		Plain("标题", demand.GetTitle).Flexible(),
		{Title: "榜额", Amount: func(d demand) *gmoney.Money { return d.GetBudget() }, Absent: "面议"},
		Plain("说明", demand.GetDescription).InDetail(),
	}
}

func items() []demand {
	return []demand{
		{Name: "demands/a", Number: "1", Title: "纳米碳酸钙连续制备与表面改性关键技术", Budget: &gmoney.Money{CurrencyCode: "CNY", Units: 1_234_567}},
		{Name: "demands/b", Number: "22", Title: "@SUM(A1)", Description: "一二三四五六七八九十一二三四五六七八九十"},
	}
}

func TestTableOnANarrowTerminal(t *testing.T) {
	for width, want := range map[int]string{
		0: "编号  标题                                  榜额(万元)\n" +
			"1     纳米碳酸钙连续制备与表面改性关键技术      123.46\n" +
			"22    @SUM(A1)                                    面议\n",
		40: "编号  标题                    榜额(万元)\n" +
			"1     纳米碳酸钙连续制备与..      123.46\n" +
			"22    @SUM(A1)                      面议\n",
		10: "编号  标题          榜额(万元)\n" +
			"1     纳米碳酸钙..      123.46\n" +
			"22    @SUM(A1)            面议\n",
	} {
		got := stream(t, Options{Terminal: true, Width: width}, items())
		if got != want {
			t.Errorf("width %d:\n%s\nwant\n%s", width, got, want)
		}
		for _, line := range strings.Split(strings.TrimSuffix(got, "\n"), "\n") {
			if w := text.StringWidth(line); width == 40 && w > width {
				t.Errorf("width %d: %q has %d columns", width, line, w)
			}
		}
	}
}

func TestColorIsForHeadersOnly(t *testing.T) {
	got := stream(t, Options{Color: true}, items()[1:])
	if !strings.HasPrefix(got, "\x1b[1m编号") || strings.Contains(got[strings.Index(got, "\n"):], "\x1b") {
		t.Errorf("%q", got)
	}
	if got := stream(t, Options{}, items()); strings.Contains(got, "\x1b") {
		t.Errorf("color without being asked: %q", got)
	}
}

func TestDetailWrapsOnATerminal(t *testing.T) {
	var b strings.Builder
	p, err := New(&b, Options{Terminal: true, Width: 30})
	if err != nil {
		t.Fatal(err)
	}
	if err := One(t.Context(), p, columns(), items()[1]); err != nil {
		t.Fatal(err)
	}
	want := "编号  22\n标题  @SUM(A1)\n榜额  面议\n说明  一二三四五六七八九十一二\n      三四五六七八九十\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestGuard(t *testing.T) {
	for cell, want := range map[string]string{
		"": "", "a": "a", "=1": "'=1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "'=1": "'=1", "中=": "中=", "418000.00": "418000.00",
	} {
		if got := guard(cell); got != want {
			t.Errorf("guard(%q) = %q, want %q", cell, got, want)
		}
	}
}

func TestClean(t *testing.T) {
	for s, want := range map[string]string{
		"纳米“①”\n第二行": "纳米“①”\n第二行", "a\r\nb": "a\nb", "a\tb": "a b", "\x1b]0;x\x07": "\uFFFD]0;x\uFFFD", "\u009b31m": "\uFFFD31m",
		"a\u202eb": "a\uFFFDb", "a\u2066b": "a\uFFFDb", "\x7f": "\uFFFD", "a\rb": "a\uFFFDb",
	} {
		if got := Clean(s); got != want {
			t.Errorf("Clean(%q) = %q, want %q", s, got, want)
		}
	}
}

func TestMoney(t *testing.T) {
	m := func(units int64, nanos int32) *gmoney.Money {
		return &gmoney.Money{CurrencyCode: "CNY", Units: units, Nanos: nanos}
	}
	for _, c := range []struct {
		view View
		m    *gmoney.Money
		want string
	}{
		{View{}, m(64_180_000, 0), "6418"},
		{View{}, m(0, 0), "0"},
		{View{}, nil, ""},
		{View{Yuan: true}, m(418_000, 500_000_000), "418000.50"},
		{View{CSV: true}, m(418_000, 10_000_000), "418000.01"},
		{View{Detail: true}, m(418_000, 10_000_000), "418000.01 元(41.8 万元)"},
		{View{}, &gmoney.Money{CurrencyCode: "USD", Units: 1}, ""},
	} {
		if got := c.view.Money(c.m); got != c.want {
			t.Errorf("%+v %v = %q, want %q", c.view, c.m, got, c.want)
		}
	}
}

func TestTime(t *testing.T) {
	at := timestamppb.New(timestamppb.New(items()[0].GetDeadline().AsTime()).AsTime())
	at.Seconds, at.Nanos = 1_798_711_259, 5_000_000 // 2026-12-31T10:00:59.005Z
	for want, view := range map[string]View{
		"2026-12-31 18:00 +08:00": {}, "2026-12-31 18:00:59 +08:00": {Detail: true}, "2026-12-31T18:00:59.005+08:00": {CSV: true},
	} {
		if got := view.Time(at); got != want {
			t.Errorf("%+v = %q, want %q", view, got, want)
		}
	}
	if got := (View{}).Time(nil); got != "" {
		t.Errorf("nil = %q", got)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, o := range []Options{
		{Format: "xml"}, {Unit: "fen"}, {JQ: ".["}, {JQ: "nosuch(1)"}, {JQ: ".", Format: CSV}, {JQ: ".", Format: Table},
	} {
		if _, err := New(nil, o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
	if _, err := New(nil, Options{JQ: ".", Format: JSON}); err != nil {
		t.Error(err)
	}
}

func TestQueryErrors(t *testing.T) {
	p, err := New(&strings.Builder{}, Options{JQ: `.[] | error("no")`})
	if err != nil {
		t.Fatal(err)
	}
	s := NewStream(p, columns())
	if err := s.Add(items()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "no") {
		t.Errorf("Close: %v", err)
	}
}

// TestJSONArrives checks that a list leaves page by page.
func TestJSONArrives(t *testing.T) {
	for format, want := range map[Format]string{JSON: `"name": "demands/a"`, CSV: "纳米", YAML: "name: demands/a", Name: "demands/a"} {
		var b strings.Builder
		p, err := New(&b, Options{Format: format})
		if err != nil {
			t.Fatal(err)
		}
		if err := NewStream(p, columns()).Add(items()[:1]); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s: nothing after the first page: %q", format, b.String())
		}
	}
}

func stream(t *testing.T, o Options, list []demand) string {
	t.Helper()
	var b strings.Builder
	p, err := New(&b, o)
	if err != nil {
		t.Fatal(err)
	}
	s := NewStream(p, columns())
	for _, item := range list {
		if err := s.Add([]demand{item}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
