package input

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Enum is an enumeration of the API.
type Enum interface {
	~int32
	protoreflect.Enum
}

// Code is one value of an enumeration.
type Code struct {
	Number  protoreflect.EnumNumber
	Text    string // new-materials
	Chinese string // 新材料及其应用
}

// Codes lists the values of the enumeration that e belongs to, without the unspecified one.
func Codes(e protoreflect.Enum) []Code {
	values := e.Descriptor().Values()
	names := chinese(e.Descriptor().FullName())
	codes := make([]Code, 0, values.Len())
	for i := range values.Len() {
		v := values.Get(i)
		if v.Number() == 0 {
			continue
		}
		code := Code{Number: v.Number(), Text: dashed(string(v.Name()))}
		if n := int(v.Number()) - 1; n < len(names) {
			code.Chinese = names[n]
		}
		codes = append(codes, code)
	}
	return codes
}

// Chinese names a value, or gives its code if this program is older than the value.
func Chinese(e protoreflect.Enum) string {
	if e.Number() == 0 {
		return ""
	}
	for _, c := range Codes(e) {
		if c.Number == e.Number() && c.Chinese != "" {
			return c.Chinese
		}
	}
	if v := e.Descriptor().Values().ByNumber(e.Number()); v != nil {
		return string(v.Name())
	}
	return fmt.Sprint(e.Number())
}

// ParseEnum reads a value as FindCode does.
func ParseEnum[E Enum](text string) (E, error) {
	var zero E
	number, err := FindCode(zero, text)
	return E(number), err
}

// FindCode reads a value of the enumeration that e belongs to by its code (new-materials), its name in the API (NEW_MATERIALS) or its
// Chinese name, of which the beginning is enough if no other name begins so.
func FindCode(e protoreflect.Enum, text string) (protoreflect.EnumNumber, error) {
	codes := Codes(e)
	wanted := dashed(strings.TrimSpace(text))
	if i := slices.IndexFunc(codes, func(c Code) bool { return c.Text == wanted || c.Chinese == wanted }); i >= 0 {
		return codes[i].Number, nil
	}
	var found []Code
	choices := make([]string, len(codes))
	for i, c := range codes {
		choices[i] = c.Text + " " + c.Chinese
		if wanted != "" && strings.HasPrefix(c.Chinese, wanted) {
			found = append(found, c)
		}
	}
	if len(found) == 1 {
		return found[0].Number, nil
	}
	return 0, fmt.Errorf("没有 %q 这一项,可选: %s", text, strings.Join(choices, "、"))
}

func dashed(name string) string { return strings.ReplaceAll(strings.ToLower(name), "_", "-") }

// chinese has the Chinese names of an enumeration's values from 1 on.
func chinese(enum protoreflect.FullName) []string {
	if names := names[enum]; names != nil {
		return names
	}
	return settled(enum)
}

// names has what people call the values of each enumeration, in their order.
var names = map[protoreflect.FullName][]string{
	"jiebang.v1.TechnologyField":               {"电子信息", "航空航天", "先进制造", "生物医药和医疗器械", "新材料及其应用", "新能源与高效节能", "环境保护与资源综合利用", "核应用", "农业", "现代交通", "城市建设与社会发展"},
	"jiebang.v1.ContractClass":                 {"技术开发", "技术转让", "技术许可", "技术咨询", "技术服务"},
	"jiebang.v1.Channel":                       {"揭榜", "成果拍卖"},
	"jiebang.v1.Role":                          {"经办人", "签署人", "市场管理员", "审计员", "安全管理员", "机构负责人", "专家", "审批人", "认定登记员", "密钥保管人", "系统管理员", "审计管理员"},
	"jiebang.v1.Organization.Kind":             {"企业", "高校", "科研院所", "科技局", "技术经纪机构", "实验室", "孵化器", "审计局"},
	"jiebang.v1.Organization.CodeCheck":        {"校验通过", "校验位不符,待确认", "校验位不符,已确认"},
	"jiebang.v1.Organization.State":            {"已登记", "已核验", "已暂停", "已注销"},
	"jiebang.v1.Member.State":                  {"待接受", "在任", "已谢绝", "已过期", "已撤回", "已离任"},
	"jiebang.v1.Approval.State":                {"待批准", "已批准", "已拒绝", "已撤回", "已使用"},
	"jiebang.v1.Factor.Kind":                   {"动态口令", "恢复码", "通行密钥"},
	"jiebang.v1.Demand.State":                  {"草稿", "揭榜中", "评榜中", "已中榜", "已签约", "已完成", "已撤回", "已流榜", "待论证", "论证中", "已退回", "未通过论证", "待发布", "已沉寂", "公示中", "已取消"},
	"jiebang.v1.DemandDetails.CooperationMode": {"委托开发", "合作开发", "技术转让", "技术许可", "技术咨询或服务", "共建平台"},
	"jiebang.v1.Indicator.Operator":            {"不低于", "不高于", "等于", "低于", "高于", "区间"},
	"jiebang.v1.File.Purpose":                  {"需求", "成果或人才", "合同"},
	"jiebang.v1.File.State":                    {"待上传", "已收齐", "已隔离", "已删除", "已过期"},
	"jiebang.v1.File.Scan":                     {"未查", "无毒", "有毒", "查毒失败"},
	"jiebang.v1.Demand.Failure":                {"无人揭榜", "无合格揭榜", "未能签约", "合同终止", "长期无人确认"},
	"jiebang.v1.Bid.State": {"草稿", "已提交", "已开榜", "中榜", "未中榜", "已撤回",
		"待确认", "无法开启", "已否决", "入围", "拟中榜", "候补", "放弃中榜", "已失效"},
	"jiebang.v1.Contract.Vat":                       {"含税", "不含税"},
	"jiebang.v1.GenerateContractTextRequest.Format": {"网页", "文档"},
	"jiebang.v1.Contract.State":                     {"起草中", "待签署", "履行中", "已完成", "已取消", "已终止"},
	"jiebang.v1.Achievement.State":                  {"草稿", "已上架", "已撤回"},
	"jiebang.v1.Profile.State":                      {"草稿", "已上架", "已撤回"},
	"jiebang.v1.Achievement.Maturity":               {"实验室", "小试", "中试", "产业化"},
	"jiebang.v1.Achievement.CooperationMode":        {"转让", "许可", "合作开发", "技术服务", "作价入股", "先用后转"},
	"jiebang.v1.IntellectualProperty.Kind":          {"发明专利", "实用新型", "外观设计", "软件著作权", "集成电路布图设计", "植物新品种", "技术秘密"},
	"jiebang.v1.IntellectualProperty.Stage":         {"已授权", "申请中"},
	"jiebang.v1.Profile.Kind":                       {"专家", "实验室", "技术经纪人"},
	"jiebang.v1.ImportedRow.Outcome":                {"新增", "更新", "未变", "有误"},
	"jiebang.v1.MatchSource":                        {"按需求匹配", "按单位匹配", "检索"},
	"jiebang.v1.MatchReason.Kind":                   {"共有的词", "说明中的词", "含义相近", "技术领域", "阶段", "以往合同", "指标"},
	"jiebang.v1.EngagementStep":                     {"展示", "打开", "联系"},
	"jiebang.v1.GetTotalRequest.GroupBy":            {"渠道", "月份", "技术领域", "行政区划"},
	"jiebang.v1.Webhook.State":                      {"使用中", "已停用"}, "jiebang.v1.Delivery.State": {"待推送", "已送达", "已放弃"}, "jiebang.v1.Watch.Target": {"需求", "成果", "适合本机构的需求"},
	"jiebang.v1.Evaluation.State":                 {"待组专家组", "专家组已定", "评分中", "已评分", "已推荐", "已定榜"},
	"jiebang.v1.Evaluation.Band":                  {"优", "良", "中", "弱", "不适用"},
	"jiebang.v1.Evaluation.Disqualification.Code": {"未实质响应", "不具资格", "串通", "弄虚作假", "超出榜额"},
	"jiebang.v1.Sheet.State":                      {"待声明", "评分中", "已锁定", "已回避"},
	"jiebang.v1.Sheet.Hint":                       {"同一主体", "本单位揭榜", "有过合同", "与发榜企业有过合同"},
	"jiebang.v1.Objection.State":                  {"已提出", "已受理", "不予受理", "成立", "不成立", "已撤回"},
	"jiebang.v1.Objection.Ground":                 {"程序", "利益冲突", "资格", "评分", "其他"},
	"jiebang.v1.Finding.Outcome":                  {"有提示", "未能判断"},
	"jiebang.v1.MonitoringCase.State":             {"草稿", "监测中", "发现问题", "未发现问题", "已办结", "已结案", "已取消", "已终止"},
	"jiebang.v1.MonitoringCase.Cause":             {"监测提示", "主管部门", "媒体", "财政审计", "公众"},
	"jiebang.v1.MonitoringCase.Type":              {"发布与期限", "资格", "利益关联", "评审", "定榜", "签约", "变更", "付款", "登记", "经纪奖励", "记录不实", "其他"},
	"jiebang.v1.MonitoringCase.Resolution":        {"已消除", "未消除", "无从消除"},
	"jiebang.v1.SealLevel":                        {"平台密封", "托管密封"},
	"jiebang.v1.Sealer":                           {"平台", "揭榜方"},
	"jiebang.v1.Custodian.State":                  {"待确认", "已确认", "已停用"},
}
