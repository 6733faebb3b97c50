package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Contract is a 合同.
type Contract struct{ ent.Schema }

// Mixin of Contract.
func (Contract) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Annotations of Contract: the second belt of the amount rule.
func (Contract) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Checks(map[string]string{"contract_total": "total_fen > 0 AND total_fen <= 1000000000000000"})}
}

// Fields of Contract.
func (Contract) Fields() []ent.Field {
	return []ent.Field{
		field.String("number").MaxLen(40).Optional().Nillable().Comment("合同编号, from coming into force on"),
		field.String("title").MaxLen(400),
		field.String("demand_id").MaxLen(40).Optional().Nillable().Immutable(),
		field.String("buyer_id").MaxLen(40).Immutable(),
		field.String("seller_id").MaxLen(40).Immutable(),
		field.String("broker_id").MaxLen(40).Optional().Nillable(),
		field.Enum("channel").GoType(contract.Channel("")).Immutable(),
		field.Enum("class").GoType(contract.Class("")),
		field.Enum("field").GoType(demand.Field("")),
		field.Int64("total_fen").GoType(money.Fen(0)).Comment("合同成交额"),
		field.Bytes("text_digest").MaxLen(32).Optional(),
		field.Enum("state").GoType(contract.State("")),
		field.Bool("recorded").Immutable().Comment("recorded by the bureau rather than signed here"),
		field.Time("buyer_signed_at").Optional().Nillable(),
		field.Time("seller_signed_at").Optional().Nillable(),
		field.String("sign_date").MaxLen(10).Optional().Nillable().Comment("签订日期, China Standard Time, 2006-01-02"),
		field.Time("buyer_completed_at").Optional().Nillable(),
		field.Time("seller_completed_at").Optional().Nillable(),
		field.String("end_reason").MaxLen(2000).Optional().Nillable(),
		field.Int("text_version").Positive().Default(1).Comment("which text of the contract it is"),
		field.String("change_request").MaxLen(2000).Optional().Nillable().Comment("why a side asked for changes last"),
		field.String("plan").MaxLen(100_000).Default("").Comment("the stages as contract.EncodePlan writes them"),
		field.String("clauses").MaxLen(10_000).Default("").Comment("what is agreed of price and risk, as contract.EncodeClauses writes it"),
		field.String("buyer_signature").MaxLen(800).Optional().Nillable().Comment("as signature.Signature is written"),
		field.String("seller_signature").MaxLen(800).Optional().Nillable(),
		field.String("consortium").MaxLen(900_000).Default("").Comment("who is party B together, as the winning bid has it; empty if the seller is alone"),
		field.String("member_signatures").MaxLen(200_000).Default("").Comment("of the members beside the seller, as joint.Encode writes them"),
		field.Enum("end_code").GoType(contract.EndCode("")).Optional().Nillable(),
		field.Int64("amount_paid_fen").GoType(money.Fen(0)).Optional().Nillable().Comment("what the parties state as paid when it ends"),
	}
}

// Indexes of Contract.
func (Contract) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("number").Unique(),
		index.Fields("demand_id").Unique(),
		index.Fields("buyer_id"), index.Fields("seller_id"), index.Fields("broker_id"),
	}
}
