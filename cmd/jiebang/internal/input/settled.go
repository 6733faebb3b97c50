package input

import "google.golang.org/protobuf/reflect/protoreflect"

// settled has the Chinese names of what hangs on contracts.
func settled(enum protoreflect.FullName) []string {
	switch enum {
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
	}
	return nil
}
