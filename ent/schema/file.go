package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/filing/file"
)

// File is a file of an organization. Its bytes are in the store, under its digest and its id.
type File struct{ ent.Schema }

// Mixin of File.
func (File) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of File.
func (File) Fields() []ent.Field {
	return []ent.Field{
		field.String("organization_id").MaxLen(40).Immutable(),
		field.Enum("purpose").GoType(file.Purpose("")).Immutable(),
		field.String("display_name").MaxLen(800).Immutable(),
		field.Int64("size").Positive().Immutable().Comment("bytes"),
		field.Bytes("sha256").MaxLen(32).Immutable(),
		field.String("media_type").MaxLen(100).Optional().Nillable().Comment("what the content is; null until it is there"),
		field.Enum("state").GoType(file.State("")),
		field.Enum("scan").GoType(file.Scan("")),
		field.JSON("attachments", []file.Attachment{}).Comment("what refers to it, and who may read it there"),
		field.Time("next_event_at").Optional().Nillable().Comment("when an unfinished upload is given up"),
	}
}

// Indexes of File.
func (File) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("organization_id", "created_at", "id"),
		index.Fields("next_event_at", "id"),
		index.Fields("state", "scan", "id"),
	}
}
