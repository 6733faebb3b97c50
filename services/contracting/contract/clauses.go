package contract

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/money"
)

// Clauses are what a contract agrees about its price and its risk beyond the total. What is absent is not agreed here.
type Clauses struct {
	VAT       VAT       `json:"vat,omitempty"`
	Technical money.Fen `json:"technical_fen,omitempty"` // 技术价款, the part of the total that is paid for technology
	Insurance Insurance `json:"insurance,omitzero"`
	Trial     Trial     `json:"trial,omitzero"`
}

// VAT is whether value-added tax is in the total.
type VAT string

// What of the tax can be agreed.
const (
	VATIncluded VAT = "included"
	VATExcluded VAT = "excluded"
)

// Insurance is 揭榜险: who insures both sides against a failure, and for how much.
type Insurance struct {
	Insurer string    `json:"insurer"`
	Policy  string    `json:"policy,omitempty"` // number, once there is one
	Cover   money.Fen `json:"cover_fen"`
	Premium money.Fen `json:"premium_fen,omitempty"`
	Subsidy money.Fen `json:"subsidy_fen,omitempty"` // what of the premium the government pays
}

// Trial is 先用后转: the technology was or is used free of charge before this contract transfers it. It is no contract that counts: this one is.
type Trial struct {
	From  string `json:"from"`  // DateLayout
	Until string `json:"until"` // the last day
	Terms string `json:"terms"` // on what condition it is transferred
}

// Faults of clauses.
var (
	ErrPriceParts   = fault.New(fault.Invalid, "PRICE_PARTS", "the technical part of the price is no more than the total")
	ErrPriceMissing = fault.New(fault.Precondition, "PRICE_MISSING", "say how much of the total is paid for technology, and whether value-added tax is in it")
	ErrInsurance    = fault.New(fault.Invalid, "INSURANCE_INVALID", "an insurance has an insurer and a cover, and no subsidy above its premium")
	ErrTrial        = fault.New(fault.Invalid, "TRIAL_INVALID", "a trial has a first and a last day, in this order, and the terms of the transfer")
)

// Check reports whether c can be the clauses of a contract with a total.
func (c Clauses) Check(total money.Fen) error {
	if c.VAT != "" && c.VAT != VATIncluded && c.VAT != VATExcluded || c.Technical < 0 || c.Technical > total {
		return ErrPriceParts.With("technical", c.Technical.String()).With("total", total.String()).At("contract.price.technical_amount")
	}
	i := c.Insurance
	if i != (Insurance{}) && (strings.TrimSpace(i.Insurer) == "" || i.Cover.Check() != nil || i.Premium < 0 || i.Premium > money.Max || i.Subsidy < 0 || i.Subsidy > i.Premium) {
		return ErrInsurance.At("contract.insurance")
	}
	t := c.Trial
	if t != (Trial{}) && (!isDate(t.From) || !isDate(t.Until) || t.Until < t.From || strings.TrimSpace(t.Terms) == "") {
		return ErrTrial.At("contract.trial")
	}
	return nil
}

// Priced reports whether c says what the total is paid for: how much of it for technology, and whether tax is in it.
func (c Clauses) Priced() error {
	if c.VAT == "" || c.Technical == 0 {
		return ErrPriceMissing.At("contract.price")
	}
	return nil
}

func isDate(text string) bool {
	_, err := time.Parse(DateLayout, text)
	return err == nil && text >= "0001"
}

// EncodeClauses writes clauses as the row, the entry and the signatures have them; empty for none.
func EncodeClauses(c Clauses) string {
	if c == (Clauses{}) {
		return ""
	}
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // texts and numbers always have a form
	}
	return string(text)
}

// DecodeClauses reads what EncodeClauses writes.
func DecodeClauses(text string) (c Clauses, err error) {
	if text == "" {
		return Clauses{}, nil
	}
	return c, json.Unmarshal([]byte(text), &c)
}
