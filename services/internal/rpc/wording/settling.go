// Package wording has Chinese texts of reasons, by area, for the catalogue of package rpc, which says how they are written.
package wording

import "maps"

// With adds texts to others.
func With(texts, others map[string]string) map[string]string {
	maps.Copy(others, texts)
	return others
}

// Settling are the texts of contracts' versions, amendments, milestones and payments.
var Settling = map[string]string{
	"CONTRACT_NOT_SIGNED":  "合同生效后才有金额台账",
	"SIDE_WRONG":           "此事须由合同的另一方办理",
	"PLAN_SHARES":          "各里程碑的占比合计应为 100%(10000),现为 {sum}",
	"PLAN_DATE":            "每个里程碑都要填写到期日,且不早于前一个里程碑的到期日",
	"PLAN_TEXT":            "里程碑名称和指标不能为空白",
	"SIGNATURE_INVALID":    "签名与摘要、公钥或算法({algorithm})不符",
	"AMOUNT_PAID_MISSING":  "请填写已付金额合计;未付款的填 0",
	"AMOUNT_PAID_RANGE":    "已付金额应不少于平台上已确认的 {confirmed} 元,不多于现合同额 {current} 元",
	"AMOUNT_PAID_DIFFERS":  "对方填写的已付金额为 {stated} 元,双方须一致",
	"AMENDMENT_NOT_FOUND":  "没有这份合同变更",
	"AMENDMENT_STATE":      "合同变更当前状态({state})不能办理此事",
	"AMENDMENT_OPEN":       "该合同的第 {number} 号变更尚未办结,请先签署、拒签或撤回",
	"AMENDMENT_SAME":       "变更后的总额与现合同额相同,不能只以价款调整为由",
	"AMENDMENT_BELOW":      "变更后的总额低于已付的 {paid} 元或已验收的 {accepted} 元",
	"AMENDMENT_STAGES":     "未办结的里程碑无法承担变更的差额({left} 元)",
	"AMENDMENT_EARLY":      "变更的生效须晚于合同和前一份变更的生效",
	"AMENDMENT_OTHERS":     "变更由起草的一方撤回;另一方可以拒签",
	"MILESTONE_NOT_FOUND":  "没有这个里程碑",
	"MILESTONE_STATE":      "里程碑当前状态({state})不能办理此事",
	"MILESTONES_OPEN":      "第 {number} 个里程碑({state})尚未验收通过或豁免,合同还不能完成",
	"MILESTONE_NOT_DUE":    "到期日({due_date})之后才能认定未交付",
	"MILESTONE_UNACCEPTED": "该里程碑({state})尚未验收,不能申请分期款",
	"EVIDENCE_INCOMPLETE":  "应为每项指标提交一份证明材料,需 {want} 份,现为 {have}",
	"OUTCOME_INVALID":      "验收结论应为 MET(通过)、PARTIALLY_MET(部分通过)或 REJECTED(不通过)",
	"ACCEPTED_RANGE":       "部分验收的金额应多于此前的 {before} 元、少于里程碑金额 {amount} 元",
	"WAIVED_ALREADY":       "本方已同意豁免",
	"PAYMENT_NOT_FOUND":    "没有这笔付款",
	"PAYMENT_STATE":        "付款当前状态({state})不能办理此事",
	"PAYMENTS_OPEN":        "付款 {payment} 尚未确认或作废,合同还不能完成",
	"PAYMENT_MILESTONE":    "分期款须写明里程碑,其他款项不写",
	"PAYMENT_HOLDER":       "保证金和第三方托管须写明由谁保管,其他款项不写",
	"PAYMENT_EXCEEDS":      "确认后实付额为 {paid} 元,应在 0 与现合同额 {current} 元之间",
	"VOUCHER_MISSING":      "请填写银行回单号(1 至 100 字)",
}
