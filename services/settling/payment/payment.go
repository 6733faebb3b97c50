// Package payment has the rules of 付款: what is paid under a contract, as its sides say and confirm.
//
//   - Only what its payee has confirmed counts as paid, and that never exceeds the current total.
//   - A refund is a payment the other way, with a negative amount.
//   - Nothing is held here: deposits and escrow are recorded, with who holds them, and count nothing.
package payment

import (
	"strings"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/lifecycle"
	"github.com/jiebang/jiebang/services/money"
)

// State is where a payment stands.
type State string

// The states.
const (
	Planned     State = "planned"
	Requested   State = "requested"
	Approved    State = "approved"
	PaidClaimed State = "paid_claimed"
	Confirmed   State = "confirmed"
	Disputed    State = "disputed"
	Void        State = "void"
)

// Event is what moves a payment.
type Event string

// The events.
const (
	Request Event = "request"
	Approve Event = "approve"
	Claim   Event = "claim"
	Confirm Event = "confirm"
	Dispute Event = "dispute"
	GiveUp  Event = "give_up"
)

// Machine is the life cycle.
var Machine = lifecycle.Machine[State, Event]{
	Planned:     {Request: Requested, GiveUp: Void},
	Requested:   {Approve: Approved, GiveUp: Void},
	Approved:    {Claim: PaidClaimed, GiveUp: Void},
	PaidClaimed: {Confirm: Confirmed, Dispute: Disputed, GiveUp: Void},
	Disputed:    {Claim: PaidClaimed, Confirm: Confirmed, GiveUp: Void},
	Confirmed:   {},
	Void:        {},
}

// Values lists the states for ent.
func (State) Values() []string { return Machine.States() }

// Next returns the state that e leads to.
func (s State) Next(e Event) (State, error) { return Machine.Next(s, e, ErrState) }

// Open reports whether something may still become of a payment.
func (s State) Open() bool { return len(Machine[s]) > 0 }

// Kind is what a payment is for.
type Kind string

// The kinds.
const (
	Instalment Kind = "instalment"
	Prepayment Kind = "prepayment"
	Refund     Kind = "refund"
	Deposit    Kind = "deposit"
	Escrow     Kind = "escrow"
)

// Values lists the kinds for ent.
func (Kind) Values() []string {
	return []string{string(Instalment), string(Prepayment), string(Refund), string(Deposit), string(Escrow)}
}

// Counts reports whether a confirmed payment of the kind counts as paid.
func (k Kind) Counts() bool { return k == Instalment || k == Prepayment || k == Refund }

// Signed is the amount as it counts: a refund is negative.
func (k Kind) Signed(amount money.Fen) money.Fen {
	if k == Refund {
		return -amount
	}
	return amount
}

// Faults of payments.
var (
	ErrNotFound   = fault.New(fault.NotFound, "PAYMENT_NOT_FOUND", "there is no such payment")
	ErrState      = fault.New(fault.Precondition, "PAYMENT_STATE", "the payment's state does not allow this")
	ErrOpen       = fault.New(fault.Precondition, "PAYMENTS_OPEN", "a contract is completed once each payment is confirmed or given up")
	ErrMilestone  = fault.New(fault.Invalid, "PAYMENT_MILESTONE", "an instalment names its milestone, and no other payment does")
	ErrHolder     = fault.New(fault.Invalid, "PAYMENT_HOLDER", "a deposit and an escrow name who holds them, and no other payment does")
	ErrUnaccepted = fault.New(fault.Precondition, "MILESTONE_UNACCEPTED", "an instalment is asked for once its milestone is accepted, in part at least")
	ErrVoucher    = fault.New(fault.Invalid, "VOUCHER_MISSING", "the number of the bank's voucher is needed, 1 to 100 characters")
	ErrExceeds    = fault.New(fault.Precondition, "PAYMENT_EXCEEDS", "what is paid would exceed the current total, or what is refunded what was paid")
)

// Check reports whether a payment of a kind may name a milestone and a holder.
func Check(k Kind, milestone, holder string) error {
	if (milestone != "") != (k == Instalment) {
		return ErrMilestone.At("payment.milestone")
	}
	if (strings.TrimSpace(holder) != "") != (k == Deposit || k == Escrow) {
		return ErrHolder.At("payment.holder")
	}
	return nil
}

// CheckPaid reports whether so much can be paid of a current total.
func CheckPaid(paid, current money.Fen) error {
	if paid < 0 || paid > current {
		return ErrExceeds.With("paid", paid.String()).With("current", current.String())
	}
	return nil
}
