// Package contracting is 签约: a contract is drafted from an award, signed by both sides (of a consortium by each member), and completed or ended; the bureau records those
// that were signed elsewhere.
//
//   - Both sides sign the same digest; any change of the terms before that makes another digest.
//   - The signed total never changes, and counts once, in the month of its signing date.
//   - A contract and its demand move in one transaction.
package contracting

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcontract "github.com/jiebang/jiebang/ent/gen/ent/contract"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/judging"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Contracting makes contracts.
type Contracting struct {
	db    *storage.DB
	works []Works
}

// Works is what hangs on contracts in an area below: it begins and ends with them, in their transactions.
type Works struct {
	Begin func(ctx context.Context, tx *storage.Txn, k *ent.Contract) error // the contract comes into force
	Done  func(ctx context.Context, tx *storage.Txn, k *ent.Contract) error // refuses to let it be completed
	End   func(ctx context.Context, tx *storage.Txn, k *ent.Contract) error // it is terminated
}

// New returns the contracting of db.
func New(db *storage.DB, works ...Works) *Contracting { return &Contracting{db, works} }

// Content is what is written in a contract before it is proposed.
type Content struct {
	Title      string
	Class      contract.Class
	Field      demand.Field
	Total      *money.Fen
	TextDigest []byte
	Broker     string // organization id
	Plan       []contract.Stage
	Clauses    contract.Clauses
}

// contentFields are the fields of Content by their names in the API.
var contentFields = []string{"title", "class", "field", "total", "text_digest", "broker", "plan", "price", "insurance", "trial"}

func (c Content) apply(k *ent.Contract, fields []string) {
	for _, f := range fields {
		switch f {
		case "title":
			k.Title = c.Title
		case "class":
			k.Class = c.Class
		case "field":
			if c.Field != "" {
				k.Field = c.Field
			}
		case "total":
			if c.Total != nil {
				k.TotalFen = *c.Total
			}
		case "text_digest":
			k.TextDigest = c.TextDigest
		case "broker":
			k.BrokerID = nil
			if c.Broker != "" {
				k.BrokerID = &c.Broker
			}
		case "plan":
			k.Plan = contract.EncodePlan(c.Plan)
		default:
			k.Clauses = c.clauses(k.Clauses, f)
		}
	}
}

// Draft drafts the contract of an awarded demand.
func (s *Contracting) Draft(ctx context.Context, demandID string, c Content) (*ent.Contract, error) {
	home, err := rpc.Home(id.Demand, demandID, demand.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Contract, error) {
		d, err := posting.Find(ctx, tx.Client, demandID, tx.Caller)
		if err != nil {
			return nil, err
		}
		if d.State != demand.Awarded || d.WinningBidID == nil {
			return nil, demand.ErrNotAwarded.With("state", string(d.State))
		}
		winner, err := tx.Bid.Get(scope.Open(ctx, "who won decides who may draft the contract"), *d.WinningBidID)
		if err != nil {
			return nil, err
		}
		sides := policy.Object{Owner: d.OrganizationID, Parties: []string{winner.OrganizationID}, Jurisdiction: home, Openness: policy.Published}
		if err := identity.May(ctx, tx.Caller, sides, contract.ErrForeign, contract.ErrForeign); err != nil {
			return nil, err
		}
		exists, err := tx.Contract.Query().Where(entcontract.DemandID(demandID)).Exist(ctx)
		if err != nil {
			return nil, err
		}
		if exists {
			return nil, contract.ErrExists
		}
		k := &ent.Contract{
			ID: id.New(tx.Rand, id.Contract, home), Jurisdiction: home, DemandID: &demandID, BuyerID: d.OrganizationID, SellerID: winner.OrganizationID,
			Channel: contract.Jiebang, Field: d.Field, TotalFen: *winner.AmountFen, State: contract.Drafting, CreatedAt: tx.Now,
			TextVersion: 1,
		}
		if winner.Consortium != nil {
			k.Consortium = *winner.Consortium
		}
		c.apply(k, contentFields)
		if err := checkContent(ctx, tx, k); err != nil {
			return nil, err
		}
		if err := save(ctx, tx, "contract.drafted", k); err != nil {
			return nil, err
		}
		return k, join(ctx, tx, k)
	})
}

// checkContent makes sure that a contract can say what it says, and that its broker, if it has one, is a broker.
func checkContent(ctx context.Context, tx *storage.Txn, k *ent.Contract) error {
	if _, err := checkClauses(k); err != nil || k.BrokerID == nil {
		return err
	}
	o, err := identity.Organization(ctx, tx.Client, *k.BrokerID)
	if err != nil {
		return rpc.At("contract.broker", err)
	}
	if o.Kind != party.Broker {
		return party.ErrBrokerKind.With("kind", string(o.Kind)).At("contract.broker")
	}
	return nil
}

// Recorded is a contract that was signed elsewhere.
type Recorded struct {
	Content
	Buyer, Seller string // organization ids
	Channel       contract.Channel
	SignDate      string
}

// Record records a signed contract in the bureau's ledger; it is in force at once.
func (s *Contracting) Record(ctx context.Context, r Recorded) (*ent.Contract, error) {
	return storage.Tx(ctx, s.db, identity.Change(ctx, identity.Caller(ctx).Jurisdiction), func(tx *storage.Txn) (*ent.Contract, error) {
		if r.Channel != contract.Auction {
			return nil, contract.ErrChannel.With("channel", string(r.Channel)).At("contract.channel")
		}
		if err := contract.CheckText(r.TextDigest); err != nil {
			return nil, rpc.At("contract.text_digest", err)
		}
		if err := contract.CheckSignDate(r.SignDate, tx.Now); err != nil {
			return nil, err
		}
		if r.Buyer == r.Seller {
			return nil, contract.ErrPartiesSame.At("contract.seller")
		}
		for _, o := range []struct{ field, id string }{{"contract.buyer", r.Buyer}, {"contract.seller", r.Seller}} {
			if _, err := identity.Organization(ctx, tx.Client, o.id); err != nil {
				return nil, rpc.At(o.field, err)
			}
		}
		k := &ent.Contract{
			ID: id.New(tx.Rand, id.Contract, tx.Jurisdiction), Jurisdiction: tx.Jurisdiction, BuyerID: r.Buyer, SellerID: r.Seller,
			Channel: r.Channel, State: contract.Active, Recorded: true, SignDate: &r.SignDate, CreatedAt: tx.Now,
			TextVersion: 1,
		}
		r.apply(k, contentFields)
		if err := checkContent(ctx, tx, k); err != nil {
			return nil, err
		}
		if err := number(ctx, tx, k); err != nil {
			return nil, err
		}
		return k, s.conclude(ctx, tx, "contract.recorded", k)
	})
}

// number gives a contract its number, of the year in which it comes into the ledger.
func number(ctx context.Context, tx *storage.Txn, k *ent.Contract) error {
	year := tx.Now.In(demand.Zone).Year()
	n, err := tx.Serial(ctx, "HT", year)
	text := contract.Number(k.Jurisdiction, year, n)
	k.Number = &text
	return err
}

// Edit changes fields of a contract that is being drafted.
func (s *Contracting) Edit(ctx context.Context, contractID, etag string, c Content, fields []string) (*ent.Contract, error) {
	return s.change(ctx, contractID, at{"contract.etag", etag}, func(tx *storage.Txn, k *ent.Contract) error {
		if k.State != contract.Drafting {
			return contract.ErrNotDrafting.With("state", string(k.State))
		}
		if _, err := SideOf(k, tx.Caller); err != nil {
			return err
		}
		c.apply(k, fields)
		if err := checkContent(ctx, tx, k); err != nil {
			return err
		}
		return save(ctx, tx, "contract.edited", k)
	})
}

// Side is a party of a contract.
type Side int

// The sides: who pays, and who is paid.
const (
	Buyer Side = iota
	Seller
)

// SideOf is the side that the caller acts for.
func SideOf(k *ent.Contract, caller party.Caller) (Side, error) {
	switch caller.Organization {
	case k.BuyerID:
		return Buyer, nil
	case k.SellerID:
		return Seller, nil
	}
	return 0, contract.ErrForeign
}

func moveDemand(ctx context.Context, tx *storage.Txn, k *ent.Contract, e demand.Event, kind string) error {
	if k.DemandID == nil {
		return nil
	}
	d, err := tx.Demand.Get(ctx, *k.DemandID)
	if err != nil {
		return err
	}
	if e == demand.Refuse {
		return judging.Lapse(ctx, tx, d)
	}
	return posting.Move(ctx, tx, d, e, kind)
}

// at is the version that a caller has seen, and the field that says so.
type at struct{ field, etag string }

// change loads a contract that the caller may read under the lock and lets decide change it.
func (s *Contracting) change(ctx context.Context, contractID string, seen at, decide func(*storage.Txn, *ent.Contract) error) (*ent.Contract, error) {
	home, err := rpc.Home(id.Contract, contractID, contract.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Contract, error) {
		k, err := find(ctx, tx.Client, tx.Caller, contractID)
		if err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag(seen.field, seen.etag, k.Version); err != nil {
			return nil, err
		}
		return k, decide(tx, k)
	})
}

// find reads a contract to which the caller may do what it calls for.
func find(ctx context.Context, c *ent.Client, caller party.Caller, contractID string) (*ent.Contract, error) {
	hidden := contract.ErrNotFound.With("contract", contractID)
	k, err := c.Contract.Query().Where(entcontract.ID(contractID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, hidden
	}
	if err != nil {
		return nil, err
	}
	if err := identity.May(ctx, caller, object(k), hidden, contract.ErrForeign); err != nil {
		return nil, err
	}
	return k, nil
}

// object is a contract as the policy sees it. A broker has a part in it too, and is no side of it: see SideOf. The members of a consortium sign: see signatory.
func object(k *ent.Contract) policy.Object {
	o := policy.Object{Is: true, Parties: append([]string{k.BuyerID, k.SellerID}, side(k).Others()...), Jurisdiction: k.Jurisdiction, Openness: policy.Shared}
	if k.BrokerID != nil {
		o.Parties = append(o.Parties, *k.BrokerID)
	}
	return o
}

// ForBoth reports whether the caller speaks for both sides: the bureau does, of what it recorded.
func ForBoth(k *ent.Contract, caller party.Caller) bool {
	return k.Recorded && policy.Relate(caller, object(k))&policy.Oversight != 0
}

// readable restricts a query to the contracts that find would give the caller: its own, and for the bureau those of its jurisdiction.
func readable(caller party.Caller) func(*sql.Selector) {
	return func(q *sql.Selector) {
		mine := sql.Or(
			sql.EQ(q.C(entcontract.FieldBuyerID), caller.Organization), sql.EQ(q.C(entcontract.FieldSellerID), caller.Organization),
			sql.EQ(q.C(entcontract.FieldBrokerID), caller.Organization), joined(q, caller))
		if caller.Oversees(caller.Jurisdiction) {
			mine = sql.Or(mine, sql.EQ(q.C(entcontract.FieldJurisdiction), caller.Jurisdiction))
		}
		q.Where(mine)
	}
}

// Terms are what a signature of the contract binds.
func Terms(k *ent.Contract) contract.Terms {
	t := contract.Terms{ID: k.ID, Buyer: k.BuyerID, Seller: k.SellerID, Title: k.Title, Class: k.Class, Field: string(k.Field), Channel: k.Channel,
		Total: k.TotalFen, TextDigest: k.TextDigest}
	if k.BrokerID != nil {
		t.Broker = *k.BrokerID
	}
	t.Version, t.Plan, t.Clauses, t.Consortium = k.TextVersion, k.Plan, k.Clauses, k.Consortium
	return t
}
