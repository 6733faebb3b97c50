// Package filetest makes files for tests: good ones of every type that is taken, and hostile ones, each with the reason for which it must be refused.
package filetest

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// Entry is an entry of an archive.
type Entry struct {
	Name, Text string
	Mode       fs.FileMode
	Flags      uint16
	Stored     bool // not folded
}

// Zip makes an archive.
func Zip(entries ...Entry) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.Name, Method: zip.Deflate, Flags: e.Flags}
		if e.Stored {
			h.Method = zip.Store
		}
		if e.Mode != 0 {
			h.SetMode(e.Mode)
		}
		f, err := w.CreateHeader(h)
		if err == nil {
			_, err = f.Write([]byte(e.Text))
		}
		if err != nil {
			panic(err) // the archive is in memory
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// parts are the entries that make an archive a document.
var parts = map[string][]Entry{
	"zip":  {{Name: "图纸/说明.txt", Text: "白度不低于 95"}},
	"ofd":  {{Name: "OFD.xml", Text: "<ofd:OFD/>"}, {Name: "Doc_0/Document.xml", Text: "<ofd:Document/>"}},
	"docx": {{Name: "[Content_Types].xml", Text: "<Types/>"}, {Name: "word/document.xml", Text: "<w:document/>"}, {Name: "word/media/image1.emz", Text: "\x1f\x8b\x08"}},
	"xlsx": {{Name: "[Content_Types].xml", Text: "<Types/>"}, {Name: "xl/workbook.xml", Text: "<workbook/>"}},
	"pptx": {{Name: "[Content_Types].xml", Text: "<Types/>"}, {Name: "ppt/presentation.xml", Text: "<p:presentation/>"}},
}

// Document makes an archive of a type with more entries than it must have.
func Document(kind string, more ...Entry) []byte {
	return Zip(append(slices.Clone(parts[kind]), more...)...)
}

// PNG makes a picture of one grey dot.
func PNG() []byte {
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	for _, c := range []struct{ name, data string }{{"IHDR", "\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00"}, {"IDAT", "\x78\x9c\x62\x68\x00\x00\x00\x82\x00\x81"}, {"IEND", ""}} {
		_ = binary.Write(&b, binary.BigEndian, uint32(len(c.data)))
		b.WriteString(c.name + c.data)
		_ = binary.Write(&b, binary.BigEndian, crc32.ChecksumIEEE([]byte(c.name+c.data)))
	}
	return b.Bytes()
}

// PDF makes a document whose text makes it as long as is wanted.
func PDF(text string) []byte {
	return []byte("%PDF-1.7\n1 0 obj\n<</Note(" + text + ")>>\nendobj\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n")
}

// Good are files of every type that is taken, by name.
func Good() map[string][]byte {
	good := map[string][]byte{
		"方案.pdf": PDF("技术方案"), "照片.png": PNG(), "照片.JPG": []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00\xff\xd9"), "照片.jpeg": []byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\xff\xd9"),
		"图.dwg": append([]byte("AC1032"), make([]byte, 200)...), "套.zip": Document("zip", Entry{Name: "内.zip", Text: string(Document("zip"))}, Entry{Name: "表.xlsx", Text: string(Document("xlsx"))}),
	}
	for kind := range parts {
		good["文件."+kind] = Document(kind)
	}
	return good
}

// Hostile is a file that must be refused.
type Hostile struct {
	What, Name string
	Content    []byte
	Reason     string
}

// zeros are so many bytes that fold well.
func zeros(n int) string { return strings.Repeat("\x00", n) }

// bad are entries that no archive may have, with what is wrong.
func bad() []struct {
	what, reason string
	entries      []Entry
} {
	many := make([]Entry, 10_001)
	for i := range many {
		many[i] = Entry{Name: fmt.Sprint(i), Stored: true}
	}
	deep := string(Zip(Entry{Name: "二.zip", Text: string(Zip(Entry{Name: "三.zip", Text: string(Document("zip"))}))}))
	return []struct {
		what, reason string
		entries      []Entry
	}{
		{"a flat bomb", "FILE_ARCHIVE", []Entry{{Name: "炸弹", Text: zeros(4 << 20)}}},
		{"a nested bomb", "FILE_ARCHIVE", []Entry{{Name: "内.zip", Text: string(Zip(Entry{Name: "炸弹", Text: zeros(4 << 20)}))}}},
		{"an archive three deep", "FILE_ARCHIVE", []Entry{{Name: "一.zip", Text: deep}}},
		{"too many entries", "FILE_ARCHIVE", many},
		{"a path upwards", "FILE_ARCHIVE", []Entry{{Name: "../../etc/passwd", Text: "x"}}},
		{"a path upwards in the middle", "FILE_ARCHIVE", []Entry{{Name: "a/../../b", Text: "x"}}},
		{"an absolute path", "FILE_ARCHIVE", []Entry{{Name: "/etc/passwd", Text: "x"}}},
		{"a path of Windows", "FILE_ARCHIVE", []Entry{{Name: `..\..\windows\x.dll`, Text: "x"}}},
		{"a drive of Windows", "FILE_ARCHIVE", []Entry{{Name: "c:x.dll", Text: "x"}}},
		{"a zero in a path", "FILE_ARCHIVE", []Entry{{Name: "a.txt\x00.exe", Text: "x"}}},
		{"a link", "FILE_ARCHIVE", []Entry{{Name: "link", Text: "/etc/passwd", Mode: fs.ModeSymlink | 0o777}}},
		{"a device", "FILE_ARCHIVE", []Entry{{Name: "device", Mode: fs.ModeDevice | 0o666}}},
		{"an encrypted entry", "FILE_ARCHIVE", []Entry{{Name: "secret", Text: "x", Flags: 1}}},
		{"one name twice", "FILE_ARCHIVE", []Entry{{Name: "a", Text: "x"}, {Name: "A", Text: "y"}}},
		{"an archive of another kind", "FILE_ARCHIVE", []Entry{{Name: "a.rar", Text: "Rar!\x1a\x07\x00"}}},
		{"a tar", "FILE_ARCHIVE", []Entry{{Name: "a.tar", Text: zeros(257) + "ustar" + zeros(250), Stored: true}}},
		{"macros", "FILE_MACRO", []Entry{{Name: "word/vbaProject.bin", Text: "x"}}},
		{"macros elsewhere", "FILE_MACRO", []Entry{{Name: "customUI/VBAPROJECT.BIN", Text: "x"}}},
		{"old macros", "FILE_MACRO", []Entry{{Name: "xl/macrosheets/sheet1.xml", Text: "x"}}},
		{"macros in a document inside", "FILE_MACRO", []Entry{{Name: "内.docx", Text: string(Document("docx", Entry{Name: "word/vbaProject.bin", Text: "x"}))}}},
	}
}

// archives are hostile archives of every type, and those that are broken as files.
func archives() (all []Hostile) {
	for _, kind := range slices.Sorted(maps.Keys(parts)) {
		name := "文件." + kind
		add := func(what string, content []byte, reason string) {
			all = append(all, Hostile{what, name, content, reason})
		}
		for _, b := range bad() {
			add(b.what, Document(kind, b.entries...), b.reason)
		}
		good := Document(kind)
		add("a script before it", append([]byte("#!/bin/sh\nrm -rf /\n"), good...), "FILE_CONTENT")
		add("something behind it", append(slices.Clone(good), "<script>"...), "FILE_ARCHIVE")
		add("cut in the middle", good[:len(good)/2], "FILE_ARCHIVE")
		add("its first entry alone", good[:30], "FILE_ARCHIVE")
		add("two archives behind each other", append(slices.Clone(good), good...), "FILE_ARCHIVE")
		add("a web page", []byte("<html><script>alert(1)</script></html>"), "FILE_CONTENT")
		add("an empty archive", Zip(), "FILE_CONTENT")
		add("content that is longer than it says", lying(good, 1), "FILE_ARCHIVE")
		add("a directory of more entries than it says", miscounted(good), "FILE_ARCHIVE")
	}
	for _, kind := range []string{"docx", "xlsx", "pptx", "ofd"} {
		all = append(all, Hostile{"no document", "文件." + kind, Document("zip"), "FILE_CONTENT"})
	}
	macros := Zip(Entry{Name: "[Content_Types].xml", Text: `<Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>`}, parts["docx"][1])
	return append(all, Hostile{"a type with macros", "文件.docx", macros, "FILE_MACRO"})
}

// lying is an archive whose list says of the first entry that it is shorter than it is.
func lying(archive []byte, size uint32) []byte {
	b := slices.Clone(archive)
	at := bytes.Index(b, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(b[at+24:], size)
	return b
}

// miscounted is an archive whose last record says that there are fewer entries.
func miscounted(archive []byte) []byte {
	b := slices.Clone(archive)
	at := bytes.LastIndex(b, []byte("PK\x05\x06"))
	binary.LittleEndian.PutUint16(b[at+10:], 0)
	return b
}

// Corpus are hostile files.
func Corpus() []Hostile {
	all := archives()
	svg := []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)
	for name, good := range map[string][]byte{"方案.pdf": PDF(""), "照片.png": PNG(), "照片.jpg": []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00\xff\xd9")} {
		all = append(all, []Hostile{
			{"a picture that is a script", name, svg, "FILE_CONTENT"}, {"a program", name, append([]byte("MZ"), make([]byte, 200)...), "FILE_CONTENT"},
			{"cut in the middle", name, good[:len(good)/2], "FILE_CONTENT"}, {"its first bytes alone", name, good[:3], "FILE_CONTENT"},
			{"an archive behind it", name, append(slices.Clone(good), Document("zip")...), "FILE_CONTENT"}, {"a web page behind it", name, append(slices.Clone(good), "<html>"...), "FILE_CONTENT"},
			{"a web page before it", name, append([]byte("<html>"), good...), "FILE_CONTENT"}, {"an archive instead", name, Document("zip"), "FILE_CONTENT"},
		}...)
	}
	pdf := PDF("")
	polyglot := slices.Concat(pdf[:40], Document("zip"), pdf[40:])
	return append(all, Hostile{"an archive inside a document", "方案.pdf", polyglot, "FILE_POLYGLOT"},
		Hostile{"an archive inside a drawing", "图.dwg", slices.Concat([]byte("AC1032"), make([]byte, 200), Document("zip")), "FILE_POLYGLOT"},
		Hostile{"a drawing of no version", "图.dwg", append([]byte("AC10xx"), make([]byte, 200)...), "FILE_CONTENT"},
		Hostile{"a drawing that is a picture", "图.dwg", PNG(), "FILE_CONTENT"})
}
