package embedded

import (
	"maps"
	"math"
	"slices"

	"github.com/jiebang/jiebang/services/matching/embedded/segment"
	"github.com/jiebang/jiebang/services/matching/engine"
)

// index is all of a kind at one moment. It never changes: a write makes another, which shares most segments with it.
type index struct {
	schema engine.Schema
	plan   *vocabulary
	views  []segment.View // the oldest first
	docs   int            // in the segments, the dead ones too
	live   int
	length uint64 // the weight of all terms of the living documents, in quarters
}

const (
	portion   = 2000 // documents of a new segment, at most
	manyViews = 10   // more segments than this are merged
	growth    = 3    // how much larger than all after it a segment may be that is merged with them
)

func newIndex(s engine.Schema) *index { return &index{schema: s, plan: newVocabulary(s)} }

// write returns the index after putting documents and deleting those with the ids.
func (x *index) write(docs []engine.Doc, ids []string) *index {
	last := make(map[string]int, len(docs))
	for i, d := range docs {
		last[d.ID] = i
	}
	next := &index{schema: x.schema, plan: x.plan, views: slices.Clone(x.views), live: x.live, length: x.length}
	next.bury(slices.AppendSeq(slices.Clone(ids), maps.Keys(last)))
	var fresh []engine.Doc
	for i, d := range docs {
		if last[d.ID] == i {
			fresh = append(fresh, d)
		}
	}
	for part := range slices.Chunk(fresh, portion) {
		next.append(segment.Build(x.schema, part))
		next.tidy()
	}
	next.tidy()
	return next
}

func (x *index) append(s *segment.Segment) {
	x.views = append(x.views, segment.Whole(s))
	x.live += s.Docs()
	for doc := range uint32(s.Docs()) {
		x.length += uint64(s.Length(doc))
	}
}

// bury takes out the documents with the ids.
func (x *index) bury(ids []string) {
	for i, v := range x.views {
		without, length := v.Without(ids)
		x.views[i] = without
		x.live -= v.Live - without.Live
		x.length -= length
	}
}

// tidy merges what has grown small or dead: so that segments are few, each document is merged a few times in its life, and at most a third of a
// segment is dead.
func (x *index) tidy() {
	x.views = slices.DeleteFunc(x.views, func(v segment.View) bool { return v.Live == 0 })
	for i, v := range x.views {
		if dead := v.Docs() - v.Live; dead > v.Live/2 {
			x.replace(i, i+1)
		}
	}
	if len(x.views) > manyViews {
		after, from := 0, len(x.views)-2
		for i := len(x.views) - 1; i > 0; i-- {
			after += x.views[i].Live
			if x.views[i-1].Live <= growth*after {
				from = i - 1
			}
		}
		x.replace(from, len(x.views))
	}
	x.docs = 0
	for _, v := range x.views {
		x.docs += v.Docs()
	}
}

// replace merges the segments between two places.
func (x *index) replace(from, to int) {
	x.views = slices.Replace(x.views, from, to, segment.Whole(segment.Merge(x.views[from:to])))
}

// texts returns the fields of a document that are not empty.
func (x *index) texts(id string) (map[string]string, bool) {
	for _, v := range x.views {
		if doc, ok := v.Lookup(id); ok && v.Alive(doc) {
			texts := map[string]string{}
			for i, f := range x.schema.Text {
				if s := v.Text(doc, i); s != "" {
					texts[f.Name] = s
				}
			}
			return texts, true
		}
	}
	return nil, false
}

// count returns how many documents have a term, those among them that are dead and not given up yet.
func (x *index) count(term string) (df int) {
	for i := range x.views {
		if t, ok := x.views[i].Find(term); ok {
			df += x.views[i].Count(t)
		}
	}
	return df
}

// rarity is the inverse document frequency.
func (x *index) rarity(df int) float64 {
	df = min(df, x.docs)
	return math.Log(1 + (float64(x.docs-df)+0.5)/(float64(df)+0.5))
}

func (x *index) bytes() (n int64) {
	for i := range x.views {
		n += x.views[i].Bytes()
	}
	return n
}
