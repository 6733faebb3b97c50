// Package contracts fills a database with contracts beside the product, for measuring totals over many.
package contracts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"strings"

	_ "modernc.org/sqlite" // the driver that the product has

	"github.com/jiebang/jiebang/services/posting/demand"
)

const fillBatch = 100_000

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

// Fill fills the table beside the running server, in large transactions that need not be durable.
func Fill(ctx context.Context, path string, n int) (*sql.DB, error) {
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
	for from := 0; from < n; from += fillBatch {
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
