package history

import (
	"fmt"
	"github.com/jiebang/jiebang/services/reporting/replay/history/canon"
	"slices"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/judging/draw"
	"github.com/jiebang/jiebang/services/judging/evaluation"
	"github.com/jiebang/jiebang/services/judging/objection"
	"github.com/jiebang/jiebang/services/judging/score"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// judging is what is remembered of how a demand's bids are judged.
type judging struct {
	state    evaluation.State
	until    time.Time // when the publicity ends
	decision evaluation.Decision
	sheets   map[string]mark // by subject
	open     map[string]bool // objections, by subject
}

// mark is a sheet: whose, about which bid, and what counts of it.
type mark struct {
	state  evaluation.SheetState
	sheet  score.Sheet
	points string
}

// judgedDemand is the demand of an evaluation, a sheet or an objection, and what is remembered of its judging.
func (r *History) judgedDemand(e *entry.Entry) (string, *subject, error) {
	parts := strings.Split(e.Subject, "/")
	name := strings.Join(parts[:min(2, len(parts))], "/")
	d, ok := r.subjects[name]
	if !ok {
		return name, nil, fmt.Errorf("账本中没有需求 %s", name)
	}
	if d.judging == nil {
		d.judging = &judging{sheets: map[string]mark{}, open: map[string]bool{}}
	}
	return name, d, nil
}

// judgedEvent is the event of a demand when a state says which of two an entry tells of.
func judgedEvent(s demand.State, e demand.Event) demand.Event {
	switch {
	case s == demand.Announced && e == demand.Award:
		return demand.Settle
	case s == demand.Awarded && e == demand.Announce:
		return demand.Promote
	}
	return e
}

var evaluationEvents = map[string]evaluation.Event{
	"planned": evaluation.Plan, "draw_opened": evaluation.Seed, "seed_committed": evaluation.Seed, "seed_revealed": evaluation.Seed,
	"panel_named": evaluation.Name, "panel_drawn": evaluation.Name, "panel_changed": evaluation.Change, "scoring_started": evaluation.Start,
	"feedback_given": evaluation.Note, "scored": evaluation.Finish, "scoring_resumed": evaluation.Resume, "recommended": evaluation.Recommend,
	"closed": evaluation.Decide, "announced": evaluation.Announce, "settled": evaluation.Settle, "promoted": evaluation.Promote, "reopened": evaluation.Reopen,
}

func (r *History) applyEvaluation(e *entry.Entry, s *subject, event string, _ bool) error {
	name, d, err := r.judgedDemand(e)
	if err != nil {
		return err
	}
	was := evaluation.State(s.state)
	if s.version == 1 {
		was = evaluation.Planned
	}
	state := evaluation.State(value(e, "state"))
	next, err := was.Next(evaluationEvents[event])
	if err != nil || next != state {
		return fmt.Errorf("评榜的状态不能由 %s 变为 %s(%s)", was, state, e.Kind)
	}
	if plan := value(e, "plan"); event == "planned" && demand.State(d.state).Public() || s.fixed != "" && event != "planned" && plan != s.fixed {
		return fmt.Errorf("评审标准在需求发布后被改动")
	}
	s.fixed, d.judging.state = value(e, "plan"), state
	switch event {
	case "panel_drawn":
		return drawn(e)
	case "scored":
		return r.ranked(e, name, d)
	case "closed":
		return r.decided(e, d)
	case "announced", "promoted":
		return d.judging.publicized(e)
	}
	return nil
}

// drawn makes sure that a panel is the one that its seeds draw.
func drawn(e *entry.Entry) error {
	d, err := canon.Read[draw.Draw](value(e, "draw"))
	if err != nil {
		return fmt.Errorf("抽取记录无法读取")
	}
	panel, err := canon.Read[evaluation.Panel](value(e, "panel"))
	if again := d.Again(); err != nil || len(again) == 0 || !slices.Equal(again, d.Drawn) ||
		!slices.EqualFunc(panel, again, func(p evaluation.Panelist, name string) bool { return p.Expert == name }) {
		return fmt.Errorf("专家组与公开的种子抽出的不同")
	}
	return nil
}

// ranked makes sure that a ranking is the one that the sheets of the ledger give.
func (r *History) ranked(e *entry.Entry, name string, d *subject) error {
	plan, err := canon.Read[score.Plan](value(e, "plan"))
	if err != nil || plan.Check() != nil {
		return fmt.Errorf("评审标准无法读取")
	}
	var counts []score.Sheet
	for _, m := range d.judging.sheets {
		if m.state.Counts() {
			if plan.CheckPoints(m.sheet.Points) != nil {
				return fmt.Errorf("评分表的评分与评审标准不符")
			}
			counts = append(counts, m.sheet)
		}
	}
	var entrants []score.Entrant
	for subject, b := range r.subjects {
		if bidID, ok := strings.CutPrefix(subject, name+"/bids/"); ok && (b.state == string(bid.Opened) || b.state == string(bid.Shortlisted)) {
			entrants = append(entrants, score.Entrant{Bid: bidID, Received: b.received})
		}
	}
	if want := score.EncodeRanking(score.Rank(plan, counts, entrants)); want != value(e, "ranking") {
		return fmt.Errorf("排名与评分表算出的不同")
	}
	return nil
}

// decided makes sure that whoever does not win is told why.
func (r *History) decided(e *entry.Entry, d *subject) error {
	decision, err1 := canon.Read[evaluation.Decision](value(e, "decision"))
	ranking, err2 := canon.Read[[]score.Place](value(e, "ranking"))
	feedback, err3 := canon.Read[[]evaluation.Feedback](value(e, "feedback"))
	if err1 != nil || err2 != nil || err3 != nil {
		return fmt.Errorf("定榜的内容无法读取")
	}
	if evaluation.Missing(decision.Wants(ranking), feedback) != "" {
		return fmt.Errorf("有未中榜的揭榜没有反馈即结束评榜")
	}
	if err := decision.Check(ranking, len(ranking)); err != nil {
		return fmt.Errorf("定榜与排名不符且无理由")
	}
	if value(e, "decided_by") == value(e, "named_by") {
		return fmt.Errorf("组建专家组与定榜的是同一人")
	}
	d.judging.decision = decision
	return nil
}

// publicized notes when a publicity ends.
func (j *judging) publicized(e *entry.Entry) error {
	until, err := entry.ParseTime(value(e, "standstill_until"))
	if err != nil || !until.After(e.Time) {
		return fmt.Errorf("公示期没有结束时间")
	}
	j.until = until
	return nil
}

// announce makes sure that a demand is announced once its evaluation is closed, for a bid that was decided for.
func (r *History) announce(e *entry.Entry, s *subject) error {
	winner := value(e, "winning_bid_id")
	j := s.judging
	if j == nil || j.state != evaluation.Closed || j.until.IsZero() {
		return fmt.Errorf("评榜未结束即公示")
	}
	if !slices.Contains(j.decision.Winners, winner) && !slices.Contains(j.decision.Reserves, winner) {
		return fmt.Errorf("公示的揭榜 %s 不是定榜的结果", winner)
	}
	s.winner = winner
	return nil
}

// settle makes sure that a demand is awarded once its evaluation is closed, the publicity over, and no objection open.
func (r *History) settle(e *entry.Entry, s *subject) error {
	j := s.judging
	switch {
	case j == nil || j.state != evaluation.Closed:
		return fmt.Errorf("评榜未结束即定榜")
	case e.Time.Before(j.until):
		return fmt.Errorf("公示期未满即定榜")
	case len(j.open) > 0:
		return fmt.Errorf("有未办结的异议即定榜")
	case value(e, "winning_bid_id") != s.winner:
		return fmt.Errorf("定榜与公示的不同")
	}
	return nil
}

// won makes sure that a bid which wins was announced, and one which was does not lose.
func (j *judging) won(bidID, was string, e bid.Event) error {
	selected := was == string(bid.Selected)
	if (e == bid.Win) != selected || e == bid.Win && j.state != evaluation.Closed {
		return fmt.Errorf("揭榜 %s 与公示的结果不符", bidID)
	}
	return nil
}

var sheetEvents = map[string]evaluation.SheetEvent{
	"cleared": evaluation.Clear, "recused": evaluation.Recuse, "locked": evaluation.Lock, "explained": evaluation.Explain, "reopened": evaluation.Unlock,
}

func (r *History) applySheet(e *entry.Entry, s *subject, event string, _ bool) error {
	_, d, err := r.judgedDemand(e)
	if err != nil {
		return err
	}
	state := evaluation.SheetState(value(e, "state"))
	before := d.judging.sheets[e.Subject]
	points, err := canon.Read[[]int](value(e, "points"))
	if err != nil {
		return fmt.Errorf("评分无法读取")
	}
	m := mark{state, score.Sheet{Expert: value(e, "organization_id"), Bid: value(e, "bid_id"), Points: points}, value(e, "points")}
	d.judging.sheets[e.Subject] = m
	if event == "assigned" {
		barred := slices.ContainsFunc(strings.Fields(value(e, "hints")), func(h string) bool { return evaluation.Hint(h).Bars() })
		if s.version != 1 || state != evaluation.Assigned && state != evaluation.Recused || barred != (state == evaluation.Recused) {
			return fmt.Errorf("评分表不能以状态 %s 开始", state)
		}
		return nil
	}
	next, err := evaluation.SheetState(s.state).Next(sheetEvents[event])
	if err != nil || next != state {
		return fmt.Errorf("评分表的状态不能由 %s 变为 %s(%s)", s.state, state, e.Kind)
	}
	if before.state == evaluation.Locked && event != "reopened" && m.points != before.points {
		return fmt.Errorf("评分表锁定后评分被改动")
	}
	if before.sheet.Expert != m.sheet.Expert || before.sheet.Bid != m.sheet.Bid {
		return fmt.Errorf("评分表换了专家或揭榜")
	}
	return nil
}

var objectionEvents = map[string]objection.Event{
	"admitted": objection.Admit, "rejected": objection.Reject, "upheld": objection.Uphold, "dismissed": objection.Dismiss,
	"withdrawn": objection.Withdraw, "escalated": objection.Escalate,
}

func (r *History) applyObjection(e *entry.Entry, s *subject, event string, _ bool) error {
	_, d, err := r.judgedDemand(e)
	if err != nil {
		return err
	}
	state := objection.State(value(e, "state"))
	delete(d.judging.open, e.Subject)
	if slices.Contains(objection.Open, state) {
		d.judging.open[e.Subject] = true
	}
	if event == "filed" {
		if s.version != 1 || state != objection.Filed || d.state != string(demand.Announced) || !e.Time.Before(d.judging.until) {
			return fmt.Errorf("异议不在公示期内")
		}
		return nil
	}
	next, err := objection.State(s.state).Next(objectionEvents[event])
	if err != nil || next != state {
		return fmt.Errorf("异议的状态不能由 %s 变为 %s(%s)", s.state, state, e.Kind)
	}
	if by := value(e, "decided_by"); by != "" && by == value(e, "reviewed_by") {
		return fmt.Errorf("审查与裁决异议的是同一人")
	}
	return nil
}
