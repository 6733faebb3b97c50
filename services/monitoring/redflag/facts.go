package redflag

import (
	"slices"
	"strconv"
	"time"

	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Fact is a kind of fact that a rule wants.
type Fact string

// The facts.
const (
	Publication    Fact = "publication_time"
	Deadline       Fact = "deadline"
	BidAmount      Fact = "bid_amount"
	BidText        Fact = "bid_text"
	Submission     Fact = "submission_time"
	Winner         Fact = "winning_bid"
	Sample         Fact = "sample" // enough like cases to compare with
	Award          Fact = "award_time"
	Signature      Fact = "signature_time"
	SignDate       Fact = "sign_date"
	ContractDemand Fact = "contract_demand"
	Body           Fact = "organization"
	Persons        Fact = "members"
	Representative Fact = "legal_representative"
	Address        Fact = "registered_address"
	Appointment    Fact = "dual_appointment"
	Threshold      Fact = "subsidy_threshold"
	Payments       Fact = "payments"
	RegisterDate   Fact = "register_date"
	ContractText   Fact = "contract_text"
	TextDigest     Fact = "text_digest"
	RewardClaim    Fact = "reward_claim"
	Employment     Fact = "former_employment"
	Authorship     Fact = "co_authorship"
	Certificate    Fact = "certificate"
)

var factNames = map[Fact]string{
	Publication: "发布时间", Deadline: "截止时间", BidAmount: "揭榜报价", BidText: "揭榜书内容", Submission: "提交时间", Winner: "中榜的揭榜", Sample: "足够多的同类样本", Award: "定榜时间",
	Signature: "签署时间", SignDate: "签订日期", ContractDemand: "合同对应的需求", Body: "机构资料", Persons: "机构的人员", Representative: "法定代表人", Address: "住所", Appointment: "双聘登记",
	Threshold: "补助门槛(参数 thresholds)", Payments: "付款记录", RegisterDate: "登记日期", ContractText: "合同正文", TextDigest: "合同文件摘要", RewardClaim: "经纪奖励申请",
	Employment: "专家曾任职单位", Authorship: "论文合著关系", Certificate: "登记证明的金额",
}

// Name is what people call a kind of fact.
func (f Fact) Name() string { return factNames[f] }

// Record names a row and its last entry.
type Record struct {
	Name     string
	Sequence int64
}

// says is a fact of a record as evidence.
func (r Record) says(name, value string) Evidence { return Evidence{name, value, r.Name, r.Sequence} }

func (r Record) amount(name string, f money.Fen) Evidence {
	return r.says(name, strconv.FormatInt(int64(f), 10))
}

func (r Record) count(name string, n int) Evidence { return r.says(name, strconv.Itoa(n)) }

func (r Record) at(name string, t time.Time) Evidence { return r.says(name, stamp(t)) }

// Demand is a demand that has been published.
type Demand struct {
	Record
	ID, Organization    string
	Field, Text         string
	State               demand.State
	Failure             demand.Failure
	Published, Deadline *time.Time
	Related             string // id of the demand that it lists again
	Winner              string // id of the winning bid
	Ranking             []string
	Panel               []string // organizations of the experts
}

// decided reports whether it is decided which bid wins, so that all bids are opened.
func (d Demand) decided() bool {
	switch d.State {
	case demand.Announced, demand.Awarded, demand.Contracted, demand.Fulfilled:
		return true
	case demand.Failed:
		return d.Failure == demand.NoQualified || d.Failure == demand.NoContract || d.Failure == demand.Terminated
	}
	return false
}

// subject is a demand as a subject: of the day of its deadline, else of its publication.
func (d Demand) subject(day *time.Time) subject {
	u := subject{Record: d.Record, organizations: []string{d.Organization}}
	for _, t := range []*time.Time{day, d.Deadline, d.Published} {
		if t != nil {
			u.day = Day(*t)
			break
		}
	}
	return u
}

// Bid is a bid that was opened.
type Bid struct {
	Record
	ID, Demand, Organization string
	State                    bid.State
	Amount                   *money.Fen
	Text                     *string
	Submitted                *time.Time
	Changed                  time.Time // of a bid that has won: when it did
}

// readable reports whether the bid has a content at all.
func (b Bid) readable() bool { return b.State != bid.Invalid }

// Contract is a contract that came into force.
type Contract struct {
	Record
	ID, Demand            string
	Buyer, Seller, Broker string
	State                 contract.State
	Channel               contract.Channel
	Recorded              bool // by the bureau, so that its payments need not be here
	Total                 money.Fen
	Technical             money.Fen // what the clauses say of it; 0 if nothing
	Digest                []byte
	SignDate              string
	Signed                *time.Time // the last signature
	Text                  string     // as far as it is kept; empty if it is not
	Stages                string     // titles of its plan
	StatedPaid            *money.Fen
}

func (c Contract) subject() subject {
	return subject{Record: c.Record, day: c.SignDate, organizations: []string{c.Buyer, c.Seller}}
}

// Amendment is an amendment in force.
type Amendment struct {
	Record
	Contract             string
	Number               int
	NewTotal, Difference money.Fen
	Effective            time.Time
}

// Payment is a confirmed payment that counts, or a refund, which is negative.
type Payment struct {
	Record
	Amount money.Fen
}

// Registration is a registration in force.
type Registration struct {
	Record
	Contract          string
	Number, Date      string
	Total, Technology *money.Fen
}

// Sheet is a locked sheet of an expert.
type Sheet struct {
	Record
	Demand, Bid, Organization, Person string
	Hints                             []string
	Conflict                          string
	Locked                            *time.Time
}

// Member is a person of an organization. Phone and addresses are compared and never shown.
type Member struct {
	Record
	ID        string
	Phone     string
	Addresses []string // from where it has logged in, of the public internet
}

// Organization is an organization of the jurisdiction.
type Organization struct {
	Record
	ID, Code, Parent string
	Members          []Member
}

// Facts are what rules are asked of: everything of one ledger at one instant.
type Facts struct {
	Now           time.Time
	Ledger        Record
	Demands       []Demand
	Bids          map[string][]Bid // by demand
	Contracts     []Contract       // by signing date
	Amendments    []Amendment
	Payments      map[string][]Payment // by contract
	Registrations []Registration
	Sheets        []Sheet
	Organizations map[string]Organization

	demands, contracts map[string]int // places by id
}

// index notes where demands and contracts stand.
func (f *Facts) index() {
	f.demands, f.contracts = map[string]int{}, map[string]int{}
	for i, d := range f.Demands {
		f.demands[d.ID] = i
	}
	for i, c := range f.Contracts {
		f.contracts[c.ID] = i
	}
}

// winner is the winning bid of a demand; nil if there is none.
func (f *Facts) winner(d Demand) *Bid {
	if i := slices.IndexFunc(f.Bids[d.ID], func(b Bid) bool { return d.Winner != "" && b.ID == d.Winner }); i >= 0 {
		return &f.Bids[d.ID][i]
	}
	return nil
}

func (f *Facts) demand(id string) *Demand {
	if i, ok := f.demands[id]; ok {
		return &f.Demands[i]
	}
	return nil
}

func (f *Facts) contract(id string) *Contract {
	if i, ok := f.contracts[id]; ok {
		return &f.Contracts[i]
	}
	return nil
}

// organization is an organization as a subject on a day.
func (f *Facts) organization(id, day string) subject {
	r := Record{Name: "organizations/" + id}
	if o, ok := f.Organizations[id]; ok {
		r = o.Record
	}
	return subject{Record: r, day: day, organizations: []string{id}}
}
