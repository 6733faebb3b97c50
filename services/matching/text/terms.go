package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Term is a piece of a folded text by which it can be found.
type Term struct {
	Text       string
	Start, End int // the bytes of the folded text that it stands for
	Kind       Kind
}

// Kind says what a term is.
type Kind uint8

// The kinds of terms.
const (
	Pair   Kind = iota // two neighbouring Han characters
	Lone               // a Han character that has no neighbour
	Word               // letters and digits with what belongs to them: gb/t, pm2.5, 3.5kv, 95%, q235b
	Part               // a part of a word: gb; pm and 2.5; 3.5 and kv; 95; 235
	Joined             // a word as others write it, without its strokes or the space before its unit: gbt, wifi, 3.5kv for "3.5 kv"
	Bound              // a number with the sign before it: ≥95%
)

// The longest word that is a term as a whole, and the longest that is taken for a unit, in bytes.
const maxWord, maxUnit = 64, 6

// Terms returns the terms of a folded text. Han characters give every pair of neighbours, so that any two can be found wherever a word may begin.
// A word is whole and in parts, so that "3.5kv", "3.5" and "kv" find "3.5kV" and "3.5 kV" alike, "95%", "95" and "≥95%" find "≥ 95%", and "q235"
// meets "q235b" in 235.
func Terms(folded string) []string {
	terms := make([]string, 0, len(folded)/3)
	Each(folded, func(t Term) { terms = append(terms, t.Text) })
	return terms
}

// Characters returns the Han characters of a folded text one by one: for a search that also weighs, lightly, what no pair has found.
func Characters(folded string) []string {
	var lone []string
	for i, r := range folded {
		if Han(r) {
			lone = append(lone, folded[i:i+utf8.RuneLen(r)])
		}
	}
	return lone
}

// Each calls do with each term of a folded text. It allocates for what is Joined and for little else.
func Each(folded string, do func(Term)) {
	c := cutter{s: folded, do: do}
	for i := 0; i < len(folded); {
		r, n := utf8.DecodeRuneInString(folded[i:])
		switch {
		case Han(r):
			i = c.han(i, n)
		case wordy(r):
			i = c.word(i, i)
		case sign(r) && digitAt(folded, skipSpace(folded, i+n)):
			i = c.word(i, skipSpace(folded, i+n))
		default:
			i += n
		}
	}
}

// Han reports whether a character is written without spaces between words: Chinese, kana, Hangul.
func Han(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF || r >= 0x3400 && r <= 0x4DBF || r == '々' || r == '〇' || r >= 0x3041 && r <= 0x30FF && r != '・' ||
		r >= 0xAC00 && r <= 0xD7A3 || r >= 0xF900 && r <= 0xFAFF || r >= 0x20000 && r <= 0x3FFFD
}

func wordy(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z'
	}
	return !Han(r) && (unicode.IsLetter(r) || unicode.IsNumber(r))
}

// sign reports whether a character belongs to the number that follows it.
func sign(r rune) bool { return strings.ContainsRune("≥≤><=~±≈-+", r) }

func skipSpace(s string, i int) int {
	if i < len(s) && s[i] == ' ' {
		return i + 1
	}
	return i
}

func digitAt(s string, i int) bool { return i < len(s) && digit(s[i]) }

// cutter cuts one folded text.
type cutter struct {
	s  string
	do func(Term)
}

// han gives the terms of the run of Han characters that begins at i with one of n bytes, and returns its end.
func (c cutter) han(i, n int) int {
	before, at := i, i+n
	for at < len(c.s) {
		r, m := utf8.DecodeRuneInString(c.s[at:])
		if !Han(r) {
			break
		}
		c.do(Term{c.s[before : at+m], before, at + m, Pair})
		before, at = at, at+m
	}
	if before == i {
		c.do(Term{c.s[i:at], i, at, Lone})
	}
	return at
}

// word gives the terms of the word that begins at i, with the sign that begins at bound if that is before, and returns its end.
func (c cutter) word(bound, i int) int {
	end, pure := c.extent(i)
	whole := c.s[i:end]
	if len(whole) <= maxWord {
		c.do(Term{whole, i, end, Word})
		c.joined(i, end)
	}
	tail := end // of the number with its unit, which may stand apart
	if pure {
		tail = c.unit(end)
		if tail > end {
			c.do(Term{whole + strings.TrimPrefix(c.s[end:tail], " "), i, tail, Joined})
		}
	}
	if bound < i && len(whole) <= maxWord {
		op := strings.TrimSuffix(c.s[bound:i], " ")
		c.do(Term{op + whole, bound, end, Bound})
		if tail > end {
			c.do(Term{op + whole + strings.TrimPrefix(c.s[end:tail], " "), bound, tail, Bound})
		}
	}
	c.parts(i, end)
	return end
}

// extent returns the end of the word that begins at i, and whether it is a number and nothing else.
func (c cutter) extent(i int) (end int, pure bool) {
	pure = true
	for end = i; end < len(c.s); {
		r, n := utf8.DecodeRuneInString(c.s[end:])
		next := end + n
		switch {
		case wordy(r):
			pure = pure && r < utf8.RuneSelf && digit(byte(r))
		case end > i && c.joins(r, end, next):
			pure = pure && r == '.'
		case end > i && digit(c.s[end-1]) && strings.ContainsRune("%‰°#", r), end > i && strings.ContainsRune("+#", r):
			for next < len(c.s) && c.s[next] == c.s[end] && c.s[end] == '+' { // c++
				next++
			}
			return next, false
		default:
			return end, pure
		}
		end = next
	}
	return end, pure
}

// joins reports whether the character at i joins the word before it to the one at next.
func (c cutter) joins(r rune, i, next int) bool {
	if next >= len(c.s) {
		return false
	}
	after, _ := utf8.DecodeRuneInString(c.s[next:])
	switch r {
	case '.', '/', '-', '_', '&', '\'', '@', '^', '+':
		return wordy(after)
	case ':':
		return digit(c.s[i-1]) && digit(c.s[next])
	case '°':
		return digit(c.s[i-1]) && wordy(after)
	}
	return false
}

// unit returns the end of the unit that stands one space after the number ending at i; i if none does.
func (c cutter) unit(i int) int {
	at := skipSpace(c.s, i)
	if at == i || at == len(c.s) {
		return i
	}
	if c.s[at] == '%' {
		return at + 1
	}
	start := at
	if strings.HasPrefix(c.s[at:], "°") {
		start += len("°")
	}
	end := start
	if start < len(c.s) && !digit(c.s[start]) {
		end, _ = c.extent(start)
	}
	if end == start || end-at > maxUnit {
		return i
	}
	return end
}

// joined gives the word from start to end without its strokes, if it has both strokes and letters.
func (c cutter) joined(start, end int) {
	w := c.s[start:end]
	if !strings.ContainsAny(w, "-/") || !strings.ContainsAny(w, "abcdefghijklmnopqrstuvwxyz") {
		return
	}
	plain := make([]byte, 0, maxWord)
	for i := range len(w) {
		if w[i] != '-' && w[i] != '/' {
			plain = append(plain, w[i])
		}
	}
	c.do(Term{string(plain), start, end, Joined})
}

// parts gives the parts of the word from start to end: runs of letters, numbers, and several of one sort with the strokes between them.
func (c cutter) parts(start, end int) {
	part := func(i, j int) {
		if j-i > 1 && j-i < end-start && j-i <= maxWord {
			c.do(Term{c.s[i:j], i, j, Part})
		}
	}
	group, several, last := start, false, start // the run of one sort, whether strokes are in it, and its end
	number := digit(c.s[start])
	for i := start; i <= end; {
		next, isNumber := c.atom(i, end)
		if next == i && i < end {
			_, n := utf8.DecodeRuneInString(c.s[i:])
			i += n
			continue
		}
		if i == end || isNumber != number {
			if several && last-group < end-start {
				part(group, last)
				c.joined(group, last)
			}
			group, several, number = i, false, isNumber
		}
		if i == end {
			return
		}
		several = several || i > group
		part(i, next)
		i, last = next, next
	}
}

// atom returns the end of the number or the run of letters that begins at i, and which it is; i if a stroke is there.
func (c cutter) atom(i, end int) (int, bool) {
	number := digitAt(c.s[:end], i)
	for i < end {
		if number && c.s[i] == '.' && digitAt(c.s[:end], i+1) {
			i++
		}
		r, n := utf8.DecodeRuneInString(c.s[i:])
		if !wordy(r) || digit(c.s[i]) != number {
			break
		}
		i += n
	}
	return i, number
}
