package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Demand is a 需求 that a firm posts.
type Demand struct{ ent.Schema }

// Mixin of Demand.
func (Demand) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of Demand.
func (Demand) Fields() []ent.Field {
	return []ent.Field{
		field.String("organization_id").MaxLen(40).Immutable(),
		field.String("number").MaxLen(40).Optional().Nillable().Comment("需求编号, from publication on"),
		field.String("title").MaxLen(400),
		field.Text("description").Default(""),
		field.Enum("field").GoType(demand.Field("")),
		field.Int64("budget_fen").GoType(money.Fen(0)).Optional().Nillable().Comment("榜额; null is 面议"),
		field.Time("deadline").Optional().Nillable().Comment("exclusive"),
		field.Enum("state").GoType(demand.State("")),
		field.Enum("failure").GoType(demand.Failure("")).Optional().Nillable(),
		field.String("winning_bid_id").MaxLen(40).Optional().Nillable(),
		field.String("procedure").MaxLen(24).Optional().Nillable().Immutable().Comment("code/version; null is direct/1"),
		field.Text("details").Default("").Comment("structured content in its canonical form; empty for none"),
		field.Text("gated").Default("").Comment("what not everyone may read; in the ledger as a blinded digest"),
		field.Text("comments").Default("").Comment("of the last return, bound to fields"),
		field.Text("pending").Default("").Comment("a cancellation or an amendment that waits for the bureau"),
		field.String("vetted_by").MaxLen(40).Default("").Comment("the officer who took it up, who does not decide on it"),
		field.Time("vetted_at").Optional().Nillable().Comment("when it was taken up; earlier opinions do not count"),
		field.String("reason").MaxLen(40).Default("").Comment("code of why it was turned down, withdrawn or cancelled"),
		field.Text("remark").Default("").Comment("the same in words"),
		field.String("related_id").MaxLen(40).Optional().Nillable().Immutable().Comment("the demand that it lists again"),
		field.Int("attempt").Positive().Default(1).Immutable().Comment("how often it has been listed"),
		field.Time("amended_at").Optional().Nillable(),
		field.Time("heartbeat_at").Optional().Nillable().Comment("when its owner must have said that it is alive; once it is stale, when it expires"),
		field.Time("published_at").Optional().Nillable(),
		field.Time("next_event_at").Optional().Nillable().Comment("when the clock must act on it; null when it need not"),
	}
}

// Indexes of Demand.
func (Demand) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("number").Unique(),
		index.Fields("next_event_at").Annotations(entsql.IndexWhere("next_event_at IS NOT NULL")),
		index.Fields("organization_id", "created_at", "id"),
		index.Fields("heartbeat_at").Annotations(entsql.IndexWhere("heartbeat_at IS NOT NULL")),
	}
}
