package demand

import (
	"slices"
	"time"

	"github.com/jiebang/jiebang/services/codes"
	"github.com/jiebang/jiebang/services/fault"
)

// Faults of publication, amendment and ends.
var (
	ErrDeadlineSoon    = fault.New(fault.Invalid, "DEADLINE_TOO_SOON", "the procedure wants a longer bid period")
	ErrDeadlineEarlier = fault.New(fault.Invalid, "DEADLINE_EARLIER", "a deadline moves back, never forward")
	ErrAmendment       = fault.New(fault.Invalid, "AMENDMENT_EMPTY", "the amendment changes nothing")
	ErrCancelInstead   = fault.New(fault.Precondition, "CANCEL_INSTEAD", "a demand of a vetted procedure is cancelled with the bureau: use CancelDemand")
	ErrWithdrawInstead = fault.New(fault.Precondition, "WITHDRAW_INSTEAD", "a demand of a direct procedure is withdrawn: use WithdrawDemand")
	ErrReasonCode      = fault.New(fault.Invalid, "REASON_CODE", "the reason is not in the code list")
	ErrPending         = fault.New(fault.Precondition, "REQUEST_PENDING", "the firm's last request is not decided yet")
	ErrNonePending     = fault.New(fault.Precondition, "REQUEST_NONE", "the firm has asked nothing")
)

// CheckPeriod reports whether a demand that is published at now has a bid period of at least days.
func CheckPeriod(now, deadline time.Time, days int) error {
	if deadline.Before(now.AddDate(0, 0, days)) {
		return ErrDeadlineSoon.With("days", days).At("deadline")
	}
	return nil
}

// CheckReason reports whether a code is one of a list of reasons.
func CheckReason(list codes.List, code string) error {
	if _, ok := codes.Lookup(list, code); !ok {
		return ErrReasonCode.With("list", string(list)).With("code", code).At("reason")
	}
	return nil
}

// Amendable are the fields that an amendment may change; but for the deadline they are material: whoever has bid was asked something else.
var Amendable = []string{"description", "budget", "details", "deadline"}

// Material reports whether a change of these fields reopens the bids.
func Material(fields []string) bool {
	return slices.ContainsFunc(fields, func(f string) bool { return f != "deadline" })
}

// Relists reports whether a demand in state s can be listed again, as a new one.
func (s State) Relists() bool { return s == Failed || s == Withdrawn || s == Cancelled }

// Alive is when a demand that its owner has just said is alive must be said so again; nil if its procedure does not ask.
func Alive(now time.Time, days int) *time.Time {
	if days == 0 {
		return nil
	}
	at := now.AddDate(0, 0, days)
	return &at
}
