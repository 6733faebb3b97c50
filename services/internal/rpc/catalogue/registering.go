package catalogue

// registering are the texts of registrations, the registry's list and the classes of contracts.
var registering = map[string]string{
	"REGISTRATION_NOT_FOUND":    "没有这项认定登记",
	"REGISTRATION_STATE":        "认定登记当前状态({state})不能办理此事",
	"REGISTRATION_EXISTS":       "该合同已有认定登记,一份合同只登记一次",
	"REGISTRATION_CONTRACT":     "合同当前状态({state})不能办理认定登记:申请须在合同有效期内,解除的合同不予登记",
	"DECLARATION_MISSING":       "请声明合同文本完整、申报内容真实(declaration)",
	"TECHNOLOGY_EXCEEDS":        "技术交易额 {technology} 元多于合同成交额 {total} 元",
	"REGISTRATION_NUMBER":       "登记编号“{number}”应为 16 位数字(早年的为 14 位);Excel 中请把单元格设为文本",
	"REGISTRATION_NUMBER_TAKEN": "登记编号 {number} 已用于另一项认定登记",
	"REGISTRATION_NUMBER_OTHER": "登记变更不改编号,应为 {number}",
	"REGISTRATION_DATE":         "登记日期应不早于 {signed},且不在今天之后",
	"CERTIFICATE_MISSING":       "请附文件的 SHA-256,32 字节",
	"CERTIFICATE_UNRECORDED":    "还没有录入登记证明,无可复核",
	"CERTIFICATE_OFFICER_SAME":  "录入登记证明的人不能自己复核,请另一人办理",
	"REVIEW_NEEDED":             "技术交易额达到 {limit} 元或有争议的,须先经专家评审",
	"REVIEW_OPEN":               "专家评审尚未结束",
	"REVIEWERS_MISSING":         "评审专家至少 {wanted} 人且不得重复,现为 {experts} 人",
	"REVIEW_AGAINST":            "{experts} 位专家中只有 {for} 位同意此技术交易额,应过半数",
	"REGISTRATION_REASON":       "请写明原因,1 至 500 字",
	"REVIEW_UNDISPUTED":         "技术交易额不到 {limit} 元的,有争议(disputed)才转专家评审",
	"REGISTRY_RECORD_NOT_FOUND": "登记清单中没有这一条",
	"NUMBER_TWICE":              "与第 {row} 行的登记编号相同,请只留一行",
	"CLASS_DATE":                "合同类别表自 {from} 起,没有 {date} 适用的",
	"CLASS_ANSWER":              "“{answer}”不是问题“{question}”的选项,或多出了一个回答",
}
