package catalogue

// consortia are the texts of consortia, and of what makes their bids invalid.
var consortia = map[string]string{
	"CONSORTIUM_SHARES":          "联合体(consortium)各成员份额须大于 0,合计须为 100%,现为 {sum}(万分之一);请改 share",
	"CONSORTIUM_LEAD":            "联合体(consortium)成员中须有揭榜单位 {organization} 自己,它是牵头单位;请补上",
	"CONSORTIUM_MEMBER_REPEATED": "联合体(consortium)成员 {organization} 写了不止一次,请合并",
	"CONSORTIUM_MEMBER_UNKNOWN":  "联合体(consortium)成员 {organization} 没有注册,请核对机构名称或请其先注册",
	"CONSORTIUM_MEMBER_STANDING": "联合体(consortium)成员 {organization} 已停用、注销或属于不能揭榜的机构类型,请换成员",
	"CONSORTIUM_DEMANDER":        "联合体(consortium)成员 {organization} 是发榜单位或与其同一主体,请换成员",
	"CONSORTIUM_MEMBER_BIDS":     "联合体成员对同一需求另有自己的揭榜书,联合体的揭榜书无效",
	"CONSORTIUM_MEMBER_SHARED":   "联合体成员同时是另一份揭榜书的成员,两份揭榜书都无效",
}
