package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/settling/milestone"
	"github.com/jiebang/jiebang/services/settling/payment"
)

// Milestone is a 里程碑 of a contract in force.
type Milestone struct{ ent.Schema }

// Mixin of Milestone.
func (Milestone) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Annotations of Milestone: the second belt of the amount rule.
func (Milestone) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Checks(map[string]string{"milestone_accepted": "amount_fen >= 0 AND accepted_fen >= 0 AND accepted_fen <= amount_fen"})}
}

// Fields of Milestone.
func (Milestone) Fields() []ent.Field {
	return []ent.Field{
		field.String("contract_id").MaxLen(40).Immutable(),
		field.String("buyer_id").MaxLen(40).Immutable(),
		field.String("seller_id").MaxLen(40).Immutable(),
		field.Int("number").Positive().Immutable(),
		field.String("title").MaxLen(400).Immutable(),
		field.Int("share").Positive().Immutable().Comment("hundredths of a percent of the total"),
		field.Int64("amount_fen").GoType(money.Fen(0)),
		field.Int64("accepted_fen").GoType(money.Fen(0)).Default(0),
		field.String("due_date").MaxLen(10).Immutable().Comment("China Standard Time, 2006-01-02"),
		field.Strings("indicators").Immutable(),
		field.String("evidence").MaxLen(60_000).Default("").Comment("as milestone.EncodeEvidence writes it"),
		field.Enum("state").GoType(milestone.State("")),
		field.Int("reworks").NonNegative().Default(0),
		field.String("reason").MaxLen(2000).Optional().Nillable(),
		field.Time("buyer_waived_at").Optional().Nillable(),
		field.Time("seller_waived_at").Optional().Nillable(),
	}
}

// Indexes of Milestone.
func (Milestone) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("contract_id", "number").Unique(),
		index.Fields("buyer_id"), index.Fields("seller_id"),
	}
}

// Payment is a 付款 under a contract.
type Payment struct{ ent.Schema }

// Mixin of Payment.
func (Payment) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Annotations of Payment: the second belt of the amount rule.
func (Payment) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Checks(map[string]string{
		"payment_amount": "amount_fen <> 0 AND amount_fen <= 1000000000000000 AND amount_fen >= -1000000000000000 AND (amount_fen < 0) = (kind = 'refund')"})}
}

// Fields of Payment.
func (Payment) Fields() []ent.Field {
	return []ent.Field{
		field.String("contract_id").MaxLen(40).Immutable(),
		field.String("buyer_id").MaxLen(40).Immutable(),
		field.String("seller_id").MaxLen(40).Immutable(),
		field.String("milestone_id").MaxLen(40).Optional().Nillable().Immutable(),
		field.Enum("kind").GoType(payment.Kind("")).Immutable(),
		field.Int64("amount_fen").GoType(money.Fen(0)).Immutable().Comment("negative for a refund"),
		field.String("holder").MaxLen(400).Optional().Nillable().Immutable().Comment("who holds a deposit"),
		field.Enum("state").GoType(payment.State("")),
		field.String("voucher").MaxLen(400).Optional().Nillable(),
		field.Bytes("voucher_digest").MaxLen(32).Optional(),
		field.String("reason").MaxLen(2000).Optional().Nillable(),
		field.Time("confirmed_at").Optional().Nillable(),
	}
}

// Indexes of Payment.
func (Payment) Indexes() []ent.Index {
	return []ent.Index{index.Fields("contract_id"), index.Fields("buyer_id"), index.Fields("seller_id")}
}
