package province

import (
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/index"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Page is how many hits a search asks for.
const Page = 20

// Index is the documents of one index, made in their order.
type Index struct {
	Kind engine.Kind
	Docs int
	Doc  func(i int) engine.Doc
}

// Indexes are the documents of all rows of a province.
func (m *Maker) Indexes() []Index {
	return []Index{
		{engine.Demands, Demands, func(i int) engine.Doc { d, _ := index.Demand(m.Demand(i)); return d }},
		{engine.Achievements, Achievements, func(i int) engine.Doc { d, _ := index.Achievement(m.Achievement(i)); return d }},
	}
}

// Question is a search of either kind with a filter, facets, and what SearchDemands and SearchAchievements highlight.
func (m *Maker) Question() engine.Query {
	field := engine.In{Attr: "field", Values: []engine.Value{engine.Str(m.Field().String())}}
	q := engine.Query{Kind: engine.Achievements, Text: m.Asked(), Filter: engine.And{field}, Limit: Page, Facets: []string{"field", "maturity", "region"},
		Highlight: []string{"title", "keywords", "summary"}}
	if m.Below(3) == 0 {
		q.Kind, q.Facets, q.Highlight = engine.Demands, []string{"field", "state", "jurisdiction"}, []string{"title", "number", "description"}
	}
	return q
}

// Field is one of the three technology fields that have most.
func (m *Maker) Field() pb.TechnologyField {
	return pb.TechnologyField(1 + m.Below(3)) // zero is none
}
