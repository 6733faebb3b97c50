package contracting

import (
	"context"
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Refuse refuses to sign.
func (s *Contracting) Refuse(ctx context.Context, contractID, etag, reason string) (*ent.Contract, error) {
	return s.change(ctx, contractID, at{"etag", etag}, func(tx *storage.Txn, k *ent.Contract) (err error) {
		if _, err := sideOf(k, tx.Caller); err != nil {
			return err
		}
		return end(ctx, tx, k, ending{contract.Refuse, "contract.cancelled", demand.Refuse, reason})
	})
}

// Complete confirms for the caller's side that a contract is fulfilled; for a recorded one the bureau speaks for both.
func (s *Contracting) Complete(ctx context.Context, contractID, etag string) (*ent.Contract, error) {
	return s.change(ctx, contractID, at{"etag", etag}, func(tx *storage.Txn, k *ent.Contract) (err error) {
		if _, err := k.State.Next(contract.Confirm); err != nil {
			return err
		}
		who, err := sideOf(k, tx.Caller)
		switch {
		case forBoth(k, tx.Caller):
			k.BuyerCompletedAt, k.SellerCompletedAt = &tx.Now, &tx.Now
		case err != nil:
			return err
		case who == buyer && k.BuyerCompletedAt != nil, who == seller && k.SellerCompletedAt != nil:
			return contract.ErrCompleted
		case who == buyer:
			k.BuyerCompletedAt = &tx.Now
		default:
			k.SellerCompletedAt = &tx.Now
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

// Terminate ends a contract in force without completion.
func (s *Contracting) Terminate(ctx context.Context, contractID, etag, reason string) (*ent.Contract, error) {
	return s.change(ctx, contractID, at{"etag", etag}, func(tx *storage.Txn, k *ent.Contract) (err error) {
		if _, err := sideOf(k, tx.Caller); err != nil && !forBoth(k, tx.Caller) {
			return err
		}
		return end(ctx, tx, k, ending{contract.Terminate, "contract.terminated", demand.Abandon, reason})
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
	reason := strings.TrimSpace(e.reason)
	if reason == "" {
		return contract.ErrReasonMissing.At("reason")
	}
	k.EndReason = &reason
	if err := save(ctx, tx, e.kind, k); err != nil {
		return err
	}
	return moveDemand(ctx, tx, k, e.demand, "demand.failed")
}
