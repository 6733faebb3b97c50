package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/identity/party"
)

// Organization is a firm, university, institute, laboratory, broker, incubator, bureau or audit office.
type Organization struct{ ent.Schema }

// Mixin of Organization.
func (Organization) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of Organization.
func (Organization) Fields() []ent.Field {
	return []ent.Field{
		field.String("display_name").MaxLen(400),
		field.Enum("kind").GoType(party.Kind("")).Immutable(),
		field.String("uscc").MaxLen(18).Immutable().Comment("统一社会信用代码; a part of an organization has its parent's"),
		field.Enum("code_check").GoType(party.CodeCheck("")),
		field.Enum("state").GoType(party.State("")).Default(string(party.Registered)),
		field.Time("verified_until").Optional().Nillable(),
		field.String("parent_id").MaxLen(40).Optional().Nillable().Immutable().Comment("the organization that it is a part of"),
		field.String("region").MaxLen(6).Default("").Comment("GB/T 2260"),
		field.String("industry").MaxLen(5).Default("").Comment("GB/T 4754"),
	}
}

// Indexes of Organization. An organization registers once with a bureau, and may be known to several; its parts share its code.
func (Organization) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("jurisdiction", "uscc"),
		index.Fields("jurisdiction", "uscc", "display_name").Unique(),
		index.Fields("parent_id"),
	}
}
