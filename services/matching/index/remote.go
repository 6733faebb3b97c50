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
	doubting    = time.Minute // the least between comparisons that something calls for
	patience    = time.Minute // with a batch, and with a list
)

// followRemote keeps the search server in step: it makes sure that the indexes are there, applies what has changed, looks at their health, and
// compares everything before the first search, then once an hour, and sooner when something speaks against it. Whatever fails, the server is not asked
// until all of that has succeeded.
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
	at, behind := map[string]int64{}, false
	for _, h := range heads {
		if at[h.ID], err = ledger.Position(ctx, x.db, remoteName, h.ID); err != nil {
			return err
		}
		behind = behind || at[h.ID] < h.Size
	}
	now := x.db.Clock().Now()
	if behind || now.Sub(x.looked) >= looking { // before anything is written: an index that was emptied must not come to look alive
		if err := x.look(ctx, e, !behind); err != nil {
			return err
		}
		x.looked = now
	}
	for _, h := range heads {
		if at[h.ID], err = x.catchUp(ctx, e, h.ID, h.Size); err != nil {
			return err
		}
	}
	if ago := now.Sub(x.compared); ago >= reconciling || ago >= doubting && x.doubted.Load() {
		x.doubted.Store(false)
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
		err = storage.Lease(ctx, x.db, remoteName, jurisdiction, func(at int64) (int64, error) {
			if at >= size { // another server was faster
				return at, nil
			}
			return x.apply(ctx, e, jurisdiction, at)
		})
		if err != nil {
			return at, err
		}
	}
}

// ensure opens the remote indexes; those of another schema, and those that have lost what they held, are made anew. What they hold is compared afterwards.
func (x *Index) ensure(ctx context.Context, e engine.Engine) error {
	x.compared, x.looked = time.Time{}, time.Time{}
	return x.remake(ctx, e, func(int) {}, func() (bool, error) {
		for _, k := range engine.Kinds {
			err := e.Ensure(ctx, k, Schemas[k])
			if errors.Is(err, engine.ErrRebuildNeeded) {
				x.log.Info("the search server's index has another schema and is rebuilt", "index", string(k))
				return true, nil
			}
			if err != nil {
				return false, err
			}
		}
		return x.lost(ctx, e, false)
	})
}

// look returns an error when the server is not as it was left. An index that holds much less than the one in memory has been emptied: it is made anew
// beside the one that is served, so that a server that has not noticed yet never sees it half full.
func (x *Index) look(ctx context.Context, e engine.Engine, upToDate bool) error {
	if err := e.Health(ctx); err != nil {
		return err
	}
	lost, err := x.lost(ctx, e, upToDate)
	if err != nil || !lost {
		return err
	}
	x.trusted.Store(false)
	x.compared = time.Time{}
	return x.remake(ctx, e, func(int) {}, func() (bool, error) { return x.lost(ctx, e, false) })
}

// lost reports whether an index holds much less than the one in memory, or until that is filled, whether there is nothing at all. Something that is up to
// date and differs by as many documents as at the last such look is not only a little behind, and doubted.
func (x *Index) lost(ctx context.Context, e engine.Engine, upToDate bool) (bool, error) {
	ready, all := x.ready.Load(), 0
	for _, k := range engine.Kinds {
		there, err := e.Stats(ctx, k)
		if err != nil {
			return false, err
		}
		if all += there.Docs; !ready {
			continue
		}
		here, err := x.memory.Stats(ctx, k)
		if err != nil {
			return false, err
		}
		if 2*there.Docs < here.Docs {
			x.log.Warn("the search server's index has not the documents that it should have", "index", string(k), "has", there.Docs, "wants", here.Docs)
			return true, nil
		}
		if off := there.Docs - here.Docs; upToDate {
			if off != 0 && off == x.off[k] {
				x.doubted.Store(true)
			}
			x.off[k] = off
		}
	}
	return !ready && all == 0, nil
}

// within gives the search server so much time, by the clock of the database, for something that no reader waits for.
func (x *Index) within(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	limited, cancel := context.WithCancel(ctx)
	until := x.db.Clock().Now().Add(d)
	go func() {
		x.db.Clock().Wait(limited, until)
		cancel()
	}()
	return limited, cancel
}
