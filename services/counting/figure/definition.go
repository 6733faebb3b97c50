// Package figure defines the figures of the reports 指标, as data: what each ledger entry gives to count, and what counts it.
//
//   - A definition has a version and never changes: a figure names the version that it was made by, and is compared with none of another.
//   - A definition measures something, or is the ratio of two measures of one side. There is no definition that adds two: what goes in 投入, and what comes
//     out 产出, cannot be added.
//   - What is counted are tallies, one an entry at most. A figure is a fold over tallies, so the server's and an auditor's are made by the same definition.
package figure

import (
	"bytes"
	_ "embed" // the definitions
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/fault"
)

// Unit is what a figure counts.
type Unit string

// The units. They are kept apart: 家 are organizations, each once, 家次 their coming, with repetition, 项 demands and contracts, 人次 attendances.
const (
	Fen           Unit = "fen" // of 元
	Organizations Unit = "organizations"
	Visits        Unit = "visits"
	Items         Unit = "items"
	Attendances   Unit = "attendances"
	BasisPoints   Unit = "basis_points" // 万分之一
)

// Side is whether a figure says what goes in or what comes out.
type Side string

// The sides.
const (
	Input  Side = "input"
	Output Side = "output"
)

// Takes is what of a tally a definition takes.
type Takes string

// What a definition can take.
const (
	Count    Takes = "count"
	Gathered Takes = "collected"
	Unpriced Takes = "unpriced"
	Amount   Takes = "amount"
	Buyers   Takes = "buyers" // each code once
	Sellers  Takes = "sellers"
	Parties  Takes = "parties" // of both sides
)

// Distinct reports whether each organization is counted once.
func (t Takes) Distinct() bool { return t == Buyers || t == Sellers || t == Parties }

// Definition is a version of a figure.
type Definition struct {
	Code    string `json:"code"`
	Version int    `json:"version"`
	From    string `json:"from"` // the day from which periods that begin are counted by it
	Name    string `json:"name"` // Chinese
	Unit    Unit   `json:"unit"`
	Side    Side   `json:"side"`
	Text    string `json:"text"` // what it counts, in Chinese

	Kinds      []Kind      `json:"kinds,omitempty"` // of a measure: the tallies that it takes
	Takes      Takes       `json:"takes,omitempty"`
	ByBase     bool        `json:"by_base,omitempty"` // by the day of the record rather than that of the event
	Channel    string      `json:"channel,omitempty"` // this one only
	Dimensions []Dimension `json:"dimensions,omitempty"`

	Over  string `json:"over,omitempty"` // of a ratio: over / under, both measures of amounts
	Under string `json:"under,omitempty"`

	Kept bool `json:"kept,omitempty"` // for the authority's readers: what it counts is of those who bid, or of what lies with banks

	Missing string `json:"missing,omitempty"` // why nothing is recorded for it yet, in Chinese
}

// Ref names a version for ever, such as `signed_amount@1`.
func (d Definition) Ref() string { return d.Code + "@" + strconv.Itoa(d.Version) }

// Ratio reports whether it is a ratio.
func (d Definition) Ratio() bool { return d.Over != "" }

// Measured reports whether it is a measure of something that is recorded.
func (d Definition) Measured() bool { return d.Missing == "" && !d.Ratio() }

// Faults of definitions.
var (
	ErrUnknown   = fault.New(fault.NotFound, "FIGURE_NOT_FOUND", "there is no such figure")
	ErrMissing   = fault.New(fault.Precondition, "FIGURE_NOT_RECORDED", "nothing is recorded for this figure yet")
	ErrDimension = fault.New(fault.Invalid, "DIMENSION_INVALID", "the figure does not have this dimension")
)

//go:embed definitions.json
var data []byte

var all = must(Decode(data))

func must(all []Definition, err error) []Definition {
	if err != nil {
		panic(fmt.Sprintf("definitions.json: %v", err)) // it is embedded
	}
	return all
}

// Decode reads definitions and makes sure of them.
func Decode(text []byte) (all []Definition, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil {
		return nil, err
	}
	for i, d := range all {
		if err := check(d, all[:i]); err != nil {
			return nil, fmt.Errorf("%s: %w", d.Ref(), err)
		}
	}
	return all, nil
}

// check makes sure of a definition; those before it are known.
func check(d Definition, before []Definition) error {
	_, err := time.Parse(time.DateOnly, d.From)
	switch known := func(o Definition) bool { return o.Ref() == d.Ref() }; {
	case err != nil, d.Code == "", d.Version < 1, d.Name == "", d.Text == "", d.Side != Input && d.Side != Output, slices.ContainsFunc(before, known):
		return fmt.Errorf("its head is not whole, or twice")
	case d.Missing != "":
		if len(d.Kinds) > 0 || d.Ratio() {
			return fmt.Errorf("what is not recorded counts nothing")
		}
		return nil
	case d.Ratio() || d.Unit == BasisPoints:
		for _, part := range []string{d.Over, d.Under} {
			of := func(o Definition) bool { return o.Code == part && o.Side == d.Side && o.Unit == Fen && o.Measured() }
			if !slices.ContainsFunc(before, of) || len(d.Kinds) > 0 || d.Unit != BasisPoints {
				return fmt.Errorf("a ratio is of two measures of one side")
			}
		}
		return nil
	case len(d.Kinds) == 0, (d.Takes == Amount) != (d.Unit == Fen), d.Takes.Distinct() != (d.Unit == Organizations):
		return fmt.Errorf("what it takes is not of its unit")
	}
	return nil
}

// Definitions are all versions of all figures, in the order in which reports show them.
func Definitions() []Definition { return slices.Clone(all) }

// ByRef is a version of a figure.
func ByRef(ref string) (Definition, error) {
	for _, d := range all {
		if d.Ref() == ref {
			return d, nil
		}
	}
	return Definition{}, ErrUnknown.With("figure", ref)
}

// InForce is the version of a figure that counts a period: the last one that was in force when it began, and for all time the last one.
func InForce(code string, p Period) (Definition, error) { return inForce(all, code, p) }

func inForce(all []Definition, code string, p Period) (found Definition, err error) {
	for _, d := range all {
		if d.Code == code && (p.Size() == All || d.From <= p.First().Format(time.DateOnly)) && d.Version > found.Version {
			found = d
		}
	}
	if found.Version == 0 {
		return found, ErrUnknown.With("figure", code)
	}
	return found, nil
}

// Measures are the measures that count a period, in their order.
func Measures(p Period) (found []Definition) {
	for _, d := range all {
		if now, err := InForce(d.Code, p); err == nil && now.Version == d.Version && d.Measured() {
			found = append(found, d)
		}
	}
	return found
}

// Value is what a measure comes to.
type Value struct {
	Ref   string
	Value int64
}

// Frozen writes the values of a closed period: `code@version SP value LF` each.
func Frozen(values []Value) string {
	var b strings.Builder
	for _, v := range values {
		fmt.Fprintf(&b, "%s %d\n", v.Ref, v.Value)
	}
	return b.String()
}

// Thaw reads what Frozen has written; false if it is not that.
func Thaw(text string) (values []Value, ok bool) {
	for line := range strings.Lines(text) {
		ref, number, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, false
		}
		values = append(values, Value{ref, n})
	}
	return values, Frozen(values) == text
}
