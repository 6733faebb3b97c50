package form_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/offering/form"
	"github.com/jiebang/jiebang/services/offering/sheet"
)

// row reads a line of a file, which may be broken here.
func row(t *testing.T, line string, columns []sheet.Column) sheet.Row {
	t.Helper()
	table, err := sheet.ReadLines([]byte(strings.ReplaceAll(line, "\n", " ")), columns)
	if err != nil {
		t.Fatal(err)
	}
	return table.Rows[0]
}

// faults writes the faults of a row.
func faults[C any](r form.Row[C]) string {
	var all []string
	for _, f := range r.Wrong {
		all = append(all, f.Field+" "+f.Reason)
	}
	return strings.Join(all, "; ")
}

// TestAchievement reads what people write in a file of achievements.
func TestAchievement(t *testing.T) {
	r := form.Achievement(row(t, `{"编号":"A-1","成果名称":"超细碳酸钙","技术领域":"新材料","成果简介":"白度","关键词":"碳酸钙;1,2-二氯乙烷","应用行业":"c2613;无机碱制造、C26 化学原料和化学制品制造业;石油、煤炭及其他燃料加工业","学科":"E0208、数论",
		"知识产权":"发明专利 ZL 2019 1 已授权\n软著 2019SR1 ;技术秘密","技术就绪度":"TRL 7","成熟度":"中试","合作方式":"许可、技术入股 , USE_FIRST","期望价格(万元)":41.8,"所在地代码":330182}`, form.Achievements))
	if len(r.Wrong) > 0 || !slices.Equal(sorted(r.Given), sorted(achievement.Fields)) {
		t.Errorf("got faults %s, given %v", faults(r), r.Given)
	}
	price := "none"
	if r.Content.Price != nil {
		price = r.Content.Price.String()
	}
	r.Content.Price = nil
	want := `{Title:超细碳酸钙 Summary:白度 Field:new_materials Industries:[C2613 C2612 C26 C25] Disciplines:[E0208 A0101] Keywords:[碳酸钙 1,2-二氯乙烷] ` +
		`Properties:[{Kind:invention_patent Number:ZL 2019 1 Stage:granted} {Kind:software_copyright Number:2019SR1 Stage:} {Kind:know_how Number: Stage:}] TRL:7 Maturity:pilot ` +
		`Modes:[license equity use_first] Price:<nil> Region:330182 ExternalID:A-1}`
	if got := fmt.Sprintf("%+v", r.Content); got != want || price != "418000.00" {
		t.Errorf("got  %s\nwant %s\nprice %s", got, want, price)
	}
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

// cells are cells of a file of achievements and what is wrong with each.
var cells = []struct{ key, value, want string }{
	{"field", `"新材料及其应用"`, ""}, {"field", `"新"`, "field CELL_WORD"}, {"field", `"材料"`, "field CELL_WORD"}, {"field", `""`, ""},
	{"maturity", `"产业化"`, ""}, {"maturity", `"快好了"`, "maturity CELL_WORD"}, {"cooperation_modes", `["转让","送"]`, "cooperation_modes CELL_WORD"},
	{"trl", `7`, ""}, {"trl", `"9 级"`, ""}, {"trl", `""`, ""}, {"trl", `"七"`, "trl CELL_NUMBER"}, {"trl", `7.5`, "trl CELL_NUMBER"},
	{"asking_price", `"面议"`, ""}, {"asking_price", `""`, ""}, {"asking_price", `0`, "asking_price AMOUNT_NOT_POSITIVE"}, {"asking_price", `-1`, "asking_price AMOUNT_NOT_POSITIVE"},
	{"asking_price", `"0.0000001"`, "asking_price AMOUNT_FRACTION"}, {"asking_price", `"十万"`, "asking_price AMOUNT_TEXT"}, {"asking_price", `1e6`, "asking_price AMOUNT_TEXT"},
	{"asking_price", `"10000000000"`, "asking_price AMOUNT_TOO_LARGE"}, {"asking_price", `"0.000001"`, ""}, {"asking_price", `"1,200万元"`, ""}, {"asking_price", `"约 5 万"`, "asking_price AMOUNT_TEXT"},
	{"industries", `"C2613,C9999"`, "industries[1] INDUSTRY_UNKNOWN"}, {"industries", `"2613"`, "industries[0] INDUSTRY_UNKNOWN"}, {"disciplines", `["X1","X2"]`, "disciplines[0] DISCIPLINE_UNKNOWN; disciplines[1] DISCIPLINE_UNKNOWN"},
	{"intellectual_properties", `"专利 ZL1"`, "intellectual_properties CELL_PROPERTY"}, {"intellectual_properties", `"发明专利"`, ""}, {"summary", `"电话 13812345678"`, "summary CONTACT_IN_TEXT"},
	{"没有", `1`, " KEY_UNKNOWN"},
}

// TestCells reads cells that are right and wrong.
func TestCells(t *testing.T) {
	for _, c := range cells {
		r := form.Achievement(row(t, fmt.Sprintf(`{%q:%s}`, c.key, c.value), form.Achievements))
		if got := faults(r); got != c.want {
			t.Errorf("%s %s: got %q, want %q", c.key, c.value, got, c.want)
		}
	}
	for text, want := range map[string]string{"41.8": "418000.00", "41.8万元": "418000.00", "41.8 万": "418000.00", "418000.50元": "418000.50", "1,200": "12000000.00"} {
		r := form.Achievement(row(t, fmt.Sprintf(`{"asking_price":%q}`, text), form.Achievements))
		if p := r.Content.Price; p == nil || p.String() != want {
			t.Errorf("%s: got %v, want %s", text, p, want)
		}
	}
}

// TestProfile reads what people write in a file of profiles.
func TestProfile(t *testing.T) {
	r := form.Profile(row(t, `{"编号":"P1","姓名":"周明远","类型":"专家","本人同意公开":"是","职称":"教授","简介":"粉体","技术领域":"新材料;AGRICULTURE","关键词":"粉体","行业":"C2613","学科":"E0208",
		"仪器设备":"粒度仪, 激光\n捏合机","所在地代码":"330182"}`, form.Profiles))
	want := `{Kind:expert DisplayName:周明远 Position:教授 Introduction:粉体 Fields:[new_materials agriculture] Industries:[C2613] Disciplines:[E0208] Keywords:[粉体] ` +
		`Equipment:[粒度仪, 激光 捏合机] Region:330182 Consented:true ExternalID:P1}`
	if got := fmt.Sprintf("%+v", r.Content); got != want || len(r.Wrong) > 0 {
		t.Errorf("got  %s\nwant %s\nfaults %s", got, want, faults(r))
	}
	for text, want := range map[string]bool{"是": true, "true": true, "1": true, "√": true, "否": false, "": false, "no": false} {
		if r := form.Profile(row(t, fmt.Sprintf(`{"consented":%q}`, text), form.Profiles)); r.Content.Consented != want || len(r.Wrong) > 0 {
			t.Errorf("consented %q: got %t, %s", text, r.Content.Consented, faults(r))
		}
	}
	if r := form.Profile(row(t, `{"consented":"也许","kind":"人"}`, form.Profiles)); faults(r) != "kind CELL_WORD; consented CELL_WORD" {
		t.Errorf("got %s", faults(r))
	}
}

// TestColumns makes sure that each form has each field of its content once, and that no name means two columns.
func TestColumns(t *testing.T) {
	for name, columns := range map[string][]sheet.Column{"achievements": form.Achievements, "profiles": form.Profiles} {
		seen := map[string]string{}
		for _, c := range columns {
			for _, n := range append([]string{c.Field, c.Header}, c.Aliases...) {
				if other, ok := seen[strings.ToLower(n)]; ok {
					t.Errorf("%s: %s is %s and %s", name, n, other, c.Field)
				}
				seen[strings.ToLower(n)] = c.Field
			}
			if c.Hint == "" {
				t.Errorf("%s: nothing says how to fill in %s", name, c.Field)
			}
		}
	}
}

// TestSamples makes sure that the samples of the templates are right themselves.
func TestSamples(t *testing.T) {
	for i := range 2 {
		cells := func(columns []sheet.Column) sheet.Row {
			r := sheet.Row{Cells: map[string]sheet.Cell{}}
			for _, c := range columns {
				r.Cells[c.Field] = sheet.Cell{Text: c.Samples[i]}
			}
			return r
		}
		if r := form.Achievement(cells(form.Achievements)); len(r.Wrong) > 0 || r.Content.Title == "" {
			t.Errorf("achievement %d: %s", i+1, faults(r))
		}
		r := form.Profile(cells(form.Profiles))
		if wrong := r.Content.Fits("listed"); len(r.Wrong)+len(wrong) > 0 || r.Content.DisplayName == "" {
			t.Errorf("profile %d: %s %v", i+1, faults(r), wrong)
		}
	}
}
