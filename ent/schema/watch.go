package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/watching/watch"
)

// Watch is a saved search. What a person looks for is its own affair and is in no ledger.
type Watch struct{ ent.Schema }

// Fields of Watch.
func (Watch) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(40).Immutable(),
		field.String("person_id").MaxLen(40).Immutable(),
		field.String("organization_id").MaxLen(40).Default("").Immutable().Comment("whose offers demands are to fit"),
		field.String("display_name").MaxLen(160),
		field.Enum("target").GoType(watch.Target("")).Immutable(),
		field.String("query").MaxLen(400).Default(""),
		field.JSON("filter", watch.Filter{}),
		field.Time("since").Optional().Nillable().Comment("what changed before is not told; null without the person's consent"),
		field.Time("consented_at").Optional().Nillable(),
		field.Int("version").Positive(),
		field.Time("created_at").Immutable(),
	}
}

// Indexes of Watch.
func (Watch) Indexes() []ent.Index { return []ent.Index{index.Fields("person_id", "created_at", "id")} }

// WatchMute is a demand that a person does not want to hear of.
type WatchMute struct{ ent.Schema }

// Fields of WatchMute.
func (WatchMute) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(120).Immutable().Comment("person/demand"),
		field.String("person_id").MaxLen(40).Immutable(),
		field.String("subject").MaxLen(60).Immutable().Comment("demands/{id}"),
	}
}

// Indexes of WatchMute.
func (WatchMute) Indexes() []ent.Index { return []ent.Index{index.Fields("person_id")} }

// WatchTold is what a person was told of in a digest.
type WatchTold struct{ ent.Schema }

// Fields of WatchTold.
func (WatchTold) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(120).Immutable().Comment("person/subject"),
		field.String("person_id").MaxLen(40).Immutable(),
		field.String("subject").MaxLen(60).Immutable(),
		field.String("print").MaxLen(64).Comment("of the contents that were told"),
		field.Time("told_at"),
	}
}

// Indexes of WatchTold.
func (WatchTold) Indexes() []ent.Index { return []ent.Index{index.Fields("person_id", "told_at")} }

// Digest is when a person's next digest is due, and where it goes.
type Digest struct{ ent.Schema }

// Fields of Digest.
func (Digest) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(40).Immutable().Comment("of the person"),
		field.String("hook_organization_id").MaxLen(40).Default("").Comment("whose webhooks it goes to as well"),
		field.Time("due_at").Optional().Nillable().Comment("null when no search notifies"),
		field.Time("last_at").Optional().Nillable().Comment("until then all is told"),
	}
}

// Indexes of Digest.
func (Digest) Indexes() []ent.Index { return []ent.Index{index.Fields("due_at")} }
