package matching

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/matching/shingle"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Similar is a demand whose text is nearly another's.
type Similar struct {
	Demand     *ent.Demand
	Similarity int // per cent
}

const (
	leastSimilar = 50 // per cent; below it texts of one field are alike by chance
	mostSimilar  = 20
	similarPage  = 500
)

// sketches remembers the sketch of each demand in the version of which it was made.
type sketches struct {
	sync.Mutex
	of map[string]versioned
}

type versioned struct {
	version int
	sketch  shingle.Sketch
	ok      bool
}

// sketch returns the sketch of a demand.
func (s *sketches) sketch(d *ent.Demand) (shingle.Sketch, bool) {
	s.Lock()
	v, known := s.of[d.ID]
	s.Unlock()
	if known && v.version == d.Version {
		return v.sketch, v.ok
	}
	v.version = d.Version
	v.sketch, v.ok = shingle.Of(d.Title + "\n" + d.Description)
	s.Lock()
	defer s.Unlock()
	if s.of == nil {
		s.of = map[string]versioned{}
	}
	s.of[d.ID] = v
	return v.sketch, v.ok
}

// Similar returns the demands that are nearly a demand which the caller vets, the likest first, of those that the caller may read.
func (m *Matching) Similar(ctx context.Context, demandID string) ([]Similar, error) {
	caller := identity.Caller(ctx)
	d, err := posting.Find(ctx, m.db.Read, demandID, caller)
	if err != nil {
		return nil, err
	}
	foreign := demand.ErrForeign.With("demand", demandID)
	if err := identity.May(ctx, caller, identity.Owned(d.OrganizationID, d.Jurisdiction, true), foreign, foreign); err != nil {
		return nil, err
	}
	mine, ok := m.sketches.sketch(d)
	if !ok {
		return nil, nil
	}
	var found []Similar
	for after := ""; ; {
		rows, err := m.db.Read.Demand.Query().Where(entdemand.IDGT(after), entdemand.IDNEQ(d.ID), posting.Readable(caller)).Order(entdemand.ByID()).Limit(similarPage).
			Select(entdemand.FieldID, entdemand.FieldVersion, entdemand.FieldTitle, entdemand.FieldDescription, entdemand.FieldNumber, entdemand.FieldOrganizationID).All(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if other, ok := m.sketches.sketch(r); ok {
				if same := shingle.Similarity(mine, other); same >= leastSimilar {
					found = append(found, Similar{r, same})
				}
			}
		}
		if len(rows) < similarPage {
			break
		}
		after = rows[len(rows)-1].ID
	}
	slices.SortFunc(found, func(a, b Similar) int {
		return cmp.Or(cmp.Compare(b.Similarity, a.Similarity), cmp.Compare(a.Demand.ID, b.Demand.ID))
	})
	return found[:min(len(found), mostSimilar)], nil
}
