package settling

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entmilestone "github.com/jiebang/jiebang/ent/gen/ent/milestone"
	"github.com/jiebang/jiebang/services/accounting"
	"github.com/jiebang/jiebang/services/accounting/account"
	"github.com/jiebang/jiebang/services/contracting"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/settling/milestone"
)

// Seen names something of a contract, and the version of it that a caller has seen.
type Seen struct{ Contract, ID, Etag string }

// findMilestone reads a milestone to which the caller may do what it calls for.
func findMilestone(ctx context.Context, c *ent.Client, caller party.Caller, contractID, milestoneID string) (*ent.Milestone, error) {
	hidden := milestone.ErrNotFound.With("milestone", milestoneID)
	m, err := c.Milestone.Query().Where(entmilestone.ID(milestoneID), entmilestone.ContractID(contractID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, hidden
	}
	if err != nil {
		return nil, err
	}
	return m, contracting.May(ctx, caller, m.BuyerID, m.SellerID, m.Jurisdiction, hidden)
}

// move loads a milestone of a contract in force under the lock and lets decide move it.
func (s *Settling) move(ctx context.Context, seen Seen, decide func(*storage.Txn, *ent.Contract, *ent.Milestone) error) (*ent.Milestone, error) {
	home, err := rpc.Home(id.Contract, seen.Contract, milestone.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Milestone, error) {
		m, err := findMilestone(ctx, tx.Client, tx.Caller, seen.Contract, seen.ID)
		if err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag("etag", seen.Etag, m.Version); err != nil {
			return nil, err
		}
		k, err := tx.Contract.Get(ctx, m.ContractID)
		if err != nil {
			return nil, err
		}
		if err := contracting.InForce(k); err != nil {
			return nil, err
		}
		return m, decide(tx, k, m)
	})
}

// working is a milestone and its contract.
type working struct {
	*ent.Milestone
	k *ent.Contract
}

// step moves the milestone by an event of one side and saves it.
func (w working) step(ctx context.Context, tx *storage.Txn, by contracting.Side, e milestone.Event, kind string) (err error) {
	if err := contracting.Acts(w.k, tx.Caller, by); err != nil {
		return err
	}
	if w.State, err = w.State.Next(e); err != nil {
		return err
	}
	return saveMilestone(ctx, tx, kind, w.Milestone)
}

// Start says that the seller works on a milestone.
func (s *Settling) Start(ctx context.Context, seen Seen) (*ent.Milestone, error) {
	return s.move(ctx, seen, func(tx *storage.Txn, k *ent.Contract, m *ent.Milestone) error {
		return working{m, k}.step(ctx, tx, contracting.Seller, milestone.Start, "milestone.started")
	})
}

// Submit submits the seller's evidence; after an outcome that was not the whole it is a rework.
func (s *Settling) Submit(ctx context.Context, seen Seen, evidence []milestone.Evidence) (*ent.Milestone, error) {
	return s.move(ctx, seen, func(tx *storage.Txn, k *ent.Contract, m *ent.Milestone) error {
		if m.State != milestone.InProgress {
			m.Reworks++
		}
		m.Evidence = milestone.EncodeEvidence(evidence)
		if err := milestone.CheckEvidence(evidence, len(m.Indicators)); err != nil {
			return err
		}
		return working{m, k}.step(ctx, tx, contracting.Seller, milestone.Submit, "milestone.evidence_submitted")
	})
}

// Examine says that the buyer examines the evidence.
func (s *Settling) Examine(ctx context.Context, seen Seen) (*ent.Milestone, error) {
	return s.move(ctx, seen, func(tx *storage.Txn, k *ent.Contract, m *ent.Milestone) error {
		return working{m, k}.step(ctx, tx, contracting.Buyer, milestone.Examine, "milestone.acceptance_started")
	})
}

// Verdict is how an examination ends.
type Verdict struct {
	Outcome milestone.State
	Part    *money.Fen // what is accepted in all, if it is accepted in part
	Reason  string
}

// Conclude concludes the buyer's examination and posts what is accepted beyond what was.
func (s *Settling) Conclude(ctx context.Context, seen Seen, v Verdict) (*ent.Milestone, error) {
	return s.move(ctx, seen, func(tx *storage.Txn, k *ent.Contract, m *ent.Milestone) error {
		event, err := milestone.Outcome(v.Outcome)
		if err != nil {
			return err
		}
		m.Reason = nil
		if event != milestone.Accept {
			reason, err := contracting.Reason(v.Reason)
			if err != nil {
				return err
			}
			m.Reason = &reason
		}
		if err := contracting.Acts(k, tx.Caller, contracting.Buyer); err != nil {
			return err
		}
		if _, err := m.State.Next(event); err != nil {
			return err
		}
		before := m.AcceptedFen
		if m.AcceptedFen, err = milestone.Accepts(event, m.AmountFen, before, v.Part); err != nil {
			return err
		}
		if err := (working{m, k}).step(ctx, tx, contracting.Buyer, event, "milestone."+string(v.Outcome)); err != nil {
			return err
		}
		if m.AcceptedFen == before {
			return nil
		}
		return accounting.Post(ctx, tx, k.ID, m.EntrySeq, account.Approved(m.AcceptedFen-before))
	})
}

// Fail says that a milestone which is due was not delivered; the buyer does, or the bureau.
func (s *Settling) Fail(ctx context.Context, seen Seen, why string) (*ent.Milestone, error) {
	return s.move(ctx, seen, func(tx *storage.Txn, k *ent.Contract, m *ent.Milestone) error {
		object := policy.Object{Is: true, Jurisdiction: k.Jurisdiction}
		if policy.Relate(tx.Caller, object)&policy.Oversight == 0 {
			if err := contracting.Acts(k, tx.Caller, contracting.Buyer); err != nil {
				return err
			}
		}
		next, err := m.State.Next(milestone.Fail)
		if err != nil {
			return err
		}
		if !milestone.Overdue(m.State, m.DueDate, contract.SignDate(tx.Now)) {
			return milestone.ErrNotDue.With("due_date", m.DueDate)
		}
		reason, err := contracting.Reason(why)
		if err != nil {
			return err
		}
		m.State, m.Reason = next, &reason
		return saveMilestone(ctx, tx, "milestone.not_delivered", m)
	})
}

// Waive agrees for the caller's side to do without a milestone; both sides together do.
func (s *Settling) Waive(ctx context.Context, seen Seen, why string) (*ent.Milestone, error) {
	return s.move(ctx, seen, func(tx *storage.Txn, k *ent.Contract, m *ent.Milestone) error {
		who, err := contracting.SideOf(k, tx.Caller)
		if err != nil && !contracting.ForBoth(k, tx.Caller) {
			return err
		}
		next, err := m.State.Next(milestone.Waive)
		if err != nil {
			return err
		}
		reason, err := contracting.Reason(why)
		if err != nil {
			return err
		}
		switch {
		case contracting.ForBoth(k, tx.Caller):
			m.BuyerWaivedAt, m.SellerWaivedAt = &tx.Now, &tx.Now
		case who == contracting.Buyer && m.BuyerWaivedAt != nil, who == contracting.Seller && m.SellerWaivedAt != nil:
			return milestone.ErrAgreed
		case who == contracting.Buyer:
			m.BuyerWaivedAt = &tx.Now
		default:
			m.SellerWaivedAt = &tx.Now
		}
		m.Reason = &reason
		if m.BuyerWaivedAt == nil || m.SellerWaivedAt == nil {
			return saveMilestone(ctx, tx, "milestone.waiver_agreed", m)
		}
		m.State = next
		return saveMilestone(ctx, tx, "milestone.waived", m)
	})
}
