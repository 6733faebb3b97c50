package sheet_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/offering/sheet"
)

// columns are those of the files of these tests.
var columns = []sheet.Column{
	{Field: "external_id", Header: "编号", Key: true, Samples: [2]string{sheet.Sample + "1", sheet.Sample + "2"}},
	{Field: "title", Header: "成果名称", Aliases: []string{"名称"}, Key: true, Needed: true, Samples: [2]string{"甲", "乙"}},
	{Field: "field", Header: "技术领域", Words: []sheet.Word{{Code: "new_materials", Name: "新材料及其应用"}, {Code: "nuclear", Name: "核应用"}}},
	{Field: "keywords", Header: "关键词", Many: true},
	{Field: "asking_price", Header: "期望价格(万元)"},
}

// workbook writes rows into the first sheet of a new workbook, and lets more be done to it.
func workbook(t *testing.T, rows [][]any, more ...func(*excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	for _, do := range more {
		do(f)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// header is the header of the files of these tests.
var header = []any{"编号", "成果名称", "技术领域", "关键词", "期望价格(万元)"}

// replaced puts another text in the place of a part of a workbook.
func replaced(t *testing.T, book []byte, part string, content io.Reader) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	found := false
	for _, p := range r.File {
		from, err := p.Open()
		if err != nil {
			t.Fatal(err)
		}
		var source io.Reader = from
		if p.Name == part {
			source, found = content, true
		}
		to, err := w.Create(p.Name)
		if err == nil {
			_, err = io.Copy(to, source)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil || !found {
		t.Fatal(err, found)
	}
	return b.Bytes()
}

// wantFault checks the reason and the rule of an error.
func wantFault(t *testing.T, name string, err error, reason, rule string) {
	t.Helper()
	f := fault.As(err)
	if f == nil || f.Reason != reason || f.Meta["rule"] != rule {
		t.Errorf("%s: got %v, want %s of rule %q", name, err, reason, rule)
	}
}

// said writes the rows of a table: their numbers, cells and faults.
func said(table *sheet.Table) (rows []string) {
	for _, r := range table.Rows {
		line := fmt.Sprint(r.Number)
		for _, c := range columns {
			if cell, ok := r.Cells[c.Field]; ok {
				line += fmt.Sprintf(" %s=%q%q", c.Field, cell.Text, cell.Items)
			}
		}
		for _, w := range r.Wrong {
			line += " !" + strings.TrimSpace(w.Reason+" "+w.Field)
		}
		rows = append(rows, strings.ReplaceAll(line, "[]", ""))
	}
	return rows
}

func wantRows(t *testing.T, name string, table *sheet.Table, err error, want ...string) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: got %v, want rows", name, errors.Join(err))
		return
	}
	if got := said(table); !slices.Equal(got, want) {
		t.Errorf("%s:\ngot  %s\nwant %s", name, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}
