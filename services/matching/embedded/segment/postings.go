package segment

import (
	"encoding/binary"
	"math"
	"math/bits"
	"sort"
)

// Quarters is the weight of one occurrence in a field of weight 1: weights are whole numbers.
const Quarters = 4

// Block is how many postings are packed and read at once.
const Block = 128

// A list of postings is blocks of Block documents and a rest. In a block, one byte says how many bits each distance to the next document takes; the
// distances follow, then the number of weights that are not Quarters, and for each its place in the block and itself as a varint. In the rest, a varint
// is a distance, doubled, and odd if a weight follows it.

// list is the postings of a term while they are written.
type list struct {
	docs, weights []uint32
}

func (l *list) add(doc, weight uint32) {
	l.docs, l.weights = append(l.docs, doc), append(l.weights, min(weight, math.MaxUint16))
}

func (l *list) reset() { l.docs, l.weights = l.docs[:0], l.weights[:0] }

// write appends the list to out.
func (l *list) write(out []byte) []byte {
	next, from := uint32(0), 0
	for ; from+Block <= len(l.docs); from += Block {
		out = writeBlock(out, next, l.docs[from:from+Block], l.weights[from:from+Block])
		next = l.docs[from+Block-1] + 1
	}
	for i, doc := range l.docs[from:] {
		step, weight := uint64(doc-next)<<1, l.weights[from+i]
		if weight == Quarters {
			out = binary.AppendUvarint(out, step)
		} else {
			out = binary.AppendUvarint(binary.AppendUvarint(out, step|1), uint64(weight))
		}
		next = doc + 1
	}
	return out
}

func writeBlock(out []byte, next uint32, docs, weights []uint32) []byte {
	var any uint32
	for i, at := 0, next; i < Block; i, at = i+1, docs[i]+1 {
		any |= docs[i] - at
	}
	width := bits.Len32(any)
	out = append(out, byte(width))
	var word uint64
	var used int
	for i := range Block {
		word |= uint64(docs[i]-next) << used
		next = docs[i] + 1
		for used += width; used >= 8; used -= 8 {
			out = append(out, byte(word))
			word >>= 8
		}
	}
	count := len(out)
	out = append(out, 0)
	for i, w := range weights {
		if w != Quarters {
			out[count]++
			out = binary.AppendUvarint(append(out, byte(i)), uint64(w))
		}
	}
	return out
}

// Reader reads the postings of a term, a block at a time.
type Reader struct {
	in   []byte
	left int
	next uint32

	Docs    [Block]uint32 // the documents, in order
	Odd     []Odd         // those of them whose weight is not Quarters
	weights [Block]Odd
}

// Odd is an unusual weight, and the place in Docs of the document that has it.
type Odd struct{ At, Weight uint32 }

// Read fills Docs and Odd and returns how many documents are there; none at the end.
func (r *Reader) Read() int {
	r.Odd = r.weights[:0]
	if r.left < Block {
		return r.rest()
	}
	width := int(r.in[0])
	next := r.unpack(r.in[1:], width)
	p := 1 + Block/8*width
	odd := int(r.in[p])
	p++
	for range odd {
		var weight uint32
		at := uint32(r.in[p])
		weight, p = varint(r.in, p+1)
		r.Odd = append(r.Odd, Odd{at, weight})
	}
	r.in, r.next, r.left = r.in[p:], next, r.left-Block
	return Block
}

// unpack fills Docs from packed distances.
func (r *Reader) unpack(in []byte, width int) (next uint32) {
	next = r.next
	mask := uint64(1)<<width - 1
	if width > 8 {
		for i, bit := 0, 0; i < Block; i, bit = i+1, bit+width {
			doc := next + uint32(binary.LittleEndian.Uint64(in[bit>>3:])>>(bit&7)&mask)
			r.Docs[i] = doc
			next = doc + 1
		}
		return next
	}
	for i := 0; i < Block; i += 8 { // eight distances are in one word
		word := binary.LittleEndian.Uint64(in)
		in = in[width:]
		docs := r.Docs[i : i+8 : i+8]
		for j := range docs {
			doc := next + uint32(word&mask)
			docs[j] = doc
			next = doc + 1
			word >>= width & 63
		}
	}
	return next
}

func (r *Reader) rest() int {
	n, p := r.left, 0
	for i := range n {
		var step, weight uint32
		step, p = varint(r.in, p)
		r.Docs[i] = r.next + step>>1
		r.next = r.Docs[i] + 1
		if step&1 != 0 {
			weight, p = varint(r.in, p)
			r.Odd = append(r.Odd, Odd{uint32(i), weight})
		}
	}
	r.left = 0
	return n
}

func varint(in []byte, p int) (uint32, int) {
	v := uint32(in[p])
	if v < 0x80 {
		return v, p + 1
	}
	v &= 0x7F
	for shift := 7; ; shift += 7 {
		p++
		b := uint32(in[p])
		v |= b & 0x7F << shift
		if b < 0x80 {
			return v, p + 1
		}
	}
}

// dictionary holds the terms of a segment in order, and their postings.
type dictionary struct {
	letters  []byte   // the terms, one after another
	at       []uint32 // where each begins, and the end
	postings []byte   // with room behind, for Read looks ahead
	lists    []uint32 // where the list of each begins
	counts   []uint32 // the documents of each, the dead ones too
	seconds  []uint32 // the pairs of characters, in order of the second
}

// Terms returns how many terms there are. A term is its place in their order.
func (d *dictionary) Terms() int { return len(d.counts) }

func (d *dictionary) term(i int) []byte { return d.letters[d.at[i]:d.at[i+1]] }

// Count returns how many documents have a term, those that are dead too.
func (d *dictionary) Count(term int) int { return int(d.counts[term]) }

// Open makes r read the postings of a term.
func (d *dictionary) Open(r *Reader, term int) {
	r.in, r.left, r.next = d.postings[d.lists[term]:], int(d.counts[term]), 0
}

// append adds the next term in order.
func (d *dictionary) append(term []byte, l *list) {
	if len(d.at) == 0 {
		d.at = append(d.at, 0)
	}
	d.letters = append(d.letters, term...)
	d.at = append(d.at, uint32(len(d.letters)))
	d.lists = append(d.lists, uint32(len(d.postings)))
	d.postings = l.write(d.postings)
	d.counts = append(d.counts, uint32(len(l.docs)))
}

// close follows the last append. It makes room for reading ahead.
func (d *dictionary) close() {
	d.postings = append(d.postings, make([]byte, 8)...)
	d.sortSeconds()
}

// from returns the first term that is not less than s.
func (d *dictionary) from(s string) int {
	return sort.Search(d.Terms(), func(i int) bool { return string(d.term(i)) >= s })
}

// FindAll calls found with the terms among names, which are in order, and the place of each in names: quicker than to find one after another, since
// each search begins where the one before it ended.
func (d *dictionary) FindAll(names []string, found func(place, term int)) {
	low := 0
	for place, s := range names {
		step := 1
		for low+step < d.Terms() && string(d.term(low+step)) < s {
			low += step
			step *= 2
		}
		low += sort.Search(min(step, d.Terms()-low), func(i int) bool { return string(d.term(low+i)) >= s })
		if low < d.Terms() && string(d.term(low)) == s {
			found(place, low)
		}
	}
}

// Find returns a term; false if no document has it.
func (d *dictionary) Find(s string) (int, bool) {
	i := d.from(s)
	return i, i < d.Terms() && string(d.term(i)) == s
}
