package sheet_test

import (
	"strings"
	"testing"

	"github.com/jiebang/jiebang/services/offering/sheet"
)

// lines are lines and what is read of each.
var lines = []struct{ line, want string }{
	{`{"external_id":"1","title":"甲","keywords":["a","b、c"]}`, `1 external_id="1" title="甲" keywords=""["a" "b、c"]`},
	{`{"编号":1,"名称":"甲","期望价格(万元)":41.80,"关键词":"a、b"}`, `1 external_id="1" title="甲" keywords="a、b" asking_price="41.80"`},
	{`{"Title":"甲","期望价格（万元）":12345678901234567890,"field":null}`, `1 title="甲" field="" asking_price="12345678901234567890"`},
	{` { "title" : " 甲　" } `, `1 title="甲"`}, {`{}`, `1`}, {`{"keywords":[]}`, `1 keywords=""`}, {`{"keywords":[1,true,null]}`, `1 keywords=""["1" "true" ""]`},
	{`{"keywords":[{"kind":"发明专利","number":"ZL1","stage":"已授权"},{"kind":"k"}]}`, `1 keywords=""["发明专利 ZL1 已授权" "k"]`},
	{`{"title":"甲","nothing":1}`, `1 title="甲" !KEY_UNKNOWN`}, {`{"":1}`, `1 !KEY_UNKNOWN`},
	{`{"title":"甲","名称":"乙"}`, `1 title="甲" !KEY_TWICE title`}, {`{"title":"甲","title":"乙"}`, `1 title="甲" !KEY_TWICE title`},
	{`{"title":["甲"]}`, `1 !CELL_TYPE title`}, {`{"title":{"zh":"甲"}}`, `1 !CELL_TYPE title`}, {`{"keywords":[["a"]]}`, `1 !CELL_TYPE keywords`},
	{`{"keywords":[{"kind":"a","more":"b"}]}`, `1 !CELL_TYPE keywords`}, {`{"keywords":{"kind":"a"}}`, `1 !CELL_TYPE keywords`},
	{`[1]`, `1 !LINE_INVALID`}, {`"title"`, `1 !LINE_INVALID`}, {`{"title":"甲"`, `1 title="甲" !LINE_INVALID`}, {`{"title":`, `1 !LINE_INVALID`}, {`{"title" "甲"}`, `1 !LINE_INVALID`},
	{`{"title":"甲"} {"title":"乙"}`, `1 title="甲" !LINE_INVALID`}, {`{"title":"甲"},`, `1 title="甲" !LINE_INVALID`}, {`{title:1}`, `1 !LINE_INVALID`}, {`x`, `1 !LINE_INVALID`},
	{`{"a":1,"b":2}`, `1 !KEY_UNKNOWN !KEY_UNKNOWN`},
}

// TestLines reads each line by itself.
func TestLines(t *testing.T) {
	for _, l := range lines {
		table, err := sheet.ReadLines([]byte(l.line), columns)
		wantRows(t, l.line, table, err, l.want)
	}
}

// TestLinesOfAFile reads files: empty lines count, but are no rows.
func TestLinesOfAFile(t *testing.T) {
	table, err := sheet.ReadLines([]byte("\ufeff\r\n{\"title\":\"甲\"}\r\n \n\n{\"title\":\"乙\"}"), columns)
	wantRows(t, "with gaps", table, err, `2 title="甲"`, `5 title="乙"`)
	most := strings.Repeat("{}\n", sheet.MaxRows)
	if table, err := sheet.ReadLines([]byte(most), columns); err != nil || len(table.Rows) != sheet.MaxRows {
		t.Errorf("%d lines: got %v", sheet.MaxRows, err)
	}
	for name, c := range map[string]struct{ content, reason, rule string }{
		"nothing": {"", "IMPORT_EMPTY", ""}, "blank lines": {" \n\r\n", "IMPORT_EMPTY", ""}, "one more": {most + "{}", "IMPORT_TOO_LARGE", "file.rows"},
		"not UTF-8": {"{\"title\":\"\xb3\xac\"}", "IMPORT_UNREADABLE", "file.utf8"},
	} {
		_, err := sheet.ReadLines([]byte(c.content), columns)
		wantFault(t, name, err, c.reason, c.rule)
	}
	if marked, err := table.Mark([]sheet.Mark{{Row: 1, Text: "x"}}); marked != nil || err != nil {
		t.Errorf("marks of what is no workbook: got %d bytes, %v", len(marked), err)
	}
}
