// Package text is how texts are read for searching, in every engine alike: folded to one form, cut into terms, marked where a query found something,
// and heard as pinyin. It never fails: bytes that are no UTF-8 are as good as absent.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fold returns the form in which texts are compared: lower case, half width, simplified characters, no accents, unit and compatibility signs written
// out (㎡ is m2, ① is 1, Ⅳ is iv, μ is u, × is x, >= is ≥, 10⁶ is 10^6), one plain dash and quote, every run of spaces one space and none at the ends,
// nothing invisible. Folding twice changes nothing more.
func Fold(s string) string {
	f := folder{out: make([]byte, 0, len(s))}
	f.fold(s)
	return string(f.out)
}

// folder folds. With track, it also keeps the bytes of the source that each byte of the result came from.
type folder struct {
	out      []byte
	track    bool
	from, to []int32
	raised   bool // the last character was a superscript
}

func (f *folder) fold(s string) {
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[i:])
		}
		f.put(r, i, i+n)
		i += n
	}
	if n := len(f.out); n > 0 && f.out[n-1] == ' ' {
		f.cut(n - 1)
	}
}

// put adds the form of the character that stands at start.
func (f *folder) put(r rune, start, end int) {
	raised := superscript(r)
	if raised && !f.raised && len(f.out) > 0 && digit(f.out[len(f.out)-1]) {
		f.add('^', start, end)
	}
	f.raised = raised
	if r < 1<<16 {
		if plain := forms[r]; plain != written {
			if plain != dropped {
				f.add(rune(plain), start, end)
			}
			return
		}
	}
	if plain, ok := longer[r]; ok {
		for _, r := range plain {
			f.add(r, start, end)
		}
	} else if r >= 1<<16 && !unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Variation_Selector, r) {
		f.add(unicode.ToLower(r), start, end)
	}
}

// add appends a folded character, joining spaces and the two parts of ≥ and ≤.
func (f *folder) add(r rune, start, end int) {
	n := len(f.out)
	if r == ' ' && (n == 0 || f.out[n-1] == ' ') {
		return
	}
	if r == '=' && n > 0 && (f.out[n-1] == '>' || f.out[n-1] == '<') {
		r = map[byte]rune{'>': '≥', '<': '≤'}[f.out[n-1]]
		if f.track {
			start = int(f.from[n-1])
		}
		f.cut(n - 1)
	}
	f.out = utf8.AppendRune(f.out, r)
	if f.track {
		for len(f.from) < len(f.out) {
			f.from, f.to = append(f.from, int32(start)), append(f.to, int32(end))
		}
	}
}

func (f *folder) cut(n int) {
	f.out = f.out[:n]
	if f.track {
		f.from, f.to = f.from[:n], f.to[:n]
	}
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

// superscript says which raised signs are an exponent when they follow a digit.
func superscript(r rune) bool {
	return r == '²' || r == '³' || r == '¹' || r == '⁰' || r >= '⁴' && r <= '⁻'
}

// What forms says of a character beside its plain form.
const (
	dropped = 0
	written = 0xFFFF // its form is longer than one character of the basic plane, and stands in longer
)

// forms holds the form of every character of the basic plane, longer the forms that do not fit there.
var forms, longer = tables()

func tables() (*[1 << 16]uint16, map[rune]string) {
	table, long := new([1 << 16]uint16), map[rune]string{utf8.RuneError: "", written: ""}
	for r := range table {
		table[r] = uint16(r)
	}
	for r := rune(0); r < 1<<16; r++ {
		if r == 0x2E80 { // no script between here and there has cases
			r = 0xA640
		} else if r == 0xAC00 {
			r = 0xFF21
		}
		table[r] = uint16(unicode.ToLower(r))
	}
	drop := func(r rune) { table[r] = dropped }
	each(unicode.Cc, drop)
	each(unicode.Cf, drop)
	each(unicode.Variation_Selector, drop)
	for _, r := range [][2]rune{{0x300, 0x36F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}} { // what is written over letters
		for c := r[0]; c <= r[1]; c++ {
			drop(c)
		}
	}
	each(unicode.White_Space, func(r rune) { table[r] = ' ' })
	set := func(r rune, plain string) {
		one, n := utf8.DecodeRuneInString(plain)
		if plain == "" {
			one = dropped
		}
		if r < 1<<16 && n == len(plain) && one < written {
			table[r] = uint16(one)
			return
		}
		if r < 1<<16 {
			table[r] = written
		}
		long[r] = plain
	}
	for line := range strings.Lines(plainTable) {
		plain, signs, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		for _, r := range signs {
			set(r, plain)
		}
	}
	for line := range strings.Lines(simplifiedTable) {
		_, n := utf8.DecodeRuneInString(line)
		for _, r := range strings.TrimSuffix(line[n:], "\n") {
			set(r, line[:n])
		}
	}
	table[utf8.RuneError], table[written] = dropped, written
	return table, long
}

// each calls do for the characters of a class in the basic plane.
func each(class *unicode.RangeTable, do func(rune)) {
	for _, r := range class.R16 {
		for c := rune(r.Lo); c <= rune(r.Hi); c += rune(r.Stride) {
			do(c)
		}
	}
}
