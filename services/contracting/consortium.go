package contracting

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcontract "github.com/jiebang/jiebang/ent/gen/ent/contract"
	entmember "github.com/jiebang/jiebang/ent/gen/ent/contractmember"
	"github.com/jiebang/jiebang/services/contracting/joint"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// side is the seller's side of a contract: the seller, and the members of its consortium.
func side(k *ent.Contract) joint.Side {
	return joint.Side{Seller: k.SellerID, Consortium: k.Consortium, Signatures: k.MemberSignatures}
}

// signatory refuses whoever does not sign a contract: it is signed by its two sides, and by each member of the seller's consortium. What is not about the signing is for
// the lead to do.
func signatory(k *ent.Contract, caller party.Caller) error {
	if side(k).Is(caller.Organization) {
		return nil
	}
	_, err := SideOf(k, caller)
	return err
}

// join lets the members of a consortium find the contract that was just drafted.
func join(ctx context.Context, tx *storage.Txn, k *ent.Contract) error {
	for _, m := range side(k).Others() {
		if err := tx.ContractMember.Create().SetID(k.ID + "-" + m).SetJurisdiction(k.Jurisdiction).SetContractID(k.ID).SetOrganizationID(m).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// joined are the contracts in a query that the caller's organization signs as a member of a consortium.
func joined(q *sql.Selector, caller party.Caller) *sql.Predicate {
	t := sql.Dialect(q.Dialect()).Table(entmember.Table)
	return sql.In(q.C(entcontract.FieldID), sql.Dialect(q.Dialect()).Select(t.C(entmember.FieldContractID)).From(t).
		Where(sql.EQ(t.C(entmember.FieldOrganizationID), caller.Organization)))
}
