package segment

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/text"
)

// builder makes a segment of documents.
type builder struct {
	schema engine.Schema
	seg    *Segment
	pairs  pairs
	words  map[string]uint32
	last   []uint32 // of each term, its last posting
	all    []posting
}

type posting struct{ term, doc, weight uint32 }

// Build makes a segment of documents whose ids differ.
func Build(schema engine.Schema, docs []engine.Doc) *Segment {
	b := builder{schema: schema, seg: newSegment(len(schema.Text)), words: map[string]uint32{}}
	for i, doc := range docs {
		b.add(uint32(i), doc)
	}
	b.write()
	for _, attr := range attributes(schema) {
		if c := newColumn(attr, docs); c != nil {
			b.seg.columns[attr] = c
		}
	}
	b.seg.finish()
	return b.seg
}

// attributes returns what a schema keeps of the attributes of a document.
func attributes(s engine.Schema) []string {
	all := slices.Concat(s.Filter, s.Facet, s.Sort)
	slices.Sort(all)
	return slices.Compact(all)
}

func (b *builder) add(doc uint32, d engine.Doc) {
	s := b.seg
	s.ids = append(s.ids, d.ID...)
	s.idAt = append(s.idAt, uint32(len(s.ids)))
	s.versions = append(s.versions, d.Version)
	var total uint32
	for _, f := range b.schema.Text {
		s.texts = pack(s.texts, d.Text[f.Name])
		s.textAt = append(s.textAt, uint32(len(s.texts)))
		w := weigh(f)
		text.Each(text.Fold(d.Text[f.Name]), func(t text.Term) {
			total += w
			b.count(t, doc, w)
		})
	}
	s.lengths = append(s.lengths, total)
}

// count adds an occurrence of a term.
func (b *builder) count(t text.Term, doc, weight uint32) {
	term, ok := b.find(t)
	if ok {
		if p := &b.all[b.last[term]]; p.doc == doc {
			p.weight += weight
			return
		}
		b.last[term] = uint32(len(b.all))
	} else {
		b.last = append(b.last, uint32(len(b.all)))
	}
	b.all = append(b.all, posting{term, doc, weight})
}

// find returns the number of a term, the next one if it is new.
func (b *builder) find(t text.Term) (uint32, bool) {
	next := uint32(len(b.last))
	if t.Kind == text.Pair {
		first, n := utf8.DecodeRuneInString(t.Text)
		second, _ := utf8.DecodeRuneInString(t.Text[n:])
		return b.pairs.find(uint64(first)<<32|uint64(second), next)
	}
	term, ok := b.words[t.Text]
	if !ok {
		term = next
		b.words[strings.Clone(t.Text)] = next
	}
	return term, ok
}

// write puts the postings in the order of terms.
func (b *builder) write() {
	at := make([]uint32, len(b.last)+1) // where the postings of each term end
	for _, p := range b.all {
		at[p.term+1]++
	}
	for i := 1; i < len(at); i++ {
		at[i] += at[i-1]
	}
	sorted := make([]posting, len(b.all))
	for _, p := range b.all { // the documents of a term stay in order
		sorted[at[p.term]] = p
		at[p.term]++
	}
	var l list
	from := func(term uint32) uint32 {
		if term == 0 {
			return 0
		}
		return at[term-1]
	}
	put := func(name []byte, term uint32) {
		l.reset()
		for _, p := range sorted[from(term):at[term]] {
			l.add(p.doc, p.weight)
		}
		b.seg.append(name, &l)
	}
	words := make([]string, 0, len(b.words))
	for w := range b.words {
		words = append(words, w)
	}
	slices.Sort(words)
	b.pairs.each(func(first, second rune, term uint32) {
		name := utf8.AppendRune(utf8.AppendRune(make([]byte, 0, 8), first), second)
		for len(words) > 0 && words[0] < string(name) {
			put([]byte(words[0]), b.words[words[0]])
			words = words[1:]
		}
		put(name, term)
	})
	for _, w := range words {
		put([]byte(w), b.words[w])
	}
}

// pairs numbers pairs of characters: a table with free places, since there are very many of them and the map of strings is slow.
type pairs struct {
	slots []slot
	used  int
}

type slot struct {
	key  uint64
	term uint32
}

// find returns the number of a pair; if it is new, it takes next, and find returns false.
func (p *pairs) find(key uint64, next uint32) (uint32, bool) {
	if 2*p.used >= len(p.slots) {
		old := p.slots
		p.slots = make([]slot, max(1024, 2*len(old)))
		for _, s := range old {
			if s.key != 0 {
				*p.at(s.key) = s
			}
		}
	}
	s := p.at(key)
	if s.key == key {
		return s.term, true
	}
	*s = slot{key, next}
	p.used++
	return next, false
}

// at returns where a pair is or may be put.
func (p *pairs) at(key uint64) *slot {
	for i := key * 0x9E3779B97F4A7C15 >> 20; ; i++ {
		if s := &p.slots[i%uint64(len(p.slots))]; s.key == key || s.key == 0 {
			return s
		}
	}
}

// each calls do with the pairs in order.
func (p *pairs) each(do func(first, second rune, term uint32)) {
	keys := make([]uint64, 0, p.used)
	for _, s := range p.slots {
		if s.key != 0 {
			keys = append(keys, s.key)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		do(rune(k>>32), rune(k), p.at(k).term)
	}
}
