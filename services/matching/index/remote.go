package index

import (
	"context"
	"errors"
	"time"

	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/matching/engine"
)

const (
	remoteName  = "search/meilisearch" // of the cursor
	looking     = 10 * time.Second     // between looks at the server's health
	reconciling = time.Hour
)

// followRemote keeps the search server in step: it makes sure that the indexes are there, applies what has changed, looks at their health, and
// compares everything before the first search and then once an hour. Whatever fails, the server is not asked until all of that has succeeded.
func (x *Index) followRemote(ctx context.Context) (err error) {
	e, err := x.server(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil && ctx.Err() == nil {
			x.trusted.Store(false)
		}
	}()
	if !x.trusted.Load() {
		if err := x.ensure(ctx, e); err != nil {
			return err
		}
	}
	heads, err := ledger.Heads(ctx, x.db.Read)
	if err != nil {
		return err
	}
	at := map[string]int64{}
	for _, h := range heads {
		if at[h.ID], err = x.catchUp(ctx, e, h.ID, h.Size); err != nil {
			return err
		}
	}
	now := x.db.Clock().Now()
	if now.Sub(x.looked) >= looking {
		if err := x.look(ctx, e); err != nil {
			return err
		}
		x.looked = now
	}
	if now.Sub(x.compared) >= reconciling {
		if _, err := x.Reconcile(ctx); err != nil {
			return err
		}
		x.compared = now
	}
	if !x.trusted.Swap(true) {
		x.log.Info("the search server is asked", "engine", e.Caps().Name, "version", e.Caps().Version)
	}
	x.followed.move(at)
	return nil
}

// catchUp applies the entries of a jurisdiction up to size.
func (x *Index) catchUp(ctx context.Context, e engine.Engine, jurisdiction string, size int64) (at int64, err error) {
	for {
		if at, err = ledger.Position(ctx, x.db, remoteName, jurisdiction); err != nil || at >= size {
			return at, err
		}
		err = storage.Lease(ctx, x.db, remoteName, jurisdiction, func(at int64) (int64, error) { return x.apply(ctx, e, jurisdiction, at) })
		if err != nil {
			return at, err
		}
	}
}

// ensure opens the remote indexes; those of another schema, and those that are empty, are made anew. What they hold is compared afterwards.
func (x *Index) ensure(ctx context.Context, e engine.Engine) error {
	x.compared, x.looked = time.Time{}, time.Time{}
	docs := 0
	for _, k := range engine.Kinds {
		err := e.Ensure(ctx, k, Schemas[k])
		if errors.Is(err, engine.ErrRebuildNeeded) {
			x.log.Info("the search server's index has another schema and is rebuilt", "index", string(k))
			return x.Rebuild(ctx, func(Progress) {})
		}
		if err != nil {
			return err
		}
		stats, err := e.Stats(ctx, k)
		if err != nil {
			return err
		}
		docs += stats.Docs
	}
	if docs > 0 {
		return nil
	}
	return x.Rebuild(ctx, func(Progress) {})
}

// look returns an error when the server is not as it was left. An index that holds much less than the one in memory has been emptied, and is
// compared at once.
func (x *Index) look(ctx context.Context, e engine.Engine) error {
	if err := e.Health(ctx); err != nil {
		return err
	}
	if !x.ready.Load() {
		return nil
	}
	for _, k := range engine.Kinds {
		there, err := e.Stats(ctx, k)
		if err != nil {
			return err
		}
		here, err := x.memory.Stats(ctx, k)
		if err != nil {
			return err
		}
		if there.Docs < here.Docs/2 {
			x.log.Warn("the search server's index has lost documents", "index", string(k), "has", there.Docs, "wants", here.Docs)
			x.trusted.Store(false)
			x.compared = time.Time{}
		}
	}
	return nil
}
