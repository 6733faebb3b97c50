package reporting

import (
	"context"
	"fmt"
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entclosure "github.com/jiebang/jiebang/ent/gen/ent/closure"
	entfigure "github.com/jiebang/jiebang/ent/gen/ent/figure"
	entmember "github.com/jiebang/jiebang/ent/gen/ent/figuremember"
	entparty "github.com/jiebang/jiebang/ent/gen/ent/figureparty"
	enttally "github.com/jiebang/jiebang/ent/gen/ent/tally"
	"github.com/jiebang/jiebang/services/closing"
	"github.com/jiebang/jiebang/services/counting"
	"github.com/jiebang/jiebang/services/counting/figure"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/reporting/replay"
)

func (v *verifier) closures(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Closure, error) {
		return v.read.Closure.Query().Where(entclosure.Jurisdiction(v.jurisdiction), entclosure.IDGT(after)).Order(entclosure.ByID()).Limit(verifyBatch).All(ctx)
	}, func(c *ent.Closure) row {
		return row{"closures", c.ID, id.ClosureName(c.ID), c.EntrySeq, c.EntryHash, closing.Image(c)}
	})
}

func (v *verifier) figureWrong(table, key, text string) {
	v.Problem(replay.Problem{Sequence: -1, Subject: table + "/" + key, Column: table, Text: text})
}

// figures compares what is kept of the figures with what the entries come to: the tallies as far as they are counted, and the rest if all are.
func (v *verifier) figures(ctx context.Context, db *storage.DB) error {
	position, err := ledger.Position(ctx, db, counting.Consumer, v.jurisdiction)
	if err != nil {
		return err
	}
	if err := v.tallied(ctx, position); err != nil || position != v.Size() {
		return err
	}
	if err := v.figureCells(ctx); err != nil {
		return err
	}
	if err := v.figureMembers(ctx); err != nil {
		return err
	}
	return v.figureParties(ctx)
}

func (v *verifier) tallied(ctx context.Context, position int64) error {
	want := v.tallies
	for next, last := entry.Key(v.jurisdiction, 0), entry.Key(v.jurisdiction, min(position, v.Size())); ; {
		rows, err := v.read.Tally.Query().Where(enttally.IDGTE(next), enttally.IDLT(last)).Order(enttally.ByID()).Limit(verifyBatch).All(ctx)
		if err != nil {
			return err
		}
		for _, r := range rows {
			have := counting.Tally(r)
			for len(want) > 0 && want[0].Sequence < have.Sequence {
				v.figureWrong("tallies", fmt.Sprint(want[0].Sequence), "缺少这条账目的计数")
				want = want[1:]
			}
			if len(want) == 0 || want[0] != have || r.Jurisdiction != v.jurisdiction {
				v.figureWrong("tallies", fmt.Sprint(have.Sequence), fmt.Sprintf("计数与账目不符,现为 %v", have))
			}
			if len(want) > 0 && want[0].Sequence == have.Sequence {
				want = want[1:]
			}
		}
		if len(rows) < verifyBatch {
			break
		}
		next = rows[len(rows)-1].ID + 1
	}
	for _, t := range want {
		if t.Sequence < position {
			v.figureWrong("tallies", fmt.Sprint(t.Sequence), "缺少这条账目的计数")
		}
	}
	return nil
}

func (v *verifier) figureCells(ctx context.Context) error {
	want := map[string]int64{}
	for c, n := range v.Figures().Values() {
		if n != 0 {
			want[c.ID(v.jurisdiction)] = n
		}
	}
	err := each(func(after string) ([]*ent.Figure, error) {
		return v.read.Figure.Query().Where(entfigure.Jurisdiction(v.jurisdiction), entfigure.IDGT(after)).Order(entfigure.ByID()).Limit(verifyBatch).All(ctx)
	}, func(f *ent.Figure) string {
		c := figure.Cell{Ref: f.Metric, Period: figure.Period(f.Period), Dimension: figure.Dimension(f.Dimension), Key: f.Key}
		if f.ID != c.ID(f.Jurisdiction) || want[f.ID] != f.Value {
			v.figureWrong("figures", f.ID, fmt.Sprintf("统计为 %d,账目合计 %d", f.Value, want[f.ID]))
		}
		delete(want, f.ID)
		return f.ID
	})
	for id, n := range want {
		v.figureWrong("figures", id, fmt.Sprintf("统计缺失,账目合计 %d", n))
	}
	return err
}

func (v *verifier) figureMembers(ctx context.Context) error {
	want := v.Figures().Members(v.jurisdiction)
	err := each(func(after string) ([]*ent.FigureMember, error) {
		return v.read.FigureMember.Query().Where(entmember.Jurisdiction(v.jurisdiction), entmember.IDGT(after)).Order(entmember.ByID()).Limit(verifyBatch).All(ctx)
	}, func(m *ent.FigureMember) string {
		if !want[m.ID] {
			v.figureWrong("figure_members", m.ID, "账目中没有这个单位的计数")
		}
		delete(want, m.ID)
		return m.ID
	})
	for id := range want {
		v.figureWrong("figure_members", id, "缺少这个单位的计数")
	}
	return err
}

func (v *verifier) figureParties(ctx context.Context) error {
	want := v.Parties()
	prefix := "o" + v.jurisdiction + "-"
	seen := map[string]bool{}
	err := each(func(after string) ([]*ent.FigureParty, error) {
		return v.read.FigureParty.Query().Where(entparty.IDGT(max(after, prefix)), entparty.IDLT("o"+v.jurisdiction+".")).Order(entparty.ByID()).Limit(verifyBatch).All(ctx)
	}, func(p *ent.FigureParty) string {
		if want[p.ID] != (figure.Party{Code: p.Code, Region: p.Region, Industry: p.Industry}) {
			v.figureWrong("figure_parties", p.ID, "与账目不符")
		}
		seen[p.ID] = true
		return p.ID
	})
	for id := range want {
		if strings.HasPrefix(id, prefix) && !seen[id] {
			v.figureWrong("figure_parties", id, "缺失")
		}
	}
	return err
}

// each reads rows page by page in the order of their ids.
func each[T any](read func(after string) ([]T, error), look func(T) string) error {
	for after := ""; ; {
		rows, err := read(after)
		if err != nil {
			return err
		}
		for _, r := range rows {
			after = look(r)
		}
		if len(rows) < verifyBatch {
			return nil
		}
	}
}
