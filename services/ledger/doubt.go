package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// A clock that was set decides nothing: no bid is taken and no deadline acts until two persons have confirmed what it shows. Meanwhile time goes on as if
// nobody had set it.

// ErrClockSure says that there is nothing to confirm.
var ErrClockSure = fault.New(fault.Precondition, "CLOCK_NOT_DOUBTED", "the clock is in no doubt, or was found set at another time")

// Image is the audited columns of a ledger's head.
func Image(h *ent.LedgerHead) *entry.Image {
	i := (&entry.Image{}).Text("display_name", h.DisplayName).Text("verifier_key", h.VerifierKey)
	entry.Optional(i, "doubted_at", h.DoubtedAt, i.Time)
	return entry.Optional(i, "jump_us", h.JumpUs, i.Int)
}

// DoubtDue looks at the clock that decides. That it was set is recorded in every ledger; once a bureau has confirmed it, what it shows is taken for right.
func (l *Ledger) DoubtDue(ctx context.Context, log *slog.Logger) error {
	if err := l.look(ctx); err != nil {
		return err
	}
	watch, _ := l.db.Watch()
	jump, recorded := watch.Jump()
	if jump == 0 {
		return nil
	}
	heads, err := Heads(ctx, l.db.Read)
	if err != nil {
		return err
	}
	confirmed := false
	for _, h := range heads {
		confirmed = confirmed || h.DoubtedAt == nil
		if recorded || h.DoubtedAt != nil {
			continue
		}
		log.Error("the clock was set, and nothing is decided by the time until two persons have confirmed it", "ledger", h.ID, "by", jump.String())
		if err := l.doubt(ctx, h.ID, jump); err != nil {
			return err
		}
	}
	switch {
	case !recorded:
		watch.Record(jump)
	case confirmed: // whoever has not confirmed it goes by it as well, and decides nothing
		watch.Accept(jump)
	}
	return nil
}

// look reads the clock that decides.
func (l *Ledger) look(ctx context.Context) error {
	c, before := l.db.Clock(), l.db.Clock().Elapsed()
	now := c.Now()
	watch, theirs := l.db.Watch()
	if !theirs {
		return nil // it looks after itself
	}
	if err := l.db.ReadSQL().QueryRowContext(ctx, "SELECT clock_timestamp()").Scan(&now); err != nil {
		return err
	}
	watch.See(now, before, c.Elapsed())
	return nil
}

var errDoubted = errors.New("doubted already")

// doubt records that the clock was set.
func (l *Ledger) doubt(ctx context.Context, jurisdiction string, jump time.Duration) error {
	_, err := storage.Tx(ctx, l.db, identity.Act(jurisdiction, "ledger.doubt"), func(tx *storage.Txn) (storage.Receipt, error) {
		h, err := Head(ctx, tx.Client, jurisdiction)
		if err != nil {
			return storage.Receipt{}, err
		}
		if h.DoubtedAt != nil { // another server was faster
			return storage.Receipt{}, errDoubted
		}
		h.DoubtedAt, h.JumpUs = &tx.Now, new(jump.Microseconds())
		return save(ctx, tx, "ledger.clock_doubted", h)
	})
	if errors.Is(err, errDoubted) {
		return nil
	}
	return err
}

// save appends the entry of a head whose clock was doubted or confirmed, and writes that.
func save(ctx context.Context, tx *storage.Txn, kind string, h *ent.LedgerHead) (storage.Receipt, error) {
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.LedgerName(h.ID), Row: Image(h).Row()})
	if err != nil {
		return r, err
	}
	return r, tx.Write(ctx, "UPDATE ledger_heads SET doubted_at = ?, jump_us = ? WHERE id = ?", h.DoubtedAt, h.JumpUs, h.ID)
}

// ConfirmClock takes what the clock shows for right again, after it was found set at an instant.
func (l *Ledger) ConfirmClock(ctx context.Context, jurisdiction string, found time.Time) (storage.Receipt, error) {
	return storage.Tx(ctx, l.db, identity.Change(ctx, jurisdiction), func(tx *storage.Txn) (storage.Receipt, error) {
		if err := identity.May(ctx, tx.Caller, policy.Object{Jurisdiction: jurisdiction, Openness: policy.Published}, ErrForeign, ErrForeign); err != nil {
			return storage.Receipt{}, err
		}
		h, err := Head(ctx, tx.Client, jurisdiction)
		if err != nil {
			return storage.Receipt{}, err
		}
		if h.DoubtedAt == nil || !h.DoubtedAt.Equal(found) {
			return storage.Receipt{}, ErrClockSure.With("ledger", jurisdiction).At("clock_doubt_time")
		}
		h.DoubtedAt, h.JumpUs = nil, nil
		r, err := save(ctx, tx, "ledger.clock_confirmed", h)
		if err != nil {
			return r, fmt.Errorf("confirm the clock of %s: %w", jurisdiction, err)
		}
		return r, nil
	})
}
