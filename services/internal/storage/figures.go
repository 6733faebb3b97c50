package storage

import (
	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/internal/storage/cells"
)

// Tallies are what entries gave to count.
func (p *Projection) Tallies() *ent.TallyClient { return p.client.Tally }

// Parties are organizations as the consumer of the figures has read of them.
func (p *Projection) Parties() *ent.FigurePartyClient { return p.client.FigureParty }

// Cells writes the cells of the figures.
func (p *Projection) Cells() cells.Writer { return cells.Writer{On: p.client, Dialect: p.dialect} }
