package sniff_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/filing/sniff"
	"github.com/jiebang/jiebang/services/internal/filetest"
)

// TestGood takes a file of every type.
func TestGood(t *testing.T) {
	for name, content := range filetest.Good() {
		kind, err := sniff.Check(name, bytes.NewReader(content), int64(len(content)))
		if want, _ := sniff.Of(name); err != nil || kind != want || kind.MediaType() == "" {
			t.Errorf("%s: got %q %v, want %q", name, kind, err, want)
		}
	}
}

// TestCorpus refuses every hostile file for its reason.
func TestCorpus(t *testing.T) {
	corpus := filetest.Corpus()
	if len(corpus) < 150 {
		t.Errorf("got %d hostile files, want more", len(corpus))
	}
	for _, h := range corpus {
		_, err := sniff.Check(h.Name, bytes.NewReader(h.Content), int64(len(h.Content)))
		if f := fault.As(err); f == nil || f.Reason != h.Reason {
			t.Errorf("%s, %s: got %v, want %s", h.Name, h.What, err, h.Reason)
		}
	}
}

// TestNames refuses types that are not on the list, whatever the content.
func TestNames(t *testing.T) {
	for _, name := range []string{"图.svg", "页.html", "a.exe", "a.pdf.exe", "无", "a.docm", "a.doc", "a.", ".pdf.js", "a.tar.gz", "a.pdf "} {
		if _, err := sniff.Check(name, bytes.NewReader(filetest.PDF("")), 100); !errors.Is(err, sniff.ErrType) {
			t.Errorf("%q: got %v, want FILE_TYPE", name, err)
		}
	}
}

// TestRatio takes an archive that unfolds to a little less than a hundred times its size, and refuses one a little above.
func TestRatio(t *testing.T) {
	for _, c := range []struct {
		kib  int
		want bool
	}{{90, true}, {110, false}} {
		filler := make([]byte, 1000) // that hardly folds
		for i, x := 0, uint32(1); i < len(filler); i++ {
			x = x*1664525 + 1013904223
			filler[i] = byte(x >> 24)
		}
		content := filetest.Zip(filetest.Entry{Name: "filler", Text: string(filler), Stored: true}, filetest.Entry{Name: "zeros", Text: strings.Repeat("\x00", c.kib*1300)})
		_, err := sniff.Check("a.zip", bytes.NewReader(content), int64(len(content)))
		if ratio := (c.kib*1300 + 1000) / len(content); (err == nil) != c.want || (ratio < 100) != c.want {
			t.Errorf("unfolds to %d times its size: got %v", ratio, err)
		}
	}
}

// failing is a file that cannot be read.
type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errors.New("disk") }

// TestReading gives an error of reading as it is: it says nothing of the content.
func TestReading(t *testing.T) {
	for name := range filetest.Good() {
		if _, err := sniff.Check(name, failing{}, 1000); err == nil || fault.As(err) != nil {
			t.Errorf("%s: got %v, want the error of reading", name, err)
		}
	}
}

// FuzzCheck gives the sniffer anything. Whatever it takes is what its name says from the first byte to the last.
func FuzzCheck(f *testing.F) {
	for name, content := range filetest.Good() {
		f.Add(name, content)
	}
	for i, h := range filetest.Corpus() {
		if i%7 == 0 && len(h.Content) < 10_000 {
			f.Add(h.Name, h.Content)
		}
	}
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		kind, err := sniff.Check(name, bytes.NewReader(content), int64(len(content)))
		if err != nil {
			if fault.As(err) == nil && !errors.Is(err, io.EOF) {
				t.Errorf("%q: got %v, want a fault", name, err)
			}
			return
		}
		if _, err := sniff.Check("a."+string(kind), bytes.NewReader(append(content, "<script>"...)), int64(len(content)+8)); err == nil && kind != sniff.DWG {
			t.Errorf("%q: taken with a script behind it", name)
		}
	})
}
