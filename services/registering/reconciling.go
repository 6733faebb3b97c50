package registering

import (
	"context"
	"strconv"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entregistration "github.com/jiebang/jiebang/ent/gen/ent/registration"
	entregistryrecord "github.com/jiebang/jiebang/ent/gen/ent/registryrecord"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/registering/registration"
)

// Agreement is how a registration here and a row of the registry's list agree.
type Agreement string

// The agreements.
const (
	Matched   Agreement = "matched"
	Differs   Agreement = "amount_differs"
	OnlyHere  Agreement = "only_here"
	OnlyThere Agreement = "only_there"
)

// Pair is what stands under one number: here, in the registry's list, or in both.
type Pair struct {
	Here  *ent.Registration
	There *ent.RegistryRecord
}

// Agrees says how the two agree.
func (p Pair) Agrees() Agreement {
	switch {
	case p.There == nil:
		return OnlyHere
	case p.Here == nil:
		return OnlyThere
	case *p.Here.TotalFen != p.There.TotalFen || *p.Here.TechnologyFen != p.There.TechnologyFen:
		return Differs
	}
	return Matched
}

// number is the number under which the two stand.
func (p Pair) number() string {
	if p.Here != nil {
		return *p.Here.Number
	}
	return p.There.Number
}

// Reconciled is a comparison of all that is registered with the registry's list, with a page of its pairs.
type Reconciled struct {
	Counts      map[Agreement]int
	Here, There money.Fen // 技术交易额
	Pairs       []Pair
	More        bool
}

// Page is which pairs a reconciliation gives: those of an agreement, or all if it is empty, so many from the skipped on.
type Page struct {
	Agreement   Agreement
	Skip, Limit int
}

// readBatch is how many rows are read at a time.
const readBatch = 1000

// Reconcile compares the registrations in force of the caller's jurisdiction with the registry's list, by number: of one year of registration, or of all.
// A pair belongs to a year in which either side has it.
func (s *Registering) Reconcile(ctx context.Context, caller party.Caller, year int, page Page) (*Reconciled, error) {
	here := &batches[*ent.Registration]{read: func(after string) ([]*ent.Registration, error) {
		return s.db.Read.Registration.Query().Where(entregistration.Jurisdiction(caller.Jurisdiction), entregistration.StateIn(registration.Registered, registration.Changed),
			entregistration.NumberGT(after)).Order(entregistration.ByNumber()).Limit(readBatch).All(ctx)
	}, key: func(r *ent.Registration) string { return *r.Number }}
	there := &batches[*ent.RegistryRecord]{read: func(after string) ([]*ent.RegistryRecord, error) {
		return s.db.Read.RegistryRecord.Query().Where(entregistryrecord.Jurisdiction(caller.Jurisdiction), entregistryrecord.NumberGT(after)).
			Order(entregistryrecord.ByNumber()).Limit(readBatch).All(ctx)
	}, key: func(r *ent.RegistryRecord) string { return r.Number }}
	all := &Reconciled{Counts: map[Agreement]int{}}
	for {
		p, more, err := next(here, there)
		if err != nil || !more {
			return all, err
		}
		if year == 0 || p.in(year) {
			all.add(p, &page)
		}
	}
}

// in reports whether either side was registered in a year.
func (p Pair) in(year int) bool {
	prefix := strconv.Itoa(year) + "-"
	has := func(day string) bool { return len(day) > len(prefix) && day[:len(prefix)] == prefix }
	return p.Here != nil && has(*p.Here.RegisterDate) || p.There != nil && has(p.There.RegisterDate)
}

// add counts a pair, and takes it if it is on the page.
func (r *Reconciled) add(p Pair, page *Page) {
	agrees := p.Agrees()
	r.Counts[agrees]++
	if p.Here != nil {
		r.Here += *p.Here.TechnologyFen
	}
	if p.There != nil {
		r.There += p.There.TechnologyFen
	}
	switch {
	case page.Agreement != "" && page.Agreement != agrees:
	case page.Skip > 0:
		page.Skip--
	case len(r.Pairs) == page.Limit:
		r.More = true
	default:
		r.Pairs = append(r.Pairs, p)
	}
}

// next is the pair with the least number that is left.
func next(here *batches[*ent.Registration], there *batches[*ent.RegistryRecord]) (p Pair, more bool, err error) {
	h, inHere, err := here.peek()
	if err != nil {
		return p, false, err
	}
	t, inThere, err := there.peek()
	if err != nil {
		return p, false, err
	}
	if inHere && (!inThere || *h.Number <= t.Number) {
		p.Here = h
	}
	if inThere && (!inHere || t.Number <= *h.Number) {
		p.There = t
	}
	if p.Here != nil {
		here.rows = here.rows[1:]
	}
	if p.There != nil {
		there.rows = there.rows[1:]
	}
	return p, inHere || inThere, nil
}

// batches reads rows in the order of their keys, some at a time.
type batches[T any] struct {
	read func(after string) ([]T, error)
	key  func(T) string
	rows []T
	last string
	end  bool
}

// peek is the first row that is left.
func (b *batches[T]) peek() (row T, ok bool, err error) {
	if len(b.rows) == 0 && !b.end {
		if b.rows, err = b.read(b.last); err != nil {
			return row, false, err
		}
		if b.end = len(b.rows) < readBatch; len(b.rows) > 0 {
			b.last = b.key(b.rows[len(b.rows)-1])
		}
	}
	if len(b.rows) == 0 {
		return row, false, nil
	}
	return b.rows[0], true, nil
}
