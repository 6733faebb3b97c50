// Package part holds what several entities have, and entities that schema takes as they are.
package part

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"entgo.io/ent/schema/mixin"
)

// Audited is what every row that the ledger answers for has. verify compares each other column with the row's last entry.
type Audited struct{ mixin.Schema }

// Fields of an audited row.
func (Audited) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(40).Immutable(),
		field.String("jurisdiction").MaxLen(6).Immutable().Comment("行政区划代码; the ledger that keeps the row"),
		field.Int("version").Positive().Comment("the etag: one more with every change"),
		field.Int64("entry_seq").NonNegative().Comment("sequence of the last entry about the row"),
		field.Bytes("entry_hash").MaxLen(32).Comment("leaf hash of that entry"),
		field.Time("created_at").Immutable(),
		field.Time("updated_at"),
	}
}

// Indexes of an audited row.
func (Audited) Indexes() []ent.Index {
	return []ent.Index{index.Fields("created_at", "id")}
}
