package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Question is one about a published demand, with its answer. It does not say who asked.
type Question struct{ ent.Schema }

// Mixin of Question.
func (Question) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of Question.
func (Question) Fields() []ent.Field {
	return []ent.Field{
		field.String("demand_id").MaxLen(40).Immutable(),
		field.String("asker").MaxLen(32).Immutable().Comment("a pseudonym: the same for one asker within a demand, and of no use elsewhere"),
		field.Text("text").Immutable(),
		field.Text("answer").Default(""),
		field.Time("answered_at").Optional().Nillable(),
	}
}

// Indexes of Question.
func (Question) Indexes() []ent.Index {
	return []ent.Index{index.Fields("demand_id", "created_at", "id")}
}
