package catalogue

// exports are the texts of exports and of the feed of changes.
var exports = map[string]string{
	"TABLE_FORMAT":     "这张表可导出为:{allowed}",
	"TABLE_NOT_PUBLIC": "这张表没有公开内容;请登录后导出本单位可见的数据",
	"TABLE_TOO_LONG":   "工作簿最多 1,000,000 行;请改用 CSV 或 NDJSON",
	"EXPORT_TAKEN":     "该 request_id 对应的导出已取走并已入账;再次导出请换一个新的 request_id",
	"CHANGES_AHEAD":    "账本只有 {size} 条,还没有到 {from_sequence};请从 0 重新开始,并向科技局询问账本为何变短",
}
