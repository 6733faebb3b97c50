// Package wire is how documents, filters, queries and settings are written for a Meilisearch server, how its answers are read, and how requests get there.
// It knows nothing of what is asked when.
package wire

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/text"
)

// Prefixes of the names of a document's fields in the index, and the name of its version.
const (
	ByWord  = "t_"   // a text, folded, which the server cuts into words
	ByTerm  = "g_"   // its terms, one word each
	BySound = "p_"   // the title in pinyin
	AsGiven = "raw_" // a text for highlighting: not searched
	Attr    = "a_"   // an attribute to filter and sort by
	Label   = "f_"   // the same as a facet shows it
	Version = "v"
)

// name is what a field or attribute may be called: nothing that has a meaning in a filter.
var name = regexp.MustCompile(`^[A-Za-z0-9_]{1,64}$`)

// CheckNames refuses names of kinds, fields and attributes that could mean anything else to the server.
func CheckNames(names ...string) error {
	for _, n := range names {
		if !name.MatchString(n) {
			return fmt.Errorf("%w: the name %q", engine.ErrBadFilter, n)
		}
	}
	return nil
}

// Document writes a document as the index holds it.
func Document(d engine.Doc, s engine.Schema) (map[string]any, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	out := map[string]any{"id": d.ID, Version: d.Version}
	for i, f := range s.Text {
		raw, ok := d.Text[f.Name]
		if !ok {
			continue
		}
		folded := text.Fold(raw)
		terms := text.Terms(folded)
		for i := range terms {
			terms[i] = Term(terms[i])
		}
		if i == 0 {
			terms = append(terms, text.Characters(folded)...) // a title is found by one character of it
			if sound := text.PinyinOf(raw); sound != "" {
				out[BySound+f.Name] = Sound(strings.Fields(sound))
			}
		}
		out[AsGiven+f.Name], out[ByWord+f.Name], out[ByTerm+f.Name] = raw, folded, strings.Join(terms, " ")
	}
	for _, a := range slices.Concat(s.Filter, s.Sort) {
		if v, ok := d.Attrs[a]; ok && v != nil {
			out[Attr+a] = stored(v)
		}
	}
	for _, a := range s.Facet {
		if v, ok := d.Attrs[a]; ok && v != nil {
			labels := engine.Labels(v)
			for i := range labels {
				labels[i] = "=" + plain(labels[i])
			}
			out[Label+a] = labels
		}
	}
	return out, nil
}

// Term writes a term as the server takes it for one word: signs are borders to it, so they become letters: 3.5kv is 3zz2e5kv.
func Term(term string) string {
	var b strings.Builder
	for _, r := range term {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "zz%x", r)
		}
	}
	return b.String()
}

// Sound writes syllables so that no word of another language is taken for one.
func Sound(syllables []string) string { return "zz" + strings.Join(syllables, " zz") }

// stored is a value as the index holds it. Text begins with a sign, so that no text is ever equal to a number or a truth.
func stored(v engine.Value) any {
	switch v := v.(type) {
	case engine.Str:
		return "=" + plain(cased(string(v)))
	case engine.Strs:
		all := make([]string, len(v))
		for i, s := range v {
			all[i] = "=" + plain(cased(s))
		}
		return all
	case engine.Time:
		return time.Time(v).UnixMicro()
	}
	return v
}

// cased gives texts that differ in nothing but case one form, as strings.EqualFold has it.
func cased(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for c := unicode.SimpleFold(r); c != r; c = unicode.SimpleFold(c) {
			least = min(least, c)
		}
		if least >= 'A' && least <= 'Z' {
			return least - 'A' + 'a'
		}
		return least
	}, s)
}

// plain writes a text in letters that the server leaves alone: it lowers, trims and decomposes the values of attributes. Others are written byte by byte.
func plain(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.' || r >= 0x4E00 && r <= 0x9FFF {
			b.WriteString(s[i : i+n])
		} else {
			for _, c := range []byte(s[i : i+n]) {
				fmt.Fprintf(&b, "~%02x", c)
			}
		}
		i += n
	}
	return b.String()
}

// Given is the label of a facet's value as the index holds it.
func Given(s string) string {
	s = strings.TrimPrefix(s, "=")
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if b, err := hex.DecodeString(s[min(i+1, len(s)):min(i+3, len(s))]); s[i] == '~' && err == nil && len(b) == 1 {
			out = append(out, b[0])
			i += 2
			continue
		}
		out = append(out, s[i])
	}
	return string(out)
}
