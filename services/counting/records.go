package counting

import (
	"context"
	"fmt"
	"time"

	"github.com/jiebang/jiebang/services/counting/figure"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Record is one of those that a figure is made of, or that differ between two of its values.
type Record struct {
	Name     string // resource name of the demand, the bid, the contract …; of an organization its code
	Number   string
	Title    string
	Day      string // that it counts on
	Value    int64
	Before   int64 // of a difference: what it was
	Sequence int64 // of its entry; of a difference, of the last one that changed it
	Key      string
}

// Slice is a part of a list: what comes after a key, at most so many.
type Slice struct {
	After string
	Limit int
}

// Position is how far a ledger is counted: entries before this sequence are.
func (s *Counting) Position(ctx context.Context, jurisdiction string) (int64, error) {
	return positionOf(ctx, s.db.Read, jurisdiction)
}

// Records are what a figure is made of, in an order of their own, after a key and at most so many; asOf −1 is now. They add up to the figure exactly.
func (s *Counting) Records(ctx context.Context, q Question, asOf int64, page Slice) ([]Record, int64, error) {
	after, limit := page.After, page.Limit
	if err := q.check(); err != nil {
		return nil, 0, err
	}
	if q.Definition.Ratio() {
		return nil, 0, figure.ErrDimension.With("figure", q.Definition.Code).With("dimension", "records").At("parent")
	}
	if err := s.reach(ctx, q); err != nil {
		return nil, 0, err
	}
	if asOf < 0 {
		var err error
		if asOf, err = positionOf(ctx, s.db.Read, q.Jurisdiction); err != nil {
			return nil, 0, err
		}
	}
	from, args := q.tallies(asOf)
	if q.Definition.Takes.Distinct() {
		query, args := distinct(q.Definition, from, args, "")
		found, err := s.list(ctx, "SELECT code, '', '', '', 1, 0, first, code FROM ("+query+") AS t WHERE code > ? ORDER BY code LIMIT ?", append(args, after, limit), q)
		return found, asOf, err
	}
	value := valueOf(q.Definition)
	key := "0"
	if after != "" {
		key = after
	}
	var id int64
	if _, err := fmt.Sscan(key, &id); err != nil {
		return nil, 0, err
	}
	found, err := s.list(ctx, "SELECT record, number, title, "+dayOf(q.Definition)+", "+value+", 0, id, CAST(id AS VARCHAR(20)) AS page FROM tallies WHERE "+from+" AND "+value+
		" <> 0 AND id > ? ORDER BY id LIMIT ?", append(args, id, limit), q)
	return found, asOf, err
}

// Differences are the records by which a figure of a closed period differs from what it was before the entry at a sequence: which record, what it was and
// is, and by which entry. A record that has come back to what it was is none.
func (s *Counting) Differences(ctx context.Context, q Question, since, asOf int64, page Slice) ([]Record, error) {
	after, limit := page.After, page.Limit
	from, args := q.tallies(asOf)
	then := entry.Key(q.Jurisdiction, since)
	if q.Definition.Takes.Distinct() {
		query, args := distinct(q.Definition, from, args, " HAVING MIN(id) >= ?")
		return s.list(ctx, "SELECT code, '', '', '', 1, 0, first, code FROM ("+query+") AS t WHERE code > ? ORDER BY code LIMIT ?", append(args, then, after, limit), q)
	}
	value := valueOf(q.Definition)
	sum := func(what string) string { return "CAST(COALESCE(SUM(" + what + "), 0) AS BIGINT)" }
	early := "CASE WHEN id < ? THEN " + value + " ELSE 0 END"
	late := "CASE WHEN id >= ? THEN " + value + " ELSE 0 END"
	query := "SELECT record, MAX(number), MAX(title), MAX(" + dayOf(q.Definition) + "), " + sum(value) + ", " + sum(early) + ", MAX(id), record FROM tallies WHERE " + from +
		" AND record > ? GROUP BY record HAVING " + sum(late) + " <> 0 ORDER BY record LIMIT ?"
	return s.list(ctx, query, append(append([]any{then}, args...), after, then, limit), q)
}

// tallies says which tallies a question takes, up to an entry.
func (q Question) tallies(asOf int64) (where string, args []any) {
	kinds, kindArgs := in(q.Definition.Kinds)
	where, args = "jurisdiction = ? AND kind IN "+kinds+" AND id < ?", append(append([]any{q.Jurisdiction}, kindArgs...), entry.Key(q.Jurisdiction, asOf))
	and := func(condition string, arg any) { where, args = where+" AND "+condition, append(args, arg) }
	if q.Period != "" {
		and(dayOf(q.Definition)+" >= ?", q.Period.First().Format(time.DateOnly))
		and(dayOf(q.Definition)+" < ?", q.Period.End().Format(time.DateOnly))
	}
	if q.Definition.Channel != "" {
		and("channel = ?", q.Definition.Channel)
	}
	if q.Dimension != figure.Whole {
		and(string(q.Dimension)+" = ?", q.Key) // check has made sure that it is one of the definition's
	}
	return where, args
}

func dayOf(d figure.Definition) string {
	if d.ByBase {
		return "base"
	}
	return "day"
}

// valueOf is the column that a definition takes.
func valueOf(d figure.Definition) string {
	switch d.Takes {
	case figure.Count:
		return "count"
	case figure.Gathered:
		return "collected"
	case figure.Unpriced:
		return "unpriced"
	}
	return "amount_fen"
}

// distinct is each code once, with the first entry that counts it.
func distinct(d figure.Definition, from string, args []any, having string) (string, []any) {
	side := func(column string) string { return "SELECT " + column + " AS code, id FROM tallies WHERE " + from }
	var union string
	switch d.Takes {
	case figure.Buyers:
		union = side("buyer_code")
	case figure.Sellers:
		union = side("seller_code")
	default:
		union, args = side("buyer_code")+" UNION ALL "+side("seller_code"), append(args[:len(args):len(args)], args...)
	}
	return "SELECT code, MIN(id) AS first FROM (" + union + ") AS sides GROUP BY code" + having, args
}

func (s *Counting) list(ctx context.Context, query string, args []any, q Question) (found []Record, err error) {
	rows, err := s.db.ReadSQL().QueryContext(ctx, storage.Rebind(s.db.Dialect(), query), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r Record
		if err := rows.Scan(&r.Name, &r.Number, &r.Title, &r.Day, &r.Value, &r.Before, &r.Sequence, &r.Key); err != nil {
			return nil, err
		}
		r.Sequence -= entry.Key(q.Jurisdiction, 0)
		found = append(found, r)
	}
	return found, rows.Err()
}
