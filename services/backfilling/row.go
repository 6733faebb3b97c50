package backfilling

import (
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/backfilling/backfill"
	"github.com/jiebang/jiebang/services/backfilling/form"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// once refuses every row whose number an earlier one of its kind has.
func (k *known) once(rows []*form.Row) {
	seen := map[key]int{}
	for _, r := range rows {
		name := key{r.Kind, r.Number}
		if earlier, twice := seen[name]; twice {
			r.Fail(backfill.ErrTwice.With("row", earlier), "number")
		} else if r.Number != "" {
			seen[name] = r.Line
		}
	}
}

// parties finds the organizations that a row names.
func (k *known) parties(r *form.Row) {
	r.Row.Buyer, r.Row.Seller = k.party(r, "buyer", r.Buyer), k.party(r, "seller", r.Seller)
	if r.Row.Buyer != "" && r.Row.Buyer == r.Row.Seller && r.Kind == backfill.Contract {
		r.Fail(contract.ErrPartiesSame, "seller_code")
	}
}

// party is the organization that a row names: by its code, and else by its name. With both, the name must be its own.
func (k *known) party(r *form.Row, side string, p form.Party) string {
	if p.None() || r.Failed(side+"_code") {
		return ""
	}
	field, found := side+"_code", k.byCode[p.Code]
	if p.Code == "" {
		field, found = side, k.byName[p.Name]
	}
	o, wrong := k.one(found, p)
	switch {
	case wrong != nil:
		r.Fail(wrong, field)
		return ""
	case p.Name != "" && o.DisplayName != p.Name:
		r.Fail(backfill.ErrPartyName.With("name", p.Name).With("registered", o.DisplayName), side)
		return ""
	}
	return o.ID
}

// one is the organization of some that is meant: one that is registered here goes before one elsewhere, and the whole before its parts.
func (k *known) one(found []*ent.Organization, p form.Party) (*ent.Organization, *fault.Fault) {
	if len(found) == 0 {
		return nil, backfill.ErrParty.With("party", strings.TrimSpace(p.Code+" "+p.Name))
	}
	for _, fits := range []func(*ent.Organization) bool{
		func(o *ent.Organization) bool { return o.Jurisdiction == k.jurisdiction && o.DisplayName == p.Name },
		func(o *ent.Organization) bool { return o.Jurisdiction == k.jurisdiction && o.ParentID == nil },
		func(o *ent.Organization) bool { return o.ParentID == nil },
		func(*ent.Organization) bool { return true },
	} {
		var some []*ent.Organization
		for _, o := range found {
			if fits(o) {
				some = append(some, o)
			}
		}
		if len(some) == 1 {
			return some[0], nil
		}
		if len(some) > 1 {
			return nil, backfill.ErrPartyMany.With("party", strings.TrimSpace(p.Code+" "+p.Name)).With("count", len(some))
		}
	}
	return nil, backfill.ErrParty.With("party", p.Name)
}

// bid gives a bid what it has from its demand, which is in the same list or was recorded from one of the source before.
func (k *known) bid(r *form.Row, listed *form.Row) {
	owner, title, field, published := "", "", demand.Field(""), ""
	if was, there := k.rows[key{backfill.Demand, r.Row.Demand}]; there {
		value := func(column string) string { v, _ := was.image.Get(column); return v }
		owner, title, field, published = value("buyer_id"), value("title"), demand.Field(value("field")), value("date")
	} else if listed != nil {
		owner, title, field, published = listed.Row.Buyer, listed.Title, listed.Field, listed.Date
	}
	if r.Row.Demand == "" {
		return // which is said already
	}
	if published == "" {
		r.Fail(backfill.ErrDemand.With("number", r.Row.Demand), "demand")
		return
	}
	if r.Date != "" && r.Date < published {
		r.Fail(backfill.ErrOrder.With("before", published), "date")
	}
	if r.Row.Buyer == "" {
		r.Row.Buyer = owner
	} else if r.Row.Buyer != owner && owner != "" {
		r.Fail(backfill.ErrDemand.With("number", r.Row.Demand), "buyer_code")
	}
	if r.Title == "" {
		r.Title = title
	}
	if r.Field == "" {
		r.Field = field
	}
}

// differs refuses a row that says something else than what was recorded of it.
func differs(r *form.Row, was recorded) {
	for _, field := range r.Differences(func(column string) string { v, _ := was.image.Get(column); return v }) {
		r.Fail(backfill.ErrDiffers.With("resource", was.name), field)
	}
}

// proved refuses what proves another contract already, of the list or of those before.
func (k *known) proved(r *form.Row) {
	for _, e := range []struct {
		field, text string
		of          map[string]string
		taken       *fault.Fault
	}{{"registry_number", r.Registry, k.registry, contract.ErrRegistryTaken}, {"scan", r.Scan, k.scans, backfill.ErrScanTwice}} {
		if e.text == "" {
			continue
		}
		if other, taken := e.of[e.text]; taken {
			r.Fail(e.taken.With("number", e.text).With("contract", other), e.field)
			continue
		}
		e.of[e.text] = "第 " + lineText(r.Line) + " 行"
	}
}
