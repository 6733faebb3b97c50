package main

import (
	"strings"
	"testing"
)

// TestMonitoring reads rules and findings, and takes a case from its draft to its end.
func TestMonitoring(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	b, firm := m.bureau, m.firm()
	if got := b.must("", "monitoring", "rules", "--all", "--jq", "length"); got != "18" {
		t.Errorf("got %s rules, want 18", got)
	}
	if got := b.must("", "monitoring", "rules"); !strings.Contains(got, "min_days=15") || !strings.Contains(got, "法定代表人") {
		t.Errorf("got %s", got)
	}
	if _, out, notes := b.run("", "monitoring", "findings", "--rule", "RF10"); !strings.Contains(out+notes, "住所") {
		t.Errorf("what the rule goes without is not said: %s %s", out, notes)
	}
	b.refused(2, "有提示", "", "monitoring", "findings", "--outcome", "好")
	b.refused(2, "RULE_UNKNOWN", "", "monitoring", "findings", "--rule", "RF99")
	b.refused(2, "--cause", "", "monitoring", "case", "open", firm, "--text", "请核实")
	opened := b.must("", "monitoring", "case", "open", firm, "--cause", "公众", "--text", "请核实", "-o", "name")
	b.refused(2, "--decision", "", "monitoring", "case", "activate", opened)
	b.refused(6, "CASE_STATE", "", "monitoring", "case", "close", opened)
	b.must("", "monitoring", "case", "cancel", opened, "--reason", "不必")
	if got := b.must("", "monitoring", "case", "list", "--state", "已取消", "-o", "name"); got != opened {
		t.Errorf("got %s, want %s", got, opened)
	}
	active := b.must("", "monitoring", "case", "open", firm, "--cause", "公众", "--text", "请核实", "-o", "name")
	b.must("", "monitoring", "case", "activate", active, "--decision", "启动")
	b.refused(2, "类型:内容", "", "monitoring", "case", "conclude", active, "--violation", "定榜", "--conclusion", "有问题")
	b.refused(4, "CASE_SAME_PERSON", "", "monitoring", "case", "conclude", active, "--violation", "定榜:程序不全", "--conclusion", "有问题")
	b.must("", "monitoring", "case", "stop", active, "--reason", "已移送")
	if got := b.must("", "monitoring", "case", "get", active); !strings.Contains(got, "已终止") || !strings.Contains(got, "请核实") {
		t.Errorf("got %s", got)
	}
}
