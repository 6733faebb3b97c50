package catalogue

// counting are the texts of figures, closed periods and the clock.
var counting = map[string]string{
	"FIGURE_NOT_FOUND":    "没有指标“{figure}”;可用的指标见 jiebang report definitions",
	"FIGURE_NOT_RECORDED": "指标“{figure}”还没有数据:{missing}",
	"FIGURE_FOREIGN":      "指标的明细和按单位的数字只供本行政区的科技局和审计机构查看",
	"FIGURES_BEHIND":      "统计还没有计入最新的账目,请稍后再试",
	"DIMENSION_INVALID":   "指标“{figure}”不能按“{dimension}”查询",
	"PERIOD_INVALID":      "期间“{period}”应写作 2024、2024-Q1、2024-01 或 2024-W01",
	"PERIOD_NOT_OVER":     "期间 {period} 到 {end} 零时才结束,结束后才能结账",
	"PERIOD_CLOSED":       "期间 {period} 已结账({closure});如有补录请更正",
	"CLOSURE_NOT_FOUND":   "没有这次结账",
	"CLOSURE_RESTATED":    "该期间此后已更正,请在最近一次({closure})的基础上更正",
	"CLOSURE_UNCHANGED":   "与已报的数字没有差别,无须更正",
	"CLOCK_DOUBTED":       "服务器时钟被调整过,揭榜和到期事项暂停办理,待科技局两人确认时钟后恢复;请稍后用同一 request_id 重试",
	"CLOCK_NOT_DOUBTED":   "账本 {ledger} 的时钟没有待确认的调整,或调整不是在该时刻发现的;请重新读取账本后再确认",
}
