package history

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// What of a demand is fixed: by its submission, by its publication but for amendments, and by its publication for ever.
var (
	vettedColumns    = []string{"title", "description", "field", "budget_fen", "details", "gated_digest", "deadline", "organization_id"}
	foreverColumns   = []string{"title", "field", "number", "published_at", "organization_id", "created_at", "gated_digest", "procedure", "related_id", "attempt"}
	materialColumns  = []string{"description", "budget_fen", "details"}
	publishedColumns = slices.Concat(materialColumns, []string{"deadline"}, foreverColumns)
)

// vetDemand makes sure that what is decided on is what was submitted, by another officer than had it vetted.
func vetDemand(e *entry.Entry, s *subject, ev demand.Event) error {
	content := fixedColumns(e, vettedColumns...)
	if ev == demand.Submit {
		s.vetted = content
		return nil
	}
	if s.vetted != content {
		return fmt.Errorf("论证期间需求内容被改动")
	}
	if by := value(e, "vetted_by"); (ev == demand.Approve || ev == demand.TurnDown) && (by == "" || by == e.Actor) {
		return fmt.Errorf("受理与审批是同一人")
	}
	return nil
}

// amendDemand makes sure that an amendment came in time, and moved the deadline back at most.
func amendDemand(e *entry.Entry, s *subject, fixed string) error {
	if !e.Time.Before(s.deadline) {
		return fmt.Errorf("截止之后变更")
	}
	deadline, err := time.Parse(entry.TimeLayout, value(e, "deadline"))
	if err != nil || deadline.Before(s.deadline) {
		return fmt.Errorf("截止时间被提前")
	}
	if s.forever != fixedColumns(e, foreverColumns...) {
		return fmt.Errorf("变更了不可变更的内容")
	}
	if asked := fixedColumns(e, materialColumns...); asked != s.asked {
		if value(e, "amended_at") != e.Time.Format(entry.TimeLayout) {
			return fmt.Errorf("内容变更没有记下变更时间")
		}
		s.asked, s.material = asked, e.Sequence
	}
	s.deadline, s.fixed = deadline, fixed
	return nil
}

// settleBid follows what an amendment, a confirmation or the end of a demand does to a bid.
func settleBid(e *entry.Entry, s, d *subject, ev bid.Event) error {
	switch ev {
	case bid.Unsettle:
		d.live--
	case bid.Confirm:
		if err := demand.Admits(demand.State(d.state), d.deadline, e.Time); err != nil {
			return fmt.Errorf("需求当时不接受揭榜")
		}
		d.live++
		s.settled = e.Sequence
	case bid.Lapse:
		if demand.State(d.state).Open() && e.Time.Before(d.deadline) {
			return fmt.Errorf("截止之前失效")
		}
		if s.state == string(bid.Submitted) {
			d.live--
		}
	}
	return nil
}

// asideEvents are the events of what is said about demands, and whether each is a first one.
var asideEvents = map[string][]bool{
	"opinion.asked": {true, false}, "opinion.given": {false}, "question.asked": {true}, "question.answered": {false}, "disclosure.accepted": {true, false}, "disclosure.made": {true, false},
}

// applyAside follows opinions, questions and disclosures: each is about a demand, and what has an order keeps it.
func (r *History) applyAside(e *entry.Entry, _ *subject, event string, known bool) error {
	thing, _, _ := strings.Cut(e.Kind, ".")
	name, _, _ := strings.Cut(e.Subject, "/"+thing+"s/")
	if _, ok := r.subjects[name]; !ok {
		return fmt.Errorf("账本中没有需求 %s", name)
	}
	for _, first := range asideEvents[e.Kind] {
		if first != known {
			return nil
		}
	}
	return fmt.Errorf("账目 %s 的次序不对", event)
}
