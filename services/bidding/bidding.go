// Package bidding is 揭榜: organizations bid for published demands, the deadline opens the bids, and one wins.
//
//   - Before the opening a bid, its existence and the number of bids are for its bidder alone: every read goes through find or readable.
//   - What is kept of a bid before its opening is sealed: at level S0 to a key of the platform, at S1 by the bidder to custodians.
//   - What decides whether a bid is in time is when its request had wholly come in. It is either in the ledger before the demand's closing
//     entry, or it is refused.
//   - Exactly one bid of a demand wins; the lock decides it, and a unique index would refuse a second.
package bidding

import (
	"context"
	"errors"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/bidding/consortium"
	"github.com/jiebang/jiebang/services/bidding/uniting"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/keeping"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/posting/procedure"
)

// Bidding takes bids.
type Bidding struct {
	db      *storage.DB
	keeping *keeping.Keeping
	ledger  *ledger.Ledger

	// Drain is how long after a deadline what was received before it may still wait for its turn.
	Drain time.Duration
}

// New returns the bidding of db.
func New(db *storage.DB, k *keeping.Keeping, l *ledger.Ledger) *Bidding {
	return &Bidding{db: db, keeping: k, ledger: l}
}

// Content is what a bidder writes.
type Content struct {
	Amount     money.Fen
	Proposal   string
	Consortium []consortium.Member `json:",omitempty"`
}

// Draft drafts a bid of the caller's organization.
func (s *Bidding) Draft(ctx context.Context, demandID string, c Content) (*ent.Bid, error) {
	home, err := rpc.Home(id.Demand, demandID, demand.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Bid, error) {
		d, err := posting.Find(ctx, tx.Client, demandID, tx.Caller)
		if err != nil {
			return nil, err
		}
		if _, err := inTime(ctx, tx, d); err != nil {
			return nil, err
		}
		how, err := procedure.Of(d.Procedure)
		if err != nil {
			return nil, err
		}
		if how.Level != procedure.Platform {
			return nil, bid.ErrBySelf
		}
		if err := errors.Join(eligible(ctx, tx, d), c.united(ctx, tx, d, "bid.consortium")); err != nil {
			return nil, err
		}
		exists, err := tx.Bid.Query().Where(entbid.DemandID(demandID), entbid.OrganizationID(tx.Caller.Organization), entbid.StateNEQ(bid.Withdrawn)).Exist(ctx)
		if err != nil {
			return nil, err
		}
		if exists {
			return nil, bid.ErrExists
		}
		b := &ent.Bid{ID: id.New(tx.Rand, id.Bid, home), Jurisdiction: home, DemandID: demandID, OrganizationID: tx.Caller.Organization,
			State: bid.Draft, CreatedAt: tx.Now}
		if err := s.hide(tx, b, c); err != nil {
			return nil, err
		}
		return b, save(ctx, tx, "bid.drafted", b)
	})
}

// eligible makes sure that the caller's organization may bid for a demand.
func eligible(ctx context.Context, tx *storage.Txn, d *ent.Demand) error {
	if err := tx.Caller.Kind.MayBid(); err != nil {
		return err
	}
	one, err := identity.Affiliated(ctx, tx.Client, d.OrganizationID, tx.Caller.Organization)
	if err == nil && one {
		err = demand.ErrPosterBids
	}
	return err
}

// united makes sure that a consortium can bid for a demand, as far as its bidder can know.
func (c Content) united(ctx context.Context, tx *storage.Txn, d *ent.Demand, field string) error {
	return rpc.At(field, uniting.Check(ctx, tx.Client, c.Consortium, tx.Caller.Organization, d.OrganizationID))
}

// received is when the request of the call of ctx had wholly come in, by the clock of the transaction: how long it has waited since is
// measured by this machine's clock alone, so that it does not matter how far the two are apart.
func received(ctx context.Context, tx *storage.Txn) time.Time {
	at := rpc.From(ctx).Received
	if at.IsZero() {
		return tx.Now
	}
	return tx.Now.Add(-max(tx.Local.Sub(at), 0))
}

// inTime is when the request of the call of ctx had wholly come in, if the demand took bids then. Where the database's clock decides and its deadline is so near
// that it matters when that clock was read, it is read again: what may have come in too late has.
func inTime(ctx context.Context, tx *storage.Txn, d *ent.Demand) (time.Time, error) {
	if err := tx.Sure(); err != nil {
		return time.Time{}, err
	}
	at, local := received(ctx, tx), rpc.From(ctx).Received
	if err := admits(d, at); err != nil || local.IsZero() || d.Deadline == nil || tx.Now.Add(-tx.Began.Sub(local)).Before(*d.Deadline) {
		return at, err
	}
	at, err := tx.Latest(ctx, local)
	if err != nil {
		return at, err
	}
	return at, admits(d, at)
}

func admits(d *ent.Demand, now time.Time) error {
	var deadline time.Time
	if d.Deadline != nil {
		deadline = *d.Deadline
	}
	return demand.Admits(d.State, deadline, now)
}

// Edit changes fields of a draft.
func (s *Bidding) Edit(ctx context.Context, bidID, demandID, etag string, change func(*Content)) (*ent.Bid, error) {
	return s.changeHeld(ctx, bidID, demandID, at{"bid.etag", etag}, func(tx *storage.Txn, h held) error {
		b := h.bid
		if b.State != bid.Draft {
			return bid.ErrNotDraft.With("state", string(b.State))
		}
		c, err := s.content(ctx, b)
		if err != nil {
			return err
		}
		change(&c)
		if err := c.united(ctx, tx, h.demand, "bid.consortium"); err != nil {
			return err
		}
		if err := s.hide(tx, b, c); err != nil {
			return err
		}
		return save(ctx, tx, "bid.edited", b)
	})
}

// Submit submits a draft, which the server seals.
func (s *Bidding) Submit(ctx context.Context, bidID, demandID, etag string) (*ent.Bid, error) {
	ready := s.ready(ctx, bidID, demandID, nil)
	return s.changeHeld(ctx, bidID, demandID, at{"etag", etag}, func(tx *storage.Txn, h held) (err error) {
		if h.bid.State, err = h.bid.State.Next(bid.Submit); err != nil {
			return err
		}
		c, err := s.content(ctx, h.bid)
		if err != nil {
			return err
		}
		if err := c.united(ctx, tx, h.demand, "consortium"); err != nil {
			return err
		}
		if err := s.seal(ctx, tx, h, c, ready); err != nil {
			return err
		}
		h.bid.SubmittedAt = &h.received
		return save(ctx, tx, "bid.submitted", h.bid)
	})
}

// Replace replaces what was submitted by what the server seals.
func (s *Bidding) Replace(ctx context.Context, bidID, demandID, etag string, c Content) (*ent.Bid, error) {
	ready := s.ready(ctx, bidID, demandID, &c)
	return s.changeHeld(ctx, bidID, demandID, at{"etag", etag}, func(tx *storage.Txn, h held) (err error) {
		if h.bid.State, err = h.bid.State.Next(bid.Replace); err != nil {
			return err
		}
		if err := c.united(ctx, tx, h.demand, "consortium"); err != nil {
			return err
		}
		if err := s.seal(ctx, tx, h, c, ready); err != nil {
			return err
		}
		h.bid.SubmittedAt = &h.received
		return save(ctx, tx, "bid.replaced", h.bid)
	})
}

// Withdraw takes a bid back.
func (s *Bidding) Withdraw(ctx context.Context, bidID, demandID, etag string) (*ent.Bid, error) {
	return s.change(ctx, bidID, demandID, at{"etag", etag}, func(tx *storage.Txn, b *ent.Bid) (err error) {
		if b.State, err = b.State.Next(bid.Withdraw); err != nil {
			return err
		}
		return save(ctx, tx, "bid.withdrawn", b)
	})
}

// at is the version that a caller has seen, and the field that says so.
type at struct{ field, etag string }

// change loads a bid of the caller's organization under the lock while its demand takes bids, and lets decide change it.
func (s *Bidding) change(ctx context.Context, bidID, demandID string, seen at, decide func(*storage.Txn, *ent.Bid) error) (*ent.Bid, error) {
	return s.changeHeld(ctx, bidID, demandID, seen, func(tx *storage.Txn, h held) error { return decide(tx, h.bid) })
}

func (s *Bidding) changeHeld(ctx context.Context, bidID, demandID string, seen at, decide func(*storage.Txn, held) error) (*ent.Bid, error) {
	home, err := rpc.Home(id.Bid, bidID, bid.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Bid, error) {
		h, err := load(ctx, tx, bidID, demandID)
		if err == nil {
			err = identity.May(ctx, tx.Caller, object(h.bid, h.demand), bid.ErrNotFound, bid.ErrNotFound)
		}
		if err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag(seen.field, seen.etag, h.bid.Version); err != nil {
			return nil, err
		}
		if h.received, err = inTime(ctx, tx, h.demand); err != nil {
			return nil, err
		}
		return h.bid, decide(tx, h)
	})
}

// object is a bid as the policy sees it: until it is opened, its bidder's alone; then the demander has a part in it.
func object(b *ent.Bid, d *ent.Demand) policy.Object {
	o := policy.Object{Is: true, Owner: b.OrganizationID, Jurisdiction: b.Jurisdiction}
	if !b.State.Sealed() {
		o.Openness, o.Parties = policy.Shared, []string{d.OrganizationID}
	}
	return o
}

// Find reads a bid that the caller may know of.
func (s *Bidding) Find(ctx context.Context, bidID, demandID string) (*ent.Bid, error) {
	b, err := s.db.Read.Bid.Query().Where(entbid.ID(bidID), entbid.DemandID(demandID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, bid.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	d, err := s.db.Read.Demand.Query().Where(entdemand.ID(demandID)).Only(ctx)
	if err != nil {
		return nil, err
	}
	caller, o := identity.Caller(ctx), object(b, d)
	expert, err := judges(ctx, s.db.Read, b, caller)
	if err != nil {
		return nil, err
	}
	if expert {
		o.Parties = append(o.Parties, caller.Organization)
	}
	return b, identity.May(ctx, caller, o, bid.ErrNotFound, bid.ErrNotFound)
}

// readable restricts a query to the bids that Find would give the caller: its own, and once they are opened those of its demands, for an
// authority those of its jurisdiction, and for an expert those that it judges.
func (s *Bidding) readable(caller party.Caller) func(*sql.Selector) {
	return func(q *sql.Selector) {
		var sealed []any
		for _, state := range bid.SealedStates() {
			sealed = append(sealed, string(state))
		}
		opened := sql.NotIn(q.C(entbid.FieldState), sealed...)
		demands := sql.Dialect(s.db.Dialect()).Table("demands")
		owned := sql.Dialect(s.db.Dialect()).Select(demands.C("id")).From(demands).Where(sql.EQ(demands.C("organization_id"), caller.Organization))
		others := sql.In(q.C(entbid.FieldDemandID), owned)
		if caller.Oversees(caller.Jurisdiction) {
			others = sql.EQ(q.C(entbid.FieldJurisdiction), caller.Jurisdiction)
		}
		q.Where(sql.Or(sql.EQ(q.C(entbid.FieldOrganizationID), caller.Organization), sql.And(opened, sql.Or(others, s.judgedBy(q, caller)))))
	}
}
