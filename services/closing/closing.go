// Package closing 结账 closes periods: it freezes their figures in the ledger, and tells later what has come to be known since, record by record.
package closing

import (
	"context"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entclosure "github.com/jiebang/jiebang/ent/gen/ent/closure"
	"github.com/jiebang/jiebang/services/closing/closure"
	"github.com/jiebang/jiebang/services/counting"
	"github.com/jiebang/jiebang/services/counting/figure"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger"
)

// Closing closes periods.
type Closing struct {
	db       *storage.DB
	counting *counting.Counting
}

// New returns the closing of db.
func New(db *storage.DB, c *counting.Counting) *Closing { return &Closing{db, c} }

// last is the last closure of a period; nil if it is open.
func last(ctx context.Context, c *ent.Client, jurisdiction string, p figure.Period) (*ent.Closure, error) {
	found, err := c.Closure.Query().Where(entclosure.Jurisdiction(jurisdiction), entclosure.Period(string(p))).Order(entclosure.ByRevision(sql.OrderDesc())).First(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	return found, err
}

// Close closes a period of a ledger with everything that is committed.
func (s *Closing) Close(ctx context.Context, jurisdiction, period string) (*ent.Closure, error) {
	p, err := figure.ParsePeriod(period)
	if err != nil {
		return nil, rpc.At("period", err)
	}
	if _, err := ledger.Head(ctx, s.db.Read, jurisdiction); err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, jurisdiction), func(tx *storage.Txn) (*ent.Closure, error) {
		if err := may(ctx, tx, jurisdiction); err != nil {
			return nil, err
		}
		if err := closure.Check(p, tx.Now); err != nil {
			return nil, rpc.At("period", err)
		}
		if before, err := last(ctx, tx.Client, jurisdiction, p); err != nil || before != nil {
			if err == nil {
				err = closure.ErrClosed.With("period", period).With("closure", id.ClosureName(before.ID)).At("period")
			}
			return nil, err
		}
		values, err := counting.At(ctx, tx, p)
		if err != nil {
			return nil, err
		}
		return s.report(ctx, tx, "closure.closed", &ent.Closure{Period: period, Revision: 1, Figures: figure.Frozen(values)})
	})
}

// may makes sure that the ledger is that of the caller's authority.
func may(ctx context.Context, tx *storage.Txn, jurisdiction string) error {
	return identity.May(ctx, tx.Caller, policy.Object{Jurisdiction: jurisdiction, Openness: policy.Published}, counting.ErrForeign, counting.ErrForeign)
}

// report writes a closure that counts everything before its own entry.
func (s *Closing) report(ctx context.Context, tx *storage.Txn, kind string, c *ent.Closure) (*ent.Closure, error) {
	c.ID, c.Jurisdiction, c.CreatedAt = id.New(tx.Rand, id.Closure, tx.Jurisdiction), tx.Jurisdiction, tx.Now
	c.Size, c.Root, c.ClosedBy = tx.Size(), tx.Root(), tx.Caller.Person
	return c, save(ctx, tx, kind, c)
}

// Restate reports a closed period anew.
func (s *Closing) Restate(ctx context.Context, closureID, etag, reason string) (*ent.Closure, error) {
	home, err := rpc.Home(id.Closure, closureID, closure.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Closure, error) {
		c, err := find(ctx, tx.Client, closureID)
		if err != nil {
			return nil, err
		}
		if err := may(ctx, tx, home); err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag("etag", etag, c.Version); err != nil {
			return nil, err
		}
		p := figure.Period(c.Period)
		newest, err := last(ctx, tx.Client, home, p)
		if err != nil {
			return nil, err
		}
		if newest.ID != c.ID {
			return nil, closure.ErrRestated.With("closure", id.ClosureName(newest.ID))
		}
		known, err := counting.At(ctx, tx, p)
		if err != nil {
			return nil, err
		}
		reported, _ := figure.Thaw(c.Figures)
		if err := closure.Restates(reported, known); err != nil {
			return nil, err
		}
		return s.report(ctx, tx, "closure.restated", &ent.Closure{Period: c.Period, Revision: c.Revision + 1, Figures: figure.Frozen(known), Reason: strings.TrimSpace(reason)})
	})
}

func find(ctx context.Context, c *ent.Client, closureID string) (*ent.Closure, error) {
	found, err := c.Closure.Query().Where(entclosure.ID(closureID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, closure.ErrNotFound.With("closure", closureID)
	}
	return found, err
}

// Row is a figure as it was reported and as it is known.
type Row struct {
	figure.Definition
	Reported, Known int64
}

// Compare compares what a closure reported with what is known now, by the same versions, and says as of which entry that is.
func (s *Closing) Compare(ctx context.Context, closureID string) (*ent.Closure, []Row, int64, error) {
	c, err := find(ctx, s.db.Read, closureID)
	if err != nil {
		return nil, nil, 0, err
	}
	reported, _ := figure.Thaw(c.Figures)
	var refs []string
	for _, v := range reported {
		refs = append(refs, v.Ref)
	}
	known, asOf, err := s.counting.Now(ctx, c.Jurisdiction, figure.Period(c.Period), refs)
	if err != nil {
		return nil, nil, 0, err
	}
	var rows []Row
	for _, v := range reported {
		d, err := figure.ByRef(v.Ref)
		if err != nil {
			return nil, nil, 0, err
		}
		rows = append(rows, Row{d, v.Value, known[v.Ref]})
	}
	return c, rows, asOf, nil
}

// Differences are the records by which one figure of a closure differs from what is known; asOf −1 is now.
func (s *Closing) Differences(ctx context.Context, c *ent.Closure, code string, asOf int64, page counting.Slice) (counting.Question, []counting.Record, int64, error) {
	q := counting.Question{Jurisdiction: c.Jurisdiction, Period: figure.Period(c.Period)}
	reported, _ := figure.Thaw(c.Figures)
	for _, v := range reported {
		if strings.HasPrefix(v.Ref, code+"@") {
			var err error
			if q.Definition, err = figure.ByRef(v.Ref); err != nil {
				return q, nil, 0, err
			}
		}
	}
	if q.Definition.Code == "" {
		return q, nil, 0, figure.ErrUnknown.With("figure", code).At("figure")
	}
	if asOf < 0 {
		var err error
		if asOf, err = s.counting.Position(ctx, c.Jurisdiction); err != nil {
			return q, nil, 0, err
		}
	}
	found, err := s.counting.Differences(ctx, q, c.Size, asOf, page)
	return q, found, asOf, err
}
