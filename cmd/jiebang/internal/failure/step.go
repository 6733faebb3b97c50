package failure

import (
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// steps says what to do next: first by the reason, else by the code.
func steps(s *status.Status, c Context) []string {
	if info := info(s); info.GetReason() == "APPROVAL_REQUIRED" && info.GetMetadata()["approval"] != "" {
		return []string{
			"请另一人在自己的登录中审阅批准: jiebang approve " + info.GetMetadata()["approval"],
			"批准之后由您重复(编号不变): " + c.Command + " " + c.Replay,
		}
	}
	step := reasonStep(Reason(s))
	if step == "" {
		step = personStep(Reason(s), c)
	}
	if step == "" {
		step = codeStep(s.Code(), c.Server)
	}
	var all []string
	if step != "" {
		all = append(all, step)
	}
	// Without an answer nobody knows whether the change was made; the same id with the same content finds out and never makes it twice.
	if c.RequestID != "" && unknown(s.Code()) {
		all = append(all, "结果未知;用同样的参数加 "+c.Replay+" 再运行,不会重复生效")
	}
	return all
}

// unknown reports whether a change may have been made although its answer was an error.
func unknown(c codes.Code) bool {
	switch c {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.Unknown, codes.Internal:
		return true
	}
	return false
}

func codeStep(c codes.Code, server string) string {
	switch c {
	case codes.Unavailable:
		return "检查服务器 " + server + " 是否在运行、地址是否正确(--server 或 JIEBANG_SERVER)"
	case codes.DeadlineExceeded:
		return "稍后再试,或用 --timeout 放宽时限"
	case codes.Unauthenticated:
		return "运行 jiebang login 登录"
	case codes.PermissionDenied:
		return "运行 jiebang whoami 查看当前角色,向本机构负责人申请所需的角色"
	case codes.NotFound:
		return "用相应的 list 命令核对名称;别的机构的草稿和未开榜的揭榜是查不到的"
	case codes.FailedPrecondition:
		return "用相应的 get 命令查看当前状态"
	case codes.Aborted:
		return "重新读取后再试"
	case codes.Internal, codes.Unknown, codes.DataLoss:
		return "加 --debug 再试,并把输出交给平台管理员"
	}
	return ""
}

func reasonStep(reason string) string {
	switch reason {
	case "ETAG_STALE":
		return "别人先改了它;重新读取(get)后再试"
	case "ETAG_REQUIRED":
		return "加 --etag,值见 get 的输出"
	case "REQUEST_ID_REUSED":
		return "这个 --request-id 已用于另一请求;去掉它,或连同当时的 --etag 一起重放"
	case "TOKEN_MISSING", "TOKEN_INVALID":
		return "运行 jiebang login 登录,或检查 --token 和 JIEBANG_TOKEN"
	case "TOKEN_EXPIRED", "TOKEN_REVOKED":
		return "请本机构管理员签发新令牌(jiebang org token create),再运行 jiebang login"
	case "ORGANIZATION_UNCONFIRMED":
		return "统一社会信用代码的校验位不符;请科技局核对证照后确认(jiebang org confirm)"
	case "DEADLINE_PASSED", "DEMAND_NOT_OPEN":
		return "该需求不在揭榜期内;运行 jiebang demand get 查看状态和截止时间"
	case "DEADLINE_PAST", "DEADLINE_MISSING", "DEADLINE_TOO_FAR":
		return "运行 jiebang demand update --deadline 改截止时间,再发布"
	case "DEMAND_STATE", "DEMAND_NOT_DRAFT", "DEMAND_NOT_AWARDED":
		return "运行 jiebang demand get 查看当前状态"
	case "BID_STATE", "BID_NOT_DRAFT", "BID_NOT_OPENED":
		return "运行 jiebang bid get 查看当前状态;已提交的揭榜用 bid replace 更换"
	case "BID_EXISTS":
		return "本机构已有揭榜;运行 jiebang bid list 找到它,再用 update 或 replace"
	case "CONTRACT_STATE", "CONTRACT_NOT_DRAFTING":
		return "运行 jiebang contract get 查看当前状态"
	case "CONTRACT_EXISTS":
		return "该需求已有合同;运行 jiebang contract list 找到它"
	case "DIGEST_MISSING":
		return "用 --text FILE 给出合同文本"
	case "DIGEST_MISMATCH":
		return "合同已变;重新阅读(contract get)后再签"
	case "FILTER_INVALID", "ORDER_BY_INVALID":
		return "写法见 jiebang help formatting"
	case "PAGE_TOKEN_INVALID":
		return "--page-token 须与上一页的 --filter、--order-by 相同;去掉它从头查"
	case "NOTHING_TO_MATCH":
		return "先登记并公开成果、专家或实验室: jiebang achievement create、jiebang achievement publish"
	case "LEDGER_FOREIGN":
		return "用该行政区划审计员的令牌"
	case "AGREEMENT_MISSING":
		return "先读协议(jiebang demand agreement),由有签字权限的人签署(jiebang demand agree)"
	case "CLOCK_DOUBTED":
		return "请科技局运行 jiebang audit clock 查看并确认服务器时钟,再用同一 --request-id 重试"
	case "FILE_UNSCANNED":
		return "文件还在查毒,稍后再下载"
	case "TOTAL_BEHIND":
		return "统计还没算到这一条;稍后再查"
	}
	return ""
}

// personStep says what to do about what concerns the caller's own login, its second factor and its fellow members.
func personStep(reason string, c Context) string {
	switch reason {
	case "SESSION_ENDED":
		return "运行 jiebang login --server " + c.Server + " 重新登录"
	case "SESSION_REQUIRED":
		return "令牌不能办理此事;运行 jiebang login --login 登录名,以本人身份登录"
	case "SCOPE_NOT_ALLOWED":
		return "换一个不限用途、或用途包含此事的令牌(jiebang token create --scope)"
	case "STEP_UP_REQUIRED":
		step := "运行 jiebang step-up 再次验证第二因素,五分钟之内重复这条命令"
		if c.RequestID != "" {
			step += ": " + c.Command + " " + c.Replay
		}
		return step
	case "FACTOR_REQUIRED":
		return "连同动态口令或恢复码再登录;在终端会询问,用 --password-stdin 时写在第二行"
	case "FACTOR_MISSING":
		return "运行 jiebang factor enroll 绑定动态口令"
	case "LOGIN_WRONG":
		return "核对登录名和密码后再试"
	case "CODE_WRONG":
		return "等动态口令换新后再试,或用一个未用过的恢复码"
	case "MEMBER_OF_NOTHING":
		return "运行 jiebang account get 查看您所属的机构"
	case "APPROVAL_REQUIRED":
		return "令牌不能提出申请;由本人登录(jiebang login)后办理,再由另一人批准"
	case "APPROVAL_STATE", "APPROVAL_EXPIRED":
		return "运行 jiebang approval get 查看;需要的话由申请人重新提出"
	case "APPROVAL_DIGEST":
		return "重新阅读(jiebang approve)后再批准"
	case "APPROVAL_CONFLICT":
		return "请另一人批准"
	case "INVITATION_NOT_FOUND", "INVITATION_EXPIRED":
		return "向邀请您的机构重新索取邀请码"
	case "ROLE_PRIVILEGED":
		return "用 jiebang member grant 授予,须另一人批准"
	case "RESET_TOGETHER":
		return "加 --together 运行 jiebang member reset,再由另一人批准"
	case "RESET_CODE_WRONG":
		return "向管理员要一个新的重置码(jiebang member reset)"
	case "LAST_OWNER":
		return "先用 jiebang member transfer 移交"
	case "ACCOUNT_MEMBER":
		return "先用 jiebang member leave 退出各机构(您负责的先用 jiebang member transfer 移交)"
	case "DEVICE_EXPIRED", "DEVICE_CODE":
		return "重新运行 jiebang login"
	}
	return ""
}
