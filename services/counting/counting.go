// Package counting 统计 keeps the figures of the reports. They are a consumer of the ledger: each answer says at which entry it stands, costs the same
// however many records there are, opens the records that it is made of, and can be made again from the entries by the definitions in figure.
package counting

import (
	"context"
	"fmt"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcursor "github.com/jiebang/jiebang/ent/gen/ent/cursor"
	entfigure "github.com/jiebang/jiebang/ent/gen/ent/figure"
	entmember "github.com/jiebang/jiebang/ent/gen/ent/figuremember"
	entparty "github.com/jiebang/jiebang/ent/gen/ent/figureparty"
	enttally "github.com/jiebang/jiebang/ent/gen/ent/tally"
	"github.com/jiebang/jiebang/services/counting/figure"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Counting answers for figures.
type Counting struct{ db *storage.DB }

// New returns the counting of db.
func New(db *storage.DB) *Counting { return &Counting{db} }

// Consumer is the name of the consumer of the figures.
const Consumer = "figures"

// Figures is the consumer that keeps the figures.
func Figures() ledger.Consumer { return ledger.Consumer{Name: Consumer, Apply: apply} }

// past is what the entries before gave: what is stored, and over it what is not stored yet.
type past struct {
	ctx          context.Context //nolint:containedctx // the rules that ask know of no context
	tallies      *ent.TallyClient
	parties      *ent.FigurePartyClient
	jurisdiction string
	newer        map[string][]figure.Tally
	told         map[string]figure.Party
}

// Tallies are those of a record.
func (p *past) Tallies(record string) ([]figure.Tally, error) {
	rows, err := p.tallies.Query().Where(enttally.Record(record)).Order(enttally.ByID()).All(p.ctx)
	if err != nil {
		return nil, err
	}
	var all []figure.Tally
	for _, r := range rows {
		all = append(all, Tally(r))
	}
	return append(all, p.newer[record]...), nil
}

// Party is an organization by its id.
func (p *past) Party(organization string) (figure.Party, error) {
	if known, ok := p.told[organization]; ok {
		return known, nil
	}
	if home, ok := id.Jurisdiction(id.Organization, organization); !ok || home != p.jurisdiction {
		return figure.Stranger(organization), nil
	}
	row, err := p.parties.Query().Where(entparty.ID(organization)).Only(p.ctx)
	if ent.IsNotFound(err) {
		return figure.Stranger(organization), nil
	}
	if err != nil {
		return figure.Party{}, err
	}
	return figure.Party{Code: row.Code, Region: row.Region, Industry: row.Industry}, nil
}

// fold is what entries give to count.
func (p *past) fold(entries []*entry.Entry) (found []figure.Tally, err error) {
	p.newer, p.told = map[string][]figure.Tally{}, map[string]figure.Party{}
	for _, e := range entries {
		if organization, party, ok := figure.PartyOf(e); ok {
			p.told[organization] = party
		}
		t, ok, err := figure.Of(e, p)
		if err != nil {
			return nil, err
		}
		if ok {
			p.newer[t.Record] = append(p.newer[t.Record], t)
			found = append(found, t)
		}
	}
	return found, nil
}

func apply(ctx context.Context, p *storage.Projection, entries []*entry.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	jurisdiction := entries[0].Jurisdiction
	before := &past{ctx: ctx, tallies: p.Tallies(), parties: p.Parties(), jurisdiction: jurisdiction}
	found, err := before.fold(entries)
	if err != nil {
		return err
	}
	for organization, party := range before.told {
		if err := p.Cells().Know(ctx, organization, party); err != nil {
			return err
		}
	}
	var additions []figure.Addition
	for _, t := range found {
		if err := create(p.Tallies(), jurisdiction, t).Exec(ctx); err != nil {
			return err
		}
		figure.Add(t, func(a figure.Addition) { additions = append(additions, a) })
	}
	return p.Cells().Add(storage.Several(ctx), jurisdiction, additions)
}

func create(c *ent.TallyClient, jurisdiction string, t figure.Tally) *ent.TallyCreate {
	return c.Create().SetID(entry.Key(jurisdiction, t.Sequence)).SetJurisdiction(jurisdiction).SetKind(t.Kind).SetRecord(t.Record).SetNumber(t.Number).
		SetTitle(t.Title).SetDay(t.Day).SetBase(t.Base).SetCount(t.Count).SetCollected(t.Collected).SetUnpriced(t.Unpriced).SetAmountFen(t.Amount).SetChannel(t.Channel).SetClass(t.Class).
		SetField(t.Field).SetIndustry(t.Industry).SetGrade(t.Grade).SetBuyerRegion(t.BuyerRegion).SetSellerRegion(t.SellerRegion).SetBuyer(t.Buyer).
		SetSeller(t.Seller).SetBuyerCode(t.BuyerCode).SetSellerCode(t.SellerCode)
}

// Tally is what a row holds.
func Tally(r *ent.Tally) figure.Tally {
	return figure.Tally{Sequence: r.ID - entry.Key(r.Jurisdiction, 0), Kind: r.Kind, Record: r.Record, Number: r.Number, Title: r.Title, Day: r.Day, Base: r.Base,
		Count: r.Count, Collected: r.Collected, Unpriced: r.Unpriced, Amount: r.AmountFen, Traits: figure.Traits{Channel: r.Channel, Class: r.Class, Field: r.Field, Industry: r.Industry,
			Grade: r.Grade, BuyerRegion: r.BuyerRegion, SellerRegion: r.SellerRegion, Buyer: r.Buyer, Seller: r.Seller, BuyerCode: r.BuyerCode, SellerCode: r.SellerCode}}
}

// ErrBehind says that the figures cannot be told yet.
var ErrBehind = fault.New(fault.Unavailable, "FIGURES_BEHIND", "the figures have not reached the newest entries yet; try again in a moment")

// mostBehind is how many entries At counts by itself.
const mostBehind = 1000

// At is what every measure of a period comes to by all entries that were committed before a transaction. The consumer may not have come so far: the
// entries that it lacks are counted here, by the same rules.
func At(ctx context.Context, tx *storage.Txn, p figure.Period) ([]figure.Value, error) {
	ctx = scope.Open(ctx, "a period is closed with everything that is committed, whatever of it the officer may read")
	for range 3 {
		position, err := positionOf(ctx, tx.Client, tx.Jurisdiction)
		if err != nil {
			return nil, err
		}
		values, err := at(ctx, tx, p, position)
		if err != nil {
			return nil, err
		}
		// On PostgreSQL the consumer may have gone on between two statements of this transaction.
		if again, err := positionOf(ctx, tx.Client, tx.Jurisdiction); err != nil || again == position {
			return values, err
		}
	}
	return nil, ErrBehind
}

func at(ctx context.Context, tx *storage.Txn, p figure.Period, position int64) ([]figure.Value, error) {
	rows, err := ledger.Entries(ctx, tx.Client, tx.Jurisdiction, position, mostBehind+1)
	if err != nil {
		return nil, err
	}
	if len(rows) > mostBehind {
		return nil, ErrBehind
	}
	entries := make([]*entry.Entry, len(rows))
	for i, r := range rows {
		if entries[i], err = entry.Decode(r.Body); err != nil {
			return nil, err
		}
	}
	found, err := (&past{ctx: ctx, tallies: tx.Tally, parties: tx.FigureParty, jurisdiction: tx.Jurisdiction}).fold(entries)
	if err != nil {
		return nil, err
	}
	cells := figure.NewCells()
	for _, t := range found {
		if err := addNew(ctx, tx, cells, t, p); err != nil {
			return nil, err
		}
	}
	values := cells.Of(p)
	for i := range values {
		key := figure.Cell{Ref: values[i].Ref, Period: p}.ID(tx.Jurisdiction)
		row, err := tx.Figure.Query().Where(entfigure.ID(key)).Only(ctx)
		if err != nil && !ent.IsNotFound(err) {
			return nil, err
		}
		if row != nil {
			values[i].Value += row.Value
		}
	}
	return values, nil
}

// addNew adds a tally to the cells of a period, without the organizations that are counted there already.
func addNew(ctx context.Context, tx *storage.Txn, cells *figure.Cells, t figure.Tally, p figure.Period) (err error) {
	figure.Add(t, func(a figure.Addition) {
		if a.Period != p || a.Dimension != figure.Whole || err != nil {
			return
		}
		var first []string
		for _, m := range a.Members {
			there, failed := tx.FigureMember.Query().Where(entmember.ID(a.ID(tx.Jurisdiction) + "/" + m)).Exist(ctx)
			if err = failed; !there {
				first = append(first, m)
			}
		}
		a.Members = first
		cells.Add(a)
	})
	return err
}

// positionOf is how far the consumer has counted a ledger.
func positionOf(ctx context.Context, c *ent.Client, jurisdiction string) (int64, error) {
	row, err := c.Cursor.Query().Where(entcursor.ID(Consumer + "/" + jurisdiction)).Only(ctx)
	if ent.IsNotFound(err) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("the cursor of the figures: %w", err)
	}
	return row.Position, nil
}
