// Package custodian has the rules of key custodians 密钥保管人.
//
//   - The life cycle is the map below; nothing else moves a custodian.
//   - A key counts only while it is confirmed by a second person and was shown to be there within thirty days.
//   - A demand is published at level S1 only if one more custodian is fresh than must open its bids, so that one may be lost.
package custodian

import (
	"crypto/subtle"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/lifecycle"
)

// State is where a custodian stands.
type State string

// The states.
const (
	Registered State = "registered"
	Active     State = "active"
	Retired    State = "retired"
)

// Event is what moves a custodian.
type Event string

// The events.
const (
	Confirm Event = "confirm"
	Retire  Event = "retire"
)

// Machine is the life cycle.
var Machine = lifecycle.Machine[State, Event]{
	Registered: {Confirm: Active, Retire: Retired},
	Active:     {Retire: Retired},
	Retired:    {},
}

// Values lists the states for ent.
func (State) Values() []string { return Machine.States() }

// Next returns the state that e leads to.
func (s State) Next(e Event) (State, error) { return Machine.Next(s, e, ErrState) }

// Faults of custodians.
var (
	ErrNotFound    = fault.New(fault.NotFound, "CUSTODIAN_NOT_FOUND", "there is no such custodian")
	ErrForeign     = fault.New(fault.Forbidden, "CUSTODIAN_FOREIGN", "only the custodian in person may do this")
	ErrState       = fault.New(fault.Precondition, "CUSTODIAN_STATE", "the custodian's state does not allow this")
	ErrPerson      = fault.New(fault.Precondition, "CUSTODIAN_PERSON", "a custodian is a person who has logged in, not a program with a token")
	ErrExists      = fault.New(fault.Exists, "CUSTODIAN_EXISTS", "the person has a key that waits to be confirmed")
	ErrKeyTaken    = fault.New(fault.Exists, "CUSTODIAN_KEY_TAKEN", "the public key was registered before")
	ErrFingerprint = fault.New(fault.Precondition, "FINGERPRINT_WRONG", "the fingerprint is not that of the registered key")
	ErrAnswer      = fault.New(fault.Precondition, "CHALLENGE_ANSWER", "not the answer to the challenge, or too late; ask for another challenge")
	ErrNotFresh    = fault.New(fault.Precondition, "CUSTODIANS_NOT_FRESH", "too few custodians have shown lately that they have their keys")
)

// Threshold is how many custodians open the bids of a demand together.
const Threshold = 2

// Needed is how many custodians must be fresh when a demand is published.
const Needed = Threshold + 1

// Freshness is how long a key counts after it was shown to be there.
const Freshness = 30 * 24 * time.Hour

// Fresh reports whether bids are sealed to a key now.
func Fresh(s State, checked *time.Time, now time.Time) bool {
	return s == Active && checked != nil && !now.Before(*checked) && now.Sub(*checked) < Freshness
}

// CheckReady reports whether so many fresh keys, of different persons, are enough to publish a demand.
func CheckReady(fresh int) error {
	if fresh < Needed {
		return ErrNotFresh.With("fresh", fresh).With("needed", Needed).With("missing", Needed-fresh)
	}
	return nil
}

// CheckFingerprint compares what a person has typed with the fingerprint of a public key.
func CheckFingerprint(recipient, typed string) error {
	plain := strings.NewReplacer("-", "", " ", "")
	if subtle.ConstantTimeCompare([]byte(plain.Replace(seal.Fingerprint(recipient))), []byte(plain.Replace(typed))) != 1 {
		return ErrFingerprint
	}
	return nil
}
