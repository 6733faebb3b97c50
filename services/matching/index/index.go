// Package index keeps the search engines in step with the database, and asks the one that answers.
//
//   - The engine in memory is always there: each server fills its own from the database when it starts, and follows the ledger. A Meilisearch, if
//     there is one, is filled once for all servers; its cursor is in the database, and moves when the server has said that a write can be seen.
//   - What follows the ledger reads the row as it is now, so that the order and the repetition of entries do no harm.
//   - A search asks Meilisearch for no longer than the budget, and the engine in memory when that does not answer. After a few failures in a row it
//     is left alone for a while. No writer waits for an engine, and none can fail because of one.
package index

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/matching/embedded"
	"github.com/jiebang/jiebang/services/matching/engine"
)

const (
	budget    = 300 * time.Millisecond // of a question to Meilisearch
	tolerated = 3                      // failures in a row
	rest      = 10 * time.Second       // for which a failing engine is left alone
)

// Index is the engines of a server.
type Index struct {
	db     *storage.DB
	log    *slog.Logger
	memory *embedded.Engine
	remote engine.Engine // nil without Meilisearch

	ready     atomic.Bool // memory holds what the database held at the start
	mu        sync.Mutex
	positions map[string]int64 // entries before these are in memory, by jurisdiction; followMemory alone writes them
	moved     chan struct{}    // closed when they move
	breaker   breaker
	rebuild   sync.Mutex
	compared  time.Time
	remoteOK  atomic.Bool // the remote indexes are there, with our schemas
}

// New returns the engines; remote may be nil.
func New(db *storage.DB, log *slog.Logger, remote engine.Engine) *Index {
	return &Index{db: db, log: log, memory: embedded.New(), remote: remote, positions: map[string]int64{}, moved: make(chan struct{})}
}

// Memory is the engine in memory, which knows how frequent each term is.
func (x *Index) Memory() *embedded.Engine { return x.memory }

// Ready reports whether the engine in memory is filled.
func (x *Index) Ready() bool { return x.ready.Load() }

// Answer is a result and who gave it.
type Answer struct {
	engine.Result
	Engine string
}

// Search asks the engines.
func (x *Index) Search(ctx context.Context, q engine.Query) (Answer, error) {
	return x.ask(ctx, func(ctx context.Context, e engine.Engine) (engine.Result, error) { return e.Search(ctx, q) })
}

// Match asks the engines for counterparts of a text.
func (x *Index) Match(ctx context.Context, q engine.MatchQuery) (Answer, error) {
	return x.ask(ctx, func(ctx context.Context, e engine.Engine) (engine.Result, error) { return e.Match(ctx, q) })
}

func (x *Index) ask(ctx context.Context, question func(context.Context, engine.Engine) (engine.Result, error)) (Answer, error) {
	if x.remote != nil && x.remoteOK.Load() && x.breaker.closed(x.db.Clock().Now()) {
		limited, cancel := context.WithTimeout(ctx, budget)
		r, err := question(limited, x.remote)
		cancel()
		if refusal(err) {
			return Answer{}, err
		}
		x.breaker.saw(err, x.db.Clock().Now())
		if err == nil {
			return Answer{r, x.remote.Caps().Name}, nil
		}
		x.log.Warn("the search server did not answer; the index in memory does", "error", err.Error())
	}
	if !x.ready.Load() {
		return Answer{}, engine.ErrNotReady
	}
	r, err := question(ctx, x.memory)
	return Answer{r, x.memory.Caps().Name}, err
}

// refusal reports whether an error is about the question, so that no engine would answer it.
func refusal(err error) bool {
	return errors.Is(err, engine.ErrWindow) || errors.Is(err, engine.ErrBadFilter)
}

// breaker leaves an engine alone that fails.
type breaker struct {
	mu     sync.Mutex
	failed int
	until  time.Time
}

func (b *breaker) closed(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !now.Before(b.until)
}

func (b *breaker) saw(err error, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil {
		b.failed = 0
		return
	}
	if b.failed++; b.failed >= tolerated {
		b.failed, b.until = 0, now.Add(rest)
	}
}
