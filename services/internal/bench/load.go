package main

import (
	"context"
	"errors"
	"log"
	"runtime"
	"time"

	"github.com/jiebang/jiebang/services/internal/bench/province"
	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/matching/embedded"
	"github.com/jiebang/jiebang/services/matching/engine"
)

const (
	searchers  = 8 // callers
	searchTime = 6 * time.Second
	matchPage  = 300 // candidates of a match, as a server asks for
)

// engineLoad measures the engine in memory with all that a province has: how fast it is filled, what it takes, how fast it searches and matches.
func engineLoad(ctx context.Context, b *bench) error {
	before := liveHeap()
	e := embedded.New()
	took, err := province.Fill(ctx, e, clock.System{})
	if err != nil {
		return err
	}
	grown := liveHeap() - before
	log.Printf("  %d documents in %s", province.Demands+province.Achievements, took.Round(time.Millisecond))
	b.print("index_docs_per_s", (province.Demands+province.Achievements)/took.Seconds(), "/s")
	b.print("index_mb", grown, "MB")
	makers := province.Makers(searchers)
	search, err := timed(ctx, searchers, searchTime, func(ctx context.Context, caller int) error {
		_, err := e.Search(ctx, makers[caller].Question())
		return err
	})
	if err != nil {
		return err
	}
	matched, err := timed(ctx, searchers, searchTime, func(ctx context.Context, caller int) error {
		m := makers[caller]
		_, err := e.Match(ctx, engine.MatchQuery{Kind: engine.Achievements, Text: m.Title() + "\n" + m.Text(), Limit: matchPage})
		return err
	})
	log.Printf("  search at most %.1f ms, match at most %.1f ms", search.most, matched.most)
	b.print("search_p50_ms", search.p50, "ms")
	b.print("search_p99_ms", search.p99, "ms")
	b.print("match_p50_ms", matched.p50, "ms")
	b.print("match_p99_ms", matched.p99, "ms")
	return errors.Join(err, e.Close())
}

// liveHeap is what is in use once all that is not has been given back, in MB.
func liveHeap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / megabyte
}
