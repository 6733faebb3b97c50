// Package sniff tells what a file is by its content, and refuses what is not what its name says, what is two things at once, and archives that would
// hurt whoever opens them.
//
//   - The list of types is closed: what is not on it is refused, whatever it is.
//   - A type is told by its whole form, from the first byte to the last, so that nothing is hidden before, behind or beside it.
//   - What an archive says of itself is believed only as far as unfolding it bears out.
package sniff

import (
	"bytes"
	"encoding/binary"
	"io"
	"path"
	"strings"

	"github.com/jiebang/jiebang/services/fault"
)

// Kind is a type of files.
type Kind string

// The kinds, by the endings of their names.
const (
	PDF  Kind = "pdf"
	OFD  Kind = "ofd"
	DOCX Kind = "docx"
	XLSX Kind = "xlsx"
	PPTX Kind = "pptx"
	PNG  Kind = "png"
	JPG  Kind = "jpg"
	ZIP  Kind = "zip"
	DWG  Kind = "dwg"
)

// mediaTypes are the types as the web names them.
var mediaTypes = map[Kind]string{
	PDF: "application/pdf", OFD: "application/ofd", ZIP: "application/zip", PNG: "image/png", JPG: "image/jpeg", DWG: "image/vnd.dwg",
	DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	PPTX: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}

// MediaType is the type as the web names it.
func (k Kind) MediaType() string { return mediaTypes[k] }

// Faults of contents.
var (
	ErrType     = fault.New(fault.Invalid, "FILE_TYPE", "files of this type are not taken; the types are pdf, ofd, docx, xlsx, pptx, png, jpg, zip, dwg")
	ErrContent  = fault.New(fault.Invalid, "FILE_CONTENT", "the content is not whole, or not what the file's name says")
	ErrPolyglot = fault.New(fault.Invalid, "FILE_POLYGLOT", "the file is an archive as well as what its name says")
	ErrArchive  = fault.New(fault.Invalid, "FILE_ARCHIVE", "the archive breaks a rule for archives")
	ErrMacro    = fault.New(fault.Invalid, "FILE_MACRO", "the document has macros")
)

// Of tells the kind that a name says.
func Of(name string) (Kind, error) {
	ending := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	if ending == "jpeg" {
		ending = string(JPG)
	}
	if _, ok := mediaTypes[Kind(ending)]; !ok {
		return "", ErrType.With("type", ending).At("file.display_name")
	}
	return Kind(ending), nil
}

// Check makes sure that content is whole and is what its name says. What it returns beside a fault is an error of reading.
func Check(name string, content io.ReaderAt, size int64) (Kind, error) {
	kind, err := Of(name)
	if err != nil {
		return "", err
	}
	check := map[Kind]func(io.ReaderAt, int64) (bool, error){PDF: isPDF, PNG: isPNG, JPG: isJPG, DWG: isDWG}[kind]
	if check == nil {
		return kind, checkArchive(kind, content, size)
	}
	ok, err := check(content, size)
	if err == nil && !ok {
		err = ErrContent.With("type", string(kind))
	}
	if err != nil {
		return kind, err
	}
	both, err := isArchive(content, size)
	if err == nil && both {
		err = ErrPolyglot.With("type", string(kind))
	}
	return kind, err
}

// part reads up to n bytes at an offset; fewer at the end.
func part(r io.ReaderAt, at int64, n int) ([]byte, error) {
	b := make([]byte, n)
	got, err := r.ReadAt(b, max(at, 0))
	if err == io.EOF {
		err = nil
	}
	return b[:got], err
}

// tailSize is how far from its end a PDF's last word stands at most.
const tailSize = 1024

// isPDF wants the header at the first byte and the last word at the end.
func isPDF(r io.ReaderAt, size int64) (bool, error) {
	head, err := part(r, 0, 8)
	if err != nil || !bytes.HasPrefix(head, []byte("%PDF-1.")) && !bytes.HasPrefix(head, []byte("%PDF-2.")) {
		return false, err
	}
	tail, err := part(r, size-tailSize, tailSize)
	return bytes.HasSuffix(bytes.TrimRight(tail, "\x00\t\n\f\r "), []byte("%%EOF")), err
}

// isPNG walks the chunks, the last of which ends the file.
func isPNG(r io.ReaderAt, size int64) (bool, error) {
	head, err := part(r, 0, 8)
	if err != nil || string(head) != "\x89PNG\r\n\x1a\n" {
		return false, err
	}
	for at, first := int64(8), true; ; first = false {
		chunk, err := part(r, at, 8)
		if err != nil || len(chunk) < 8 || first != (string(chunk[4:]) == "IHDR") {
			return false, err
		}
		at += 12 + int64(binary.BigEndian.Uint32(chunk))
		if string(chunk[4:]) == "IEND" || at > size {
			return at == size, nil
		}
	}
}

// isJPG wants the first marker at the first byte and the last one at the end.
func isJPG(r io.ReaderAt, size int64) (bool, error) {
	head, err := part(r, 0, 3)
	if err != nil || string(head) != "\xff\xd8\xff" || size < 8 {
		return false, err
	}
	tail, err := part(r, size-2, 2)
	return string(tail) == "\xff\xd9", err
}

// isDWG wants a version of AutoCAD's from R13 on.
func isDWG(r io.ReaderAt, size int64) (bool, error) {
	head, err := part(r, 0, 6)
	return len(head) == 6 && size >= 128 && string(head[:4]) == "AC10" && len(bytes.Trim(head[4:], "0123456789")) == 0, err
}
