// Package entry is the canonical form of a ledger entry and what can be checked about a ledger without its server. It is pure.
//
//   - The bytes that are hashed are stored as they are. They are never made again from columns.
//   - The encoding is canonical: each entry has one, and each accepted text stands for one entry. It is pinned by tests for ever.
//   - A leaf is salted, so that a body which has been erased cannot be guessed from its hash.
package entry

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"
)

// SaltSize is the length of the salt of a leaf.
const SaltSize = 16

// Entry is one change: what happened to one subject, and the whole audited row that it left.
type Entry struct {
	Jurisdiction string    // whose ledger
	Sequence     int64     // from 0, without gaps
	Time         time.Time // UTC, whole microseconds; never before the entry before it
	Kind         string    // such as demand.published
	Subject      string    // resource name
	Organization string    // name of the organization that it is about, if any
	Actor        string    // id of the token that caused it, or system
	Request      string    // request_id, if a caller caused it
	Row          Row
}

// Row is the audited columns of the subject after the change, in the order of their names. A column that is null is absent.
type Row []Column

// Column is a column and its value as text.
type Column struct{ Name, Value string }

// Get returns the value of a column.
func (r Row) Get(name string) (string, bool) {
	i, ok := slices.BinarySearchFunc(r, name, func(c Column, name string) int { return strings.Compare(c.Name, name) })
	if !ok {
		return "", false
	}
	return r[i].Value, true
}

const (
	format     = "jiebang entry 1\n"
	leafFormat = "jiebang leaf 1\n"
	rowPrefix  = "row."
	// TimeLayout is how instants stand in an entry.
	TimeLayout = "2006-01-02T15:04:05.000000Z"
)

// Encode returns the canonical bytes: a format line, then one line `name length value` a field, in a fixed order. The length counts bytes,
// so a value may hold anything, and an empty value is not an absent one.
func (e *Entry) Encode() []byte {
	b := make([]byte, 0, 512)
	b = append(b, format...)
	b = appendField(b, "jurisdiction", e.Jurisdiction)
	b = appendField(b, "sequence", strconv.FormatInt(e.Sequence, 10))
	b = appendField(b, "time", e.Time.UTC().Format(TimeLayout))
	b = appendField(b, "kind", e.Kind)
	b = appendField(b, "subject", e.Subject)
	b = appendField(b, "organization", e.Organization)
	b = appendField(b, "actor", e.Actor)
	b = appendField(b, "request", e.Request)
	for _, c := range e.Row {
		b = append(b, rowPrefix...)
		b = appendField(b, c.Name, c.Value)
	}
	return b
}

func appendField(b []byte, name, value string) []byte {
	b = append(b, name...)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(len(value)), 10)
	b = append(b, ' ')
	b = append(b, value...)
	return append(b, '\n')
}

// ParseTime reads an instant as it stands in an entry; anything else is refused.
func ParseTime(text string) (time.Time, error) {
	at, err := time.Parse(TimeLayout, text)
	if err != nil || at.Format(TimeLayout) != text {
		return time.Time{}, fmt.Errorf("time: %w", errNotCanonical)
	}
	return at, nil
}

// ParseInt reads a whole number as it stands in an entry; anything else is refused.
func ParseInt(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != text {
		return 0, fmt.Errorf("whole number: %w", errNotCanonical)
	}
	return n, nil
}

var errNotCanonical = errors.New("not in the canonical encoding")

// Decode reads canonical bytes; anything else is refused.
func Decode(b []byte) (*Entry, error) {
	e := &Entry{}
	rest, ok := bytes.CutPrefix(b, []byte(format))
	if !ok {
		return nil, fmt.Errorf("format line: %w", errNotCanonical)
	}
	var sequence, at string
	header := []struct {
		name  string
		value *string
	}{
		{"jurisdiction", &e.Jurisdiction}, {"sequence", &sequence}, {"time", &at}, {"kind", &e.Kind}, {"subject", &e.Subject},
		{"organization", &e.Organization}, {"actor", &e.Actor}, {"request", &e.Request},
	}
	for _, h := range header {
		name, value, next, err := cutField(rest)
		if err != nil || name != h.name {
			return nil, fmt.Errorf("field %s: %w", h.name, errNotCanonical)
		}
		*h.value, rest = value, next
	}
	for len(rest) > 0 {
		name, value, next, err := cutField(rest)
		column, isRow := strings.CutPrefix(name, rowPrefix)
		if err != nil || !isRow || len(e.Row) > 0 && column <= e.Row[len(e.Row)-1].Name {
			return nil, fmt.Errorf("row: %w", errNotCanonical)
		}
		e.Row, rest = append(e.Row, Column{column, value}), next
	}
	var err error
	if e.Sequence, err = ParseInt(sequence); err != nil || e.Sequence < 0 {
		return nil, fmt.Errorf("sequence: %w", errNotCanonical)
	}
	if e.Time, err = ParseTime(at); err != nil {
		return nil, err
	}
	return e, nil
}

// cutField reads `name length value\n`.
func cutField(b []byte) (name, value string, rest []byte, err error) {
	n, b, ok1 := bytes.Cut(b, []byte(" "))
	l, b, ok2 := bytes.Cut(b, []byte(" "))
	length, err := strconv.Atoi(string(l))
	if !ok1 || !ok2 || err != nil || length < 0 || length >= len(b) || strconv.Itoa(length) != string(l) || b[length] != '\n' || !utf8.Valid(b[:length]) {
		return "", "", nil, errNotCanonical
	}
	return string(n), string(b[:length]), b[length+1:], nil
}

// Subject returns the subject of an entry's bytes, without reading the rest.
func Subject(b []byte) (string, error) { return headerField(b, "subject") }

// Kind returns the kind of an entry's bytes, without reading the rest.
func Kind(b []byte) (string, error) { return headerField(b, "kind") }

func headerField(b []byte, field string) (string, error) {
	rest, ok := bytes.CutPrefix(b, []byte(format))
	for ok && len(rest) > 0 {
		name, value, next, err := cutField(rest)
		if err != nil {
			break
		}
		if name == field {
			return value, nil
		}
		rest = next
	}
	return "", fmt.Errorf("field %s: %w", field, errNotCanonical)
}

// Leaf returns the RFC 6962 leaf hash of an entry's salt and bytes.
func Leaf(salt, body []byte) tlog.Hash { return tlog.RecordHash(LeafData(salt, body)) }

// LeafData is what a leaf is the hash of.
func LeafData(salt, body []byte) []byte {
	data := make([]byte, 0, len(leafFormat)+len(salt)+len(body))
	data = append(data, leafFormat...)
	data = append(data, salt...)
	return append(data, body...)
}

// Valid reports whether e may be written: what Encode writes of it, Decode reads back.
func (e *Entry) Valid() error {
	for i, c := range e.Row {
		if i > 0 && c.Name <= e.Row[i-1].Name || c.Name == "" || strings.ContainsAny(c.Name, " \n") {
			return fmt.Errorf("entry %s of %s: columns out of order at %q", e.Kind, e.Subject, c.Name)
		}
		if !utf8.ValidString(c.Value) {
			return fmt.Errorf("entry %s of %s: column %s is not UTF-8", e.Kind, e.Subject, c.Name)
		}
	}
	return nil
}
