package catalogue

// monitored are the reasons of red flags and monitoring cases.
var monitored = map[string]string{
	"CASE_NOT_FOUND":     "没有这件监测案件,或您无权查看",
	"CASE_FOREIGN":       "只有本账本的监管部门办理监测案件,只有被监测方答复",
	"CASE_STATE":         "监测案件当前状态为 {state},不能这样做",
	"CASE_SUBJECT":       "{subject} 不能立案;请填本地区已发布的需求(demands/…)、已生效的合同(contracts/…)或机构(organizations/…)",
	"CASE_SAME_PERSON":   "立案的人不能作结论,请由另一人办理",
	"CASE_VIOLATIONS":    "每类问题只写一条,并写明内容",
	"CASE_RESOLUTIONS":   "请逐条写明每类问题的整改结果,每类一次;未消除或无从消除的须写明情况",
	"CASE_ANSWERS":       "一件监测案件至多答复 40 次",
	"MONITORING_FOREIGN": "只有本账本的监管部门能查看监测提示",
	"RULE_UNKNOWN":       "没有监测规则 {rule},请用 jiebang monitoring rules 查看",
	"FINDING_NOT_FOUND":  "按现有事实没有这项提示,或它与立案对象无关:{finding}",
	"FINDING_UNDECIDED":  "该规则缺少事实、未作判断,不能据以立案",
	"FINDING_CAUSE":      "由监测提示立案的,事由须为 indicator 并写明 finding;其他事由不写 finding",
}
