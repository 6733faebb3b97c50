package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/keeping/custodian"
)

// Custodian keeps a share of the keys to sealed bids.
type Custodian struct{ ent.Schema }

// Mixin of Custodian.
func (Custodian) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of Custodian.
func (Custodian) Fields() []ent.Field {
	return []ent.Field{
		field.String("organization_id").MaxLen(40).Immutable(),
		field.String("person_id").MaxLen(40).Immutable(),
		field.String("display_name").MaxLen(200).Immutable(),
		field.String("recipient").MaxLen(100).Immutable().Comment("the public key, age1…"),
		field.Enum("state").GoType(custodian.State("")),
		field.String("confirmed_by").MaxLen(40).Optional().Comment("id of the person who has typed the fingerprint"),
		field.Time("checked_at").Optional().Nillable().Comment("when the key was last shown to be there"),
	}
}

// Indexes of Custodian.
func (Custodian) Indexes() []ent.Index {
	return []ent.Index{index.Fields("recipient").Unique(), index.Fields("jurisdiction", "state")}
}

// Sealing is what bids of a demand are sealed under; one more row each time that it is fixed anew.
type Sealing struct{ ent.Schema }

// Mixin of Sealing.
func (Sealing) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of Sealing.
func (Sealing) Fields() []ent.Field {
	return []ent.Field{
		field.String("demand_id").MaxLen(40).Immutable(),
		field.Bytes("policy").MaxLen(32).Immutable().Comment("digest of all that follows"),
		field.Bytes("terms_digest").MaxLen(32).Immutable(),
		field.Time("deadline").Immutable(),
		field.String("level").MaxLen(2).Immutable(),
		field.Int("threshold").Positive().Immutable(),
		field.Text("recipients").Immutable().Comment("public keys, one a line"),
	}
}

// Indexes of Sealing.
func (Sealing) Indexes() []ent.Index {
	return []ent.Index{index.Fields("demand_id", "entry_seq")}
}

// Opening is what a custodian has given to the opening of a demand's bids.
type Opening struct{ ent.Schema }

// Mixin of Opening.
func (Opening) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of Opening.
func (Opening) Fields() []ent.Field {
	return []ent.Field{
		field.String("demand_id").MaxLen(40).Immutable(),
		field.String("custodian_id").MaxLen(40).Immutable(),
		field.String("organization_id").MaxLen(40).Immutable().Comment("the custodian's"),
		field.Bytes("shares").Sensitive().Immutable().Comment("of each bid, one a line"),
		field.Bytes("shares_digest").MaxLen(32).Immutable(),
		field.Bool("used").Comment("every bid of the demand is opened"),
	}
}

// Indexes of Opening.
func (Opening) Indexes() []ent.Index {
	return []ent.Index{index.Fields("demand_id", "custodian_id").Unique(), index.Fields("used")}
}

// Refusal is that an organization's bid for a demand came too late; its version is how often.
type Refusal struct{ ent.Schema }

// Mixin of Refusal.
func (Refusal) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of Refusal.
func (Refusal) Fields() []ent.Field {
	return []ent.Field{
		field.String("demand_id").MaxLen(40).Immutable(),
		field.String("organization_id").MaxLen(40).Immutable(),
		field.Bytes("digest").MaxLen(32).Comment("of the last envelope that was refused"),
		field.Time("received_at").Comment("when it had come in"),
	}
}

// Indexes of Refusal.
func (Refusal) Indexes() []ent.Index {
	return []ent.Index{index.Fields("demand_id", "organization_id").Unique()}
}
