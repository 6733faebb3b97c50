package registering

import (
	"context"
	"errors"
	"slices"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entregistryrecord "github.com/jiebang/jiebang/ent/gen/ent/registryrecord"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// Faults of rows of the registry's list.
var (
	ErrRecordNotFound = fault.New(fault.NotFound, "REGISTRY_RECORD_NOT_FOUND", "there is no such row of the registry's list")
	errRowTwice       = fault.New(fault.Invalid, "NUMBER_TWICE", "an earlier row of the file has the number")
)

// Outcome is what became of a row.
type Outcome string

// The outcomes.
const (
	Created   Outcome = "created"
	Updated   Outcome = "updated"
	Unchanged Outcome = "unchanged"
	Refused   Outcome = "refused"
)

// Result is what became of a row of a file.
type Result struct {
	Row     int
	Outcome Outcome
	ID      string // of the record; empty if the row was refused, or is only checked and would be new
	Wrong   []*fault.Fault
}

// errUnchanged ends the transaction of an import that changes nothing.
var errUnchanged = errors.New("the import changes nothing")

// Import takes rows of the registry's list in one transaction. Rows that are wrong are refused, the others taken; each that changes something leaves an
// entry, and no other does.
func (s *Registering) Import(ctx context.Context, rows []*listed) ([]Result, error) {
	once(rows)
	var results []Result
	answer, err := storage.Tx(ctx, s.db, identity.Change(ctx, identity.Caller(ctx).Jurisdiction), func(tx *storage.Txn) ([]Result, error) {
		if err := identity.May(ctx, tx.Caller, registryOf(tx.Jurisdiction), ErrRecordNotFound, policy.ErrRole); err != nil {
			return nil, err
		}
		known, err := known(ctx, tx, rows)
		if err != nil {
			return nil, err
		}
		before := tx.Size()
		results = nil
		for _, l := range rows {
			r, err := take(ctx, tx, known, l)
			if err != nil {
				return nil, err
			}
			results = append(results, r)
		}
		if tx.Size() == before {
			return nil, errUnchanged
		}
		return results, nil
	})
	if errors.Is(err, errUnchanged) {
		return results, nil
	}
	return answer, err
}

// registryOf is the registry's list of a jurisdiction as the policy sees it: the authority's alone.
func registryOf(jurisdiction string) policy.Object {
	return policy.Object{Is: true, Jurisdiction: jurisdiction, Openness: policy.Shared}
}

// once refuses every row whose number an earlier one has.
func once(rows []*listed) {
	seen := map[string]int{}
	for _, l := range rows {
		if earlier, twice := seen[l.number]; twice {
			l.fail(errRowTwice.With("row", earlier), "number")
		} else if l.number != "" {
			seen[l.number] = l.row
		}
	}
}

// known reads the records that rows stand for, by number.
func known(ctx context.Context, tx *storage.Txn, rows []*listed) (map[string]*ent.RegistryRecord, error) {
	var numbers []string
	for _, l := range rows {
		if len(l.wrong) == 0 {
			numbers = append(numbers, l.number)
		}
	}
	found, err := tx.RegistryRecord.Query().Where(entregistryrecord.Jurisdiction(tx.Jurisdiction), entregistryrecord.NumberIn(numbers...)).All(ctx)
	if err != nil {
		return nil, err
	}
	all := map[string]*ent.RegistryRecord{}
	for _, r := range found {
		all[r.Number] = r
	}
	return all, nil
}

// take takes a row.
func take(ctx context.Context, tx *storage.Txn, known map[string]*ent.RegistryRecord, l *listed) (Result, error) {
	if len(l.wrong) > 0 {
		return Result{Row: l.row, Outcome: Refused, Wrong: l.wrong}, nil
	}
	was := known[l.number]
	if was == nil {
		r := &ent.RegistryRecord{ID: id.New(tx.Rand, id.RegistryRecord, tx.Jurisdiction), Jurisdiction: tx.Jurisdiction, Number: l.number, CreatedAt: tx.Now}
		l.apply(r)
		result := Result{Row: l.row, Outcome: Created, ID: r.ID}
		if tx.ValidateOnly {
			result.ID = ""
		}
		return result, saveRecord(ctx, tx, r)
	}
	next := *was
	l.apply(&next)
	if slices.Equal(RecordImage(was), RecordImage(&next)) {
		return Result{Row: l.row, Outcome: Unchanged, ID: was.ID}, nil
	}
	return Result{Row: l.row, Outcome: Updated, ID: was.ID}, saveRecord(ctx, tx, &next)
}

// apply writes what a row says into a record; what the file has no column for stays.
func (l *listed) apply(r *ent.RegistryRecord) {
	r.TotalFen, r.TechnologyFen = l.total, l.technology
	for field, to := range map[string]struct {
		is *string
		be string
	}{"title": {&r.Title, l.title}, "buyer": {&r.Buyer, l.buyer}, "seller": {&r.Seller, l.seller}, "register_date": {&r.RegisterDate, l.date}} {
		if l.given[field] {
			*to.is = to.be
		}
	}
}

// findRecord reads a row of the registry's list, for the authority.
func findRecord(ctx context.Context, c *ent.Client, caller party.Caller, recordID string) (*ent.RegistryRecord, error) {
	r, err := c.RegistryRecord.Get(ctx, recordID)
	if ent.IsNotFound(err) {
		return nil, ErrRecordNotFound
	}
	if err != nil {
		return nil, err
	}
	return r, identity.May(ctx, caller, registryOf(r.Jurisdiction), ErrRecordNotFound, policy.ErrRole)
}
