package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/backfilling/backfill"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Backfill is a list 补录批次 of what happened before the marketplace or beside it, on its way into the ledger.
type Backfill struct{ ent.Schema }

// Mixin of Backfill.
func (Backfill) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of Backfill.
func (Backfill) Fields() []ent.Field {
	return []ent.Field{
		field.String("source").MaxLen(400).Immutable().Comment("where the list comes from; with its number it names a row for ever"),
		field.Enum("state").GoType(backfill.State("")),
		field.Bytes("digest").MaxLen(32).Immutable().Comment("of the rows in their order"),
		field.Int("row_count").Positive().Immutable(),
		field.Int("recorded_count").Default(0).Comment("rows in the ledger so far"),
		field.String("staged_by").MaxLen(40).Immutable().Comment("the person, or the token, of the first officer"),
		field.String("requested_by").MaxLen(40).Default("").Comment("the person who asked to record it"),
		field.String("approved_by").MaxLen(40).Default("").Comment("the second person"),
		field.String("reason").MaxLen(2000).Default("").Comment("why it was discarded or stopped"),
	}
}

// Indexes of Backfill.
func (Backfill) Indexes() []ent.Index { return []ent.Index{index.Fields("jurisdiction", "state")} }

// BackfillRows are the rows of a backfill as they were checked. The backfill has their digest, so that nothing more need be audited.
type BackfillRows struct{ ent.Schema }

// Fields of BackfillRows.
func (BackfillRows) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(40).Immutable().Comment("the backfill's"),
		field.String("jurisdiction").MaxLen(6).Immutable(),
		field.Bytes("content").Immutable().Comment("as backfill.Encode writes them"),
	}
}

// PastRecord is a demand that was collected, or a bid that was opened, before the marketplace or beside it: it is counted, and nothing more is done with it.
type PastRecord struct{ ent.Schema }

// Mixin of PastRecord.
func (PastRecord) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of PastRecord.
func (PastRecord) Fields() []ent.Field {
	return []ent.Field{
		field.String("backfill_id").MaxLen(40).Immutable(),
		field.Int("backfill_row").Positive().Immutable().Comment("of the backfill, from 1"),
		field.String("source").MaxLen(400).Immutable(),
		field.String("number_there").MaxLen(40).Immutable().Comment("its number in the source"),
		field.Enum("kind").GoType(backfill.Kind("")).Immutable(),
		field.Enum("state").GoType(backfill.PastState("")),
		field.String("title").MaxLen(400).Immutable(),
		field.String("buyer_id").MaxLen(40).Immutable().Comment("需求方"),
		field.String("seller_id").MaxLen(40).Optional().Nillable().Immutable().Comment("揭榜方, of a bid"),
		field.Enum("field").GoType(demand.Field("")).Immutable(),
		field.String("collected_date").MaxLen(10).Optional().Nillable().Immutable().Comment("征集日期, 2006-01-02"),
		field.String("date").MaxLen(10).Optional().Nillable().Immutable().Comment("of the publication or the opening"),
		field.Int64("amount_fen").GoType(money.Fen(0)).Optional().Nillable().Immutable().Comment("榜额 or 报价; null for 面议, which is not 0"),
		field.String("demand_number").MaxLen(40).Optional().Nillable().Immutable().Comment("of a bid: the number of its demand in the source"),
	}
}

// Indexes of PastRecord: a row is recorded once.
func (PastRecord) Indexes() []ent.Index {
	return []ent.Index{index.Fields("jurisdiction", "source", "kind", "number_there").Unique(), index.Fields("backfill_id"), index.Fields("buyer_id"), index.Fields("seller_id")}
}
