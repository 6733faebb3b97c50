// Package achievement has the rules of achievements 科技成果.
//
//   - The life cycle is the map below; nothing else moves an achievement.
//   - Only what is listed is anybody's to read; its owner alone reads the rest.
//   - Nothing that people read tells a telephone number or a mail address: an append-only ledger would keep it for ever.
package achievement

import (
	"github.com/jiebang/jiebang/services/codes"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/lifecycle"
)

// State is where an achievement stands.
type State string

// The states.
const (
	Draft     State = "draft"
	Listed    State = "listed"
	Withdrawn State = "withdrawn"
)

// Event is what moves an achievement.
type Event string

// The events.
const (
	Publish  Event = "publish"
	Withdraw Event = "withdraw"
)

// Machine is the life cycle. What was withdrawn may be listed again.
var Machine = lifecycle.Machine[State, Event]{
	Draft:     {Publish: Listed},
	Listed:    {Withdraw: Withdrawn},
	Withdrawn: {Publish: Listed},
}

// Values lists the states for ent.
func (State) Values() []string { return Machine.States() }

// Next returns the state that e leads to.
func (s State) Next(e Event) (State, error) { return Machine.Next(s, e, ErrState) }

// Public reports whether anyone may read an achievement in state s.
func (s State) Public() bool { return s == Listed }

// Imported returns the state in which an import leaves what stood in s: publishing lists drafts, and what was withdrawn stays so.
func (s State) Imported(publish bool) State {
	if publish && s == Draft {
		return Listed
	}
	return s
}

// Faults of achievements, and of what achievements and profiles have in common.
var (
	ErrNotFound   = fault.New(fault.NotFound, "ACHIEVEMENT_NOT_FOUND", "there is no such achievement")
	ErrForeign    = fault.New(fault.Forbidden, "ACHIEVEMENT_FOREIGN", "only the organization that offers the achievement may do this")
	ErrState      = fault.New(fault.Precondition, "ACHIEVEMENT_STATE", "the achievement's state does not allow this")
	ErrTaken      = fault.New(fault.Exists, "EXTERNAL_ID_TAKEN", "the organization has another one with this external_id")
	ErrIndustry   = codes.ErrIndustry
	ErrDiscipline = fault.New(fault.Invalid, "DISCIPLINE_UNKNOWN", "this is no code of a discipline of NSFC")
	ErrContact    = fault.New(fault.Invalid, "CONTACT_IN_TEXT", "the text has a telephone number or a mail address")
)

// Maturity is how far an achievement is from use; empty is not said.
type Maturity string

// The maturities.
const (
	Lab        Maturity = "lab"
	SmallBatch Maturity = "small_batch"
	Pilot      Maturity = "pilot"
	Industrial Maturity = "industrial"
)

// Mode is how the owner would work with others.
type Mode string

// The modes.
const (
	Transfer         Mode = "transfer"
	License          Mode = "license"
	JointDevelopment Mode = "joint_development"
	Service          Mode = "service"
	Equity           Mode = "equity"
	UseFirst         Mode = "use_first"
)
