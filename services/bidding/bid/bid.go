// Package bid has the rules of bids 揭榜.
//
//   - The life cycle is the map below; nothing else moves a bid.
//   - Until a bid is opened its bidder alone may know of it.
//   - What the ledger holds before the opening is the digest of a sealed envelope, which tells nothing about amount or proposal.
package bid

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/lifecycle"
	"github.com/jiebang/jiebang/services/money"
)

// State is where a bid stands.
type State string

// The states. A direct award goes from opened to won; a judged one by shortlisted and selected.
const (
	Draft        State = "draft"
	Submitted    State = "submitted"
	Unconfirmed  State = "needs_confirmation" // the demand was amended since
	Opened       State = "opened"
	Invalid      State = "invalid" // it could not be opened, or its consortium is barred; for which there is evidence
	Disqualified State = "disqualified"
	Shortlisted  State = "shortlisted"
	Selected     State = "selected"
	Reserve      State = "reserve" // recommended behind the winner
	Won          State = "won"
	Declined     State = "declined" // the winner does not sign
	NotSelected  State = "not_selected"
	Withdrawn    State = "withdrawn"
	Lapsed       State = "lapsed" // never opened: not confirmed in time, or the demand was cancelled
)

// Event is what moves a bid.
type Event string

// The events.
const (
	Submit     Event = "submit"
	Replace    Event = "replace"
	Unsettle   Event = "unsettle" // the demand is amended
	Confirm    Event = "confirm"
	Withdraw   Event = "withdraw"
	Lapse      Event = "lapse"
	Open       Event = "open"
	Spoil      Event = "spoil"   // it cannot be opened
	Exclude    Event = "exclude" // its consortium is barred, which shows once all are opened
	Disqualify Event = "disqualify"
	Shortlist  Event = "shortlist"
	Select     Event = "select"
	Keep       Event = "keep"   // as a reserve
	Demote     Event = "demote" // an objection is upheld, and it is judged again
	Win        Event = "win"
	Lose       Event = "lose"
	Decline    Event = "decline"
)

// Machine is the life cycle.
var Machine = lifecycle.Machine[State, Event]{
	Draft:        {Submit: Submitted, Withdraw: Withdrawn},
	Submitted:    {Replace: Submitted, Unsettle: Unconfirmed, Withdraw: Withdrawn, Lapse: Lapsed, Open: Opened, Spoil: Invalid},
	Unconfirmed:  {Replace: Submitted, Confirm: Submitted, Withdraw: Withdrawn, Lapse: Lapsed},
	Opened:       {Exclude: Invalid, Win: Won, Lose: NotSelected, Disqualify: Disqualified, Shortlist: Shortlisted},
	Shortlisted:  {Select: Selected, Keep: Reserve, Lose: NotSelected, Disqualify: Disqualified},
	Selected:     {Win: Won, Decline: Declined, Demote: Shortlisted},
	Reserve:      {Select: Selected, Decline: Declined, Demote: Shortlisted, Lose: NotSelected},
	Won:          {Decline: Declined},
	Invalid:      {},
	Disqualified: {},
	Declined:     {},
	NotSelected:  {},
	Withdrawn:    {},
	Lapsed:       {},
}

// Values lists the states for ent.
func (State) Values() []string { return Machine.States() }

// Next returns the state that e leads to.
func (s State) Next(e Event) (State, error) { return Machine.Next(s, e, ErrState) }

// Sealed reports whether a bid in state s is for its bidder's eyes only.
func (s State) Sealed() bool { return slices.Contains(sealed, s) }

var sealed = []State{Draft, Submitted, Unconfirmed, Withdrawn, Lapsed}

// Live reports whether a bid in state s stands in the way of another bid of the same organization.
func (s State) Live() bool { return s != Withdrawn && s != Lapsed }

// SealedStates are the states in which a bid is for its bidder's eyes only.
func SealedStates() []State { return slices.Clone(sealed) }

// Set is the digest of a set of digests, whatever their order: it fixes which envelopes there were when bids closed.
func Set(digests [][]byte) []byte {
	sorted := slices.Clone(digests)
	slices.SortFunc(sorted, bytes.Compare)
	h := sha256.New()
	h.Write([]byte("jiebang envelopes 1\n"))
	for _, d := range sorted {
		h.Write(d)
	}
	return h.Sum(nil)
}

// Faults of bids.
var (
	ErrNotFound = fault.New(fault.NotFound, "BID_NOT_FOUND", "there is no such bid")
	ErrState    = fault.New(fault.Precondition, "BID_STATE", "the bid's state does not allow this")
	ErrNotDraft = fault.New(fault.Precondition, "BID_NOT_DRAFT", "only a draft can be changed; replace a submitted bid")
	ErrExists   = fault.New(fault.Exists, "BID_EXISTS", "the organization has a live bid for this demand")
	ErrBySelf   = fault.New(fault.Precondition, "SEALED_BY_BIDDER", "bids for this demand are sealed by the bidder's own client; nothing is drafted here")
	ErrNumber   = fault.New(fault.Conflict, "SUBMISSION_NUMBER", "another submission was received; seal again as the next one")
	ErrPart     = fault.New(fault.Invalid, "ENVELOPE_PART", "the envelope must hold the whole bid")
	ErrWaits    = fault.New(fault.Precondition, "BIDS_SEALED", "the custodians have not opened all bids yet")
)

// Faults of openings.
var (
	ErrNotClosed = fault.New(fault.Precondition, "NOT_CLOSED", "the demand has no closed bids that wait to be opened")
	ErrGiven     = fault.New(fault.Exists, "OPENING_EXISTS", "the custodian has given its shares for this demand")
	ErrShares    = fault.New(fault.Invalid, "SHARES_INCOMPLETE", "there must be one share of each bid that waits to be opened and is sealed to the custodian")
)

// NonceSize is the length of the nonce that blinds a digest.
const NonceSize = 32

// Digest is what the ledger holds, before it is opened, of a bid that is older than envelopes.
func Digest(id string, version int, nonce []byte, amount money.Fen, proposal string) []byte {
	h := sha256.New()
	h.Write([]byte("jiebang bid 1\n"))
	field := func(b []byte) {
		_ = binary.Write(h, binary.BigEndian, uint64(len(b)))
		h.Write(b)
	}
	field([]byte(id))
	field(binary.BigEndian.AppendUint64(nil, uint64(version)))
	field(nonce)
	field(binary.BigEndian.AppendUint64(nil, uint64(amount)))
	field([]byte(proposal))
	return h.Sum(nil)
}
