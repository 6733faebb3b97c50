package matching

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/index"
	"github.com/jiebang/jiebang/services/matching/match"
)

const (
	recount   = time.Hour // the frequencies of terms are counted again
	tenth     = 10        // or when a pool has changed by one in so many
	askSample = 5000      // demands whose texts are counted
	lookModel = 2 * time.Second
)

// model is the weights, the words, and the frequencies of terms, which follow the pools.
type model struct {
	weights *match.Model
	table   *match.Table
	pools   atomic.Pointer[map[engine.Kind]*match.Matcher]
	mu      sync.Mutex
	sizes   map[engine.Kind]int // when the pools were last counted
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

// smallPool is counted anew whenever it is asked about and has changed; larger ones are counted aside.
const smallPool = 2000

// fresh counts the terms of small pools that have changed since they were counted, so that a new market is matched by what is in it.
func (o *model) fresh(ctx context.Context, x *index.Index) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !x.Ready() {
		return engine.ErrNotReady
	}
	now, all, err := sizes(ctx, x)
	if err != nil || all > smallPool && o.pools.Load() != nil || maps.Equal(now, o.sizes) {
		return err
	}
	o.sizes = now
	return o.count(ctx, x)
}

// grown reports whether a pool has changed by a tenth since it was last counted, and remembers the sizes if so.
func (o *model) grown(ctx context.Context, x *index.Index) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	now, _, err := sizes(ctx, x)
	if err != nil {
		return false
	}
	for k, n := range now {
		if d := n - o.sizes[k]; max(d, -d)*tenth > o.sizes[k] {
			o.sizes = now
			return true
		}
	}
	return false
}

// sizes are how many documents of each kind, and of all, are in the index.
func sizes(ctx context.Context, x *index.Index) (of map[engine.Kind]int, all int, err error) {
	of = map[engine.Kind]int{}
	for _, k := range engine.Kinds {
		stats, err := x.Memory().Stats(ctx, k)
		if err != nil {
			return nil, 0, err
		}
		of[k] = stats.Docs
		all += stats.Docs
	}
	return of, all, nil
}

// followModel counts again when a pool has changed much, and every hour, until ctx ends.
func (m *Matching) followModel(ctx context.Context) {
	var counted time.Time
	for {
		if m.index.Ready() && (m.db.Clock().Now().Sub(counted) >= recount || m.model.grown(ctx, m.index)) {
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
