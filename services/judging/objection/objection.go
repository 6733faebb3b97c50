// Package objection has the rules of objections 异议 to an announced decision.
//
//   - The life cycle is the map below.
//   - An objection stops its own demand, and no other.
//   - Whoever reviews one decides neither on it nor on the award.
//   - One that is not answered in time goes higher and stays open: it never lapses in the bureau's favour.
package objection

import (
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/lifecycle"
)

// State is where an objection stands.
type State string

// The states.
const (
	Filed        State = "filed"
	Admissible   State = "admissible"
	Inadmissible State = "inadmissible"
	Upheld       State = "upheld"
	Dismissed    State = "dismissed"
	Withdrawn    State = "withdrawn"
)

// Event is what moves an objection.
type Event string

// The events.
const (
	Admit    Event = "admit"
	Reject   Event = "reject"
	Uphold   Event = "uphold"
	Dismiss  Event = "dismiss"
	Withdraw Event = "withdraw"
	Escalate Event = "escalate" // its time is over
)

// Machine is the life cycle.
var Machine = lifecycle.Machine[State, Event]{
	Filed:        {Admit: Admissible, Reject: Inadmissible, Withdraw: Withdrawn, Escalate: Filed},
	Admissible:   {Uphold: Upheld, Dismiss: Dismissed, Withdraw: Withdrawn, Escalate: Admissible},
	Inadmissible: {},
	Upheld:       {},
	Dismissed:    {},
	Withdrawn:    {},
}

// Values lists the states for ent.
func (State) Values() []string { return Machine.States() }

// Next returns the state that e leads to.
func (s State) Next(e Event) (State, error) { return Machine.Next(s, e, ErrState) }

// Open are the states in which an objection stops its demand.
var Open = []State{Filed, Admissible}

// Ground is what an objection is about.
type Ground string

// The grounds.
const (
	Procedure   Ground = "procedure"
	Conflict    Ground = "conflict" // of an expert
	Eligibility Ground = "eligibility"
	Scoring     Ground = "scoring"
	Other       Ground = "other"
)

// Faults of objections.
var (
	ErrNotFound  = fault.New(fault.NotFound, "OBJECTION_NOT_FOUND", "there is no such objection")
	ErrForeign   = fault.New(fault.Forbidden, "OBJECTION_FOREIGN", "only the one who objected takes it back")
	ErrState     = fault.New(fault.Precondition, "OBJECTION_STATE", "the objection's state does not allow this")
	ErrStanding  = fault.New(fault.Forbidden, "NO_STANDING", "only the firm and the bidders of a demand object to its decision")
	ErrPeriod    = fault.New(fault.Precondition, "NOT_IN_PUBLICITY", "a decision is objected to while it is announced, until the period ends")
	ErrExists    = fault.New(fault.Exists, "OBJECTION_EXISTS", "the organization has an open objection to this decision")
	ErrReviewer  = fault.New(fault.Forbidden, "REVIEWER_DECIDES", "whoever reviews an objection decides neither on it nor on the award")
	ErrEscalated = fault.New(fault.Forbidden, "OBJECTION_ESCALATED", "its time is over: only somebody who approves acts on it now")
	ErrReason    = fault.New(fault.Invalid, "OBJECTION_REASON", "this needs a reason")
)
