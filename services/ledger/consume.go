package ledger

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcursor "github.com/jiebang/jiebang/ent/gen/ent/cursor"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Consumer follows ledgers: it is given every entry once, in order, and writes a projection of them. Its Apply runs in a transaction
// that moves the consumer's cursor, so it must do nothing that cannot be undone with it.
type Consumer struct {
	Name  string
	Apply func(ctx context.Context, p *storage.Projection, entries []*entry.Entry) error
}

const (
	batchSize = 500                    // entries in a transaction
	lookAgain = 1 * time.Second        // another server's commit is seen within
	gather    = 100 * time.Millisecond // so that a burst of changes is applied together
	afterFail = 3 * time.Second        // a failing consumer tries again after
)

// Follow runs consumers until ctx ends. Several servers may follow at once: the cursor's lock lets each entry be applied once.
func (l *Ledger) Follow(ctx context.Context, log *slog.Logger, consumers ...Consumer) {
	for ctx.Err() == nil {
		changed := l.db.Changed() // before reading, so that a commit after the reading wakes us
		pause := lookAgain
		for _, c := range consumers {
			if err := l.CatchUp(ctx, c); err != nil && ctx.Err() == nil {
				log.Error("a ledger consumer failed and will try again", "consumer", c.Name, "error", err.Error())
				pause = afterFail
			}
		}
		sleep(ctx, pause, changed)
		sleep(ctx, gather, nil)
	}
}

// sleep waits in real time, since a projection is not a decision.
func sleep(ctx context.Context, d time.Duration, wake <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-wake:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// CatchUp applies what is there.
func (l *Ledger) CatchUp(ctx context.Context, c Consumer) error {
	heads, err := Heads(ctx, l.db.Read)
	if err != nil {
		return err
	}
	var errs []error
	for _, h := range heads {
		for {
			n, err := l.applyBatch(ctx, c, h.ID)
			if err != nil {
				errs = append(errs, err)
			}
			if err != nil || n < batchSize {
				break
			}
		}
	}
	return errors.Join(errs...)
}

func (l *Ledger) applyBatch(ctx context.Context, c Consumer, jurisdiction string) (n int, err error) {
	position, err := Position(ctx, l.db, c.Name, jurisdiction)
	if err != nil {
		return 0, err
	}
	// A look without the lock: most of the time nothing is new.
	if ahead, err := Entries(ctx, l.db.Read, jurisdiction, position, 1); err != nil || len(ahead) == 0 {
		return 0, err
	}
	err = storage.Project(ctx, l.db, c.Name, jurisdiction, func(p *storage.Projection) (int64, error) {
		rows, err := Entries(ctx, l.db.Read, jurisdiction, p.Position, batchSize)
		if err != nil {
			return 0, err
		}
		entries := make([]*entry.Entry, len(rows))
		for i, r := range rows {
			if entries[i], err = entry.Decode(r.Body); err != nil {
				return 0, err
			}
		}
		n = len(entries)
		return p.Position + int64(n), c.Apply(ctx, p, entries)
	})
	return n, err
}

// Position is how far a consumer has applied a ledger: entries before it are in.
func Position(ctx context.Context, db *storage.DB, consumer, jurisdiction string) (int64, error) {
	return PositionIn(ctx, db.Read, consumer, jurisdiction)
}

// PositionIn is Position as a client sees it.
func PositionIn(ctx context.Context, read *ent.Client, consumer, jurisdiction string) (int64, error) {
	c, err := read.Cursor.Query().Where(entcursor.ID(consumer + "/" + jurisdiction)).Only(ctx)
	if ent.IsNotFound(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return c.Position, nil
}
