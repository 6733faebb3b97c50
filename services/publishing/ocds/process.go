package ocds

import (
	"strconv"
	"time"

	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/publishing/mask"
)

// Organization is a party as the platform knows it.
type Organization struct{ Name, DisplayName, USCC string }

// Deal is what a winning bid and its contract add to a process. Who may not read them has none.
type Deal struct {
	Supplier *Organization
	Bid      *money.Fen // what was bid
	Contract string     // number
	Title    string
	Total    *money.Fen // as it was signed
	Signed   *time.Time
}

// Process is a demand as an entry of the ledger left it.
type Process struct {
	Prefix    string
	Sequence  int64
	Time      time.Time
	Event     string // of the entry: published, awarded …; promoted if an award is followed by another announcement
	Failure   string // why it failed
	Number    string
	Title     string
	Text      string // its description
	Procedure string
	Budget    *money.Fen
	Published *time.Time
	Deadline  *time.Time
	Buyer     Organization
	Bid       string // id of the winning bid, once there is one
	Awarded   *time.Time
	Signed    bool // the contract has come into force, by this or an earlier entry
	Deal      Deal
}

// step is what an event makes of a process.
type step struct {
	tags                    []string
	tender, award, contract string // their states
}

// steps are the events of a demand, by their names; of failed ones by their reasons, behind a slash. What is not here is no release.
var steps = map[string]step{
	"published":           {tags: []string{"planning", "tender"}, tender: "active"},
	"amended":             {tags: []string{"tenderAmendment"}, tender: "active"},
	"cancelled":           {tags: []string{"tenderCancellation"}, tender: "cancelled"},
	"withdrawn":           {tags: []string{"tenderCancellation"}, tender: "cancelled"},
	"closed":              {tags: []string{"tenderUpdate"}, tender: "complete"},
	"awarded":             {tags: []string{"award"}, tender: "complete", award: "active"},
	"promoted":            {tags: []string{"awardCancellation"}, tender: "complete", award: "cancelled"},
	"contracted":          {tags: []string{"contract"}, tender: "complete", award: "active", contract: "active"},
	"fulfilled":           {tags: []string{"implementation"}, tender: "complete", award: "active", contract: "terminated"},
	"failed/no_bids":      {tags: []string{"tenderUpdate"}, tender: "unsuccessful"},
	"failed/abandoned":    {tags: []string{"tenderCancellation"}, tender: "cancelled"},
	"failed/no_qualified": {tags: []string{"tenderUpdate"}, tender: "unsuccessful"},
	"failed/no_contract":  {tags: []string{"awardCancellation"}, tender: "complete", award: "cancelled", contract: "cancelled"},
	"failed/terminated":   {tags: []string{"contractTermination"}, tender: "complete", award: "active", contract: "terminated"},
}

// Release makes the release of a process for an audience; nil if its event makes none.
func (p *Process) Release(a mask.Audience) *Release {
	event := p.Event
	if p.Failure != "" {
		event += "/" + p.Failure
	}
	s, ok := steps[event]
	if !ok {
		return nil
	}
	r := &Release{OCID: ID(p.Prefix, p.Number), ID: strconv.FormatInt(p.Sequence, 10), Date: Instant(p.Time), Tag: s.tags, Initiation: "tender", Language: "zh"}
	see := func(field string) bool { return a.Shows(mask.Of(field)) }
	p.tender(r, s, see)
	if s.award != "" && see("Demand.winning_bid") {
		award := Award{ID: p.Bid, Status: s.award, Date: At(p.Awarded)}
		if see("Bid.amount") {
			award.Value = Yuan(p.Deal.Bid)
		}
		if o := p.Deal.Supplier; o != nil && see("Bid.organization") {
			award.Suppliers = []Reference{{o.Name, o.DisplayName}}
			r.Parties = append(r.Parties, party(*o, "supplier"))
		}
		r.Awards = []Award{award}
	}
	if s.contract != "" && p.Signed {
		r.Contracts = []Contract{p.contract(s.contract, see)}
	}
	return r
}

func (p *Process) tender(r *Release, s step, see func(string) bool) {
	t := &Tender{ID: p.Number, Status: s.tender, Method: "open", Category: "services"}
	for field, show := range map[string]func(){
		"Demand.title":       func() { t.Title = p.Title },
		"Demand.description": func() { t.Description = p.Text },
		"Demand.procedure":   func() { t.Details = p.Procedure },
		"Demand.budget":      func() { t.Value = Yuan(p.Budget) },
		"Demand.deadline":    func() { t.Period = &Period{At(p.Published), At(p.Deadline)} },
		"Demand.organization": func() {
			who := Reference{p.Buyer.Name, p.Buyer.DisplayName}
			t.Entity, r.Buyer = &who, &who
			r.Parties = append(r.Parties, party(p.Buyer, "buyer", "procuringEntity"))
		},
	} {
		if see(field) {
			show()
		}
	}
	if t.Value != nil {
		r.Planning = &Planning{&Budget{t.Value}}
	}
	r.Tender = t
}

// contract is the contract. That there is one is public with the demand's state; what is in it is its parties'.
func (p *Process) contract(status string, see func(string) bool) Contract {
	c := Contract{ID: p.Number + "-contract", AwardID: p.Bid, Status: status}
	if see("Contract.title") {
		c.Title = p.Deal.Title
	}
	if see("Contract.total") {
		c.Value = Yuan(p.Deal.Total)
	}
	if see("Contract.sign_date") {
		c.Signed = At(p.Deal.Signed)
	}
	return c
}

func party(o Organization, roles ...string) Party {
	p := Party{ID: o.Name, Name: o.DisplayName, Roles: roles}
	if o.USCC != "" {
		p.Identifier = &Identifier{"CN-USCC", o.USCC, o.DisplayName}
	}
	return p
}
