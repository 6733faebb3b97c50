package backfilling

import (
	"context"
	"encoding/hex"
	"maps"
	"slices"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcontract "github.com/jiebang/jiebang/ent/gen/ent/contract"
	entorganization "github.com/jiebang/jiebang/ent/gen/ent/organization"
	entpastrecord "github.com/jiebang/jiebang/ent/gen/ent/pastrecord"
	"github.com/jiebang/jiebang/services/backfilling/backfill"
	"github.com/jiebang/jiebang/services/backfilling/form"
	"github.com/jiebang/jiebang/services/contracting"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// key names a row in its source.
type key struct {
	kind   backfill.Kind
	number string
}

// recorded is what is in the ledger already of a row.
type recorded struct {
	name  string // of the resource
	image entry.Row
}

// known is what the ledger has that rows of a list may be, or depend on.
type known struct {
	jurisdiction string
	source       string
	byCode       map[string][]*ent.Organization
	byName       map[string][]*ent.Organization
	rows         map[key]recorded
	registry     map[string]string // number → contract
	scans        map[string]string // digest in hexadecimal → contract
}

// most is how many values a query asks for at once.
const most = 500

// each calls ask with some of the values at a time.
func each[T any](values map[string]bool, ask func([]string) ([]T, error), take func(T)) error {
	for part := range slices.Chunk(slices.Sorted(maps.Keys(values)), most) {
		rows, err := ask(part)
		if err != nil {
			return err
		}
		for _, r := range rows {
			take(r)
		}
	}
	return nil
}

// wanted are the values of rows that are not empty.
func wanted(rows []*form.Row, of func(*form.Row) []string) map[string]bool {
	values := map[string]bool{}
	for _, r := range rows {
		for _, v := range of(r) {
			if v != "" {
				values[v] = true
			}
		}
	}
	return values
}

// look reads what rows may be or depend on.
func look(ctx context.Context, c *ent.Client, jurisdiction, source string, rows []*form.Row) (*known, error) {
	k := &known{jurisdiction: jurisdiction, source: source, byCode: map[string][]*ent.Organization{}, byName: map[string][]*ent.Organization{},
		rows: map[key]recorded{}, registry: map[string]string{}, scans: map[string]string{}}
	err := each(wanted(rows, func(r *form.Row) []string { return []string{r.Buyer.Code, r.Seller.Code} }), func(codes []string) ([]*ent.Organization, error) {
		return c.Organization.Query().Where(entorganization.UsccIn(codes...)).All(ctx)
	}, func(o *ent.Organization) { k.byCode[o.Uscc] = append(k.byCode[o.Uscc], o) })
	if err != nil {
		return nil, err
	}
	err = each(wanted(rows, func(r *form.Row) []string { return []string{r.Buyer.Name, r.Seller.Name} }), func(names []string) ([]*ent.Organization, error) {
		return c.Organization.Query().Where(entorganization.DisplayNameIn(names...)).All(ctx)
	}, func(o *ent.Organization) { k.byName[o.DisplayName] = append(k.byName[o.DisplayName], o) })
	if err != nil {
		return nil, err
	}
	numbers := wanted(rows, func(r *form.Row) []string { return []string{r.Number, r.Row.Demand} })
	err = each(numbers, func(part []string) ([]*ent.PastRecord, error) {
		return c.PastRecord.Query().Where(entpastrecord.Jurisdiction(jurisdiction), entpastrecord.Source(source), entpastrecord.NumberThereIn(part...)).All(ctx)
	}, func(p *ent.PastRecord) {
		k.rows[key{p.Kind, p.NumberThere}] = recorded{id.PastRecordName(p.ID), PastImage(p)}
	})
	if err != nil {
		return nil, err
	}
	err = each(numbers, func(part []string) ([]*ent.Contract, error) {
		return c.Contract.Query().Where(entcontract.Jurisdiction(jurisdiction), entcontract.Source(source), entcontract.NumberThereIn(part...)).All(ctx)
	}, func(c *ent.Contract) {
		k.rows[key{backfill.Contract, *c.NumberThere}] = recorded{id.ContractName(c.ID), contracting.Image(c)}
	})
	if err != nil {
		return nil, err
	}
	return k, k.evidence(ctx, c, rows)
}

// evidence reads which contracts have the registry numbers and the scans of rows.
func (k *known) evidence(ctx context.Context, c *ent.Client, rows []*form.Row) error {
	err := each(wanted(rows, func(r *form.Row) []string { return []string{r.Registry} }), func(part []string) ([]*ent.Contract, error) {
		return c.Contract.Query().Where(entcontract.Jurisdiction(k.jurisdiction), entcontract.RegistryNumberIn(part...)).All(ctx)
	}, func(c *ent.Contract) { k.registry[*c.RegistryNumber] = id.ContractName(c.ID) })
	if err != nil {
		return err
	}
	return each(wanted(rows, func(r *form.Row) []string { return []string{r.Scan} }), func(part []string) ([]*ent.Contract, error) {
		digests := make([][]byte, len(part))
		for i, text := range part {
			digests[i], _ = hex.DecodeString(text) // form has written it
		}
		return c.Contract.Query().Where(entcontract.Jurisdiction(k.jurisdiction), entcontract.BackfillIDNotNil(), entcontract.TextDigestIn(digests...)).All(ctx)
	}, func(c *ent.Contract) { k.scans[hex.EncodeToString(c.TextDigest)] = id.ContractName(c.ID) })
}

// check says what becomes of each row. Those that are kept come with demands first, then bids, then contracts: a bid needs its demand.
func check(ctx context.Context, tx *storage.Txn, source string, rows []*form.Row) (*Staged, error) {
	k, err := look(ctx, tx.Client, tx.Jurisdiction, source, rows)
	if err != nil {
		return nil, err
	}
	s, demands := &Staged{}, map[string]*form.Row{}
	k.once(rows)
	for _, r := range rows {
		k.parties(r)
		if r.Kind == backfill.Demand {
			demands[r.Number] = r
		}
	}
	for _, r := range rows {
		if r.Kind == backfill.Bid {
			k.bid(r, demands[r.Row.Demand])
		}
		result := Result{Line: r.Line, Outcome: Created}
		if was, there := k.rows[key{r.Kind, r.Number}]; there && len(r.Wrong) == 0 {
			result.Outcome, result.Name = Unchanged, was.name
			differs(r, was)
		} else if len(r.Wrong) == 0 {
			k.proved(r)
		}
		if result.Wrong = r.Wrong; len(r.Wrong) > 0 {
			result.Outcome, result.Name = Refused, ""
		}
		if result.Outcome == Created {
			s.Kept = append(s.Kept, r.Row)
		}
		s.Results = append(s.Results, result)
	}
	order := []backfill.Kind{backfill.Demand, backfill.Bid, backfill.Contract}
	slices.SortStableFunc(s.Kept, func(a, b backfill.Row) int { return slices.Index(order, a.Kind) - slices.Index(order, b.Kind) })
	return s, nil
}
