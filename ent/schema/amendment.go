package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/amending/amendment"
	"github.com/jiebang/jiebang/services/money"
)

// Amendment is a 合同变更.
type Amendment struct{ ent.Schema }

// Mixin of Amendment.
func (Amendment) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Annotations of Amendment: the second belt of the amount rule.
func (Amendment) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Checks(map[string]string{"amendment_total": "new_total_fen > 0 AND new_total_fen <= 1000000000000000"})}
}

// Fields of Amendment.
func (Amendment) Fields() []ent.Field {
	return []ent.Field{
		field.String("contract_id").MaxLen(40).Immutable(),
		field.String("buyer_id").MaxLen(40).Immutable().Comment("the sides are the contract's, which never change"),
		field.String("seller_id").MaxLen(40).Immutable(),
		field.String("drafter_id").MaxLen(40).Immutable().Comment("the organization that drafted it"),
		field.Int("number").Positive().Immutable(),
		field.Strings("reasons").Immutable().Comment("codes of amendment.Reason"),
		field.String("explanation").MaxLen(2000).Immutable(),
		field.Int64("new_total_fen").GoType(money.Fen(0)).Immutable(),
		field.Int64("difference_fen").GoType(money.Fen(0)).Immutable().Comment("new_total_fen less the current total"),
		field.Bytes("text_digest").MaxLen(32).Immutable(),
		field.Enum("state").GoType(amendment.State("")),
		field.Time("buyer_signed_at").Optional().Nillable(),
		field.Time("seller_signed_at").Optional().Nillable(),
		field.String("buyer_signature").MaxLen(800).Optional().Nillable(),
		field.String("seller_signature").MaxLen(800).Optional().Nillable(),
		field.Time("effective_at").Optional().Nillable().Comment("the last signature"),
		field.String("end_reason").MaxLen(2000).Optional().Nillable(),
	}
}

// Indexes of Amendment. That one at a time is open is a second belt too.
func (Amendment) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("contract_id", "number").Unique(),
		index.Fields("buyer_id"), index.Fields("seller_id"),
	}
}
