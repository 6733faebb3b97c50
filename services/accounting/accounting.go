// Package accounting 记账 keeps the accounts of contracts. What a ledger entry moves between the accounts of a contract is one posting, written in the
// transaction of that entry and named by it, so that it is there once or not at all.
//
//   - A posting adds up to 0, and is never changed: the database refuses anything else.
//   - The database adds each posting, in the same statement, to the balance of its contract and to the total of its jurisdiction, and refuses to change
//     these by anything else. So in every snapshot they agree with the postings, and verify compares the postings with the entries.
package accounting

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/accounting/account"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/money"
)

// Post posts what the entry at a sequence moves between the accounts of a contract.
func Post(ctx context.Context, tx *storage.Txn, contractID string, sequence int64, a account.Amounts) error {
	return tx.Posting.Create().SetID(entry.Key(tx.Jurisdiction, sequence)).SetJurisdiction(tx.Jurisdiction).SetContractID(contractID).
		SetCommitted(int64(a.Committed)).SetAmended(int64(a.Amended)).SetPaid(int64(a.Paid)).SetAccepted(int64(a.Accepted)).SetRegistered(int64(a.Registered)).
		SetObligation(int64(a.Obligation)).SetCash(int64(a.Cash)).SetWork(int64(a.Work)).SetRegistry(int64(a.Registry)).Exec(ctx)
}

// Of is what the postings of a contract add up to.
func Of(ctx context.Context, c *ent.Client, contractID string) (account.Amounts, error) {
	b, err := c.Balance.Get(ctx, contractID)
	if err != nil {
		return account.Amounts{}, err
	}
	return Balance(b), nil
}

// Posting is the amounts of a posting's row.
func Posting(p *ent.Posting) account.Amounts {
	return account.Amounts{Committed: money.Fen(p.Committed), Amended: money.Fen(p.Amended), Paid: money.Fen(p.Paid), Accepted: money.Fen(p.Accepted),
		Registered: money.Fen(p.Registered), Obligation: money.Fen(p.Obligation), Cash: money.Fen(p.Cash), Work: money.Fen(p.Work), Registry: money.Fen(p.Registry)}
}

// Balance is the amounts of a balance's row.
func Balance(b *ent.Balance) account.Amounts {
	return account.Amounts{Committed: money.Fen(b.Committed), Amended: money.Fen(b.Amended), Paid: money.Fen(b.Paid), Accepted: money.Fen(b.Accepted),
		Registered: money.Fen(b.Registered), Obligation: money.Fen(b.Obligation), Cash: money.Fen(b.Cash), Work: money.Fen(b.Work), Registry: money.Fen(b.Registry)}
}

// Total is the amounts of a total's row.
func Total(t *ent.AccountTotal) account.Amounts {
	return account.Amounts{Committed: money.Fen(t.Committed), Amended: money.Fen(t.Amended), Paid: money.Fen(t.Paid), Accepted: money.Fen(t.Accepted),
		Registered: money.Fen(t.Registered), Obligation: money.Fen(t.Obligation), Cash: money.Fen(t.Cash), Work: money.Fen(t.Work), Registry: money.Fen(t.Registry)}
}
