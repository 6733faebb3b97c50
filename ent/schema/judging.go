package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/judging/evaluation"
	"github.com/jiebang/jiebang/services/judging/objection"
)

// Evaluation is how the bids for a demand are judged. It has the id of its demand. What is structured is kept as the things write it.
type Evaluation struct{ ent.Schema }

// Mixin of Evaluation.
func (Evaluation) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of Evaluation.
func (Evaluation) Fields() []ent.Field {
	return []ent.Field{
		field.Enum("state").GoType(evaluation.State("")),
		field.Text("plan").Comment("score.Plan"),
		field.Text("draw").Default("").Comment("draw.Draw"),
		field.Text("panel").Default("").Comment("evaluation.Panel"),
		field.String("named_by").MaxLen(40).Default("").Comment("who named or opened the draw of the panel"),
		field.String("missing_reason").MaxLen(2000).Default("").Comment("why scoring ended without some sheets"),
		field.Text("ranking").Default("").Comment("score.Place, as computed when scoring ended"),
		field.Text("decision").Default("").Comment("evaluation.Decision"),
		field.String("decided_by").MaxLen(40).Default(""),
		field.Text("feedback").Default("").Comment("evaluation.Feedback"),
		field.Time("announced_at").Optional().Nillable(),
		field.Time("standstill_until").Optional().Nillable().Comment("公示 ends; exclusive"),
		field.Time("next_event_at").Optional().Nillable().Comment("when the clock must act on it; null when it need not"),
	}
}

// Indexes of Evaluation.
func (Evaluation) Indexes() []ent.Index {
	return []ent.Index{index.Fields("next_event_at").Annotations(entsql.IndexWhere("next_event_at IS NOT NULL"))}
}

// Sheet is what one expert says of one bid: whether it has a conflict, and its points.
type Sheet struct{ ent.Schema }

// Mixin of Sheet.
func (Sheet) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of Sheet.
func (Sheet) Fields() []ent.Field {
	return []ent.Field{
		field.String("demand_id").MaxLen(40).Immutable(),
		field.String("bid_id").MaxLen(40).Immutable(),
		field.String("organization_id").MaxLen(40).Immutable().Comment("the expert's"),
		field.String("person_id").MaxLen(40).Default("").Immutable().Comment("the expert; empty for any of the organization's"),
		field.Enum("state").GoType(evaluation.SheetState("")),
		field.String("hints").MaxLen(200).Default("").Comment("what the platform knows of expert and bidder, separated by spaces"),
		field.String("conflict").MaxLen(2000).Default("").Comment("why the expert does not judge this bid"),
		field.String("points").MaxLen(200).Default("").Comment("as score.EncodePoints writes them"),
		field.String("remark").MaxLen(2000).Default(""),
		field.String("words").MaxLen(2000).Default("").Comment("why it lies far from the mean"),
		field.Time("locked_at").Optional().Nillable(),
		field.Text("former").Default("").Comment("versions that were reopened"),
	}
}

// Indexes of Sheet: an organization judges a bid once.
func (Sheet) Indexes() []ent.Index {
	return []ent.Index{index.Fields("bid_id", "organization_id").Unique(), index.Fields("organization_id", "created_at", "id"), index.Fields("demand_id")}
}

// Objection is a 异议 to an announced decision.
type Objection struct{ ent.Schema }

// Mixin of Objection.
func (Objection) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of Objection.
func (Objection) Fields() []ent.Field {
	return []ent.Field{
		field.String("demand_id").MaxLen(40).Immutable(),
		field.String("organization_id").MaxLen(40).Immutable().Comment("who objects"),
		field.Enum("state").GoType(objection.State("")),
		field.String("ground").GoType(objection.Ground("")).MaxLen(24).Immutable(),
		field.String("text").MaxLen(16000).Immutable(),
		field.String("reviewed_by").MaxLen(40).Default(""),
		field.String("opinion").MaxLen(8000).Default("").Comment("of the review"),
		field.String("decided_by").MaxLen(40).Default(""),
		field.String("reason").MaxLen(8000).Default("").Comment("of the decision"),
		field.Time("due_at").Comment("when it goes higher if it is open; exclusive"),
		field.Time("escalated_at").Optional().Nillable(),
	}
}

// Indexes of Objection.
func (Objection) Indexes() []ent.Index {
	return []ent.Index{index.Fields("demand_id", "state"), index.Fields("organization_id", "created_at", "id"), index.Fields("state", "due_at")}
}
