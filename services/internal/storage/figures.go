package storage

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/counting/figure"
	"github.com/jiebang/jiebang/services/internal/storage/cells"
)

// Tallies are what entries gave to count.
func (p *Projection) Tallies() *ent.TallyClient { return p.client.Tally }

// Parties are organizations as the consumer of the figures has read of them.
func (p *Projection) Parties() *ent.FigurePartyClient { return p.client.FigureParty }

// Know keeps what was read of an organization.
func (p *Projection) Know(ctx context.Context, organization string, f figure.Party) error {
	_, err := p.client.ExecContext(ctx, Rebind(p.dialect, `INSERT INTO figure_parties (id, code, region, industry) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET code = excluded.code, region = excluded.region, industry = excluded.industry`), organization, f.Code, f.Region, f.Industry)
	return err
}

// AddFigures adds to cells of the figures: values, and organizations that no cell counts twice.
func (p *Projection) AddFigures(ctx context.Context, jurisdiction string, additions []figure.Addition) error {
	return cells.Writer{On: p.client, Dialect: p.dialect}.Add(Several(ctx), jurisdiction, additions)
}
