package text

import (
	"strings"
	"unicode/utf8"
)

// syllables are the syllables of pinyin, without tones and with v for ü, and the characters that may be read so; the usual reading of each character
// is in usual, that of pairs that are read otherwise in pairs.
var syllables, usual, pairs = readings()

func readings() (map[string]string, map[rune]string, map[string][2]string) {
	chars, one, two := map[string]string{}, make(map[rune]string, 1<<15), map[string][2]string{}
	for line := range strings.Lines(pinyinTable) {
		syllable, han, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		chars[syllable] = han
		for _, r := range han {
			one[r] = syllable
		}
	}
	for line := range strings.Lines(pairsTable) {
		fields := strings.Fields(line)
		for s := fields[2]; s != ""; {
			_, n := utf8.DecodeRuneInString(s)
			_, m := utf8.DecodeRuneInString(s[n:])
			two[s[:n+m]] = [2]string{fields[0], fields[1]}
			for i, r := range []string{s[:n], s[n : n+m]} {
				if !strings.Contains(chars[fields[i]], r) {
					chars[fields[i]] += r
				}
			}
			s = s[n+m:]
		}
	}
	return chars, one, two
}

// PinyinOf returns the usual reading of the Han characters of s, without tones, separated by spaces: "yin hang" for 银行.
func PinyinOf(s string) string {
	var out []string
	runes := []rune(Fold(s))
	for i := range runes {
		if syllable := reading(runes, i); syllable != "" {
			out = append(out, syllable)
		}
	}
	return strings.Join(out, " ")
}

// reading returns how the character at i is read where it stands; empty if it is not.
func reading(folded []rune, i int) string {
	if i > 0 {
		if pair, ok := pairs[string(folded[i-1:i+1])]; ok {
			return pair[1]
		}
	}
	if i+1 < len(folded) {
		if pair, ok := pairs[string(folded[i:i+2])]; ok {
			return pair[0]
		}
	}
	return usual[folded[i]]
}

// Sounds reports whether the two characters of a pair may be read as these syllables.
func Sounds(pair, first, second string) bool {
	if read, ok := pairs[pair]; ok {
		return read == [2]string{first, second}
	}
	a, n := utf8.DecodeRuneInString(pair)
	b, _ := utf8.DecodeRuneInString(pair[n:])
	return usual[a] == first && usual[b] == second
}

// Homophones returns the characters that may be read as a syllable.
func Homophones(syllable string) string { return syllables[syllable] }

// longest is the length of "zhuang", the longest syllable; maxPinyin is how many letters are tried as pinyin, which is more than anybody types.
const longest, maxPinyin = 6, 96

var umlauts = strings.NewReplacer("ü", "v", "Ü", "v")

// Syllables cuts what was typed into syllables of pinyin, the fewest that do it, a space or an apostrophe being a border: "tansuangai" and
// "tan suan gai" give tan, suan, gai. It is nil if q is not pinyin throughout.
func Syllables(q string) []string {
	q = Fold(umlauts.Replace(q))
	if len(q) > maxPinyin {
		return nil
	}
	var out []string
	for _, piece := range strings.FieldsFunc(q, func(r rune) bool { return r == ' ' || r == '\'' || r == '-' }) {
		cut := cutSyllables(piece)
		if cut == nil {
			return nil
		}
		out = append(out, cut...)
	}
	return out
}

// cutSyllables cuts a word; of two ways with as few syllables it takes the one whose first syllables are longer (fang'an, not fan'gan).
func cutSyllables(word string) []string {
	var need, take [maxPinyin + 1]int // for the rest from i: how many syllables, and the length of the first
	for i := len(word) - 1; i >= 0; i-- {
		need[i] = maxPinyin + 1
		for n := 1; n <= min(longest, len(word)-i); n++ {
			if _, ok := syllables[word[i:i+n]]; ok && need[i+n]+1 <= need[i] {
				need[i], take[i] = need[i+n]+1, n
			}
		}
	}
	var out []string
	for i := 0; i < len(word); i += take[i] {
		if need[i] > maxPinyin {
			return nil
		}
		out = append(out, word[i:i+take[i]])
	}
	return out
}
