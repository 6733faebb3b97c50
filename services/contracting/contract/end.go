package contract

import (
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/money"
)

// EndCode is why a contract was terminated.
type EndCode string

// The codes.
const (
	MutualConsent EndCode = "mutual_consent"
	Breach        EndCode = "breach"
	ForceMajeure  EndCode = "force_majeure"
	TechnicalRisk EndCode = "technical_risk"
	MadePublic    EndCode = "made_public"
	OtherEnd      EndCode = "other"
)

// Values lists the codes for ent.
func (EndCode) Values() []string {
	return []string{string(MutualConsent), string(Breach), string(ForceMajeure), string(TechnicalRisk), string(MadePublic), string(OtherEnd)}
}

// Faults of what is stated as paid when a contract ends.
var (
	ErrPaidMissing = fault.New(fault.Invalid, "AMOUNT_PAID_MISSING", "say what was paid in all; 0 if nothing was")
	ErrPaidRange   = fault.New(fault.Precondition, "AMOUNT_PAID_RANGE", "what was paid is no less than the confirmed payments and no more than the current total")
	ErrPaidDiffers = fault.New(fault.Precondition, "AMOUNT_PAID_DIFFERS", "the other side has stated another amount as paid")
)

// CheckPaid reports whether paid can be what was paid in all of a contract.
func CheckPaid(paid, confirmed, current money.Fen) error {
	if paid < confirmed || paid > current {
		return ErrPaidRange.With("confirmed", confirmed.String()).With("current", current.String())
	}
	return nil
}
