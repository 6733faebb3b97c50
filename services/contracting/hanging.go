package contracting

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcontract "github.com/jiebang/jiebang/ent/gen/ent/contract"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// What hangs on a contract in the areas below, such as an amendment, is between its two sides: its broker has no part in it.

// May decides whether the caller may do what its call asks for to something that hangs on a contract of two sides, of whose being hidden speaks.
func May(ctx context.Context, caller party.Caller, buyer, seller, jurisdiction string, hidden *fault.Fault) error {
	return identity.May(ctx, caller, policy.Object{Is: true, Parties: []string{buyer, seller}, Jurisdiction: jurisdiction, Openness: policy.Shared}, hidden, contract.ErrForeign)
}

// Between reads a contract in force to which the caller wants to add something, in the transaction.
func Between(ctx context.Context, tx *storage.Txn, contractID string) (*ent.Contract, error) {
	hidden := contract.ErrNotFound.With("contract", contractID)
	k, err := tx.Contract.Get(ctx, contractID)
	if ent.IsNotFound(err) {
		return nil, hidden
	}
	if err != nil {
		return nil, err
	}
	if err := May(ctx, tx.Caller, k.BuyerID, k.SellerID, k.Jurisdiction, hidden); err != nil {
		return nil, err
	}
	return k, InForce(k)
}

// InForce refuses what is done under a contract that is not in force.
func InForce(k *ent.Contract) error {
	if k.State != contract.Active {
		return contract.ErrState.With("state", string(k.State)).With("event", "settle")
	}
	return nil
}

// Acts refuses whoever does not act for a side; the bureau acts for both sides of what it recorded.
func Acts(k *ent.Contract, caller party.Caller, side Side) error {
	if ForBoth(k, caller) {
		return nil
	}
	who, err := SideOf(k, caller)
	if err == nil && who != side {
		err = contract.ErrSide
	}
	return err
}

// Readable restricts a query of what hangs on contracts to what May would let the caller read.
func Readable(caller party.Caller) func(*sql.Selector) {
	return func(q *sql.Selector) {
		mine := sql.Or(sql.EQ(q.C(entcontract.FieldBuyerID), caller.Organization), sql.EQ(q.C(entcontract.FieldSellerID), caller.Organization))
		if caller.Oversees(caller.Jurisdiction) {
			mine = sql.Or(mine, sql.EQ(q.C(entcontract.FieldJurisdiction), caller.Jurisdiction))
		}
		q.Where(mine)
	}
}
