// Package closure has the rules of closed periods 结账.
//
//   - A period is closed once it is over, with everything that was recorded until then, and its figures never change after.
//   - What is recorded late is a difference between what was reported and what is known. A restatement 更正 reports anew, beside what was reported before.
package closure

import (
	"slices"
	"time"

	"github.com/jiebang/jiebang/services/counting/figure"
	"github.com/jiebang/jiebang/services/fault"
)

// Faults of closures.
var (
	ErrNotFound  = fault.New(fault.NotFound, "CLOSURE_NOT_FOUND", "there is no such closure")
	ErrNotOver   = fault.New(fault.Precondition, "PERIOD_NOT_OVER", "the period is not over yet")
	ErrClosed    = fault.New(fault.Precondition, "PERIOD_CLOSED", "the period is closed; restate it")
	ErrRestated  = fault.New(fault.Precondition, "CLOSURE_RESTATED", "the period was restated since; restate the last closure")
	ErrUnchanged = fault.New(fault.Precondition, "CLOSURE_UNCHANGED", "nothing differs from what was reported")
)

// Check makes sure that a period can be closed at an instant: all time never is, and no other period before its end.
func Check(p figure.Period, now time.Time) error {
	if p.Size() == figure.All {
		return figure.ErrPeriod.With("period", string(p))
	}
	if now.Before(p.End()) {
		return ErrNotOver.With("period", string(p)).With("end", p.End().Format(time.DateOnly))
	}
	return nil
}

// Restates makes sure that what is known differs from what was reported.
func Restates(reported, known []figure.Value) error {
	if slices.Equal(reported, known) {
		return ErrUnchanged
	}
	return nil
}
