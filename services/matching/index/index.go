// Package index keeps the search engines in step with the database, and asks the one that answers.
//
//   - The engine in memory is always there: each server fills its own from the database when it starts, and follows the ledger. A Meilisearch, if
//     there is one, is filled once for all servers; its cursor is in the database, and moves when the server has said that a write can be seen.
//   - What follows the ledger reads the row as it is now, so that the order and the repetition of entries do no harm.
//   - A search asks Meilisearch for no longer than the budget, and the engine in memory when that does not answer, finds nothing, or answers what the
//     engine in memory knows to be wrong. After two failures in a row it is left alone for a while, and while its indexes are not known to be whole it
//     is not asked. No writer waits for an engine, and none can fail because of one.
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
	tolerated = 2                      // failures in a row
	rest      = 10 * time.Second       // for which a failing engine is left alone
)

// Remote opens the search server beside the engine in memory, which knows how frequent each term is.
type Remote func(ctx context.Context, memory *embedded.Engine) (engine.Engine, error)

// Index is the engines of a server.
type Index struct {
	db     *storage.DB
	log    *slog.Logger
	memory *embedded.Engine
	ready  atomic.Bool // memory holds what the database held at the start
	filled progress    // of memory

	open     Remote // nil without Meilisearch
	opening  sync.Mutex
	remote   atomic.Pointer[remote]
	trusted  atomic.Bool // the remote indexes are there with our schemas, and have been compared with the database
	followed progress    // of the remote indexes
	breaker  breaker
	doubted  atomic.Bool         // something speaks against the remote indexes: they are to be compared before the hour is over
	compared time.Time           // all of it
	looked   time.Time           // at its health
	off      map[engine.Kind]int // by how many documents they differed from the memory at the last look
}

type remote struct{ engine.Engine }

// New returns the engines; open is nil where there is no search server.
func New(db *storage.DB, log *slog.Logger, open Remote) *Index {
	return &Index{db: db, log: log, memory: embedded.New(), open: open, filled: newProgress(), followed: newProgress(), off: map[engine.Kind]int{}}
}

// Open opens the search server, if there is one and it is not open yet. A server that does not answer is tried again by Run.
func (x *Index) Open(ctx context.Context) error {
	if x.open == nil {
		return nil
	}
	_, err := x.server(ctx)
	return err
}

func (x *Index) server(ctx context.Context) (engine.Engine, error) {
	x.opening.Lock()
	defer x.opening.Unlock()
	if r := x.remote.Load(); r != nil {
		return r.Engine, nil
	}
	e, err := x.open(ctx, x.memory)
	if err != nil {
		return nil, err
	}
	x.remote.Store(&remote{e})
	return e, nil
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
	return x.ask(ctx, asked{q.Kind, q.Limit, func(ctx context.Context, e engine.Engine) (engine.Result, error) { return e.Search(ctx, q) }})
}

// Match asks the engines for counterparts of a text.
func (x *Index) Match(ctx context.Context, q engine.MatchQuery) (Answer, error) {
	return x.ask(ctx, asked{q.Kind, q.Limit, func(ctx context.Context, e engine.Engine) (engine.Result, error) { return e.Match(ctx, q) }})
}

// asked is a question that any engine can answer.
type asked struct {
	kind  engine.Kind
	limit int
	of    func(context.Context, engine.Engine) (engine.Result, error)
}

func (x *Index) ask(ctx context.Context, question asked) (Answer, error) {
	answer, err := x.askRemote(ctx, question)
	if err == nil && len(answer.Hits)+answer.Total > 0 {
		return answer, nil
	}
	if !x.ready.Load() {
		if err == nil || refusal(err) {
			return answer, err
		}
		return Answer{}, engine.ErrNotReady
	}
	r, err := question.of(ctx, x.memory) // a refusal too is worth a second opinion: an index that was made anew knows no attributes
	return Answer{r, x.memory.Caps().Name}, err
}

// allowance is the time that the search server has for several questions together.
type allowance struct {
	context.Context
	used atomic.Bool
}

type allowed struct{}

// Allow gives the questions of one call one budget together; without it each has its own.
func Allow(ctx context.Context) (context.Context, context.CancelFunc) {
	limited, cancel := context.WithTimeout(ctx, budget)
	return context.WithValue(ctx, allowed{}, &allowance{Context: limited}), cancel
}

// Apart keeps the questions of a call from the search server, since they hold what is not public.
func Apart(ctx context.Context) context.Context {
	spent, cancel := context.WithCancel(ctx)
	cancel()
	return context.WithValue(ctx, allowed{}, &allowance{Context: spent})
}

// askRemote asks the search server, if it is to be asked, for no longer than the budget.
func (x *Index) askRemote(ctx context.Context, question asked) (Answer, error) {
	if !x.trusted.Load() || !x.breaker.closed(x.db.Clock().Now()) {
		return Answer{}, engine.ErrUnavailable
	}
	limited, shared := ctx.Value(allowed{}).(*allowance)
	if !shared {
		within, cancel := context.WithTimeout(ctx, budget)
		defer cancel()
		limited = &allowance{Context: within}
	}
	if limited.Err() != nil { // earlier questions took it all, or it may not be asked
		return Answer{}, engine.ErrUnavailable
	}
	whole := !limited.used.Swap(true)
	e := x.remote.Load()
	r, err := question.of(limited, e)
	if err == nil {
		err = x.believe(ctx, question, &r)
	}
	if refusal(err) || ctx.Err() != nil || limited.Err() != nil && !whole { // none is the server's failure
		return Answer{}, err
	}
	x.breaker.saw(err, x.db.Clock().Now())
	if err != nil {
		x.log.Warn("the search server did not answer; the index in memory does", "error", err.Error())
	}
	return Answer{r, e.Caps().Name}, err
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
