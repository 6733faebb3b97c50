package wording

import (
	"archive/zip"
	"bytes"
	"encoding/hex"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/contracting/contract"
)

var update = flag.Bool("update", false, "write testdata anew")

var classes = []contract.Class{contract.Development, contract.Transfer, contract.License, contract.Consulting, contract.Service}

func facts(class contract.Class) Facts {
	return Facts{
		Contract: "contracts/c330182-0123456789abcdef", Version: 2, Class: class, Title: "纳米碳酸钙表面改性", Field: "新材料及其应用",
		Buyer: Party{"建德某某钙业有限公司", "91330182MA27XXXXX1"}, Seller: Party{"某某大学", "12330000470095016Q"}, Broker: &Party{"某某技术经纪有限公司", "91330182MA27XXXXX2"},
		Demand: &Demand{"XQ-330182-2024-0001", "纳米碳酸钙在 PVC 中的分散", []Words{"白度 ≥ 95.50 %(GB/T 5950)", "粒径 < 100 nm"}},
		Total:  41800000, Clauses: contract.Clauses{VAT: contract.VATIncluded, Technical: 40000050,
			Insurance: contract.Insurance{Insurer: "某某财产保险", Policy: "P-1", Cover: 20000000, Premium: 300000, Subsidy: 150000},
			Trial:     contract.Trial{From: "2024-01-05", Until: "2024-06-30", Terms: "白度连续三批达到 95"}},
		Stages: []Stage{{"小试", "2026-06-30", 3000, 12540000, []Words{"白度不低于 95", "粒径 <100 nm"}}, {"中试", "2026-12-31", 7000, 29260000, nil}},
	}
}

// TestTextsAreForever compares what each template writes with what contracts were signed by: people have read it in testdata.
func TestTextsAreForever(t *testing.T) {
	for _, class := range classes {
		for name, f := range map[string]Facts{"full": facts(class), "bare": {Contract: "contracts/c1", Version: 1, Class: class, Title: "某某合同", Total: 1,
			Clauses: contract.Clauses{VAT: contract.VATExcluded, Technical: 1}}} {
			got, err := Write(f)
			if err != nil {
				t.Fatal(err)
			}
			golden := "testdata/" + got.Template + "-" + name + ".html"
			if *update {
				if err := os.WriteFile(golden, got.HTML, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if diff := cmp.Diff(string(want), string(got.HTML)); err != nil || diff != "" {
				t.Errorf("%s: %v\n%s", golden, err, diff)
			}
		}
	}
}

// TestWordsStay lets values say what they like: the text has the same blocks, rows and cells, and the page and the document give the words back.
func TestWordsStay(t *testing.T) {
	want, err := Write(facts(contract.Development))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		word := rapid.OneOf(rapid.SampledFrom([]string{"# 一", "| a | b |", `\`, `\|`, "</td><td>", "a\n## b", "&amp;", "{{.Total}}", "\x00\x1f", "x\u2028| y"}), rapid.String()).Draw(r, "word")
		f := facts(contract.Development)
		f.Title, f.Buyer.Name, f.Stages[0].Title, f.Stages[0].Indicators[0], f.Demand.Title, f.Clauses.Trial.Terms = Words(word), Words(word), Words(word), Words(word), Words(word), "t"+word
		got, err := Write(f)
		if err != nil {
			r.Fatal(err)
		}
		ours, err := unpage(got.HTML)
		if err != nil {
			r.Fatal(err)
		}
		theirs, err := unpage(want.HTML)
		if err != nil {
			r.Fatal(err)
		}
		if len(ours) != len(theirs) {
			r.Fatalf("%d blocks, want %d", len(ours), len(theirs))
		}
		for i, b := range theirs {
			if ours[i].kind != b.kind || len(ours[i].rows) != len(b.rows) {
				r.Fatalf("block %d is %+v, want %+v", i, ours[i], b)
			}
			for n, row := range b.rows {
				if len(ours[i].rows[n]) != len(row) {
					r.Fatalf("row %d of %d is %q", n, i, ours[i].rows[n])
				}
			}
		}
		if _, err := Document(got.HTML); err != nil {
			r.Fatal(err)
		}
	})
}

// TestPageAndBack reads what a page says.
func TestPageAndBack(t *testing.T) {
	blocks := []block{{kind: title, text: "甲 & <乙>"}, {kind: paragraph, text: `"丙"'`}, {kind: table, rows: [][]string{{"a", ""}, {"", "1 < 2"}}}, {kind: heading, text: "丁"}}
	got, err := unpage(page(blocks))
	if diff := cmp.Diff(blocks, got, cmp.AllowUnexported(block{})); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for _, broken := range []string{"<html><body><p>", "<html><body><tr></tr></body></html>", "<html><body><p/><td>x</td></body></html>"} {
		if got, err := unpage([]byte(broken)); err == nil {
			t.Errorf("%s: got %v", broken, got)
		}
	}
}

// TestDocument opens a document: each part is well formed, and it has every word of the page.
func TestDocument(t *testing.T) {
	p, err := Write(facts(contract.License))
	if err != nil {
		t.Fatal(err)
	}
	content, err := Document(p.HTML)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Document(p.HTML); err != nil || !bytes.Equal(content, again) {
		t.Error("the same page makes another document", err)
	}
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, f := range z.File {
		part, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		for d := xml.NewDecoder(part); ; {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			if words, ok := token.(xml.CharData); ok && f.Name == "word/document.xml" {
				text += string(words)
			}
		}
	}
	blocks, err := unpage(p.HTML)
	if err != nil {
		t.Fatal(err)
	}
	want := ""
	for _, b := range blocks {
		want += b.text
		for _, row := range b.rows {
			want += strings.Join(row, "")
		}
	}
	if diff := cmp.Diff(want, strings.TrimPrefix(text, "\n")); diff != "" {
		t.Error(diff)
	}
}

// TestDigest pins what a contract keeps of a page: it is the SHA-256 of the file that anybody can compute.
func TestDigest(t *testing.T) {
	if got := hex.EncodeToString(Page{HTML: []byte("abc")}.Digest()); got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Error(got)
	}
}
