package index

import (
	"context"
	"errors"

	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/matching/engine"
)

// Progress is how far a rebuild is.
type Progress struct {
	Kind engine.Kind
	Docs int
}

// fill makes a new generation of each index from the database and swaps it in.
func (x *Index) fill(ctx context.Context, e engine.Engine, told func(docs int)) (n int, err error) {
	for _, k := range engine.Kinds {
		g, err := e.Begin(ctx, k, Schemas[k])
		if err != nil {
			return n, err
		}
		for after := ""; ; {
			docs, last, err := x.page(ctx, k, after)
			if err == nil && len(docs) > 0 {
				_, err = g.Put(ctx, docs...)
			}
			if err != nil {
				return n, errors.Join(err, g.Abort(context.WithoutCancel(ctx)))
			}
			if n, after = n+len(docs), last; after == "" {
				break
			}
			told(n)
		}
		if err := g.Commit(ctx); err != nil {
			return n, errors.Join(err, g.Abort(context.WithoutCancel(ctx)))
		}
	}
	return n, nil
}

// Rebuild fills the remote indexes anew, beside those that are served, and swaps them in. Its cursors move to where the ledgers were when it
// began. A server that follows the ledger beside this process may have applied later entries to the indexes that were swapped out, so that all is
// compared at the end.
func (x *Index) Rebuild(ctx context.Context, told func(Progress)) error {
	x.rebuild.Lock()
	defer x.rebuild.Unlock()
	e, err := x.server(ctx)
	if err != nil {
		return err
	}
	heads, err := ledger.Heads(ctx, x.db.Read)
	if err != nil {
		return err
	}
	if _, err := x.fill(ctx, e, func(n int) { told(Progress{Docs: n}) }); err != nil {
		return err
	}
	for _, h := range heads {
		if err := storage.Lease(ctx, x.db, remoteName, h.ID, func(at int64) (int64, error) { return max(at, h.Size), nil }); err != nil {
			return err
		}
	}
	_, err = x.Reconcile(ctx)
	return err
}

// Difference is what a comparison found in an index.
type Difference struct {
	Kind                    engine.Kind
	Docs                    int
	Missing, Stale, Surplus int
}

// Reconcile compares each remote index with the database and mends what differs.
func (x *Index) Reconcile(ctx context.Context) ([]Difference, error) {
	e, err := x.server(ctx)
	if err != nil {
		return nil, err
	}
	var all []Difference
	for _, k := range engine.Kinds {
		have, err := e.List(ctx, k)
		if err != nil {
			return all, err
		}
		d := Difference{Kind: k}
		var wrong []string
		for after := ""; ; {
			docs, last, err := x.page(ctx, k, after)
			if err != nil {
				return all, err
			}
			for _, doc := range docs {
				d.Docs++
				version, ok := have[doc.ID]
				delete(have, doc.ID)
				switch {
				case !ok:
					d.Missing++
				case version != doc.Version:
					d.Stale++
				default:
					continue
				}
				wrong = append(wrong, doc.ID)
			}
			if after = last; after == "" {
				break
			}
		}
		for id := range have {
			d.Surplus++
			wrong = append(wrong, id)
		}
		for len(wrong) > 0 {
			n := min(batch, len(wrong))
			if err := x.refresh(ctx, e, k, wrong[:n]); err != nil {
				return all, err
			}
			wrong = wrong[n:]
		}
		if d.Missing+d.Stale+d.Surplus > 0 {
			x.log.Warn("the search server's index differed from the database and was mended", "index", string(k), "missing", d.Missing, "stale", d.Stale, "surplus", d.Surplus)
		}
		all = append(all, d)
	}
	return all, nil
}

// Status is the state of the search server.
type Status struct {
	Caps   engine.Caps
	Kinds  []KindStatus
	Health error            // nil if its indexes are there as they should be
	Behind map[string]int64 // entries that it has not applied, by jurisdiction
}

// KindStatus are the figures of an index: as it is, and how many documents the database has for it.
type KindStatus struct {
	Kind engine.Kind
	engine.Stats
	Wanted int
}

// Status asks the search server and the database for their figures. It changes nothing.
func (x *Index) Status(ctx context.Context) (s Status, err error) {
	e, err := x.server(ctx)
	if err != nil {
		return s, err
	}
	s.Caps, s.Behind, s.Health = e.Caps(), map[string]int64{}, e.Health(ctx)
	for _, k := range engine.Kinds {
		stats, err := e.Stats(ctx, k)
		s.Health = errors.Join(s.Health, err)
		wanted := 0
		for after := ""; ; {
			docs, last, err := x.page(ctx, k, after)
			if err != nil {
				return s, err
			}
			if wanted, after = wanted+len(docs), last; after == "" {
				break
			}
		}
		s.Kinds = append(s.Kinds, KindStatus{k, stats, wanted})
	}
	heads, err := ledger.Heads(ctx, x.db.Read)
	for _, h := range heads {
		at, err := ledger.Position(ctx, x.db, remoteName, h.ID)
		if err != nil {
			return s, err
		}
		s.Behind[h.ID] = h.Size - at
	}
	return s, err
}
