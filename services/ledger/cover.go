package ledger

import (
	"context"
	"encoding/binary"
	"time"

	"entgo.io/ent/dialect/sql"

	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// coverTick is how often it is drawn whether a ledger gets a cover entry.
const coverTick = time.Second

// Cover appends entries that say nothing, at instants that chance alone draws, while anybody may bid: whoever watches the size of a ledger does
// not know of an entry whether it is a bid's. What is drawn depends on nothing that a bidder does.
type Cover struct {
	ledger *Ledger
	mean   time.Duration        // between two of a ledger
	due    map[string]time.Time // by jurisdiction
}

// NewCover returns the cover of ledgers, with a mean time between the entries of one.
func (l *Ledger) NewCover(mean time.Duration) *Cover {
	return &Cover{l, mean, map[string]time.Time{}}
}

// Due appends what is due and returns when the next entry is. Chance has no memory, so a restart changes nothing.
func (c *Cover) Due(ctx context.Context) (next time.Time, err error) {
	var taking []string
	query := c.ledger.db.Read.Demand.Query().Where(entdemand.StateIn(demand.Published, demand.Stale)).Modify(func(s *sql.Selector) { s.Distinct() })
	if err := query.Select(entdemand.FieldJurisdiction).Scan(ctx, &taking); err != nil {
		return time.Time{}, err
	}
	now := c.ledger.db.Clock().Now()
	for _, j := range taking {
		due, drawn := c.due[j]
		if drawn && !now.Before(due) {
			if err := c.ledger.Cover(ctx, j); err != nil {
				return time.Time{}, err
			}
		}
		if !drawn || !now.Before(due) {
			due = now.Add(c.draw())
			c.due[j] = due
		}
		if next.IsZero() || due.Before(next) {
			next = due
		}
	}
	return next, nil
}

// draw draws a time to wait: each second is the one with the same chance, whatever came before.
func (c *Cover) draw() time.Duration {
	seconds := uint64(max(c.mean/coverTick, 1))
	wait := coverTick
	for binary.BigEndian.Uint64(chance.Bytes(c.ledger.db.Rand(), 8))%seconds != 0 {
		wait += coverTick
	}
	return wait
}

// Cover appends an entry that says nothing.
func (l *Ledger) Cover(ctx context.Context, jurisdiction string) error {
	_, err := storage.Tx(ctx, l.db, identity.Act(jurisdiction, "ledger.cover"), func(tx *storage.Txn) (storage.Receipt, error) {
		return appendCover(tx)
	})
	return err
}

func appendCover(tx *storage.Txn) (storage.Receipt, error) {
	return tx.Append(entry.Entry{Kind: "cover.made", Subject: id.LedgerName(tx.Jurisdiction)})
}

// crowd is how many bids look like none: by so many entries, or a multiple, a ledger grows when something happens to bids that nobody has opened.
const crowd = 16

// Crowd lets n things that nobody may count append an entry each, among others that say nothing, in an order that chance draws: neither the size of the ledger
// nor the place of an own entry tells how many there are.
func Crowd(tx *storage.Txn, n int, one func(i int) error) (err error) {
	places := max((n+crowd-1)/crowd, 1) * crowd
	for _, place := range chance.Perm(tx.Rand, places) {
		if place < n {
			err = one(place)
		} else {
			_, err = appendCover(tx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
