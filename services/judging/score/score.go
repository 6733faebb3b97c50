// Package score has the rules by which bids are scored.
//
//   - Weights sum to 100, and points are whole: every total, mean and rank is exact.
//   - What does not apply is left out, and its weight falls to the rest in proportion.
//   - A ranking depends on the sheets and on when bids were received, and on no order in which it is told of them.
package score

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/jiebang/jiebang/services/fault"
)

// Criterion is one thing that bids are judged by.
type Criterion struct {
	Name   string `json:"name"`
	Weight int    `json:"weight"` // of 100
}

// Plan is what a demand's bids are judged by, fixed before it is published.
type Plan struct {
	Criteria  []Criterion `json:"criteria"`
	Scale     int         `json:"scale"`     // the most points: 5 or 100
	Tolerance int         `json:"tolerance"` // how far a sheet may lie from the mean of its bid without a word, in points of 100
}

// Default is the plan of a demand that was published without one.
var Default = Plan{Criteria: []Criterion{{Name: "综合评价", Weight: 100}}, Scale: 100, Tolerance: 20}

// NotApplicable stands for points on a criterion that does not apply to a bid.
const NotApplicable = -1

const (
	maxCriteria = 20
	maxName     = 60 // characters
	full        = 100
)

// Faults of scoring.
var (
	ErrCriteria  = fault.New(fault.Invalid, "CRITERIA_INVALID", "criteria are 1 to 20, each with a name of its own of 1 to 60 characters and a weight above 0")
	ErrWeights   = fault.New(fault.Invalid, "CRITERIA_SUM", "the weights must sum to 100")
	ErrScale     = fault.New(fault.Invalid, "SCALE_INVALID", "the scale is 5 or 100 points")
	ErrTolerance = fault.New(fault.Invalid, "TOLERANCE_INVALID", "the tolerance is 0 to 100 points")
	ErrPoints    = fault.New(fault.Invalid, "POINTS_INVALID", "a sheet has points of the scale, or n/a, for each criterion, and not n/a for all")
)

// Check reports whether p may be a plan.
func (p Plan) Check() error {
	seen, sum := map[string]bool{}, 0
	for i, c := range p.Criteria {
		n := utf8.RuneCountInString(c.Name)
		if c.Name != strings.TrimSpace(c.Name) || n == 0 || n > maxName || seen[c.Name] || c.Weight <= 0 || c.Weight > full {
			return ErrCriteria.With("name", c.Name).At(fmt.Sprintf("criteria[%d]", i))
		}
		seen[c.Name], sum = true, sum+c.Weight
	}
	switch {
	case len(p.Criteria) == 0 || len(p.Criteria) > maxCriteria:
		return ErrCriteria.At("criteria")
	case sum != full:
		return ErrWeights.With("sum", sum).At("criteria")
	case p.Scale != 5 && p.Scale != full:
		return ErrScale.With("scale", p.Scale).At("scale")
	case p.Tolerance < 0 || p.Tolerance > full:
		return ErrTolerance.With("tolerance", p.Tolerance).At("tolerance")
	}
	return nil
}

// CheckPoints reports whether points are those of a sheet under the plan.
func (p Plan) CheckPoints(points []int) error {
	if len(points) != len(p.Criteria) {
		return ErrPoints.With("criteria", len(p.Criteria)).With("scale", p.Scale).At("points")
	}
	all := true
	for i, n := range points {
		if n < NotApplicable || n > p.Scale {
			return ErrPoints.With("criteria", len(p.Criteria)).With("scale", p.Scale).At(fmt.Sprintf("points[%d]", i))
		}
		all = all && n == NotApplicable
	}
	if all {
		return ErrPoints.With("criteria", len(p.Criteria)).With("scale", p.Scale).At("points")
	}
	return nil
}

// Total is what points come to, of 100: the weighted mean of those that apply. It is nil if none do.
func (p Plan) Total(points []int) *big.Rat {
	sum, weights := int64(0), int64(0)
	for i, n := range points {
		if n != NotApplicable {
			sum, weights = sum+int64(p.Criteria[i].Weight)*int64(n), weights+int64(p.Criteria[i].Weight)
		}
	}
	if weights == 0 {
		return nil
	}
	return big.NewRat(sum*full, weights*int64(p.Scale))
}

// Encode writes the plan as it is kept.
func (p Plan) Encode() string { return encode(p) }

// DecodePlan reads what Encode writes.
func DecodePlan(text string) (p Plan, err error) { return p, json.Unmarshal([]byte(text), &p) }

// encode writes what is made of texts and whole numbers, which never fails.
func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
