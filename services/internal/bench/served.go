package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"path/filepath"
	"time"

	"github.com/jiebang/jiebang/services/internal/bench/province"
	"github.com/jiebang/jiebang/services/internal/rpc"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const readyLimit = 5 * time.Minute // of an index

// serverLoad measures a server whose database has all that a province has: from its start to the first search that its index answers, what it
// takes then, and searches and matches through gRPC.
func serverLoad(ctx context.Context, b *bench) (err error) {
	dir, err := b.sub("province")
	if err != nil {
		return err
	}
	firm, err := fillProvince(ctx, dir, province.Demands, province.Achievements)
	if err != nil {
		return err
	}
	before, began := liveHeap(), time.Now()
	m, err := openMarket(ctx, dir, "", oneJurisdiction)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.stop()) }()
	ready, err := m.awaitIndex(ctx, firm, began, "embedded")
	if err != nil {
		return err
	}
	b.print("search_ready_s", ready.Seconds(), "s")
	makers := province.Makers(searchers)
	for err = m.matchOne(ctx, firm, makers[0], 0); rpc.Reason(err) == "MATCHING_NOT_READY"; err = m.matchOne(ctx, firm, makers[0], 0) {
		time.Sleep(100 * time.Millisecond) // while what is in the index is counted
	}
	if err != nil {
		return err
	}
	b.print("search_server_mb", liveHeap()-before, "MB")
	search, err := timed(ctx, searchers, searchTime, func(ctx context.Context, caller int) error { return m.search(ctx, firm, makers[caller], caller) })
	if err != nil {
		return err
	}
	matched, err := timed(ctx, searchers, searchTime, func(ctx context.Context, caller int) error { return m.matchOne(ctx, firm, makers[caller], caller) })
	b.print("search_grpc_p50_ms", search.p50, "ms")
	b.print("search_grpc_p99_ms", search.p99, "ms")
	b.print("match_grpc_p50_ms", matched.p50, "ms")
	b.print("match_grpc_p99_ms", matched.p99, "ms")
	return err
}

// awaitIndex asks until an engine answers searches, and returns how long that took. Everything else must answer meanwhile.
func (m *market) awaitIndex(ctx context.Context, firm member, began time.Time, engine string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	search, organizations := pb.NewSearchServiceClient(m.conns[0]), pb.NewOrganizationServiceClient(m.conns[0])
	var slowest, first time.Duration
	for {
		asked := time.Now()
		if _, err := organizations.ListOrganizations(firm.as(ctx), &pb.ListOrganizationsRequest{}); err != nil {
			return 0, err
		}
		slowest = max(slowest, time.Since(asked))
		found, err := search.SearchDemands(firm.as(ctx), &pb.SearchDemandsRequest{Query: "碳酸钙", Fields: []pb.TechnologyField{pb.TechnologyField_NEW_MATERIALS}})
		if err != nil {
			return 0, err
		}
		if first == 0 {
			first = time.Since(began)
		}
		if found.GetInfo().GetEngine() == engine {
			log.Printf("  the server answered after %s, searches by %s after %s; meanwhile a list took %s at most", first.Round(time.Millisecond), engine,
				time.Since(began).Round(time.Millisecond), slowest.Round(time.Millisecond))
			return time.Since(began), nil
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// search searches what question searches.
func (m *market) search(ctx context.Context, firm member, of *province.Maker, caller int) (err error) {
	api, fields, query := pb.NewSearchServiceClient(m.conn(caller)), []pb.TechnologyField{of.Field()}, of.Asked()
	if of.Below(3) == 0 {
		_, err = api.SearchDemands(firm.as(ctx), &pb.SearchDemandsRequest{Query: query, PageSize: province.Page, Fields: fields, Facets: []string{"field", "state", "jurisdiction"}})
		return err
	}
	_, err = api.SearchAchievements(firm.as(ctx), &pb.SearchAchievementsRequest{Query: query, PageSize: province.Page, Fields: fields, Facets: []string{"field", "maturity", "region"}})
	return err
}

// matchOne matches any demand.
func (m *market) matchOne(ctx context.Context, firm member, of *province.Maker, caller int) error {
	found, err := pb.NewMatchServiceClient(m.conn(caller)).MatchDemand(firm.as(ctx), &pb.MatchDemandRequest{Name: fmt.Sprintf("demands/d330182-%016x", of.Below(province.Demands))})
	if err == nil && len(found.GetAchievements()) == 0 {
		return errors.New("a demand of a province matches nothing")
	}
	return err
}

// fillProvince makes a database with rows of a province, written beside the product, and an organization that may read them.
func fillProvince(ctx context.Context, dir string, demands, achievements int) (firm member, err error) {
	m, err := openMarket(ctx, dir, "", oneJurisdiction)
	if err != nil {
		return firm, err
	}
	firm, err = m.join(ctx, oneJurisdiction, pb.Organization_ENTERPRISE)
	if err := errors.Join(err, m.stop()); err != nil {
		return firm, err
	}
	began := time.Now()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "jiebang.db")+"?_pragma=synchronous(OFF)&_pragma=cache_size(-262144)")
	if err != nil {
		return firm, err
	}
	db.SetMaxOpenConns(1)
	err = errors.Join(province.Write(ctx, db, demands, achievements), db.Close())
	log.Printf("  wrote %d rows in %s", demands+achievements, time.Since(began).Round(time.Millisecond))
	return firm, err
}
