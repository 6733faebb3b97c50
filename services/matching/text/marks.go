package text

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Marks returns the bytes of source, on the borders of characters, in order and apart, in which a query found something: the longest runs of
// Han characters that stand in the query too, at least two unless the query has that one alone; words and parts of words that are terms of both;
// and Han characters that a query in pinyin spells. What is marked folds to a part of the query, but for pinyin and for words that are written
// with other strokes or spaces.
func Marks(source, query string) [][2]int { return NewMarker(query).Marks(source) }

// Marker marks what one query found, in as many texts as there are.
type Marker struct {
	want  string
	terms map[string]bool
	words bool      // some term is no pair
	begin [4]uint64 // of the characters that terms begin with, a bit for each low byte
	spelt []string
}

// NewMarker returns the marker of a query.
func NewMarker(query string) *Marker {
	k := &Marker{want: Fold(query), terms: map[string]bool{}, spelt: Syllables(query)}
	Each(k.want, func(t Term) {
		k.terms[t.Text] = true
		k.words = k.words || t.Kind != Pair
		r, _ := utf8.DecodeRuneInString(t.Text)
		k.begin[r>>6&3] |= 1 << (r & 63)
	})
	return k
}

// Marks returns what function Marks does.
func (k *Marker) Marks(source string) [][2]int {
	if k.want == "" {
		return nil
	}
	f := folder{track: true, out: make([]byte, 0, len(source)), from: make([]int32, 0, len(source)), to: make([]int32, 0, len(source))}
	f.fold(source)
	m := marked{Marker: k, folder: f, s: string(f.out)}
	if k.words {
		Each(m.s, func(t Term) {
			if t.Kind != Pair && m.terms[t.Text] {
				m.mark(t.Start, t.End)
			}
		})
	}
	m.han()
	if len(k.spelt) > 1 {
		m.pinyin(k.spelt)
	}
	return m.merged()
}

// marked collects the marks of one source.
type marked struct {
	*Marker
	folder
	s     string
	marks [][2]int
}

// mark takes the bytes of the folded text back to the source. What begins or ends within what one character folds to is not marked: of ㎡, which is m2, m is no part.
func (m *marked) mark(start, end int) {
	if start > 0 && m.from[start-1] == m.from[start] || end < len(m.from) && m.from[end] == m.from[end-1] {
		return
	}
	m.marks = append(m.marks, [2]int{int(m.from[start]), int(m.to[end-1])})
}

// han marks the longest runs of Han characters that are in the query, from left to right.
func (m *marked) han() {
	for i := 0; i < len(m.s); {
		r, n := utf8.DecodeRuneInString(m.s[i:])
		end := i + n
		if m.begin[r>>6&3]&(1<<(r&63)) == 0 || !Han(r) {
			i = end
			continue
		}
		pair := false
		for end < len(m.s) {
			r, n := utf8.DecodeRuneInString(m.s[end:])
			if !Han(r) || !pair && !m.terms[m.s[i:end+n]] || pair && !strings.Contains(m.want, m.s[i:end+n]) {
				break
			}
			pair, end = true, end+n
		}
		if pair || m.terms[m.s[i:end]] {
			m.mark(i, end)
		}
		i = end
	}
}

// pinyin marks the longest runs of Han characters, two at least, that are read as syllables of the query that follow one another.
func (m *marked) pinyin(spelt []string) {
	folded := []rune(m.s)
	at, read := make([]int, 0, len(folded)+1), make([]string, len(folded))
	for i := range m.s {
		read[len(at)] = reading(folded, len(at))
		at = append(at, i)
	}
	at = append(at, len(m.s))
	for i := 0; i < len(read); {
		most := 0
		for j := range spelt {
			n := 0
			for i+n < len(read) && j+n < len(spelt) && read[i+n] == spelt[j+n] {
				n++
			}
			most = max(most, n)
		}
		if most > 1 {
			m.mark(at[i], at[i+most])
		}
		i += max(most, 1)
	}
}

// merged returns the marks in order, those that overlap made one.
func (m *marked) merged() [][2]int {
	slices.SortFunc(m.marks, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	var out [][2]int
	for _, next := range m.marks {
		if n := len(out); n > 0 && next[0] < out[n-1][1] {
			out[n-1][1] = max(out[n-1][1], next[1])
		} else {
			out = append(out, next)
		}
	}
	return out
}
