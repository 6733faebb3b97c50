package notice

// ofJudging are what is told of bids from their opening on, and of their evaluation. Bidders learn of it with the announcement, as everybody does, and
// experts what they have to do. Of sheets nothing is told but to their expert, and to who has no bid to judge nothing of the judging.
var ofJudging = []Rule{
	{Kind: "bid.opened", To: Owner, Text: "您为需求《{title}》({number})提交的揭榜书已开启,等待评审"},
	{Kind: "bid.invalid", To: Owner, Text: "您为需求《{title}》({number})提交的揭榜书无法开启,不参加评审,原因见揭榜书"},
	{Kind: "bid.excluded", To: Owner, Text: "您为需求《{title}》({number})提交的联合体揭榜书无效,不参加评审,原因见揭榜书"},
	{Kind: "bid.won", To: Owner, Text: "恭喜:需求《{title}》({number})由您中榜,请起草或等待合同"},
	{Kind: "bid.not_selected", To: Owner, Text: "需求《{title}》({number})评审结束,您的揭榜书未中榜"},
	{Kind: "bid.declined", To: Owner, Text: "需求《{title}》({number})的合同未签成,您的中榜已取消"},

	{Kind: "evaluation.panel_named", To: Joined, Text: "您受聘为需求《{title}》({number})的评审专家,公示前请保密"},
	{Kind: "evaluation.panel_named", To: Left, Text: "您不再是需求《{title}》({number})的评审专家"},
	{Kind: "evaluation.panel_drawn", To: Joined, Text: "您被抽取为需求《{title}》({number})的评审专家,公示前请保密"},
	{Kind: "evaluation.panel_drawn", To: Left, Text: "您不再是需求《{title}》({number})的评审专家"},
	{Kind: "evaluation.panel_changed", To: Joined, Text: "您受聘为需求《{title}》({number})的评审专家,公示前请保密"},
	{Kind: "evaluation.panel_changed", To: Left, Text: "您不再是需求《{title}》({number})的评审专家"},
	{Kind: "evaluation.scoring_started", To: Scorers, Text: "需求《{title}》({number})开始评审,请先声明有无利害关系,再评分"},
	{Kind: "sheet.reopened", To: Expert, Text: "您对需求《{title}》({number})的一份评分表已退回,理由见评分表,请重新评分并锁定"},
	{Kind: "evaluation.scored", To: Chair, Text: "需求《{title}》({number})评分结束,请核对名次后签署"},
	{Kind: "evaluation.recommended", To: Officers, May: "evaluation.decide", Text: "需求《{title}》({number})的评审名次已由组长签署,请定榜"},
	{Kind: "evaluation.reopened", To: Scorers, Text: "异议成立,需求《{title}》({number})重新评审"},

	{Kind: "demand.announced", To: Owner, If: promoted, Text: "需求《{title}》({number})的中榜方未签约,由候补递补,公示至 {standstill_until}"},
	{Kind: "demand.announced", To: Winner, If: promoted, Text: "需求《{title}》({number})由您递补,拟中榜,公示至 {standstill_until}"},
	{Kind: "demand.announced", To: Contenders, If: promoted, Text: "您揭榜的需求《{title}》({number})由候补递补,公示至 {standstill_until},有异议请在此前提出"},
	{Kind: "demand.announced", To: Owner, Text: "需求《{title}》({number})的评审结果开始公示,至 {standstill_until}"},
	{Kind: "demand.announced", To: Winner, Text: "需求《{title}》({number})由您拟中榜,公示至 {standstill_until}"},
	{Kind: "demand.announced", To: Contenders, Text: "您揭榜的需求《{title}》({number})的评审结果开始公示,至 {standstill_until},有异议请在此前提出"},
	{Kind: "demand.reopened", To: Owner, Text: "异议成立,需求《{title}》({number})重新评审"},
	{Kind: "demand.reopened", To: Contenders, Text: "异议成立,您揭榜的需求《{title}》({number})重新评审"},
}

// promoted says that what a demand announces is a reserve that has moved up.
func promoted(s seen) bool { return s.about[act] == "evaluation.promoted" }

// ofObjections are what is told of objections, which are read by who objects and by the authority; the others learn what comes of them.
var ofObjections = []Rule{
	{Kind: "objection.filed", To: Owner, Text: "您对需求《{title}》({number})评审结果的异议已提出,应在 {due_at} 前答复"},
	{Kind: "objection.filed", To: Officers, May: "objection.review", Text: "需求《{title}》({number})的评审结果有异议,请在 {due_at} 前答复:{text}"},
	{Kind: "objection.admitted", To: Owner, Text: "您对需求《{title}》({number})评审结果的异议已受理:{opinion}"},
	{Kind: "objection.admitted", To: Officers, May: "objection.decide", Text: "需求《{title}》({number})的异议已受理,请在 {due_at} 前决定:{opinion}"},
	{Kind: "objection.rejected", To: Owner, Text: "您对需求《{title}》({number})评审结果的异议不予受理:{opinion}"},
	{Kind: "objection.upheld", To: Owner, Text: "您对需求《{title}》({number})评审结果的异议成立,将重新评审:{reason}"},
	{Kind: "objection.dismissed", To: Owner, Text: "您对需求《{title}》({number})评审结果的异议不成立:{reason}"},
	{Kind: "objection.withdrawn", To: Officers, May: "objection.review", Text: "对需求《{title}》({number})评审结果的异议已撤回"},
	{Kind: "objection.escalated", To: Owner, Text: "您对需求《{title}》({number})评审结果的异议逾期未答复,已转上一级,仍有效"},
	{Kind: "objection.escalated", To: Officers, May: "objection.decide", Text: "需求《{title}》({number})的异议应在 {due_at} 前答复,现已逾期,请办理"},
}
