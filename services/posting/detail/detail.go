// Package detail is what a demand says in a structure: its indicators as data, who may take part how, and by which criteria bids are judged.
//
//   - A value is exact decimal text and stays as it was written; it is compared as a number and never stored as one.
//   - A detail is stored in one form, so that equal details are equal texts and the ledger can hold them.
//   - What is confidential is not in it: Gated is apart, blinded in the ledger.
package detail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/services/codes"
	"github.com/jiebang/jiebang/services/fault"
)

// Operator compares what is measured with what is wanted.
type Operator string

// The operators.
const (
	AtLeast Operator = "at_least"
	AtMost  Operator = "at_most"
	Equal   Operator = "equal"
	Below   Operator = "below"
	Above   Operator = "above"
	Between Operator = "between" // both ends included
)

var operators = []Operator{AtLeast, AtMost, Equal, Below, Above, Between}

// Indicator is a 技术指标 that can be measured.
type Indicator struct {
	Name      string   `json:"name"`
	Operator  Operator `json:"operator"`
	Value     string   `json:"value"`
	High      string   `json:"high,omitempty"` // of an interval
	Unit      string   `json:"unit,omitempty"`
	Test      string   `json:"test,omitempty"`   // method
	Tester    string   `json:"tester,omitempty"` // who tests
	Mandatory bool     `json:"mandatory,omitempty"`
}

var signs = map[Operator]string{AtLeast: "≥", AtMost: "≤", Equal: "=", Below: "<", Above: ">"}

// String writes the indicator as people do, such as 白度 ≥ 95.50 %(GB/T 5950,第三方检测).
func (i Indicator) String() string {
	text := i.Name + " " + signs[i.Operator] + " " + i.Value
	if i.Operator == Between {
		text = i.Name + " " + i.Value + "~" + i.High
	}
	if i.Unit != "" {
		text += " " + i.Unit
	}
	var how []string
	for _, part := range []string{i.Test, i.Tester} {
		if part != "" {
			how = append(how, part)
		}
	}
	if len(how) > 0 {
		text += "(" + strings.Join(how, ",") + ")"
	}
	return text
}

// Criterion is one by which bids are judged.
type Criterion struct {
	Name   string `json:"name"`
	Weight int    `json:"weight"` // per cent
}

// Detail is the structured content of a demand.
type Detail struct {
	Indicators  []Indicator `json:"indicators,omitempty"`
	Waiver      string      `json:"waiver,omitempty"`      // why nothing can be measured
	Restatement string      `json:"restatement,omitempty"` // the problem in the words of science
	Industries  []string    `json:"industries,omitempty"`
	Disciplines []string    `json:"disciplines,omitempty"`
	Modes       []string    `json:"modes,omitempty"` // of cooperation
	Property    string      `json:"property,omitempty"`
	TRLNow      int         `json:"trl_now,omitempty"`
	TRLWanted   int         `json:"trl_wanted,omitempty"`
	Delivery    string      `json:"delivery,omitempty"`
	Criteria    []Criterion `json:"criteria,omitempty"`
}

// Faults of details.
var (
	ErrDecimal    = fault.New(fault.Invalid, "INDICATOR_VALUE", "a value is an exact decimal number such as -12.50")
	ErrInterval   = fault.New(fault.Invalid, "INDICATOR_INTERVAL", "an interval has two ends, the lower one first; nothing else has a second value")
	ErrOperator   = fault.New(fault.Invalid, "INDICATOR_OPERATOR", "an indicator needs an operator")
	ErrTwice      = fault.New(fault.Invalid, "NAME_TWICE", "two indicators or criteria have one name")
	ErrDiscipline = fault.New(fault.Invalid, "DISCIPLINE_OF_DEMAND", "this is no code of the list of disciplines")
	ErrTRL        = fault.New(fault.Invalid, "TRL_ORDER", "the technology readiness that is wanted is not below the present one")
	ErrWeights    = fault.New(fault.Invalid, "WEIGHTS_SUM", "the weights of the criteria are positive and sum to 100")
	ErrMeasure    = fault.New(fault.Invalid, "INDICATORS_MISSING", "a demand has an indicator that can be measured, or says why it has none")
	ErrCriteria   = fault.New(fault.Invalid, "CRITERIA_MISSING", "bids of this procedure are judged by criteria, which stand in the demand before it is published")
)

// path is where a detail stands in a request.
const path = "demand.details"

// Check reports what is wrong with a detail that is being written, and writes its codes in the form to store.
func (d *Detail) Check() error {
	names := map[string]bool{}
	for n, i := range d.Indicators {
		at := fmt.Sprintf("%s.indicators[%d]", path, n)
		if err := i.check(at); err != nil {
			return err
		}
		if names[i.Name] {
			return ErrTwice.With("name", i.Name).At(at + ".name")
		}
		names[i.Name] = true
	}
	if err := d.checkCodes(); err != nil {
		return err
	}
	if d.TRLNow > 0 && d.TRLWanted > 0 && d.TRLWanted < d.TRLNow {
		return ErrTRL.With("now", d.TRLNow).With("wanted", d.TRLWanted).At(path + ".trl_wanted")
	}
	return d.checkCriteria()
}

func (d *Detail) checkCodes() error {
	for n, code := range d.Industries {
		c, ok := codes.Lookup(codes.Industry, code)
		if !ok {
			return codes.ErrIndustry.With("code", code).At(fmt.Sprintf("%s.industries[%d]", path, n))
		}
		d.Industries[n] = c.Code
	}
	for n, code := range d.Disciplines {
		c, ok := codes.Lookup(codes.Discipline, code)
		if !ok {
			return ErrDiscipline.With("code", code).At(fmt.Sprintf("%s.disciplines[%d]", path, n))
		}
		d.Disciplines[n] = c.Code
	}
	return nil
}

func (d *Detail) checkCriteria() error {
	names, sum := map[string]bool{}, 0
	for n, c := range d.Criteria {
		if names[c.Name] {
			return ErrTwice.With("name", c.Name).At(fmt.Sprintf("%s.criteria[%d].name", path, n))
		}
		if c.Weight < 1 || c.Weight > 100 {
			return ErrWeights.With("sum", c.Weight).At(fmt.Sprintf("%s.criteria[%d].weight", path, n))
		}
		names[c.Name] = true
		sum += c.Weight
	}
	if len(d.Criteria) > 0 && sum != 100 {
		return ErrWeights.With("sum", sum).At(path + ".criteria")
	}
	return nil
}

func (i Indicator) check(at string) error {
	if !slices.Contains(operators, i.Operator) {
		return ErrOperator.At(at + ".operator")
	}
	low, ok := number(i.Value)
	if !ok {
		return ErrDecimal.With("value", i.Value).At(at + ".value")
	}
	if i.Operator != Between {
		if i.High != "" {
			return ErrInterval.At(at + ".high")
		}
		return nil
	}
	high, ok := number(i.High)
	if !ok {
		return ErrDecimal.With("value", i.High).At(at + ".high")
	}
	if low.Cmp(high) >= 0 {
		return ErrInterval.At(at + ".high")
	}
	return nil
}

var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?$`)

func number(text string) (*big.Rat, bool) {
	if !decimal.MatchString(text) {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// Meets reports whether a measured value, exact decimal text, meets the indicator.
func (i Indicator) Meets(measured string) (bool, error) {
	m, ok := number(measured)
	low, okLow := number(i.Value)
	if !ok || !okLow {
		return false, ErrDecimal.With("value", measured)
	}
	c := m.Cmp(low)
	switch i.Operator {
	case AtLeast:
		return c >= 0, nil
	case AtMost:
		return c <= 0, nil
	case Equal:
		return c == 0, nil
	case Below:
		return c < 0, nil
	case Above:
		return c > 0, nil
	}
	high, ok := number(i.High)
	return ok && c >= 0 && m.Cmp(high) <= 0, nil
}

// Ready reports whether a demand with this detail may be submitted; judged says that its bids are judged by criteria.
func (d Detail) Ready(judged bool) error {
	if len(d.Indicators) == 0 && strings.TrimSpace(d.Waiver) == "" {
		return ErrMeasure.At("details.indicators")
	}
	if judged && len(d.Criteria) == 0 {
		return ErrCriteria.At("details.criteria")
	}
	return nil
}

// Encode is the form in which a detail is stored; an empty one is nothing.
func (d Detail) Encode() string { return encode(d, Detail{}) }

// Decode reads what Encode wrote.
func Decode(text string) (d Detail, err error) { return d, decode(text, &d) }

// Gated is what of a demand not everyone may read. The nonce blinds its digest in the ledger.
type Gated struct {
	Nonce  string `json:"nonce"`            // 32 bytes in hexadecimal
	NDA    string `json:"nda,omitempty"`    // for who has accepted the agreement
	Winner string `json:"winner,omitempty"` // for who has won
}

// Encode is the form in which the gated content is stored; nothing if there is none.
func (g Gated) Encode() string {
	if g.NDA == "" && g.Winner == "" {
		return ""
	}
	return encode(g, Gated{})
}

// DecodeGated reads what Encode wrote.
func DecodeGated(text string) (g Gated, err error) { return g, decode(text, &g) }

// Digest is what the ledger holds of gated content, in hexadecimal; nothing of nothing.
func Digest(gated string) string {
	if gated == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("jiebang gated 1\n" + gated))
	return hex.EncodeToString(sum[:])
}

// encode writes JSON in the order of the fields, nothing of a zero value.
func encode(v, zero any) string {
	text, none := write(v), write(zero)
	if text == none {
		return ""
	}
	return text
}

func write(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // texts and numbers can be written
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// decode reads what encode wrote and nothing else.
func decode(text string, into any) error {
	if text == "" {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("more than one value")
	}
	return nil
}
