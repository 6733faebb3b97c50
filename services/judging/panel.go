package judging

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcontract "github.com/jiebang/jiebang/ent/gen/ent/contract"
	entmembership "github.com/jiebang/jiebang/ent/gen/ent/membership"
	"github.com/jiebang/jiebang/services/bidding"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/bidding/consortium"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/judging/draw"
	"github.com/jiebang/jiebang/services/judging/evaluation"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// NamePanel names the experts of a demand that takes bids or whose bids are opened; chair is one of them.
func (j *Judging) NamePanel(ctx context.Context, demandID, etag string, experts []string, chair string) (*Case, error) {
	return j.change(ctx, demandID, etag, func(tx *storage.Txn, k *Case) error {
		k.Evaluation.NamedBy = tx.Principal
		return k.name(ctx, tx, experts, chair, "evaluation.panel_named")
	})
}

// name makes experts the panel.
func (k *Case) name(ctx context.Context, tx *storage.Txn, experts []string, chair, kind string) error {
	if s := k.demand.State; s != demand.Published && s != demand.Stale && s != demand.Evaluating {
		return demand.ErrState.With("state", string(s)).With("event", "name_panel")
	}
	if len(experts) < k.how.Experts {
		return evaluation.ErrPanel.With("least", k.how.Experts)
	}
	if !slices.Contains(experts, chair) {
		return evaluation.ErrChair.At("chair")
	}
	var panel evaluation.Panel
	for i, name := range experts {
		p, err := k.expert(ctx, tx, panel, name)
		if err != nil {
			return rpc.At(fmt.Sprintf("experts[%d]", i), err)
		}
		p.Chair = name == chair
		panel = append(panel, p)
	}
	k.Evaluation.Panel = evaluation.Encode(panel)
	return move(ctx, tx, k.Evaluation, evaluation.Name, kind)
}

// expert reads who would join a panel: an organization that is no authority, or a member of one in the role of an expert; not of the demander's body,
// and of no organization that is on the panel.
func (k *Case) expert(ctx context.Context, tx *storage.Txn, panel evaluation.Panel, name string) (evaluation.Panelist, error) {
	p := evaluation.Panelist{Expert: name}
	invalid := evaluation.ErrExpert.With("expert", name)
	parts := strings.Split(name, "/")
	if len(parts) != 2 && len(parts) != 4 || parts[0] != "organizations" || len(parts) == 4 && parts[2] != "members" {
		return p, invalid
	}
	o, err := identity.Organization(ctx, tx.Client, parts[1])
	if fault.As(err) != nil || err == nil && (o.Kind.Public() || o.State == party.Suspended || o.State == party.Closed) {
		return p, invalid
	}
	if err != nil {
		return p, err
	}
	p.Organization = o.ID
	if len(parts) == 4 {
		m, err := tx.Membership.Query().Where(entmembership.ID(parts[3]), entmembership.OrganizationID(o.ID), entmembership.StateEQ(party.Member)).
			Only(scope.Open(ctx, "whether somebody is an expert decides whether it may judge"))
		if ent.IsNotFound(err) || err == nil && !slices.Contains(m.Roles, party.Expert) {
			return p, invalid
		}
		if err != nil {
			return p, err
		}
		p.Person = m.PersonID
	}
	if slices.ContainsFunc(panel, func(other evaluation.Panelist) bool { return other.Organization == o.ID }) {
		return p, evaluation.ErrTwice.With("expert", name)
	}
	one, err := identity.Affiliated(ctx, tx.Client, o.ID, k.Firm)
	if err == nil && one {
		return p, evaluation.ErrInvolved.With("expert", name)
	}
	return p, err
}

// OpenDraw fixes the list from which a number of experts will be drawn. A draw that is not finished can be opened anew; the ledger keeps both.
func (j *Judging) OpenDraw(ctx context.Context, demandID, etag string, eligible []string, number int) (*Case, error) {
	return j.change(ctx, demandID, etag, func(tx *storage.Txn, k *Case) error {
		d, err := draw.Open(id.DemandName(demandID), eligible, number)
		if err != nil {
			return err
		}
		if number < k.how.Experts {
			return evaluation.ErrPanel.With("least", k.how.Experts)
		}
		var all evaluation.Panel
		for i, name := range d.Eligible {
			p, err := k.expert(ctx, tx, all, name)
			if err != nil {
				return rpc.At(fmt.Sprintf("experts[%d]", i), err)
			}
			all = append(all, p)
		}
		k.Evaluation.Draw, k.Evaluation.NamedBy = d.Encode(), tx.Principal
		return move(ctx, tx, k.Evaluation, evaluation.Seed, "evaluation.draw_opened")
	})
}

// CommitSeed adds the hash of a seed of the caller's to the draw.
func (j *Judging) CommitSeed(ctx context.Context, demandID, etag string, commitment []byte) (*Case, error) {
	return j.drawing(ctx, demandID, etag, "evaluation.seed_committed", func(tx *storage.Txn, d *draw.Draw) error {
		return d.Commit(tx.Principal, commitment)
	})
}

// RevealSeed adds the seed that the caller committed to. The last one draws the panel; who was drawn first takes the chair.
func (j *Judging) RevealSeed(ctx context.Context, demandID, etag string, seed []byte) (*Case, error) {
	return j.drawing(ctx, demandID, etag, "evaluation.seed_revealed", func(tx *storage.Txn, d *draw.Draw) error {
		return d.Reveal(tx.Principal, seed)
	})
}

func (j *Judging) drawing(ctx context.Context, demandID, etag, kind string, act func(*storage.Txn, *draw.Draw) error) (*Case, error) {
	return j.change(ctx, demandID, etag, func(tx *storage.Txn, k *Case) error {
		if _, err := k.Evaluation.State.Next(evaluation.Seed); err != nil {
			return err
		}
		d, err := draw.Decode(k.Evaluation.Draw)
		if err != nil {
			return err
		}
		if err := act(tx, &d); err != nil {
			return err
		}
		k.Evaluation.Draw = d.Encode()
		if err := move(ctx, tx, k.Evaluation, evaluation.Seed, kind); err != nil || len(d.Drawn) == 0 {
			return err
		}
		return k.name(ctx, tx, d.Drawn, d.Drawn[0], "evaluation.panel_drawn")
	})
}

// Replacement is a change of a panel: somebody leaves with a reason, somebody comes, or both.
type Replacement struct{ Leaves, Joins, Reason string }

// ChangePanel lets an expert leave, whose sheets do not count any more, and another join, who gets sheets if scoring has begun.
func (j *Judging) ChangePanel(ctx context.Context, demandID, etag string, r Replacement) (*Case, error) {
	return j.change(ctx, demandID, etag, func(tx *storage.Txn, k *Case) error {
		panel, err := k.panel()
		if err != nil {
			return err
		}
		if strings.TrimSpace(r.Reason) == "" {
			return evaluation.ErrReason.At("reason")
		}
		if _, err := k.Evaluation.State.Next(evaluation.Change); err != nil {
			return err
		}
		chair := false
		if r.Leaves != "" {
			i := slices.IndexFunc(panel, func(p evaluation.Panelist) bool { return p.Expert == r.Leaves && p.Left == "" })
			if i < 0 {
				return evaluation.ErrNoExpert.With("expert", r.Leaves).At("leaves")
			}
			chair, panel[i].Chair, panel[i].Left = panel[i].Chair, false, r.Reason
			if err := k.leave(ctx, tx, panel[i]); err != nil {
				return err
			}
		}
		if r.Joins != "" {
			p, err := k.expert(ctx, tx, panel, r.Joins)
			if err != nil {
				return rpc.At("joins", err)
			}
			p.Chair = chair
			panel, chair = append(panel, p), false
			if k.Evaluation.State == evaluation.Scoring {
				if err := k.assign(ctx, tx, p); err != nil {
					return err
				}
			}
		}
		if chair || len(panel.Active()) < k.how.Experts {
			return evaluation.ErrPanel.With("least", k.how.Experts)
		}
		k.Evaluation.Panel = evaluation.Encode(panel)
		return move(ctx, tx, k.Evaluation, evaluation.Change, "evaluation.panel_changed")
	})
}

// leave recuses an expert who leaves from every bid.
func (k *Case) leave(ctx context.Context, tx *storage.Txn, p evaluation.Panelist) error {
	all, err := sheets(ctx, tx, k.demand.ID)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.OrganizationID != p.Organization || s.State == evaluation.Recused {
			continue
		}
		if s.State, err = s.State.Next(evaluation.Recuse); err != nil {
			return err
		}
		s.Conflict = p.Left
		if err := SaveSheet(ctx, tx, "sheet.recused", s); err != nil {
			return err
		}
	}
	return nil
}

// StartScoring gives each expert a sheet for each opened bid.
func (j *Judging) StartScoring(ctx context.Context, demandID, etag string) (*Case, error) {
	return j.change(ctx, demandID, etag, func(tx *storage.Txn, k *Case) error {
		if k.demand.State != demand.Evaluating {
			return evaluation.ErrEarly.With("state", string(k.demand.State))
		}
		if err := bidding.AllOpened(ctx, tx, k.demand.ID); err != nil {
			return err
		}
		if _, err := k.Evaluation.State.Next(evaluation.Start); err != nil {
			return err
		}
		panel, err := k.panel()
		if err != nil {
			return err
		}
		for _, p := range panel.Active() {
			if err := k.assign(ctx, tx, p); err != nil {
				return err
			}
		}
		return move(ctx, tx, k.Evaluation, evaluation.Start, "evaluation.scoring_started")
	})
}

// assign gives an expert a sheet for each bid that is judged. Where the platform knows of a conflict that bars, the expert is recused at once.
func (k *Case) assign(ctx context.Context, tx *storage.Txn, p evaluation.Panelist) error {
	rows, err := bids(ctx, tx, k.demand.ID, judged...)
	if err != nil {
		return err
	}
	bidders, err := bids(ctx, tx, k.demand.ID, bid.Opened, bid.Shortlisted, bid.Disqualified)
	if err != nil {
		return err
	}
	rival := false
	for _, b := range bidders {
		one, err := within(ctx, tx, p.Organization, b)
		if err != nil {
			return err
		}
		rival = rival || one
	}
	for _, b := range rows {
		hints, err := k.hints(ctx, tx, p.Organization, b)
		if err != nil {
			return err
		}
		if rival && !slices.Contains(hints, evaluation.SameBody) {
			hints = append(hints, evaluation.OwnBid)
		}
		s := &ent.Sheet{ID: id.New(tx.Rand, id.Sheet, k.demand.Jurisdiction), Jurisdiction: k.demand.Jurisdiction, DemandID: k.demand.ID, BidID: b.ID,
			OrganizationID: p.Organization, PersonID: p.Person, State: evaluation.Assigned, Hints: words(hints), CreatedAt: tx.Now}
		if slices.ContainsFunc(hints, evaluation.Hint.Bars) {
			s.State = evaluation.Recused
		}
		if err := SaveSheet(ctx, tx, "sheet.assigned", s); err != nil {
			return err
		}
	}
	return nil
}

func words(hints []evaluation.Hint) string {
	texts := make([]string, len(hints))
	for i, h := range hints {
		texts[i] = string(h)
	}
	return strings.Join(texts, " ")
}

// parties are the organizations that a bid is of: the bidder, and the members of its consortium.
func parties(b *ent.Bid) []string {
	all := []string{b.OrganizationID}
	if b.Consortium != nil {
		all = append(all, consortium.Beside(consortium.Read(*b.Consortium), b.OrganizationID)...)
	}
	return all
}

// within reports whether an organization is one body with one that a bid is of.
func within(ctx context.Context, tx *storage.Txn, organization string, b *ent.Bid) (bool, error) {
	for _, of := range parties(b) {
		if one, err := identity.Affiliated(ctx, tx.Client, organization, of); one || err != nil {
			return one, err
		}
	}
	return false, nil
}

// hints are what the platform knows of an expert's organization and those that a bid is of.
func (k *Case) hints(ctx context.Context, tx *storage.Txn, expert string, b *ent.Bid) (hints []evaluation.Hint, err error) {
	one, err := within(ctx, tx, expert, b)
	if err != nil {
		return nil, err
	}
	if one {
		hints = append(hints, evaluation.SameBody)
	}
	for _, with := range []struct {
		organizations []string
		hint          evaluation.Hint
	}{{parties(b), evaluation.Contract}, {[]string{k.Firm}, evaluation.OfDemander}} {
		had, err := tx.Contract.Query().Where(entcontract.Or(
			entcontract.And(entcontract.BuyerID(expert), entcontract.SellerIDIn(with.organizations...)),
			entcontract.And(entcontract.SellerID(expert), entcontract.BuyerIDIn(with.organizations...)))).
			Exist(scope.Open(ctx, "whether an expert has had a contract with a bidder is a hint of a conflict"))
		if err != nil {
			return nil, err
		}
		if had {
			hints = append(hints, with.hint)
		}
	}
	return hints, nil
}
