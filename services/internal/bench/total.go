package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"path/filepath"
	"time"

	"github.com/jiebang/jiebang/services/internal/bench/contracts"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const (
	million     = 1_000_000
	askPerRound = 300 // GetTotal
	sumPerRound = 2   // SELECT SUM
	fromMonth   = "2024-04"
	toMonth     = "2025-03"
)

const sumContracts = `SELECT SUM(total_fen), COUNT(*) FROM contracts WHERE jurisdiction = ? AND state = ? AND sign_date >= ? AND sign_date <= ?`

// totalMillion compares a total over a million contracts with adding them up.
func totalMillion(ctx context.Context, b *bench) (err error) {
	dir, err := b.sub("total")
	if err != nil {
		return err
	}
	m, err := openMarket(ctx, dir, "", oneJurisdiction)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.stop()) }()
	db, err := contracts.Fill(ctx, filepath.Join(dir, "jiebang.db"), million)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	firm, err := m.join(ctx, oneJurisdiction, pb.Organization_ENTERPRISE)
	if err != nil {
		return err
	}
	var times, ratios []float64
	for round := range rounds {
		ask, total, err := askTotal(ctx, m, firm)
		if err != nil {
			return err
		}
		scan, err := sumTable(ctx, db, total)
		if err != nil {
			return err
		}
		log.Printf("  round %d: GetTotal %.3f ms, SELECT SUM %.1f ms", round+1, ask, scan)
		times, ratios = append(times, ask), append(ratios, scan/ask)
	}
	b.print("total_million_ms", median(times), "ms")
	b.print("total_million_ratio", median(ratios), "ratio")
	return nil
}

// askTotal returns the median time of GetTotal in milliseconds.
func askTotal(ctx context.Context, m *market, firm member) (ms float64, total *pb.Total, err error) {
	api := pb.NewAuditServiceClient(m.conns[0])
	times := make([]float64, askPerRound)
	for i := range times {
		began := time.Now()
		total, err = api.GetTotal(firm.as(ctx), &pb.GetTotalRequest{Name: "ledgers/" + oneJurisdiction + "/total", FromMonth: fromMonth, ToMonth: toMonth})
		if err != nil {
			return 0, nil, err
		}
		times[i] = milliseconds(time.Since(began))
	}
	return median(times), total, nil
}

// sumTable returns the median time of adding the table up in milliseconds, and makes sure that both come to the same.
func sumTable(ctx context.Context, db *sql.DB, want *pb.Total) (ms float64, err error) {
	times := make([]float64, sumPerRound)
	for i := range times {
		var sum, count int64
		began := time.Now()
		if err := db.QueryRowContext(ctx, sumContracts, oneJurisdiction, "active", fromMonth+"-01", toMonth+"-31").Scan(&sum, &count); err != nil {
			return 0, err
		}
		times[i] = milliseconds(time.Since(began))
		if count != want.GetContractsSigned() || sum/100 != want.GetAmount().GetUnits() {
			return 0, fmt.Errorf("the table adds up to %d fen in %d contracts, GetTotal says %v in %d", sum, count, want.GetAmount(), want.GetContractsSigned())
		}
	}
	return median(times), nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
