package notice

// kinds are all kinds of notices: what people call them, and how many days one is kept.
var kinds = map[string]struct {
	title string
	days  int
}{
	"demand.published":  {"需求发布", 180},
	"demand.amended":    {"需求变更", 180},
	"demand.withdrawn":  {"需求撤回", 180},
	"demand.cancelled":  {"需求终止", 180},
	"demand.closed":     {"揭榜截止", 180},
	"demand.awarded":    {"需求定榜", 180},
	"demand.failed":     {"需求流榜", 180},
	"demand.contracted": {"需求签约", 365},
	"demand.fulfilled":  {"需求完成", 365},

	"bid.opened":       {"揭榜书开启", 180},
	"bid.won":          {"中榜", 365},
	"bid.not_selected": {"未中榜", 180},

	"contract.drafted":              {"合同起草", 365},
	"contract.edited":               {"合同修改", 365},
	"contract.proposed":             {"合同待签", 365},
	"contract.signed":               {"一方签署", 365},
	"contract.activated":            {"合同生效", 365},
	"contract.recorded":             {"合同登记", 365},
	"contract.cancelled":            {"拒签", 365},
	"contract.completion_confirmed": {"一方确认完成", 365},
	"contract.completed":            {"合同完成", 365},
	"contract.terminated":           {"合同解除", 365},

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

// rules are the whole table. Where the entry of a bid in the same transaction tells its bidder the same, that of the demand is for the firm alone.
var rules = []Rule{
	{Kind: "demand.published", To: Owner, Text: "需求《{title}》({number})已发布,{deadline} 截止"},
	{Kind: "demand.amended", To: Owner, Diff: true, Text: "需求《{title}》({number})有变更"},
	{Kind: "demand.amended", To: Bidders, Diff: true, Text: "您揭榜的需求《{title}》({number})有变更"},
	{Kind: "demand.withdrawn", To: Owner, Text: "需求《{title}》({number})已撤回"},
	{Kind: "demand.cancelled", To: Owner, Text: "需求《{title}》({number})已终止"},
	{Kind: "demand.cancelled", To: Bidders, Text: "您揭榜的需求《{title}》({number})已终止"},
	{Kind: "demand.closed", To: Owner, Text: "需求《{title}》({number})已截止,揭榜书已开启,请评审"},
	{Kind: "demand.awarded", To: Owner, Text: "需求《{title}》({number})已定榜,可起草合同"},
	{Kind: "demand.failed", To: Owner, Text: "需求《{title}》({number})未成:{failure}"},
	{Kind: "demand.failed", To: Bidders, Text: "您揭榜的需求《{title}》({number})未成:{failure}", But: "no_qualified"},
	{Kind: "demand.contracted", To: Owner, Text: "需求《{title}》({number})的合同已生效"},
	{Kind: "demand.fulfilled", To: Owner, Text: "需求《{title}》({number})已完成"},

	{Kind: "bid.opened", To: Owner, Text: "您为需求《{title}》({number})提交的揭榜书已开启,等待评审"},
	{Kind: "bid.won", To: Owner, Text: "恭喜:需求《{title}》({number})由您中榜,请起草或等待合同"},
	{Kind: "bid.not_selected", To: Owner, Text: "需求《{title}》({number})评审结束,您的揭榜书未中榜"},

	{Kind: "contract.drafted", To: Sides, Text: "合同《{title}》已起草"},
	{Kind: "contract.edited", To: Sides, Diff: true, Text: "合同《{title}》的草稿有修改"},
	{Kind: "contract.proposed", To: Sides, Text: "合同《{title}》已定稿,总额 {total_fen},请核对后签署"},
	{Kind: "contract.signed", To: Sides, Text: "合同《{title}》已有一方签署,等待另一方"},
	{Kind: "contract.activated", To: Sides, Text: "合同《{title}》({number})已生效,总额 {total_fen}"},
	{Kind: "contract.recorded", To: Sides, Text: "合同《{title}》({number})已由科技局登记,总额 {total_fen}"},
	{Kind: "contract.cancelled", To: Sides, Text: "合同《{title}》有一方拒签:{end_reason}"},
	{Kind: "contract.completion_confirmed", To: Sides, Text: "合同《{title}》({number})已有一方确认完成,等待另一方"},
	{Kind: "contract.completed", To: Sides, Text: "合同《{title}》({number})已完成"},
	{Kind: "contract.terminated", To: Sides, Text: "合同《{title}》({number})已解除:{end_reason}"},

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

// columns are what is kept of a thing between its entries and told when it changes, with what people call it; an empty name is kept and not told.
var columns = map[string][]struct{ name, field, label string }{
	"demand": {
		{"title", "title", "标题"}, {"description", "description", "说明"}, {"field", "field", "技术领域"}, {"budget_fen", "budget", "榜额"},
		{"deadline", "deadline", "截止时间"}, {"number", "", ""},
	},
	"contract": {
		{"title", "title", "标题"}, {"class", "class", "合同类别"}, {"field", "field", "技术领域"}, {"total_fen", "total", "总额"},
		{"text_digest", "text_digest", "正文摘要"}, {"broker_id", "broker", "技术经纪机构"},
	},
}

// failures are why a demand has failed.
var failures = map[string]string{
	"no_bids": "截止时无人揭榜", "no_qualified": "没有合格的揭榜书", "no_contract": "未签成合同", "terminated": "合同解除", "abandoned": "发榜方长期未确认",
}
