package part

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/counting/figure"
	"github.com/jiebang/jiebang/services/money"
)

// Tally is what one ledger entry gives to count: which record, by how much, on which day, of what kind. It is written once, by the consumer of the figures,
// and can be made again from the entries.
type Tally struct{ ent.Schema }

// Fields of Tally.
func (Tally) Fields() []ent.Field {
	text := func(name string, max int) ent.Field { return field.String(name).MaxLen(max).Default("").Immutable() }
	return []ent.Field{
		field.Int64("id").Immutable().Comment("of the entry: jurisdiction × 10^12 + sequence"),
		field.String("jurisdiction").MaxLen(6).Immutable(),
		field.Enum("kind").GoType(figure.Kind("")).Immutable(),
		field.String("record").MaxLen(200).Immutable().Comment("resource name of the demand, the bid or the contract that is counted"),
		text("number", 40), text("title", 400),
		field.String("day").MaxLen(10).Immutable().Comment("China Standard Time, 2006-01-02"),
		field.String("base").MaxLen(10).Immutable().Comment("the day of the record itself: of its publication, award or signature"),
		field.Int64("count").Immutable(),
		field.Int64("collected").Default(0).Immutable().Comment("of count, how many were collected by it"),
		field.Int64("unpriced").Immutable().Comment("of count, how many have no amount"),
		field.Int64("amount_fen").GoType(money.Fen(0)).Immutable(),
		text("channel", 20), text("class", 20), text("field", 40), text("industry", 5), text("grade", 10),
		text("buyer_region", 6), text("seller_region", 6), text("buyer", 40), text("seller", 40),
		field.String("buyer_code").MaxLen(40).Default("").Immutable().Comment("统一社会信用代码, or the id of an organization of another ledger"),
		field.String("seller_code").MaxLen(40).Default("").Immutable(),
	}
}

// Indexes of Tally.
func (Tally) Indexes() []ent.Index {
	return []ent.Index{index.Fields("record"), index.Fields("jurisdiction", "kind", "day", "id"), index.Fields("jurisdiction", "kind", "base", "id")}
}

// Figure is a cell of the figures: what one definition comes to in one period, for one key of one dimension.
type Figure struct{ ent.Schema }

// Fields of Figure.
func (Figure) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(160).Immutable().Comment("the key joined by /"),
		field.String("jurisdiction").MaxLen(6).Immutable(),
		field.String("metric").MaxLen(40).Immutable().Comment("code@version of the definition"),
		field.String("period").MaxLen(8).Immutable(),
		field.String("dimension").MaxLen(20).Immutable(),
		field.String("key").MaxLen(40).Immutable(),
		field.Int64("value").Comment("fen or a count, as the definition's unit says"),
	}
}

// Indexes of Figure.
func (Figure) Indexes() []ent.Index {
	return []ent.Index{index.Fields("jurisdiction", "metric", "period", "dimension", "key")}
}

// FigureMember is an organization that is counted in a cell of a figure of organizations 家: once, however often it comes.
type FigureMember struct{ ent.Schema }

// Fields of FigureMember.
func (FigureMember) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(210).Immutable().Comment("cell/code of the organization"),
		field.String("jurisdiction").MaxLen(6).Immutable(),
	}
}

// FigureParty is an organization as the consumer of the figures has read of it last.
type FigureParty struct{ ent.Schema }

// Fields of FigureParty.
func (FigureParty) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(40).Immutable(),
		field.String("code").MaxLen(40),
		field.String("region").MaxLen(6).Default(""),
		field.String("industry").MaxLen(5).Default(""),
	}
}

// Closure is a period that is closed: what its figures were then, for ever. A restatement is a further row.
type Closure struct{ ent.Schema }

// Mixin of Closure.
func (Closure) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of Closure.
func (Closure) Fields() []ent.Field {
	return []ent.Field{
		field.String("period").MaxLen(8).Immutable(),
		field.Int("revision").Positive().Immutable().Comment("1 for the first, one more for each restatement"),
		field.Int64("size").NonNegative().Immutable().Comment("entries before this sequence are counted"),
		field.Bytes("root").MaxLen(32).Immutable().Comment("of the tree of these entries"),
		field.Text("figures").Immutable().Comment("as figure.Frozen is written"),
		field.String("reason").MaxLen(2000).Default("").Immutable().Comment("of a restatement"),
		field.String("closed_by").MaxLen(40).Default("").Immutable().Comment("the person"),
	}
}

// Indexes of Closure.
func (Closure) Indexes() []ent.Index {
	return []ent.Index{index.Fields("jurisdiction", "period", "revision").Unique()}
}
