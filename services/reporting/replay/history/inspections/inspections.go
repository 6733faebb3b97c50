// Package inspections follows the entries of a monitoring case: its states, who opens and concludes it, what is found and what became of it.
package inspections

import (
	"errors"
	"fmt"
	"slices"

	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/monitoring/casefile"
)

// Events are the moves of cases, by the entries that tell of them.
var Events = map[string]casefile.Event{
	"activated": casefile.Activate, "cancelled": casefile.Cancel, "answered": casefile.Answer, "addressed": casefile.Address, "declined": casefile.Decline,
	"completed": casefile.Complete, "closed": casefile.Close, "stopped": casefile.Stop,
}

// Fixed are the columns that never change.
var Fixed = []string{"organization_id", "subject", "demander_id", "solver_id", "cause", "text", "finding", "evidence", "opened_by", "created_at"}

// Case is what the entries of one case come to.
type Case struct {
	state      casefile.State
	violations []casefile.Violation
	text       string // the violations as they are kept
	replies    string
	said       [5]string // what has been decided and concluded
}

// Apply checks an entry of a case.
func (c *Case) Apply(e *entry.Entry, event string) error {
	before := *c
	c.state, c.text, c.replies = casefile.State(value(e, "state")), value(e, "violations"), value(e, "answers")
	var err error
	if c.violations, err = canonical[casefile.Violation](c.text); err != nil {
		return errors.New("监测案件的问题无法读取")
	}
	c.said = [5]string{value(e, "decision"), value(e, "activated_at"), value(e, "conclusion"), value(e, "concluded_by"), value(e, "concluded_at")}
	if event == "opened" {
		return c.opened(e, before)
	}
	move := Events[event]
	if next, err := before.state.Next(move); err != nil || next != c.state {
		return fmt.Errorf("状态不能由 %s 变为 %s(%s)", before.state, c.state, e.Kind)
	}
	return c.moved(e, move, before)
}

// opened checks the first entry: an indicator alone names its finding, and nothing is said yet.
func (c *Case) opened(e *entry.Entry, before Case) error {
	indicator := value(e, "cause") == string(casefile.Indicator)
	if before.state != "" || c.state != casefile.Draft || c.said != [5]string{} || c.text+c.replies != "" || value(e, "opened_by") != e.Actor ||
		indicator != (value(e, "finding") != "") || indicator != (value(e, "evidence") != "") {
		return errors.New("监测案件不能这样立案")
	}
	return nil
}

func (c *Case) moved(e *entry.Entry, move casefile.Event, before Case) error {
	concludes := move == casefile.Address || move == casefile.Decline
	if !concludes && move != casefile.Activate && c.said != before.said {
		return errors.New("监测案件的决定或结论被改动")
	}
	if move != casefile.Complete && !concludes && c.text != before.text {
		return errors.New("监测案件的问题被改动")
	}
	if move == casefile.Answer {
		return replied(e, before)
	}
	if c.replies != before.replies {
		return errors.New("监测案件的答复被改动")
	}
	switch {
	case move == casefile.Activate && (value(e, "decision") == "" || value(e, "activated_at") == ""):
		return errors.New("启动监测没有决定")
	case concludes && (casefile.CheckViolations(c.violations) != nil || casefile.Concluded(c.violations) != move || value(e, "conclusion") == ""):
		return errors.New("监测的结论与问题不符")
	case concludes && (value(e, "concluded_by") != e.Actor || value(e, "concluded_by") == value(e, "opened_by")):
		return errors.New("立案与作结论的是同一人")
	case move == casefile.Complete && !resolves(before.violations, c.violations):
		return errors.New("有问题没有写明整改结果,或问题被改动")
	}
	return nil
}

// resolves reports whether it is said of each violation that was found, and of no other, what became of it.
func resolves(found, all []casefile.Violation) bool {
	return casefile.CheckResolved(all) == nil && slices.EqualFunc(found, all, func(a, b casefile.Violation) bool { return a.Type == b.Type && a.Text == b.Text })
}

// replied makes sure that an answer is added to those before it, by an organization that the case is about.
func replied(e *entry.Entry, before Case) error {
	was, err1 := canonical[casefile.Reply](before.replies)
	is, err2 := canonical[casefile.Reply](value(e, "answers"))
	if err1 != nil || err2 != nil || len(is) != len(was)+1 || len(is) > casefile.MostReplies || !slices.Equal(is[:len(was)], was) {
		return errors.New("监测案件的答复不是在原有答复之后添加的")
	}
	last := is[len(was)]
	if last.Organization == "" || last.Organization != value(e, "demander_id") && last.Organization != value(e, "solver_id") || last.State != before.state || last.Text == "" ||
		last.Time != e.Time.UTC().Format(entry.TimeLayout) {
		return errors.New("监测案件的答复不是被监测方当时作出的")
	}
	return nil
}

func value(e *entry.Entry, column string) string {
	v, _ := e.Row.Get(column)
	return v
}

// canonical reads a list that is in the one form in which it is kept.
func canonical[T casefile.Violation | casefile.Reply](text string) ([]T, error) {
	all, err := casefile.Decode[T](text)
	if err == nil && casefile.Encode(all) != text {
		err = errors.New("not in the form in which it is kept")
	}
	return all, err
}
