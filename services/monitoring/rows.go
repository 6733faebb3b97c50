package monitoring

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcase "github.com/jiebang/jiebang/ent/gen/ent/monitoringcase"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/monitoring/casefile"
)

// Image is the audited columns of a case.
func Image(c *ent.MonitoringCase) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", c.Jurisdiction).Int("version", int64(c.Version)).Time("created_at", c.CreatedAt).Time("updated_at", c.UpdatedAt).
		Text("organization_id", c.OrganizationID).Text("subject", c.Subject).Text("demander_id", c.DemanderID).Text("solver_id", c.SolverID).Text("state", string(c.State)).
		Text("cause", string(c.Cause)).Text("text", c.Text).Text("finding", c.Finding).Text("evidence", c.Evidence).Text("opened_by", c.OpenedBy).Text("decision", c.Decision).
		Text("conclusion", c.Conclusion).Text("violations", c.Violations).Text("answers", c.Answers).Text("concluded_by", c.ConcludedBy).Text("end_reason", c.EndReason)
	entry.Optional(i, "activated_at", c.ActivatedAt, i.Time)
	entry.Optional(i, "concluded_at", c.ConcludedAt, i.Time)
	entry.Optional(i, "ended_at", c.EndedAt, i.Time)
	return i.Row()
}

// move moves a case by an event and saves it.
func move(ctx context.Context, tx *storage.Txn, c *ent.MonitoringCase, e casefile.Event, kind string) (err error) {
	if c.State, err = c.State.Next(e); err != nil {
		return err
	}
	return save(ctx, tx, kind, c)
}

// save appends the entry of a changed case and writes its row; version 0 is a new one.
func save(ctx context.Context, tx *storage.Txn, kind string, c *ent.MonitoringCase) error {
	c.Version, c.UpdatedAt = c.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.MonitoringCaseName(c.ID), Organization: id.OrganizationName(c.OrganizationID), Row: Image(c)})
	if err != nil {
		return err
	}
	c.EntrySeq, c.EntryHash = r.Sequence, r.Hash
	if c.Version == 1 {
		return tx.MonitoringCase.Create().SetID(c.ID).SetJurisdiction(c.Jurisdiction).SetVersion(c.Version).SetEntrySeq(c.EntrySeq).SetEntryHash(c.EntryHash).
			SetCreatedAt(c.CreatedAt).SetUpdatedAt(c.UpdatedAt).SetOrganizationID(c.OrganizationID).SetSubject(c.Subject).SetDemanderID(c.DemanderID).SetSolverID(c.SolverID).
			SetState(c.State).SetCause(c.Cause).SetText(c.Text).SetFinding(c.Finding).SetEvidence(c.Evidence).SetOpenedBy(c.OpenedBy).Exec(ctx)
	}
	return storage.One(tx.MonitoringCase.Update().Where(entcase.ID(c.ID), entcase.Version(c.Version-1)).
		SetVersion(c.Version).SetEntrySeq(c.EntrySeq).SetEntryHash(c.EntryHash).SetUpdatedAt(c.UpdatedAt).SetState(c.State).SetDecision(c.Decision).SetConclusion(c.Conclusion).
		SetViolations(c.Violations).SetAnswers(c.Answers).SetConcludedBy(c.ConcludedBy).SetEndReason(c.EndReason).SetNillableActivatedAt(c.ActivatedAt).
		SetNillableConcludedAt(c.ConcludedAt).SetNillableEndedAt(c.EndedAt).Save(ctx))
}
