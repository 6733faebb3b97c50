package input

import "google.golang.org/protobuf/reflect/protoreflect"

// settled has the Chinese names of what hangs on contracts and of their figures.
func settled(enum protoreflect.FullName) []string {
	switch enum {
	case "jiebang.v1.FigureDefinition.Unit":
		return []string{"元", "家", "家次", "项", "人次", "万分之一"}
	case "jiebang.v1.FigureDefinition.Side":
		return []string{"投入", "产出"}
	case "jiebang.v1.FigureDimension":
		return []string{"渠道", "合同类别", "技术领域", "行业", "证据等级", "买方地区", "卖方地区", "买方", "卖方"}
	case "jiebang.v1.ListFigureGroupsRequest.Part":
		return []string{"季度", "月", "周"}
	case "jiebang.v1.Contract.EndCode":
		return []string{"协商一致", "违约", "不可抗力", "技术风险", "技术已公开", "其他"}
	case "jiebang.v1.Signature.Algorithm":
		return []string{"Ed25519"}
	case "jiebang.v1.Amendment.State":
		return []string{"草稿", "待签署", "已生效", "已撤回", "已拒签"}
	case "jiebang.v1.Amendment.Reason":
		return []string{"技术内容", "价款", "履行期限", "税率", "情势变更", "更正差错", "其他"}
	case "jiebang.v1.Milestone.State":
		return []string{"未开始", "履行中", "已提交证明", "验收中", "验收通过", "部分通过", "未通过", "未交付", "已豁免", "已取消"}
	case "jiebang.v1.Payment.Kind":
		return []string{"分期款", "预付款", "退款", "保证金", "第三方托管"}
	case "jiebang.v1.Payment.State":
		return []string{"计划", "已申请", "已批准", "已支付待确认", "已确认", "有争议", "已作废"}
	case "jiebang.v1.Backfill.State":
		return []string{"待批准", "登记中", "已完成", "已作废", "已中止"}
	case "jiebang.v1.PastKind":
		return []string{"需求", "揭榜", "合同"}
	case "jiebang.v1.PastRecord.State":
		return []string{"征集", "发布", "开启"}
	case "jiebang.v1.Contract.EvidenceGrade":
		return []string{"A", "B", "C", "D"}
	case "jiebang.v1.Registration.State":
		return []string{"未提交", "已提交", "待补正", "已受理", "专家评审", "已登记", "已变更", "不予登记", "已注销"}
	case "jiebang.v1.Registration.Duty":
		return []string{"无", "须变更登记", "须注销登记"}
	case "jiebang.v1.ReviewOpinion.Verdict":
		return []string{"同意", "反对"}
	case "jiebang.v1.Reconciliation.Outcome":
		return []string{"一致", "金额不同", "仅平台有", "仅清单有"}
	}
	return nil
}
