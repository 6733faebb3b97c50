package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/offering/profile"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Profile is an expert 专家, a laboratory 实验室 or a broker 技术经纪人 that an organization describes.
type Profile struct{ ent.Schema }

// Mixin of Profile.
func (Profile) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of Profile.
func (Profile) Fields() []ent.Field {
	return []ent.Field{
		field.String("organization_id").MaxLen(40).Immutable(),
		field.String("external_id").MaxLen(400).Optional().Nillable().Comment("the owner's own key"),
		field.Enum("kind").GoType(profile.Kind("")),
		field.String("display_name").MaxLen(400),
		field.String("position").MaxLen(400).Comment("职称, 职务, or what a laboratory is"),
		field.Text("introduction"),
		field.JSON("fields", []demand.Field{}),
		field.Strings("industries").Comment("GB/T 4754-2017"),
		field.Strings("disciplines").Comment("NSFC"),
		field.Strings("keywords"),
		field.Strings("equipment").Comment("of a laboratory"),
		field.String("region").MaxLen(6).Comment("行政区划代码; empty if not given"),
		field.Bool("consented").Comment("the expert's own consent to be shown"),
		field.Enum("state").GoType(profile.State("")),
		field.Time("published_at").Optional().Nillable().Comment("when it was last listed"),
	}
}

// Indexes of Profile.
func (Profile) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("organization_id", "external_id").Unique(),
		index.Fields("organization_id", "display_name"),
		index.Fields("organization_id", "created_at", "id"),
		index.Fields("published_at", "id"),
	}
}
