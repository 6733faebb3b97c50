package seal

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// writer collects lines `name SP length SP value LF`, the form of a ledger's entries. The length counts bytes, so a value holds anything, also
// lines again.
type writer []byte

func (w *writer) bytes(name string, value []byte) {
	*w = append(*w, name...)
	*w = append(*w, ' ')
	*w = strconv.AppendInt(*w, int64(len(value)), 10)
	*w = append(*w, ' ')
	*w = append(*w, value...)
	*w = append(*w, '\n')
}

func (w *writer) text(name, value string) { w.bytes(name, []byte(value)) }

func (w *writer) int(name string, value int64) { w.text(name, strconv.FormatInt(value, 10)) }

// reader reads lines in the order in which they must stand. After the first that is wrong it gives nothing more and is not ok.
type reader struct {
	rest   []byte
	broken bool
}

// cut reads a line, whatever its name is.
func (r *reader) cut() (name string, value []byte) {
	n, b, ok1 := bytes.Cut(r.rest, []byte(" "))
	l, b, ok2 := bytes.Cut(b, []byte(" "))
	length, err := strconv.Atoi(string(l))
	if r.broken || !ok1 || !ok2 || err != nil || length < 0 || length >= len(b) || strconv.Itoa(length) != string(l) || b[length] != '\n' {
		r.broken, r.rest = true, nil
		return "", nil
	}
	r.rest = b[length+1:]
	return string(n), b[:length:length]
}

// is reports whether the next line has that name.
func (r *reader) is(name string) bool {
	return bytes.HasPrefix(r.rest, []byte(name)) && len(r.rest) > len(name) && r.rest[len(name)] == ' '
}

func (r *reader) bytes(name string) []byte {
	got, value := r.cut()
	if got != name {
		r.broken = true
	}
	return value
}

func (r *reader) text(name string) string {
	value := r.bytes(name)
	if !utf8.Valid(value) {
		r.broken = true
	}
	return string(value)
}

func (r *reader) int(name string) int64 {
	text := r.text(name)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != text {
		r.broken = true
	}
	return n
}

func (r *reader) digest(name string) (d Digest) {
	if copy(d[:], r.bytes(name)) != len(d) {
		r.broken = true
	}
	return d
}

// ok reports whether everything was read and right.
func (r *reader) ok() bool { return !r.broken && len(r.rest) == 0 }
