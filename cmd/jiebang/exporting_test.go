package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExport takes exports from a real market: a public one by anyone, contracts by the bureau, whose ledger keeps it.
func TestExport(t *testing.T) {
	m := openMarket(t)
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	m.bureau.must("", "export", "demands", "-o", "csv", "--out", file("demands.csv"))
	m.bureau.must("", "export", "contracts", "-o", "xlsx", "--out", file("contracts.xlsx"))
	m.bureau.must("", "export", "ocds", "-o", "json", "--records", "--out", file("records.json"))
	m.bureau.must("", "export", "changes", "-o", "ndjson", "--out", file("changes.ndjson"))
	m.bureau.must("", "export", "totals", "--ledger", "330182", "--out", file("totals.csv"))
	for name, want := range map[string]string{"demands.csv": "\ufeff需求编号,", "contracts.xlsx": "PK", "records.json": `{"uri":"urn:jiebang:330182:records:`,
		"changes.ndjson": `{"table":"changes","ledger":"ledgers/330182",`, "totals.csv": "\ufeff月份,"} {
		text, err := os.ReadFile(file(name))
		if err != nil || !strings.HasPrefix(string(text), want) {
			t.Errorf("%s: %.60q, %v, want %q", name, text, err, want)
		}
	}
	if text, err := os.ReadFile(file("changes.ndjson")); err != nil || !strings.Contains(string(text), `"kind":"ledger.founded"`) {
		t.Errorf("changes: %s, %v", text, err)
	}
	left, err := filepath.Glob(file(".*.part"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
