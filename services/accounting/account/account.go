// Package account has the accounts of a contract, and what each event posts to them. Every posting is double: what one account gains, its counter
// account loses, so that the accounts of a group add up to 0, whatever happened.
//
//	committed   合同成交额, against obligation
//	amended     what amendments add to it, against obligation
//	paid        实付额, against cash
//	accepted    what is accepted, against work
//	registered  技术交易额, as the registry has 核定 it, against registry
package account

import (
	"math"
	"math/bits"

	"github.com/jiebang/jiebang/services/money"
)

// Account is an account of a contract.
type Account string

// The accounts, and those that are posted against.
const (
	Committed  Account = "committed"
	Amended    Account = "amended"
	Paid       Account = "paid"
	Accepted   Account = "accepted"
	Registered Account = "registered"

	Obligation Account = "obligation"
	Cash       Account = "cash"
	Work       Account = "work"
	Registry   Account = "registry"
)

// Accounts are all of them.
var Accounts = []Account{Committed, Amended, Paid, Accepted, Registered, Obligation, Cash, Work, Registry}

// Amounts are what a group posts to each account, or what the groups of a contract add up to.
type Amounts struct {
	Committed, Amended, Paid, Accepted, Registered money.Fen
	Obligation, Cash, Work, Registry               money.Fen
}

// Signed posts the total of a contract that comes into force.
func Signed(total money.Fen) Amounts { return Amounts{Committed: total, Obligation: -total} }

// Changed posts what an amendment that comes into force adds to the total.
func Changed(difference money.Fen) Amounts {
	return Amounts{Amended: difference, Obligation: -difference}
}

// Settled posts a payment that is confirmed; a refund is negative.
func Settled(amount money.Fen) Amounts { return Amounts{Paid: amount, Cash: -amount} }

// Approved posts what is accepted of a milestone beyond what was.
func Approved(amount money.Fen) Amounts { return Amounts{Accepted: amount, Work: -amount} }

// Recognized posts what the registry has 核定 beyond what it had.
func Recognized(amount money.Fen) Amounts { return Amounts{Registered: amount, Registry: -amount} }

// Add adds other amounts.
func (a Amounts) Add(b Amounts) Amounts {
	return Amounts{a.Committed + b.Committed, a.Amended + b.Amended, a.Paid + b.Paid, a.Accepted + b.Accepted, a.Registered + b.Registered,
		a.Obligation + b.Obligation, a.Cash + b.Cash, a.Work + b.Work, a.Registry + b.Registry}
}

// Sum is what the accounts add up to: 0, or something was lost.
func (a Amounts) Sum() money.Fen {
	return a.Committed + a.Amended + a.Paid + a.Accepted + a.Registered + a.Obligation + a.Cash + a.Work + a.Registry
}

// Current is the current total 现合同额.
func (a Amounts) Current() money.Fen { return a.Committed + a.Amended }

// Outstanding is what is still to be paid.
func (a Amounts) Outstanding() money.Fen { return a.Current() - a.Paid }

// PaidShare is 兑现率, paid by signed, in hundredths of a percent, rounded half up.
func (a Amounts) PaidShare() int64 {
	if a.Committed <= 0 || a.Paid <= 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(a.Paid), 20_000) // in 128 bits, so that nothing overflows
	low, carry := bits.Add64(low, uint64(a.Committed), 0)
	share, _ := bits.Div64(high+carry, low, 2*uint64(a.Committed))
	return int64(min(share, math.MaxInt64))
}
