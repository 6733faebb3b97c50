package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/vetting/opinion"
)

// Opinion is what an expert was asked about a demand, and has said.
type Opinion struct{ ent.Schema }

// Mixin of Opinion.
func (Opinion) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of Opinion.
func (Opinion) Fields() []ent.Field {
	return []ent.Field{
		field.String("demand_id").MaxLen(40).Immutable(),
		field.String("organization_id").MaxLen(40).Immutable().Comment("of the expert"),
		field.String("person_id").MaxLen(40).Immutable().Comment("the expert"),
		field.String("asked_by").MaxLen(40).Immutable(),
		field.Enum("verdict").GoType(opinion.Verdict("")).Optional().Nillable().Comment("null until it is given"),
		field.Text("text").Default(""),
		field.Time("given_at").Optional().Nillable(),
	}
}

// Indexes of Opinion.
func (Opinion) Indexes() []ent.Index {
	return []ent.Index{index.Fields("demand_id", "person_id").Unique(), index.Fields("person_id")}
}
