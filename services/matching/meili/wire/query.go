package wire

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/text"
)

// word is a word that was typed: letters and digits, and what belongs to them.
type word struct {
	start, end  int
	text, bound string // bound has the sign before it: ≥95%
}

// Query writes a folded text as the query of the server. Chinese goes as it is, for the server to cut. A word goes whole, and one with digits or signs is a
// phrase: it is required as it stands, and no other number or code is near enough. No sign of the text itself reaches the server.
func Query(folded string) string {
	var b strings.Builder
	at := 0
	for _, w := range typedWords(folded) {
		chinese(&b, folded[at:w.start])
		at = w.end
		if strings.ContainsFunc(w.text, func(r rune) bool { return !unicode.IsLetter(r) }) {
			b.WriteString(` "` + Term(w.text) + `" `)
		} else {
			b.WriteString(" " + w.text + " ")
		}
		if w.bound != "" {
			b.WriteString(" " + Term(w.bound) + " ")
		}
	}
	chinese(&b, folded[at:])
	return strings.Join(strings.Fields(b.String()), " ")
}

// typedWords returns the words of a folded text, in the form that other spellings share where there is one: gbt for gb/t, 3.5kv for "3.5 kv".
func typedWords(folded string) []word {
	var all []word
	text.Each(folded, func(t text.Term) {
		n := len(all) - 1
		switch {
		case t.Kind == text.Word && (n < 0 || t.Start >= all[n].end):
			all = append(all, word{t.Start, t.End, t.Text, ""})
		case t.Kind == text.Joined && n >= 0 && t.Start == all[n].start && t.End >= all[n].end:
			all[n].text, all[n].end = t.Text, t.End
		case t.Kind == text.Bound && n >= 0 && t.Start < all[n].start:
			all[n].bound = t.Text
		}
	})
	return all
}

// chinese writes the Han characters of a text, and a space for the rest.
func chinese(b *strings.Builder, s string) {
	for _, r := range s {
		if !text.Han(r) {
			r = ' '
		}
		b.WriteRune(r)
	}
}

// The longest fragment, and how much of it stands before its first mark, in characters.
const maxFragment, beforeMark = 120, 24

// Fragment cuts the part of a text that shows what a query found in it.
func Fragment(source string, query *text.Marker) engine.Fragment {
	marks := query.Marks(source)
	start, end := 0, len(source)
	if last := back(source, len(source), maxFragment); last > 0 { // it is longer
		if len(marks) > 0 {
			start = min(back(source, marks[0][0], beforeMark), last)
		}
		end = start
		for range maxFragment {
			_, size := utf8.DecodeRuneInString(source[end:])
			end += size
		}
	}
	f := engine.Fragment{Text: source[start:end]}
	for _, m := range marks {
		if m[0] >= start && m[1] <= end {
			f.Marks = append(f.Marks, engine.Span{Start: m[0] - start, End: m[1] - start})
		}
	}
	return f
}

// back goes n characters back from i.
func back(s string, i, n int) int {
	for ; n > 0 && i > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:i])
		i -= size
	}
	return i
}
