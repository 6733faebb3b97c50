package form

import (
	"strings"
	"sync"

	"github.com/jiebang/jiebang/services/codes"
	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/offering/profile"
	"github.com/jiebang/jiebang/services/offering/sheet"
)

// word makes a word of a code that is stored as S.
func word[S ~string](code S, name string, aliases ...string) sheet.Word {
	return sheet.Word{Code: string(code), Name: name, Aliases: aliases}
}

// fieldWords are the technology fields.
var fieldWords = func() (words []sheet.Word) {
	for c := range codes.All(codes.TechnologyField) {
		words = append(words, word(strings.ToLower(c.Code), c.Name))
	}
	return words
}()

var maturityWords = []sheet.Word{
	word(achievement.Lab, "实验室", "实验室阶段", "研发阶段"), word(achievement.SmallBatch, "小试"), word(achievement.Pilot, "中试"),
	word(achievement.Industrial, "产业化", "规模化", "批量生产", "已产业化"),
}

var modeWords = []sheet.Word{
	word(achievement.Transfer, "转让", "技术转让", "专利转让"), word(achievement.License, "许可", "技术许可", "专利许可", "实施许可"),
	word(achievement.JointDevelopment, "合作开发", "联合开发", "技术开发"), word(achievement.Service, "技术服务"),
	word(achievement.Equity, "作价入股", "技术入股"), word(achievement.UseFirst, "先用后转"),
}

var propertyWords = []sheet.Word{
	word(achievement.InventionPatent, "发明专利", "发明"), word(achievement.UtilityModel, "实用新型", "实用新型专利"),
	word(achievement.DesignPatent, "外观设计", "外观设计专利"), word(achievement.SoftwareCopyright, "软件著作权", "软著", "计算机软件著作权"),
	word(achievement.LayoutDesign, "集成电路布图设计", "布图设计"), word(achievement.PlantVariety, "植物新品种"), word(achievement.KnowHow, "技术秘密", "专有技术"),
}

var stageWords = []sheet.Word{
	word(achievement.Granted, "已授权", "授权", "有效", "已登记", "已公告"), word(achievement.Pending, "申请中", "受理", "已受理", "公开", "审查中"),
}

var kindWords = []sheet.Word{
	word(profile.Expert, "专家", "人才"), word(profile.Lab, "实验室", "平台", "研究平台"), word(profile.Broker, "技术经纪人", "技术经理人", "经纪人"),
}

var yesWords = []sheet.Word{word("true", "是", "1", "y", "yes", "√", "同意"), word("false", "否", "0", "n", "no", "×", "不同意")}

// Achievements are the columns of a file of achievements.
var Achievements = []sheet.Column{
	{Field: "external_id", Header: "编号", Aliases: []string{"成果编号", "外部编号"}, Key: true, Samples: [2]string{sheet.Sample + "1", sheet.Sample + "2"},
		Hint: "本单位自己的编号,不重复,至多 100 字;再次导入时按它认出同一项。所有人可见,不要用证件号或手机号"},
	{Field: "title", Header: "成果名称", Aliases: []string{"名称", "标题", "项目名称"}, Key: true, Needed: true, Hint: "4 至 100 字",
		Samples: [2]string{"超细碳酸钙连续碳化与表面改性技术", "配电变压器绕组热点温度在线监测装置"}},
	{Field: "field", Header: "技术领域", Aliases: []string{"领域"}, Needed: true, Words: fieldWords, Hint: "选一项",
		Samples: [2]string{"新材料及其应用", "新能源与高效节能"}},
	{Field: "summary", Header: "成果简介", Aliases: []string{"简介", "摘要", "成果介绍", "内容简介"}, Hint: "做什么、指标、应用情况,至多 20,000 字;不要写手机号和邮箱",
		Samples: [2]string{"平均粒径 80 nm,白度不低于 96,活化度不低于 98 %,已在年产 500 吨线上连续运行。", "光纤测点误差不超过 1 ℃,寿命 20 年,可不停电加装。"}},
	{Field: "keywords", Header: "关键词", Many: true, Hint: "至多 20 个,用顿号或分号分开", Samples: [2]string{"碳酸钙、表面改性、连续碳化", "变压器、热点温度、光纤测温"}},
	{Field: "industries", Header: "应用行业", Aliases: []string{"行业", "行业代码", "国民经济行业"}, Many: true, Hint: "国民经济行业分类(GB/T 4754-2017)的代码或名称,至多 5 个",
		Samples: [2]string{"C2613", "C3821"}},
	{Field: "disciplines", Header: "学科", Aliases: []string{"学科代码"}, Many: true, Hint: "国家自然科学基金学科的代码或名称,至多 5 个", Samples: [2]string{"E0208", "E0704"}},
	{Field: "intellectual_properties", Header: "知识产权", Aliases: []string{"知识产权情况", "专利"}, Many: true, Words: propertyWords,
		Hint: "每行一项: 种类 号码 状态(已授权或申请中)", Samples: [2]string{"发明专利 ZL201910123456.7 已授权\n技术秘密", "实用新型 ZL202020123456.7 已授权"}},
	{Field: "trl", Header: "技术就绪度", Aliases: []string{"技术成熟度等级", "技术就绪度(TRL)"}, Hint: "1 至 9(GB/T 22900);不清楚就空着", Samples: [2]string{"7", "8"}},
	{Field: "maturity", Header: "成熟度", Aliases: []string{"成熟程度", "所处阶段"}, Words: maturityWords, Hint: "选一项", Samples: [2]string{"中试", "产业化"}},
	{Field: "cooperation_modes", Header: "合作方式", Aliases: []string{"转化方式", "拟转化方式"}, Many: true, Words: modeWords, Hint: "可填几项,用顿号分开",
		Samples: [2]string{"许可、作价入股", "先用后转"}},
	{Field: "asking_price", Header: "期望价格(万元)", Aliases: []string{"期望价格", "价格(万元)", "报价(万元)", "转让价格(万元)"}, Hint: "万元,精确到分,如 41.8;面议就写面议或空着",
		Samples: [2]string{"120", "面议"}},
	{Field: "region", Header: "所在地代码", Aliases: []string{"行政区划代码", "所在地"}, Hint: "行政区划代码,6 位,如 330182", Samples: [2]string{"330182", ""}},
}

// Profiles are the columns of a file of profiles.
var Profiles = []sheet.Column{
	{Field: "external_id", Header: "编号", Aliases: []string{"外部编号"}, Key: true, Samples: [2]string{sheet.Sample + "1", sheet.Sample + "2"},
		Hint: "本单位自己的编号,不重复,至多 100 字;再次导入时按它认出同一项。所有人可见,不要用证件号或手机号"},
	{Field: "display_name", Header: "名称", Aliases: []string{"姓名", "专家姓名", "实验室名称"}, Key: true, Needed: true, Hint: "2 至 100 字", Samples: [2]string{"周明远", "粉体工程省级重点实验室"}},
	{Field: "kind", Header: "类型", Aliases: []string{"类别"}, Needed: true, Words: kindWords, Hint: "选一项", Samples: [2]string{"专家", "实验室"}},
	{Field: "consented", Header: "本人同意公开", Aliases: []string{"同意公开", "是否同意公开"}, Words: yesWords, Hint: "专家须本人同意才能公开", Samples: [2]string{"是", ""}},
	{Field: "position", Header: "职称职务", Aliases: []string{"职称", "职务", "级别"}, Hint: "至多 100 字", Samples: [2]string{"教授", "省级重点实验室"}},
	{Field: "introduction", Header: "简介", Aliases: []string{"介绍", "研究方向", "简历"}, Hint: "能做什么、做过什么,至多 20,000 字;不要写手机号和邮箱",
		Samples: [2]string{"从事粉体表面改性二十年,主持完成两条千吨级生产线。", "承接粉体粒径、白度、活化度测试与中试放大。"}},
	{Field: "fields", Header: "技术领域", Aliases: []string{"领域"}, Many: true, Words: fieldWords, Hint: "至多 5 项,用分号分开", Samples: [2]string{"新材料及其应用", "新材料及其应用"}},
	{Field: "keywords", Header: "关键词", Many: true, Hint: "至多 20 个,用顿号或分号分开", Samples: [2]string{"碳酸钙、表面改性", "粒径分析、中试"}},
	{Field: "industries", Header: "服务行业", Aliases: []string{"行业", "行业代码", "国民经济行业"}, Many: true, Hint: "国民经济行业分类(GB/T 4754-2017)的代码或名称,至多 5 个",
		Samples: [2]string{"C2613", "C2613"}},
	{Field: "disciplines", Header: "学科", Aliases: []string{"学科代码"}, Many: true, Hint: "国家自然科学基金学科的代码或名称,至多 5 个", Samples: [2]string{"E0208", ""}},
	{Field: "equipment", Header: "仪器设备", Aliases: []string{"设备"}, Many: true, Hint: "只有实验室填;每行一台,至多 50 行", Samples: [2]string{"", "激光粒度仪\n捏合机 50 L"}},
	{Field: "region", Header: "所在地代码", Aliases: []string{"行政区划代码", "所在地"}, Hint: "行政区划代码,6 位,如 330182", Samples: [2]string{"330182", "330182"}},
}

// byName finds the codes of a list by their names. A name of several codes finds none.
var byName = map[codes.List]func() map[string]string{
	codes.Industry:   sync.OnceValue(func() map[string]string { return namesOf(codes.Industry) }),
	codes.Discipline: sync.OnceValue(func() map[string]string { return namesOf(codes.Discipline) }),
}

func namesOf(list codes.List) map[string]string {
	found := map[string]string{}
	for c := range codes.All(list) {
		if _, twice := found[c.Name]; twice {
			c.Code = ""
		}
		found[c.Name] = c.Code
	}
	return found
}

// codeOf returns the code that is written as itself, as its name, or as both.
func codeOf(list codes.List, text string) (string, bool) {
	code, _, _ := strings.Cut(text, " ")
	if c, ok := codes.Lookup(list, code); ok {
		return c.Code, true
	}
	if code := byName[list]()[text]; code != "" {
		return code, true
	}
	return text, false
}
