package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Achievement is a 科技成果 that an organization offers.
type Achievement struct{ ent.Schema }

// Mixin of Achievement.
func (Achievement) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of Achievement.
func (Achievement) Fields() []ent.Field {
	return []ent.Field{
		field.String("organization_id").MaxLen(40).Immutable(),
		field.String("external_id").MaxLen(400).Optional().Nillable().Comment("the owner's own key"),
		field.String("title").MaxLen(400),
		field.Text("summary"),
		field.Enum("field").GoType(demand.Field("")),
		field.Strings("industries").Comment("GB/T 4754-2017"),
		field.Strings("disciplines").Comment("NSFC"),
		field.Strings("keywords"),
		field.JSON("properties", []achievement.Property{}).Comment("知识产权"),
		field.Int("trl").NonNegative().Comment("0 is not said"),
		field.String("maturity").GoType(achievement.Maturity("")).MaxLen(40).Comment("empty is not said"),
		field.JSON("modes", []achievement.Mode{}).Comment("合作方式"),
		field.Int64("price_fen").GoType(money.Fen(0)).Optional().Nillable().Comment("期望价格; null is 面议"),
		field.String("region").MaxLen(6).Comment("行政区划代码; empty if not given"),
		field.Enum("state").GoType(achievement.State("")),
		field.Time("published_at").Optional().Nillable().Comment("when it was last listed"),
	}
}

// Indexes of Achievement.
func (Achievement) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("organization_id", "external_id").Unique(),
		index.Fields("organization_id", "title"),
		index.Fields("organization_id", "created_at", "id"),
		index.Fields("published_at", "id"),
	}
}
