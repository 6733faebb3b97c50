// Package procedure has the procedures that demands follow, as data.
//
//   - A demand keeps the version of its procedure that was in force when it was drafted; a version never changes.
//   - What may differ between procedures is a field here, and no rule asks for a procedure's code.
package procedure

import (
	"bytes"
	_ "embed" // the procedures
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jiebang/jiebang/services/fault"
)

// Level is how bids are sealed.
type Level string

// The levels.
const (
	Platform   Level = "S0" // to a key of the platform: whoever runs it could look
	Custodians Level = "S1" // by the bidder, to key custodians of whom two must work together
)

// Direct is the procedure of a demand that names none.
const Direct = "direct"

// Procedure says how a demand comes to its award.
type Procedure struct {
	Code    string `json:"code"`
	Version int    `json:"version"`
	Name    string `json:"name"` // for people
	From    string `json:"from"` // the day in China Standard Time from which new demands follow it

	Vetting   bool `json:"vetting"`   // the bureau approves a demand before it is published
	Opinions  int  `json:"opinions"`  // of experts, before it is approved
	Delegated bool `json:"delegated"` // the firm publishes; otherwise the bureau does

	MinDays       int `json:"min_days"`       // from publication to deadline, calendar days
	AmendDays     int `json:"amend_days"`     // from a material amendment to the deadline at least, working days
	HeartbeatDays int `json:"heartbeat_days"` // within which the firm says that the demand is alive; 0 for never

	Level     Level `json:"level"`     // the least that bids are sealed with
	Envelopes int   `json:"envelopes"` // 2: the price is opened after the solutions are judged
	MinBids   int   `json:"min_bids"`  // fewer at the deadline, and the demand fails

	Judging       bool `json:"judging"`        // experts score, the bureau decides and announces; otherwise the firm awards
	Experts       int  `json:"experts"`        // who must have scored each bid
	Winners       int  `json:"winners"`        // at most; several work side by side (赛马制)
	PublicityDays int  `json:"publicity_days"` // 公示, working days
	ObjectionDays int  `json:"objection_days"` // within which an objection is decided before it goes higher, working days
}

// ID names a version of a procedure for ever, such as `direct/1`.
func (p Procedure) ID() string { return fmt.Sprintf("%s/%d", p.Code, p.Version) }

// ErrUnknown says that there is no such procedure.
var ErrUnknown = fault.New(fault.Invalid, "PROCEDURE_UNKNOWN", "there is no such procedure in force")

//go:embed procedures.json
var data []byte

var all = decode()

func decode() (all []Procedure) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil {
		panic(fmt.Sprintf("procedures.json: %v", err)) // it is embedded
	}
	return all
}

// All returns every version of every procedure, as they stand in the file.
func All() []Procedure { return slices.Clone(all) }

// Of returns the version with an id. A demand without one is older than procedures, and follows the first direct one.
func Of(id *string) (Procedure, error) {
	want := Direct + "/1"
	if id != nil {
		want = *id
	}
	for _, p := range all {
		if p.ID() == want {
			return p, nil
		}
	}
	return Procedure{}, ErrUnknown.With("procedure", want)
}

// InForce returns the version of a procedure that new demands follow on a day in China Standard Time; an empty code is Direct.
func InForce(code string, day time.Time) (Procedure, error) {
	if code == "" {
		code = Direct
	}
	var found *Procedure
	for _, p := range all {
		if p.Code == code && p.From <= day.Format(time.DateOnly) && (found == nil || p.Version > found.Version) {
			found = &p
		}
	}
	if found == nil {
		return Procedure{}, ErrUnknown.With("procedure", code).At("demand.procedure")
	}
	return *found, nil
}
