package wording

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
)

// parts are the parts of a document that are the same in each, in the order in which they are written.
var parts = [][2]string{
	{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>` +
		`<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>` +
		`<Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/></Types>`},
	{"_rels/.rels", `<Relationships xmlns="` + relations + `"><Relationship Id="rId1" Type="` + office + `/officeDocument" Target="word/document.xml"/></Relationships>`},
	{"word/_rels/document.xml.rels", `<Relationships xmlns="` + relations + `"><Relationship Id="rId1" Type="` + office + `/styles" Target="styles.xml"/>` +
		`<Relationship Id="rId2" Type="` + office + `/footer" Target="footer1.xml"/></Relationships>`},
	{"word/styles.xml", `<w:styles xmlns:w="` + words + `"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="仿宋"/>` +
		`<w:sz w:val="24"/><w:lang w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:line="360" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>` +
		`<w:style w:type="paragraph" w:default="1" w:styleId="p"><w:name w:val="Normal"/><w:pPr><w:ind w:firstLineChars="200" w:firstLine="480"/></w:pPr></w:style>` +
		`<w:style w:type="paragraph" w:styleId="h1"><w:name w:val="heading 1"/><w:pPr><w:keepNext/><w:spacing w:before="240" w:after="240"/><w:jc w:val="center"/><w:outlineLvl w:val="0"/></w:pPr>` +
		`<w:rPr><w:rFonts w:eastAsia="宋体"/><w:b/><w:sz w:val="40"/></w:rPr></w:style>` +
		`<w:style w:type="paragraph" w:styleId="h2"><w:name w:val="heading 2"/><w:pPr><w:keepNext/><w:spacing w:before="240"/><w:outlineLvl w:val="1"/></w:pPr>` +
		`<w:rPr><w:rFonts w:eastAsia="黑体"/></w:rPr></w:style><w:style w:type="paragraph" w:styleId="cell"><w:name w:val="Cell"/><w:pPr><w:spacing w:line="300" w:lineRule="auto"/></w:pPr></w:style></w:styles>`},
	{"word/footer1.xml", `<w:ftr xmlns:w="` + words + `"><w:p><w:pPr><w:pStyle w:val="cell"/><w:jc w:val="center"/></w:pPr><w:r><w:fldChar w:fldCharType="begin"/></w:r>` +
		`<w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p></w:ftr>`},
}

const (
	declaration = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	office      = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	relations   = "http://schemas.openxmlformats.org/package/2006/relationships"
	words       = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
	section     = `<w:sectPr><w:footerReference w:type="default" r:id="rId2"/><w:pgSz w:w="11906" w:h="16838"/>` +
		`<w:pgMar w:top="1418" w:right="1247" w:bottom="1418" w:left="1247" w:header="851" w:footer="851" w:gutter="0"/></w:sectPr>`
	across = 9412 // between the margins, in twentieths of a point
)

// Document makes of a page, as Write writes it, a document for word processors (Office Open XML). The same page makes the same bytes.
func Document(page []byte) ([]byte, error) {
	blocks, err := unpage(page)
	if err != nil {
		return nil, err
	}
	var body strings.Builder
	body.WriteString(`<w:document xmlns:w="` + words + `" xmlns:r="` + office + `"><w:body>`)
	for _, b := range blocks {
		if b.kind == table {
			writeTable(&body, b.rows)
		} else {
			writeParagraph(&body, string(b.kind), b.text)
		}
	}
	body.WriteString(section + `</w:body></w:document>`)
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	for _, part := range append(parts, [2]string{"word/document.xml", body.String()}) {
		w, err := z.Create(part[0])
		if err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(declaration + part[1])); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return file.Bytes(), nil
}

func writeParagraph(w *strings.Builder, style, text string) {
	fmt.Fprintf(w, `<w:p><w:pPr><w:pStyle w:val="%s"/></w:pPr><w:r><w:t xml:space="preserve">`, style)
	_ = xml.EscapeText(w, []byte(text)) // a strings.Builder takes everything
	w.WriteString(`</w:t></w:r></w:p>`)
}

func writeTable(w *strings.Builder, rows [][]string) {
	const border = `w:val="single" w:sz="4" w:space="0" w:color="000000"`
	w.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders>`)
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		w.WriteString(`<w:` + side + ` ` + border + `/>`)
	}
	w.WriteString(`</w:tblBorders></w:tblPr><w:tblGrid>`)
	columns := len(rows[0])
	for range columns {
		fmt.Fprintf(w, `<w:gridCol w:w="%d"/>`, across/columns)
	}
	w.WriteString(`</w:tblGrid>`)
	for i, row := range rows {
		w.WriteString(`<w:tr><w:trPr><w:cantSplit/>`)
		if i == 0 {
			w.WriteString(`<w:tblHeader/>`)
		}
		w.WriteString(`</w:trPr>`)
		for _, text := range row {
			fmt.Fprintf(w, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/></w:tcPr>`, across/columns)
			writeParagraph(w, "cell", text)
			w.WriteString(`</w:tc>`)
		}
		w.WriteString(`</w:tr>`)
	}
	w.WriteString(`</w:tbl>`)
}
