package bidding

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	entsheet "github.com/jiebang/jiebang/ent/gen/ent/sheet"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/judging/evaluation"
)

// judges reports whether the caller is an expert who judges a bid and has declared that it has no conflict: it reads the bid then.
func judges(ctx context.Context, c *ent.Client, b *ent.Bid, caller party.Caller) (bool, error) {
	if !caller.Has(party.Expert) || caller.Organization == "" || b.State.Sealed() {
		return false, nil
	}
	return c.Sheet.Query().Where(entsheet.BidID(b.ID), entsheet.OrganizationID(caller.Organization), entsheet.PersonIDIn("", caller.Person),
		entsheet.StateIn(evaluation.Cleared, evaluation.Locked)).Exist(ctx)
}

// judgedBy are the bids in a query that judges says yes to.
func (s *Bidding) judgedBy(q *sql.Selector, caller party.Caller) *sql.Predicate {
	if !caller.Has(party.Expert) || caller.Organization == "" {
		return sql.False()
	}
	t := sql.Dialect(s.db.Dialect()).Table(entsheet.Table)
	return sql.In(q.C(entbid.FieldID), sql.Dialect(s.db.Dialect()).Select(t.C(entsheet.FieldBidID)).From(t).Where(sql.And(
		sql.EQ(t.C(entsheet.FieldOrganizationID), caller.Organization), sql.In(t.C(entsheet.FieldPersonID), "", caller.Person),
		sql.In(t.C(entsheet.FieldState), string(evaluation.Cleared), string(evaluation.Locked)))))
}
