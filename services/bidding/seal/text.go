package seal

import (
	"strings"

	"github.com/jiebang/jiebang/services/fault"
)

// Chinese is what people read for the reasons of this package; {key} stands for a value of the fault. It is here because envelopes are
// sealed and opened offline too, without a server's catalogue.
var Chinese = map[string]string{
	"SEAL_TERMS":         "密封条款有误:密钥保管人或开启门限不可用",
	"SEAL_RECIPIENT":     "“{recipient}”不是密钥保管人的公钥,应以 age1 开头",
	"SEAL_IDENTITY":      "不是密钥保管人的私钥,应以 AGE-SECRET-KEY-1 开头",
	"SEAL_CONTENT":       "揭榜内容的 {field} 有误,请改正后再密封",
	"SEAL_TOO_LARGE":     "揭榜内容太长:{bytes} 字节,上限 {max} 字节;请把长篇材料改为附件",
	"ENVELOPE_FORM":      "不是规范编码的揭榜信封",
	"ENVELOPE_SUITE":     "信封使用了未知的密码套件 {suite}",
	"ENVELOPE_DEMAND":    "信封不是为该需求({demand})密封的",
	"ENVELOPE_POLICY":    "信封不是按该需求现行条款密封的,请取最新条款重新密封",
	"ENVELOPE_STANZAS":   "信封没有恰好密封给该需求的全部密钥保管人",
	"ENVELOPE_DIGEST":    "信封与账本里的摘要不符,平台保存的不是当时收到的信封",
	"STANZA_MISSING":     "信封没有密封给该密钥({recipient})",
	"STANZA_UNREADABLE":  "信封里给 {recipient} 的份额打不开",
	"SHARE_FOREIGN":      "份额不属于该信封的任何密钥保管人({recipient})",
	"SHARE_WRONG":        "{recipient} 交来的份额与信封里的承诺不符",
	"SHARES_FEW":         "份额不足:已有 {shares} 份,须有 {threshold} 份",
	"CHALLENGE_FOREIGN":  "考题不是给该密钥的,或所问的不是此事",
	"SHARES_DISAGREE":    "信封无效:不同份额得出不同的密钥",
	"KEY_COMMIT":         "信封无效:密钥与信封里的承诺不符",
	"STANZA_FORGED":      "信封无效:给 {recipient} 的份额不是应得的那份",
	"PAYLOAD_INVALID":    "信封无效:内容解不开或填充不符",
	"INNER_CONTENT":      "信封无效:密封的内容有误({field})",
	"INNER_ORGANIZATION": "信封无效:内容属于另一家单位,是复制的",
	"INNER_DEMAND":       "信封无效:内容是给另一项需求的,是复制的",
	"INNER_POLICY":       "信封无效:内容按另一份条款密封,是复制的",
	"INNER_NONCE":        "信封无效:内容出自另一个信封,是复制的",
	"INNER_PART":         "信封无效:内容不是这一部分(技术标或报价)的",
	"INNER_SUBMISSION":   "信封无效:内容是第 {submission} 次提交的,最后一次是第 {last} 次",
	"ATTACHMENT_INVALID": "附件打不开,或与揭榜所列文件不符",
}

// Explain is the Chinese text of a fault of this package with its values, for programs that have no server's catalogue at hand.
func Explain(f *fault.Fault) string {
	text := Chinese[f.Reason]
	for k, v := range f.Meta {
		text = strings.ReplaceAll(text, "{"+k+"}", v)
	}
	return text
}
