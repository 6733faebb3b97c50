package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/bench/searchserver"
	"github.com/jiebang/jiebang/services/matching/meili"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const (
	meiliDemands = 4_000
	meiliRounds  = 9
)

// meiliServer opens the search server of the environment; figures are left out where there is none.
func meiliServer(ctx context.Context, dir string) (*searchserver.Server, error) {
	s, err := searchserver.Open(ctx, dir)
	if errors.Is(err, searchserver.ErrNone) {
		err = fmt.Errorf("%w: %w", errLeftOut, err)
	}
	return s, err
}

// meiliOverhead compares SearchDemands through gRPC, on a server that uses a Meilisearch, with the bare query that it sends: the same request from
// a client that does nothing else.
func meiliOverhead(ctx context.Context, b *bench) (err error) {
	dir, err := b.sub("meili")
	if err != nil {
		return err
	}
	s, err := meiliServer(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Leave(context.WithoutCancel(ctx))) }()
	firm, err := fillProvince(ctx, dir, meiliDemands, 0)
	if err != nil {
		return err
	}
	sent := &searchserver.Recorder{Transport: searchserver.Plain()}
	search := s.Meilisearch
	search.Transport = sent
	m, err := openMarketAs(ctx, services.Config{DataDir: dir, Search: search}, oneJurisdiction)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.stop()) }()
	if _, err := m.awaitIndex(ctx, firm, time.Now(), "meilisearch"); err != nil {
		return err
	}
	api, asMember := pb.NewSearchServiceClient(m.conns[0]), firm.as(ctx)
	asked, err := searchserver.Ask(asMember, api, sent)
	if err != nil {
		return err
	}
	var ratios []float64
	for round := range meiliRounds {
		ours, err1 := timed(ctx, 1, sideTime/2, func(context.Context, int) error { return asked.Through(asMember, api) })
		bare, err2 := timed(ctx, 1, sideTime/2, func(ctx context.Context, _ int) error { return asked.Past(ctx, s) })
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		log.Printf("  round %d: SearchDemands %.2f ms, the bare query %.2f ms: %.3f", round+1, ours.p50, bare.p50, ours.p50/bare.p50)
		ratios = append(ratios, ours.p50/bare.p50)
	}
	b.print("meili_overhead_ratio", median(ratios), "ratio")
	return nil
}

// meiliKnownItems looks for papers as knownItems does.
func meiliKnownItems(ctx context.Context, b *bench) (err error) {
	data, err := data()
	if err != nil {
		return err
	}
	dir, err := b.sub("meili")
	if err != nil {
		return err
	}
	s, err := meiliServer(ctx, dir)
	if err != nil {
		return err
	}
	e, err := meili.Open(ctx, meili.Options{URL: s.URL, Keys: s.Keys, Prefix: s.Prefix})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Leave(context.WithoutCancel(ctx)), e.Close()) }()
	return find(ctx, b, e, data, [2]string{"meili_csl_mrr10", "meili_keywords_mrr10"})
}
