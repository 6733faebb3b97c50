package index

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/matching/engine"
)

const (
	batch     = 500
	lookAgain = time.Second
	gather    = 100 * time.Millisecond // so that a burst of changes is applied together, and writers are not followed one by one
)

// Run fills the engines and follows the ledgers until ctx ends.
func (x *Index) Run(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		x.repeat(ctx, "memory", x.followMemory)
	}()
	if x.open != nil {
		x.repeat(ctx, "meilisearch", x.followRemote)
	}
	<-done
}

// repeat runs step whenever a ledger has grown, and every second; after a failure, of which the first in a row is told, every second alone.
func (x *Index) repeat(ctx context.Context, name string, step func(context.Context) error) {
	for failing := false; ctx.Err() == nil; {
		changed := x.db.Changed()
		err := step(ctx)
		if err != nil && ctx.Err() == nil {
			changed = nil
			if !failing {
				x.log.Error("a search index cannot follow and tries again every second", "index", name, "error", err.Error())
			}
		}
		failing = err != nil
		sleep(ctx, lookAgain, changed)
		sleep(ctx, gather, nil)
	}
}

// sleep waits in real time, since an index is not a decision.
func sleep(ctx context.Context, d time.Duration, wake <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-wake:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// followMemory loads everything the first time, and then what has changed.
func (x *Index) followMemory(ctx context.Context) error {
	if !x.ready.Load() {
		// The heads come first: what is committed while the rows are read is applied again.
		heads, err := ledger.Heads(ctx, x.db.Read)
		if err != nil {
			return err
		}
		began := x.db.Clock().Now()
		n, err := x.fill(ctx, x.memory, func(int) {})
		if err != nil {
			return err
		}
		at := map[string]int64{}
		for _, h := range heads {
			at[h.ID] = h.Size
		}
		x.ready.Store(true)
		x.filled.move(at)
		x.log.Info("the search index in memory is ready", "documents", n, "took", x.db.Clock().Now().Sub(began).String())
	}
	heads, err := ledger.Heads(ctx, x.db.Read)
	if err != nil {
		return err
	}
	for _, h := range heads {
		for at := x.filled.of(h.ID); at < h.Size; at = x.filled.of(h.ID) {
			next, err := x.apply(ctx, x.memory, h.ID, at)
			if err != nil {
				return err
			}
			x.filled.move(map[string]int64{h.ID: next})
		}
	}
	return nil
}

// errGap says that entries are missing which the head of their ledger counts: somebody has deleted them, which the audit tells.
var errGap = errors.New("the ledger is damaged")

// apply reads the entries of a jurisdiction from a position on, of which there is one at least, and brings the things that they are about up to date in
// an engine.
func (x *Index) apply(ctx context.Context, e engine.Engine, jurisdiction string, from int64) (int64, error) {
	bodies, err := ledger.Bodies(ctx, x.db.Read, jurisdiction, from, batch)
	if err == nil && len(bodies) == 0 {
		err = fmt.Errorf("%w: %s has no entry %d", errGap, jurisdiction, from)
	}
	if err != nil {
		return from, err
	}
	touched := map[engine.Kind]map[string]bool{engine.Demands: {}, engine.Achievements: {}, engine.Profiles: {}}
	organizations := map[string]bool{}
	for _, body := range bodies {
		subject, err := entry.Subject(body)
		if err != nil {
			return from, err
		}
		collection, id, _ := strings.Cut(subject, "/")
		switch ids, ok := touched[engine.Kind(collection)]; {
		case ok && !strings.Contains(id, "/"): // not a bid, which is demands/…/bids/…
			ids[id] = true
		case collection == "contracts":
			change, err := entry.Decode(body)
			if err != nil {
				return from, err
			}
			for _, party := range []string{"buyer_id", "seller_id", "broker_id"} {
				if id, ok := change.Row.Get(party); ok {
					organizations[id] = true
				}
			}
		}
	}
	profiles, err := x.profilesOf(ctx, slices.Collect(maps.Keys(organizations)))
	if err != nil {
		return from, err
	}
	for _, id := range profiles {
		touched[engine.Profiles][id] = true
	}
	for _, k := range engine.Kinds {
		if err := x.refresh(ctx, e, k, slices.Sorted(maps.Keys(touched[k]))); err != nil {
			return from, err
		}
	}
	return from + int64(len(bodies)), nil
}

// refresh puts the documents of the ids as they are now, deletes those that are not public, and waits until the engine shows it.
func (x *Index) refresh(ctx context.Context, e engine.Engine, k engine.Kind, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	docs, err := x.read(ctx, k, ids)
	if err != nil {
		return err
	}
	public := map[string]bool{}
	for _, d := range docs {
		public[d.ID] = true
	}
	gone := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return public[id] })
	limited, cancel := x.within(ctx, patience)
	defer cancel()
	deleted, err := e.Delete(limited, k, gone...)
	if err != nil {
		return err
	}
	put, err := e.Put(limited, k, docs...)
	if err != nil {
		return err
	}
	return errors.Join(deleted.Wait(limited), put.Wait(limited))
}
