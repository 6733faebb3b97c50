package index

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

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

// remake fills the remote indexes anew, beside those that are served, and swaps them in, if that is still needed when no other server does it. Its cursors
// move to where the ledgers were when it began.
func (x *Index) remake(ctx context.Context, e engine.Engine, told func(docs int), needed func() (bool, error)) error {
	heads, err := ledger.Heads(ctx, x.db.Read)
	if err != nil || len(heads) == 0 {
		return err
	}
	filled := false
	err = storage.Lease(ctx, x.db, remoteName+"/rebuild", heads[0].ID, func(at int64) (int64, error) {
		if filled, err = needed(); err != nil || !filled {
			return at, err
		}
		_, err = x.fill(ctx, e, told)
		return at, err
	})
	if err != nil || !filled {
		return err
	}
	for _, h := range heads {
		if err := storage.Lease(ctx, x.db, remoteName, h.ID, func(at int64) (int64, error) { return max(at, h.Size), nil }); err != nil {
			return err
		}
	}
	return nil
}

// Rebuild fills the remote indexes anew, beside those that are served, and swaps them in. A server that follows the ledger beside this process may have
// applied later entries to the indexes that were swapped out, so that all is compared at the end.
func (x *Index) Rebuild(ctx context.Context, told func(Progress)) error {
	e, err := x.server(ctx)
	if err != nil {
		return err
	}
	if err := x.remake(ctx, e, func(n int) { told(Progress{Docs: n}) }, func() (bool, error) { return true, nil }); err != nil {
		return err
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

// Reconcile compares each remote index with the database and mends what differs. It returns an error if the server takes that and still shows the same.
func (x *Index) Reconcile(ctx context.Context) ([]Difference, error) {
	e, err := x.server(ctx)
	if err != nil {
		return nil, err
	}
	var all []Difference
	for _, k := range engine.Kinds {
		d, wrong, err := x.compare(ctx, e, k)
		if err != nil {
			return all, err
		}
		all = append(all, d)
		if len(wrong) == 0 {
			continue
		}
		x.log.Warn("the search server's index differs from the database and is mended", "index", string(k), "missing", d.Missing, "stale", d.Stale, "surplus", d.Surplus)
		for ids := range slices.Chunk(wrong, batch) {
			if err := x.refresh(ctx, e, k, ids); err != nil {
				return all, err
			}
		}
		_, still, err := x.compare(ctx, e, k)
		if err != nil {
			return all, err
		}
		slices.Sort(wrong)
		for _, id := range still {
			if _, was := slices.BinarySearch(wrong, id); was { // others have changed meanwhile
				return all, fmt.Errorf("%w: %s was written and is not shown", engine.ErrUnavailable, id)
			}
		}
	}
	return all, nil
}

// compare returns how an index differs from the database, and in what.
func (x *Index) compare(ctx context.Context, e engine.Engine, k engine.Kind) (d Difference, wrong []string, err error) {
	d.Kind = k
	limited, cancel := x.within(ctx, patience)
	defer cancel()
	have, err := e.List(limited, k)
	if err != nil {
		return d, nil, err
	}
	for after := ""; ; {
		docs, last, err := x.page(ctx, k, after)
		if err != nil {
			return d, nil, err
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
	d.Surplus = len(have)
	return d, append(wrong, slices.Sorted(maps.Keys(have))...), nil
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
