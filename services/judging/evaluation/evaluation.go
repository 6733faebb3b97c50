// Package evaluation has the rules of the evaluation of a demand's bids: the panel, its sheets, the decision.
//
//   - The life cycles are the maps below; nothing else moves an evaluation or a sheet.
//   - A sheet is locked once. To change it, somebody who approves reopens it with a reason, and both versions stay.
//   - The sheet of an expert with a conflict never counts.
package evaluation

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/judging/score"
	"github.com/jiebang/jiebang/services/lifecycle"
)

// State is where an evaluation stands.
type State string

// The states.
const (
	Planned     State = "planned"     // its criteria may be set
	Panelled    State = "panelled"    // its experts are known to the bureau
	Scoring     State = "scoring"     // experts declare, read and score
	Scored      State = "scored"      // there is a ranking
	Recommended State = "recommended" // the chair has signed it
	Closed      State = "closed"      // the bureau has decided
)

// Event is what moves an evaluation.
type Event string

// The events.
const (
	Plan      Event = "plan"
	Seed      Event = "seed" // something of a draw
	Name      Event = "name" // the panel
	Change    Event = "change"
	Start     Event = "start"
	Note      Event = "note" // a word to a bidder
	Finish    Event = "finish"
	Resume    Event = "resume" // a sheet is reopened
	Recommend Event = "recommend"
	Decide    Event = "decide"
	Announce  Event = "announce"
	Settle    Event = "settle"
	Promote   Event = "promote" // the winner does not sign
	Reopen    Event = "reopen"  // an objection is upheld
)

// Machine is the life cycle of evaluations.
var Machine = lifecycle.Machine[State, Event]{
	Planned:     {Plan: Planned, Seed: Planned, Name: Panelled},
	Panelled:    {Change: Panelled, Start: Scoring},
	Scoring:     {Change: Scoring, Note: Scoring, Finish: Scored},
	Scored:      {Note: Scored, Resume: Scoring, Recommend: Recommended},
	Recommended: {Note: Recommended, Resume: Scoring, Decide: Closed},
	Closed:      {Announce: Closed, Settle: Closed, Promote: Closed, Reopen: Scoring},
}

// Values lists the states for ent.
func (State) Values() []string { return Machine.States() }

// Next returns the state that e leads to.
func (s State) Next(e Event) (State, error) { return Machine.Next(s, e, ErrState) }

// Ranked reports whether there is a ranking in state s.
func (s State) Ranked() bool { return s == Scored || s == Recommended || s == Closed }

// Panelist is an expert of a panel. An expert is an organization, for which any of its experts acts, or one person of it.
type Panelist struct {
	Expert       string `json:"expert"` // organizations/{organization}, or one of its members
	Organization string `json:"organization"`
	Person       string `json:"person,omitempty"`
	Chair        bool   `json:"chair,omitempty"`
	Left         string `json:"left,omitempty"` // why it is no longer one
}

// Panel is who judges. Those who left stay in it, with the reason.
type Panel []Panelist

// Active are those who have not left.
func (p Panel) Active() []Panelist {
	return slices.DeleteFunc(slices.Clone(p), func(m Panelist) bool { return m.Left != "" })
}

// Of is the member of the panel for whom somebody of an organization acts; nil if it acts for none.
func (p Panel) Of(organization, person string) *Panelist {
	for i, m := range p {
		if m.Left == "" && m.Organization == organization && organization != "" && (m.Person == "" || m.Person == person) {
			return &p[i]
		}
	}
	return nil
}

// Out is a bid that is disqualified.
type Out struct {
	Bid    string `json:"bid"`
	Code   Code   `json:"code"`
	Reason string `json:"reason"`
}

// Code is why a bid is disqualified.
type Code string

// The codes.
const (
	Nonresponsive Code = "nonresponsive" // it does not answer what was asked
	Ineligible    Code = "ineligible"    // the bidder may not bid
	Collusion     Code = "collusion"
	Falsehood     Code = "falsehood"
	OverBudget    Code = "over_budget"
)

// Decision is what the bureau decides.
type Decision struct {
	Winners      []string `json:"winners"`  // in the order of their lanes; none is NoWinner
	Reserves     []string `json:"reserves"` // in the order in which they move up
	Disqualified []Out    `json:"disqualified"`
	Reason       string   `json:"reason,omitempty"` // why it is not the ranking's, or why nobody wins
}

// Feedback is what a bidder that does not win is told.
type Feedback struct {
	Bid          string       `json:"bid"`
	Organization string       `json:"organization"` // the bidder
	Sentence     string       `json:"sentence"`
	Bands        []score.Band `json:"bands"` // a criterion each, from the decision on
}

// Check reports whether d may be decided on a ranking, when so many may win. A decision that is not the ranking's needs a reason.
func (d Decision) Check(ranking []score.Place, most int) error {
	left := make([]string, 0, len(ranking))
	out := func(bid string) bool {
		return slices.ContainsFunc(d.Disqualified, func(o Out) bool { return o.Bid == bid })
	}
	for _, p := range ranking {
		if !out(p.Bid) {
			left = append(left, p.Bid)
		}
	}
	named := slices.Concat(d.Winners, d.Reserves)
	for _, o := range d.Disqualified {
		named = append(named, o.Bid)
		if strings.TrimSpace(o.Reason) == "" {
			return ErrReason.At("disqualified")
		}
	}
	seen := map[string]bool{}
	for _, bid := range named {
		if seen[bid] || !slices.ContainsFunc(ranking, func(p score.Place) bool { return p.Bid == bid }) {
			return ErrDecision.With("bid", bid)
		}
		seen[bid] = true
	}
	if len(d.Winners) > most {
		return ErrWinners.With("most", most).At("winners")
	}
	n := len(d.Winners) + len(d.Reserves)
	follows := n <= len(left) && slices.Equal(slices.Concat(d.Winners, d.Reserves), left[:n]) && len(d.Winners) > 0
	if !follows && strings.TrimSpace(d.Reason) == "" {
		return ErrReason.At("reason")
	}
	return nil
}

// Wants are the bids of a ranking that do not win and are not disqualified with a reason: each is told why.
func (d Decision) Wants(ranking []score.Place) []string {
	var bids []string
	for _, p := range ranking {
		if !slices.Contains(d.Winners, p.Bid) && !slices.ContainsFunc(d.Disqualified, func(o Out) bool { return o.Bid == p.Bid }) {
			bids = append(bids, p.Bid)
		}
	}
	return bids
}

// Missing is the first bid that wants feedback and has none; empty if all have it.
func Missing(wants []string, feedback []Feedback) string {
	for _, bid := range wants {
		if !slices.ContainsFunc(feedback, func(f Feedback) bool { return f.Bid == bid && f.Sentence != "" }) {
			return bid
		}
	}
	return ""
}

// Encode writes a panel, a decision, feedback or versions of a sheet as they are kept.
func Encode[T Panel | Decision | []Feedback | []Former](v T) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // it is made of texts
	}
	return string(b)
}

// Decode reads what Encode writes; an empty text is the zero value.
func Decode[T Panel | Decision | []Feedback | []Former](text string) (v T, err error) {
	if text == "" {
		return v, nil
	}
	return v, json.Unmarshal([]byte(text), &v)
}

// Faults of evaluations.
var (
	ErrForeign   = fault.New(fault.Forbidden, "EVALUATION_FOREIGN", "only the bureau of the demand's jurisdiction does this, and of its criteria the firm")
	ErrNotFound  = fault.New(fault.NotFound, "EVALUATION_NOT_FOUND", "the demand has no evaluation that you may read")
	ErrState     = fault.New(fault.Precondition, "EVALUATION_STATE", "the evaluation's state does not allow this")
	ErrDirect    = fault.New(fault.Precondition, "DEMAND_NOT_JUDGED", "the demand's procedure has no evaluation")
	ErrPublished = fault.New(fault.Precondition, "CRITERIA_FIXED", "the criteria of a published demand do not change")
	ErrEarly     = fault.New(fault.Precondition, "BIDS_TO_COME", "the deadline has not come, so no bid is opened yet")
	ErrExpert    = fault.New(fault.Invalid, "EXPERT_INVALID", "an expert is an organization that is no authority, or a member of one in the role EXPERT")
	ErrTwice     = fault.New(fault.Invalid, "PANEL_TWICE", "an organization judges a demand once")
	ErrInvolved  = fault.New(fault.Precondition, "EXPERT_INVOLVED", "the expert belongs to the firm whose demand it is")
	ErrChair     = fault.New(fault.Invalid, "CHAIR_MISSING", "the chair is one of the experts")
	ErrPanel     = fault.New(fault.Precondition, "PANEL_SMALL", "the procedure wants more experts")
	ErrNoExpert  = fault.New(fault.Precondition, "EXPERT_NOT_ON_PANEL", "the expert is not on the panel")
	ErrUnlocked  = fault.New(fault.Precondition, "SCORES_MISSING", "a bid has too few locked sheets")
	ErrOpenLeft  = fault.New(fault.Precondition, "SHEETS_OPEN", "some sheets are not locked; say why scoring ends without them")
	ErrUnsaid    = fault.New(fault.Precondition, "DEVIATION_UNEXPLAINED", "a sheet lies far from the mean of its bid and its expert has not said why")
	ErrRanking   = fault.New(fault.Precondition, "RANKING_DIFFERS", "the ranking is not the one that you have signed; read it again")
	ErrNotChair  = fault.New(fault.Forbidden, "CHAIR_REQUIRED", "only the chair of the panel signs the ranking")
	ErrReason    = fault.New(fault.Invalid, "REASON_REQUIRED", "this needs a reason")
	ErrDecision  = fault.New(fault.Invalid, "DECISION_BID", "a decision names bids of the ranking, each once")
	ErrWinners   = fault.New(fault.Invalid, "WINNERS_MANY", "the procedure has fewer winners")
	ErrFeedback  = fault.New(fault.Precondition, "FEEDBACK_MISSING", "each bidder that does not win is told why before the evaluation closes")
	ErrSame      = fault.New(fault.Forbidden, "DECIDER_NAMED_PANEL", "whoever named the panel does not decide")
)
