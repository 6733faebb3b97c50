package catalogue

// files are the texts of files.
var files = map[string]string{
	"FILE_NOT_FOUND":  "没有这个文件",
	"FILE_FOREIGN":    "只有文件所属单位可以办理此事",
	"FILE_STATE":      "文件当前状态({state})不能办理此事",
	"FILE_NAME":       "文件名应为 1 至 200 个字符,不带目录,不含 / \\ : * ? \" < > | 和控制字符,首尾不能是句点或空格",
	"FILE_TYPE":       "不收这种文件(.{type});可收 pdf、ofd、docx、xlsx、pptx、png、jpg、zip、dwg",
	"FILE_TOO_LARGE":  "文件有 {size} 字节,超出上限 {limit} 字节(200 MiB);请分开或压缩后再传",
	"FILE_QUOTA":      "本单位的文件已占 {used} 字节,配额为 {quota} 字节,放不下这个文件;请先删除不用的文件,未传完的也占配额",
	"FILE_SPACE":      "服务器磁盘空间不足,暂不能接收文件,请联系管理员",
	"FILE_OFFSET":     "已收到 {received} 字节,请从该处续传",
	"FILE_BUSY":       "该文件正在上传,请等那一次结束后再试",
	"FILE_SIZE":       "传来的内容超过登记的 {size} 字节;请核对文件后从头重传",
	"FILE_DIGEST":     "传来的内容与登记的 SHA-256 不符;请核对文件后从头重传",
	"FILE_CONTENT":    "文件内容不完整,或不是 {type} 文件;请检查文件,不要只改扩展名",
	"FILE_POLYGLOT":   "文件既是 {type} 又是压缩包,不能接收;请重新导出文件",
	"FILE_ARCHIVE":    "压缩包不合要求({rule}){entry}:展开不得超过 100 倍、10,000 个条目,包内最多再套一层,不得有链接、加密、重名或越界路径",
	"FILE_MACRO":      "文件含有宏({entry}),不能接收;请另存为不带宏的文件",
	"FILE_UNSCANNED":  "文件尚未通过病毒扫描({scan}),暂不能下载或使用,请稍后再试",
	"FILE_INFECTED":   "文件被查出病毒,已隔离,任何人都不能下载;请清除病毒后重新上传",
	"FILE_ATTACHED":   "文件仍被 {count} 处引用,不能删除;请先解除引用",
	"FILE_INCOMPLETE": "文件当前状态({state})不能引用,请先传完",
	"FILE_ELSEWHERE":  "文件属于行政区 {jurisdiction} 的账本,不能用在别处;请按要用到的行政区重新登记上传",
	"FILE_RANGE":      "起始位置超出文件长度({size} 字节)",
	"FILE_STORE":      "文件库暂时不可用,请稍后重试",
}
