package segment

import (
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/jiebang/jiebang/services/matching/text"
)

// shortest is the length from which on a word is forgiven one letter.
const shortest = 5

// Near returns the terms that become this word by one letter more, less, other, or by two neighbours exchanged; none for what is short or not all
// Latin letters.
func (d *dictionary) Near(word string) (terms []int) {
	if len(word) < shortest || !letters(word) {
		return nil
	}
	for i := d.from("a"); i < d.Terms(); i++ {
		t := d.term(i)
		if t[0] > 'z' {
			break
		}
		if n := len(t) - len(word); n >= -1 && n <= 1 && oneSlip(t, word) && letters(string(t)) {
			terms = append(terms, i)
		}
	}
	return terms
}

func letters(word string) bool {
	for i := range len(word) {
		if word[i] < 'a' || word[i] > 'z' {
			return false
		}
	}
	return true
}

// oneSlip reports whether two words whose lengths differ by at most one differ in one letter or in the order of two neighbours.
func oneSlip(a []byte, b string) bool {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	switch {
	case len(a) > len(b):
		return string(a[i+1:]) == b[i:]
	case len(a) < len(b):
		return string(a[i:]) == b[i+1:]
	case i == len(a):
		return false
	}
	return string(a[i+1:]) == b[i+1:] || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && string(a[i+2:]) == b[i+2:]
}

// Sounding returns the pairs of Han characters that may be read as two syllables.
func (d *dictionary) Sounding(first, second string) (terms []int) {
	var heard [256]bool // by their low bytes, the characters that may be read as the second, which spares most pairs a closer look
	for _, r := range text.Homophones(second) {
		heard[byte(r)] = true
	}
	for _, r := range text.Homophones(first) {
		for i := d.from(string(r)); i < d.Terms(); i++ {
			t := d.term(i)
			c, n := utf8.DecodeRune(t)
			if c != r {
				break
			}
			if c, _ := utf8.DecodeRune(t[n:]); len(t) > n && heard[byte(c)] && text.Sounds(string(t), first, second) {
				terms = append(terms, i)
			}
		}
	}
	return terms
}

// Holding returns the terms in which a Han character is: itself, and every pair.
func (d *dictionary) Holding(char string) (terms []int) {
	for i := d.from(char); i < d.Terms() && strings.HasPrefix(string(d.term(i)), char); i++ {
		terms = append(terms, i)
	}
	i := sort.Search(len(d.seconds), func(i int) bool { return string(second(d.term(int(d.seconds[i])))) >= char })
	for ; i < len(d.seconds); i++ {
		t := d.term(int(d.seconds[i]))
		if string(second(t)) != char {
			break
		}
		if !strings.HasPrefix(string(t), char) {
			terms = append(terms, int(d.seconds[i]))
		}
	}
	return terms
}

// sortSeconds makes it quick to find the pairs that end with a character.
func (d *dictionary) sortSeconds() {
	var pairs []uint64 // the second character, and the term
	for i := range d.Terms() {
		t := d.term(i)
		if r, n := utf8.DecodeRune(t); n < len(t) && text.Han(r) {
			r, _ = utf8.DecodeRune(t[n:])
			pairs = append(pairs, uint64(r)<<32|uint64(i))
		}
	}
	slices.Sort(pairs)
	d.seconds = make([]uint32, len(pairs))
	for i, p := range pairs {
		d.seconds[i] = uint32(p)
	}
}

// second returns the second character of a pair.
func second(pair []byte) []byte {
	_, n := utf8.DecodeRune(pair)
	return pair[n:]
}
