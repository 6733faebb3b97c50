package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/identity/party"
)

// Organization is a firm, university, institute, broker or bureau.
type Organization struct{ ent.Schema }

// Mixin of Organization.
func (Organization) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of Organization.
func (Organization) Fields() []ent.Field {
	return []ent.Field{
		field.String("display_name").MaxLen(400),
		field.Enum("kind").GoType(party.Kind("")).Immutable(),
		field.String("uscc").MaxLen(18).Immutable().Comment("统一社会信用代码"),
		field.Enum("code_check").GoType(party.CodeCheck("")),
	}
}

// Indexes of Organization. An organization registers once with a bureau, and may be known to several.
func (Organization) Indexes() []ent.Index {
	return []ent.Index{index.Fields("jurisdiction", "uscc").Unique()}
}
