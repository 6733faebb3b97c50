package counting

import (
	"context"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/counting/figure"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger"
)

// Question is what a figure is asked for.
type Question struct {
	Jurisdiction string
	Definition   figure.Definition
	Period       figure.Period
	Dimension    figure.Dimension // with Key: one group of it
	Key          string
	AtLeast      int64 // sequence that must be counted
}

// check makes sure that a question can be answered.
func (q Question) check() error {
	if q.Definition.Missing != "" {
		return figure.ErrMissing.With("figure", q.Definition.Code).With("missing", q.Definition.Missing)
	}
	if q.Dimension == figure.Whole {
		return nil
	}
	for _, part := range q.measures() {
		if !has(part, q.Dimension) {
			return figure.ErrDimension.With("figure", q.Definition.Code).With("dimension", string(q.Dimension)).At("dimension")
		}
	}
	return nil
}

func has(d figure.Definition, by figure.Dimension) bool {
	for _, one := range d.Dimensions {
		if one == by {
			return true
		}
	}
	return false
}

// measures are the definition itself, or the two that it is the ratio of.
func (q Question) measures() []figure.Definition { return Measures(q.Definition, q.Period) }

// Measures are a definition itself, or for a ratio the two measures that count a period.
func Measures(d figure.Definition, p figure.Period) (found []figure.Definition) {
	if !d.Ratio() {
		return []figure.Definition{d}
	}
	for _, code := range []string{d.Over, d.Under} {
		if part, err := figure.InForce(code, p); err == nil {
			found = append(found, part)
		}
	}
	return found
}

// Group is what a figure comes to for one key, and came to a year before.
type Group struct {
	Key    string
	Period figure.Period
	Value  *int64 // nil for a ratio to nothing
	Last   *int64 // nil where there is no year before, or it was counted by another version
	Change *int64 // 同比 in basis points; nil where there is none
}

// Answer is groups, and up to which entry they stand.
type Answer struct {
	Groups []Group
	AsOf   int64 // entries before this sequence are counted
}

// One answers with a figure for one period and one key, or the whole.
func (s *Counting) One(ctx context.Context, q Question) (Group, int64, error) {
	if err := q.check(); err != nil {
		return Group{}, 0, err
	}
	if err := s.reach(ctx, q); err != nil {
		return Group{}, 0, err
	}
	found, asOf, err := s.read(ctx, q, []figure.Period{q.Period}, " AND key = ?", q.Key)
	if err != nil {
		return Group{}, 0, err
	}
	return q.group(found, q.Period, q.Key), asOf, nil
}

// Parts answers with a figure for each part of a period.
func (s *Counting) Parts(ctx context.Context, q Question, size figure.Size) (*Answer, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	if err := s.reach(ctx, q); err != nil {
		return nil, err
	}
	parts := q.Period.Parts(size)
	found, asOf, err := s.read(ctx, q, parts, " AND key = ?", q.Key)
	if err != nil {
		return nil, err
	}
	answer := &Answer{AsOf: asOf}
	for _, p := range parts {
		answer.Groups = append(answer.Groups, q.group(found, p, q.Key))
	}
	return answer, nil
}

// Keys answers with a figure for each key of a dimension, in their order, after one and at most so many.
func (s *Counting) Keys(ctx context.Context, q Question, after string, first bool, limit int) (*Answer, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	if err := s.reach(ctx, q); err != nil {
		return nil, err
	}
	refs, args := in(refsOf(q.measures()))
	where := " AND key IN (SELECT DISTINCT key FROM figures WHERE jurisdiction = ? AND metric IN " + refs + " AND period = ? AND dimension = ?"
	args = append(append([]any{q.Jurisdiction}, args...), string(q.Period), string(q.Dimension))
	if !first {
		where += " AND key > ?"
		args = append(args, after)
	}
	found, asOf, err := s.read(ctx, q, []figure.Period{q.Period}, where+" ORDER BY key LIMIT ?)", append(args, limit)...)
	if err != nil {
		return nil, err
	}
	answer := &Answer{AsOf: asOf}
	for _, c := range found.order {
		if c.Period == q.Period && (len(answer.Groups) == 0 || answer.Groups[len(answer.Groups)-1].Key != c.Key) {
			answer.Groups = append(answer.Groups, q.group(found, q.Period, c.Key))
		}
	}
	return answer, nil
}

// Now is what versions of measures come to in a period, and as of which entry.
func (s *Counting) Now(ctx context.Context, jurisdiction string, p figure.Period, refs []string) (map[string]int64, int64, error) {
	inRefs, args := in(refs)
	values := map[string]int64{}
	query := "SELECT metric, value FROM figures WHERE jurisdiction = ? AND metric IN " + inRefs + " AND period = ? AND dimension = '' UNION ALL SELECT '', position FROM cursors WHERE id = ?"
	args = append(append([]any{jurisdiction}, args...), string(p), Consumer+"/"+jurisdiction)
	rows, err := s.db.ReadSQL().QueryContext(ctx, storage.Rebind(s.db.Dialect(), query), args...)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var ref string
		var value int64
		if err := rows.Scan(&ref, &value); err != nil {
			return nil, 0, err
		}
		values[ref] = value
	}
	return values, values[""], rows.Err()
}

// group makes the group of a period and a key of what was read.
func (q Question) group(found cells, p figure.Period, key string) Group {
	g := Group{Key: key, Period: p, Value: q.value(found, p, key)}
	before, ok := p.Before()
	then, err := figure.InForce(q.Definition.Code, before)
	if !ok || err != nil || then.Ref() != q.Definition.Ref() {
		return g
	}
	g.Last = q.value(found, before, key)
	if q.Definition.Ratio() || g.Value == nil || g.Last == nil {
		return g // a ratio's change would be a ratio of ratios
	}
	if change, ok := figure.Change(*g.Value, *g.Last, q.Definition, then); ok {
		g.Change = &change
	}
	return g
}

func (q Question) value(found cells, p figure.Period, key string) *int64 {
	parts := Measures(q.Definition, p)
	at := func(d figure.Definition) int64 {
		return found.values[figure.Cell{Ref: d.Ref(), Period: p, Dimension: q.Dimension, Key: key}]
	}
	if !q.Definition.Ratio() {
		v := at(parts[0])
		return &v
	}
	if len(parts) < 2 {
		return nil
	}
	if v, ok := figure.Share(at(parts[0]), at(parts[1])); ok {
		return &v
	}
	return nil
}

// cells are what was read, in the order of their keys.
type cells struct {
	order  []figure.Cell
	values map[figure.Cell]int64
}

func refsOf(definitions []figure.Definition) (refs []string) {
	for _, d := range definitions {
		refs = append(refs, d.Ref())
	}
	return refs
}

// in writes a list for SQL.
func in[T ~string](values []T) (string, []any) {
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = string(v)
	}
	if len(args) == 0 {
		return "(NULL)", nil
	}
	return "(?" + strings.Repeat(", ?", len(args)-1) + ")", args
}

// read reads cells of periods and of the same periods a year before, and how far the ledger is counted, in one statement and so in one snapshot.
func (s *Counting) read(ctx context.Context, q Question, periods []figure.Period, where string, more ...any) (found cells, asOf int64, err error) {
	definitions := q.measures()
	all := periods
	for _, p := range periods {
		if before, ok := p.Before(); ok {
			all = append(all[:len(all):len(all)], before)
			definitions = append(definitions, Measures(q.Definition, before)...)
		}
	}
	refs, args := in(refsOf(definitions))
	inPeriods, periodArgs := in(all)
	args = append(append(append([]any{q.Jurisdiction}, args...), periodArgs...), string(q.Dimension))
	query := "SELECT metric, period, key, value FROM figures WHERE jurisdiction = ? AND metric IN " + refs + " AND period IN " + inPeriods + " AND dimension = ?" + where +
		" UNION ALL SELECT '', '', '', position FROM cursors WHERE id = ? ORDER BY 3"
	args = append(append(args, more...), Consumer+"/"+q.Jurisdiction)
	rows, err := s.db.ReadSQL().QueryContext(ctx, storage.Rebind(s.db.Dialect(), query), args...)
	if err != nil {
		return found, 0, err
	}
	defer rows.Close()
	found.values = map[figure.Cell]int64{}
	for rows.Next() {
		c, value := figure.Cell{Dimension: q.Dimension}, int64(0)
		if err := rows.Scan(&c.Ref, &c.Period, &c.Key, &value); err != nil {
			return found, 0, err
		}
		if c.Ref == "" {
			asOf = value
			continue
		}
		found.order = append(found.order, c)
		found.values[c] = value
	}
	return found, asOf, rows.Err()
}

// waitFor is how long a question waits for an entry to be counted.
const waitFor = 5 * time.Second

// reach makes sure that the ledger exists, and waits until the entry that is asked for is counted.
func (s *Counting) reach(ctx context.Context, q Question) error {
	if _, err := ledger.Head(ctx, s.db.Read, q.Jurisdiction); err != nil || q.AtLeast == 0 {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, waitFor)
	defer cancel()
	for {
		at, err := positionOf(ctx, s.db.Read, q.Jurisdiction)
		if ctx.Err() != nil {
			return ErrBehind
		}
		if err != nil || at > q.AtLeast {
			return err
		}
		timer := time.NewTimer(20 * time.Millisecond)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ErrBehind
		}
	}
}
