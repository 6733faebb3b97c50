package schema

import "github.com/jiebang/jiebang/ent/schema/part"

// Tally is what one ledger entry gives to count: which record, by how much, on which day, of what kind. It is written once, by the consumer of the figures,
// and can be made again from the entries.
type Tally struct{ part.Tally }

// Figure is a cell of the figures: what one definition comes to in one period, for one key of one dimension.
type Figure struct{ part.Figure }

// FigureMember is an organization that is counted in a cell of a figure of organizations 家: once, however often it comes.
type FigureMember struct{ part.FigureMember }

// FigureParty is an organization as the consumer of the figures has read of it last.
type FigureParty struct{ part.FigureParty }

// Closure is a period that is closed: what its figures were then, for ever. A restatement is a further row.
type Closure struct{ part.Closure }
