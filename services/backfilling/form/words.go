package form

import (
	"strings"

	"github.com/jiebang/jiebang/services/backfilling/backfill"
	"github.com/jiebang/jiebang/services/codes"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/offering/sheet"
)

func word[S ~string](code S, name string, aliases ...string) sheet.Word {
	return sheet.Word{Code: string(code), Name: name, Aliases: aliases}
}

var kindWords = []sheet.Word{word(backfill.Demand, "需求", "征集需求", "榜单", "技术需求"), word(backfill.Bid, "揭榜", "揭榜书", "解决方案"), word(backfill.Contract, "合同", "签约", "协议")}

var channelWords = []sheet.Word{word(contract.Jiebang, "揭榜", "揭榜挂帅"), word(contract.Auction, "成果拍卖", "拍卖")}

var classWords = []sheet.Word{
	word(contract.Development, "技术开发", "开发"), word(contract.Transfer, "技术转让", "转让"), word(contract.License, "技术许可", "许可"),
	word(contract.Consulting, "技术咨询", "咨询"), word(contract.Service, "技术服务", "服务"),
}

var gradeWords = []sheet.Word{
	word(contract.GradeB, "B 扫描件和登记编号", "B", "B级"), word(contract.GradeC, "C 扫描件", "C", "C级"), word(contract.GradeD, "D 仅有说明", "D", "D级"),
	word(contract.GradeA, "A 平台签署", "A", "A级"),
}

// fieldWords are the technology fields.
var fieldWords = func() (words []sheet.Word) {
	for c := range codes.All(codes.TechnologyField) {
		words = append(words, word(strings.ToLower(c.Code), c.Name))
	}
	return words
}()

// Columns are those of a list.
var Columns = []sheet.Column{
	{Field: "number", Header: "编号", Aliases: []string{"序号", "合同编号", "需求编号", "台账编号"}, Key: true, Needed: true, Samples: [2]string{sheet.Sample + "1", sheet.Sample + "2"},
		Hint: "本台账中的编号,同一类中不重复;再次导入时按来源和它认出同一行"},
	{Field: "kind", Header: "类型", Aliases: []string{"类别"}, Words: kindWords, Hint: "需求(征集、发布)、揭榜或合同;没有这一列的都是合同", Samples: [2]string{"合同", "需求"}},
	{Field: "title", Header: "名称", Aliases: []string{"合同名称", "需求名称", "项目名称", "标题"}, Needed: true, Hint: "4 至 100 字;揭榜可空,取其需求的", Samples: [2]string{"超细碳酸钙连续碳化技术开发合同", "变压器热点温度在线监测"}},
	{Field: "buyer_code", Header: "需求方代码", Aliases: []string{"买方代码", "需求方统一社会信用代码", "买方统一社会信用代码", "甲方统一社会信用代码"}, Hint: "统一社会信用代码;须已在平台登记。揭榜可空,取其需求的",
		Samples: [2]string{"91330182MA2T00001P", "91330182MA2T00001P"}},
	{Field: "buyer", Header: "需求方", Aliases: []string{"买方", "买方名称", "需求方名称", "甲方", "发榜单位"}, Hint: "名称;填了代码的可空,填了须与登记的一致", Samples: [2]string{"新安江硅材料有限公司", ""}},
	{Field: "seller_code", Header: "揭榜方代码", Aliases: []string{"卖方代码", "揭榜方统一社会信用代码", "卖方统一社会信用代码", "乙方统一社会信用代码"}, Hint: "统一社会信用代码;须已在平台登记。需求不填", Samples: [2]string{"12330000MA2T000022", ""}},
	{Field: "seller", Header: "揭榜方", Aliases: []string{"卖方", "卖方名称", "揭榜方名称", "乙方", "揭榜单位"}, Hint: "名称;填了代码的可空,填了须与登记的一致", Samples: [2]string{"之江理工大学", ""}},
	{Field: "field", Header: "技术领域", Aliases: []string{"领域"}, Words: fieldWords, Hint: "选一项;揭榜可空,取其需求的", Samples: [2]string{"新材料及其应用", "新能源与高效节能"}},
	{Field: "collected_date", Header: "征集日期", Aliases: []string{"征集时间"}, Hint: "只有需求填,如 2024-03-01", Samples: [2]string{"", "2024-03-01"}},
	{Field: "date", Header: "日期", Aliases: []string{"签订日期", "发布日期", "揭榜日期", "签约日期", "签订时间"}, Hint: "合同的签订日、需求的发布日(只征集未发布的空着)、揭榜的日子", Samples: [2]string{"2024-05-01", "2024-04-01"}},
	{Field: "amount", Header: "金额(万元)", Aliases: []string{"金额", "合同金额(万元)", "合同成交额(万元)", "榜额(万元)", "报价(万元)", "合同金额"}, Hint: "合同成交额、榜额或报价,万元,至多 6 位小数,以元计的写明“元”;需求和揭榜可写面议或空着",
		Samples: [2]string{"41.8", "面议"}},
	{Field: "demand", Header: "所属需求编号", Aliases: []string{"所揭需求编号"}, Hint: "只有揭榜填:其需求在本台账中的编号,该需求须已发布", Samples: [2]string{"", ""}},
	{Field: "channel", Header: "渠道", Aliases: []string{"合同渠道"}, Words: channelWords, Hint: "合同填:揭榜或成果拍卖", Samples: [2]string{"揭榜", ""}},
	{Field: "class", Header: "合同类别", Aliases: []string{"技术合同类别"}, Words: classWords, Hint: "合同填,按合同内容而不是名称", Samples: [2]string{"技术开发", ""}},
	{Field: "scan", Header: "扫描件", Aliases: []string{"扫描件SHA-256", "扫描件文件"}, Hint: "合同扫描件的文件名(导入时以 --scans 给出所在目录),或其 SHA-256(64 位十六进制)", Samples: [2]string{"合同1.pdf", ""}},
	{Field: "registry_number", Header: "合同登记编号", Aliases: []string{"认定登记编号", "登记编号"}, Hint: "已认定登记的填 16 位(早年 14 位)编号,单元格设为文本", Samples: [2]string{"", ""}},
	{Field: "grade", Header: "证据等级", Aliases: []string{"等级"}, Words: gradeWords, Hint: "有扫描件和登记编号为 B,有扫描件为 C,都自动得出可空;只有说明而无扫描件的须写 D;A 只属于在平台签署的", Samples: [2]string{"C", ""}},
}
