package offering

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/offering/form"
)

// Faults of rows among others.
var (
	ErrRowTwice  = fault.New(fault.Invalid, "ROW_TWICE", "an earlier row of the file stands for the same one")
	ErrAmbiguous = fault.New(fault.Invalid, "ROW_AMBIGUOUS", "several have this name and the row has no external_id")
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
	Number  int
	Outcome Outcome
	ID      string         // of what the row stands for; empty if it was refused, or is only checked and would be new
	Wrong   []*fault.Fault // why it was refused
}

// goods are one kind of what is offered, kept in rows T with content C, as an import sees them.
type goods[T, C any] struct {
	kind    string // as entries and policies name it
	key     string // the field by which one without an external id is known
	needs   []string
	keys    func(C) (externalID, name string)
	stored  func(ctx context.Context, tx *storage.Txn, externalIDs, names []string) ([]*T, error)
	read    func(*T) C
	write   func(*T, C)
	merge   func(into *C, from C, fields []string)
	fresh   func(*storage.Txn, C) *T
	id      func(*T) string
	publish func(*storage.Txn, *T) // lists a draft
	fits    func(*T) []*fault.Fault
	image   func(*T) entry.Row
	save    func(ctx context.Context, tx *storage.Txn, kind string, t *T) error
}

// errUnchanged ends the transaction of an import that changes nothing.
var errUnchanged = errors.New("the import changes nothing")

// importRows takes rows in one transaction. Rows that are wrong are refused, the others taken; each that changes something leaves an entry.
func importRows[T, C any](ctx context.Context, db *storage.DB, g goods[T, C], rows []form.Row[C], publish bool) ([]Result, error) {
	rows = g.once(rows)
	var results []Result
	answer, err := storage.Tx(ctx, db, identity.Change(ctx, identity.Caller(ctx).Jurisdiction), func(tx *storage.Txn) ([]Result, error) {
		if publish && !policy.May(tx.Caller, g.kind+".publish") {
			return nil, policy.ErrRole.With("action", g.kind+".publish")
		}
		s, err := g.shelf(ctx, tx, rows)
		if err != nil {
			return nil, err
		}
		before := tx.Size()
		results = nil
		for _, row := range rows {
			r, err := s.take(ctx, tx, row, publish)
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

// once refuses every row whose key an earlier one has.
func (g goods[T, C]) once(rows []form.Row[C]) []form.Row[C] {
	rows, seen := slices.Clone(rows), map[string]int{}
	for i, row := range rows {
		externalID, name := g.keys(row.Content)
		key, field := "id "+externalID, "external_id"
		if externalID == "" {
			key, field = "name "+name, g.key
		}
		switch earlier, twice := seen[key]; {
		case externalID == "" && name == "":
			if !slices.ContainsFunc(row.Wrong, func(f *fault.Fault) bool { return f.Field == g.key || f.Field == "" }) {
				rows[i].Wrong = append(slices.Clone(row.Wrong), required(g.key))
			}
		case twice:
			rows[i].Wrong = append(slices.Clone(row.Wrong), ErrRowTwice.With("row", earlier).At(field))
		default:
			seen[key] = row.Number
		}
	}
	return rows
}

func required(field string) *fault.Fault {
	return rpc.ErrField.With("field", field).With("rule", "required").At(field)
}

// shelf is what an organization offers already, as far as the rows of a file may stand for it.
type shelf[T, C any] struct {
	goods[T, C]
	byID   map[string]*T
	byName map[string][]*T // those without an external id first
	taken  map[*T]int      // by which row
}

// shelf reads what rows may stand for.
func (g goods[T, C]) shelf(ctx context.Context, tx *storage.Txn, rows []form.Row[C]) (*shelf[T, C], error) {
	var externalIDs, names []string
	for _, row := range rows {
		if len(row.Wrong) > 0 {
			continue
		}
		if externalID, name := g.keys(row.Content); externalID != "" {
			externalIDs = append(externalIDs, externalID)
		} else {
			names = append(names, name)
		}
	}
	stored, err := g.stored(ctx, tx, externalIDs, names)
	if err != nil {
		return nil, err
	}
	s := &shelf[T, C]{goods: g, byID: map[string]*T{}, byName: map[string][]*T{}, taken: map[*T]int{}}
	slices.SortStableFunc(stored, func(a, b *T) int {
		idA, _ := g.keys(g.read(a))
		idB, _ := g.keys(g.read(b))
		return strings.Compare(idA, idB)
	})
	for _, t := range stored {
		externalID, name := g.keys(g.read(t))
		if externalID != "" {
			s.byID[externalID] = t
		}
		s.byName[name] = append(s.byName[name], t)
	}
	return s, nil
}

// find returns what a row stands for; nothing if it is new.
func (s *shelf[T, C]) find(c C) (*T, *fault.Fault) {
	externalID, name := s.keys(c)
	if externalID != "" {
		return s.byID[externalID], nil
	}
	same := s.byName[name]
	own := 0 // of the same name without an external id
	for _, t := range same {
		if id, _ := s.keys(s.read(t)); id == "" {
			own++
		}
	}
	switch {
	case len(same) == 0:
		return nil, nil
	case own == 1 || own == 0 && len(same) == 1:
		return same[0], nil
	}
	return nil, ErrAmbiguous.With("name", name).With("count", len(same)).At(s.key)
}

// take takes a row.
func (s *shelf[T, C]) take(ctx context.Context, tx *storage.Txn, row form.Row[C], publish bool) (Result, error) {
	refused := func(wrong ...*fault.Fault) (Result, error) {
		return Result{Number: row.Number, Outcome: Refused, Wrong: wrong}, nil
	}
	if len(row.Wrong) > 0 {
		return refused(row.Wrong...)
	}
	was, wrong := s.find(row.Content)
	if wrong != nil {
		return refused(wrong)
	}
	if was == nil {
		return s.create(ctx, tx, row, publish)
	}
	if earlier, twice := s.taken[was]; twice {
		return refused(ErrRowTwice.With("row", earlier).At(s.key))
	}
	s.taken[was] = row.Number
	next := *was
	whole := s.read(was)
	fields := slices.DeleteFunc(slices.Clone(row.Given), func(f string) bool { return f == "external_id" }) // the key stays
	s.merge(&whole, row.Content, fields)
	s.write(&next, whole)
	if publish {
		s.publish(tx, &next)
	}
	if wrong := s.fits(&next); len(wrong) > 0 {
		return refused(wrong...)
	}
	if slices.Equal(s.image(was), s.image(&next)) {
		return Result{Number: row.Number, Outcome: Unchanged, ID: s.id(was)}, nil
	}
	return Result{Number: row.Number, Outcome: Updated, ID: s.id(was)}, s.save(ctx, tx, s.kind+".imported", &next)
}

// create makes something new of a row.
func (s *shelf[T, C]) create(ctx context.Context, tx *storage.Txn, row form.Row[C], publish bool) (Result, error) {
	var wrong []*fault.Fault
	for _, f := range s.needs {
		if !slices.Contains(row.Given, f) {
			wrong = append(wrong, required(f))
		}
	}
	t := s.fresh(tx, row.Content)
	if publish {
		s.publish(tx, t)
	}
	if wrong = append(wrong, s.fits(t)...); len(wrong) > 0 {
		return Result{Number: row.Number, Outcome: Refused, Wrong: wrong}, nil
	}
	r := Result{Number: row.Number, Outcome: Created, ID: s.id(t)}
	if tx.ValidateOnly {
		r.ID = ""
	}
	return r, s.save(ctx, tx, s.kind+".imported", t)
}
