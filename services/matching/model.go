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
	pools   atomic.Pointer[map[engine.Kind]*pool]
	mu      sync.Mutex
	sizes   map[engine.Kind]int // when the pools were last counted
}

// pool scores with a kind as the pool, knows what its titles mean, and keeps what it has read lately: reading is most of a match.
type pool struct {
	*match.Matcher
	near *match.Near
	mu   sync.Mutex
	kept map[string]kept
}

// kept is a text and what was read in it.
type kept struct {
	text      match.Text
	candidate *match.Candidate
}

// mostKept takes about 50 MB.
const mostKept = 16_384

// read reads a text of a document, unless it has just been read.
func (p *pool) read(id string, t match.Text) *match.Candidate {
	p.mu.Lock()
	k, ok := p.kept[id]
	p.mu.Unlock()
	if ok && k.text == t {
		return k.candidate
	}
	k = kept{t, p.Read(t)}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.kept) >= mostKept {
		clear(p.kept)
	}
	p.kept[id] = k
	return k.candidate
}

func newModel() (*model, error) {
	weights, err := match.Weights()
	if err != nil {
		return nil, err
	}
	table, err := match.Embedded()
	return &model{weights: weights, table: table}, err
}

// pool is that of a kind; nil until it has been counted.
func (o *model) pool(k engine.Kind) *pool {
	if pools := o.pools.Load(); pools != nil {
		return (*pools)[k]
	}
	return nil
}

// count counts the terms of what is in the index: of the titles of what is offered, and of a sample of the demands.
func (o *model) count(ctx context.Context, x *index.Index) error {
	asks := match.NewFrequencies()
	if err := each(ctx, x, engine.Demands, askSample, func(_ string, t match.Text) { asks.Add(t.Body) }); err != nil {
		return err
	}
	pools := map[engine.Kind]*pool{}
	for _, k := range []engine.Kind{engine.Achievements, engine.Profiles} {
		titles := match.NewFrequencies()
		if err := each(ctx, x, k, 0, func(_ string, t match.Text) { titles.Add(t.Title) }); err != nil {
			return err
		}
		p := &pool{Matcher: &match.Matcher{Model: o.weights, Table: o.table, Pool: titles, Asks: asks}, near: &match.Near{}, kept: map[string]kept{}}
		if err := each(ctx, x, k, 0, func(id string, t match.Text) { p.near.Add(p.Matcher, id, t.Title) }); err != nil {
			return err
		}
		pools[k] = p
	}
	o.pools.Store(&pools)
	return nil
}

// each calls do with the texts of a kind, in the order of their ids: all of them, or about as many as is most if that is not 0.
func each(ctx context.Context, x *index.Index, k engine.Kind, most int, do func(id string, t match.Text)) error {
	docs, err := x.Memory().List(ctx, k)
	if err != nil {
		return err
	}
	ids := slices.Sorted(maps.Keys(docs))
	step := 1
	if most > 0 && len(ids) > most {
		step = len(ids) / most
	}
	for i := 0; i < len(ids) && ctx.Err() == nil; i += step {
		if fields, ok := x.Memory().Text(k, ids[i]); ok {
			do(ids[i], textOf(k, fields))
		}
	}
	return ctx.Err()
}

// smallPool is counted anew whenever it is asked about and has changed; larger ones are counted aside, and matched when they have been.
const smallPool = 2000

// fresh counts the terms of small pools that have changed since they were counted, so that a new market is matched by what is in it.
func (o *model) fresh(ctx context.Context, x *index.Index) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !x.Ready() {
		return engine.ErrNotReady
	}
	now, all, err := sizes(ctx, x)
	if err != nil || all > smallPool || maps.Equal(now, o.sizes) {
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
