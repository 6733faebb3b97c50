package segment

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jiebang/jiebang/services/matching/engine"
)

// Column holds an attribute of the documents of a segment: the values that occur, in order, and for each document the places of its values among them.
type Column struct {
	values []value
	folded []uint32 // the values that are text, in their order without regard to case
	one    []uint32 // for each document its value's place and one; 0 if it has none
	many   []uint32 // if a document has several: the places and ones of all documents,
	manyAt []uint32 // and where each document's begin
}

// value is a value of one document, or one of several.
type value struct {
	sort kind
	nano int32
	sec  int64
	num  float64
	str  string
}

// kind is the sort of a value. Values of different sorts are in this order.
type kind uint8

const (
	none    kind = iota // an empty list: the document has the attribute, and nothing in it
	truth               // num is 0 or 1
	number              // num
	instant             // sec and nano
	alone               // str
	among               // str, one of a list: no range holds it
)

func (v value) compare(w value) int {
	return cmp.Or(cmp.Compare(v.sort, w.sort), cmp.Compare(v.num, w.num), cmp.Compare(v.sec, w.sec), cmp.Compare(v.nano, w.nano), strings.Compare(v.str, w.str))
}

// scalar returns a value that is not a list.
func scalar(v engine.Value) value {
	switch v := v.(type) {
	case engine.Bool:
		if v {
			return value{sort: truth, num: 1}
		}
		return value{sort: truth}
	case engine.Num:
		return value{sort: number, num: float64(v)}
	case engine.Time:
		return value{sort: instant, sec: time.Time(v).Unix(), nano: int32(time.Time(v).Nanosecond())}
	case engine.Str:
		return value{sort: alone, str: string(v)}
	}
	return value{}
}

// flat returns the values of an attribute.
func flat(v engine.Value) []value {
	list, ok := v.(engine.Strs)
	if !ok {
		if v == nil {
			return nil
		}
		return []value{scalar(v)}
	}
	if len(list) == 0 {
		return []value{{}}
	}
	out := make([]value, len(list))
	for i, s := range list {
		out[i] = value{sort: among, str: s}
	}
	return out
}

// label is the value as facets name it.
func (v value) label() string {
	switch v.sort {
	case truth:
		return engine.Labels(engine.Bool(v.num == 1))[0]
	case number:
		return engine.Labels(engine.Num(v.num))[0]
	case instant:
		return engine.Labels(engine.Time(time.Unix(v.sec, int64(v.nano))))[0]
	}
	return v.str
}

// newColumn makes the column of an attribute; nil if no document has it.
func newColumn(attr string, docs []engine.Doc) *Column {
	all := make([][]value, len(docs))
	var values []value
	for i, d := range docs {
		all[i] = flat(d.Attrs[attr])
		values = append(values, all[i]...)
	}
	if len(values) == 0 {
		return nil
	}
	c := &Column{}
	c.setValues(values)
	for _, list := range all {
		places := make([]uint32, len(list))
		for i, v := range list {
			places[i] = uint32(c.place(v)) + 1
		}
		c.add(places)
	}
	return c
}

// setValues takes the values that occur, in any order and as often as they do.
func (c *Column) setValues(values []value) {
	slices.SortFunc(values, value.compare)
	c.values = slices.CompactFunc(values, func(a, b value) bool { return a.compare(b) == 0 })
	for i, v := range c.values {
		if v.sort >= alone {
			c.folded = append(c.folded, uint32(i))
		}
	}
	slices.SortFunc(c.folded, func(a, b uint32) int { return compareFold(c.values[a].str, c.values[b].str) })
	c.values = trim(c.values)
}

// place returns the place of the first value that is not less than v.
func (c *Column) place(v value) int {
	return sort.Search(len(c.values), func(i int) bool { return c.values[i].compare(v) >= 0 })
}

// add gives the next document its places.
func (c *Column) add(places []uint32) {
	slices.Sort(places)
	places = slices.Compact(places)
	if len(places) > 1 && c.manyAt == nil {
		c.manyAt = append(make([]uint32, 0, len(c.one)+2), 0)
		for _, p := range c.one {
			if p > 0 {
				c.many = append(c.many, p)
			}
			c.manyAt = append(c.manyAt, uint32(len(c.many)))
		}
		c.one = nil
	}
	if c.manyAt != nil {
		c.many = append(c.many, places...)
		c.manyAt = append(c.manyAt, uint32(len(c.many)))
		return
	}
	c.one = append(c.one, append(places, 0)[0])
}

// of returns the places of a document's values, each one too great.
func (c *Column) of(doc uint32) []uint32 {
	if c.manyAt != nil {
		return c.many[c.manyAt[doc]:c.manyAt[doc+1]]
	}
	if c.one[doc] == 0 {
		return nil
	}
	return c.one[doc : doc+1]
}

// Key returns by what a document is sorted: by its least value, or by its greatest. It grows with the value and is 0 if there is none.
func (c *Column) Key(doc uint32, greatest bool) uint32 {
	places := c.of(doc)
	if len(places) == 0 || c.values[places[0]-1].sort == none {
		return 0
	}
	if greatest {
		return places[len(places)-1]
	}
	return places[0]
}

// Compare orders the value of a key of c and that of a key of another column.
func (c *Column) Compare(key uint32, other *Column, otherKey uint32) int {
	return c.values[key-1].compare(other.values[otherKey-1])
}

// Counter counts the values of documents.
type Counter struct {
	*Column
	n []int // by place and one
}

// Counter returns a counter that has counted nothing.
func (c *Column) Counter() Counter { return Counter{c, make([]int, len(c.values)+1)} }

// Count counts the values of a document.
func (c *Counter) Count(doc uint32) {
	if c.manyAt == nil {
		c.n[c.one[doc]]++
		return
	}
	for _, p := range c.of(doc) {
		c.n[p]++
	}
}

// AddTo adds what was counted to a sum by label.
func (c *Counter) AddTo(sum map[string]int) {
	for i, v := range c.values {
		if n := c.n[i+1]; n > 0 && v.sort != none {
			sum[v.label()] += n
		}
	}
}

func (c *Column) bytes() int {
	n := cap(c.values)*40 + 4*(cap(c.folded)+cap(c.one)+cap(c.many)+cap(c.manyAt))
	for _, v := range c.values {
		n += len(v.str)
	}
	return n
}

// equal returns the places of the values that equal v, as engine.Equal has it.
func (c *Column) equal(v engine.Value) []span {
	want := scalar(v)
	if want.sort == alone {
		var out []span
		i := sort.Search(len(c.folded), func(i int) bool { return compareFold(c.values[c.folded[i]].str, want.str) >= 0 })
		for ; i < len(c.folded) && compareFold(c.values[c.folded[i]].str, want.str) == 0; i++ {
			out = append(out, span{c.folded[i] + 1, c.folded[i] + 2})
		}
		return out
	}
	i := c.place(want)
	if want.sort == none || i == len(c.values) || c.values[i].compare(want) != 0 || want.num != want.num {
		return nil
	}
	return []span{{uint32(i) + 1, uint32(i) + 2}}
}

// within returns the places of the values in a range.
func (c *Column) within(f engine.Range) []span {
	if f.Min == nil && f.Max == nil {
		return []span{{1, uint32(len(c.values)) + 1}}
	}
	low, high := scalar(f.Min), scalar(f.Max)
	kind := max(low.sort, high.sort)
	if kind < number || f.Min != nil && low.sort != kind || f.Max != nil && high.sort != kind {
		return nil
	}
	search := func(past func(value) bool) uint32 {
		return uint32(sort.Search(len(c.values), func(i int) bool { return c.values[i].sort > kind || c.values[i].sort == kind && past(c.values[i]) })) + 1
	}
	from := search(func(v value) bool {
		return f.Min == nil || v.compare(low) > 0 || !f.AboveMin && v.compare(low) == 0
	})
	to := search(func(v value) bool {
		return f.Max != nil && (v.compare(high) > 0 || f.BelowMax && v.compare(high) == 0)
	})
	return []span{{from, to}}
}

// compareFold orders texts so that those are equal which strings.EqualFold takes for equal.
func compareFold(a, b string) int {
	for a != "" && b != "" {
		x, n := utf8.DecodeRuneInString(a)
		y, m := utf8.DecodeRuneInString(b)
		if x != y {
			if c := cmp.Compare(least(x), least(y)); c != 0 {
				return c
			}
		}
		a, b = a[n:], b[m:]
	}
	return cmp.Compare(len(a), len(b))
}

// least returns the least of the characters that differ from r in case only.
func least(r rune) rune {
	if r >= 'a' && r <= 'z' && r != 'k' && r != 's' || r < utf8.RuneSelf && (r < 'A' || r > 'z') {
		return unicode.ToUpper(r)
	}
	low := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		low = min(low, f)
	}
	return low
}
