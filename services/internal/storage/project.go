package storage

import (
	"context"
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcursor "github.com/jiebang/jiebang/ent/gen/ent/cursor"
	"github.com/jiebang/jiebang/services/internal/storage/cells"
	"github.com/jiebang/jiebang/services/internal/storage/statement"
)

// Projection is a transaction of a ledger consumer. All that it can do is add to the totals and write the inbox.
type Projection struct {
	Position int64 // entries before this sequence are applied

	client  *ent.Client
	dialect string
}

// Cell is a cell of the totals.
type Cell struct{ Jurisdiction, Metric, Month, Channel, Field string }

// Add adds to a cell of the totals.
func (p *Projection) Add(ctx context.Context, c Cell, count, amountFen int64) error {
	_, err := p.client.ExecContext(ctx, Rebind(p.dialect, `INSERT INTO totals (id, jurisdiction, metric, month, channel, field, count, amount_fen)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET count = totals.count + excluded.count, amount_fen = totals.amount_fen + excluded.amount_fen`),
		strings.Join([]string{c.Jurisdiction, c.Metric, c.Month, c.Channel, c.Field}, "/"), c.Jurisdiction, c.Metric, c.Month, c.Channel, c.Field, count, amountFen)
	return err
}

// Notices is the inbox.
func (p *Projection) Notices() *ent.NoticeClient { return p.client.Notice }

// Deliveries are what of the inbox goes to webhooks.
func (p *Projection) Deliveries() *ent.DeliveryClient { return p.client.Delivery }

// Imprints are what is kept of the subjects of entries, to tell what their next entries change.
func (p *Projection) Imprints() *ent.ImprintClient { return p.client.Imprint }

// Project lets a consumer apply entries: apply returns the position after the last entry that it has applied. The cursor is locked, moved
// and committed with what apply wrote, so each entry is applied once however many servers run, and none is missed.
func Project(ctx context.Context, db *DB, consumer, jurisdiction string, apply func(*Projection) (int64, error)) error {
	s, err := db.engine.project(ctx, consumer+"/"+jurisdiction, jurisdiction)
	if err != nil {
		return err
	}
	defer s.abort()
	p := &Projection{Position: s.position, client: s.client, dialect: db.dialect}
	position, err := apply(p)
	if err != nil || position == s.position {
		return err
	}
	if err := s.client.Cursor.Update().Where(entcursor.ID(consumer + "/" + jurisdiction)).SetPosition(position).Exec(ctx); err != nil {
		return err
	}
	return s.commit(ctx, pending{})
}

// Tallies are what entries gave to count.
func (p *Projection) Tallies() *ent.TallyClient { return p.client.Tally }

// Parties are organizations as the consumer of the figures has read of them.
func (p *Projection) Parties() *ent.FigurePartyClient { return p.client.FigureParty }

// Cells writes the cells of the figures.
func (p *Projection) Cells() cells.Writer { return cells.Writer{On: p.client, Dialect: p.dialect} }

// Rebind turns the ? of a query into $1, $2 … where the dialect wants it.
func Rebind(dialectName, query string) string { return statement.Rebind(dialectName, query) }
