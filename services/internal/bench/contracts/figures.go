package contracts

import (
	"context"
	"database/sql"
	"errors"
	"log"
	"strings"

	"github.com/jiebang/jiebang/services/counting/figure"
	"github.com/jiebang/jiebang/services/money"
)

// Figures are what the figures of a filled table come to, with a day and the traits of one contract in it.
type Figures struct {
	Values map[figure.Cell]int64
	Day    string
	figure.Traits
}

// insertBatch is how many cells one statement writes.
const insertBatch = 1000

// FillFigures writes the cells that the consumer would have made of the contracts that Fill made, had half of each been paid at once.
func FillFigures(ctx context.Context, db *sql.DB) (*Figures, error) {
	rows, err := db.QueryContext(ctx, "SELECT id, channel, class, field, buyer_id, seller_id, total_fen, sign_date FROM contracts")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	cells, f := figure.NewCells(), &Figures{}
	for rows.Next() {
		t := figure.Tally{Kind: figure.Signed, Count: 1, Traits: figure.Traits{Grade: "A", BuyerRegion: "330182", SellerRegion: "330106", Industry: "C26"}}
		if err := rows.Scan(&t.Record, &t.Channel, &t.Class, &t.Field, &t.Buyer, &t.Seller, (*int64)(&t.Amount), &t.Day); err != nil {
			return nil, err
		}
		t.Base, t.BuyerCode, t.SellerCode = t.Day, t.Buyer, t.Seller
		figure.Add(t, cells.Add)
		f.Day, f.Traits = t.Day, t.Traits
		t.Kind, t.Amount = figure.Paid, t.Amount/2+money.Fen(1)
		figure.Add(t, cells.Add)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	f.Values = cells.Values()
	log.Printf("  made %d cells", len(f.Values))
	return f, insert(ctx, db, f.Values)
}

func insert(ctx context.Context, db *sql.DB, values map[figure.Cell]int64) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	var args []any
	write := func() error {
		if len(args) == 0 {
			return nil
		}
		const row = "(?, ?, ?, ?, ?, ?, ?)"
		_, err := tx.ExecContext(ctx, "INSERT INTO figures (id, jurisdiction, metric, period, dimension, key, value) VALUES "+row+strings.Repeat(", "+row, len(args)/7-1), args...)
		args = args[:0]
		return err
	}
	for c, v := range values {
		args = append(args, c.ID("330182"), "330182", c.Ref, string(c.Period), string(c.Dimension), c.Key, v)
		if len(args) == 7*insertBatch {
			if err := write(); err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
	}
	if err := write(); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
