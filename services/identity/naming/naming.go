// Package naming writes names of organizations in one way, and tells which of them a person would take for one another.
//
//   - A name is kept as it is read: no full-width twins of signs, nothing invisible, no letters of two alphabets that mix.
//   - Two names that look alike have the same fold. The fold is never shown and never kept, so that it can become stricter.
package naming

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/jiebang/jiebang/services/fault"
)

// Faults of names.
var (
	ErrSign   = fault.New(fault.Invalid, "NAME_SIGN", "a name has a sign that nobody sees, or that is put over others")
	ErrScript = fault.New(fault.Invalid, "NAME_SCRIPT", "a name mixes the letters of two alphabets; beside Chinese characters it has letters of one")
	ErrShort  = fault.New(fault.Invalid, "NAME_SHORT", "a name has at least two letters, digits or Chinese characters")
	ErrAlike  = fault.New(fault.Exists, "NAME_ALIKE", "an organization of the jurisdiction has this name, or one that looks like it")
)

// least is how many letters, digits or Chinese characters a name has.
const least = 2

// Normalize returns a name as it is kept: in NFKC, with one space where there were several and none at its ends.
func Normalize(text string) (string, error) {
	for i, r := range []rune(norm.NFC.String(text)) {
		if unseen(r) {
			return "", ErrSign.With("code", codePoint(r)).With("position", i+1)
		}
	}
	name := strings.Join(strings.Fields(norm.NFKC.String(text)), " ")
	var alphabet string
	n := 0
	for i, r := range []rune(name) {
		if unseen(r) {
			return "", ErrSign.With("code", codePoint(r)).With("position", i+1)
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		n++
		if of := script(r); of == "" || of == alphabet {
			continue
		} else if alphabet != "" {
			return "", ErrScript.With("sign", string(r)).With("position", i+1)
		} else {
			alphabet = of
		}
	}
	if n < least {
		return "", ErrShort
	}
	return name, nil
}

// unseen reports whether a sign cannot be seen by itself: controls, formats, marks over others, fillers, and what is of private use.
func unseen(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u3164', '\uffa0', '\u2800', '\ufffd', '\ufffc': // fillers of Hangul, the empty Braille cell, replacements
		return true
	case '\t', '\n', '\r':
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp, unicode.Mn, unicode.Me, unicode.Other_Default_Ignorable_Code_Point)
}

// codePoint writes a sign that cannot be seen.
func codePoint(r rune) string { return fmt.Sprintf("U+%04X", r) }

// script is the alphabet of a letter; it is empty for Chinese characters, digits, and letters that all scripts share.
func script(r rune) string {
	if !unicode.IsLetter(r) || unicode.In(r, unicode.Han, unicode.Common, unicode.Inherited) {
		return ""
	}
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return name
		}
	}
	return ""
}
