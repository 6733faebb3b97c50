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
// began: what is committed meanwhile is applied again afterwards.
func (x *Index) Rebuild(ctx context.Context, told func(Progress)) error {
	x.rebuild.Lock()
	defer x.rebuild.Unlock()
	heads, err := ledger.Heads(ctx, x.db.Read)
	if err != nil {
		return err
	}
	if _, err := x.fill(ctx, x.remote, func(n int) { told(Progress{Docs: n}) }); err != nil {
		return err
	}
	for _, h := range heads {
		if err := storage.Lease(ctx, x.db, remoteName, h.ID, func(at int64) (int64, error) { return max(at, h.Size), nil }); err != nil {
			return err
		}
	}
	x.remoteOK.Store(true)
	return nil
}

// Difference is what a comparison found in an index.
type Difference struct {
	Kind                    engine.Kind
	Docs                    int
	Missing, Stale, Surplus int
}

// Reconcile compares each remote index with the database and mends what differs.
func (x *Index) Reconcile(ctx context.Context) ([]Difference, error) {
	var all []Difference
	for _, k := range engine.Kinds {
		have, err := x.remote.List(ctx, k)
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
			if err := x.refresh(ctx, x.remote, k, wrong[:n]); err != nil {
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

// Status is the state of the engines.
type Status struct {
	Memory, Remote []KindStatus
	RemoteCaps     *engine.Caps
	RemoteError    error
	Behind         map[string]int64 // entries that the remote index has not applied, by jurisdiction
}

// KindStatus are the figures of an index.
type KindStatus struct {
	Kind engine.Kind
	engine.Stats
}

// Status asks the engines for their figures.
func (x *Index) Status(ctx context.Context) (Status, error) {
	s := Status{Behind: map[string]int64{}}
	if x.remote == nil {
		return s, nil
	}
	caps := x.remote.Caps()
	s.RemoteCaps = &caps
	for _, k := range engine.Kinds {
		stats, err := x.remote.Stats(ctx, k)
		s.RemoteError = errors.Join(s.RemoteError, err)
		s.Remote = append(s.Remote, KindStatus{k, stats})
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
