package evaluation

import (
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/lifecycle"
)

// SheetState is where the sheet of one expert about one bid stands.
type SheetState string

// The states of a sheet.
const (
	Assigned SheetState = "assigned" // the expert has not declared
	Cleared  SheetState = "cleared"  // without a conflict: it reads the bid and scores it
	Locked   SheetState = "locked"
	Recused  SheetState = "recused" // it neither reads nor counts
)

// SheetEvent is what moves a sheet.
type SheetEvent string

// The events of a sheet.
const (
	Clear   SheetEvent = "clear"
	Recuse  SheetEvent = "recuse"
	Lock    SheetEvent = "lock"
	Explain SheetEvent = "explain" // a deviation
	Unlock  SheetEvent = "unlock"  // by somebody who approves, with a reason
)

// SheetMachine is the life cycle of sheets.
var SheetMachine = lifecycle.Machine[SheetState, SheetEvent]{
	Assigned: {Clear: Cleared, Recuse: Recused},
	Cleared:  {Lock: Locked, Recuse: Recused},
	Locked:   {Explain: Locked, Unlock: Cleared, Recuse: Recused},
	Recused:  {},
}

// Values lists the states for ent.
func (SheetState) Values() []string { return SheetMachine.States() }

// Next returns the state that e leads to.
func (s SheetState) Next(e SheetEvent) (SheetState, error) {
	return SheetMachine.Next(s, e, ErrSheetState)
}

// Counts reports whether a sheet in state s is part of a ranking.
func (s SheetState) Counts() bool { return s == Locked }

// Reads reports whether the expert of a sheet in state s may open the bid.
func (s SheetState) Reads() bool { return s == Cleared || s == Locked }

// Former is a version of a sheet that was locked and reopened.
type Former struct {
	Points []int  `json:"points"`
	Remark string `json:"remark"`
	Words  string `json:"words,omitempty"`
	Locked string `json:"locked"` // when
	Reason string `json:"reason"` // why it was reopened
}

// Hint is what the platform knows of an expert and a bidder.
type Hint string

// The hints. The first two are conflicts whatever the expert says.
const (
	SameBody   Hint = "same_body"   // one organization, or of one code
	OwnBid     Hint = "own_bid"     // the expert's organization bids for the demand itself
	Contract   Hint = "contract"    // they have had a contract
	OfDemander Hint = "of_demander" // the expert has had a contract with the firm whose demand it is
)

// Bars reports whether a hint is a conflict whatever the expert says.
func (h Hint) Bars() bool { return h == SameBody || h == OwnBid }

// Faults of sheets.
var (
	ErrSheetNotFound = fault.New(fault.NotFound, "SHEET_NOT_FOUND", "there is no such sheet")
	ErrSheetState    = fault.New(fault.Precondition, "SHEET_STATE", "the sheet's state does not allow this")
	ErrSheetForeign  = fault.New(fault.Forbidden, "SHEET_FOREIGN", "only the expert whose sheet it is does this")
)
