// Package segment keeps documents packed in memory: their texts, their terms with the documents that have them, their attributes in columns. A segment
// never changes. What is deleted from it is marked in a View; what grows is made by merging views into a new segment.
package segment

import (
	"bytes"
	"math"
	"slices"
	"sort"

	"github.com/jiebang/jiebang/services/matching/engine"
)

// Segment is a set of documents that never changes. A document is its place in it.
type Segment struct {
	dictionary
	fields   int
	ids      []byte
	idAt     []uint32
	order    []uint32 // the documents in order of their ids
	rank     []uint32 // the place of each in that order
	versions []int64
	lengths  []uint32 // the weight of all terms of each, in quarters
	norms    []uint8
	texts    []byte // packed, each field of the schema after another
	textAt   []uint32
	columns  map[string]*Column
}

func newSegment(fields int) *Segment {
	return &Segment{fields: fields, columns: map[string]*Column{}, idAt: []uint32{0}, textAt: []uint32{0}}
}

// Docs returns how many documents there are.
func (s *Segment) Docs() int { return len(s.versions) }

// ID returns the id of a document, to be read only.
func (s *Segment) ID(doc uint32) []byte { return s.ids[s.idAt[doc]:s.idAt[doc+1]] }

// Rank returns the place of a document in the order of ids.
func (s *Segment) Rank(doc uint32) uint32 { return s.rank[doc] }

// Version returns the version of a document.
func (s *Segment) Version(doc uint32) int64 { return s.versions[doc] }

// Length returns the weight of all terms of a document, in quarters.
func (s *Segment) Length(doc uint32) uint32 { return s.lengths[doc] }

// Norms returns the rounded lengths of the documents, which Length turns into lengths. It is to be read only.
func (s *Segment) Norms() []uint8 { return s.norms }

// Lookup returns the document with an id.
func (s *Segment) Lookup(id string) (uint32, bool) {
	i := sort.Search(len(s.order), func(i int) bool { return string(s.ID(s.order[i])) >= id })
	if i == len(s.order) || string(s.ID(s.order[i])) != id {
		return 0, false
	}
	return s.order[i], true
}

// Text returns a field of a document as it was put, by its place in the schema.
func (s *Segment) Text(doc uint32, field int) string {
	at := int(doc)*s.fields + field
	return unpack(s.texts[s.textAt[at]:s.textAt[at+1]])
}

// Column returns the values of an attribute; nil if no document has it.
func (s *Segment) Column(attr string) *Column { return s.columns[attr] }

// Bytes returns what the segment takes in memory.
func (s *Segment) Bytes() int64 {
	n := cap(s.letters) + cap(s.postings) + cap(s.ids) + cap(s.norms) + cap(s.texts) + 8*cap(s.versions) +
		4*(cap(s.seconds)+cap(s.at)+cap(s.lists)+cap(s.counts)+cap(s.idAt)+cap(s.order)+cap(s.rank)+cap(s.lengths)+cap(s.textAt))
	for _, c := range s.columns {
		n += c.bytes()
	}
	return int64(n)
}

// norm rounds a length to one of 256 steps, each about 4 % longer than the one before.
func norm(length uint32) uint8 {
	return uint8(min(255, math.Round(16*math.Log2(1+float64(length)/Quarters))))
}

// Length turns a rounded length into a length, in occurrences of weight 1.
func Length(norm uint8) float64 { return math.Exp2(float64(norm)/16) - 1 }

// weigh returns how much an occurrence in a field counts, in quarters.
func weigh(f engine.Field) uint32 { return uint32(max(1, math.Round(f.Weight*Quarters))) }

// finish derives what follows from the rest, and gives back what was taken in excess.
func (s *Segment) finish() {
	n := s.Docs()
	s.order, s.rank, s.norms = make([]uint32, n), make([]uint32, n), make([]uint8, n)
	for i := range s.order {
		s.order[i], s.norms[i] = uint32(i), norm(s.lengths[i])
	}
	slices.SortFunc(s.order, func(a, b uint32) int { return bytes.Compare(s.ID(a), s.ID(b)) })
	for i, doc := range s.order {
		s.rank[doc] = uint32(i)
	}
	s.close()
	s.letters, s.postings, s.ids, s.texts = trim(s.letters), trim(s.postings), trim(s.ids), trim(s.texts)
	s.at, s.lists, s.counts, s.idAt, s.textAt, s.lengths = trim(s.at), trim(s.lists), trim(s.counts), trim(s.idAt), trim(s.textAt), trim(s.lengths)
}

// trim copies what has much room to spare into what has little.
func trim[T any](s []T) []T {
	if cap(s)-len(s) > len(s)/16 {
		return append(make([]T, 0, len(s)), s...)
	}
	return s
}
