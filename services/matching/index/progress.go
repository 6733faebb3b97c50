package index

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/ledger"
)

// progress is how far an engine has applied the ledgers.
type progress struct {
	mu    *sync.Mutex
	at    map[string]int64 // entries before these are applied, by jurisdiction
	moved chan struct{}    // closed when they move
}

func newProgress() progress {
	return progress{mu: &sync.Mutex{}, at: map[string]int64{}, moved: make(chan struct{})}
}

func (p *progress) of(jurisdiction string) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at[jurisdiction]
}

// move sets how far ledgers are applied, and wakes those who wait for it.
func (p *progress) move(at map[string]int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.Copy(p.at, at)
	close(p.moved)
	p.moved = make(chan struct{})
}

// await returns when done, looked at again after each move, is true.
func (p *progress) await(ctx context.Context, done func(at map[string]int64) bool) error {
	for {
		p.mu.Lock()
		moved, enough := p.moved, done(p.at)
		p.mu.Unlock()
		if enough {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Await returns when the engine in memory has applied all that is committed now.
func (x *Index) Await(ctx context.Context) error {
	heads, err := ledger.Heads(ctx, x.db.Read)
	if err != nil {
		return err
	}
	return x.filled.await(ctx, func(at map[string]int64) bool { return x.ready.Load() && reached(at, heads) })
}

// AwaitServer returns when the search server shows all that is committed now, and is asked.
func (x *Index) AwaitServer(ctx context.Context) error {
	heads, err := ledger.Heads(ctx, x.db.Read)
	if err != nil {
		return err
	}
	return x.followed.await(ctx, func(at map[string]int64) bool { return x.trusted.Load() && reached(at, heads) })
}

func reached(at map[string]int64, heads []*ent.LedgerHead) bool {
	return !slices.ContainsFunc(heads, func(h *ent.LedgerHead) bool { return at[h.ID] < h.Size })
}
