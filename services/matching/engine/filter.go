package engine

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Filter is a closed tree, never text: nothing a user types can become a part of it.
type Filter interface{ isFilter() }

// The nodes of a filter.
type (
	// And is true when all are; an empty one is true.
	And []Filter
	// Or is true when one is; an empty one is false.
	Or []Filter
	// Not is true when F is false.
	Not struct{ F Filter }
	// Eq compares; text without regard to case, and an attribute of several values has any of them.
	Eq struct {
		Attr  string
		Value Value
	}
	// In is Eq with one of several.
	In struct {
		Attr   string
		Values []Value
	}
	// Range is for numbers and times; a nil end is open.
	Range struct {
		Attr               string
		Min, Max           Value
		AboveMin, BelowMax bool // the end itself does not count
	}
	// Has is true when the document has the attribute.
	Has struct{ Attr string }
)

func (And) isFilter()   {}
func (Or) isFilter()    {}
func (Not) isFilter()   {}
func (Eq) isFilter()    {}
func (In) isFilter()    {}
func (Range) isFilter() {}
func (Has) isFilter()   {}

// Admits reports whether a document with the attributes passes. It is the plain meaning of a filter, against which engines are tested.
func Admits(f Filter, attrs map[string]Value) bool {
	switch f := f.(type) {
	case nil:
		return true
	case And:
		return !slices.ContainsFunc(f, func(f Filter) bool { return !Admits(f, attrs) })
	case Or:
		return slices.ContainsFunc(f, func(f Filter) bool { return Admits(f, attrs) })
	case Not:
		return !Admits(f.F, attrs)
	case Eq:
		return Equal(attrs[f.Attr], f.Value)
	case In:
		return slices.ContainsFunc(f.Values, func(v Value) bool { return Equal(attrs[f.Attr], v) })
	case Range:
		return within(f, attrs[f.Attr])
	case Has:
		return attrs[f.Attr] != nil
	}
	return false
}

// Equal compares an attribute with a value as Eq does.
func Equal(have, want Value) bool {
	switch have := have.(type) {
	case nil:
		return false
	case Strs:
		return slices.ContainsFunc(have, func(s string) bool { return Equal(Str(s), want) })
	case Str:
		w, ok := want.(Str)
		return ok && strings.EqualFold(string(have), string(w))
	case Time:
		w, ok := want.(Time)
		return ok && time.Time(have).Equal(time.Time(w))
	}
	return have == want
}

func within(f Range, have Value) bool {
	if have == nil {
		return false
	}
	if f.Min != nil {
		if c, ok := Compare(have, f.Min); !ok || c < 0 || c == 0 && f.AboveMin {
			return false
		}
	}
	if f.Max != nil {
		if c, ok := Compare(have, f.Max); !ok || c > 0 || c == 0 && f.BelowMax {
			return false
		}
	}
	return true
}

// Compare orders two values of one type; false if they are not, or have no order.
func Compare(a, b Value) (int, bool) {
	switch a := a.(type) {
	case Str:
		b, ok := b.(Str)
		return strings.Compare(string(a), string(b)), ok
	case Num:
		b, ok := b.(Num)
		return cmp.Compare(a, b), ok
	case Time:
		b, ok := b.(Time)
		return time.Time(a).Compare(time.Time(b)), ok
	}
	return 0, false
}

// Attributes returns the attributes that a filter names.
func Attributes(f Filter) []string {
	switch f := f.(type) {
	case And:
		return attributes(f)
	case Or:
		return attributes(f)
	case Not:
		return Attributes(f.F)
	case Eq:
		return []string{f.Attr}
	case In:
		return []string{f.Attr}
	case Range:
		return []string{f.Attr}
	case Has:
		return []string{f.Attr}
	}
	return nil
}

func attributes(fs []Filter) (names []string) {
	for _, f := range fs {
		names = append(names, Attributes(f)...)
	}
	return names
}
