// Package settling is 履约: the milestones of a contract in force are worked on, shown, examined and accepted, and what is due is paid.
//
//   - That something is accepted does not say that it is paid, nor the other way: two machines, two amounts.
//   - The amounts of the milestones of a contract add up to its current total, to the fen, whatever is amended.
//   - What counts is posted in the transaction that says so.
package settling

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entmilestone "github.com/jiebang/jiebang/ent/gen/ent/milestone"
	entpayment "github.com/jiebang/jiebang/ent/gen/ent/payment"
	"github.com/jiebang/jiebang/services/contracting"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/settling/milestone"
	"github.com/jiebang/jiebang/services/settling/payment"
)

// Settling settles contracts.
type Settling struct{ db *storage.DB }

// New returns the settling of db.
func New(db *storage.DB) *Settling { return &Settling{db} }

// Works is how milestones and payments begin and end with their contracts.
func Works() contracting.Works { return contracting.Works{Begin: schedule, Done: done, End: end} }

// schedule makes the milestones that the plan of a contract foresees.
func schedule(ctx context.Context, tx *storage.Txn, k *ent.Contract) error {
	stages, err := contract.DecodePlan(k.Plan)
	if err != nil {
		return err
	}
	for i, amount := range k.TotalFen.Split(contract.Shares(stages)) {
		s := stages[i]
		m := &ent.Milestone{ID: id.New(tx.Rand, id.Milestone, k.Jurisdiction), Jurisdiction: k.Jurisdiction, ContractID: k.ID, BuyerID: k.BuyerID, SellerID: k.SellerID,
			Number: i + 1, Title: s.Title, Share: s.Share, AmountFen: amount, DueDate: s.Due, Indicators: s.Indicators, State: milestone.Scheduled, CreatedAt: tx.Now}
		if m.Indicators == nil {
			m.Indicators = []string{}
		}
		if err := saveMilestone(ctx, tx, "milestone.scheduled", m); err != nil {
			return err
		}
	}
	return nil
}

// done refuses to let a contract be completed while a milestone or a payment of it is open.
func done(ctx context.Context, tx *storage.Txn, k *ent.Contract) error {
	milestones, payments, err := of(ctx, tx, k.ID)
	if err != nil {
		return err
	}
	for _, m := range milestones {
		if !m.State.Done() {
			return milestone.ErrOpen.With("number", m.Number).With("state", string(m.State))
		}
	}
	for _, p := range payments {
		if p.State.Open() {
			return payment.ErrOpen.With("payment", id.PaymentName(p.ContractID, p.ID))
		}
	}
	return nil
}

// end cancels what is open when a contract is terminated.
func end(ctx context.Context, tx *storage.Txn, k *ent.Contract) error {
	milestones, payments, err := of(ctx, tx, k.ID)
	if err != nil {
		return err
	}
	for _, m := range milestones {
		if !m.State.Open() {
			continue
		}
		if m.State, err = m.State.Next(milestone.Cancel); err != nil {
			return err
		}
		if err := saveMilestone(ctx, tx, "milestone.cancelled", m); err != nil {
			return err
		}
	}
	for _, p := range payments {
		if !p.State.Open() {
			continue
		}
		if p.State, err = p.State.Next(payment.GiveUp); err != nil {
			return err
		}
		p.Reason = k.EndReason
		if err := savePayment(ctx, tx, "payment.voided", p); err != nil {
			return err
		}
	}
	return nil
}

// of reads the milestones and payments of a contract, in their order.
func of(ctx context.Context, tx *storage.Txn, contractID string) ([]*ent.Milestone, []*ent.Payment, error) {
	milestones, err := milestones(ctx, tx, contractID)
	if err != nil {
		return nil, nil, err
	}
	payments, err := tx.Payment.Query().Where(entpayment.ContractID(contractID)).Order(entpayment.ByCreatedAt(), entpayment.ByID()).All(ctx)
	return milestones, payments, err
}

func milestones(ctx context.Context, tx *storage.Txn, contractID string) ([]*ent.Milestone, error) {
	return tx.Milestone.Query().Where(entmilestone.ContractID(contractID)).Order(entmilestone.ByNumber()).All(ctx)
}

// Spread is what the milestones of a contract would amount to with another total: those that are undecided take the difference up.
func Spread(ctx context.Context, tx *storage.Txn, contractID string, total money.Fen) ([]money.Fen, error) {
	rows, err := milestones(ctx, tx, contractID)
	if err != nil {
		return nil, err
	}
	return spread(rows, total)
}

func spread(rows []*ent.Milestone, total money.Fen) ([]money.Fen, error) {
	parts := make([]milestone.Part, len(rows))
	for i, m := range rows {
		parts[i] = milestone.Part{Share: int64(m.Share), Amount: m.AmountFen, State: m.State}
	}
	return milestone.Spread(total, parts)
}

// Reassess gives the milestones of a contract the amounts of Spread, with an entry for each that changes.
func Reassess(ctx context.Context, tx *storage.Txn, contractID string, total money.Fen) error {
	rows, err := milestones(ctx, tx, contractID)
	if err != nil {
		return err
	}
	amounts, err := spread(rows, total)
	if err != nil {
		return err
	}
	for i, m := range rows {
		if m.AmountFen == amounts[i] {
			continue
		}
		if m.State, err = m.State.Next(milestone.Reassess); err != nil {
			return err
		}
		m.AmountFen = amounts[i]
		if err := saveMilestone(ctx, tx, "milestone.reassessed", m); err != nil {
			return err
		}
	}
	return nil
}
