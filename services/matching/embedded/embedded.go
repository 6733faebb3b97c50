// Package embedded is the search engine that needs no set-up: an index in memory, of pairs of Chinese characters and of words, ranked by BM25.
//
// What readers see is one pointer to indexes that never change. A write makes new ones beside it and moves the pointer, so that readers wait for nobody
// and see all of a write or nothing. An index is a few segments, whose documents, terms and attributes are packed; a write adds a small segment,
// marks what it replaces as dead, and merges segments as they grow many or dead.
package embedded

import (
	"context"
	"maps"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/jiebang/jiebang/services/matching/engine"
)

// Engine implements engine.Engine in memory.
type Engine struct {
	served atomic.Pointer[map[engine.Kind]*index]
	closed atomic.Bool
	mu     sync.Mutex // held by writers
	filled map[*generation]bool
}

// New returns an engine without indexes.
func New() *Engine {
	e := &Engine{filled: map[*generation]bool{}}
	e.served.Store(&map[engine.Kind]*index{})
	return e
}

var _ engine.Engine = (*Engine)(nil)

// index returns what is served of a kind.
func (e *Engine) index(ctx context.Context, k engine.Kind) (*index, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if e.closed.Load() {
		return nil, engine.ErrUnavailable
	}
	x := (*e.served.Load())[k]
	if x == nil {
		return nil, engine.ErrNotReady
	}
	return x, nil
}

// serve makes x what readers see of a kind. The caller holds mu.
func (e *Engine) serve(k engine.Kind, x *index) {
	next := maps.Clone(*e.served.Load())
	next[k] = x
	e.served.Store(&next)
}

// Ensure implements engine.Engine.
func (e *Engine) Ensure(ctx context.Context, k engine.Kind, s engine.Schema) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	x, err := e.index(ctx, k)
	if err == engine.ErrNotReady {
		e.serve(k, newIndex(s))
		return nil
	}
	if err == nil && !reflect.DeepEqual(x.schema, s) {
		return engine.ErrRebuildNeeded
	}
	return err
}

// Put implements engine.Writer.
func (e *Engine) Put(ctx context.Context, k engine.Kind, docs ...engine.Doc) (engine.Ticket, error) {
	good, bad := proper(docs)
	return bad, e.write(ctx, k, good, nil)
}

// Delete implements engine.Writer.
func (e *Engine) Delete(ctx context.Context, k engine.Kind, ids ...string) (engine.Ticket, error) {
	return done{}, e.write(ctx, k, nil, ids)
}

// write changes what is served, and tells the generations that are being filled.
func (e *Engine) write(ctx context.Context, k engine.Kind, docs []engine.Doc, ids []string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	x, err := e.index(ctx, k)
	if err != nil {
		return err
	}
	e.serve(k, x.write(docs, ids))
	for g := range e.filled {
		if g.kind == k {
			g.follow(docs, ids)
		}
	}
	return nil
}

// Health implements engine.Engine.
func (e *Engine) Health(ctx context.Context) error {
	if e.closed.Load() {
		return engine.ErrUnavailable
	}
	return ctx.Err()
}

// Stats implements engine.Engine.
func (e *Engine) Stats(ctx context.Context, k engine.Kind) (engine.Stats, error) {
	x, err := e.index(ctx, k)
	if err != nil {
		return engine.Stats{}, err
	}
	return engine.Stats{Docs: x.live, Bytes: x.bytes()}, nil
}

// List implements engine.Engine.
func (e *Engine) List(ctx context.Context, k engine.Kind) (map[string]int64, error) {
	x, err := e.index(ctx, k)
	if err != nil {
		return nil, err
	}
	out := make(map[string]int64, x.live)
	for _, v := range x.views {
		for doc := range uint32(v.Docs()) {
			if v.Alive(doc) {
				out[string(v.ID(doc))] = v.Version(doc)
			}
		}
	}
	return out, nil
}

// DF returns how many documents have a term of package text, and how many documents there are; what was deleted counts until its memory is given back.
func (e *Engine) DF(k engine.Kind, term string) (df, n int) {
	if x := (*e.served.Load())[k]; x != nil {
		return x.count(term), x.docs
	}
	return 0, 0
}

// Text returns the fields of a document as they were put, those that are not empty; false if there is no such document.
func (e *Engine) Text(k engine.Kind, id string) (map[string]string, bool) {
	if x := (*e.served.Load())[k]; x != nil {
		return x.texts(id)
	}
	return nil, false
}

// Values returns the values of an attribute and how many documents have each.
func (e *Engine) Values(ctx context.Context, k engine.Kind, attr string) (map[string]int, error) {
	x, err := e.index(ctx, k)
	if err != nil {
		return nil, err
	}
	out := map[string]int{}
	for n := range x.views {
		v := &x.views[n]
		c := v.Column(attr)
		if c == nil {
			continue
		}
		counter := c.Counter()
		for doc := range uint32(v.Docs()) {
			if v.Alive(doc) {
				counter.Count(doc)
			}
		}
		counter.AddTo(out)
	}
	return out, nil
}

// Caps implements engine.Engine.
func (e *Engine) Caps() engine.Caps {
	return engine.Caps{Name: "embedded", Typo: true, HanTypo: true, Substring: true, Exact: true}
}

// Close implements engine.Engine: it gives the memory back and answers nothing afterwards.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed.Store(true)
	clear(e.filled)
	e.served.Store(&map[engine.Kind]*index{})
	return nil
}

// done is the ticket of a write that readers see already; err is what was wrong with those of its documents that are not in it.
type done struct{ err error }

// Wait implements engine.Ticket.
func (d done) Wait(context.Context) error { return d.err }

// proper leaves out the documents that no engine takes.
func proper(docs []engine.Doc) ([]engine.Doc, done) {
	good, bad := make([]engine.Doc, 0, len(docs)), done{}
	for _, d := range docs {
		if err := d.Check(); err == nil {
			good = append(good, d)
		} else if bad.err == nil {
			bad.err = err
		}
	}
	return good, bad
}
