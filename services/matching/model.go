package matching

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/index"
	"github.com/jiebang/jiebang/services/matching/match"
)

const (
	recount   = time.Hour // the frequencies of terms are counted again
	grown     = 10        // or when a pool has changed by one in so many
	askSample = 5000      // demands whose texts are counted
	lookModel = 2 * time.Second
)

// model is the weights, the words, and the frequencies of terms, which follow the pools.
type model struct {
	weights *match.Model
	table   *match.Table
	pools   atomic.Pointer[map[engine.Kind]*match.Matcher]
}

func newModel() (*model, error) {
	weights, err := match.Weights()
	if err != nil {
		return nil, err
	}
	table, err := match.Embedded()
	return &model{weights: weights, table: table}, err
}

// matcher scores with a kind as the pool; nil until the pool has been counted.
func (o *model) matcher(k engine.Kind) *match.Matcher {
	if pools := o.pools.Load(); pools != nil {
		return (*pools)[k]
	}
	return nil
}

// count counts the terms of what is in the index: of the titles of what is offered, and of a sample of the demands.
func (o *model) count(ctx context.Context, x *index.Index) error {
	ask, err := o.frequencies(ctx, x, engine.Demands, askSample, func(t match.Text) string { return t.Body })
	if err != nil {
		return err
	}
	pools := map[engine.Kind]*match.Matcher{}
	for _, k := range []engine.Kind{engine.Achievements, engine.Profiles} {
		pool, err := o.frequencies(ctx, x, k, 0, func(t match.Text) string { return t.Title })
		if err != nil {
			return err
		}
		pools[k] = &match.Matcher{Model: o.weights, Table: o.table, Pool: pool, Asks: ask}
	}
	o.pools.Store(&pools)
	return nil
}

func (o *model) frequencies(ctx context.Context, x *index.Index, k engine.Kind, most int, of func(match.Text) string) (*match.Frequencies, error) {
	f := match.NewFrequencies()
	docs, err := x.Memory().List(ctx, k)
	if err != nil {
		return f, err
	}
	ids := make([]string, 0, len(docs))
	for id := range docs {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	step := 1
	if most > 0 && len(ids) > most {
		step = len(ids) / most
	}
	for i := 0; i < len(ids); i += step {
		if fields, ok := x.Memory().Text(k, ids[i]); ok {
			f.Add(of(textOf(k, fields)))
		}
	}
	return f, ctx.Err()
}

// follow counts again when a pool has changed much, and every hour, until ctx ends.
func (m *Matching) followModel(ctx context.Context) {
	var counted time.Time
	sizes := map[engine.Kind]int{}
	for {
		if m.index.Ready() && (m.db.Clock().Now().Sub(counted) >= recount || m.changed(ctx, sizes)) {
			counted = m.db.Clock().Now()
			if err := m.model.count(ctx, m.index); err != nil && ctx.Err() == nil {
				m.log.Error("the frequencies of terms could not be counted", "error", err.Error())
			}
		}
		timer := time.NewTimer(lookModel)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// changed reports whether a pool has changed by a tenth since it was last counted, and remembers the sizes if so.
func (m *Matching) changed(ctx context.Context, sizes map[engine.Kind]int) (much bool) {
	now := map[engine.Kind]int{}
	for _, k := range engine.Kinds {
		stats, err := m.index.Memory().Stats(ctx, k)
		if err != nil {
			return false
		}
		now[k] = stats.Docs
		if d := stats.Docs - sizes[k]; max(d, -d)*grown > sizes[k] {
			much = true
		}
	}
	if much {
		for k, n := range now {
			sizes[k] = n
		}
	}
	return much
}
