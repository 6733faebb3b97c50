package contract

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/fault"
)

// Stage is a milestone as the contract plans it.
type Stage struct {
	Title      string   `json:"title"`
	Share      int      `json:"share"` // of the total, in hundredths of a percent
	Due        string   `json:"due"`   // DateLayout
	Indicators []string `json:"indicators,omitempty"`
}

// Whole is what the shares of a plan add up to.
const Whole = 10_000

// Faults of plans.
var (
	ErrShares   = fault.New(fault.Invalid, "PLAN_SHARES", "the shares of the plan must add up to 100 %")
	ErrPlanDate = fault.New(fault.Invalid, "PLAN_DATE", "each stage needs a due date, no earlier than that of the stage before")
	ErrPlanText = fault.New(fault.Invalid, "PLAN_TEXT", "titles and indicators must not be blank")
)

// CheckPlan reports whether stages can be a plan. No stages are none.
func CheckPlan(stages []Stage) error {
	sum, due := 0, ""
	for _, s := range stages {
		if _, err := time.Parse(DateLayout, s.Due); err != nil || s.Due < due {
			return ErrPlanDate.With("due_date", s.Due)
		}
		for _, text := range append([]string{s.Title}, s.Indicators...) {
			if strings.TrimSpace(text) == "" {
				return ErrPlanText
			}
		}
		sum, due = sum+s.Share, s.Due
	}
	if len(stages) > 0 && sum != Whole {
		return ErrShares.With("sum", sum)
	}
	return nil
}

// EncodePlan writes stages as the row, the entry and the signatures have them; empty for none.
func EncodePlan(stages []Stage) string {
	if len(stages) == 0 {
		return ""
	}
	text, err := json.Marshal(stages)
	if err != nil {
		panic(err) // texts and numbers always have a form
	}
	return string(text)
}

// DecodePlan reads what EncodePlan writes.
func DecodePlan(text string) (stages []Stage, err error) {
	if text == "" {
		return nil, nil
	}
	return stages, json.Unmarshal([]byte(text), &stages)
}

// Shares are the shares of stages.
func Shares(stages []Stage) []int64 {
	all := make([]int64, len(stages))
	for i, s := range stages {
		all[i] = int64(s.Share)
	}
	return all
}
