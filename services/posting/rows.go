package posting

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/detail"
)

// Image is the audited columns of a demand. What is not for everyone stands in a digest that a nonce blinds.
func Image(d *ent.Demand) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", d.Jurisdiction).Int("version", int64(d.Version)).Time("created_at", d.CreatedAt).Time("updated_at", d.UpdatedAt).
		Text("organization_id", d.OrganizationID).Text("title", d.Title).Text("description", d.Description).Text("field", string(d.Field)).
		Text("state", string(d.State))
	entry.Optional(i, "number", d.Number, i.Text)
	entry.Optional(i, "budget_fen", d.BudgetFen, func(n string, f money.Fen) *entry.Image { return i.Int(n, int64(f)) })
	entry.Optional(i, "deadline", d.Deadline, i.Time)
	if d.Failure != nil {
		i.Text("failure", string(*d.Failure))
	}
	entry.Optional(i, "winning_bid_id", d.WinningBidID, i.Text)
	entry.Optional(i, "procedure", d.Procedure, i.Text)
	for _, t := range [][2]string{{"details", d.Details}, {"gated_digest", detail.Digest(d.Gated)}, {"comments", d.Comments}, {"pending", d.Pending}, {"vetted_by", d.VettedBy},
		{"reason", d.Reason}, {"remark", d.Remark}} {
		if t[1] != "" {
			i.Text(t[0], t[1])
		}
	}
	if d.Attempt != 1 {
		i.Int("attempt", int64(d.Attempt))
	}
	entry.Optional(i, "related_id", d.RelatedID, i.Text)
	entry.Optional(i, "vetted_at", d.VettedAt, i.Time)
	entry.Optional(i, "amended_at", d.AmendedAt, i.Time)
	entry.Optional(i, "heartbeat_at", d.HeartbeatAt, i.Time)
	entry.Optional(i, "published_at", d.PublishedAt, i.Time)
	entry.Optional(i, "next_event_at", d.NextEventAt, i.Time)
	return i.Row()
}

// Save appends the entry of a changed demand, with facts of the moment, and writes its row; version 0 is a new one.
func Save(ctx context.Context, tx *storage.Txn, kind string, d *ent.Demand, facts ...entry.Column) error {
	d.Version, d.UpdatedAt = d.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.DemandName(d.ID), Organization: id.OrganizationName(d.OrganizationID), Row: Image(d).With(facts)})
	if err != nil {
		return err
	}
	d.EntrySeq, d.EntryHash = r.Sequence, r.Hash
	if d.Version == 1 {
		return tx.Demand.Create().SetID(d.ID).SetJurisdiction(d.Jurisdiction).SetVersion(d.Version).SetEntrySeq(d.EntrySeq).SetEntryHash(d.EntryHash).
			SetCreatedAt(d.CreatedAt).SetUpdatedAt(d.UpdatedAt).SetOrganizationID(d.OrganizationID).SetTitle(d.Title).SetDescription(d.Description).
			SetField(d.Field).SetNillableBudgetFen(d.BudgetFen).SetNillableDeadline(d.Deadline).SetNillableProcedure(d.Procedure).SetState(d.State).
			SetDetails(d.Details).SetGated(d.Gated).SetAttempt(d.Attempt).SetNillableRelatedID(d.RelatedID).Exec(ctx)
	}
	u := tx.Demand.Update().Where(entdemand.ID(d.ID), entdemand.Version(d.Version-1)).
		SetVersion(d.Version).SetEntrySeq(d.EntrySeq).SetEntryHash(d.EntryHash).SetUpdatedAt(d.UpdatedAt).
		SetTitle(d.Title).SetDescription(d.Description).SetField(d.Field).SetState(d.State).SetNillableFailure(d.Failure).
		SetNillableNumber(d.Number).SetNillableWinningBidID(d.WinningBidID).SetNillablePublishedAt(d.PublishedAt).
		SetDetails(d.Details).SetGated(d.Gated).SetComments(d.Comments).SetPending(d.Pending).SetVettedBy(d.VettedBy).SetNillableVettedAt(d.VettedAt).SetReason(d.Reason).
		SetRemark(d.Remark).SetNillableAmendedAt(d.AmendedAt)
	if d.WinningBidID == nil {
		u.ClearWinningBidID()
	}
	if d.BudgetFen == nil {
		u.ClearBudgetFen()
	} else {
		u.SetBudgetFen(*d.BudgetFen)
	}
	if d.Deadline == nil {
		u.ClearDeadline()
	} else {
		u.SetDeadline(*d.Deadline)
	}
	if d.HeartbeatAt == nil {
		u.ClearHeartbeatAt()
	} else {
		u.SetHeartbeatAt(*d.HeartbeatAt)
	}
	if d.NextEventAt == nil {
		u.ClearNextEventAt()
	} else {
		u.SetNextEventAt(*d.NextEventAt)
	}
	return storage.One(u.Save(ctx))
}
