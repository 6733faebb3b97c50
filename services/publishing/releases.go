package publishing

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	entcontract "github.com/jiebang/jiebang/ent/gen/ent/contract"
	entledgerentry "github.com/jiebang/jiebang/ent/gen/ent/ledgerentry"
	entorganization "github.com/jiebang/jiebang/ent/gen/ent/organization"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/publishing/mask"
	"github.com/jiebang/jiebang/services/publishing/ocds"
)

// past is what later releases of a demand must know of earlier ones.
type past struct {
	awarded *time.Time
	bid     string // that had won
	signed  bool
}

// releases makes releases from entries of demands, each process in the order of its entries.
type releases struct {
	x     *export
	pasts map[string]past // of the demands that were awarded, by their names
}

// of are the releases of some entries, in their order.
func (r *releases) of(ctx context.Context, rows []*ent.LedgerEntry) ([]*ocds.Release, error) {
	var all []*ocds.Process
	for _, row := range rows {
		e, err := entry.Decode(row.Body)
		if err != nil {
			return nil, err
		}
		if p, err := r.process(e); err != nil {
			return nil, err
		} else if p != nil {
			all = append(all, p)
		}
	}
	if err := r.x.complete(ctx, all); err != nil {
		return nil, err
	}
	var made []*ocds.Release
	for _, p := range all {
		if release := p.Release(r.x.audience); release != nil {
			made = append(made, release)
		}
	}
	return made, nil
}

// process reads an entry; nil if it is not one of a demand that anyone may know of.
func (r *releases) process(e *entry.Entry) (*ocds.Process, error) {
	event, isDemand := strings.CutPrefix(e.Kind, "demand.")
	if !isDemand || !mask.Kind(e.Kind) {
		return nil, nil
	}
	get := func(column string) string {
		v, _ := e.Row.Get(column)
		return v
	}
	before, winner := r.pasts[e.Subject], get("winning_bid_id")
	switch event {
	case "awarded":
		before.awarded, before.bid = &e.Time, winner
		r.pasts[e.Subject] = before
	case "announced":
		if before.awarded != nil { // the winner did not sign, and the reserve moves up
			event, winner = "promoted", before.bid
		}
	case "contracted":
		before.signed = true
		r.pasts[e.Subject] = before
	}
	p := &ocds.Process{Prefix: e.Jurisdiction, Sequence: e.Sequence, Time: e.Time, Event: event, Failure: get("failure"), Number: get("number"), Title: get("title"),
		Text: get("description"), Procedure: get("procedure"), Buyer: ocds.Organization{Name: id.OrganizationName(get("organization_id"))}, Bid: winner,
		Awarded: before.awarded, Signed: before.signed}
	var err error
	if text := get("budget_fen"); text != "" {
		n, failed := strconv.ParseInt(text, 10, 64)
		budget := money.Fen(n)
		p.Budget, err = &budget, failed
	}
	for column, into := range map[string]**time.Time{"published_at": &p.Published, "deadline": &p.Deadline} {
		if text := get(column); text != "" && err == nil {
			var at time.Time
			at, err = time.Parse(entry.TimeLayout, text)
			*into = &at
		}
	}
	if err != nil {
		return nil, fmt.Errorf("entry %d: %w", e.Sequence, err)
	}
	return p, nil
}

// complete adds the names of organizations and, for who may read them, what was bid and signed. A bid is read once it has won, never before.
func (x *export) complete(ctx context.Context, all []*ocds.Process) error {
	won := map[string]*ent.Bid{}
	signed := map[string]*ent.Contract{} // by the winning bid
	var bids, organizations []string
	for _, p := range all {
		organizations = append(organizations, strings.TrimPrefix(p.Buyer.Name, id.OrganizationName("")))
		if p.Bid != "" {
			bids = append(bids, p.Bid)
		}
	}
	if x.audience == mask.Parties && len(bids) > 0 {
		rows, err := x.read.Bid.Query().Where(entbid.IDIn(bids...), entbid.StateEQ(bid.Won)).All(ctx)
		if err != nil {
			return err
		}
		for _, b := range rows {
			won[b.ID] = b
			organizations = append(organizations, b.OrganizationID)
		}
		if err := x.signed(ctx, won, signed); err != nil {
			return err
		}
	}
	named, err := x.named(ctx, organizations)
	if err != nil {
		return err
	}
	for _, p := range all {
		if o, ok := named[p.Buyer.Name]; ok {
			p.Buyer = o
		}
		b, ok := won[p.Bid]
		if !ok || identity.Sees(x.caller, "bid.read", x.opened(b, p), bid.ErrNotFound) != nil {
			continue
		}
		supplier := named[id.OrganizationName(b.OrganizationID)]
		p.Deal.Supplier, p.Deal.Bid = &supplier, b.AmountFen
		if k := signed[b.ID]; k != nil && x.readable(k) {
			p.Deal.Title, p.Deal.Total = k.Title, &k.TotalFen
			if k.Number != nil {
				p.Deal.Contract = *k.Number
			}
			if k.SignDate != nil {
				if at, err := time.ParseInLocation(contract.DateLayout, *k.SignDate, demand.Zone); err == nil {
					p.Deal.Signed = &at
				}
			}
		}
	}
	return nil
}

// opened is a bid that has won as the policy sees it.
func (x *export) opened(b *ent.Bid, p *ocds.Process) policy.Object {
	return policy.Object{Owner: b.OrganizationID, Parties: []string{strings.TrimPrefix(p.Buyer.Name, id.OrganizationName(""))}, Jurisdiction: b.Jurisdiction, Openness: policy.Shared}
}

// signed finds the contracts of the demands of bids.
func (x *export) signed(ctx context.Context, won map[string]*ent.Bid, found map[string]*ent.Contract) error {
	byDemand := map[string]string{}
	var demands []string
	for _, b := range won {
		byDemand[b.DemandID] = b.ID
		demands = append(demands, b.DemandID)
	}
	rows, err := x.read.Contract.Query().Where(entcontract.DemandIDIn(demands...), entcontract.NumberNotNil()).All(ctx)
	if err != nil {
		return err
	}
	for _, k := range rows {
		found[byDemand[*k.DemandID]] = k
	}
	return nil
}

// named are organizations by their names.
func (x *export) named(ctx context.Context, ids []string) (map[string]ocds.Organization, error) {
	rows, err := x.read.Organization.Query().Where(entorganization.IDIn(ids...)).All(ctx)
	if err != nil {
		return nil, err
	}
	named := make(map[string]ocds.Organization, len(rows))
	for _, o := range rows {
		who := ocds.Organization{Name: id.OrganizationName(o.ID), DisplayName: o.DisplayName}
		if x.audience.Shows(mask.Of("Organization.uscc")) {
			who.USCC = o.Uscc
		}
		named[who.Name] = who
	}
	return named, nil
}

// public lets a query read entries of demands that anyone may know of; process passes over every other.
func public(ctx context.Context) context.Context {
	return scope.Open(ctx, "what a demand is like from its publication on is public, and so is what its entries say of it")
}

// entries reads entries from a sequence on.
func (x *export) entries(ctx context.Context, from int64) ([]*ent.LedgerEntry, error) {
	return x.read.LedgerEntry.Query().Where(entledgerentry.Jurisdiction(x.Jurisdiction), entledgerentry.IDGTE(entry.Key(x.Jurisdiction, from)),
		entledgerentry.IDLT(entry.Key(x.Jurisdiction, entry.Max))).Order(entledgerentry.ByID()).Limit(batch).All(public(ctx))
}

// ocds writes releases in the order of the ledger, or records in the order in which their demands were published.
func (x *export) ocds(ctx context.Context, w io.Writer, publisher string) error {
	out := &packageWriter{out: bufio.NewWriterSize(w, 64<<10), lines: x.Format != packaged}
	if err := out.begin(x, publisher); err != nil {
		return err
	}
	r := &releases{x, map[string]past{}}
	var err error
	if x.Table == Releases {
		err = x.eachBatch(ctx, func(rows []*ent.LedgerEntry) error {
			made, err := r.of(ctx, rows)
			if err != nil {
				return err
			}
			for _, release := range made {
				if err := out.item(x, release); err != nil {
					return err
				}
			}
			return nil
		})
	} else {
		err = x.records(ctx, r, out)
	}
	if err != nil {
		return err
	}
	return out.end()
}

// eachBatch goes through the ledger.
func (x *export) eachBatch(ctx context.Context, do func([]*ent.LedgerEntry) error) error {
	for from := int64(0); ; from += batch {
		rows, err := x.entries(ctx, from)
		if err != nil {
			return err
		}
		if err := do(rows); err != nil || len(rows) < batch {
			return err
		}
	}
}

// records goes through the ledger for the places of each demand's entries, and then from demand to demand.
func (x *export) records(ctx context.Context, r *releases, out *packageWriter) error {
	places := map[string][]int64{}
	var order []string
	err := x.eachBatch(ctx, func(rows []*ent.LedgerEntry) error {
		for _, row := range rows {
			e, err := entry.Decode(row.Body)
			if err != nil {
				return err
			}
			if !strings.HasPrefix(e.Kind, "demand.") || !mask.Kind(e.Kind) {
				continue
			}
			if places[e.Subject] == nil {
				order = append(order, e.Subject)
			}
			places[e.Subject] = append(places[e.Subject], row.ID)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range order {
		rows, err := x.read.LedgerEntry.Query().Where(entledgerentry.IDIn(places[name]...)).Order(entledgerentry.ByID()).All(public(ctx))
		if err != nil {
			return err
		}
		made, err := r.of(ctx, rows)
		if err != nil {
			return err
		}
		if len(made) == 0 {
			continue
		}
		if err := out.item(x, ocds.Compile(made)); err != nil {
			return err
		}
	}
	return nil
}

// packageWriter writes a package of OCDS, or its items a line each behind a line that says what they are.
type packageWriter struct {
	out   *bufio.Writer
	lines bool
	items int
}

func (p *packageWriter) begin(x *export, publisher string) error {
	uri := fmt.Sprintf("urn:jiebang:%s:%s:%d", x.Jurisdiction, x.Table, x.AsOf)
	var head any = ocds.Package{URI: uri, Version: ocds.Version, Published: ocds.Instant(x.Time), Publisher: ocds.Publisher{Name: publisher}}
	if p.lines {
		head = struct {
			Table      string       `json:"table"`
			Ledger     string       `json:"ledger"`
			AsOf       int64        `json:"as_of"`
			Definition string       `json:"definition"`
			Time       ocds.Instant `json:"time"`
			Package    any          `json:"package"`
		}{string(x.Table), id.LedgerName(x.Jurisdiction), x.AsOf, x.Definition, ocds.Instant(x.Time), head}
	}
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	if p.lines {
		_, err = p.out.Write(append(text, '\n'))
		return err
	}
	_, err = fmt.Fprintf(p.out, "%s,%q:[\n", text[:len(text)-1], x.Table)
	return err
}

func (p *packageWriter) item(x *export, item any) error {
	text, err := json.Marshal(item)
	if err != nil {
		return err
	}
	if !p.lines && p.items > 0 {
		text = append([]byte(",\n"), text...)
	}
	if p.lines {
		text = append(text, '\n')
	}
	p.items++
	x.Rows++
	_, err = p.out.Write(text)
	return err
}

func (p *packageWriter) end() error {
	if !p.lines {
		if _, err := p.out.WriteString("\n]}\n"); err != nil {
			return err
		}
	}
	return p.out.Flush()
}
