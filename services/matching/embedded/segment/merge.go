package segment

import (
	"bytes"
	"maps"
)

// View is a segment without what has been deleted from it.
type View struct {
	*Segment
	Live int      // how many documents are alive
	dead []uint64 // a bit for each document; nil if none
}

// Whole returns the view of a segment from which nothing has been deleted.
func Whole(s *Segment) View { return View{Segment: s, Live: s.Docs()} }

// Alive reports whether a document has not been deleted.
func (v *View) Alive(doc uint32) bool { return v.dead == nil || v.dead[doc/64]&(1<<(doc%64)) == 0 }

// Without returns the view without the documents with these ids, and their Length. Who has the old view still sees them.
func (v View) Without(ids []string) (View, uint64) {
	var length uint64
	fresh := false
	for _, id := range ids {
		doc, ok := v.Lookup(id)
		if !ok || !v.Alive(doc) {
			continue
		}
		if !fresh {
			old := v.dead
			v.dead = make([]uint64, (v.Docs()+63)/64)
			copy(v.dead, old)
			fresh = true
		}
		v.dead[doc/64] |= 1 << (doc % 64)
		v.Live--
		length += uint64(v.lengths[doc])
	}
	return v, length
}

// gone stands for a document that a merge leaves behind.
const gone = ^uint32(0)

// Merge makes one segment of the living documents of several, in their order. What is dead is given up: texts, terms, values.
func Merge(views []View) *Segment {
	out := newSegment(views[0].fields)
	places := make([][]uint32, len(views)) // where each document goes
	var names, texts, postings int
	for _, v := range views {
		texts += len(v.texts)
		postings += len(v.postings)
		names = max(names, len(v.letters))
	}
	out.texts, out.postings, out.letters = make([]byte, 0, texts), make([]byte, 0, postings), make([]byte, 0, names+names/4)
	for i, v := range views {
		places[i] = make([]uint32, v.Docs())
		for doc := range uint32(v.Docs()) {
			places[i][doc] = gone
			if v.Alive(doc) {
				places[i][doc] = uint32(out.Docs())
				out.take(v.Segment, doc)
			}
		}
	}
	mergeTerms(out, views, places)
	for _, v := range views {
		for attr := range maps.Keys(v.columns) {
			if out.columns[attr] == nil {
				if c := mergeColumns(attr, views); c != nil {
					out.columns[attr] = c
				}
			}
		}
	}
	out.finish()
	return out
}

// take copies a document but for its terms and attributes.
func (s *Segment) take(from *Segment, doc uint32) {
	s.ids = append(s.ids, from.ID(doc)...)
	s.idAt = append(s.idAt, uint32(len(s.ids)))
	s.versions = append(s.versions, from.versions[doc])
	s.lengths = append(s.lengths, from.lengths[doc])
	for at := int(doc) * s.fields; at < (int(doc)+1)*s.fields; at++ {
		s.texts = append(s.texts, from.texts[from.textAt[at]:from.textAt[at+1]]...)
		s.textAt = append(s.textAt, uint32(len(s.texts)))
	}
}

func mergeTerms(out *Segment, views []View, places [][]uint32) {
	next := make([]int, len(views))
	var r Reader
	var l list
	for {
		var least []byte
		for i, v := range views {
			if next[i] < v.Terms() && (least == nil || bytes.Compare(v.term(next[i]), least) < 0) {
				least = v.term(next[i])
			}
		}
		if least == nil {
			return
		}
		l.reset()
		for i, v := range views {
			if next[i] == v.Terms() || !bytes.Equal(v.term(next[i]), least) {
				continue
			}
			v.Open(&r, next[i])
			next[i]++
			for n := r.Read(); n > 0; n = r.Read() {
				odd := r.Odd
				for j, doc := range r.Docs[:n] {
					weight := uint32(Quarters)
					if len(odd) > 0 && odd[0].At == uint32(j) {
						weight, odd = odd[0].Weight, odd[1:]
					}
					if place := places[i][doc]; place != gone {
						l.add(place, weight)
					}
				}
			}
		}
		if len(l.docs) > 0 {
			out.append(least, &l)
		}
	}
}

// mergeColumns makes the column of an attribute of the living documents; nil if none has it.
func mergeColumns(attr string, views []View) *Column {
	var values []value
	for _, v := range views {
		if c := v.columns[attr]; c != nil {
			values = append(values, c.used(&v)...)
		}
	}
	if len(values) == 0 {
		return nil
	}
	out := &Column{}
	out.setValues(values)
	for _, v := range views {
		c := v.columns[attr]
		var moved, places []uint32
		if c != nil {
			moved = make([]uint32, len(c.values)+1)
			for i, val := range c.values {
				moved[i+1] = uint32(out.place(val)) + 1
			}
		}
		for doc := range uint32(v.Docs()) {
			if !v.Alive(doc) {
				continue
			}
			places = places[:0]
			if c != nil {
				for _, p := range c.of(doc) {
					places = append(places, moved[p])
				}
			}
			out.add(places)
		}
	}
	return out
}

// used returns the values that living documents have.
func (c *Column) used(v *View) (values []value) {
	used := make([]bool, len(c.values)+1)
	for doc := range uint32(v.Docs()) {
		if v.Alive(doc) {
			for _, p := range c.of(doc) {
				used[p] = true
			}
		}
	}
	for i, val := range c.values {
		if used[i+1] {
			values = append(values, val)
		}
	}
	return values
}
