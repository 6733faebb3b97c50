// Package backfill has the rules of 补录: what happened before the marketplace, or beside it, is recorded from a list that one officer hands in and another approves.
//
//   - The life cycle is the map below; nothing else moves a backfill.
//   - A digest binds every row in its order, so what is recorded is what the second officer has approved, row by row.
//   - A row is known by the source of the list and its number there, for ever: it is recorded once, however often a list comes.
package backfill

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/lifecycle"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// State is where a backfill stands.
type State string

// The states.
const (
	Staged    State = "staged"    // its rows are checked and wait for the second officer
	Recording State = "recording" // both have agreed; its rows are recorded one after another
	Completed State = "completed"
	Discarded State = "discarded" // before anything was recorded
	Stopped   State = "stopped"   // what is recorded stays; the rest is not
)

// Event is what moves a backfill.
type Event string

// The events.
const (
	Approve Event = "approve"
	Advance Event = "advance"
	Finish  Event = "finish"
	Discard Event = "discard"
	Stop    Event = "stop"
)

// Machine is the life cycle.
var Machine = lifecycle.Machine[State, Event]{
	Staged:    {Approve: Recording, Discard: Discarded},
	Recording: {Advance: Recording, Finish: Completed, Stop: Stopped},
	Completed: {},
	Discarded: {},
	Stopped:   {},
}

// Values lists the states for ent.
func (State) Values() []string { return Machine.States() }

// Next returns the state that e leads to.
func (s State) Next(e Event) (State, error) { return Machine.Next(s, e, ErrState) }

// Open reports whether anything may still be recorded.
func (s State) Open() bool { return s == Staged || s == Recording }

// Kind is what a row records.
type Kind string

// The kinds.
const (
	Demand   Kind = "demand"   // that was collected 征集, and perhaps published
	Bid      Kind = "bid"      // that was opened
	Contract Kind = "contract" // that was signed
)

// Values lists the kinds for ent.
func (Kind) Values() []string { return []string{string(Demand), string(Bid), string(Contract)} }

// PastState is how far something of the past had come.
type PastState string

// The states of what is past.
const (
	Collected PastState = "collected"
	Published PastState = "published"
	Opened    PastState = "opened"
)

// Values lists the states for ent.
func (PastState) Values() []string {
	return []string{string(Collected), string(Published), string(Opened)}
}

// Faults of backfills.
var (
	ErrNotFound     = fault.New(fault.NotFound, "BACKFILL_NOT_FOUND", "there is no such backfill")
	ErrPastNotFound = fault.New(fault.NotFound, "PAST_RECORD_NOT_FOUND", "there is no such record of the past")
	ErrState        = fault.New(fault.Precondition, "BACKFILL_STATE", "the backfill's state does not allow this")
	ErrOpen         = fault.New(fault.Precondition, "BACKFILL_OPEN", "another backfill of the source is not finished")
	ErrDigest       = fault.New(fault.Conflict, "BACKFILL_DIGEST", "the digest is not that of the rows")
	ErrSource       = fault.New(fault.Invalid, "SOURCE_MISSING", "the source of the list is needed, 1 to 100 characters")

	ErrDiffers     = fault.New(fault.Invalid, "ROW_DIFFERS", "the row was recorded before with other content")
	ErrTwice       = fault.New(fault.Invalid, "BACKFILL_ROW_TWICE", "an earlier row of the file has the number")
	ErrScanTwice   = fault.New(fault.Invalid, "SCAN_TWICE", "the scan is that of another contract")
	ErrScanMissing = fault.New(fault.Invalid, "SCAN_MISSING", "no such scan was handed in")
	ErrParty       = fault.New(fault.Invalid, "PARTY_UNKNOWN", "no such organization is registered")
	ErrPartyMany   = fault.New(fault.Invalid, "PARTY_AMBIGUOUS", "several organizations are meant")
	ErrPartyName   = fault.New(fault.Invalid, "PARTY_NAME", "the code is another organization's")
	ErrDate        = fault.New(fault.Invalid, "BACKFILL_DATE", "the date is none, lies in the future or before 1985")
	ErrOrder       = fault.New(fault.Invalid, "BACKFILL_ORDER", "the dates are not in their order")
	ErrDemand      = fault.New(fault.Invalid, "PAST_DEMAND_UNKNOWN", "the demand was not published in this list or before")
	ErrColumn      = fault.New(fault.Invalid, "COLUMN_FOREIGN", "the column is not for rows of this kind")
)

// Row is what a row says, with the organizations found.
type Row struct {
	Line      int              `json:"line"` // of the file; it is not part of what is approved
	Kind      Kind             `json:"kind"`
	Number    string           `json:"number"` // of the source
	Title     string           `json:"title"`
	Buyer     string           `json:"buyer,omitempty"` // organization ids
	Seller    string           `json:"seller,omitempty"`
	Field     demand.Field     `json:"field,omitempty"`
	Collected string           `json:"collected,omitempty"` // days
	Date      string           `json:"date,omitempty"`      // of the publication, the opening or the signature
	Amount    *money.Fen       `json:"amount,omitempty"`
	Demand    string           `json:"demand,omitempty"` // of a bid: the number of its demand
	Channel   contract.Channel `json:"channel,omitempty"`
	Class     contract.Class   `json:"class,omitempty"`
	Grade     contract.Grade   `json:"grade,omitempty"`
	Registry  string           `json:"registry,omitempty"`
	Scan      string           `json:"scan,omitempty"` // SHA-256 in hexadecimal
}

// columns are the columns of an entry that hold what a row says, in the order of its digest. Of a pair the second is a contract's.
var columns = [][]string{{"number_there"}, {"title"}, {"buyer_id"}, {"seller_id"}, {"field"}, {"collected_date"}, {"date", "sign_date"}, {"amount_fen", "total_fen"},
	{"demand_number"}, {"channel"}, {"class"}, {"evidence_grade"}, {"registry_number"}, {"text_digest"}}

// Texts are what a row says, as columns hold it.
func (r Row) texts() []string {
	amount := ""
	if r.Amount != nil {
		amount = strconv.FormatInt(int64(*r.Amount), 10)
	}
	return []string{r.Number, r.Title, r.Buyer, r.Seller, string(r.Field), r.Collected, r.Date, amount, r.Demand, string(r.Channel), string(r.Class), string(r.Grade), r.Registry, r.Scan}
}

// Digest binds what a row says.
func (r Row) Digest() []byte {
	return packed("jiebang backfill row 1\n", append([]string{string(r.Kind)}, r.texts()...))
}

// DigestOf is the digest of the row that the columns of an entry record.
func DigestOf(kind Kind, value func(column string) string) []byte {
	texts := []string{string(kind)}
	for _, names := range columns {
		text := ""
		for _, name := range names {
			text += value(name)
		}
		texts = append(texts, text)
	}
	return packed("jiebang backfill row 1\n", texts)
}

// Differences are the columns of a row that are other than those of what was recorded before.
func (r Row) Differences(value func(column string) string) (names []string) {
	for i, text := range r.texts() {
		was := ""
		for _, name := range columns[i] {
			was += value(name)
		}
		if text != was {
			names = append(names, fields[i])
		}
	}
	return names
}

// fields are what the columns are called in a file.
var fields = []string{"number", "title", "buyer_code", "seller_code", "field", "collected_date", "date", "amount", "demand", "channel", "class", "grade", "registry_number", "scan"}

// Chain is the digest of rows that come one after another: of so many as have come.
type Chain struct {
	Rows int
	Sum  []byte
}

// NewChain begins the digest of a list of a source.
func NewChain(source string) Chain {
	return Chain{Sum: packed("jiebang backfill 1\n", []string{source})}
}

// Add takes the digest of the next row.
func (c Chain) Add(row []byte) Chain {
	sum := sha256.Sum256(append(append([]byte{}, c.Sum...), row...))
	return Chain{c.Rows + 1, sum[:]}
}

// Digest is that of a list.
func Digest(source string, rows []Row) []byte {
	c := NewChain(source)
	for _, r := range rows {
		c = c.Add(r.Digest())
	}
	return c.Sum
}

// packed hashes texts, each after its length.
func packed(form string, texts []string) []byte {
	h := sha256.New()
	h.Write([]byte(form))
	for _, t := range texts {
		_ = binary.Write(h, binary.BigEndian, uint64(len(t)))
		h.Write([]byte(t))
	}
	return h.Sum(nil)
}

// Encode writes rows as they are kept until they are recorded: JSON, a row in each line.
func Encode(rows []Row) []byte {
	var b strings.Builder
	for _, r := range rows {
		line, _ := json.Marshal(r) // has nothing that JSON cannot write
		b.Write(line)
		b.WriteByte('\n')
	}
	return []byte(b.String())
}

// Decode reads what Encode has written.
func Decode(content []byte) (rows []Row, err error) {
	for line := range strings.Lines(string(content)) {
		var r Row
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}
