// Package amending is 变更: the sides of a contract in force change its total, by an amendment that both sign.
//
//   - The contract's row is never touched: its current total is the new total of the last amendment in force, or else the signed one.
//   - Only an amendment in force is posted, in the transaction of its last signature. There is one open amendment of a contract at most.
//   - The milestones add up to the new total in the same transaction.
package amending

import (
	"context"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entamendment "github.com/jiebang/jiebang/ent/gen/ent/amendment"
	"github.com/jiebang/jiebang/services/accounting"
	"github.com/jiebang/jiebang/services/accounting/account"
	"github.com/jiebang/jiebang/services/amending/amendment"
	"github.com/jiebang/jiebang/services/contracting"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/settling"
)

// Amending amends contracts.
type Amending struct{ db *storage.DB }

// New returns the amending of db.
func New(db *storage.DB) *Amending { return &Amending{db} }

// Works is how amendments end with their contracts.
func Works() contracting.Works {
	return contracting.Works{
		Begin: func(context.Context, *storage.Txn, *ent.Contract) error { return nil },
		Done: func(ctx context.Context, tx *storage.Txn, k *ent.Contract) error {
			a, err := open(ctx, tx, k.ID)
			if err == nil && a != nil {
				err = amendment.ErrOpen.With("number", a.Number)
			}
			return err
		},
		End: func(ctx context.Context, tx *storage.Txn, k *ent.Contract) error {
			a, err := open(ctx, tx, k.ID)
			if err != nil || a == nil {
				return err
			}
			if a.State, err = a.State.Next(amendment.Withdraw); err != nil {
				return err
			}
			return save(ctx, tx, "amendment.withdrawn", a)
		},
	}
}

// open is the amendment of a contract that is neither in force nor given up; nil if there is none.
func open(ctx context.Context, tx *storage.Txn, contractID string) (*ent.Amendment, error) {
	a, err := tx.Amendment.Query().Where(entamendment.ContractID(contractID), entamendment.StateIn(amendment.Draft, amendment.PendingSignature)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	return a, err
}

// Content is what is written in an amendment.
type Content struct {
	Reasons     []string
	Explanation string
	NewTotal    money.Fen
	TextDigest  []byte
}

// Draft drafts an amendment of a contract in force.
func (s *Amending) Draft(ctx context.Context, contractID string, c Content) (*ent.Amendment, error) {
	home, err := rpc.Home(id.Contract, contractID, contract.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Amendment, error) {
		k, err := contracting.Between(ctx, tx, contractID)
		if err != nil {
			return nil, err
		}
		if _, err := sides(k, tx.Caller); err != nil {
			return nil, err
		}
		if other, err := open(ctx, tx, contractID); err != nil || other != nil {
			if err == nil {
				err = amendment.ErrOpen.With("number", other.Number)
			}
			return nil, err
		}
		b, err := accounting.Of(ctx, tx.Client, contractID)
		if err != nil {
			return nil, err
		}
		before, err := tx.Amendment.Query().Where(entamendment.ContractID(contractID)).Count(ctx)
		if err != nil {
			return nil, err
		}
		why, err := contracting.Reason(c.Explanation)
		if err != nil {
			return nil, rpc.At("amendment.explanation", err)
		}
		a := &ent.Amendment{ID: id.New(tx.Rand, id.Amendment, home), Jurisdiction: home, ContractID: k.ID, BuyerID: k.BuyerID, SellerID: k.SellerID,
			DrafterID: tx.Caller.Organization, Number: before + 1, Reasons: c.Reasons, Explanation: why, NewTotalFen: c.NewTotal,
			DifferenceFen: c.NewTotal - b.Current(), TextDigest: c.TextDigest, State: amendment.Draft, CreatedAt: tx.Now}
		if err := amendment.CheckReasons(a.Reasons, a.DifferenceFen); err != nil {
			return nil, err
		}
		if err := fits(ctx, tx, a, b); err != nil {
			return nil, err
		}
		return a, save(ctx, tx, "amendment.drafted", a)
	})
}

// fits refuses an amendment that the accounts or the milestones of its contract cannot take.
func fits(ctx context.Context, tx *storage.Txn, a *ent.Amendment, b account.Amounts) error {
	if err := amendment.CheckTotal(a.NewTotalFen, b.Paid, b.Accepted); err != nil {
		return err
	}
	_, err := settling.Spread(ctx, tx, a.ContractID, a.NewTotalFen)
	return err
}

// sides are the sides for which the caller acts: its own, or both of what the bureau recorded.
func sides(k *ent.Contract, caller party.Caller) ([]contracting.Side, error) {
	if contracting.ForBoth(k, caller) {
		return []contracting.Side{contracting.Buyer, contracting.Seller}, nil
	}
	who, err := contracting.SideOf(k, caller)
	return []contracting.Side{who}, err
}

// Seen names an amendment, and the version of it that a caller has seen.
type Seen struct{ Contract, ID, Etag string }

// find reads an amendment to which the caller may do what it calls for.
func find(ctx context.Context, c *ent.Client, caller party.Caller, contractID, amendmentID string) (*ent.Amendment, error) {
	hidden := amendment.ErrNotFound.With("amendment", amendmentID)
	a, err := c.Amendment.Query().Where(entamendment.ID(amendmentID), entamendment.ContractID(contractID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, hidden
	}
	if err != nil {
		return nil, err
	}
	return a, contracting.May(ctx, caller, a.BuyerID, a.SellerID, a.Jurisdiction, hidden)
}

// change loads an amendment of a contract in force under the lock and lets decide change it, for the sides that the caller acts for.
func (s *Amending) change(ctx context.Context, seen Seen, decide func(*storage.Txn, *ent.Contract, *ent.Amendment, []contracting.Side) error) (*ent.Amendment, error) {
	home, err := rpc.Home(id.Contract, seen.Contract, amendment.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Amendment, error) {
		a, err := find(ctx, tx.Client, tx.Caller, seen.Contract, seen.ID)
		if err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag("etag", seen.Etag, a.Version); err != nil {
			return nil, err
		}
		k, err := tx.Contract.Get(ctx, a.ContractID)
		if err != nil {
			return nil, err
		}
		by, err := sides(k, tx.Caller)
		if err != nil {
			return nil, err
		}
		return a, decide(tx, k, a, by)
	})
}

// Propose fixes an amendment for signature.
func (s *Amending) Propose(ctx context.Context, seen Seen) (*ent.Amendment, error) {
	return s.change(ctx, seen, func(tx *storage.Txn, k *ent.Contract, a *ent.Amendment, _ []contracting.Side) (err error) {
		if a.State, err = a.State.Next(amendment.Propose); err != nil {
			return err
		}
		b, err := accounting.Of(ctx, tx.Client, k.ID)
		if err != nil {
			return err
		}
		if err := fits(ctx, tx, a, b); err != nil {
			return err
		}
		return save(ctx, tx, "amendment.proposed", a)
	})
}

// Sign signs for the caller's side what the digest names.
func (s *Amending) Sign(ctx context.Context, seen Seen, by contracting.Signing) (*ent.Amendment, error) {
	return s.change(ctx, seen, func(tx *storage.Txn, k *ent.Contract, a *ent.Amendment, signing []contracting.Side) error {
		if _, err := a.State.Next(amendment.Sign); err != nil {
			return err
		}
		text, err := by.Check(Terms(a).Digest())
		if err != nil {
			return err
		}
		for _, side := range signing {
			mine, kept := &a.BuyerSignedAt, &a.BuyerSignature
			if side == contracting.Seller {
				mine, kept = &a.SellerSignedAt, &a.SellerSignature
			}
			if *mine != nil {
				return contract.ErrSigned
			}
			*mine, *kept = &tx.Now, text
		}
		if a.BuyerSignedAt == nil || a.SellerSignedAt == nil {
			return save(ctx, tx, "amendment.signed", a)
		}
		return activate(ctx, tx, k, a)
	})
}

// activate brings an amendment into force with its last signature: what it adds is posted, and the milestones take it up.
func activate(ctx context.Context, tx *storage.Txn, k *ent.Contract, a *ent.Amendment) (err error) {
	if a.State, err = a.State.Next(amendment.Activate); err != nil {
		return err
	}
	before, err := effective(ctx, tx, k)
	if err != nil {
		return err
	}
	if err := amendment.CheckEffective(tx.Now, before); err != nil {
		return err
	}
	b, err := accounting.Of(ctx, tx.Client, k.ID)
	if err != nil {
		return err
	}
	if err := fits(ctx, tx, a, b); err != nil {
		return err
	}
	a.EffectiveAt = &tx.Now
	if err := save(ctx, tx, "amendment.activated", a); err != nil {
		return err
	}
	if a.DifferenceFen == 0 {
		return nil
	}
	if err := accounting.Post(ctx, tx, k.ID, a.EntrySeq, account.Changed(a.DifferenceFen)); err != nil {
		return err
	}
	return settling.Reassess(ctx, tx, k.ID, a.NewTotalFen)
}

// effective is when a contract came into force here, or its last amendment in force.
func effective(ctx context.Context, tx *storage.Txn, k *ent.Contract) (time.Time, error) {
	last, err := tx.Amendment.Query().Where(entamendment.ContractID(k.ID), entamendment.StateEQ(amendment.Active)).Order(entamendment.ByNumber(sql.OrderDesc())).First(ctx)
	if err == nil {
		return *last.EffectiveAt, nil
	}
	if !ent.IsNotFound(err) {
		return time.Time{}, err
	}
	at := k.CreatedAt
	for _, signed := range []*time.Time{k.BuyerSignedAt, k.SellerSignedAt} {
		if signed != nil && signed.After(at) {
			at = *signed
		}
	}
	return at, nil
}

// Refuse refuses to sign.
func (s *Amending) Refuse(ctx context.Context, seen Seen, why string) (*ent.Amendment, error) {
	return s.change(ctx, seen, func(tx *storage.Txn, _ *ent.Contract, a *ent.Amendment, _ []contracting.Side) (err error) {
		if a.State, err = a.State.Next(amendment.Refuse); err != nil {
			return err
		}
		reason, err := contracting.Reason(why)
		if err != nil {
			return err
		}
		a.EndReason = &reason
		return save(ctx, tx, "amendment.refused", a)
	})
}

// Withdraw withdraws an amendment before all have signed.
func (s *Amending) Withdraw(ctx context.Context, seen Seen) (*ent.Amendment, error) {
	return s.change(ctx, seen, func(tx *storage.Txn, _ *ent.Contract, a *ent.Amendment, _ []contracting.Side) (err error) {
		if a.State, err = a.State.Next(amendment.Withdraw); err != nil {
			return err
		}
		if a.DrafterID != tx.Caller.Organization {
			return amendment.ErrOthers
		}
		return save(ctx, tx, "amendment.withdrawn", a)
	})
}

// Terms are what a signature of the amendment binds.
func Terms(a *ent.Amendment) amendment.Terms {
	return amendment.Terms{ID: a.ID, Contract: a.ContractID, Number: a.Number, Before: a.NewTotalFen - a.DifferenceFen, NewTotal: a.NewTotalFen,
		Reasons: slices.Clone(a.Reasons), Explanation: a.Explanation, TextDigest: a.TextDigest}
}
