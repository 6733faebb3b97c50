// Package codes_test checks the lists whole, and what is found in them.
package codes_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/codes"
)

// TestLists counts each list by level and checks its shape: unique codes in order, each under the one that it names, leaves without children.
func TestLists(t *testing.T) {
	levels := map[codes.List][]int{codes.Industry: {20, 97, 473, 1381}, codes.Discipline: {86, 1013, 1817}, codes.TechnologyField: {11}, codes.TRL: {9},
		codes.ContractClass: {5}, codes.Channel: {2}, codes.RejectionReason: {6}, codes.CancellationReason: {5}}
	if got := len(codes.Lists()); got != len(levels) {
		t.Errorf("got %d lists, want %d", got, len(levels))
	}
	for _, info := range codes.Lists() {
		t.Run(string(info.ID), func(t *testing.T) {
			seen, children := map[string]codes.Code{}, map[string]int{}
			count := make([]int, 5)
			var path []string
			for c := range codes.All(info.ID) {
				if _, twice := seen[c.Code]; twice || c.Name == "" || strings.ContainsAny(c.Name, " \u3000()") && info.ID == codes.Industry || strings.TrimSpace(c.Name+c.NameEN) != c.Name+c.NameEN || strings.Contains(c.NameEN, "\t") {
					t.Errorf("%+v: twice, or not clean", c)
				}
				if path = append(path[:c.Level-1], c.Code); c.Level > 1 && path[c.Level-2] != c.Parent {
					t.Errorf("%+v stands below %s", c, path[c.Level-2])
				}
				seen[c.Code] = c
				children[c.Parent]++
				count[c.Level-1]++
			}
			if got := slices.DeleteFunc(count, func(n int) bool { return n == 0 }); !slices.Equal(got, levels[info.ID]) || len(seen) != info.Count {
				t.Errorf("got %v in %d, want %v in %d", got, len(seen), levels[info.ID], info.Count)
			}
			for code, c := range seen {
				if c.Leaf != (children[code] == 0) {
					t.Errorf("%+v has %d below it", c, children[code])
				}
			}
			if info.Title == "" || info.Version == "" || info.Source == "" || info.Licence == "" {
				t.Errorf("got %+v, want all of it", info)
			}
		})
	}
}

// TestLookup looks codes up as people write them.
func TestLookup(t *testing.T) {
	for _, test := range []struct {
		list       codes.List
		code, want string
	}{
		{codes.Industry, "C2613", "C2613 无机盐制造"}, {codes.Industry, "c2613", "C2613 无机盐制造"}, {codes.Industry, "A", "A 农、林、牧、渔业"}, {codes.Industry, "T97", "T97 国际组织"},
		{codes.Industry, "C3531", "C3531 食品、酒、饮料及茶生产专用设备制造"}, {codes.Industry, "C37", "C37 铁路、船舶、航空航天和其他运输设备制造业"},
		{codes.Industry, "T9700", "T9700 国际组织"}, {codes.Industry, "2613", ""}, {codes.Industry, "D2613", ""}, {codes.Industry, "C26130", ""}, {codes.Industry, "", ""},
		{codes.Industry, " C2613", ""}, {codes.Industry, "C261\n", ""}, {codes.Industry, "C26\t化学原料和化学制品制造业", ""}, {codes.Industry, "A01\n", ""},
		{codes.Discipline, "E0203", "E0203 结构陶瓷"}, {codes.Discipline, "a01", "A01 数学"}, {codes.Discipline, "C2613", ""},
		{codes.TRL, "1\t发现基本原理并有报告", ""}, {codes.TRL, "", ""}, {codes.TRL, "6", "6 样机在相关环境中得到验证(中试)"}, {codes.TRL, "0", ""}, {codes.TRL, "10", ""},
		{codes.TechnologyField, "new_materials", "NEW_MATERIALS 新材料及其应用"}, {codes.ContractClass, "SERVICE", "SERVICE 技术服务"}, {codes.Channel, "JIEBANG", "JIEBANG 揭榜"},
		{"none", "A", ""},
	} {
		got := ""
		if c, ok := codes.Lookup(test.list, test.code); ok {
			got = c.Code + " " + c.Name
		}
		if got != test.want {
			t.Errorf("%s %q: got %q, want %q", test.list, test.code, got, test.want)
		}
	}
}

// TestPath climbs to the top.
func TestPath(t *testing.T) {
	for code, want := range map[string]string{"C2613": "C C26 C261 C2613", "c26": "C C26", "C": "C", "C9999": "", "": ""} {
		var got []string
		for _, c := range codes.Path(codes.Industry, code) {
			got = append(got, c.Code)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %v, want %s", code, got, want)
		}
	}
}

// TestFind finds a list by its id and by its kind.
func TestFind(t *testing.T) {
	for name, want := range map[string]codes.List{"industries": codes.Industry, "gbt4754-2017": codes.Industry, "nsfc": codes.Discipline, "trl": codes.TRL, "": "", "none": ""} {
		got, err := codes.Find(name)
		if got.ID != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %s, %v, want %s", name, got.ID, err, want)
		}
	}
}

// TestEveryCode looks every code up again, and nothing else: what All gives is what Lookup gives, however the code is written.
func TestEveryCode(t *testing.T) {
	for _, info := range codes.Lists() {
		all := map[string]codes.Code{}
		for c := range codes.All(info.ID) {
			all[c.Code] = c
		}
		known := slices.Sorted(maps.Keys(all))
		rapid.Check(t, func(t *rapid.T) {
			code := rapid.OneOf(rapid.SampledFrom(known), rapid.StringMatching(`[A-Ca-c]?[0-9]{0,7}`)).Draw(t, "code")
			if rapid.Bool().Draw(t, "lower") {
				code = strings.ToLower(code)
			}
			want, known := all[strings.ToUpper(code)]
			if got, ok := codes.Lookup(info.ID, code); ok != known || got != want {
				t.Errorf("%s %q: got %+v %t, want %+v %t", info.ID, code, got, ok, want, known)
			}
		})
	}
}

func BenchmarkLookup(b *testing.B) {
	for b.Loop() {
		if _, ok := codes.Lookup(codes.Discipline, "H3110"); !ok {
			b.Fatal("H3110 is not found")
		}
	}
}
