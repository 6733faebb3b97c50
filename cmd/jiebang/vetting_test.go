package main

import (
	"strings"
	"testing"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
)

// TestVetting takes a demand from its draft to its publication and beyond, as a firm, two officers, an expert and a university type it.
func TestVetting(t *testing.T) {
	m := openMarket(t)
	university := m.bureau.must("", "org", "create", "--display-name", "某某大学", "--kind", "高校", "--uscc", "91330182MA2T00002T", "-o", "name")
	firm, zju := m.token(m.firm(), "editor,signer"), m.token(university, "editor,signer")
	operator, approver := m.found("operator", "operator"), m.found("approver", "approver")
	code := m.bureau.must("", "member", "invite", university, "--roles", "专家", "--jq", ".code")
	sit(t, m.grpc).must(code+"\n"+password+"\n", "invitation", "accept", "--code-stdin", "--login", "expert", "--display-name", "专家甲")
	expert := m.bureau.must("", "member", "list", university, "--jq", ".[0].person")

	d := firm.must("", "demand", "create", "--title", "超细碳酸钙表面改性", "--field", "新材料", "--procedure", "open", "--deadline", "+40d", "-o", "name")
	firm.refused(failure.Conflict, "PROCEDURE_VETTED", "", "demand", "publish", d)
	if got := firm.must("", "demand", "advise", d); !strings.Contains(got, "details.indicators") || !strings.Contains(got, "指标可验证") {
		t.Errorf("advice: got %s", got)
	}
	firm.refused(failure.Usage, "JSON", "", "demand", "detail", d, "--details", "白度 95")
	firm.must("", "demand", "detail", d, "--details", `{"indicators":[{"name":"白度","operator":"AT_LEAST","value":"95","unit":"%"}],"criteria":[{"name":"方案","weight":100}]}`, "--nda", "配方甲")
	firm.must("", "demand", "submit", d)
	operator.refused(failure.Usage, "字段=意见", "", "demand", "return", d, "--comment", "不清楚")
	operator.must("", "demand", "return", d, "--comment", "title=请写明对象")
	firm.must("", "demand", "update", d, "--title", "超细碳酸钙表面改性技术")
	firm.must("", "demand", "submit", d)
	operator.must("", "demand", "vet", d, "--expert", expert)
	approver.refused(failure.Conflict, "OPINIONS_MISSING", "", "demand", "approve", d)
	approver.refused(failure.Validation, "REASON_CODE", "", "demand", "turn-down", d, "--reason", "dull")
	if got := approver.must("", "demand", "turn-down", d, "--reason", "solved", "--jq", ".reason"); got != "SOLVED" {
		t.Errorf("turned down for %s", got)
	}

	direct := firm.must("", "demand", "create", "--title", "硅油乳化稳定性提升", "--field", "新材料", "--deadline", "+40d", "-o", "name")
	firm.must("", "demand", "publish", direct)
	q := zju.must("", "demand", "ask", direct, "--text", "能否提供样品?", "-o", "name")
	firm.must("", "demand", "answer", q, "--text", "可以")
	if got := zju.must("", "demand", "questions", direct, "--jq", `.[0] | "\(.answer) \(.mine)"`); got != "可以 true" {
		t.Errorf("the question is %s", got)
	}
	firm.must("", "demand", "amend", direct, "--deadline", "+60d")
	firm.must("", "demand", "confirm", direct)
	firm.refused(failure.Conflict, "WITHDRAW_INSTEAD", "", "demand", "cancel", direct, "--reason", "NO_BUDGET")
	firm.must("", "demand", "withdraw", direct)
	if got := firm.must("", "demand", "relist", direct, "--jq", `"\(.attempt) \(.relatedDemand)"`); got != "2 "+direct {
		t.Errorf("listed again: %s", got)
	}
	approver.refused(failure.Usage, "只能选一个", "", "demand", "decide", d, "--grant", "--refuse")
}
