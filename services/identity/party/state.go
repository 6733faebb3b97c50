package party

import (
	"time"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/lifecycle"
)

// State is how an organization stands with the bureau of its jurisdiction.
type State string

// The states. Registered and verified organizations trade; a verification that has expired is not a state, because its date tells.
const (
	Registered State = "registered"
	Verified   State = "verified"
	Suspended  State = "suspended"
	Closed     State = "closed"
)

// Values lists the states for ent.
func (State) Values() []string { return Machine.States() }

// Event is what happens to an organization.
type Event string

// The events.
const (
	Verify    Event = "verify"
	Suspend   Event = "suspend"
	Reinstate Event = "reinstate"
	Close     Event = "close"
)

// Machine is the life of an organization.
var Machine = lifecycle.Machine[State, Event]{
	Registered: {Verify: Verified, Suspend: Suspended, Close: Closed},
	Verified:   {Verify: Verified, Suspend: Suspended, Close: Closed},
	Suspended:  {Reinstate: Registered, Close: Closed},
	Closed:     {},
}

// Faults of the states.
var (
	ErrState     = fault.New(fault.Precondition, "ORGANIZATION_STATE", "the organization is not in a state that allows this")
	ErrPart      = fault.New(fault.Precondition, "ORGANIZATION_PART", "only a university, an institute or an enterprise has parts, and a part has none")
	ErrBureau    = fault.New(fault.Precondition, "ORGANIZATION_BUREAU", "a bureau is neither suspended nor closed: its ledger would have nobody")
	ErrVerifying = fault.New(fault.Invalid, "VERIFICATION_EXPIRY", "a verification ends in the future and within 400 days")
)

// maxVerification is how long a verification lasts: a year, and time to renew it.
const maxVerification = 400 * 24 * time.Hour

// CheckVerification reports whether a verification may last from now until then.
func CheckVerification(now, until time.Time) error {
	if !until.After(now) || until.Sub(now) > maxVerification {
		return ErrVerifying.At("verify_until")
	}
	return nil
}

// Next is the state after an event.
func (s State) Next(e Event) (State, error) { return Machine.Next(s, e, ErrState) }
