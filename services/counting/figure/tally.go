package figure

import (
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/registering/registration"
	"github.com/jiebang/jiebang/services/settling/payment"
)

// Kind is what happened to a record.
type Kind string

// The kinds.
const (
	Collected   Kind = "collected"   // a demand was submitted to be vetted, for the first time
	Published   Kind = "published"   // a demand
	Republished Kind = "republished" // its amount was amended: the difference
	Opened      Kind = "opened"      // a bid
	Awarded     Kind = "awarded"     // a bid has won
	Unawarded   Kind = "unawarded"   // its bidder declined: what was awarded is taken back
	Signed      Kind = "signed"      // a contract came into force, or was recorded
	Changed     Kind = "changed"     // an amendment came into force: the difference
	Paid        Kind = "paid"        // a payment was confirmed; refunds are negative
	Deposited   Kind = "deposited"   // a deposit or what is held in escrow was confirmed
	Accepted    Kind = "accepted"    // a milestone: what is accepted beyond what was
	Recognized  Kind = "recognized"  // a certificate 认定登记: its 技术交易额; by how much a change or a cancellation changes that
)

// Values lists the kinds for ent.
func (Kind) Values() []string {
	return []string{string(Collected), string(Published), string(Republished), string(Opened), string(Awarded), string(Unawarded), string(Signed), string(Changed), string(Paid), string(Deposited), string(Accepted),
		string(Recognized)}
}

// Tally is what an entry gives to count.
type Tally struct {
	Sequence  int64
	Kind      Kind
	Record    string // resource name
	Number    string // of the demand or the contract
	Title     string
	Day       string // in China Standard Time
	Base      string // the day of the record itself
	Count     int64
	Collected int64 // of Count, how many had not been collected before
	Unpriced  int64 // of Count, how many have no amount 面议, which is not 0
	Amount    money.Fen
	Traits
}

// Traits are what figures are grouped by. They are as they were when the record began: what is told of an organization later changes no figure.
type Traits struct {
	Channel, Class, Field, Industry, Grade string
	BuyerRegion, SellerRegion              string // 吸纳 and 输出
	Buyer, Seller                          string // ids
	BuyerCode, SellerCode                  string // 统一社会信用代码: parts of an organization have one
}

// Party is an organization when it becomes a side of something.
type Party struct{ Code, Region, Industry string }

// Past is what the entries before gave.
type Past interface {
	// Tallies are those of a record.
	Tallies(record string) ([]Tally, error)
	// Party is an organization by its id.
	Party(id string) (Party, error)
}

// PartyOf reads from an entry what it tells of an organization; false if it is about none.
func PartyOf(e *entry.Entry) (id string, p Party, ok bool) {
	id, ok = strings.CutPrefix(e.Subject, "organizations/")
	if !ok || !strings.HasPrefix(e.Kind, "organization.") {
		return "", p, false
	}
	p = Party{value(e, "uscc"), value(e, "region"), value(e, "industry")}
	if p.Code == "" {
		p.Code = id
	}
	return id, p, true
}

// Stranger is an organization of another ledger: of its region its id tells, and it counts by its id.
func Stranger(id string) Party {
	if len(id) < 7 {
		return Party{Code: id}
	}
	return Party{Code: id, Region: id[1:7]}
}

func value(e *entry.Entry, column string) string { v, _ := e.Row.Get(column); return v }

// fen reads an amount; false if there is none.
func fen(e *entry.Entry, column string) (money.Fen, bool) {
	n, err := entry.ParseInt(value(e, column))
	return money.Fen(n), err == nil
}

// Of is what an entry gives to count; false if it gives nothing. What cannot be read is the replay's to say.
func Of(e *entry.Entry, past Past) (t Tally, ok bool, err error) {
	t = Tally{Sequence: e.Sequence, Record: e.Subject, Day: Day(e.Time), Count: 1}
	thing, event, _ := strings.Cut(e.Kind, ".")
	switch {
	case e.Kind == "demand.submitted":
		return collected(e, past, t, value(e, "organization_id"))
	case e.Kind == "demand.published":
		return published(e, past, t)
	case thing == "past_demand", thing == "past_bid":
		return ofPast(e, past, t, event)
	case e.Kind == "demand.amended":
		return republished(e, past, t)
	case thing == "bid":
		return ofBid(e, past, t, event)
	case e.Kind == "contract.activated", e.Kind == "contract.recorded":
		return signed(e, past, t)
	case e.Kind == "amendment.activated":
		t.Kind, t.Record, t.Count = Changed, "contracts/"+value(e, "contract_id"), 0
		t.Amount, ok = fen(e, "difference_fen")
		if !ok || t.Amount == 0 {
			return t, false, nil
		}
		return t.after(past, t.Record, Signed)
	case e.Kind == "payment.confirmed":
		return ofPayment(e, past, t)
	case thing == "milestone":
		return accepted(e, past, t)
	case thing == "registration":
		return recognized(e, past, t)
	}
	return t, false, nil
}

// after gives a tally the number, the title, the day and the traits of the record that it hangs on; false if that was never counted.
func (t Tally) after(past Past, record string, kind Kind) (Tally, bool, error) {
	before, err := past.Tallies(record)
	for _, b := range before {
		if b.Kind == kind {
			seller, region, code := t.Seller, t.SellerRegion, t.SellerCode
			t.Number, t.Title, t.Base, t.Traits = b.Number, b.Title, b.Base, b.Traits
			if seller != "" {
				t.Seller, t.SellerRegion, t.SellerCode = seller, region, code
			}
			return t, true, nil
		}
	}
	return t, false, err
}

// buyer and seller give a tally its sides.
func (t *Tally) buyer(past Past, id string) error {
	p, err := past.Party(id)
	t.Buyer, t.BuyerCode, t.BuyerRegion, t.Industry = id, p.Code, p.Region, p.Industry
	return err
}

func (t *Tally) seller(past Past, id string) error {
	p, err := past.Party(id)
	t.Seller, t.SellerCode, t.SellerRegion = id, p.Code, p.Region
	return err
}

// collected counts a demand that is handed in for the first time.
func collected(e *entry.Entry, past Past, t Tally, owner string) (Tally, bool, error) {
	first, err := t.first(past)
	if err != nil || !first {
		return t, false, err
	}
	if t.Number == "" {
		t.Number = value(e, "number")
	}
	t.Kind, t.Title, t.Field, t.Base, t.Collected = Collected, value(e, "title"), value(e, "field"), t.Day, 1
	return t, true, t.buyer(past, owner)
}

// first reports whether a record was not counted before.
func (t Tally) first(past Past) (bool, error) {
	before, err := past.Tallies(t.Record)
	return len(before) == 0, err
}

// published counts a demand, and one that nobody has vetted before as collected too.
func published(e *entry.Entry, past Past, t Tally) (Tally, bool, error) {
	first, err := t.first(past)
	if err != nil {
		return t, false, err
	}
	if first {
		t.Collected = 1
	}
	t.Kind, t.Number, t.Title, t.Field, t.Base = Published, value(e, "number"), value(e, "title"), value(e, "field"), t.Day
	amount, priced := fen(e, "budget_fen")
	if t.Amount = amount; !priced {
		t.Unpriced = 1
	}
	return t, true, t.buyer(past, value(e, "organization_id"))
}

// ofPast counts what was before the marketplace or beside it, on the day on which it was.
func ofPast(e *entry.Entry, past Past, t Tally, event string) (Tally, bool, error) {
	day := value(e, "date")
	if event == "collected" {
		day = value(e, "collected_date")
	}
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return t, false, nil
	}
	t.Day, t.Number, t.Title, t.Field, t.Base = day, value(e, "number_there"), value(e, "title"), value(e, "field"), day
	amount, priced := fen(e, "amount_fen")
	switch event {
	case "collected":
		return collected(e, past, t, value(e, "buyer_id"))
	case "published":
		first, err := t.first(past)
		if err != nil {
			return t, false, err
		}
		if first {
			t.Collected = 1
		}
		if t.Kind, t.Amount = Published, amount; !priced {
			t.Unpriced = 1
		}
		return t, true, t.buyer(past, value(e, "buyer_id"))
	case "opened":
		t.Kind, t.Amount = Opened, amount
		if err := t.buyer(past, value(e, "buyer_id")); err != nil {
			return t, false, err
		}
		return t, true, t.seller(past, value(e, "seller_id"))
	}
	return t, false, nil
}

// republished counts what an amendment changes of an amount, and nothing of the demand itself: the demand is counted.
func republished(e *entry.Entry, past Past, t Tally) (Tally, bool, error) {
	t.Kind, t.Count = Republished, 0
	amount, priced := fen(e, "budget_fen")
	if t.Amount = amount; !priced {
		t.Unpriced = 1
	}
	before, err := past.Tallies(t.Record)
	for _, b := range before {
		if b.Kind == Published || b.Kind == Republished {
			t.Amount, t.Unpriced = t.Amount-b.Amount, t.Unpriced-b.Unpriced
		}
	}
	if err != nil || t.Amount == 0 && t.Unpriced == 0 {
		return t, false, err
	}
	return t.after(past, t.Record, Published)
}

// ofBid counts a bid that is opened, never one that is sealed; and its award, as long as the bidder stands by it.
func ofBid(e *entry.Entry, past Past, t Tally, event string) (Tally, bool, error) {
	demand, _, _ := strings.Cut(e.Subject, "/bids/")
	var ok bool
	if t.Amount, ok = fen(e, "amount_fen"); !ok {
		return t, false, nil
	}
	if err := t.seller(past, value(e, "organization_id")); err != nil {
		return t, false, err
	}
	switch event {
	case "opened":
		t.Kind = Opened
	case "won":
		t.Kind = Awarded
	case "declined":
		t.Kind, t.Count, t.Amount = Unawarded, -1, -t.Amount
		return t.after(past, t.Record, Awarded)
	default:
		return t, false, nil
	}
	day := t.Day
	t, ok, err := t.after(past, demand, Published)
	t.Base = day
	return t, ok, err
}

func signed(e *entry.Entry, past Past, t Tally) (Tally, bool, error) {
	t.Kind, t.Number, t.Title, t.Day = Signed, value(e, "number"), value(e, "title"), value(e, "sign_date")
	t.Base, t.Channel, t.Class, t.Field, t.Grade = t.Day, value(e, "channel"), value(e, "class"), value(e, "field"), strings.ToUpper(value(e, "evidence_grade"))
	var ok bool
	if t.Amount, ok = fen(e, "total_fen"); !ok {
		return t, false, nil
	}
	if _, err := time.Parse(time.DateOnly, t.Day); err != nil {
		return t, false, nil
	}
	if err := t.buyer(past, value(e, "buyer_id")); err != nil {
		return t, false, err
	}
	return t, true, t.seller(past, value(e, "seller_id"))
}

func ofPayment(e *entry.Entry, past Past, t Tally) (Tally, bool, error) {
	t.Kind = Paid
	if !payment.Kind(value(e, "kind")).Counts() {
		t.Kind = Deposited
	}
	var ok bool
	if t.Amount, ok = fen(e, "amount_fen"); !ok {
		return t, false, nil
	}
	return t.after(past, "contracts/"+value(e, "contract_id"), Signed)
}

// accepted counts what a milestone has accepted beyond what it had.
func accepted(e *entry.Entry, past Past, t Tally) (Tally, bool, error) {
	t.Kind, t.Count = Accepted, 0
	amount, ok := fen(e, "accepted_fen")
	if !ok || amount == 0 {
		return t, false, nil
	}
	before, err := past.Tallies(t.Record)
	for _, b := range before {
		amount -= b.Amount
	}
	if t.Amount = amount; err != nil || amount == 0 {
		return t, false, err
	}
	return t.after(past, "contracts/"+value(e, "contract_id"), Signed)
}

// recognized counts a certificate that comes into force, and by how much one that changes or ends changes 技术交易额: all of it on the day on which it was
// registered first, so that a month says what of its certificates still stands.
func recognized(e *entry.Entry, past Past, t Tally) (Tally, bool, error) {
	t.Kind, t.Count = Recognized, 0
	base := value(e, "register_date")
	if registration.State(value(e, "state")).Counts() {
		t.Count = 1
		t.Amount, _ = fen(e, "technology_fen")
	}
	before, err := past.Tallies(t.Record)
	for _, b := range before {
		t.Count, t.Amount, base = t.Count-b.Count, t.Amount-b.Amount, b.Base
	}
	if err != nil || t.Count == 0 && t.Amount == 0 {
		return t, false, err
	}
	if _, err := time.Parse(time.DateOnly, base); err != nil {
		return t, false, nil
	}
	t, ok, err := t.after(past, "contracts/"+value(e, "contract_id"), Signed)
	t.Base = base
	return t, ok, err
}
