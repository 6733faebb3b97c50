package bundle

import (
	"fmt"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/bidding"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/contracting"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/demand"
)

const (
	organizations = 2000 // each with a token
	dealsPerWave  = 50   // that live at the same time
	bidsPerDeal   = 3
	// entriesPerDeal: 2 to publish, 2 a bid, the closing, an opening a bid, the award, an end a bid, 4 of the contract, 1 contracted,
	// 2 of completion, 1 fulfilled.
	entriesPerDeal = 2 + 2*bidsPerDeal + 1 + bidsPerDeal + 1 + bidsPerDeal + 4 + 1 + 2 + 1
)

// years writes what happens in a market over years.
type years struct {
	*ledgerFile
	members []string // ids of organizations
	deals   int
}

// deal is a demand and what comes of it.
type deal struct {
	demand   *ent.Demand
	bids     []*ent.Bid
	contract *ent.Contract
}

// steps are the life of a deal; the deals of a wave take each together.
var steps = []func(*years, *deal){(*years).post, (*years).bid, (*years).close, (*years).award, (*years).sign, (*years).complete}

// register registers an organization.
func (y *years) register() string {
	o := &ent.Organization{ID: id.New(y.rand, id.Organization, jurisdiction), Jurisdiction: jurisdiction, Version: 1, CreatedAt: y.now, UpdatedAt: y.now,
		DisplayName: fmt.Sprintf("建德新材料有限公司 %d", len(y.members)), Kind: party.Enterprise,
		Uscc: party.Complete(fmt.Sprintf("91330182MA2T%05d", len(y.members)%100_000)), CodeCheck: party.Valid}
	y.append("organization.registered", id.OrganizationName(o.ID), id.OrganizationName(o.ID), identity.Image(o))
	return o.ID
}

// organization registers an organization and issues its token.
func (y *years) organization() {
	o := y.register()
	t := &ent.Token{ID: id.New(y.rand, id.Token, jurisdiction), Jurisdiction: jurisdiction, Version: 1, CreatedAt: y.now, UpdatedAt: y.now, OrganizationID: o,
		DisplayName: "业务系统", Roles: []party.Role{party.Editor, party.Signer}, SecretHash: make([]byte, 32), ExpiresAt: y.now.Add(300 * 24 * time.Hour)}
	y.append("token.issued", id.TokenName(o, t.ID), id.OrganizationName(o), identity.TokenImage(t))
	y.members = append(y.members, o)
}

func (y *years) member(offset int) string { return y.members[(y.deals*7+offset)%len(y.members)] }

// deal prepares the rows of a deal; nothing is written yet.
func (y *years) deal() *deal {
	y.deals++
	fields := demand.Field("").Values()
	field, budget := demand.Field(fields[y.deals%len(fields)]), money.Fen(50_000_000+y.deals)
	d := &deal{demand: &ent.Demand{ID: id.New(y.rand, id.Demand, jurisdiction), Jurisdiction: jurisdiction, OrganizationID: y.member(0),
		Title: "超细碳酸钙表面改性", Description: "白度不低于 95,吸油值不高于 25,年产三千吨中试线连续运行七十二小时", Field: field, BudgetFen: &budget}}
	for i := range bidsPerDeal {
		d.bids = append(d.bids, &ent.Bid{ID: id.New(y.rand, id.Bid, jurisdiction), Jurisdiction: jurisdiction, DemandID: d.demand.ID,
			OrganizationID: y.member(1 + i), AmountFen: new(money.Fen(30_000_000 + i*1_000_000 + y.deals)), Proposal: new("硬脂酸干法包覆,回转窑连续进料,提供三批次检测报告")})
	}
	d.contract = &ent.Contract{ID: id.New(y.rand, id.Contract, jurisdiction), Jurisdiction: jurisdiction, DemandID: &d.demand.ID, BuyerID: d.demand.OrganizationID,
		SellerID: d.bids[0].OrganizationID, Channel: contract.Jiebang, Class: contract.Development, Field: field, TotalFen: *d.bids[0].AmountFen,
		Title: "技术开发合同", TextDigest: make([]byte, 32)}
	return d
}

func (y *years) saveDemand(kind string, d *ent.Demand, s demand.State) {
	d.State, d.Version, d.UpdatedAt = s, d.Version+1, y.now
	y.append(kind, id.DemandName(d.ID), id.OrganizationName(d.OrganizationID), posting.Image(d))
}

func (y *years) saveBid(kind string, b *ent.Bid, s bid.State) {
	b.State, b.Version, b.UpdatedAt = s, b.Version+1, y.now
	y.append(kind, id.BidName(b.DemandID, b.ID), id.OrganizationName(b.OrganizationID), bidding.Image(b))
}

func (y *years) saveContract(kind string, k *ent.Contract, s contract.State) {
	k.State, k.Version, k.UpdatedAt = s, k.Version+1, y.now
	y.append(kind, id.ContractName(k.ID), id.OrganizationName(k.BuyerID), contracting.Image(k))
}

// at is a pointer to the time of the next entry.
func (y *years) at() *time.Time {
	t := y.now
	return &t
}

func (y *years) post(d *deal) {
	n := d.demand
	deadline := y.now.Add(20 * time.Hour)
	n.CreatedAt, n.Deadline = y.now, &deadline
	y.saveDemand("demand.drafted", n, demand.Draft)
	number := demand.Number(jurisdiction, y.now.Year(), int(y.size))
	n.Number, n.PublishedAt, n.NextEventAt = &number, y.at(), &deadline
	y.saveDemand("demand.published", n, demand.Published)
}

func (y *years) bid(d *deal) {
	for _, b := range d.bids {
		b.CreatedAt = y.now
		y.seal(b, 0)
		y.saveBid("bid.drafted", b, bid.Draft)
		y.seal(b, 1)
		b.SubmittedAt = y.at()
		y.saveBid("bid.submitted", b, bid.Submitted)
	}
}

func (y *years) seal(b *ent.Bid, submission int) {
	b.Submission, b.Nonce = submission, chance.Bytes(y.rand, bid.NonceSize)
	b.ContentDigest = bid.Digest(b.ID, submission, b.Nonce, *b.AmountFen, *b.Proposal)
}

// close opens the bids, no earlier than the deadline.
func (y *years) close(d *deal) {
	if y.now.Before(*d.demand.Deadline) {
		y.now = *d.demand.Deadline
	}
	d.demand.NextEventAt = nil
	y.saveDemand("demand.closed", d.demand, demand.Evaluating)
	for _, b := range d.bids {
		b.OpenedAt = y.at()
		y.saveBid("bid.opened", b, bid.Opened)
	}
}

func (y *years) award(d *deal) {
	d.demand.WinningBidID = &d.bids[0].ID
	y.saveDemand("demand.awarded", d.demand, demand.Awarded)
	for i, b := range d.bids {
		if i == 0 {
			y.saveBid("bid.won", b, bid.Won)
		} else {
			y.saveBid("bid.not_selected", b, bid.NotSelected)
		}
	}
}

func (y *years) sign(d *deal) {
	k := d.contract
	k.CreatedAt = y.now
	y.saveContract("contract.drafted", k, contract.Drafting)
	y.saveContract("contract.proposed", k, contract.PendingSignature)
	k.BuyerSignedAt = y.at()
	y.saveContract("contract.signed", k, contract.PendingSignature)
	date, number := contract.SignDate(y.now), contract.Number(jurisdiction, y.now.Year(), int(y.size))
	k.SellerSignedAt, k.SignDate, k.Number = y.at(), &date, &number
	y.saveContract("contract.activated", k, contract.Active)
	y.saveDemand("demand.contracted", d.demand, demand.Contracted)
}

func (y *years) complete(d *deal) {
	k := d.contract
	k.BuyerCompletedAt = y.at()
	y.saveContract("contract.completion_confirmed", k, contract.Active)
	k.SellerCompletedAt = y.at()
	y.saveContract("contract.completed", k, contract.Completed)
	y.saveDemand("demand.fulfilled", d.demand, demand.Fulfilled)
}
