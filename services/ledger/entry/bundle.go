package entry

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// BundleFormat names the form of a bundle: a text file of JSON lines. The first line is the Header; each line after it is an entry,
// {"salt":base64,"body":text,"hash":base64}, in order from sequence 0 up to the size of the checkpoint.
const BundleFormat = "jiebang bundle 1"

// maxLine is the longest line of a bundle.
const maxLine = 4 << 20

// Header is the first line of a bundle.
type Header struct {
	Format       string `json:"format"`
	Jurisdiction string `json:"jurisdiction"`
	Origin       string `json:"origin"`
	VerifierKey  string `json:"verifier_key"`
	Checkpoint   string `json:"checkpoint"`
}

// Sealed is an entry as it is stored and hashed. One without salt and body is withheld: it tells of a bid before its opening, and its hash
// alone takes part in the tree.
type Sealed struct {
	Salt []byte `json:"salt"`
	Body string `json:"body"`
	Hash []byte `json:"hash"` // the leaf hash as the ledger stored it, so that a changed entry can be named
}

// BundleWriter writes a bundle.
type BundleWriter struct {
	w *bufio.Writer
	e *json.Encoder
}

// NewBundleWriter writes the header; h.Format is filled in.
func NewBundleWriter(w io.Writer, h Header) (*BundleWriter, error) {
	b := bufio.NewWriterSize(w, 1<<16)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	h.Format = BundleFormat
	return &BundleWriter{b, e}, e.Encode(h)
}

// Write appends the next entry; salt and body are empty for one that is withheld.
func (b *BundleWriter) Write(salt, body, hash []byte) error {
	if len(salt) == 0 {
		salt = nil
	}
	return b.e.Encode(Sealed{Salt: salt, Body: string(body), Hash: hash})
}

// Close flushes what is buffered. It does not close the underlying writer.
func (b *BundleWriter) Close() error { return b.w.Flush() }

// Withheld reports whether only the hash is there.
func (s Sealed) Withheld() bool { return s.Salt == nil && s.Body == "" }

// ErrBundle says that a file is no bundle.
var ErrBundle = errors.New("not a bundle")

// BundleReader reads a bundle line by line.
type BundleReader struct {
	Header Header
	lines  *bufio.Scanner
}

// NewBundleReader reads the header.
func NewBundleReader(r io.Reader) (*BundleReader, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 1<<16), maxLine)
	lines.Split(wholeLines)
	b := &BundleReader{lines: lines}
	if !lines.Scan() {
		if err := lines.Err(); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%w: empty", ErrBundle)
	}
	if err := decodeLine(lines.Bytes(), &b.Header); err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrBundle, err)
	}
	if b.Header.Format != BundleFormat {
		return nil, fmt.Errorf("%w: format %q", ErrBundle, b.Header.Format)
	}
	return b, nil
}

// wholeLines splits into lines with their ends, so that an end that was cut off or changed is seen.
func wholeLines(data []byte, atEOF bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i+1], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// Next returns the next entry, or io.EOF after the last. A line that is no entry gives ErrBundle, and reading can go on.
func (b *BundleReader) Next() (Sealed, error) {
	var s Sealed
	if !b.lines.Scan() {
		if err := b.lines.Err(); err != nil {
			return s, err
		}
		return s, io.EOF
	}
	if err := decodeLine(b.lines.Bytes(), &s); err != nil {
		return s, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	return s, nil
}

// decodeLine reads a line that is exactly what a BundleWriter writes, so that no byte of a bundle can change unseen.
func decodeLine(line []byte, v any) error {
	if err := json.Unmarshal(line, v); err != nil {
		return err
	}
	var canonical bytes.Buffer
	e := json.NewEncoder(&canonical)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	if !bytes.Equal(canonical.Bytes(), line) {
		return errNotCanonical
	}
	return nil
}
