package notice

// ofContracts are what is told of contracts and of what hangs on them.
var ofContracts = []Rule{
	{Kind: "contract.drafted", To: Sides, Text: "合同《{title}》已起草"},
	{Kind: "contract.edited", To: Sides, Diff: true, Text: "合同《{title}》的草稿有修改"},
	{Kind: "contract.proposed", To: Sides, Text: "合同《{title}》已定稿,总额 {total_fen},请核对后签署"},
	{Kind: "contract.revised", To: Sides, Text: "合同《{title}》退回修改,已有的签署作废:{change_request}"},
	{Kind: "contract.signed", To: Sides, Text: "合同《{title}》有一方签署,等待其余各方签署"},
	{Kind: "contract.activated", To: Sides, Text: "合同《{title}》({number})已生效,总额 {total_fen}"},
	{Kind: "contract.recorded", To: Sides, Text: "合同《{title}》({number})已由科技局登记,总额 {total_fen}"},
	{Kind: "contract.cancelled", To: Sides, Text: "合同《{title}》有一方拒签:{end_reason}"},
	{Kind: "contract.completion_confirmed", To: Sides, Text: "合同《{title}》({number})已有一方确认完成,等待另一方"},
	{Kind: "contract.completed", To: Sides, Text: "合同《{title}》({number})已完成"},
	{Kind: "contract.terminated", To: Sides, Text: "合同《{title}》({number})已解除:{end_reason}"},

	{Kind: "amendment.proposed", To: Sides, Text: "合同《{of_title}》({of_number})第 {number} 次变更已定稿,变更后总额 {new_total_fen},请核对后签署:{explanation}"},
	{Kind: "amendment.signed", To: Sides, Text: "合同《{of_title}》({of_number})第 {number} 次变更已有一方签署,等待另一方"},
	{Kind: "amendment.activated", To: Sides, Text: "合同《{of_title}》({of_number})第 {number} 次变更已生效,现总额 {new_total_fen}"},
	{Kind: "amendment.refused", To: Sides, Text: "合同《{of_title}》({of_number})第 {number} 次变更有一方拒签:{end_reason}"},
	{Kind: "amendment.withdrawn", To: Sides, Text: "合同《{of_title}》({of_number})第 {number} 次变更已撤回"},

	{Kind: "milestone.evidence_submitted", To: Buyer, Text: "合同《{of_title}》({of_number})的里程碑“{title}”已提交材料,请验收"},
	{Kind: "milestone.met", To: Seller, Text: "合同《{of_title}》({of_number})的里程碑“{title}”已通过验收,认可 {accepted_fen}"},
	{Kind: "milestone.partially_met", To: Seller, Text: "合同《{of_title}》({of_number})的里程碑“{title}”部分通过验收,认可 {accepted_fen}:{reason}"},
	{Kind: "milestone.rejected", To: Seller, Text: "合同《{of_title}》({of_number})的里程碑“{title}”未通过验收:{reason}"},
	{Kind: "milestone.not_delivered", To: Sides, Text: "合同《{of_title}》({of_number})的里程碑“{title}”未按期交付:{reason}"},
	{Kind: "milestone.waiver_agreed", To: Sides, Text: "合同《{of_title}》({of_number})的里程碑“{title}”已有一方同意免除,等待另一方:{reason}"},
	{Kind: "milestone.waived", To: Sides, Text: "合同《{of_title}》({of_number})的里程碑“{title}”已免除:{reason}"},

	{Kind: "payment.requested", To: Sides, Text: "合同《{of_title}》({of_number})的一笔{kind} {amount_fen} 已请款"},
	{Kind: "payment.approved", To: Sides, Text: "合同《{of_title}》({of_number})的一笔{kind} {amount_fen} 已获批准"},
	{Kind: "payment.claimed", To: Sides, Text: "合同《{of_title}》({of_number})的一笔{kind} {amount_fen} 已付(凭证 {voucher}),请收款方确认"},
	{Kind: "payment.confirmed", To: Sides, Text: "合同《{of_title}》({of_number})的一笔{kind} {amount_fen} 已确认到账"},
	{Kind: "payment.disputed", To: Sides, Text: "合同《{of_title}》({of_number})的一笔{kind} {amount_fen} 收款方称未到账:{reason}"},
	{Kind: "payment.voided", To: Sides, Text: "合同《{of_title}》({of_number})的一笔{kind} {amount_fen} 已作废:{reason}"},
}

// ofRegistrations are what is told of 认定登记.
var ofRegistrations = []Rule{
	{Kind: "registration.filed", To: Officers, May: "registration.handle", Text: "合同《{of_title}》({of_number})申请认定登记,请受理"},
	{Kind: "registration.accepted", To: Owner, Text: "{registry}已受理认定登记,应在 {due_at} 前办结"},
	{Kind: "registration.returned", To: Owner, Text: "{registry}退回认定登记,请补正后再申请:{reason}"},
	{Kind: "registration.review_started", To: Owner, Text: "{registry}将认定登记送专家评审,应在 {due_at} 前办结:{reason}"},
	{Kind: "registration.review_concluded", To: Owner, Text: "认定登记的专家评审已结束,等待{registry}决定"},
	{Kind: "registration.recorded", To: Officers, May: "registration.confirm", Text: "合同《{of_title}》({of_number})的登记证明已录入(编号 {recorded_number}),请另一人复核"},
	{Kind: "registration.refused", To: Owner, Text: "{registry}不予认定登记:{reason}"},
	{Kind: "registration.registered", To: Sides, Text: "合同已认定登记,编号 {number},核定技术交易额 {technology_fen}"},
	{Kind: "registration.changed", To: Sides, Text: "合同的认定登记已变更,编号 {number},核定技术交易额 {technology_fen}"},
	{Kind: "registration.cancelled", To: Sides, Text: "合同的认定登记(编号 {number})已注销:{reason}"},
	{Kind: "registration.owed", To: Owner, Text: "合同已变更或解除,请到{registry}办理登记变更或注销(编号 {number}),已享受的优惠须如实报告"},
	{Kind: "registration.overdue", To: Owner, Text: "认定登记应在 {due_at} 前办结,现已逾期,请与{registry}联系"},
	{Kind: "registration.overdue", To: Officers, May: "registration.handle", Text: "合同《{of_title}》({of_number})的认定登记应在 {due_at} 前办结,现已逾期,请办理"},
}
