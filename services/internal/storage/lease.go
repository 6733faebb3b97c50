package storage

import (
	"context"

	"entgo.io/ent/dialect"

	"github.com/jiebang/jiebang/ent/gen/ent"
)

// Lease lets a consumer whose projection is outside the database apply entries: push sends them and returns the position after the last one that
// can be seen there. Whatever it sends must do no harm when it is sent again, since the cursor moves afterwards. On PostgreSQL the lock of the
// cursor's row keeps other servers from doing the same at once; it keeps no writer waiting. SQLite has one server, so nothing is locked there.
func Lease(ctx context.Context, db *DB, consumer, jurisdiction string, push func(position int64) (int64, error)) error {
	if db.dialect == dialect.Postgres {
		return Project(ctx, db, consumer, jurisdiction, func(p *Projection) (int64, error) { return push(p.Position) })
	}
	at, err := cursor(ctx, db, consumer+"/"+jurisdiction)
	if err != nil {
		return err
	}
	next, err := push(at)
	if err != nil || next == at {
		return err
	}
	return Project(ctx, db, consumer, jurisdiction, func(p *Projection) (int64, error) { return max(p.Position, next), nil })
}

// cursor reads a position; 0 if there is none yet.
func cursor(ctx context.Context, db *DB, id string) (int64, error) {
	c, err := db.Read.Cursor.Get(ctx, id)
	if ent.IsNotFound(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return c.Position, nil
}
