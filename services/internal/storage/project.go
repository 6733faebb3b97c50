package storage

import (
	"context"
	"strconv"

	"entgo.io/ent/dialect"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcursor "github.com/jiebang/jiebang/ent/gen/ent/cursor"
)

// Projection is a transaction of a ledger consumer. It reaches the projections of the ledger and nothing that is audited.
type Projection struct {
	Total    *ent.TotalClient
	Position int64 // entries before this sequence are applied

	client  *ent.Client
	dialect string
}

// Exec runs SQL that ent cannot say, such as an upsert that adds, with ? for arguments on both databases.
func (p *Projection) Exec(ctx context.Context, query string, args ...any) error {
	_, err := p.client.ExecContext(ctx, Rebind(p.dialect, query), args...)
	return err
}

// Project lets a consumer apply entries: apply returns the position after the last entry that it has applied. The cursor is locked, moved
// and committed with what apply wrote, so each entry is applied once however many servers run, and none is missed.
func Project(ctx context.Context, db *DB, consumer, jurisdiction string, apply func(*Projection) (int64, error)) error {
	s, err := db.engine.project(ctx, consumer+"/"+jurisdiction, jurisdiction)
	if err != nil {
		return err
	}
	defer s.abort()
	p := &Projection{Total: s.client.Total, Position: s.position, client: s.client, dialect: db.dialect}
	position, err := apply(p)
	if err != nil || position == s.position {
		return err
	}
	if err := s.client.Cursor.Update().Where(entcursor.ID(consumer + "/" + jurisdiction)).SetPosition(position).Exec(ctx); err != nil {
		return err
	}
	return s.commit(ctx, pending{})
}

// Rebind turns the ? of a query into $1, $2 … where the dialect wants it.
func Rebind(dialectName, query string) string {
	if dialectName != dialect.Postgres {
		return query
	}
	return rebind(query)
}

func rebind(query string) string {
	b := make([]byte, 0, len(query)+16)
	n := 0
	for _, c := range []byte(query) {
		if c != '?' {
			b = append(b, c)
			continue
		}
		n++
		b = append(b, '$')
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return string(b)
}
