package province

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"
)

// Write writes rows of a province into an empty database of SQLite, whose schema is the product's.
func Write(ctx context.Context, db *sql.DB, demands, achievements int) error {
	rows := New("rows")
	return errors.Join(
		insert(ctx, db, "demands (id, jurisdiction, version, entry_seq, entry_hash, created_at, updated_at, organization_id, number, title, description, "+
			"field, budget_fen, deadline, state, published_at)", demands, func(i int) []any {
			d := rows.Demand(i)
			return []any{d.ID, d.Jurisdiction, d.Version, d.EntrySeq, d.EntryHash, stamp(d.CreatedAt), stamp(d.UpdatedAt), d.OrganizationID, *d.Number, d.Title,
				d.Description, string(d.Field), d.BudgetFen, stamp(*d.Deadline), string(d.State), stamp(*d.PublishedAt)}
		}),
		insert(ctx, db, "achievements (id, jurisdiction, version, entry_seq, entry_hash, created_at, updated_at, organization_id, title, summary, field, "+
			"industries, disciplines, keywords, properties, trl, maturity, modes, price_fen, region, state, published_at)", achievements, func(i int) []any {
			a := rows.Achievement(i)
			return []any{a.ID, a.Jurisdiction, a.Version, a.EntrySeq, a.EntryHash, stamp(a.CreatedAt), stamp(a.UpdatedAt), a.OrganizationID, a.Title, a.Summary,
				string(a.Field), "[]", "[]", list(a.Keywords), "[]", a.Trl, string(a.Maturity), list(a.Modes), a.PriceFen, a.Region, string(a.State), stamp(*a.PublishedAt)}
		}))
}

func stamp(t time.Time) string { return t.Format("2006-01-02 15:04:05-07:00") }

func list[T any](of []T) string {
	text, err := json.Marshal(of)
	if err != nil {
		panic(err) // they are strings
	}
	return string(text)
}

// insert writes n rows in one transaction.
func insert(ctx context.Context, db *sql.DB, into string, n int, row func(i int) []any) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing after Commit
	values := "?"
	for range len(row(0)) - 1 {
		values += ", ?"
	}
	stmt, err := tx.PrepareContext(ctx, "INSERT INTO "+into+" VALUES ("+values+")")
	for i := 0; i < n && err == nil; i++ {
		_, err = stmt.ExecContext(ctx, row(i)...)
	}
	return errors.Join(err, tx.Commit())
}
