package settling

import (
	"context"
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entpayment "github.com/jiebang/jiebang/ent/gen/ent/payment"
	"github.com/jiebang/jiebang/services/accounting"
	"github.com/jiebang/jiebang/services/accounting/account"
	"github.com/jiebang/jiebang/services/contracting"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/settling/milestone"
	"github.com/jiebang/jiebang/services/settling/payment"
)

// findPayment reads a payment to which the caller may do what it calls for.
func findPayment(ctx context.Context, c *ent.Client, caller party.Caller, contractID, paymentID string) (*ent.Payment, error) {
	hidden := payment.ErrNotFound.With("payment", paymentID)
	p, err := c.Payment.Query().Where(entpayment.ID(paymentID), entpayment.ContractID(contractID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, hidden
	}
	if err != nil {
		return nil, err
	}
	return p, contracting.May(ctx, caller, p.BuyerID, p.SellerID, p.Jurisdiction, hidden)
}

// Planned is a payment to plan.
type Planned struct {
	Kind      payment.Kind
	Amount    money.Fen
	Milestone string // id
	Holder    string
}

// Plan plans a payment of a contract in force.
func (s *Settling) Plan(ctx context.Context, contractID string, n Planned) (*ent.Payment, error) {
	home, err := rpc.Home(id.Contract, contractID, contract.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Payment, error) {
		k, err := contracting.Between(ctx, tx, contractID)
		if err != nil {
			return nil, err
		}
		if _, err := contracting.SideOf(k, tx.Caller); err != nil && !contracting.ForBoth(k, tx.Caller) {
			return nil, err
		}
		if err := payment.Check(n.Kind, n.Milestone, n.Holder); err != nil {
			return nil, err
		}
		p := &ent.Payment{ID: id.New(tx.Rand, id.Payment, home), Jurisdiction: home, ContractID: k.ID, BuyerID: k.BuyerID, SellerID: k.SellerID,
			Kind: n.Kind, AmountFen: n.Kind.Signed(n.Amount), State: payment.Planned, CreatedAt: tx.Now}
		if n.Milestone != "" {
			if _, err := findMilestone(ctx, tx.Client, tx.Caller, contractID, n.Milestone); err != nil {
				return nil, rpc.At("payment.milestone", err)
			}
			p.MilestoneID = &n.Milestone
		}
		if holder := strings.TrimSpace(n.Holder); holder != "" {
			p.Holder = &holder
		}
		return p, savePayment(ctx, tx, "payment.planned", p)
	})
}

// payee is the side that a payment goes to; the other one is its payer.
func payee(p *ent.Payment) contracting.Side {
	if p.Kind == payment.Refund {
		return contracting.Buyer
	}
	return contracting.Seller
}

func payer(p *ent.Payment) contracting.Side {
	return contracting.Buyer + contracting.Seller - payee(p)
}

// pay loads a payment of a contract in force under the lock and lets decide move it.
func (s *Settling) pay(ctx context.Context, seen Seen, decide func(*storage.Txn, *ent.Contract, *ent.Payment) error) (*ent.Payment, error) {
	home, err := rpc.Home(id.Contract, seen.Contract, payment.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Payment, error) {
		p, err := findPayment(ctx, tx.Client, tx.Caller, seen.Contract, seen.ID)
		if err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag("etag", seen.Etag, p.Version); err != nil {
			return nil, err
		}
		k, err := tx.Contract.Get(ctx, p.ContractID)
		if err != nil {
			return nil, err
		}
		if err := contracting.InForce(k); err != nil {
			return nil, err
		}
		return p, decide(tx, k, p)
	})
}

// goOn moves a payment by an event of one side and saves it.
func (p paying) goOn(ctx context.Context, tx *storage.Txn, by contracting.Side, e payment.Event, kind string) (err error) {
	if err := contracting.Acts(p.k, tx.Caller, by); err != nil {
		return err
	}
	if p.State, err = p.State.Next(e); err != nil {
		return err
	}
	return savePayment(ctx, tx, kind, p.Payment)
}

// paying is a payment and its contract.
type paying struct {
	*ent.Payment
	k *ent.Contract
}

// Request asks for a payment.
func (s *Settling) Request(ctx context.Context, seen Seen) (*ent.Payment, error) {
	return s.pay(ctx, seen, func(tx *storage.Txn, k *ent.Contract, p *ent.Payment) error {
		if p.MilestoneID != nil {
			m, err := tx.Milestone.Get(ctx, *p.MilestoneID)
			if err != nil {
				return err
			}
			if m.State != milestone.Met && m.AcceptedFen == 0 {
				return payment.ErrUnaccepted.With("state", string(m.State))
			}
		}
		return paying{p, k}.goOn(ctx, tx, payee(p), payment.Request, "payment.requested")
	})
}

// Approve approves a payment.
func (s *Settling) Approve(ctx context.Context, seen Seen) (*ent.Payment, error) {
	return s.pay(ctx, seen, func(tx *storage.Txn, k *ent.Contract, p *ent.Payment) error {
		return paying{p, k}.goOn(ctx, tx, payer(p), payment.Approve, "payment.approved")
	})
}

// Claim says that a payment was made, with the bank's voucher.
func (s *Settling) Claim(ctx context.Context, seen Seen, voucher string, digest []byte) (*ent.Payment, error) {
	return s.pay(ctx, seen, func(tx *storage.Txn, k *ent.Contract, p *ent.Payment) error {
		number := strings.TrimSpace(voucher)
		if number == "" {
			return payment.ErrVoucher.At("voucher")
		}
		p.Voucher, p.VoucherDigest, p.Reason = &number, digest, nil
		return paying{p, k}.goOn(ctx, tx, payer(p), payment.Claim, "payment.claimed")
	})
}

// Confirm confirms that the money has come in, and posts it if it counts.
func (s *Settling) Confirm(ctx context.Context, seen Seen) (*ent.Payment, error) {
	return s.pay(ctx, seen, func(tx *storage.Txn, k *ent.Contract, p *ent.Payment) error {
		b, err := accounting.Of(ctx, tx.Client, k.ID)
		if err != nil {
			return err
		}
		p.ConfirmedAt = &tx.Now
		if err := (paying{p, k}).goOn(ctx, tx, payee(p), payment.Confirm, "payment.confirmed"); err != nil || !p.Kind.Counts() {
			return err
		}
		if err := payment.CheckPaid(b.Paid+p.AmountFen, b.Current()); err != nil {
			return err
		}
		return accounting.Post(ctx, tx, k.ID, p.EntrySeq, account.Settled(p.AmountFen))
	})
}

// Dispute says that the money has not come in as claimed.
func (s *Settling) Dispute(ctx context.Context, seen Seen, why string) (*ent.Payment, error) {
	return s.payFor(ctx, seen, why, payment.Dispute, "payment.disputed")
}

// GiveUp gives up a payment that is not confirmed.
func (s *Settling) GiveUp(ctx context.Context, seen Seen, why string) (*ent.Payment, error) {
	return s.payFor(ctx, seen, why, payment.GiveUp, "payment.voided")
}

// payFor moves a payment by an event of its payee that has a reason.
func (s *Settling) payFor(ctx context.Context, seen Seen, why string, e payment.Event, kind string) (*ent.Payment, error) {
	return s.pay(ctx, seen, func(tx *storage.Txn, k *ent.Contract, p *ent.Payment) error {
		reason, err := contracting.Reason(why)
		if err != nil {
			return err
		}
		p.Reason = &reason
		return paying{p, k}.goOn(ctx, tx, payee(p), e, kind)
	})
}

// Balance is what a contract comes to, and the posting up to which it does.
func (s *Settling) Balance(ctx context.Context, contractID string) (*ent.Balance, error) {
	caller, hidden := identity.Caller(ctx), contract.ErrNotFound.With("contract", contractID)
	k, err := s.db.Read.Contract.Get(ctx, contractID)
	if ent.IsNotFound(err) {
		return nil, hidden
	}
	if err != nil {
		return nil, err
	}
	if err := contracting.May(ctx, caller, k.BuyerID, k.SellerID, k.Jurisdiction, hidden); err != nil {
		return nil, err
	}
	b, err := s.db.Read.Balance.Get(ctx, contractID)
	if ent.IsNotFound(err) {
		return nil, contract.ErrUnsigned
	}
	return b, err
}
