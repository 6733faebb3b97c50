package segment

import (
	"slices"

	"github.com/jiebang/jiebang/services/matching/engine"
)

// span is a range of places of a column, its end not in it.
type span struct{ from, to uint32 }

// Admit says whether a document passes.
type Admit func(doc uint32) bool

func all(uint32) bool { return true }

func nothing(uint32) bool { return false }

// Compile turns a filter into a function of the documents of the segment that means what engine.Admits means.
func (s *Segment) Compile(f engine.Filter) Admit {
	switch f := f.(type) {
	case nil:
		return all
	case engine.And:
		return s.and(f)
	case engine.Or:
		return s.or(f)
	case engine.Not:
		inner := s.Compile(f.F)
		return func(doc uint32) bool { return !inner(doc) }
	case engine.Eq:
		return s.leaf(f.Attr, func(c *Column) []span { return c.equal(f.Value) })
	case engine.In:
		return s.leaf(f.Attr, func(c *Column) (spans []span) {
			for _, v := range f.Values {
				spans = append(spans, c.equal(v)...)
			}
			return spans
		})
	case engine.Range:
		return s.leaf(f.Attr, func(c *Column) []span { return c.within(f) })
	case engine.Has:
		return s.leaf(f.Attr, func(c *Column) []span { return []span{{1, uint32(len(c.values)) + 1}} })
	}
	return nothing
}

func (s *Segment) and(fs []engine.Filter) Admit {
	parts := make([]Admit, 0, len(fs))
	for _, f := range fs {
		if f != nil {
			parts = append(parts, s.Compile(f))
		}
	}
	switch len(parts) {
	case 0:
		return all
	case 1:
		return parts[0]
	}
	return func(doc uint32) bool {
		for _, p := range parts {
			if !p(doc) {
				return false
			}
		}
		return true
	}
}

func (s *Segment) or(fs []engine.Filter) Admit {
	parts := make([]Admit, len(fs))
	for i, f := range fs {
		parts[i] = s.Compile(f)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return func(doc uint32) bool {
		for _, p := range parts {
			if p(doc) {
				return true
			}
		}
		return false
	}
}

// leaf admits the documents that have a value of the column in one of the spans.
func (s *Segment) leaf(attr string, choose func(*Column) []span) Admit {
	c := s.columns[attr]
	if c == nil {
		return nothing
	}
	spans := slices.DeleteFunc(choose(c), func(s span) bool { return s.from >= s.to })
	switch {
	case len(spans) == 0:
		return nothing
	case c.manyAt != nil || len(spans) > 1:
		in := make([]bool, len(c.values)+1)
		for _, s := range spans {
			for i := s.from; i < s.to; i++ {
				in[i] = true
			}
		}
		if c.manyAt == nil {
			return func(doc uint32) bool { return in[c.one[doc]] }
		}
		return func(doc uint32) bool {
			return slices.ContainsFunc(c.of(doc), func(p uint32) bool { return in[p] })
		}
	}
	from, width := spans[0].from, spans[0].to-spans[0].from
	return func(doc uint32) bool { return c.one[doc]-from < width }
}
