package outcome

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
)

const (
	mostNotes  = 10_000          // kept while the database does not take them
	writeNotes = 2 * time.Second // how often
)

// notes gathers what was shown, opened and contacted, so that no reader waits for a write. A crash loses the last two seconds of it: it measures,
// it decides nothing.
type notes struct {
	write   func(ctx context.Context, jurisdiction string, steps []storage.Engagement) error
	writing sync.Mutex // one flush at a time, so that after a flush everything gathered before it is written
	mu      sync.Mutex
	waiting []storage.Engagement
	seen    map[storage.Engagement]bool // what was shown lately; the other steps count only after that, so that an early one must not hide a later one
}

func newNotes(write func(ctx context.Context, jurisdiction string, steps []storage.Engagement) error) *notes {
	return &notes{write: write, seen: map[storage.Engagement]bool{}}
}

// add gathers steps, without what was shown lately already.
func (n *notes) add(steps ...storage.Engagement) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range steps {
		key := s
		key.At = time.Time{}
		if n.seen[key] || len(n.waiting) >= mostNotes {
			continue
		}
		if len(n.seen) >= mostNotes {
			clear(n.seen)
		}
		if s.Step == Shown {
			n.seen[key] = true
		}
		n.waiting = append(n.waiting, s)
	}
}

// flush writes what has been gathered, and keeps what the database did not take, in its order and before what came later.
func (n *notes) flush(ctx context.Context) error {
	n.writing.Lock()
	defer n.writing.Unlock()
	n.mu.Lock()
	waiting := n.waiting
	n.waiting = nil
	n.mu.Unlock()
	by := map[string][]storage.Engagement{}
	for _, s := range waiting {
		if jurisdiction, ok := id.Jurisdiction(id.Demand, s.Demand); ok {
			by[jurisdiction] = append(by[jurisdiction], s)
		}
	}
	var failed []error
	for jurisdiction, steps := range by {
		if err := n.write(ctx, jurisdiction, steps); err != nil {
			n.mu.Lock()
			n.waiting = append(steps, n.waiting...)
			n.mu.Unlock()
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// run writes every two seconds until ctx ends, and then once more.
func (n *notes) run(ctx context.Context, log *slog.Logger) {
	ticker := time.NewTicker(writeNotes)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeNotes)
			defer cancel()
			if err := n.flush(last); err != nil {
				log.Warn("the last steps of matches were not written", "error", err.Error())
			}
			return
		case <-ticker.C:
			if err := n.flush(ctx); err != nil && ctx.Err() == nil {
				log.Warn("steps of matches were not written and will be tried again", "error", err.Error())
			}
		}
	}
}
