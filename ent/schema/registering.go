package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/registering/registration"
)

// Registration is a 技术合同认定登记 of a contract.
type Registration struct{ ent.Schema }

// Mixin of Registration.
func (Registration) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Annotations of Registration: the second belt of the amount rule.
func (Registration) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Checks(map[string]string{
		"registration_claimed":    "claimed_technology_fen > 0 AND claimed_technology_fen <= claimed_total_fen",
		"registration_technology": "technology_fen IS NULL OR (technology_fen > 0 AND technology_fen <= total_fen)",
	})}
}

// Fields of Registration.
func (Registration) Fields() []ent.Field {
	return []ent.Field{
		field.String("contract_id").MaxLen(40).Immutable(),
		field.String("buyer_id").MaxLen(40).Immutable(),
		field.String("seller_id").MaxLen(40).Immutable(),
		field.String("registry").MaxLen(400).Immutable().Comment("登记机构; a change or a cancellation goes to the same"),
		field.Enum("state").GoType(registration.State("")),
		field.Int64("claimed_total_fen").GoType(money.Fen(0)).Comment("of the contract when it was filed"),
		field.Int64("claimed_technology_fen").GoType(money.Fen(0)).Comment("what the filer says pays for technology"),
		field.Time("filed_at").Optional().Nillable(),
		field.Time("accepted_at").Optional().Nillable().Comment("when the registry took it up, last"),
		field.Time("due_at").Optional().Nillable().Comment("when somebody is reminded; exclusive; null when nothing is due"),
		field.Time("overdue_at").Optional().Nillable().Comment("when they were"),
		field.Bool("disputed").Default(false),
		field.Text("review").Default("").Comment("as registration.EncodeOpinions writes it"),
		field.Bytes("review_digest").MaxLen(32).Optional().Comment("of the minutes of the review"),
		field.String("recorded_number").MaxLen(16).Default("").Comment("of the certificate that waits for the second officer"),
		field.Int64("recorded_total_fen").GoType(money.Fen(0)).Default(0),
		field.Int64("recorded_technology_fen").GoType(money.Fen(0)).Default(0),
		field.String("recorded_date").MaxLen(10).Default(""),
		field.Bytes("recorded_digest").MaxLen(32).Optional(),
		field.String("recorded_by").MaxLen(40).Default(""),
		field.String("number").MaxLen(16).Optional().Nillable().Comment("合同登记编号"),
		field.Int64("total_fen").GoType(money.Fen(0)).Optional().Nillable().Comment("合同成交额 of the certificate"),
		field.Int64("technology_fen").GoType(money.Fen(0)).Optional().Nillable().Comment("技术交易额 as 核定"),
		field.String("register_date").MaxLen(10).Optional().Nillable().Comment("of the certificate, 2006-01-02"),
		field.Bytes("certificate_digest").MaxLen(32).Optional(),
		field.String("confirmed_by").MaxLen(40).Default(""),
		field.Enum("duty").GoType(registration.Duty("")).Default(string(registration.None)),
		field.String("reason").MaxLen(2000).Default("").Comment("of the last return, review, refusal or cancellation"),
		field.String("benefits").MaxLen(2000).Default("").Comment("taken under a registration that is cancelled, as reported"),
	}
}

// Indexes of Registration: a number is given once. That a contract is registered once is decided under the lock of its ledger.
func (Registration) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("contract_id"),
		index.Fields("jurisdiction", "number").Unique(),
		index.Fields("due_at"),
		index.Fields("buyer_id"), index.Fields("seller_id"),
	}
}

// RegistryRecord is a row of the registry's own list of registered contracts, as the bureau imported it.
type RegistryRecord struct{ ent.Schema }

// Mixin of RegistryRecord.
func (RegistryRecord) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of RegistryRecord.
func (RegistryRecord) Fields() []ent.Field {
	return []ent.Field{
		field.String("number").MaxLen(16).Immutable().Comment("合同登记编号"),
		field.String("title").MaxLen(800).Default(""),
		field.String("buyer").MaxLen(400).Default(""),
		field.String("seller").MaxLen(400).Default(""),
		field.Int64("total_fen").GoType(money.Fen(0)).Comment("合同成交额"),
		field.Int64("technology_fen").GoType(money.Fen(0)).Comment("技术交易额"),
		field.String("register_date").MaxLen(10).Default(""),
	}
}

// Indexes of RegistryRecord: the list has a number once.
func (RegistryRecord) Indexes() []ent.Index {
	return []ent.Index{index.Fields("jurisdiction", "number").Unique()}
}
