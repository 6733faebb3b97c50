package match

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/jiebang/jiebang/services/matching/text"
)

// grams calls do with the terms by which texts are compared: each Han character, each pair of neighbours, and each word of letters and digits as
// often as it is there. Whether it is a pair is told too, since a pair repeats what its characters say.
func grams(folded string, do func(term string, pair bool)) {
	runs(folded, func(run string) {
		if r, _ := utf8.DecodeRuneInString(run); !text.Han(r) {
			do(run, false)
			return
		}
		before := -1
		for i, r := range run {
			end := i + utf8.RuneLen(r)
			do(run[i:end], false)
			if before >= 0 {
				do(run[before:end], true)
			}
			before = i
		}
	})
}

// runs calls do with each run of Han characters, and each run of letters, digits and points.
func runs(folded string, do func(run string)) {
	start, kind := 0, 0
	for i, r := range folded {
		if k := kindOf(r); k != kind {
			if kind != 0 {
				do(folded[start:i])
			}
			start, kind = i, k
		}
	}
	if kind != 0 {
		do(folded[start:])
	}
}

func kindOf(r rune) int {
	switch {
	case text.Han(r):
		return 1
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.':
		return 2
	}
	return 0
}

// Frequencies count in how many texts of a pool each term is. When counting is done they are only read.
type Frequencies struct {
	n     int
	ids   map[string]int32
	terms []string
	df    []int32
	last  []int32 // the text in which a term was last seen
}

// NewFrequencies returns the frequencies of an empty pool.
func NewFrequencies() *Frequencies { return &Frequencies{ids: map[string]int32{}} }

// Add counts a text.
func (f *Frequencies) Add(raw string) {
	f.n++
	grams(text.Fold(raw), func(term string, _ bool) {
		id, ok := f.ids[term]
		if !ok {
			id = int32(len(f.terms))
			term = strings.Clone(term)
			f.ids[term], f.terms = id, append(f.terms, term)
			f.df, f.last = append(f.df, 0), append(f.last, 0)
		}
		if f.last[id] != int32(f.n) {
			f.last[id] = int32(f.n)
			f.df[id]++
		}
	})
}

// Texts is how many texts have been counted.
func (f *Frequencies) Texts() int { return f.n }

// unknown is the id of terms that are nowhere in a pool.
const unknown = -1

func (f *Frequencies) id(term string) int32 {
	if id, ok := f.ids[term]; ok {
		return id
	}
	return unknown
}

// rarity is the logarithm of one over the share of texts that have a term; a term that is nowhere is as rare as one that is in one text.
func (f *Frequencies) rarity(id int32) float64 {
	df := 1.0
	if id != unknown {
		df = float64(f.df[id])
	}
	return math.Log(1 + max(0, float64(f.n)-df+0.5)/(df+0.5))
}

// rarest is the rarity of what is in one text.
func (f *Frequencies) rarest() float64 { return f.rarity(unknown) }

// word is the rarity of a word by its rarest pair.
func (f *Frequencies) word(word string) float64 {
	if n := utf8.RuneCountInString(word); n == 1 || word[0] < utf8.RuneSelf {
		return f.rarity(f.id(word))
	}
	most, before := 0.0, 0
	for i := range word {
		if i > 0 {
			_, size := utf8.DecodeRuneInString(word[i:])
			most = max(most, f.rarity(f.id(word[before:i+size])))
			before = i
		}
	}
	return most
}
