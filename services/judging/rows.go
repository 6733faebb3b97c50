package judging

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entevaluation "github.com/jiebang/jiebang/ent/gen/ent/evaluation"
	entsheet "github.com/jiebang/jiebang/ent/gen/ent/sheet"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/judging/evaluation"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Image is the audited columns of an evaluation.
func Image(e *ent.Evaluation) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", e.Jurisdiction).Int("version", int64(e.Version)).Time("created_at", e.CreatedAt).Time("updated_at", e.UpdatedAt).
		Text("state", string(e.State)).Text("plan", e.Plan).Text("draw", e.Draw).Text("panel", e.Panel).Text("named_by", e.NamedBy).
		Text("missing_reason", e.MissingReason).Text("ranking", e.Ranking).Text("decision", e.Decision).Text("decided_by", e.DecidedBy).Text("feedback", e.Feedback)
	entry.Optional(i, "announced_at", e.AnnouncedAt, i.Time)
	entry.Optional(i, "standstill_until", e.StandstillUntil, i.Time)
	entry.Optional(i, "next_event_at", e.NextEventAt, i.Time)
	return i.Row()
}

// save appends the entry of a changed evaluation and writes its row; version 0 is a new one. The entry is its organization's to read: the firm's as long
// as there are but criteria, and then the bureau's, because it tells who the experts are.
func save(ctx context.Context, tx *storage.Txn, kind string, e *ent.Evaluation, organization string) error {
	e.Version, e.UpdatedAt = e.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.EvaluationName(e.ID), Organization: organization, Row: Image(e)})
	if err != nil {
		return err
	}
	e.EntrySeq, e.EntryHash = r.Sequence, r.Hash
	if e.Version == 1 {
		return tx.Evaluation.Create().SetID(e.ID).SetJurisdiction(e.Jurisdiction).SetVersion(e.Version).SetEntrySeq(e.EntrySeq).SetEntryHash(e.EntryHash).
			SetCreatedAt(e.CreatedAt).SetUpdatedAt(e.UpdatedAt).SetState(e.State).SetPlan(e.Plan).SetDraw(e.Draw).SetPanel(e.Panel).SetNamedBy(e.NamedBy).
			Exec(ctx)
	}
	u := tx.Evaluation.Update().Where(entevaluation.ID(e.ID), entevaluation.Version(e.Version-1)).
		SetVersion(e.Version).SetEntrySeq(e.EntrySeq).SetEntryHash(e.EntryHash).SetUpdatedAt(e.UpdatedAt).SetState(e.State).SetPlan(e.Plan).SetDraw(e.Draw).
		SetPanel(e.Panel).SetNamedBy(e.NamedBy).SetMissingReason(e.MissingReason).SetRanking(e.Ranking).SetDecision(e.Decision).SetDecidedBy(e.DecidedBy).
		SetFeedback(e.Feedback).SetNillableAnnouncedAt(e.AnnouncedAt).SetNillableStandstillUntil(e.StandstillUntil).SetNillableNextEventAt(e.NextEventAt)
	if e.AnnouncedAt == nil {
		u.ClearAnnouncedAt()
	}
	if e.StandstillUntil == nil {
		u.ClearStandstillUntil()
	}
	if e.NextEventAt == nil {
		u.ClearNextEventAt()
	}
	return storage.One(u.Save(ctx))
}

// move moves an evaluation by an event and saves it.
func move(ctx context.Context, tx *storage.Txn, e *ent.Evaluation, event evaluation.Event, kind string) (err error) {
	if e.State, err = e.State.Next(event); err != nil {
		return err
	}
	return save(ctx, tx, kind, e, actors(tx))
}

// actors is the organization whose an act is: the bureau's, whose employees do it; the clock has none.
func actors(tx *storage.Txn) string {
	if tx.Caller.Organization == "" || !tx.Caller.Kind.Public() {
		return ""
	}
	return id.OrganizationName(tx.Caller.Organization)
}

// SheetImage is the audited columns of a sheet.
func SheetImage(s *ent.Sheet) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", s.Jurisdiction).Int("version", int64(s.Version)).Time("created_at", s.CreatedAt).Time("updated_at", s.UpdatedAt).
		Text("demand_id", s.DemandID).Text("bid_id", s.BidID).Text("organization_id", s.OrganizationID).Text("person_id", s.PersonID).Text("state", string(s.State)).
		Text("hints", s.Hints).Text("conflict", s.Conflict).Text("points", s.Points).Text("remark", s.Remark).Text("words", s.Words).Text("former", s.Former)
	entry.Optional(i, "locked_at", s.LockedAt, i.Time)
	return i.Row()
}

// SaveSheet appends the entry of a changed sheet and writes its row; version 0 is a new one. The entry is the expert's to read.
func SaveSheet(ctx context.Context, tx *storage.Txn, kind string, s *ent.Sheet) error {
	s.Version, s.UpdatedAt = s.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.SheetName(s.DemandID, s.ID), Organization: id.OrganizationName(s.OrganizationID), Row: SheetImage(s)})
	if err != nil {
		return err
	}
	s.EntrySeq, s.EntryHash = r.Sequence, r.Hash
	if s.Version == 1 {
		return tx.Sheet.Create().SetID(s.ID).SetJurisdiction(s.Jurisdiction).SetVersion(s.Version).SetEntrySeq(s.EntrySeq).SetEntryHash(s.EntryHash).
			SetCreatedAt(s.CreatedAt).SetUpdatedAt(s.UpdatedAt).SetDemandID(s.DemandID).SetBidID(s.BidID).SetOrganizationID(s.OrganizationID).
			SetPersonID(s.PersonID).SetState(s.State).SetHints(s.Hints).SetConflict(s.Conflict).Exec(ctx)
	}
	u := tx.Sheet.Update().Where(entsheet.ID(s.ID), entsheet.Version(s.Version-1)).
		SetVersion(s.Version).SetEntrySeq(s.EntrySeq).SetEntryHash(s.EntryHash).SetUpdatedAt(s.UpdatedAt).SetState(s.State).SetConflict(s.Conflict).
		SetPoints(s.Points).SetRemark(s.Remark).SetWords(s.Words).SetFormer(s.Former).SetNillableLockedAt(s.LockedAt)
	if s.LockedAt == nil {
		u.ClearLockedAt()
	}
	return storage.One(u.Save(ctx))
}
