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
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/offering/sheet"
	"github.com/jiebang/jiebang/services/registering/form"
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
func (s *Registering) Import(ctx context.Context, rows []*form.Row) ([]Result, error) {
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
func once(rows []*form.Row) {
	seen := map[string]int{}
	for _, l := range rows {
		if earlier, twice := seen[l.Number]; twice {
			l.Fail(errRowTwice.With("row", earlier), "number")
		} else if l.Number != "" {
			seen[l.Number] = l.Line
		}
	}
}

// known reads the records that rows stand for, by number.
func known(ctx context.Context, tx *storage.Txn, rows []*form.Row) (map[string]*ent.RegistryRecord, error) {
	var numbers []string
	for _, l := range rows {
		if len(l.Wrong) == 0 {
			numbers = append(numbers, l.Number)
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
func take(ctx context.Context, tx *storage.Txn, known map[string]*ent.RegistryRecord, l *form.Row) (Result, error) {
	if len(l.Wrong) > 0 {
		return Result{Row: l.Line, Outcome: Refused, Wrong: l.Wrong}, nil
	}
	was := known[l.Number]
	if was == nil {
		r := &ent.RegistryRecord{ID: id.New(tx.Rand, id.RegistryRecord, tx.Jurisdiction), Jurisdiction: tx.Jurisdiction, Number: l.Number, CreatedAt: tx.Now}
		apply(l, r)
		result := Result{Row: l.Line, Outcome: Created, ID: r.ID}
		if tx.ValidateOnly {
			result.ID = ""
		}
		return result, saveRecord(ctx, tx, r)
	}
	next := *was
	apply(l, &next)
	if slices.Equal(RecordImage(was), RecordImage(&next)) {
		return Result{Row: l.Line, Outcome: Unchanged, ID: was.ID}, nil
	}
	return Result{Row: l.Line, Outcome: Updated, ID: was.ID}, saveRecord(ctx, tx, &next)
}

// apply writes what a row says into a record; what the file has no column for stays.
func apply(l *form.Row, r *ent.RegistryRecord) {
	r.TotalFen, r.TechnologyFen = l.Total, l.Technology
	for field, to := range map[string]struct {
		is *string
		be string
	}{"title": {&r.Title, l.Title}, "buyer": {&r.Buyer, l.Buyer}, "seller": {&r.Seller, l.Seller}, "register_date": {&r.RegisterDate, l.Date}} {
		if l.Given[field] {
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

// open reads the file of a request. A workbook waits for its turn, and keeps it until it is closed.
func (s *Registering) open(ctx context.Context, readTable func() (*sheet.Table, error), book bool) (*sheet.Table, func(), error) {
	leave := func() {}
	if book {
		select {
		case s.books <- struct{}{}:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
		leave = func() { <-s.books }
	}
	done := false
	defer func() { // also if a workbook makes its reader panic
		if !done {
			leave()
		}
	}()
	t, err := readTable()
	if err != nil {
		return nil, nil, rpc.At("content", err)
	}
	done = true
	return t, func() { t.Close(); leave() }, nil
}
