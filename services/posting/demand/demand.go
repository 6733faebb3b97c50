// Package demand has the rules of demands 需求.
//
//   - The life cycle is the map below; nothing else moves a demand.
//   - The deadline is exclusive: at that instant the bid period is over.
//   - A published demand's content changes by an amendment alone.
//   - A demand fails for one of five reasons, and a fulfilled, rejected, withdrawn, cancelled or failed demand never moves again.
package demand

import (
	"fmt"
	"slices"
	"time"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/lifecycle"
)

// State is where a demand stands.
type State string

// The states. Vetting and judging are for procedures that have them; a direct one goes from draft to published and from evaluating to awarded.
const (
	Draft      State = "draft"
	Submitted  State = "submitted" // to the bureau, for vetting 论证
	Vetting    State = "vetting"
	Returned   State = "returned" // with comments, to be changed and submitted again
	Rejected   State = "rejected"
	Approved   State = "approved" // may be published
	Published  State = "published"
	Stale      State = "stale" // its owner does not answer; not listed
	Evaluating State = "evaluating"
	Announced  State = "announced" // 公示
	Awarded    State = "awarded"
	Contracted State = "contracted"
	Fulfilled  State = "fulfilled"
	Withdrawn  State = "withdrawn"
	Cancelled  State = "cancelled"
	Failed     State = "failed"
)

// Event is what moves a demand.
type Event string

// The events.
const (
	Submit   Event = "submit"
	Vet      Event = "vet"       // the bureau takes it up
	Return   Event = "return"    //
	Approve  Event = "approve"   //
	TurnDown Event = "turn_down" // it is not fit to be published
	Publish  Event = "publish"
	Amend    Event = "amend"   // 澄清或变更, after publication
	Confirm  Event = "confirm" // its owner says that it is alive
	Wilt     Event = "wilt"    // its owner has not said so in time
	Revive   Event = "revive"  // its owner says so late
	Expire   Event = "expire"  // or never
	Withdraw Event = "withdraw"
	Cancel   Event = "cancel"
	Close    Event = "close"    // the deadline, with bids
	Lapse    Event = "lapse"    // the deadline, without enough bids
	Reject   Event = "reject"   // no bid is good enough
	Award    Event = "award"    // at once, in a direct procedure
	Announce Event = "announce" // the decision, for objections
	Uphold   Event = "uphold"   // an objection: it is judged again
	Settle   Event = "settle"   // no objection is left
	Promote  Event = "promote"  // the winner does not sign, and the reserve is announced
	Sign     Event = "sign"     // the contract is in force
	Refuse   Event = "refuse"   // the award leads to no contract
	Fulfil   Event = "fulfil"   // the contract is completed
	Abandon  Event = "abandon"  // the contract is terminated
)

// Machine is the life cycle.
var Machine = lifecycle.Machine[State, Event]{
	Draft:      {Submit: Submitted, Publish: Published},
	Submitted:  {Vet: Vetting, Return: Returned},
	Vetting:    {Return: Returned, Approve: Approved, TurnDown: Rejected},
	Returned:   {Submit: Submitted},
	Approved:   {Publish: Published},
	Published:  {Amend: Published, Confirm: Published, Wilt: Stale, Withdraw: Withdrawn, Cancel: Cancelled, Close: Evaluating, Lapse: Failed},
	Stale:      {Revive: Published, Expire: Failed, Withdraw: Withdrawn, Cancel: Cancelled, Close: Evaluating, Lapse: Failed},
	Evaluating: {Award: Awarded, Announce: Announced, Reject: Failed, Cancel: Cancelled},
	Announced:  {Settle: Awarded, Uphold: Evaluating},
	Awarded:    {Sign: Contracted, Promote: Announced, Refuse: Failed},
	Contracted: {Fulfil: Fulfilled, Abandon: Failed},
	Rejected:   {},
	Fulfilled:  {},
	Withdrawn:  {},
	Cancelled:  {},
	Failed:     {},
}

// Values lists the states for ent.
func (State) Values() []string { return Machine.States() }

// Next returns the state that e leads to.
func (s State) Next(e Event) (State, error) { return Machine.Next(s, e, ErrState) }

// Failure is why a demand failed.
type Failure string

// The reasons.
const (
	NoBids      Failure = "no_bids"
	NoQualified Failure = "no_qualified"
	NoContract  Failure = "no_contract"
	Terminated  Failure = "terminated"
	Abandoned   Failure = "abandoned" // its owner no longer answered
)

// Values lists the reasons for ent.
func (Failure) Values() []string {
	return []string{string(NoBids), string(NoQualified), string(NoContract), string(Terminated), string(Abandoned)}
}

// FailureOf says why a demand that e made fail has failed; empty if e is no failure.
func FailureOf(e Event) Failure {
	return map[Event]Failure{Lapse: NoBids, Reject: NoQualified, Refuse: NoContract, Abandon: Terminated, Expire: Abandoned}[e]
}

// Faults of demands.
var (
	ErrNotFound        = fault.New(fault.NotFound, "DEMAND_NOT_FOUND", "there is no such demand")
	ErrForeign         = fault.New(fault.Forbidden, "DEMAND_FOREIGN", "only the firm that posted the demand may do this")
	ErrState           = fault.New(fault.Precondition, "DEMAND_STATE", "the demand's state does not allow this")
	ErrNotDraft        = fault.New(fault.Precondition, "DEMAND_NOT_DRAFT", "only a draft or a returned demand can be changed")
	ErrNotOpen         = fault.New(fault.Precondition, "DEMAND_NOT_OPEN", "the demand does not take bids now")
	ErrNotAwarded      = fault.New(fault.Precondition, "DEMAND_NOT_AWARDED", "the demand has no award to make a contract from")
	ErrJudged          = fault.New(fault.Precondition, "DEMAND_JUDGED", "the demand's procedure has experts and the bureau decide, not the firm")
	ErrDeadlinePassed  = fault.New(fault.Precondition, "DEADLINE_PASSED", "the deadline has passed")
	ErrDeadlineMissing = fault.New(fault.Invalid, "DEADLINE_MISSING", "a demand needs a deadline to be published")
	ErrDeadlinePast    = fault.New(fault.Invalid, "DEADLINE_PAST", "the deadline must lie in the future")
	ErrDeadlineTooFar  = fault.New(fault.Invalid, "DEADLINE_TOO_FAR", "the deadline is more than two years ahead")
	ErrBidForeign      = fault.New(fault.Invalid, "BID_FOREIGN", "the bid is not one for this demand")
	ErrPosterBids      = fault.New(fault.Precondition, "BIDDER_IS_POSTER", "a firm does not bid for its own demand")
)

// Zone is China Standard Time, the trade's own: it decides the year of a number and the month of a count.
var Zone = time.FixedZone("CST", 8*60*60)

// MaxPeriod is the longest bid period.
const MaxPeriod = 2 * 366 * 24 * time.Hour

// CheckDeadline reports whether a demand may be published at now with this deadline.
func CheckDeadline(now time.Time, deadline *time.Time) error {
	switch {
	case deadline == nil:
		return ErrDeadlineMissing.At("deadline")
	case !deadline.After(now):
		return ErrDeadlinePast.With("deadline", deadline.UTC().Format(time.RFC3339)).At("deadline")
	case deadline.Sub(now) > MaxPeriod:
		return ErrDeadlineTooFar.With("deadline", deadline.UTC().Format(time.RFC3339)).At("deadline")
	}
	return nil
}

// Admits reports whether a demand in state s with this deadline takes what is received at the instant at.
func Admits(s State, deadline, at time.Time) error {
	if s != Published {
		return ErrNotOpen.With("state", string(s))
	}
	if !at.Before(deadline) {
		return ErrDeadlinePassed.With("deadline", deadline.UTC().Format(time.RFC3339Nano))
	}
	return nil
}

// Due reports whether the deadline of a demand has come at now.
func Due(s State, deadline, now time.Time) bool { return s.Open() && !now.Before(deadline) }

// Public reports whether anyone may read a demand in state s.
func (s State) Public() bool { return !slices.Contains(private, s) }

// private are the states before a publication, and that of what never comes to one.
var private = []State{Draft, Submitted, Vetting, Returned, Rejected, Approved}

// Private are the states in which a demand is for its firm, and from its submission on for those who vet it.
func Private() []State { return slices.Clone(private) }

// Listed reports whether a demand in state s is found by searches.
func (s State) Listed() bool { return !slices.Contains(unlisted, s) }

var unlisted = append(slices.Clone(private), Stale, Withdrawn, Cancelled)

// Unlisted are the states in which no search finds a demand.
func Unlisted() []State { return slices.Clone(unlisted) }

// Open reports whether the deadline of a demand in state s is still to come; what bids there are is their bidders' secret.
func (s State) Open() bool { return s == Published || s == Stale }

// Editable reports whether the firm may change a demand in state s.
func (s State) Editable() bool { return s == Draft || s == Returned }

// Number makes the number of the n-th demand that a jurisdiction publishes in a year.
func Number(jurisdiction string, year, n int) string {
	return fmt.Sprintf("XQ-%s-%d-%04d", jurisdiction, year, n)
}
