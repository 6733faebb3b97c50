package contracting

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/accounting"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Refuse refuses to sign. Whoever of those that sign does ends it for all.
func (s *Contracting) Refuse(ctx context.Context, contractID, etag, reason string) (*ent.Contract, error) {
	return s.change(ctx, contractID, at{"etag", etag}, func(tx *storage.Txn, k *ent.Contract) (err error) {
		if err := signatory(k, tx.Caller); err != nil {
			return err
		}
		return end(ctx, tx, k, ending{contract.Refuse, "contract.cancelled", demand.Refuse, reason})
	})
}

// Complete confirms for the caller's side that a contract is fulfilled and what was paid; for a recorded one the bureau speaks for both.
func (s *Contracting) Complete(ctx context.Context, contractID, etag string, paid money.Fen) (*ent.Contract, error) {
	return s.change(ctx, contractID, at{"etag", etag}, func(tx *storage.Txn, k *ent.Contract) (err error) {
		if _, err := k.State.Next(contract.Confirm); err != nil {
			return err
		}
		if err := confirm(tx, k); err != nil {
			return err
		}
		for _, w := range s.works {
			if err := w.Done(ctx, tx, k); err != nil {
				return err
			}
		}
		if k.AmountPaidFen != nil && *k.AmountPaidFen != paid {
			return contract.ErrPaidDiffers.With("stated", k.AmountPaidFen.String())
		}
		if err := statePaid(ctx, tx, k, paid); err != nil {
			return err
		}
		if k.BuyerCompletedAt == nil || k.SellerCompletedAt == nil {
			return save(ctx, tx, "contract.completion_confirmed", k)
		}
		if k.State, err = k.State.Next(contract.Complete); err != nil {
			return err
		}
		if err := save(ctx, tx, "contract.completed", k); err != nil {
			return err
		}
		return moveDemand(ctx, tx, k, demand.Fulfil, "demand.fulfilled")
	})
}

// confirm notes that the caller's side holds a contract for fulfilled.
func confirm(tx *storage.Txn, k *ent.Contract) error {
	who, err := SideOf(k, tx.Caller)
	switch {
	case ForBoth(k, tx.Caller):
		k.BuyerCompletedAt, k.SellerCompletedAt = &tx.Now, &tx.Now
	case err != nil:
		return err
	case who == Buyer && k.BuyerCompletedAt != nil, who == Seller && k.SellerCompletedAt != nil:
		return contract.ErrCompleted
	case who == Buyer:
		k.BuyerCompletedAt = &tx.Now
	default:
		k.SellerCompletedAt = &tx.Now
	}
	return nil
}

// statePaid notes what was paid in all when a contract ends: no less than what is confirmed here, for what is not confirmed may have been paid too.
func statePaid(ctx context.Context, tx *storage.Txn, k *ent.Contract, paid money.Fen) error {
	b, err := accounting.Of(ctx, tx.Client, k.ID)
	if err != nil {
		return err
	}
	k.AmountPaidFen = &paid
	return contract.CheckPaid(paid, b.Paid, b.Current())
}

// Termination is why a contract ends without completion, and what was paid by then.
type Termination struct {
	Code   contract.EndCode
	Reason string
	Paid   money.Fen
}

// Terminate ends a contract in force without completion, and what hangs on it.
func (s *Contracting) Terminate(ctx context.Context, contractID, etag string, t Termination) (*ent.Contract, error) {
	return s.change(ctx, contractID, at{"etag", etag}, func(tx *storage.Txn, k *ent.Contract) (err error) {
		if _, err := SideOf(k, tx.Caller); err != nil && !ForBoth(k, tx.Caller) {
			return err
		}
		if _, err := k.State.Next(contract.Terminate); err != nil {
			return err
		}
		if err := statePaid(ctx, tx, k, t.Paid); err != nil {
			return err
		}
		k.EndCode = &t.Code
		if err := end(ctx, tx, k, ending{contract.Terminate, "contract.terminated", demand.Abandon, t.Reason}); err != nil {
			return err
		}
		for _, w := range s.works {
			if err := w.End(ctx, tx, k); err != nil {
				return err
			}
		}
		return nil
	})
}

// ending is how a contract ends without completion.
type ending struct {
	event  contract.Event
	kind   string
	demand demand.Event
	reason string
}

func end(ctx context.Context, tx *storage.Txn, k *ent.Contract, e ending) (err error) {
	if k.State, err = k.State.Next(e.event); err != nil {
		return err
	}
	reason, err := Reason(e.reason)
	if err != nil {
		return err
	}
	k.EndReason = &reason
	if err := save(ctx, tx, e.kind, k); err != nil {
		return err
	}
	return moveDemand(ctx, tx, k, e.demand, "demand.failed")
}
