// Package ocds writes the Open Contracting Data Standard 1.1: a release for each change of a demand, its award and its contract, and a record for each demand.
// It is pure.
//
//   - A release is cumulative: it says again what those before it have said, so that the last one is the compiled one.
//   - Its id is the place of its entry in the ledger, so the same entry gives the same release for ever.
//   - An amount is a number with exactly two decimals, made from fen without any floating-point number.
//   - What an audience may not see is absent: its members are left out, never emptied.
package ocds

import (
	"strconv"
	"time"

	"github.com/jiebang/jiebang/services/money"
)

// Version is that of the standard.
const Version = "1.1"

// Amount is fen, written in yuan as a JSON number.
type Amount money.Fen

// MarshalJSON implements json.Marshaler.
func (a Amount) MarshalJSON() ([]byte, error) { return []byte(money.Fen(a).String()), nil }

// Value is an amount with its currency.
type Value struct {
	Amount   Amount `json:"amount"`
	Currency string `json:"currency"`
}

// Yuan is the value of an amount; nil if it is absent.
func Yuan(f *money.Fen) *Value {
	if f == nil {
		return nil
	}
	return &Value{Amount(*f), "CNY"}
}

// Instant is a time as the standard wants it.
type Instant time.Time

// MarshalJSON implements json.Marshaler.
func (i Instant) MarshalJSON() ([]byte, error) {
	return strconv.AppendQuote(nil, time.Time(i).UTC().Format("2006-01-02T15:04:05.000000Z")), nil
}

// At is an optional time.
func At(t *time.Time) *Instant {
	if t == nil {
		return nil
	}
	i := Instant(*t)
	return &i
}

// Reference names an organization.
type Reference struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// Identifier is how a register outside names an organization.
type Identifier struct {
	Scheme    string `json:"scheme"`
	ID        string `json:"id"`
	LegalName string `json:"legalName"`
}

// Party is an organization with its part in the process.
type Party struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"`
	Identifier *Identifier `json:"identifier,omitempty"`
	Roles      []string    `json:"roles"`
}

// Budget is what a demand says that it will spend.
type Budget struct {
	Amount *Value `json:"amount,omitempty"`
}

// Planning is what was there before the demand was open.
type Planning struct {
	Budget *Budget `json:"budget,omitempty"`
}

// Period is from and to.
type Period struct {
	Start *Instant `json:"startDate,omitempty"`
	End   *Instant `json:"endDate,omitempty"`
}

// Tender is the demand.
type Tender struct {
	ID          string     `json:"id"`
	Title       string     `json:"title,omitempty"`
	Description string     `json:"description,omitempty"`
	Status      string     `json:"status"`
	Entity      *Reference `json:"procuringEntity,omitempty"`
	Value       *Value     `json:"value,omitempty"`
	Method      string     `json:"procurementMethod"`
	Details     string     `json:"procurementMethodDetails,omitempty"`
	Category    string     `json:"mainProcurementCategory"`
	Period      *Period    `json:"tenderPeriod,omitempty"`
}

// Award is the bid that won.
type Award struct {
	ID        string      `json:"id"`
	Status    string      `json:"status"`
	Date      *Instant    `json:"date,omitempty"`
	Value     *Value      `json:"value,omitempty"`
	Suppliers []Reference `json:"suppliers,omitempty"`
}

// Contract is the contract of the award.
type Contract struct {
	ID      string   `json:"id"`
	AwardID string   `json:"awardID"`
	Title   string   `json:"title,omitempty"`
	Status  string   `json:"status"`
	Value   *Value   `json:"value,omitempty"`
	Signed  *Instant `json:"dateSigned,omitempty"`
}

// Release is what a process is like after a change.
type Release struct {
	OCID       string     `json:"ocid"`
	ID         string     `json:"id"`
	Date       Instant    `json:"date"`
	Tag        []string   `json:"tag"`
	Initiation string     `json:"initiationType"`
	Language   string     `json:"language"`
	Parties    []Party    `json:"parties,omitempty"`
	Buyer      *Reference `json:"buyer,omitempty"`
	Planning   *Planning  `json:"planning,omitempty"`
	Tender     *Tender    `json:"tender,omitempty"`
	Awards     []Award    `json:"awards,omitempty"`
	Contracts  []Contract `json:"contracts,omitempty"`
}

// Record is a process with all its releases, in the order in which they were made.
type Record struct {
	OCID     string     `json:"ocid"`
	Releases []*Release `json:"releases"`
	Compiled *Release   `json:"compiledRelease"`
}

// Compile makes the record of the releases of one process, of which there is at least one.
func Compile(releases []*Release) *Record {
	last := releases[len(releases)-1]
	compiled := *last
	compiled.Tag = []string{"compiled"}
	compiled.ID = last.OCID + "-compiled-" + last.ID
	return &Record{last.OCID, releases, &compiled}
}

// Publisher is who publishes.
type Publisher struct {
	Name string `json:"name"`
}

// Package is what stands around releases or records.
type Package struct {
	URI       string    `json:"uri"`
	Version   string    `json:"version"`
	Published Instant   `json:"publishedDate"`
	Publisher Publisher `json:"publisher"`
}

// ID is the id of a process: prefix and number of the demand.
func ID(prefix, number string) string { return "ocds-" + prefix + "-" + number }
