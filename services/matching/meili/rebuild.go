package meili

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/meilisearch/meilisearch-go"

	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/meili/wire"
)

// ErrCount is the refusal to serve an index that has not as many documents as were put into it.
var ErrCount = errors.New("search: the counts of documents differ; nothing was changed")

// errBusy is the refusal of a second rebuild beside a first.
var errBusy = errors.New("search: this index is being rebuilt")

// generation is an index that is filled beside the one that is served. What is written to the kind in this process goes to both, and is newer than what the
// filling brings: a document that was written since Begin is not overwritten.
type generation struct {
	e      *Engine
	kind   engine.Kind
	uid    string
	mark   string
	schema engine.Schema

	mu     sync.Mutex // held while something is handed over, so that the order here is the server's
	there  map[string]bool
	newer  map[string]bool // ids that were written since Begin
	tasks  []int64
	failed error
}

// Begin makes an empty index beside the one that is served, in the place of what an earlier rebuild may have left.
func (e *Engine) Begin(ctx context.Context, k engine.Kind, s engine.Schema) (engine.Generation, error) {
	if e.fill == nil {
		return nil, ErrReadOnly
	}
	if err := wellNamed(k, s); err != nil {
		return nil, err
	}
	g := &generation{e: e, kind: k, uid: e.uid(k) + "_next", schema: s, there: map[string]bool{}, newer: map[string]bool{}}
	kind := e.of(k)
	kind.writing.Lock()
	defer kind.writing.Unlock()
	if kind.next != nil {
		return nil, errBusy
	}
	if err := e.drop(ctx, g.uid); err != nil {
		return nil, err
	}
	if _, err := e.count(ctx, e.uid(k)); errors.Is(err, engine.ErrNotReady) { // a swap wants both
		if _, err := e.create(ctx, e.uid(k), e.settings(s)); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	mark, err := e.create(ctx, g.uid, e.settings(s))
	if err != nil {
		return nil, err
	}
	g.mark, kind.next = mark, g
	kind.schema.CompareAndSwap(nil, &s)
	return g, nil
}

// drop deletes an index that may be there.
func (e *Engine) drop(ctx context.Context, uid string) error {
	err := e.do(ctx, "dropping "+uid, func(ctx context.Context) (*meilisearch.TaskInfo, error) {
		return e.fill.DeleteIndexWithContext(ctx, uid)
	})
	if errors.Is(err, engine.ErrNotReady) {
		return nil
	}
	return err
}

// Put fills the new index.
func (g *generation) Put(ctx context.Context, docs ...engine.Doc) (engine.Ticket, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var older []engine.Doc
	for _, d := range docs {
		if !g.newer[d.ID] {
			older = append(older, d)
		}
	}
	return g.put(ctx, older)
}

func (g *generation) put(ctx context.Context, docs []engine.Doc) (ticket, error) {
	t, ids, err := g.e.put(ctx, g.uid, g.schema, docs)
	g.tasks = append(g.tasks, t.tasks...)
	for _, id := range ids {
		g.there[id] = true
	}
	return t, err
}

// alsoPut writes what was put into the index that is served. If that fails, it is the rebuild that fails.
func (g *generation) alsoPut(ctx context.Context, docs []engine.Doc) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, d := range docs {
		g.newer[d.ID] = g.newer[d.ID] || d.Check() == nil
	}
	if _, err := g.put(ctx, docs); err != nil {
		g.failed = errors.Join(g.failed, err)
	}
}

func (g *generation) alsoDelete(ctx context.Context, ids []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, id := range ids {
		g.newer[id] = true
		delete(g.there, id)
	}
	t, err := g.e.remove(ctx, g.uid, ids)
	g.tasks = append(g.tasks, t.tasks...)
	g.failed = errors.Join(g.failed, err)
}

// drain waits for what was handed over.
func (g *generation) drain(ctx context.Context) error {
	for {
		g.mu.Lock()
		t := ticket{e: g.e, tasks: g.tasks[:min(1, len(g.tasks))], bad: g.failed}
		g.mu.Unlock()
		if err := t.Wait(ctx); err != nil || len(t.tasks) == 0 {
			return err
		}
		g.mu.Lock()
		g.tasks = g.tasks[1:] // a task that is not known to be done stays
		g.mu.Unlock()
	}
}

// Commit swaps the new index in, its documents counted before and after. Writers wait while that happens, not while the bulk is being indexed.
func (g *generation) Commit(ctx context.Context) error {
	if err := g.drain(ctx); err != nil {
		return err
	}
	kind := g.e.of(g.kind)
	kind.writing.Lock()
	defer kind.writing.Unlock()
	if kind.next != g {
		return errors.New("search: this rebuild is over")
	}
	if err := g.drain(ctx); err != nil {
		return err
	}
	if err := g.counted(ctx, g.uid); err != nil {
		return err
	}
	if err := g.swap(ctx, true); err != nil {
		return err
	}
	if err := g.counted(ctx, g.e.uid(g.kind)); err != nil {
		return errors.Join(err, g.swap(ctx, false))
	}
	kind.next = nil
	kind.schema.Store(&g.schema)
	_ = g.e.drop(ctx, g.uid) // what is left of it, the next rebuild drops
	return nil
}

func (g *generation) counted(ctx context.Context, uid string) error {
	n, err := g.e.count(ctx, uid)
	if err == nil && n != len(g.there) {
		err = fmt.Errorf("%w: %d put, %d in %s", ErrCount, len(g.there), n, uid)
	}
	return err
}

// swap exchanges the two indexes with all that is theirs, and looks which one is served then. What is in the queue goes by name: it was drained, and nothing is
// handed over meanwhile. A key for some indexes cannot see the task of a swap: one on the index itself, which does nothing, is waited for behind it.
func (g *generation) swap(ctx context.Context, served bool) error {
	uid := g.e.uid(g.kind)
	_, err := g.e.hand(ctx, "swapping in "+g.uid, func(ctx context.Context) (*meilisearch.TaskInfo, error) {
		return g.e.fill.SwapIndexesWithContext(ctx, []*meilisearch.SwapIndexesParams{{Indexes: []string{uid, g.uid}}})
	})
	if err != nil {
		return err
	}
	behind, err := g.e.remove(ctx, uid, []string{"none"})
	if err == nil {
		err = behind.Wait(ctx)
	}
	if err != nil {
		return err
	}
	return g.e.within(ctx, func(ctx context.Context) error {
		have, err := g.e.fill.Index(uid).GetSettingsWithContext(ctx)
		if err != nil {
			return wire.Typed("settings of "+uid, err)
		}
		if wire.Marked(have, g.mark) != served {
			return fmt.Errorf("%w: %s and %s were not exchanged", engine.ErrUnavailable, uid, g.uid)
		}
		return nil
	})
}

// Abort drops the new index; after Commit it does nothing.
func (g *generation) Abort(ctx context.Context) error {
	kind := g.e.of(g.kind)
	kind.writing.Lock()
	defer kind.writing.Unlock()
	if kind.next != g {
		return nil
	}
	kind.next = nil
	return g.e.drop(ctx, g.uid)
}
