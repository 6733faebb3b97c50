// Package casefile has the rules of monitoring cases 监测案件.
//
//   - The life cycle is the map below; nothing else moves a case.
//   - Nobody but the authority knows of a draft, or of one that was given up as a draft.
//   - A case that finds violations names each type once, and is completed when it is said of each type what became of it.
//   - Whoever opens a case does not conclude it.
package casefile

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/lifecycle"
)

// State is where a case stands.
type State string

// The states.
const (
	Draft     State = "draft"
	Active    State = "active"
	Addressed State = "addressed" // violations were found
	Declined  State = "declined"  // none was
	Completed State = "completed"
	Closed    State = "closed"
	Cancelled State = "cancelled"
	Stopped   State = "stopped"
)

// Event is what moves a case.
type Event string

// The events.
const (
	Activate Event = "activate"
	Cancel   Event = "cancel"
	Answer   Event = "answer" // by who it is about
	Address  Event = "address"
	Decline  Event = "decline"
	Complete Event = "complete"
	Close    Event = "close"
	Stop     Event = "stop"
)

// Machine is the life cycle.
var Machine = lifecycle.Machine[State, Event]{
	Draft:     {Activate: Active, Cancel: Cancelled},
	Active:    {Answer: Active, Address: Addressed, Decline: Declined, Stop: Stopped},
	Addressed: {Answer: Addressed, Complete: Completed, Stop: Stopped},
	Declined:  {Close: Closed, Stop: Stopped},
	Completed: {},
	Closed:    {},
	Cancelled: {},
	Stopped:   {},
}

// Values lists the states for ent.
func (State) Values() []string { return Machine.States() }

// Next returns the state that e leads to.
func (s State) Next(e Event) (State, error) { return Machine.Next(s, e, ErrState) }

// Hidden reports whether a case in state s is known to the authority alone.
func (s State) Hidden() bool { return slices.Contains(hidden, s) }

var hidden = []State{Draft, Cancelled}

// Cause is why a case is opened.
type Cause string

// Indicator is a red flag; what else opens a case is in the codes of the API.
const Indicator Cause = "indicator"

// Type is a type of violation.
type Type string

// Types are all types of violations.
var Types = []Type{"publication", "eligibility", "conflict", "evaluation", "award", "contracting", "amendment", "payment", "registration", "reward", "record", "other"}

// Resolution is what became of a violation.
type Resolution string

// The resolutions.
const (
	Eliminated    Resolution = "eliminated"
	NotEliminated Resolution = "not_eliminated"
	NoMechanism   Resolution = "no_mechanism" // there is no way to undo it
)

// Violation is what was found of one type, and what became of it.
type Violation struct {
	Type       Type       `json:"type"`
	Text       string     `json:"text"`
	Resolution Resolution `json:"resolution,omitempty"`
	Words      string     `json:"words,omitempty"`
}

// Reply is an answer of an organization that a case is about.
type Reply struct {
	Organization string `json:"organization"` // its id
	State        State  `json:"state"`        // of the case then
	Text         string `json:"text"`
	Time         string `json:"time"` // as in the ledger
}

// MostReplies is how many answers a case takes.
const MostReplies = 40

// CheckViolations reports whether a conclusion may name violations: each type once, each in words.
func CheckViolations(all []Violation) error {
	seen := map[Type]bool{}
	for _, v := range all {
		if seen[v.Type] || !slices.Contains(Types, v.Type) || strings.TrimSpace(v.Text) == "" || v.Resolution != "" || v.Words != "" {
			return ErrViolations.At("violations")
		}
		seen[v.Type] = true
	}
	return nil
}

// Concluded is the event of a conclusion.
func Concluded(violations []Violation) Event {
	if len(violations) > 0 {
		return Address
	}
	return Decline
}

// Resolve says of each violation what became of it. Each type is named once, and one that was not eliminated in words.
func Resolve(found, resolved []Violation) ([]Violation, error) {
	all := slices.Clone(found)
	if len(resolved) != len(found) {
		return nil, ErrResolutions.At("resolutions")
	}
	for _, r := range resolved {
		i := slices.IndexFunc(all, func(v Violation) bool { return v.Type == r.Type && v.Resolution == "" })
		if i < 0 {
			return nil, ErrResolutions.At("resolutions")
		}
		all[i].Resolution, all[i].Words = r.Resolution, r.Words
	}
	return all, CheckResolved(all)
}

// CheckResolved reports whether it is said of each violation what became of it.
func CheckResolved(all []Violation) error {
	for _, v := range all {
		switch {
		case v.Resolution == Eliminated:
		case (v.Resolution == NotEliminated || v.Resolution == NoMechanism) && strings.TrimSpace(v.Words) != "":
		default:
			return ErrResolutions.At("resolutions")
		}
	}
	return nil
}

// Encode writes violations or replies as they are kept; none is an empty text.
func Encode[T Violation | Reply](all []T) string {
	if len(all) == 0 {
		return ""
	}
	b, err := json.Marshal(all)
	if err != nil {
		panic(err) // it is made of texts
	}
	return string(b)
}

// Decode reads what Encode writes.
func Decode[T Violation | Reply](text string) (all []T, err error) {
	if text == "" {
		return nil, nil
	}
	return all, json.Unmarshal([]byte(text), &all)
}

// Faults of cases.
var (
	ErrNotFound    = fault.New(fault.NotFound, "CASE_NOT_FOUND", "there is no such case that you may read")
	ErrForeign     = fault.New(fault.Forbidden, "CASE_FOREIGN", "only the authority of the ledger works on a case, and only those it is about answer it")
	ErrState       = fault.New(fault.Precondition, "CASE_STATE", "the case's state does not allow this")
	ErrSubject     = fault.New(fault.Invalid, "CASE_SUBJECT", "a case is about a published demand, a contract that came into force, or an organization of the jurisdiction")
	ErrSame        = fault.New(fault.Forbidden, "CASE_SAME_PERSON", "whoever opened a case does not conclude it")
	ErrViolations  = fault.New(fault.Invalid, "CASE_VIOLATIONS", "each type of violation is named once, in words")
	ErrResolutions = fault.New(fault.Invalid, "CASE_RESOLUTIONS", "each violation is resolved once; one that was not eliminated in words")
	ErrReplies     = fault.New(fault.Precondition, "CASE_ANSWERS", "a case takes at most 40 answers")
)
