package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/monitoring/casefile"
)

// MonitoringCase is what an authority looks into: a demand, a contract or an organization.
type MonitoringCase struct{ ent.Schema }

// Mixin of MonitoringCase.
func (MonitoringCase) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of MonitoringCase.
func (MonitoringCase) Fields() []ent.Field {
	party := func(name, comment string) ent.Field {
		return field.String(name).MaxLen(40).Default("").Immutable().Comment(comment)
	}
	return []ent.Field{
		field.String("organization_id").MaxLen(40).Immutable().Comment("who monitors"),
		field.String("subject").MaxLen(80).Immutable().Comment("resource name of what it is about"),
		party("demander_id", "who posted the demand, or buys; empty if it is about an organization"),
		party("solver_id", "who sells, or the organization that it is about"),
		field.Enum("state").GoType(casefile.State("")),
		field.String("cause").GoType(casefile.Cause("")).MaxLen(24).Immutable(),
		field.Text("text").Immutable().Comment("what is asked"),
		field.String("finding").MaxLen(80).Default("").Immutable().Comment("resource name of the finding that raised it"),
		field.Text("evidence").Default("").Immutable().Comment("that finding as it stood, as redflag.Encode writes it"),
		field.String("opened_by").MaxLen(40).Immutable(),
		field.Text("decision").Default("").Comment("to start it"),
		field.Text("conclusion").Default(""),
		field.Text("violations").Default("").Comment("casefile.Violation"),
		field.Text("answers").Default("").Comment("casefile.Reply"),
		field.String("concluded_by").MaxLen(40).Default(""),
		field.Text("end_reason").Default(""),
		field.Time("activated_at").Optional().Nillable(),
		field.Time("concluded_at").Optional().Nillable(),
		field.Time("ended_at").Optional().Nillable(),
	}
}

// Indexes of MonitoringCase.
func (MonitoringCase) Indexes() []ent.Index {
	return []ent.Index{index.Fields("subject"), index.Fields("demander_id"), index.Fields("solver_id")}
}
