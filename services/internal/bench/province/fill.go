package province

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/index"
)

// putBatch is how many documents an engine is given at a time.
const putBatch = 1000

// Fill fills an engine as a server does, and tells how long the engine took: making the texts is not counted.
func Fill(ctx context.Context, e engine.Engine, c clock.Clock) (took time.Duration, err error) {
	for _, k := range New("rows").Indexes() {
		g, err := e.Begin(ctx, k.Kind, index.Schemas[k.Kind])
		if err != nil {
			return 0, err
		}
		for i := 0; i < k.Docs; i += putBatch {
			docs := make([]engine.Doc, min(putBatch, k.Docs-i))
			for j := range docs {
				docs[j] = k.Doc(i + j)
			}
			began := c.Now()
			if _, err := g.Put(ctx, docs...); err != nil {
				return 0, errors.Join(err, g.Abort(ctx))
			}
			took += c.Now().Sub(began)
		}
		began := c.Now()
		if err := g.Commit(ctx); err != nil {
			return 0, err
		}
		took += c.Now().Sub(began)
	}
	return took, nil
}

// Makers makes what so many callers ask with.
func Makers(n int) []*Maker {
	all := make([]*Maker, n)
	for i := range all {
		all[i] = New("caller " + strconv.Itoa(i))
	}
	return all
}
