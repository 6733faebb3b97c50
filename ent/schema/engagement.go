package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Engagement is how far a demand and an organization that were shown to each other have come. It decides nothing, names no person, and is in no
// ledger.
type Engagement struct{ ent.Schema }

// Fields of Engagement.
func (Engagement) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(120).Immutable().Comment("source/demand/organization"),
		field.String("jurisdiction").MaxLen(6).Immutable(),
		field.String("source").MaxLen(20).Immutable(),
		field.String("demand_id").MaxLen(40).Immutable(),
		field.String("organization_id").MaxLen(40).Immutable(),
		field.Time("shown_at").Comment("the first time"),
		field.Time("opened_at").Optional().Nillable().Comment("the first time"),
		field.Time("contacted_at").Optional().Nillable().Comment("the first time"),
	}
}

// Indexes of Engagement.
func (Engagement) Indexes() []ent.Index {
	return []ent.Index{index.Fields("jurisdiction", "shown_at")}
}
