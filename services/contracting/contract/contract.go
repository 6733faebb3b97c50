// Package contract has the rules of contracts 合同.
//
//   - The life cycle is the map below; nothing else moves a contract.
//   - The signed total is fixed by the digest that both sides sign, and never changes.
//   - A contract has one channel, one class, one signing date, and counts once.
package contract

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/lifecycle"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// State is where a contract stands.
type State string

// The states.
const (
	Drafting         State = "drafting"
	PendingSignature State = "pending_signature"
	Active           State = "active"
	Completed        State = "completed"
	Cancelled        State = "cancelled"
	Terminated       State = "terminated"
)

// Event is what moves a contract.
type Event string

// The events.
const (
	Propose   Event = "propose"
	Sign      Event = "sign"     // a signature, but for the last
	Activate  Event = "activate" // the last signature
	Refuse    Event = "refuse"
	Revise    Event = "revise"   // a side asks for changes before all have signed
	Confirm   Event = "confirm"  // one side says it is fulfilled
	Complete  Event = "complete" // all sides have
	Terminate Event = "terminate"
)

// Machine is the life cycle.
var Machine = lifecycle.Machine[State, Event]{
	Drafting:         {Propose: PendingSignature},
	PendingSignature: {Sign: PendingSignature, Activate: Active, Refuse: Cancelled, Revise: Drafting},
	Active:           {Confirm: Active, Complete: Completed, Terminate: Terminated},
	Completed:        {},
	Cancelled:        {},
	Terminated:       {},
}

// Values lists the states for ent.
func (State) Values() []string { return Machine.States() }

// Next returns the state that e leads to.
func (s State) Next(e Event) (State, error) { return Machine.Next(s, e, ErrState) }

// Counts reports whether a contract in state s has been in force, so that its total counts.
func (s State) Counts() bool { return s == Active || s == Completed || s == Terminated }

// Channel is how the parties came together.
type Channel string

// The channels.
const (
	Jiebang Channel = "jiebang"
	Auction Channel = "auction"
)

// Values lists the channels for ent.
func (Channel) Values() []string { return []string{string(Jiebang), string(Auction)} }

// Class is the class of technology contract.
type Class string

// The classes of the Civil Code since 2021.
const (
	Development Class = "development"
	Transfer    Class = "transfer"
	License     Class = "license"
	Consulting  Class = "consulting"
	Service     Class = "service"
)

// Values lists the classes for ent.
func (Class) Values() []string {
	return []string{string(Development), string(Transfer), string(License), string(Consulting), string(Service)}
}

// Faults of contracts.
var (
	ErrNotFound        = fault.New(fault.NotFound, "CONTRACT_NOT_FOUND", "there is no such contract")
	ErrForeign         = fault.New(fault.Forbidden, "CONTRACT_FOREIGN", "only the parties of the contract may do this")
	ErrSide            = fault.New(fault.Forbidden, "SIDE_WRONG", "this is for the other side of the contract to do")
	ErrState           = fault.New(fault.Precondition, "CONTRACT_STATE", "the contract's state does not allow this")
	ErrNotDrafting     = fault.New(fault.Precondition, "CONTRACT_NOT_DRAFTING", "only a contract that is being drafted can be changed")
	ErrExists          = fault.New(fault.Exists, "CONTRACT_EXISTS", "the demand has a contract already")
	ErrChannel         = fault.New(fault.Invalid, "CONTRACT_CHANNEL", "the channel does not fit how the contract is made")
	ErrPartiesSame     = fault.New(fault.Invalid, "PARTIES_SAME", "buyer and seller must be different organizations")
	ErrUnsigned        = fault.New(fault.Precondition, "CONTRACT_NOT_SIGNED", "a contract has a balance once it has come into force")
	ErrDigestMissing   = fault.New(fault.Invalid, "DIGEST_MISSING", "the SHA-256 of the contract's text, 32 bytes, is needed")
	ErrTextOwn         = fault.New(fault.NotFound, "CONTRACT_TEXT_OWN", "the parties have a text of their own; the contract keeps its SHA-256 only")
	ErrDigestMismatch  = fault.New(fault.Conflict, "DIGEST_MISMATCH", "the digest does not name this version of the contract")
	ErrSigned          = fault.New(fault.Precondition, "SIGNED_ALREADY", "this side has signed")
	ErrCompleted       = fault.New(fault.Precondition, "COMPLETED_ALREADY", "this side has confirmed completion")
	ErrReasonMissing   = fault.New(fault.Invalid, "REASON_MISSING", "a reason of 1 to 500 characters is needed")
	ErrSignDateMissing = fault.New(fault.Invalid, "SIGN_DATE_MISSING", "a recorded contract needs its signing date")
	ErrSignDateFuture  = fault.New(fault.Invalid, "SIGN_DATE_FUTURE", "a contract cannot have been signed in the future or before 1985")
)

// Terms are what the signatures bind.
type Terms struct {
	ID         string
	Buyer      string // organization ids
	Seller     string
	Broker     string
	Title      string
	Class      Class
	Field      string
	Channel    Channel
	Total      money.Fen
	TextDigest []byte // SHA-256 of the contract's text
	Version    int    // which text, from 1
	Plan       string // as EncodePlan writes it
	Clauses    string // as EncodeClauses writes them
	Consortium string // who is the seller's side together, as consortium.Encode writes it; empty if the seller is alone
}

// Digest is what a signature signs: any change of the terms changes it. With a consortium it has the fourth form. A contract without clauses has the second, and its
// first text, if there is no plan, the first.
func (t Terms) Digest() []byte {
	h, form := sha256.New(), 1
	switch {
	case t.Consortium != "":
		form = 4
	case t.Clauses != "":
		form = 3
	case t.Version > 1 || t.Plan != "":
		form = 2
	}
	fmt.Fprintf(h, "jiebang contract %d\n", form)
	field := func(b []byte) {
		_ = binary.Write(h, binary.BigEndian, uint64(len(b)))
		h.Write(b)
	}
	for _, s := range []string{t.ID, t.Buyer, t.Seller, t.Broker, t.Title, string(t.Class), t.Field, string(t.Channel)} {
		field([]byte(s))
	}
	field(binary.BigEndian.AppendUint64(nil, uint64(t.Total)))
	field(t.TextDigest)
	if form > 1 {
		field(binary.BigEndian.AppendUint64(nil, uint64(t.Version)))
		field([]byte(t.Plan))
	}
	if form > 2 {
		field([]byte(t.Clauses))
	}
	if form > 3 {
		field([]byte(t.Consortium))
	}
	return h.Sum(nil)
}

// CheckText reports whether d can be the SHA-256 of a text.
func CheckText(d []byte) error {
	if len(d) != sha256.Size {
		return ErrDigestMissing.With("length", len(d))
	}
	return nil
}

// DateLayout is how a signing date is kept.
const DateLayout = "2006-01-02"

// SignDate is the day, in China Standard Time, on which a signature at the instant at falls.
func SignDate(at time.Time) string { return at.In(demand.Zone).Format(DateLayout) }

// CheckSignDate reports whether a contract recorded at now may have been signed on the date.
func CheckSignDate(date string, now time.Time) error {
	if date == "" {
		return ErrSignDateMissing.At("contract.sign_date")
	}
	if date > SignDate(now) || date < "1985-01-01" {
		return ErrSignDateFuture.With("sign_date", date).At("contract.sign_date")
	}
	return nil
}

// Number makes the number of the n-th contract that comes into force in a jurisdiction in a year.
func Number(jurisdiction string, year, n int) string {
	return fmt.Sprintf("HT-%s-%d-%04d", jurisdiction, year, n)
}
