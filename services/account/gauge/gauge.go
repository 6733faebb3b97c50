// Package gauge counts failed attempts and delays the next: of an account, of a second factor, of an address. Nobody is locked out for good.
package gauge

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entthrottle "github.com/jiebang/jiebang/ent/gen/ent/throttle"
	"github.com/jiebang/jiebang/services/account/credential"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// ErrThrottled says that attempts failed and the next has to wait.
var ErrThrottled = fault.New(fault.Exhausted, "LOGIN_THROTTLED", "after several failures the next attempt has to wait")

const (
	freeOfAccount = 5              // failures of an account without a delay
	freeOfAddress = 50             // failures from an address, behind which there may be a whole house
	Forgotten     = 24 * time.Hour // after which failures are forgotten
)

// Gauges are the gauges of a database.
type Gauges struct{ db *storage.DB }

// New returns the gauges of db.
func New(db *storage.DB) *Gauges { return &Gauges{db} }

// Gauge counts the failures of something.
type Gauge struct {
	Key  string // of its row
	free int
}

// Account is the gauge of a login name, whether there is such an account or not.
func Account(fold string) Gauge { return Gauge{hashed("account", fold), freeOfAccount} }

// Code is the gauge of a person's second factor.
func Code(personID string) Gauge { return Gauge{hashed("code", personID), freeOfAccount} }

// Password is the gauge of the password of a person in its session.
func Password(personID string) Gauge { return Gauge{hashed("password", personID), freeOfAccount} }

// Address is the gauge of an address; an IPv6 address stands for its network, which a subscriber has whole.
func Address(address string) Gauge {
	if a, err := netip.ParseAddr(address); err == nil && a.Is6() && !a.Is4In6() {
		if p, err := a.Prefix(64); err == nil {
			address = p.String()
		}
	}
	return Gauge{hashed("address", address), freeOfAddress}
}

func hashed(what, text string) string {
	h := sha256.Sum256([]byte(what + "\n" + text))
	return fmt.Sprintf("%x", h[:20])
}

// Take counts an attempt on an account as a failure before it is made, so that attempts at once do not slip through together; it refuses one that comes
// too early. Settle or Forgive takes it back.
func (g *Gauges) Take(ctx context.Context, of Gauge) error {
	return storage.Aside(ctx, g.db, func(tx *storage.Side) error {
		now := g.db.Clock().Now()
		failures, err := g.wait(ctx, tx, of, now)
		if err != nil {
			return err
		}
		return count(ctx, tx, of, failures+1, now)
	})
}

// Early refuses what comes too early, and counts nothing.
func (g *Gauges) Early(ctx context.Context, of Gauge) error {
	t, err := g.db.Read.Throttle.Get(ctx, of.Key)
	if ent.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return tooEarly(t, g.db.Clock().Now())
}

func tooEarly(t *ent.Throttle, now time.Time) error {
	if !now.Before(t.Until) {
		return nil
	}
	return rpc.RetryAfter(ErrThrottled, t.Until.Sub(now))
}

// wait locks a gauge and returns its failures, or ErrThrottled.
func (g *Gauges) wait(ctx context.Context, tx *storage.Side, of Gauge, now time.Time) (failures int, err error) {
	_, err = tx.ExecContext(ctx, storage.Rebind(g.db.Dialect(), `INSERT INTO throttles (id, failures, until, updated_at) VALUES (?, 0, ?, ?)
		ON CONFLICT (id) DO UPDATE SET updated_at = throttles.updated_at`), of.Key, now, now)
	if err != nil {
		return 0, err
	}
	t, err := tx.Throttle.Get(ctx, of.Key)
	if err != nil {
		return 0, err
	}
	if err := tooEarly(t, now); err != nil {
		return 0, err
	}
	if now.Sub(t.UpdatedAt) > Forgotten {
		return 0, nil
	}
	return t.Failures, nil
}

func count(ctx context.Context, tx *storage.Side, of Gauge, failures int, now time.Time) error {
	return tx.Throttle.UpdateOneID(of.Key).SetFailures(failures).SetUntil(now.Add(credential.Delay(failures, of.free))).SetUpdatedAt(now).Exec(ctx)
}

// Fail counts a failure of what is not counted when it is attempted: an address, or a person in its session.
func (g *Gauges) Fail(ctx context.Context, of Gauge) error {
	return storage.Aside(ctx, g.db, func(tx *storage.Side) error {
		now := g.db.Clock().Now()
		failures, err := g.wait(ctx, tx, of, now)
		if fault.As(err) != nil {
			return nil // it waits already
		}
		if err != nil {
			return err
		}
		return count(ctx, tx, of, failures+1, now)
	})
}

// Failures is how many failures a gauge has counted.
func (g *Gauges) Failures(ctx context.Context, of Gauge) (int, error) {
	t, err := g.db.Read.Throttle.Get(ctx, of.Key)
	if ent.IsNotFound(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return t.Failures, nil
}

// Settle forgets the failures of an account that has proved itself.
func (g *Gauges) Settle(ctx context.Context, of Gauge) error {
	return storage.Aside(ctx, g.db, func(tx *storage.Side) error {
		_, err := tx.Throttle.Delete().Where(entthrottle.ID(of.Key)).Exec(storage.Several(ctx))
		return err
	})
}

// Forgive takes back an attempt that was neither a failure nor a success: the password was right, and a second factor is wanted.
func (g *Gauges) Forgive(ctx context.Context, of Gauge) error {
	return storage.Aside(ctx, g.db, func(tx *storage.Side) error {
		return tx.Throttle.Update().Where(entthrottle.ID(of.Key), entthrottle.FailuresGT(0)).AddFailures(-1).SetUntil(g.db.Clock().Now()).Exec(storage.Several(ctx))
	})
}
