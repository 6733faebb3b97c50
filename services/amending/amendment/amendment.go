// Package amendment has the rules of 合同变更: what changes the total of a contract in force.
//
//   - The new total is given, never the difference: that is computed.
//   - Only an amendment in force counts, and one that both sides have signed is in force at once.
//   - An amendment comes into force later than the one before it.
package amendment

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/lifecycle"
	"github.com/jiebang/jiebang/services/money"
)

// State is where an amendment stands.
type State string

// The states.
const (
	Draft            State = "draft"
	PendingSignature State = "pending_signature"
	Active           State = "active"
	Withdrawn        State = "withdrawn"
	Refused          State = "refused"
)

// Event is what moves an amendment.
type Event string

// The events.
const (
	Propose  Event = "propose"
	Sign     Event = "sign"     // the first signature
	Activate Event = "activate" // the last signature
	Withdraw Event = "withdraw"
	Refuse   Event = "refuse"
)

// Machine is the life cycle.
var Machine = lifecycle.Machine[State, Event]{
	Draft:            {Propose: PendingSignature, Withdraw: Withdrawn},
	PendingSignature: {Sign: PendingSignature, Activate: Active, Withdraw: Withdrawn, Refuse: Refused},
	Active:           {},
	Withdrawn:        {},
	Refused:          {},
}

// Values lists the states for ent.
func (State) Values() []string { return Machine.States() }

// Next returns the state that e leads to.
func (s State) Next(e Event) (State, error) { return Machine.Next(s, e, ErrState) }

// Reason is why a contract is amended.
type Reason string

// The reasons.
const (
	Scope      Reason = "scope"
	Price      Reason = "price"
	Period     Reason = "period"
	Tax        Reason = "tax"
	Unforeseen Reason = "unforeseen"
	Correction Reason = "correction"
	Other      Reason = "other_reason"
)

// Faults of amendments.
var (
	ErrNotFound = fault.New(fault.NotFound, "AMENDMENT_NOT_FOUND", "there is no such amendment")
	ErrState    = fault.New(fault.Precondition, "AMENDMENT_STATE", "the amendment's state does not allow this")
	ErrOpen     = fault.New(fault.Precondition, "AMENDMENT_OPEN", "the contract has an amendment that is neither in force nor given up")
	ErrSame     = fault.New(fault.Invalid, "AMENDMENT_SAME", "an amendment for the price or the scope that leaves the total as it is needs another reason")
	ErrBelow    = fault.New(fault.Precondition, "AMENDMENT_BELOW", "the new total is below what is paid or accepted already")
	ErrEarly    = fault.New(fault.Precondition, "AMENDMENT_EARLY", "an amendment comes into force later than the contract and the amendment before it")
	ErrOthers   = fault.New(fault.Forbidden, "AMENDMENT_OTHERS", "only the side that drafted the amendment may withdraw it")
)

// CheckReasons reports whether the reasons fit a difference: one that is for the price alone changes it.
func CheckReasons(reasons []string, difference money.Fen) error {
	if difference == 0 && len(reasons) == 1 && reasons[0] == string(Price) {
		return ErrSame.At("amendment.new_total")
	}
	return nil
}

// CheckTotal reports whether a contract of which so much is paid and accepted can have a total.
func CheckTotal(total, paid, accepted money.Fen) error {
	if total < paid || total < accepted {
		return ErrBelow.With("paid", paid.String()).With("accepted", accepted.String()).At("amendment.new_total")
	}
	return nil
}

// CheckEffective reports whether an amendment can come into force at an instant, after what came into force at another.
func CheckEffective(at, before time.Time) error {
	if !at.After(before) {
		return ErrEarly
	}
	return nil
}

// Terms are what the signatures of an amendment bind.
type Terms struct {
	ID, Contract string
	Number       int
	Before       money.Fen // the current total
	NewTotal     money.Fen
	Reasons      []string
	Explanation  string
	TextDigest   []byte
}

// Digest is what a signature signs: any change of the terms changes it.
func (t Terms) Digest() []byte {
	h := sha256.New()
	h.Write([]byte("jiebang amendment 1\n"))
	field := func(b []byte) {
		_ = binary.Write(h, binary.BigEndian, uint64(len(b)))
		h.Write(b)
	}
	number := func(n int64) { field(binary.BigEndian.AppendUint64(nil, uint64(n))) }
	field([]byte(t.ID))
	field([]byte(t.Contract))
	number(int64(t.Number))
	number(int64(t.Before))
	number(int64(t.NewTotal))
	field([]byte(strings.Join(t.Reasons, " ")))
	field([]byte(t.Explanation))
	field(t.TextDigest)
	return h.Sum(nil)
}
