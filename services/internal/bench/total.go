package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"path/filepath"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/posting/demand"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const (
	million     = 1_000_000
	fillBatch   = 100_000
	askPerRound = 300 // GetTotal
	sumPerRound = 2   // SELECT SUM
	fromMonth   = "2024-04"
	toMonth     = "2025-03"
)

// fillContracts makes the contracts after ?1 up to ?2: 24 months from January 2024, two channels, eleven fields, amounts that differ. This is
// the preparation of a figure, and nothing that the product would do.
const fillContracts = `WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2 - 1)
INSERT INTO contracts (id, jurisdiction, version, entry_seq, entry_hash, created_at, updated_at, number, title, demand_id, buyer_id, seller_id,
	channel, class, field, total_fen, text_digest, state, recorded, buyer_signed_at, seller_signed_at, sign_date)
SELECT 'c330182-' || printf('%016d', i), '330182', 4, i * 8, zeroblob(32), '2024-01-01 00:00:00+00:00', '2024-01-01 00:00:00+00:00',
	'HT-330182-' || (2024 + i % 24 / 12) || '-' || i, '技术开发合同:超细碳酸钙表面改性', 'd330182-' || printf('%016d', i),
	'o330182-' || printf('%016d', i % 5000), 'o330182-' || printf('%016d', 5000 + i % 700),
	CASE i % 2 WHEN 0 THEN 'jiebang' ELSE 'auction' END, 'development',
	CASE i % 11 %FIELDS END, 10000000 + i * 97 % 900000000, zeroblob(32), 'active', false, '2024-01-01 00:00:00+00:00', '2024-01-01 00:00:00+00:00',
	printf('%04d-%02d-%02d', 2024 + i % 24 / 12, 1 + i % 12, 1 + i / 24 % 28) FROM n`

// fillTotals makes the rows that the consumer would have made of the same contracts.
const fillTotals = `INSERT INTO totals (id, jurisdiction, metric, month, channel, field, count, amount_fen)
SELECT jurisdiction || '/contracts_signed/' || substr(sign_date, 1, 7) || '/' || channel || '/' || field, jurisdiction, 'contracts_signed',
	substr(sign_date, 1, 7), channel, field, COUNT(*), SUM(total_fen) FROM contracts GROUP BY 1`

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
	db, err := fillMillion(ctx, filepath.Join(dir, "jiebang.db"))
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

// fillMillion fills the table beside the running server, in large transactions that need not be durable.
func fillMillion(ctx context.Context, path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(20000)&_pragma=synchronous(OFF)&_pragma=cache_size(-262144)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	var fields strings.Builder
	for i, f := range demand.Field("").Values() {
		fmt.Fprintf(&fields, "WHEN %d THEN '%s' ", i, f)
	}
	fill := strings.Replace(fillContracts, "%FIELDS", fields.String(), 1)
	for from := 0; from < million; from += fillBatch {
		if _, err := db.ExecContext(ctx, fill, from, from+fillBatch); err != nil {
			return nil, errors.Join(err, db.Close())
		}
		log.Printf("  filled %d contracts", from+fillBatch)
	}
	for _, q := range []string{fillTotals, "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := db.ExecContext(ctx, q); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return db, nil
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
