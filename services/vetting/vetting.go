// Package vetting is 论证: a firm hands a demand to the bureau, experts advise, and two officers decide whether it is published.
//
//   - The officer who takes a demand up does not decide on it.
//   - Opinions advise; how many are needed, the demand's own version of its procedure says.
//   - Until it is published a demand is its firm's, the officers' and the experts' who were asked.
package vetting

import (
	"context"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entopinion "github.com/jiebang/jiebang/ent/gen/ent/opinion"
	"github.com/jiebang/jiebang/services/codes"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/posting/detail"
	"github.com/jiebang/jiebang/services/posting/procedure"
	"github.com/jiebang/jiebang/services/vetting/opinion"
)

// Vetting vets demands.
type Vetting struct{ db *storage.DB }

// New returns the vetting of db.
func New(db *storage.DB) *Vetting { return &Vetting{db} }

// Submit hands a draft or a returned demand of the caller's firm to the bureau.
func (v *Vetting) Submit(ctx context.Context, demandID, etag string) (*ent.Demand, error) {
	return posting.Change(ctx, v.db, demandID, posting.At(etag), func(tx *storage.Txn, d *ent.Demand) error {
		if _, err := d.State.Next(demand.Submit); err != nil {
			return err
		}
		how, err := procedure.Of(d.Procedure)
		if err != nil {
			return err
		}
		if !how.Vetting {
			return opinion.ErrNotVetted.With("procedure", how.ID())
		}
		content, err := detail.Decode(d.Details)
		if err != nil {
			return err
		}
		if err := content.Ready(how.Judging); err != nil {
			return err
		}
		if err := demand.CheckDeadline(tx.Now, d.Deadline); err != nil {
			return err
		}
		return posting.Move(ctx, tx, d, demand.Submit, "demand.submitted")
	})
}

// Start takes a submitted demand up, as the caller, and asks experts.
func (v *Vetting) Start(ctx context.Context, demandID, etag string, persons []string) (*ent.Demand, error) {
	return posting.Change(ctx, v.db, demandID, posting.At(etag), func(tx *storage.Txn, d *ent.Demand) error {
		if _, err := d.State.Next(demand.Vet); err != nil {
			return err
		}
		asked := map[string]bool{}
		for _, person := range persons {
			if asked[person] {
				return opinion.ErrTwice.With("expert", person).At("experts")
			}
			asked[person] = true
			if err := askExpert(ctx, tx, d, person); err != nil {
				return err
			}
		}
		d.VettedBy, d.VettedAt = tx.Caller.Principal(), &tx.Now
		return posting.Move(ctx, tx, d, demand.Vet, "demand.vetted")
	})
}

// Return gives a demand back to its firm with comments.
func (v *Vetting) Return(ctx context.Context, demandID, etag string, comments []detail.Comment) (*ent.Demand, error) {
	return posting.Change(ctx, v.db, demandID, posting.At(etag), func(tx *storage.Txn, d *ent.Demand) error {
		if _, err := d.State.Next(demand.Return); err != nil {
			return err
		}
		if len(comments) == 0 {
			return opinion.ErrNoComment.At("comments")
		}
		d.Comments = detail.EncodeComments(comments)
		return posting.Move(ctx, tx, d, demand.Return, "demand.returned")
	})
}

// Approve lets a demand be published.
func (v *Vetting) Approve(ctx context.Context, demandID, etag string) (*ent.Demand, error) {
	return posting.Change(ctx, v.db, demandID, posting.At(etag), func(tx *storage.Txn, d *ent.Demand) error {
		if err := apart(tx, d, demand.Approve); err != nil {
			return err
		}
		how, err := procedure.Of(d.Procedure)
		if err != nil {
			return err
		}
		given, err := tx.Opinion.Query().Where(entopinion.DemandID(d.ID), entopinion.GivenAtGTE(*d.VettedAt)).Count(ctx)
		if err != nil {
			return err
		}
		if err := opinion.Enough(given, how.Opinions); err != nil {
			return err
		}
		return posting.Move(ctx, tx, d, demand.Approve, "demand.approved")
	})
}

// TurnDown ends a demand that is not fit to be published.
func (v *Vetting) TurnDown(ctx context.Context, demandID, etag, reason, remark string) (*ent.Demand, error) {
	return posting.Change(ctx, v.db, demandID, posting.At(etag), func(tx *storage.Txn, d *ent.Demand) error {
		if err := apart(tx, d, demand.TurnDown); err != nil {
			return err
		}
		if err := demand.CheckReason(codes.RejectionReason, reason); err != nil {
			return err
		}
		d.Reason, d.Remark = reason, remark
		return posting.Move(ctx, tx, d, demand.TurnDown, "demand.rejected")
	})
}

// apart reports whether the caller may decide on a demand: it is being vetted, by another officer.
func apart(tx *storage.Txn, d *ent.Demand, e demand.Event) error {
	if _, err := d.State.Next(e); err != nil {
		return err
	}
	return opinion.Apart(d.VettedBy, tx.Caller.Principal())
}

// counts reports whether an opinion was given in the present vetting of its demand.
func counts(o *ent.Opinion, since *time.Time) bool {
	return o.GivenAt != nil && since != nil && !o.GivenAt.Before(*since)
}
