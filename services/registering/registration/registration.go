// Package registration has the rules of 技术合同认定登记: the seller files a contract, the registry 核定 what of it pays for technology.
//
//   - What the registry says of a contract never changes the contract: 合同成交额 and 技术交易额 are amounts of the registration.
//   - A certificate counts once a second officer has confirmed what the first recorded of it.
//   - A large technology part, or one that is disputed, is registered after a review by experts alone.
package registration

import (
	"github.com/jiebang/jiebang/services/lifecycle"
)

// State is where a registration stands.
type State string

// The states.
const (
	NotFiled     State = "not_filed"
	Filed        State = "filed"
	Correction   State = "correction"
	Accepted     State = "accepted"
	ExpertReview State = "expert_review"
	Registered   State = "registered"
	Changed      State = "changed"
	Refused      State = "refused"
	Deregistered State = "deregistered"
)

// Event is what moves a registration.
type Event string

// The events.
const (
	File       Event = "file"       // the seller hands it to the registry, also after a correction
	Return     Event = "return"     // the registry wants a correction
	Accept     Event = "accept"     // the registry takes it up
	Review     Event = "review"     // experts are asked
	Conclude   Event = "conclude"   // experts have said
	Record     Event = "record"     // one officer, or the seller, records the certificate
	Register   Event = "register"   // another officer confirms it
	Change     Event = "change"     // the same, of a certificate that was changed
	Refuse     Event = "refuse"     // the registry does not register it
	Owe        Event = "owe"        // the contract was amended or has ended: the registration must follow
	Remind     Event = "remind"     // a time is over
	Deregister Event = "deregister" // the registration is cancelled
)

// Machine is the life cycle.
var Machine = lifecycle.Machine[State, Event]{
	NotFiled:     {File: Filed},
	Filed:        {Return: Correction, Accept: Accepted, Refuse: Refused},
	Correction:   {File: Filed, Refuse: Refused},
	Accepted:     {Return: Correction, Review: ExpertReview, Record: Accepted, Register: Registered, Refuse: Refused, Remind: Accepted},
	ExpertReview: {Conclude: ExpertReview, Record: ExpertReview, Register: Registered, Refuse: Refused, Remind: ExpertReview},
	Registered:   {Owe: Registered, Record: Registered, Change: Changed, Deregister: Deregistered, Remind: Registered},
	Changed:      {Owe: Changed, Record: Changed, Change: Changed, Deregister: Deregistered, Remind: Changed},
	Refused:      {},
	Deregistered: {},
}

// Values lists the states for ent.
func (State) Values() []string { return Machine.States() }

// Next returns the state that e leads to.
func (s State) Next(e Event) (State, error) { return Machine.Next(s, e, ErrState) }

// Ended are the states in which nothing becomes of a registration any more, so that its contract may be filed again.
var Ended = []State{Refused, Deregistered}

// Counts reports whether a registration in state s is in force, so that its technology part counts.
func (s State) Counts() bool { return s == Registered || s == Changed }

// Confirms is the event by which a recorded certificate is confirmed in state s.
func (s State) Confirms() Event {
	if s.Counts() {
		return Change
	}
	return Register
}

// Duty is what a registration owes after its contract has changed.
type Duty string

// The duties.
const (
	None   Duty = "none"
	Follow Duty = "change" // the contract was amended
	Cancel Duty = "cancel" // the contract has ended without completion
)

// Values lists the duties for ent.
func (Duty) Values() []string { return []string{string(None), string(Follow), string(Cancel)} }

// Owes is the duty of a registration that has one and gets another: what has ended need not follow.
func (d Duty) Owes(next Duty) Duty {
	if d == Cancel {
		return Cancel
	}
	return next
}
