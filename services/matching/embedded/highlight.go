package embedded

import (
	"slices"
	"unicode/utf8"

	"github.com/jiebang/jiebang/services/matching/engine"
)

// The longest fragment, and how much of it stands before the first mark, in characters.
const fragment, lead = 120, 30

// highlights returns what the question found in the fields that were asked for.
func (s *searcher) highlights(h hit) map[string][]engine.Fragment {
	if len(s.query.Highlight) == 0 {
		return nil
	}
	out := map[string][]engine.Fragment{}
	for i, f := range s.schema.Text {
		if !slices.Contains(s.query.Highlight, f.Name) {
			continue
		}
		if source := s.views[h.view].Text(h.doc, i); source != "" {
			out[f.Name] = []engine.Fragment{cut(source, s.marker.Marks(source))}
		}
	}
	return out
}

// cut takes the part of a text that holds the most of the marks, or its beginning.
func cut(source string, marks [][2]int) engine.Fragment {
	start, end := 0, forward(source, 0, fragment)
	if end < len(source) {
		most := 0
		for i, m := range marks {
			n := 0
			from := back(source, m[0], lead)
			to := forward(source, from, fragment)
			for _, m := range marks[i:] {
				if m[1] <= to {
					n += m[1] - m[0]
				}
			}
			if n > most {
				most, start, end = n, from, to
			}
		}
		start = min(start, back(source, end, fragment))
	}
	f := engine.Fragment{Text: source[start:end]}
	for _, m := range marks {
		if m[0] >= start && m[1] <= end {
			f.Marks = append(f.Marks, engine.Span{Start: m[0] - start, End: m[1] - start})
		}
	}
	return f
}

// forward returns the place n characters after i, or the end.
func forward(s string, i, n int) int {
	for ; n > 0 && i < len(s); n-- {
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
	return i
}

// back returns the place n characters before i, or the beginning.
func back(s string, i, n int) int {
	for ; n > 0 && i > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:i])
		i -= size
	}
	return i
}
