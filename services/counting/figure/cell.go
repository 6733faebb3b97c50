package figure

import (
	"slices"
	"strings"
)

// Dimension is what figures are grouped by.
type Dimension string

// The dimensions. 吸纳, by where the buyer is, and 输出, by where the seller is, are two, and are not added.
const (
	Whole        Dimension = ""
	ByChannel    Dimension = "channel"
	ByClass      Dimension = "class"
	ByField      Dimension = "field"
	ByIndustry   Dimension = "industry"
	ByGrade      Dimension = "grade"
	ByBuyerArea  Dimension = "buyer_region"
	BySellerArea Dimension = "seller_region"
	ByBuyer      Dimension = "buyer"
	BySeller     Dimension = "seller"
)

// Names reports whether the keys of a dimension are organizations: such groups are not for everyone.
func (d Dimension) Names() bool { return d == ByBuyer || d == BySeller }

// Key is the group of a tally.
func (t Traits) Key(d Dimension) string {
	switch d {
	case ByChannel:
		return t.Channel
	case ByClass:
		return t.Class
	case ByField:
		return t.Field
	case ByIndustry:
		return t.Industry
	case ByGrade:
		return t.Grade
	case ByBuyerArea:
		return t.BuyerRegion
	case BySellerArea:
		return t.SellerRegion
	case ByBuyer:
		return t.Buyer
	case BySeller:
		return t.Seller
	}
	return ""
}

// Cell is where something is counted.
type Cell struct {
	Ref       string
	Period    Period
	Dimension Dimension
	Key       string
}

// ID joins the key of a cell.
func (c Cell) ID(jurisdiction string) string {
	return strings.Join([]string{jurisdiction, c.Ref, string(c.Period), string(c.Dimension), c.Key}, "/")
}

// Addition is what a tally adds to a cell: a value, or organizations that count once.
type Addition struct {
	Cell
	Value   int64
	Members []string
}

// Matches reports whether a definition takes tallies like this one.
func (d Definition) Matches(t Tally) bool {
	for _, k := range d.Kinds {
		if k == t.Kind {
			return d.Channel == "" || d.Channel == t.Channel
		}
	}
	return false
}

// Day is the day by which a definition counts a tally.
func (d Definition) Day(t Tally) string {
	if d.ByBase {
		return t.Base
	}
	return t.Day
}

// OfBids reports whether a definition counts what entries of bids say, which may be withheld.
func (d Definition) OfBids() bool {
	return slices.ContainsFunc(d.Kinds, func(k Kind) bool { return k == Opened || k == Awarded || k == Unawarded })
}

// Of is what a definition takes of a tally: a number, or codes of organizations.
func (d Definition) Of(t Tally) (value int64, members []string) {
	switch d.Takes {
	case Count:
		return t.Count, nil
	case Gathered:
		return t.Collected, nil
	case Unpriced:
		return t.Unpriced, nil
	case Amount:
		return int64(t.Amount), nil
	case Buyers:
		return 0, []string{t.BuyerCode}
	case Sellers:
		return 0, []string{t.SellerCode}
	}
	return 0, []string{t.BuyerCode, t.SellerCode}
}

// Add adds a tally to every cell of every version of a figure that counts it.
func Add(t Tally, add func(Addition)) {
	for _, d := range all {
		if !d.Matches(t) {
			continue
		}
		value, members := d.Of(t)
		if value == 0 && members == nil {
			continue
		}
		for _, p := range Periods(d.Day(t)) {
			add(Addition{Cell{d.Ref(), p, Whole, ""}, value, members})
			for _, by := range d.Dimensions {
				add(Addition{Cell{d.Ref(), p, by, t.Key(by)}, value, members})
			}
		}
	}
}

// Cells adds additions up.
type Cells struct {
	values map[Cell]int64
	seen   map[Cell]map[string]bool
}

// NewCells begins at 0.
func NewCells() *Cells { return &Cells{map[Cell]int64{}, map[Cell]map[string]bool{}} }

// Add adds one.
func (c *Cells) Add(a Addition) {
	c.values[a.Cell] += a.Value
	for _, m := range a.Members {
		if c.seen[a.Cell] == nil {
			c.seen[a.Cell] = map[string]bool{}
		}
		if !c.seen[a.Cell][m] {
			c.seen[a.Cell][m] = true
			c.values[a.Cell]++
		}
	}
}

// Values are the cells, by their keys.
func (c *Cells) Values() map[Cell]int64 { return c.values }

// Members are the organizations that are counted in cells, as `cell/code`.
func (c *Cells) Members(jurisdiction string) map[string]bool {
	found := map[string]bool{}
	for cell, codes := range c.seen {
		for code := range codes {
			found[cell.ID(jurisdiction)+"/"+code] = true
		}
	}
	return found
}

// Of are the values of every measure of a period, in their order.
func (c *Cells) Of(p Period) (values []Value) {
	for _, d := range Measures(p) {
		values = append(values, Value{d.Ref(), c.values[Cell{d.Ref(), p, Whole, ""}]})
	}
	return values
}
