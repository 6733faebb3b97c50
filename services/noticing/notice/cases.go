package notice

// ofCases are what is told of monitoring cases: of a draft, and of one that is given up as a draft, the authority's officers alone learn. What raised a case and
// what others answer is told nobody whom it is about.
var ofCases = []Rule{
	{Kind: "case.opened", To: Officers, May: "case.activate", Text: "有一件监测案件的草稿({subject})等待决定是否启动"},
	{Kind: "case.activated", To: Monitored, Text: "监管部门对 {subject} 启动监测:{decision};请在监测期间说明情况"},
	{Kind: "case.answered", To: Officers, May: "case.conclude", Text: "监测案件({subject})收到一份答复,请查阅"},
	{Kind: "case.addressed", To: Monitored, Text: "对 {subject} 的监测发现问题:{conclusion};整改后请答复"},
	{Kind: "case.declined", To: Monitored, Text: "对 {subject} 的监测未发现问题:{conclusion}"},
	{Kind: "case.completed", To: Monitored, Text: "对 {subject} 的监测已办结,各项问题的整改结果见案件"},
	{Kind: "case.closed", To: Monitored, Text: "对 {subject} 的监测已结案"},
	{Kind: "case.stopped", To: Monitored, Text: "对 {subject} 的监测已终止:{end_reason}"},
}
