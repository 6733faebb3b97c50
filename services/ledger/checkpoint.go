package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcheckpoint "github.com/jiebang/jiebang/ent/gen/ent/checkpoint"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// ErrCheckpointNotFound says that no checkpoint of this size was kept.
var ErrCheckpointNotFound = fault.New(fault.NotFound, "CHECKPOINT_NOT_FOUND", "no checkpoint of this size was kept")

// signEvery is how old the last checkpoint of a ledger that has grown may become.
const signEvery = time.Minute

// weighty are the kinds of entries after which a checkpoint is signed at once: what they say shall be out of the server's hands soon.
var weighty = map[string]bool{
	"demand.closed": true, "demand.failed": true, "bid.opened": true, "demand.awarded": true, "contract.signed": true, "contract.activated": true,
	"contract.recorded": true, "contract.amended": true, "contract.terminated": true, "closure.closed": true, "closure.restated": true, "ledger.founded": true, "ledger.epoch": true,
}

// looked is up to which entry each ledger is known to have nothing weighty after its last checkpoint.
type looked struct {
	mu sync.Mutex
	at map[string]int64
}

func (l *looked) get(jurisdiction string, least int64) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(l.at[jurisdiction], least)
}

func (l *looked) set(jurisdiction string, at int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.at == nil {
		l.at = map[string]int64{}
	}
	l.at[jurisdiction] = at
}

// OnKept sets who is told of each checkpoint that is kept. It is called before Watch.
func (l *Ledger) OnKept(tell func(jurisdiction, note string) error) { l.kept = tell }

// Watch does something now and after every change, until ctx ends. What it does is part of no business transaction.
func (l *Ledger) Watch(ctx context.Context, log *slog.Logger, name string, do func(context.Context) error) {
	for ctx.Err() == nil {
		changed := l.db.Changed()
		if err := do(ctx); err != nil && ctx.Err() == nil {
			log.Error("a job failed and will run again", "job", name, "error", err.Error())
		}
		sleep(ctx, lookAgain, changed)
		sleep(ctx, gather, nil)
	}
}

// SignDue signs and keeps the head of each ledger that has grown: at once after something weighty, else when the last checkpoint is a minute old.
func (l *Ledger) SignDue(ctx context.Context) error {
	heads, err := Heads(ctx, l.db.Read)
	if err != nil {
		return err
	}
	var errs []error
	for _, h := range heads {
		errs = append(errs, l.signDue(ctx, h))
	}
	return errors.Join(errs...)
}

func (l *Ledger) signDue(ctx context.Context, h *ent.LedgerHead) error {
	last, err := l.Newest(ctx, h.ID, entry.Max, 1)
	if err != nil || h.Size == 0 || len(last) > 0 && last[0].Size >= h.Size || h.VerifierKey != l.VerifierKey(h.ID) {
		return err
	}
	now := l.db.Clock().Now()
	if len(last) > 0 && now.Sub(last[0].SignedAt) < signEvery {
		if is, err := l.isWeighty(ctx, h, last[0].Size); err != nil || !is {
			return err
		}
	}
	note, err := l.SignHead(h)
	if err != nil {
		return err
	}
	err = storage.Aside(ctx, l.db, func(tx *storage.Side) error {
		_, err := tx.ExecContext(storage.Several(ctx), storage.Rebind(l.db.Dialect(), `INSERT INTO checkpoints (id, jurisdiction, size, note, signed_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`),
			entry.Key(h.ID, h.Size), h.ID, h.Size, note, now)
		return err
	})
	if err != nil {
		return err
	}
	return l.kept(h.ID, note)
}

// isWeighty looks for an entry that is signed at once, from a sequence up to the head.
func (l *Ledger) isWeighty(ctx context.Context, h *ent.LedgerHead, from int64) (bool, error) {
	for at := l.looked.get(h.ID, from); at < h.Size; {
		bodies, err := Bodies(ctx, l.db.Read, h.ID, at, batchSize)
		if err != nil || len(bodies) == 0 {
			return false, err
		}
		for _, b := range bodies {
			kind, err := entry.Kind(b)
			if err != nil || weighty[kind] {
				return err == nil, err
			}
			at++
		}
		l.looked.set(h.ID, at)
	}
	return false, nil
}

// Newest reads kept checkpoints of sizes below a bound, the largest first.
func (l *Ledger) Newest(ctx context.Context, jurisdiction string, below int64, limit int) ([]*ent.Checkpoint, error) {
	return l.db.Read.Checkpoint.Query().
		Where(entcheckpoint.IDGTE(entry.Key(jurisdiction, 0)), entcheckpoint.IDLT(entry.Key(jurisdiction, min(below, entry.Max)))).
		Order(entcheckpoint.ByID(sql.OrderDesc())).Limit(limit).All(ctx)
}

// one reads the checkpoint of a size that was kept, or ErrCheckpointNotFound.
func (l *Ledger) one(ctx context.Context, jurisdiction string, size int64) (*ent.Checkpoint, error) {
	if size < 0 || size >= entry.Max {
		return nil, ErrCheckpointNotFound.With("size", size)
	}
	c, err := l.db.Read.Checkpoint.Query().Where(entcheckpoint.ID(entry.Key(jurisdiction, size))).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrCheckpointNotFound.With("size", size)
	}
	return c, err
}

// present is the committed head as a checkpoint: the kept one, with what witnesses signed, or else one that is signed now.
func (l *Ledger) present(ctx context.Context, jurisdiction string) (*ent.Checkpoint, error) {
	h, err := l.head(ctx, jurisdiction)
	if err != nil {
		return nil, err
	}
	c, err := l.one(ctx, jurisdiction, h.Size)
	if err == nil || !errors.Is(err, ErrCheckpointNotFound) {
		return c, err
	}
	note, err := l.SignHead(h)
	return &ent.Checkpoint{Jurisdiction: jurisdiction, Size: h.Size, Note: note}, err
}

// SignHead signs a committed head.
func (l *Ledger) SignHead(h *ent.LedgerHead) (string, error) {
	frontier, err := entry.Hashes(h.Frontier)
	if err != nil {
		return "", err
	}
	c := entry.Checkpoint{Origin: entry.Origin(h.ID), Size: h.Size, Root: entry.Frontier(frontier).Root()}
	return c.Sign(signer{c.Origin, l.key})
}

// checkNewest compares a ledger with the newest checkpoint that its own database has kept.
func (l *Ledger) checkNewest(ctx context.Context, h *ent.LedgerHead) error {
	last, err := l.Newest(ctx, h.ID, entry.Max, 1)
	if err != nil || len(last) == 0 {
		return err
	}
	c, err := entry.OpenCheckpoint(last[0].Note, h.VerifierKey)
	if err != nil {
		return fmt.Errorf("ledger %s: its checkpoint of %d entries: %w", h.ID, last[0].Size, err)
	}
	root, err := l.Root(ctx, h.ID, min(c.Size, h.Size))
	if err != nil {
		return err
	}
	if c.Size > h.Size || root != c.Root {
		return fmt.Errorf("ledger %s does not continue its own checkpoint of %d entries; run verify", h.ID, c.Size)
	}
	return nil
}
