// Package opening is 开标 by custodians: after the deadline they take the envelopes that are sealed to them, and give their shares.
//
//   - Nobody gets an envelope before its demand's deadline has acted, whether or not there is one.
//   - A share is checked when it comes: a wrong one is refused, and is its custodian's fault.
//   - Envelopes are opened while nobody waits for it, and bids in one transaction. Any custodians' shares open the same.
package opening

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcustodian "github.com/jiebang/jiebang/ent/gen/ent/custodian"
	entopening "github.com/jiebang/jiebang/ent/gen/ent/opening"
	"github.com/jiebang/jiebang/services/bidding"
	"github.com/jiebang/jiebang/services/bidding/envelope"
	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/keeping"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Opening opens bids with what custodians give.
type Opening struct {
	db    *storage.DB
	tried sync.Map // by demand, how many custodians had given their shares when its opening was last tried
}

// New returns the opening of db.
func New(db *storage.DB) *Opening { return &Opening{db: db} }

var errNotDue = errors.New("not due")

// given are what custodians have given to the opening of a demand's bids.
type given struct {
	openings   []*ent.Opening
	recipients []string                         // whose they are, in the same order
	shares     []map[string]*[seal.KeySize]byte // by bid, in the same order; nil for a stanza that cannot be read
}

func readGiven(ctx context.Context, c *ent.Client, demandID string) (g given, err error) {
	if g.openings, err = c.Opening.Query().Where(entopening.DemandID(demandID)).Order(entopening.ByID()).All(ctx); err != nil {
		return g, err
	}
	for _, o := range g.openings {
		k, err := c.Custodian.Query().Where(entcustodian.ID(o.CustodianID)).Only(ctx)
		if err != nil {
			return g, err
		}
		shares, err := decodeShares(o.Shares)
		if err != nil {
			return g, fmt.Errorf("opening %s: %w", o.ID, err)
		}
		g.recipients, g.shares = append(g.recipients, k.Recipient), append(g.shares, shares)
	}
	return g, nil
}

// of are the shares of a bid, and whether all who can give one have said what they can.
func (g given) of(b *ent.Bid, under *ent.Sealing) (shares []seal.Share, all bool) {
	said := 0
	for i, r := range g.recipients {
		value, ok := g.shares[i][b.ID]
		if ok {
			said++
		}
		if value != nil {
			shares = append(shares, seal.Share{Recipient: r, Value: *value})
		}
	}
	return shares, said == len(keeping.Recipients(under))
}

// lookAgain is how long an opening that has failed rests.
const lookAgain = time.Minute

// OpenDue opens the bids of demands for which enough custodians have given their shares, and returns when to look again. Several servers may
// run it: what is opened is decided again under the lock.
func (s *Opening) OpenDue(ctx context.Context) (next time.Time, err error) {
	var rows []struct {
		DemandID string `json:"demand_id"`
		Count    int    `json:"count"`
	}
	if err := s.db.Read.Opening.Query().Where(entopening.Used(false)).GroupBy(entopening.FieldDemandID).Aggregate(ent.Count()).Scan(ctx, &rows); err != nil {
		return time.Time{}, err
	}
	var errs []error
	for _, r := range rows {
		if before, ok := s.tried.Load(r.DemandID); ok && before == r.Count {
			continue
		}
		if err := s.openDemand(ctx, r.DemandID); err != nil {
			errs = append(errs, fmt.Errorf("demand %s: %w", r.DemandID, err))
			continue
		}
		s.tried.Store(r.DemandID, r.Count)
	}
	if len(errs) > 0 {
		return s.db.Clock().Now().Add(lookAgain), errors.Join(errs...)
	}
	return time.Time{}, nil
}

// openDemand opens what can be opened of the bids of a demand: first the envelopes, while nobody waits, and then the bids in one transaction.
func (s *Opening) openDemand(ctx context.Context, demandID string) error {
	g, err := readGiven(ctx, s.db.Read, demandID)
	if err != nil {
		return err
	}
	bids, err := bidding.Waiting(ctx, s.db.Read, demandID, nil)
	if err != nil {
		return err
	}
	found, rest, err := s.decide(ctx, demandID, bids, g)
	if err != nil {
		return err
	}
	if len(found) == 0 && len(bids) > 0 {
		return nil
	}
	_, err = storage.Tx(ctx, s.db, identity.Act(g.openings[0].Jurisdiction, "demand.open"), func(tx *storage.Txn) (*ent.Demand, error) {
		d, err := tx.Demand.Get(ctx, demandID)
		if err != nil {
			return nil, err
		}
		return d, applyAll(ctx, tx, d, found, rest)
	})
	if errors.Is(err, errNotDue) {
		return nil
	}
	return err
}

// decide opens the envelopes of which enough shares were given, as many at once as there are processors, and counts the rest.
func (s *Opening) decide(ctx context.Context, demandID string, bids []*ent.Bid, g given) (found map[string]decided, rest int, err error) {
	found = map[string]decided{}
	var mu sync.Mutex
	var opening errgroup.Group
	opening.SetLimit(runtime.GOMAXPROCS(0))
	for _, b := range bids {
		under, err := keeping.Under(ctx, s.db.Read, demandID, b.Policy)
		if err != nil {
			return nil, 0, errors.Join(err, opening.Wait())
		}
		shares, all := g.of(b, under)
		if len(shares) < under.Threshold && !all {
			rest++
			continue
		}
		opening.Go(func() error {
			o := envelope.Decide(b, under, shares)
			mu.Lock()
			defer mu.Unlock()
			found[b.ID] = decided{b, o}
			return nil
		})
	}
	return found, rest, opening.Wait()
}

// decided is a bid as it was read before the lock was held, with what came of its envelope.
type decided struct {
	bid     *ent.Bid
	outcome envelope.Outcome
}

// applyAll writes outcomes. Once no bid is left, the openings are used up.
func applyAll(ctx context.Context, tx *storage.Txn, d *ent.Demand, found map[string]decided, rest int) error {
	if d.State != demand.Evaluating {
		return errNotDue
	}
	heads, err := bidding.Heads(ctx, tx.Client, d.ID, nil)
	if err != nil {
		return err
	}
	for _, head := range heads {
		if f, ok := found[head.ID]; ok && f.outcome.Of(head) {
			b, err := bidding.Unchanged(ctx, tx, head, f.bid)
			if err != nil {
				return err
			}
			if err := bidding.Apply(ctx, tx, b, f.outcome); err != nil {
				return err
			}
		}
	}
	if rest > 0 {
		return nil
	}
	if err := bidding.Exclude(ctx, tx, d); err != nil {
		return err
	}
	openings, err := tx.Opening.Query().Where(entopening.DemandID(d.ID), entopening.Used(false)).Order(entopening.ByID()).All(ctx)
	if err != nil {
		return err
	}
	if len(openings) == 0 {
		return errNotDue // another server was faster
	}
	for _, o := range openings {
		o.Used = true
		if err := save(ctx, tx, "opening.used", o); err != nil {
			return err
		}
	}
	return nil
}
