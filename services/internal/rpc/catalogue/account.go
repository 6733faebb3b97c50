package catalogue

// accounts are the texts of passwords that were reset and persons who are disabled.
var accounts = map[string]string{
	"RESET_CODE_WRONG": "重置码不正确、已用过或已过期;请向管理员要一个新的",
	"RESET_TOGETHER":   "该成员的密码须两人重置",
	"MEMBER_SELF":      "不能对自己的账户办理此事;改密码请用 jiebang password",
	"MEMBER_ELSEWHERE": "该人员的账户由行政区 {jurisdiction} 保管,请由其科技局办理",
}
