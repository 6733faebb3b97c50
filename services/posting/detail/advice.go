package detail

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Draft is what advice is given on.
type Draft struct {
	Title, Description string
	Budget, Deadline   bool // given
	Detail             Detail
	Verified           bool // the firm, by the bureau
}

// Advice is a hint on one field and why it is given. It helps the author and decides nothing: a demand with all of it may be a good one.
type Advice struct{ Field, Hint, Dimension, Why string }

// The six dimensions of a demand that others can work with.
const (
	trusted    = "主体可信"
	clear      = "问题明确"
	measurable = "指标可验证"
	industrial = "产业相关"
	feasible   = "实施基础"
	consistent = "一致性"
)

// Lengths below which a text tells little, in characters.
const (
	fewTitle       = 8
	fewDescription = 80
)

// vague are words that promise a number and do not give it.
var vague = regexp.MustCompile(`显著(提高|降低|提升|改善)|大幅|国际(先进|领先)|国内(先进|领先)|尽可能|越[高低快好]越好|较[高低好快]`)

// figure is a number with a unit, or compared with.
var figure = regexp.MustCompile(`[≥≤<>]\s*\d|\d+(\.\d+)?\s*(%|℃|mm|μm|um|nm|kg|MPa|kW|小时|天|年|次|吨|元|万元)`)

// Advise advises on each weak field, in the order of the form.
func Advise(d Draft) []Advice {
	var all []Advice
	add := func(weak bool, field, hint, dimension, why string) {
		if weak {
			all = append(all, Advice{field, hint, dimension, why})
		}
	}
	add(!d.Verified, "organization", "请科技局核实本单位信息", trusted, "经核实的单位更容易得到回应")
	add(utf8.RuneCountInString(d.Title) < fewTitle, "title", "写明对象、问题和目标,如“超细碳酸钙表面改性,白度不低于95”", clear, "标题过短,看不出要解决什么")
	add(utf8.RuneCountInString(d.Description) < fewDescription, "description", "写明现状、难点、已做过的尝试和使用条件", clear, "说明过短,揭榜方无从判断能否解决")
	if word := vague.FindString(d.Description); word != "" {
		add(true, "description", "把“"+word+"”改为可测的数值", measurable, "含糊的词无法验收")
	}
	add(d.Detail.Restatement == "", "details.restatement", "不提行业,用科学问题表述一遍", clear, "其他行业的专家才看得出自己能解决")
	all = append(all, adviseIndicators(d)...)
	add(len(d.Detail.Industries) == 0, "details.industries", "选填国民经济行业分类代码,如 C2613", industrial, "没有行业,难以匹配和统计")
	add(len(d.Detail.Disciplines) == 0, "details.disciplines", "选填学科代码,如 E0208", industrial, "没有学科,难以找到对口的专家")
	add(d.Detail.TRLNow == 0, "details.trl_now", "填写目前的技术就绪度(1至9)", feasible, "不知从哪一步做起")
	add(d.Detail.TRLWanted == 0, "details.trl_wanted", "填写要达到的技术就绪度(1至9)", feasible, "不知做到哪一步为止")
	add(d.Detail.Delivery == "", "details.delivery", "写明交付物、时间、地点,以及企业能提供的样品和试验条件", feasible, "交付条件不清易生争议")
	add(d.Detail.Property == "", "details.property_terms", "写明成果的知识产权归谁", feasible, "权属不清,揭榜方有顾虑")
	add(!d.Budget, "budget", "有预算请填写榜额;面议则留空", feasible, "没有榜额的需求揭榜的少")
	add(!d.Deadline, "deadline", "填写截止时间", feasible, "没有截止时间不能发布")
	return all
}

// adviseIndicators advises on what is to be measured, and on whether the text says the same.
func adviseIndicators(d Draft) (all []Advice) {
	if len(d.Detail.Indicators) == 0 {
		why := "没有可测的指标,验收无据"
		if strings.TrimSpace(d.Detail.Waiver) != "" {
			why = "已说明无法量化;若能补充一项可测指标更好"
		}
		all = append(all, Advice{"details.indicators", "至少填一项指标:名称、比较符、数值、单位、测试方法", measurable, why})
		if figure.MatchString(d.Description) {
			all = append(all, Advice{"details.indicators", "把说明里的数值填成指标", consistent, "说明里有数值,指标里没有"})
		}
		return all
	}
	for n, i := range d.Detail.Indicators {
		at := fmt.Sprintf("details.indicators[%d]", n)
		if i.Unit == "" {
			all = append(all, Advice{at + ".unit", "填写单位;无量纲可不填", measurable, "“" + i.Name + "”没有单位"})
		}
		if i.Test == "" {
			all = append(all, Advice{at + ".test_method", "写明测试方法或标准,如 GB/T 5950", measurable, "“" + i.Name + "”怎么测没有说"})
		}
		if i.Tester == "" {
			all = append(all, Advice{at + ".tester", "写明由谁检测", measurable, "“" + i.Name + "”由谁测没有说"})
		}
	}
	return all
}
