package judging

import (
	"slices"

	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/judging/draw"
	"github.com/jiebang/jiebang/services/judging/evaluation"
	"github.com/jiebang/jiebang/services/judging/score"
)

// View is what of an evaluation a caller sees; what it may not is absent.
type View struct {
	Plan     score.Plan
	State    evaluation.State
	Panel    evaluation.Panel
	Draw     draw.Draw
	Ranking  []score.Place
	Decision evaluation.Decision
	Decided  bool
	Feedback []evaluation.Feedback
	Missing  string
	Public   bool // the decision is announced, or nobody wins
}

// View is what a caller sees: everybody the criteria; the panel besides them the state and the ranking; the bureau everything; and everybody what is
// public from the announcement on. A bidder is told why it does not win, and nobody else but the firm and the bureau why it does not.
func (k *Case) View(c party.Caller) (v View, err error) {
	e := k.Evaluation
	all := View{State: e.State, Missing: e.MissingReason, Decided: e.State == evaluation.Closed}
	if all.Plan, err = k.Plan(); err != nil {
		return v, err
	}
	if all.Panel, err = k.panel(); err != nil {
		return v, err
	}
	if all.Draw, err = draw.Decode(e.Draw); err != nil {
		return v, err
	}
	if all.Ranking, err = score.DecodeRanking(e.Ranking); err != nil {
		return v, err
	}
	if all.Decision, err = evaluation.Decode[evaluation.Decision](e.Decision); err != nil {
		return v, err
	}
	if all.Feedback, err = evaluation.Decode[[]evaluation.Feedback](e.Feedback); err != nil {
		return v, err
	}
	all.Public = all.Decided && (e.AnnouncedAt != nil || len(all.Decision.Winners) == 0)
	return all.seenBy(c, e.Jurisdiction, k.Firm), nil
}

// seenBy leaves out what a caller may not see.
func (v View) seenBy(c party.Caller, jurisdiction, firm string) View {
	if c.Oversees(jurisdiction) {
		return v
	}
	seen := View{Plan: v.Plan, Public: v.Public}
	if c.Has(party.Expert) && v.Panel.Of(c.Organization, c.Person) != nil {
		seen.State, seen.Ranking = v.State, v.Ranking
	}
	if !v.Public {
		return seen
	}
	seen.State, seen.Panel, seen.Draw, seen.Ranking, seen.Decision, seen.Decided = v.State, v.Panel, v.Draw, v.Ranking, v.Decision, true
	seen.Feedback = slices.DeleteFunc(slices.Clone(v.Feedback), func(f evaluation.Feedback) bool {
		return c.Organization == "" || c.Organization != firm && c.Organization != f.Organization
	})
	return seen
}
