package notice

// ofDemands are what is told of demands from their submission on. Where the entry of a bid in the same transaction tells its bidder the same, that of the
// demand is for the firm alone. Nothing here waits for a bid: who has one is told of the demand, whatever has become of the bid.
var ofDemands = []Rule{
	{Kind: "demand.submitted", To: Officers, May: "demand.vet", Also: true, Text: "需求《{title}》已提交论证,请受理"},
	{Kind: "demand.vetted", To: Owner, Text: "科技局已受理需求《{title}》,正在论证"},
	{Kind: "demand.returned", To: Owner, Text: "科技局退回需求《{title}》,请修改后再提交:{comments}"},
	{Kind: "demand.approved", To: Owner, Text: "需求《{title}》已通过论证,待科技局发布"},
	{Kind: "demand.approved", To: Officers, May: "demand.publish", Text: "需求《{title}》已通过论证,请发布"},
	{Kind: "demand.rejected", To: Owner, Text: "需求《{title}》未通过论证:{reason};说明:{remark}"},
	{Kind: "opinion.asked", To: Person, Text: "请您就需求《{title}》提出论证意见"},
	{Kind: "opinion.given", To: Officers, May: "demand.approve", Text: "需求《{title}》已收到一份专家论证意见"},

	{Kind: "demand.published", To: Owner, Text: "需求《{title}》({number})已发布,{deadline} 截止"},
	{Kind: "demand.wilted", To: Owner, Text: "需求《{title}》({number})逾期未确认是否有效,已暂不列出,请在 {heartbeat_at} 前确认,否则终止"},
	{Kind: "demand.amendment_asked", To: Officers, May: "demand.decide", Asked: true, Text: "发榜方申请变更需求《{title}》({number}),请决定"},
	{Kind: "demand.cancellation_asked", To: Officers, May: "demand.decide", Text: "发榜方申请终止需求《{title}》({number}),请决定:{pending}"},
	{Kind: "demand.request_refused", To: Owner, Text: "科技局未同意您对需求《{title}》({number})的申请:{remark}"},
	{Kind: "demand.amended", To: Owner, Diff: true, Text: "需求《{title}》({number})有变更"},
	{Kind: "demand.amended", To: Bidders, Diff: true, If: material, Text: "您揭榜的需求《{title}》({number})有变更,已提交的揭榜书须在截止前确认,否则不予开启"},
	{Kind: "demand.amended", To: Bidders, Diff: true, Text: "您揭榜的需求《{title}》({number})有变更"},
	{Kind: "demand.withdrawn", To: Owner, Text: "需求《{title}》({number})已撤回"},
	{Kind: "demand.withdrawn", To: Bidders, Text: "您揭榜的需求《{title}》({number})已撤回"},
	{Kind: "demand.cancelled", To: Owner, Text: "需求《{title}》({number})已终止"},
	{Kind: "demand.cancelled", To: Bidders, Text: "您揭榜的需求《{title}》({number})已终止"},
	{Kind: "demand.closed", To: Owner, Text: "需求《{title}》({number})已截止,揭榜书已开启,请评审"},
	{Kind: "demand.awarded", To: Owner, Text: "需求《{title}》({number})已定榜,可起草合同"},
	{Kind: "demand.failed", To: Owner, Text: "需求《{title}》({number})未成:{failure}"},
	{Kind: "demand.failed", To: Bidders, If: bidsLast, Text: "您揭榜的需求《{title}》({number})未成:{failure}"},
	{Kind: "demand.contracted", To: Owner, Text: "需求《{title}》({number})的合同已生效"},
	{Kind: "demand.fulfilled", To: Owner, Text: "需求《{title}》({number})已完成"},
}

// material says that an amendment has just left the bids to be confirmed.
func material(s seen) bool {
	at := value(s.row, "amended_at")
	return at != "" && at == value(s.row, "updated_at")
}

// bidsLast says that a demand has failed for a reason that the entries of its bids do not tell.
func bidsLast(s seen) bool { return value(s.row, "failure") != "no_qualified" }

// ofQuestions are what is told of questions. The firm is told what was asked, and nothing of who did.
var ofQuestions = []Rule{
	{Kind: "question.asked", To: Demander, Text: "有人就您的需求《{title}》({number})提问,请答复:{text}"},
	{Kind: "question.answered", To: Asker, Text: "您就需求《{title}》({number})的提问已获答复:{answer}"},
	{Kind: "question.answered", To: Askers, Text: "您提过问的需求《{title}》({number})有新的答复:{answer}(问:{text})"},
}
