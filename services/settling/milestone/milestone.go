// Package milestone has the rules of 里程碑: how the plan of a contract in force is fulfilled and accepted.
//
//   - Nothing is accepted by silence: only the buyer's word makes a milestone met.
//   - Not delivered, rejected and met in part are three outcomes; rework is counted.
//   - That one is overdue is what its dates say, not a state.
package milestone

import (
	"encoding/json"
	"strings"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/lifecycle"
	"github.com/jiebang/jiebang/services/money"
)

// State is where a milestone stands.
type State string

// The states.
const (
	Scheduled         State = "scheduled"
	InProgress        State = "in_progress"
	EvidenceSubmitted State = "evidence_submitted"
	Accepting         State = "accepting"
	Met               State = "met"
	PartiallyMet      State = "partially_met"
	Rejected          State = "rejected"
	NotDelivered      State = "not_delivered"
	Waived            State = "waived"
	Cancelled         State = "cancelled"
)

// Event is what moves a milestone.
type Event string

// The events.
const (
	Start    Event = "start"
	Submit   Event = "submit"
	Examine  Event = "examine"
	Accept   Event = "accept"
	Partly   Event = "accept_partly"
	Reject   Event = "reject"
	Fail     Event = "fail"  // not delivered
	Agree    Event = "agree" // one side does without it
	Waive    Event = "waive" // both sides do
	Cancel   Event = "cancel"
	Reassess Event = "reassess" // an amendment changes its amount
)

// Machine is the life cycle.
var Machine = lifecycle.Machine[State, Event]{
	Scheduled:         {Start: InProgress, Fail: NotDelivered, Agree: Scheduled, Waive: Waived, Cancel: Cancelled, Reassess: Scheduled},
	InProgress:        {Submit: EvidenceSubmitted, Fail: NotDelivered, Agree: InProgress, Waive: Waived, Cancel: Cancelled, Reassess: InProgress},
	EvidenceSubmitted: {Examine: Accepting, Agree: EvidenceSubmitted, Waive: Waived, Cancel: Cancelled, Reassess: EvidenceSubmitted},
	Accepting:         {Accept: Met, Partly: PartiallyMet, Reject: Rejected, Agree: Accepting, Waive: Waived, Cancel: Cancelled, Reassess: Accepting},
	PartiallyMet:      {Submit: EvidenceSubmitted, Fail: NotDelivered, Agree: PartiallyMet, Waive: Waived, Cancel: Cancelled},
	Rejected:          {Submit: EvidenceSubmitted, Fail: NotDelivered, Agree: Rejected, Waive: Waived, Cancel: Cancelled, Reassess: Rejected},
	Met:               {},
	NotDelivered:      {},
	Waived:            {},
	Cancelled:         {},
}

// Values lists the states for ent.
func (State) Values() []string { return Machine.States() }

// Next returns the state that e leads to.
func (s State) Next(e Event) (State, error) { return Machine.Next(s, e, ErrState) }

// Open reports whether something may still become of a milestone.
func (s State) Open() bool { return len(Machine[s]) > 0 }

// Done reports whether a contract may be completed with the milestone as it is.
func (s State) Done() bool { return s == Met || s == Waived }

// Spreads reports whether an amendment may change the amount of the milestone: nothing of it is decided.
func (s State) Spreads() bool { _, ok := Machine[s][Reassess]; return ok }

// Faults of milestones.
var (
	ErrNotFound = fault.New(fault.NotFound, "MILESTONE_NOT_FOUND", "there is no such milestone")
	ErrState    = fault.New(fault.Precondition, "MILESTONE_STATE", "the milestone's state does not allow this")
	ErrOpen     = fault.New(fault.Precondition, "MILESTONES_OPEN", "a contract is completed once every milestone is met or waived")
	ErrNotDue   = fault.New(fault.Precondition, "MILESTONE_NOT_DUE", "a milestone is not delivered only once its due date is past")
	ErrEvidence = fault.New(fault.Invalid, "EVIDENCE_INCOMPLETE", "one piece of evidence is needed for each indicator")
	ErrOutcome  = fault.New(fault.Invalid, "OUTCOME_INVALID", "the outcome of an acceptance is MET, PARTIALLY_MET or REJECTED")
	ErrAccepted = fault.New(fault.Invalid, "ACCEPTED_RANGE", "what is accepted in part is more than before and less than the amount")
	ErrAgreed   = fault.New(fault.Precondition, "WAIVED_ALREADY", "this side has agreed already")
	ErrSpread   = fault.New(fault.Precondition, "AMENDMENT_STAGES", "the milestones that are undecided cannot take the difference up")
)

// Outcome is the event of an outcome of an acceptance.
func Outcome(s State) (Event, error) {
	switch s {
	case Met:
		return Accept, nil
	case PartiallyMet:
		return Partly, nil
	case Rejected:
		return Reject, nil
	}
	return "", ErrOutcome.At("outcome")
}

// Accepts is what of an amount is accepted by an outcome, of which a part was accepted before.
func Accepts(e Event, amount, before money.Fen, part *money.Fen) (money.Fen, error) {
	switch e {
	case Accept:
		return amount, nil
	case Partly:
		if part == nil || *part <= before || *part >= amount {
			return 0, ErrAccepted.With("before", before.String()).With("amount", amount.String()).At("accepted")
		}
		return *part, nil
	}
	return before, nil
}

// Overdue reports whether a milestone that is due on a day and stands in a state is late on another day.
func Overdue(s State, due, today string) bool { return s.Open() && today > due }

// Evidence is what shows that an indicator is reached.
type Evidence struct {
	Value  string `json:"value"`
	Report []byte `json:"report,omitempty"` // SHA-256 of a test report
}

// CheckEvidence reports whether there is evidence for each of so many indicators; without any, one piece is for the whole.
func CheckEvidence(evidence []Evidence, indicators int) error {
	if len(evidence) != max(indicators, 1) {
		return ErrEvidence.With("want", max(indicators, 1)).With("have", len(evidence)).At("evidence")
	}
	for _, e := range evidence {
		if strings.TrimSpace(e.Value) == "" {
			return ErrEvidence.With("want", max(indicators, 1)).With("have", "空白").At("evidence")
		}
	}
	return nil
}

// EncodeEvidence writes evidence as the row and the entry have it; empty for none.
func EncodeEvidence(evidence []Evidence) string {
	if len(evidence) == 0 {
		return ""
	}
	text, err := json.Marshal(evidence)
	if err != nil {
		panic(err) // texts and bytes always have a form
	}
	return string(text)
}

// DecodeEvidence reads what EncodeEvidence writes.
func DecodeEvidence(text string) (evidence []Evidence, err error) {
	if text == "" {
		return nil, nil
	}
	return evidence, json.Unmarshal([]byte(text), &evidence)
}

// Part is a milestone as an amendment finds it.
type Part struct {
	Share  int64
	Amount money.Fen
	State  State
}

// Spread divides a new total among the milestones of a contract: those that are decided keep their amounts, the others share what is left by the largest
// remainder of their shares. It returns each one's amount. A contract without milestones has nothing to spread.
func Spread(total money.Fen, parts []Part) ([]money.Fen, error) {
	left, shares, amounts := total, []int64{}, make([]money.Fen, len(parts))
	for i, p := range parts {
		amounts[i] = p.Amount
		if p.State.Spreads() {
			shares = append(shares, p.Share)
		} else {
			left -= p.Amount
		}
	}
	if len(parts) == 0 {
		return nil, nil
	}
	if left < 0 || left > 0 && len(shares) == 0 {
		return nil, ErrSpread.With("left", left.String())
	}
	split := left.Split(shares)
	for i, p := range parts {
		if p.State.Spreads() {
			amounts[i], split = split[0], split[1:]
		}
	}
	return amounts, nil
}
