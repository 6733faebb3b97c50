package notice

import "slices"

// kinds are all kinds of notices: what people call them, and how many days one is kept.
var kinds = map[string]struct {
	title string
	days  int
}{
	"demand.submitted":          {"需求提交论证", 180},
	"demand.vetted":             {"需求论证开始", 180},
	"demand.returned":           {"需求退回修改", 180},
	"demand.approved":           {"需求论证通过", 180},
	"demand.rejected":           {"需求未通过论证", 180},
	"demand.published":          {"需求发布", 180},
	"demand.wilted":             {"需求待确认", 180},
	"demand.amendment_asked":    {"申请变更需求", 180},
	"demand.cancellation_asked": {"申请终止需求", 180},
	"demand.request_refused":    {"需求变更或终止未获同意", 180},
	"demand.amended":            {"需求变更", 180},
	"demand.withdrawn":          {"需求撤回", 180},
	"demand.cancelled":          {"需求终止", 180},
	"demand.closed":             {"揭榜截止", 180},
	"demand.announced":          {"评审结果公示", 180},
	"demand.reopened":           {"重新评审", 180},
	"demand.awarded":            {"需求定榜", 180},
	"demand.failed":             {"需求流榜", 180},
	"demand.contracted":         {"需求签约", 365},
	"demand.fulfilled":          {"需求完成", 365},

	"opinion.asked": {"请提论证意见", 180},
	"opinion.given": {"论证意见", 180},

	"question.asked":    {"需求提问", 180},
	"question.answered": {"提问答复", 180},

	"bid.opened":       {"揭榜书开启", 180},
	"bid.invalid":      {"揭榜书无法开启", 180},
	"bid.excluded":     {"联合体揭榜书无效", 180},
	"bid.won":          {"中榜", 365},
	"bid.not_selected": {"未中榜", 180},
	"bid.declined":     {"中榜取消", 365},

	"evaluation.panel_named":     {"聘请评审专家", 180},
	"evaluation.panel_drawn":     {"抽取评审专家", 180},
	"evaluation.panel_changed":   {"更换评审专家", 180},
	"evaluation.scoring_started": {"评审开始", 180},
	"evaluation.scored":          {"评分结束", 180},
	"evaluation.recommended":     {"评审名次签署", 180},
	"evaluation.reopened":        {"评审重新开始", 180},
	"sheet.reopened":             {"评分表退回", 180},

	"objection.filed":     {"提出异议", 365},
	"objection.admitted":  {"异议受理", 365},
	"objection.rejected":  {"异议不予受理", 365},
	"objection.upheld":    {"异议成立", 365},
	"objection.dismissed": {"异议不成立", 365},
	"objection.withdrawn": {"异议撤回", 365},
	"objection.escalated": {"异议逾期", 365},

	"contract.drafted":              {"合同起草", 365},
	"contract.edited":               {"合同修改", 365},
	"contract.proposed":             {"合同待签", 365},
	"contract.revised":              {"合同退回修改", 365},
	"contract.signed":               {"一方签署", 365},
	"contract.activated":            {"合同生效", 365},
	"contract.recorded":             {"合同登记", 365},
	"contract.cancelled":            {"拒签", 365},
	"contract.completion_confirmed": {"一方确认完成", 365},
	"contract.completed":            {"合同完成", 365},
	"contract.terminated":           {"合同解除", 365},

	"amendment.proposed":  {"合同变更待签", 365},
	"amendment.signed":    {"合同变更一方签署", 365},
	"amendment.activated": {"合同变更生效", 365},
	"amendment.refused":   {"合同变更拒签", 365},
	"amendment.withdrawn": {"合同变更撤回", 365},

	"milestone.evidence_submitted": {"里程碑提交验收", 365},
	"milestone.met":                {"里程碑通过验收", 365},
	"milestone.partially_met":      {"里程碑部分通过验收", 365},
	"milestone.rejected":           {"里程碑未通过验收", 365},
	"milestone.not_delivered":      {"里程碑未交付", 365},
	"milestone.waiver_agreed":      {"一方同意免除里程碑", 365},
	"milestone.waived":             {"里程碑免除", 365},

	"payment.requested": {"请款", 365},
	"payment.approved":  {"付款获批准", 365},
	"payment.claimed":   {"付款待确认", 365},
	"payment.confirmed": {"付款到账", 365},
	"payment.disputed":  {"付款有争议", 365},
	"payment.voided":    {"付款作废", 365},

	"registration.filed":            {"申请认定登记", 180},
	"registration.accepted":         {"认定登记受理", 180},
	"registration.returned":         {"认定登记补正", 180},
	"registration.review_started":   {"认定登记专家评审", 180},
	"registration.review_concluded": {"认定登记评审结束", 180},
	"registration.recorded":         {"认定登记待复核", 180},
	"registration.refused":          {"认定登记未予登记", 365},
	"registration.registered":       {"认定登记", 365},
	"registration.changed":          {"登记变更", 365},
	"registration.cancelled":        {"登记注销", 365},
	"registration.owed":             {"应办登记变更或注销", 365},
	"registration.overdue":          {"认定登记逾期", 365},

	"ledger.clock_doubted":   {"服务器时钟存疑", 365},
	"ledger.clock_confirmed": {"服务器时钟已确认", 365},

	"organization.confirmed":  {"机构代码核准", 180},
	"organization.verified":   {"机构核验", 180},
	"organization.suspended":  {"机构停用", 365},
	"organization.reinstated": {"机构恢复", 365},
	"organization.closed":     {"机构注销", 365},

	"approval.asked":    {"申请待批准", 90},
	"approval.approved": {"申请获批准", 90},
	"approval.refused":  {"申请被拒绝", 90},

	"member.changed": {"角色变更", 180},
	"member.granted": {"角色授予", 180},
	"member.removed": {"移出机构", 180},

	"webhook.created":  {"推送地址新增", 180},
	"webhook.given_up": {"推送放弃", 90},
	"webhook.disabled": {"推送停用", 180},
	"watch.digest":     {"订阅摘要", 90},
}

// rules are the whole table.
var rules = slices.Concat(ofDemands, ofQuestions, ofJudging, ofObjections, ofContracts, ofRegistrations, ofPeople, ofLedgers)

// ofPeople are what organizations and persons are told of themselves.
var ofPeople = []Rule{
	{Kind: "organization.confirmed", To: Owner, Text: "统一社会信用代码 {uscc} 已经科技局核准"},
	{Kind: "organization.verified", To: Owner, Text: "机构“{display_name}”已通过核验,有效至 {verified_until}"},
	{Kind: "organization.suspended", To: Owner, Text: "机构“{display_name}”已被停用:{fact_reason}"},
	{Kind: "organization.reinstated", To: Owner, Text: "机构“{display_name}”已恢复:{fact_reason}"},
	{Kind: "organization.closed", To: Owner, Text: "机构“{display_name}”已注销:{fact_reason}"},

	{Kind: "approval.asked", To: Owner, Text: "有一项申请等待第二人批准:{action} {subject}"},
	{Kind: "approval.approved", To: Requester, Text: "您的申请已获批准,请用同一 request_id 办理:{action} {subject}"},
	{Kind: "approval.refused", To: Requester, Text: "您的申请被拒绝:{action} {subject}"},

	{Kind: "member.changed", To: Person, Text: "您在机构中的角色已变为:{roles}"},
	{Kind: "member.granted", To: Person, Text: "您在机构中的角色已变为:{roles}"},
	{Kind: "member.removed", To: Person, Text: "您已被移出机构"},

	{Kind: "webhook.created", To: Owner, Text: "新增推送地址 {url}"},
	{Kind: "webhook.given_up", To: Owner, Text: "有一则通知多次推送到 {url} 未成,已放弃:{error}"},
	{Kind: "webhook.disabled", To: Owner, Text: "推送地址 {url} 连续 {failures} 则通知未送达,已停用;修好后请测试以恢复"},
	{Kind: "watch.digest", To: Person, Text: "您的订阅有 {items} 项新的或有变化"},
}

// ofLedgers are what officers are told of a ledger's clock.
var ofLedgers = []Rule{
	{Kind: "ledger.clock_doubted", To: Officers, May: "ledger.confirm_clock", Text: "服务器时钟在 {doubted_at} 被发现调整过,揭榜和到期事项已暂停;核对后请运行 jiebang audit clock --confirm(须两人)"},
	{Kind: "ledger.clock_confirmed", To: Officers, May: "ledger.confirm_clock", Text: "服务器时钟已由两人确认,揭榜和到期事项已恢复"},
}

// column is a column of a thing that is kept: with a label it is told when it changes.
type column struct{ name, field, label string }

// columns are what is kept of a thing between its entries, with what people call it.
var columns = map[string][]column{
	"demand": {
		{"title", "title", "标题"}, {"description", "description", "说明"}, {"field", "field", "技术领域"}, {"budget_fen", "budget", "榜额"},
		{"deadline", "deadline", "截止时间"}, {"number", "", ""}, {details, "", ""},
		{"details.indicators", "details.indicators", "指标"}, {"details.waiver", "details.waiver", "无指标的理由"},
		{"details.restatement", "details.restatement", "科学问题表述"}, {"details.industries", "details.industries", "行业"},
		{"details.disciplines", "details.disciplines", "学科"}, {"details.cooperation_modes", "details.cooperation_modes", "合作方式"},
		{"details.property_terms", "details.property_terms", "知识产权归属"}, {"details.trl_now", "details.trl_now", "目前就绪度"},
		{"details.trl_wanted", "details.trl_wanted", "目标就绪度"}, {"details.delivery", "details.delivery", "交付条件"},
		{"details.criteria", "details.criteria", "评审标准"},
	},
	"evaluation": {{"panel", "", ""}, {"standstill_until", "", ""}},
	"contract": {
		{"title", "title", "标题"}, {"class", "class", "合同类别"}, {"field", "field", "技术领域"}, {"total_fen", "total", "总额"},
		{"text_digest", "text_digest", "正文摘要"}, {"broker_id", "broker", "技术经纪机构"}, {"number", "", ""},
	},
}

// failures are why a demand has failed.
var failures = map[string]string{
	"no_bids": "截止时无人揭榜", "no_qualified": "没有合格的揭榜书", "no_contract": "未签成合同", "terminated": "合同解除", "abandoned": "发榜方长期未确认",
}

// together is what two persons do.
var together = map[string]string{
	"account.break": "紧急接管账户", "closure.close": "期间结账", "closure.restate": "更正已报数字", "evaluation.decide": "定榜", "ledger.confirm_clock": "确认服务器时钟",
	"member.grant": "授予角色", "member.reset_privileged": "重置管理人员密码", "organization.close": "注销机构", "organization.suspend": "停用机构",
}

// modes are how firms want to cooperate.
var modes = map[string]string{
	"commission": "委托开发", "joint_development": "合作开发", "transfer": "技术转让", "licensing": "技术许可", "service": "技术咨询或服务", "joint_laboratory": "共建平台",
}

// payments are what payments are for.
var payments = map[string]string{"instalment": "进度款", "prepayment": "预付款", "refund": "退款", "deposit": "保证金", "escrow": "托管款"}
