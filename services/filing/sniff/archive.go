package sniff

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/jiebang/jiebang/services/fault"
)

// Bounds of archives, of those inside them together with them.
const (
	maxRatio   = 100    // unfolded bytes for each byte of the file
	maxEntries = 10_000 // of all archives of a file
	maxDepth   = 2      // an archive in a file that is one
	maxInner   = 64 << 20
	maxAll     = 4 << 30 // unfolded bytes, however large the file is
)

// Rules that an archive can break, as its fault names them.
const (
	ruleBroken    = "broken"
	ruleRatio     = "ratio"
	ruleEntries   = "entries"
	ruleDepth     = "depth"
	ruleLink      = "link"
	ruleEncrypted = "encrypted"
	rulePath      = "path"
	ruleTwice     = "twice"
	ruleOverlap   = "overlap"
	ruleForeign   = "foreign"
)

func broken(rule, entry string) *fault.Fault {
	return ErrArchive.With("rule", rule).With("entry", entry)
}

// budget is what may still be unfolded of a file, whose archives share it.
type budget struct {
	bytes   int64
	entries int
}

// checkArchive unfolds an archive as far as it may, and makes sure that it is one of a kind.
func checkArchive(kind Kind, r io.ReaderAt, size int64) error {
	head, err := part(r, 0, 4)
	if err != nil {
		return err
	}
	if string(head) != "PK\x03\x04" {
		return ErrContent.With("type", string(kind))
	}
	b := &budget{bytes: min(size*maxRatio, maxAll), entries: maxEntries}
	names, err := b.unfold(r, size, 1)
	if err == nil && !fits(kind, names) {
		err = ErrContent.With("type", string(kind))
	}
	return err
}

// fits reports whether the entries of an archive are those of a kind.
func fits(kind Kind, names map[string]bool) bool {
	switch kind {
	case DOCX:
		return names["[content_types].xml"] && names["word/document.xml"]
	case XLSX:
		return names["[content_types].xml"] && names["xl/workbook.xml"]
	case PPTX:
		return names["[content_types].xml"] && names["ppt/presentation.xml"]
	case OFD:
		return names["ofd.xml"]
	}
	return true
}

// unfold checks every entry of an archive and returns their names in small letters.
func (b *budget) unfold(r io.ReaderAt, size int64, depth int) (map[string]bool, error) {
	if err := whole(r, size); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, broken(ruleBroken, "")
	}
	if b.entries -= len(z.File); b.entries < 0 {
		return nil, broken(ruleEntries, "")
	}
	names, folded, unfolded := map[string]bool{}, uint64(0), uint64(0)
	for _, f := range z.File {
		if err := header(f, names); err != nil {
			return nil, err
		}
		folded, unfolded = saturated(folded, f.CompressedSize64), saturated(unfolded, f.UncompressedSize64)
	}
	switch {
	case folded > uint64(size):
		return nil, broken(ruleOverlap, "")
	case unfolded > uint64(max(b.bytes, 0)):
		return nil, broken(ruleRatio, "")
	}
	for _, f := range z.File {
		if err := b.content(f, depth); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// saturated adds without running over.
func saturated(a, b uint64) uint64 {
	if a+b < a {
		return 1<<64 - 1
	}
	return a + b
}

// header checks what an archive says of an entry.
func header(f *zip.File, names map[string]bool) error {
	name := strings.ToLower(f.Name)
	switch mode := f.Mode(); {
	case !safe(f.Name):
		return broken(rulePath, f.Name)
	case mode&fs.ModeType != 0 && !mode.IsDir():
		return broken(ruleLink, f.Name)
	case f.Flags&(1|1<<6) != 0:
		return broken(ruleEncrypted, f.Name)
	case names[name]:
		return broken(ruleTwice, f.Name)
	case path.Base(name) == "vbaproject.bin", path.Base(name) == "vbadata.xml", strings.Contains(name, "/macrosheets/"):
		return ErrMacro.With("entry", f.Name)
	}
	names[name] = true
	return nil
}

// safe reports whether a path stays inside the directory in which it is unfolded, on any system.
func safe(name string) bool {
	if name == "" || strings.HasPrefix(name, "/") || strings.ContainsAny(name, "\\:\x00") {
		return false
	}
	for _, p := range strings.Split(strings.TrimSuffix(name, "/"), "/") {
		if p == "" || p == "." || p == ".." {
			return false
		}
	}
	return true
}

// content unfolds an entry, which must have exactly as many bytes as was said, and looks into it if it is an archive.
func (b *budget) content(f *zip.File, depth int) error {
	in, err := f.Open()
	if err != nil {
		return broken(ruleBroken, f.Name)
	}
	defer in.Close()
	said := int64(f.UncompressedSize64) // which was found to be within the budget
	b.bytes -= said
	head := make([]byte, 512)
	n, err := io.ReadFull(in, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return broken(ruleBroken, f.Name)
	}
	head = head[:n]
	inner := bytes.HasPrefix(head, []byte("PK\x03\x04"))
	switch {
	case foreign(head) && !picture(f.Name):
		return broken(ruleForeign, f.Name)
	case inner && (depth >= maxDepth || said > maxInner):
		return broken(ruleDepth, f.Name)
	}
	var kept bytes.Buffer
	into := io.Discard
	if inner || path.Base(strings.ToLower(f.Name)) == "[content_types].xml" {
		into = &kept
		kept.Write(head)
	}
	rest, err := io.Copy(into, io.LimitReader(in, said-int64(n)+1))
	if err != nil || int64(n)+rest != said {
		return broken(ruleBroken, f.Name)
	}
	if !inner {
		if bytes.Contains(bytes.ToLower(kept.Bytes()), []byte("macroenabled")) {
			return ErrMacro.With("entry", f.Name)
		}
		return nil
	}
	_, err = b.unfold(bytes.NewReader(kept.Bytes()), said, depth+1)
	return err
}

// picture reports whether an entry is a picture that Office folds by itself.
func picture(name string) bool {
	ending := strings.ToLower(path.Ext(name))
	return ending == ".emz" || ending == ".wmz"
}

// foreign reports whether content is an archive of a kind that is not looked into.
func foreign(head []byte) bool {
	for _, magic := range []string{"Rar!\x1a\x07", "7z\xbc\xaf\x27\x1c", "\x1f\x8b\x08", "BZh", "\xfd7zXZ\x00", "\x28\xb5\x2f\xfd", "MSCF", "PK\x07\x08PK"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return len(head) > 262 && string(head[257:262]) == "ustar"
}
