package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Disclosure is what of a demand an organization may read that not everyone may, why, and how often it has.
type Disclosure struct{ ent.Schema }

// Mixin of Disclosure.
func (Disclosure) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of Disclosure.
func (Disclosure) Fields() []ent.Field {
	return []ent.Field{
		field.String("demand_id").MaxLen(40).Immutable(),
		field.String("organization_id").MaxLen(40).Immutable(),
		field.String("agreement").MaxLen(24).Default("").Comment("the version that was accepted; empty for those whom their office binds"),
		field.String("accepted_by").MaxLen(40).Default(""),
		field.Int("times").NonNegative().Default(0),
		field.Bool("winner").Default(false).Comment("the last time with what the winner alone may read"),
		field.String("read_by").MaxLen(40).Default("").Comment("the last time"),
	}
}

// Indexes of Disclosure.
func (Disclosure) Indexes() []ent.Index {
	return []ent.Index{index.Fields("demand_id", "organization_id").Unique()}
}
