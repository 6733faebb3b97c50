// Package catalogue has what people read: the Chinese text of every fault.
package catalogue

import (
	"maps"
	"strings"

	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/fault"
)

// chinese is the message catalogue: what a person reads for each reason. {key} stands for a value of the fault. A test makes sure that
// every declared reason is here.
var chinese = with(seal.Chinese, map[string]string{
	"INTERNAL": "系统内部错误,已记录;请稍后用同一 request_id 重试",

	"AMOUNT_NOT_POSITIVE": "金额必须大于 0",
	"AMOUNT_TOO_LARGE":    "金额超出上限(10 万亿元)",
	"AMOUNT_FRACTION":     "金额最小单位为分,不能有不足一分的小数",
	"AMOUNT_CURRENCY":     "币种必须为 CNY",
	"AMOUNT_TEXT":         "“{text}”不是金额,请填写十进制数字",

	"USCC_LENGTH":              "统一社会信用代码应为 18 位,现为 {length} 位",
	"USCC_SIGN":                "统一社会信用代码第 {position} 位“{sign}”不是 GB 32100-2015 允许的字符",
	"USCC_TAKEN":               "该统一社会信用代码在本行政区已登记",
	"NAME_TAKEN":               "同一代码下已有名为“{display_name}”的机构,请换一个名称",
	"ORGANIZATION_PART":        "只有高校、科研院所和企业可以设下属实验室,下属实验室不能再设",
	"ORGANIZATION_NOT_FOUND":   "没有这个机构",
	"ORGANIZATION_CONFIRMED":   "该机构的代码无需确认",
	"ORGANIZATION_UNCONFIRMED": "统一社会信用代码校验位不符,须由科技局核对执照确认后才能办理",

	"LOGIN_LENGTH":         "登录名应为 3 至 40 个字符,现为 {length} 个",
	"LOGIN_SIGN":           "登录名第 {position} 个字符“{sign}”不能使用;可用小写字母、数字、汉字,中间可用 . _ - @",
	"LOGIN_TAKEN":          "该登录名已被使用,或与已有登录名过于相似,请换一个",
	"LOGIN_WRONG":          "登录名或密码不正确",
	"LOGIN_THROTTLED":      "失败次数过多,请在 {retry_after} 秒后再试",
	"LOGIN_BUSY":           "正在登录的人较多,请稍后再试",
	"FACTOR_REQUIRED":      "该账户启用了第二因素,请同时输入动态口令或恢复码,或使用通行密钥",
	"FACTOR_MISSING":       "办理此事须有第二因素,请先绑定动态口令或通行密钥",
	"FACTOR_NOT_FOUND":     "没有这个第二因素",
	"CODE_WRONG":           "动态口令或恢复码不正确,或已用过;请输入最新的一个",
	"PASSKEY_WRONG":        "通行密钥的回应不符,请重新开始",
	"PASSWORD_LENGTH":      "密码应为 12 至 128 个字符,现为 {length} 个",
	"PASSWORD_COMMON":      "密码过于常见,容易被猜中;请用几个互不相关的词",
	"ACCOUNT_NOT_FOUND":    "没有这个账户",
	"ACCOUNT_MEMBER":       "您仍是机构成员;请先退出机构(机构由您负责的,先移交)再注销账户",
	"SESSION_REQUIRED":     "此事须由本人登录后办理,令牌不能代办",
	"SESSION_NOT_FOUND":    "没有这个会话",
	"MEMBER_OF_NOTHING":    "您不是该机构的成员",
	"TOKEN_MISSING":        "请先登录:需要 authorization: Bearer 令牌",
	"TOKEN_INVALID":        "令牌无效",
	"TOKEN_EXPIRED":        "令牌已于 {expire_time} 过期",
	"TOKEN_REVOKED":        "令牌已被吊销",
	"TOKEN_NOT_FOUND":      "没有这个令牌",
	"TOKEN_REVOKED_BEFORE": "该令牌此前已吊销",
	"TOKEN_EXPIRY":         "令牌有效期应在今后 365 天之内",
	"ROLE_NOT_ALLOWED":     "您的角色不能办理此事({action})",
	"ROLE_FOREIGN":         "角色 {role} 不适用于 {kind} 类机构",
	"ROLE_BEYOND":          "您没有角色 {role},不能签发带有它的令牌;须两人授予的角色请先授予个人,由其本人签发",
	"TOKEN_SCOPE":          "“{scope}”不能作为令牌的用途,请填写您自己能办的事,如 demand.read",
	"TOKEN_ADDRESS":        "该令牌不能在地址 {address} 使用",
	"TOKEN_NETWORK":        "“{network}”不是网段,请写成 10.1.0.0/16 的形式",
	"SESSION_ENDED":        "登录已失效,请重新登录",
	"ROLES_APART":          "系统管理员、安全管理员、审计管理员须由三个人分任",

	"SIGN_ON_PROVIDER":    "没有这个统一认证入口",
	"SIGN_ON_UNAVAILABLE": "统一认证系统暂时没有回应;请稍后再试,或用登录名和密码登录",
	"SIGN_ON_REFUSED":     "统一认证没有通过,请重新登录",
	"SIGN_ON_INVALID":     "统一认证的结果无法核实,或已超过十分钟;请重新登录",
	"LINK_TAKEN":          "这个外部身份已绑定另一个账号;请先在那个账号上解除绑定",
	"LINK_NOT_FOUND":      "没有这个绑定",
	"DEVICE_PENDING":      "还在等待本人允许,请稍后再问",
	"DEVICE_SLOW_DOWN":    "问得太频繁,请把间隔加长五秒",
	"DEVICE_DENIED":       "本人拒绝了这次登录",
	"DEVICE_EXPIRED":      "设备代码已过期,请在设备上重新开始",
	"DEVICE_CODE":         "设备代码无效,或已经用过;请在设备上重新开始",
	"DEVICE_NOT_FOUND":    "没有设备用这个代码等待登录;请核对设备上显示的八个字母",

	"RATE_LIMITED":           "调用过于频繁,请在 {retry_after} 秒后再试",
	"NOT_ALLOWED":            "没有规则允许办理此事({action})",
	"SCOPE_NOT_ALLOWED":      "该令牌限定了用途,不能办理此事({action})",
	"STEP_UP_REQUIRED":       "办理此事({action})须在五分钟内再次验证第二因素;令牌不能办理",
	"APPROVAL_REQUIRED":      "办理此事({action})须由另一人批准;批准后用同一 request_id 重新提交",
	"APPROVAL_CONFLICT":      "提出申请的人不能批准自己的申请",
	"APPROVAL_STATE":         "该申请此前已有结论(当前 {state})",
	"APPROVAL_NOT_FOUND":     "没有这项待批准的申请",
	"APPROVAL_FOREIGN":       "只有提出申请的人可以撤回",
	"APPROVAL_EXPIRED":       "申请已超过一天,请重新提出",
	"APPROVAL_DIGEST":        "摘要与该申请不符,请重新阅读后再批准",
	"APPROVAL_LARGE":         "内容过大,无法交另一人审阅批准",
	"ORGANIZATION_SUSPENDED": "机构已被暂停或注销,不能办理业务",
	"ORGANIZATION_BUREAU":    "科技局自身不能被暂停或注销",
	"ORGANIZATION_STATE":     "机构当前为 {state},不能这样办理",
	"VERIFICATION_EXPIRY":    "核验有效期应在今后 400 天之内",
	"ACCOUNT_STATE":          "账号当前为 {state},不能这样办理",
	"MEMBER_STATE":           "该成员或邀请当前为 {state},不能这样办理",
	"MEMBER_NOT_FOUND":       "没有这名成员",
	"MEMBER_EXISTS":          "此人已是该机构的成员",
	"ORGANIZATION_SELF_RUN":  "该机构已有负责人,成员由其自行管理",
	"ROLE_HELD":              "该成员已有角色 {role}",
	"ROLE_PRIVILEGED":        "角色 {role} 须由两人共同授予,请用“授予角色”办理",
	"SELF_GRANT":             "不能给自己增加角色,请由他人办理",
	"NOT_OWNER":              "要卸任的人不是机构负责人",
	"LAST_OWNER":             "不能没有负责人(科技局不能没有安全管理员),请先移交",
	"INVITATION_NOT_FOUND":   "邀请码无效",
	"INVITATION_EXPIRED":     "邀请已于 {expire_time} 过期,请重新索取",
	"INVITATION_EXPIRY":      "邀请有效期应在今后 30 天之内",

	"POSTER_KIND": "只有企业可以发榜",
	"BIDDER_KIND": "此类机构不能揭榜",
	"BROKER_KIND": "经纪方必须是技术经纪机构",

	"DEMAND_NOT_FOUND":   "没有这项需求",
	"DEMAND_FOREIGN":     "只有发榜企业可以办理此事",
	"DEMAND_STATE":       "需求当前状态({state})不能办理此事",
	"DEMAND_NOT_DRAFT":   "只有草稿可以修改",
	"DEMAND_NOT_OPEN":    "该需求当前不接受揭榜",
	"DEMAND_NOT_AWARDED": "该需求尚未定榜,不能据以签约",
	"DEMAND_HAS_BIDS":    "已有有效揭榜,不能撤回需求",
	"DEADLINE_PASSED":    "揭榜已于 {deadline} 截止",
	"PROCEDURE_UNKNOWN":  "没有施行中的办理程序 {procedure};可填 direct、open、sealed、two_envelopes、race",
	"DEADLINE_MISSING":   "发布前须填写截止时间",
	"DEADLINE_PAST":      "截止时间 {deadline} 已过,请填写将来的时间",
	"DEADLINE_TOO_FAR":   "截止时间不得晚于两年之后",
	"BID_FOREIGN":        "这份揭榜不属于该需求",
	"BIDDER_IS_POSTER":   "不能揭自己发的榜",
	"MATCHING_NOT_READY": "匹配所用的索引正在建立;请过几秒再试",
	"ENGAGEMENT_FOREIGN": "只有需求方或对接的另一方可以记录这次对接",
	"NOTHING_TO_MATCH":   "该单位还没有公开的成果、专家或实验室,无从匹配;请先发布后再试",

	"ACHIEVEMENT_NOT_FOUND": "没有这项成果",
	"ACHIEVEMENT_FOREIGN":   "只有成果所属单位可以办理此事",
	"ACHIEVEMENT_STATE":     "成果当前状态({state})不能办理此事",
	"PROFILE_NOT_FOUND":     "没有这位专家、实验室或经纪人",
	"PROFILE_FOREIGN":       "只有所属单位可以办理此事",
	"PROFILE_STATE":         "当前状态({state})不能办理此事",
	"CONSENT_MISSING":       "专家须本人同意公开才能上架;请先征得同意,再把“本人同意公开”填为“是”(consented)",
	"EQUIPMENT_KIND":        "只有实验室可以填仪器设备;请清空,或把类型改为实验室",
	"EXTERNAL_ID_TAKEN":     "本单位已有编号为“{external_id}”的另一项,请换一个编号",
	"INDUSTRY_UNKNOWN":      "“{code}”不是国民经济行业分类(GB/T 4754-2017)的代码,请写成 C2613 这样(门类字母加数字)",
	"DISCIPLINE_UNKNOWN":    "“{code}”不是国家自然科学基金的学科代码,请写成 E0208 这样",
	"CONTACT_IN_TEXT":       "文字里有手机号或邮箱“{found}”,会永久留在账本里,请删去;有意者经平台联系",

	"IMPORT_UNREADABLE": "文件读不了:{mend}",
	"IMPORT_TOO_LARGE":  "文件太大:{mend}",
	"IMPORT_HEADER":     "表头有误:{mend}",
	"IMPORT_EMPTY":      "文件里没有可导入的行",
	"CELL_FORMULA":      "单元格是公式或公式的错误值,请改为数值(复制后“选择性粘贴”为数值)",
	"CELL_WORD":         "没有“{text}”这一项,可填:{choices}",
	"CELL_TYPE":         "应为文字或数字;可填几项的列也可为它们的数组",
	"CELL_NUMBER":       "“{text}”不是整数,请填写数字,不清楚就空着",
	"CELL_PROPERTY":     "“{text}”看不懂,请每行写一项,如:发明专利 ZL201910123456.7 已授权",
	"LINE_INVALID":      "这一行不是完整的 JSON 对象,如 {\"title\":\"…\"}",
	"KEY_UNKNOWN":       "没有“{key}”这一列,请改名或删去",
	"KEY_TWICE":         "“{key}”与同一行里的另一个键是同一列,请只留一个",
	"ROW_TWICE":         "与第 {row} 行是同一项,请只留一行",
	"ROW_AMBIGUOUS":     "已有 {count} 项同名“{name}”,请填写编号以便认出是哪一项",

	"BID_NOT_FOUND": "没有这份揭榜",
	"BID_STATE":     "揭榜当前状态({state})不能办理此事",
	"BID_NOT_DRAFT": "只有草稿可以修改;已提交的请用“替换”",
	"BID_EXISTS":    "贵单位对该需求已有一份有效揭榜",

	"CONTRACT_NOT_FOUND":    "没有这份合同",
	"CONTRACT_FOREIGN":      "只有合同双方可以办理此事",
	"CONTRACT_STATE":        "合同当前状态({state})不能办理此事",
	"CONTRACT_NOT_DRAFTING": "合同已定稿,不能修改",
	"CONTRACT_EXISTS":       "该需求已有合同",
	"CONTRACT_CHANNEL":      "渠道与合同来源不符:揭榜合同须来自定榜的需求",
	"PARTIES_SAME":          "买方与卖方不能是同一机构",
	"DIGEST_MISSING":        "须提供合同文本的 SHA-256 摘要(32 字节)",
	"DIGEST_MISMATCH":       "摘要与当前合同不符,请重新阅读后再签",
	"SIGNED_ALREADY":        "本方已签署",
	"COMPLETED_ALREADY":     "本方已确认完成",
	"REASON_MISSING":        "请填写理由(1 至 500 字)",
	"SIGN_DATE_MISSING":     "登记已签合同须填写签订日期",
	"SIGN_DATE_FUTURE":      "签订日期 {sign_date} 不在合理范围",

	"CODE_LIST_NOT_FOUND": "没有代码表“{list}”",
	"CODE_NOT_FOUND":      "代码表 {list} 中没有代码“{code}”",

	"LEDGER_NOT_FOUND":       "没有这个行政区的账本",
	"LEDGER_FOREIGN":         "只能查看本行政区的账本",
	"ENTRY_NOT_FOUND":        "没有这条账目",
	"TREE_SIZE":              "树的大小 {size} 无效,当前为 {present}",
	"JURISDICTION_NOT_FOUND": "本平台没有行政区 {jurisdiction} 的账本",
	"MONTH_INVALID":          "月份“{month}”应写作 2024-01",
	"MONTHS_REVERSED":        "起始月份晚于结束月份",
	"TOTAL_BEHIND":           "统计尚未计入第 {sequence} 条账目,请稍后再试",

	"REQUEST_ID_REQUIRED": "缺少 request_id:请为每次办理生成一个 UUID(第 4 版),重试时保持不变",
	"REQUEST_ID_REUSED":   "该 request_id 已用于另一内容的请求,请换新的",
	"ETAG_REQUIRED":       "缺少 etag:请先读取,再带上读到的 etag",
	"ETAG_STALE":          "内容已被他人修改(您的版本 {etag},现为 {current}),请重新读取后再办理",
	"STORAGE_UNAVAILABLE": "暂时无法确认是否办成,请用同一 request_id 重试",

	"FIELD_INVALID":       "{field} 填写有误:{mend}",
	"JSON_INVALID":        "JSON 格式有误或有未知字段:{detail}",
	"MESSAGE_INVALID":     "请求不是该接口的消息",
	"ROUTE_NOT_FOUND":     "没有这个接口",
	"UPDATE_MASK_INVALID": "update_mask 中的“{path}”不可修改",
	"PAGE_TOKEN_INVALID":  "page_token 无效,请从第一页重新开始",
	"FILTER_INVALID":      "filter 有误:{detail}",
	"TABLE_FORMAT":        "这张表可导出为:{allowed}",
	"TABLE_NOT_PUBLIC":    "这张表没有公开内容;请登录后导出本单位可见的数据",
	"TABLE_TOO_LONG":      "工作簿最多 1,000,000 行;请改用 CSV 或 NDJSON",
	"EXPORT_TAKEN":        "该 request_id 对应的导出已取走并已入账;再次导出请换一个新的 request_id",
	"CHANGES_AHEAD":       "账本只有 {size} 条,还没有到 {from_sequence};请从 0 重新开始,并向科技局询问账本为何变短",
	"ORDER_BY_INVALID":    "order_by 只能是:{allowed}",
	"MESSAGE_TOO_LARGE":   "内容超过 1 MiB",
	"DEADLINE_TOO_SHORT":  "留给服务器的时间不足,请延长超时后重试",
})

// mends says in Chinese what a field's rule wants.
var mends = map[string]string{
	"required":             "必须填写",
	"in_session":           "已登录的人以自己的账号加入,请不要再填",
	"enum.in":              "不是允许的选项",
	"string.min_len":       "至少 {limit} 个字",
	"string.max_len":       "至多 {limit} 个字",
	"string.pattern":       "格式应为 {limit}",
	"string.in":            "只能是:{limit}",
	"order_by":             "只能是:{limit};要倒序,在后面加“ desc”",
	"enum.not_in":          "必须选择一项",
	"enum.defined_only":    "不是允许的选项",
	"repeated.min_items":   "至少 {limit} 项",
	"repeated.max_items":   "至多 {limit} 项",
	"repeated.unique":      "不能重复",
	"int32.gte":            "不能小于 {limit}",
	"int32.gte_lte":        "超出范围",
	"bytes.min_len":        "不能是空的",
	"bytes.max_len":        "至多 {limit} 字节",
	"int64.gte":            "不能小于 {limit}",
	"string.invalid_utf8":  "不是 UTF-8 文字",
	"one_ledger":           "只能用于一个账本,不能用于 ledgers/-,请指明账本,如 ledgers/330182",
	"day":                  "应为存在的日期,如 2026-01-31",
	"string.nul":           "不能含有 NUL 字符",
	"resource_name":        "应为 {limit}",
	"timestamp.out_bounds": "时间超出范围",
	"date.invalid":         "不是有效日期",
	"file.no_workbook":     "不是 .xlsx 工作簿;请在 Excel 或 WPS 里另存为 .xlsx",
	"file.old":             "是旧版 .xls 或加了密码的文件;请另存为不加密码的 .xlsx",
	"file.broken":          "工作簿已损坏;请重新打开后另存为 .xlsx",
	"file.utf8":            "不是 UTF-8 文本",
	"file.rows":            "至多 {limit} 行,请分成几份导入",
	"file.last_row":        "最后一行是第 {row} 行,至多第 {limit} 行;多半是带格式的空白行,请删去数据以下的行再存",
	"file.last_column":     "至多 {limit} 列;请删去右边多余的列再存",
	"file.merged":          "合并的单元格多于 {limit} 处;请取消合并再存",
	"file.unzipped":        "解压后超过 {limit} MiB;请新建工作簿,只粘贴数值",
	"file.elements":        "格式过多;请新建工作簿,只粘贴数值",
	"file.text":            "一个单元格超过 {limit} KiB",
	"file.texts":           "文字合计超过 {limit} MiB,请分成几份导入",
	"header.none":          "前 10 行里找不到表头;表头应有“{column}”或名称一列,写法见模板",
	"header.twice":         "“{column}”有两列,请只留一列",
}

// with adds the texts of a package that is used without a server too.
func with(some, texts map[string]string) map[string]string {
	maps.Copy(texts, some)
	return texts
}

// Chinese is the text of a fault for people.
func Chinese(f *fault.Fault) string {
	text, ok := chinese[f.Reason]
	if !ok {
		return f.Text
	}
	if rule := f.Meta["rule"]; rule != "" {
		mend, ok := mends[rule]
		if !ok {
			mend = "不符合要求(" + rule + ")"
		}
		text = strings.ReplaceAll(text, "{mend}", mend)
	}
	for k, v := range f.Meta {
		text = strings.ReplaceAll(text, "{"+k+"}", v)
	}
	return text
}
