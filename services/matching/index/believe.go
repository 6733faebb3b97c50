package index

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/jiebang/jiebang/services/matching/engine"
)

// believe returns an error for an answer of the search server that the engine in memory, which holds all that is public, knows to be wrong: the server
// is broken, behind, or not ours. What it quotes of a text must stand in that text as it is now, and what it counts must be a value that a public document
// has, because both are shown as they come. Until the memory is filled nothing is quoted or counted.
func (x *Index) believe(ctx context.Context, question asked, r *engine.Result) (err error) {
	defer func() {
		if err != nil {
			x.doubted.Store(true)
			err = fmt.Errorf("%w: its answer cannot be true: %w", engine.ErrUnavailable, err)
		}
	}()
	if len(r.Hits) > question.limit || r.Total < 0 {
		return fmt.Errorf("%d hits where %d were asked for, of %d", len(r.Hits), question.limit, r.Total)
	}
	r.Total = max(r.Total, len(r.Hits))
	seen, ready := map[string]bool{}, x.ready.Load()
	for i, h := range r.Hits {
		if seen[h.ID] || math.IsNaN(h.Score) || math.IsInf(h.Score, 0) {
			return fmt.Errorf("%q twice, or with the score %v", h.ID, h.Score)
		}
		seen[h.ID] = true
		if !ready {
			r.Hits[i].Highlights = nil
			continue
		}
		texts, ok := x.memory.Text(question.kind, h.ID)
		if !ok {
			return fmt.Errorf("%q is not one of the %s that are public", h.ID, question.kind)
		}
		for field, fragments := range h.Highlights {
			for _, f := range fragments {
				if !quoted(f, texts[field]) {
					return fmt.Errorf("%s of %q is not what is quoted", field, h.ID)
				}
			}
		}
	}
	if !ready {
		r.Facets = nil
		return nil
	}
	here, err := x.memory.Stats(ctx, question.kind)
	if err != nil {
		return err
	}
	return x.counted(ctx, question.kind, r, here.Docs)
}

// quoted reports whether a fragment is of a text and its marks are in order.
func quoted(f engine.Fragment, text string) bool {
	at := 0
	for _, m := range f.Marks {
		if m.Start < at || m.End <= m.Start || m.End > len(f.Text) {
			return false
		}
		at = m.End
	}
	return strings.Contains(text, f.Text)
}

// counted returns an error for a result that counts more documents than there are, or values that none has.
func (x *Index) counted(ctx context.Context, k engine.Kind, r *engine.Result, docs int) error {
	if r.Total > docs {
		return fmt.Errorf("%d found of %d", r.Total, docs)
	}
	for name, buckets := range r.Facets {
		values, err := x.memory.Values(ctx, k, name)
		if err != nil {
			return err
		}
		for _, b := range buckets {
			if values[b.Value] == 0 {
				return fmt.Errorf("%q, which is no %s of any of the %s", b.Value, name, k)
			}
			if b.Count < 1 || b.Count > docs {
				return fmt.Errorf("%d of %d with %s", b.Count, docs, name)
			}
		}
	}
	return nil
}
