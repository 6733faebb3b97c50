package embedded

import (
	"context"
	"errors"
	"maps"
	"sync"

	"github.com/jiebang/jiebang/services/matching/engine"
)

// generation is an index that is being filled.
type generation struct {
	engine *Engine
	kind   engine.Kind

	mu    sync.Mutex
	index *index                 // nil once it is served or given up
	since map[string]*engine.Doc // what was written to the served index since Begin, and nil for what was deleted
}

var errOver = errors.New("search: the generation is over")

// Begin implements engine.Engine.
func (e *Engine) Begin(ctx context.Context, k engine.Kind, s engine.Schema) (engine.Generation, error) {
	if _, err := e.index(ctx, k); err != nil && err != engine.ErrNotReady {
		return nil, err
	}
	g := &generation{engine: e, kind: k, index: newIndex(s), since: map[string]*engine.Doc{}}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.filled[g] = true
	return g, nil
}

// follow keeps a write for Commit. The caller holds the engine's mu.
func (g *generation) follow(docs []engine.Doc, ids []string) {
	for _, id := range ids {
		g.since[id] = nil
	}
	for _, d := range docs {
		d.Text, d.Attrs = maps.Clone(d.Text), maps.Clone(d.Attrs)
		g.since[d.ID] = &d
	}
}

// Put implements engine.Generation.
func (g *generation) Put(ctx context.Context, docs ...engine.Doc) (engine.Ticket, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.index == nil {
		return nil, errOver
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	good, bad := proper(docs)
	g.index = g.index.write(good, nil)
	return bad, nil
}

// Commit implements engine.Generation. All that was put is in the index by construction, so that there is nothing to count.
func (g *generation) Commit(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.index == nil {
		return errOver
	}
	e := g.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, err := e.index(ctx, g.kind); err != nil && err != engine.ErrNotReady {
		return err
	}
	var docs []engine.Doc
	var ids []string
	for id, d := range g.since {
		if d == nil {
			ids = append(ids, id)
		} else {
			docs = append(docs, *d)
		}
	}
	e.serve(g.kind, g.index.write(docs, ids))
	delete(e.filled, g)
	g.index, g.since = nil, nil
	return nil
}

// Abort implements engine.Generation.
func (g *generation) Abort(context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.engine.mu.Lock()
	defer g.engine.mu.Unlock()
	delete(g.engine.filled, g)
	g.index, g.since = nil, nil
	return nil
}
