package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/identity/party"
)

// Membership is a person in an organization with roles; until it is accepted, an invitation.
type Membership struct{ ent.Schema }

// Mixin of Membership.
func (Membership) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of Membership.
func (Membership) Fields() []ent.Field {
	return []ent.Field{
		field.String("organization_id").MaxLen(40).Immutable(),
		field.String("person_id").MaxLen(40).Default("").Comment("empty until the invitation is accepted"),
		field.JSON("roles", []party.Role{}),
		field.Enum("state").GoType(party.MemberState("")),
		field.Bytes("code_hash").MaxLen(32).Immutable().Comment("of the one-time code of the invitation"),
		field.String("invited_by").MaxLen(40).Immutable().Comment("a person, a token, or system"),
		field.Time("expires_at").Immutable().Comment("of the invitation"),
		field.Time("next_event_at").Optional().Nillable().Comment("when an open invitation expires"),
		field.Time("lent_until").Optional().Nillable().Comment("until when an administrator who broke the glass reads as an auditor does"),
	}
}

// Indexes of Membership.
func (Membership) Indexes() []ent.Index {
	return []ent.Index{index.Fields("organization_id", "state"), index.Fields("person_id"), index.Fields("next_event_at")}
}
