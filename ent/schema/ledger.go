package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// LedgerHead is the one row of a jurisdiction that every change locks first. Its order is the order of the ledger.
type LedgerHead struct{ ent.Schema }

// Fields of LedgerHead.
func (LedgerHead) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(6).Immutable().Comment("行政区划代码"),
		field.String("display_name").MaxLen(400).Immutable().Comment("the bureau"),
		field.String("verifier_key").MaxLen(400).Comment("the key that its checkpoints are signed with"),
		field.Int64("size").NonNegative(),
		field.Bytes("frontier").MaxLen(4096).Comment("roots of the perfect subtrees, largest first"),
		field.Time("last_at").Comment("time of the last entry; the ledger's time never goes back"),
		field.Time("doubted_at").Optional().Nillable().Comment("when the clock was found set, until two persons have confirmed it"),
		field.Int64("jump_us").Optional().Nillable().Comment("by how much it was set then"),
	}
}

// LedgerEntry is an entry with the tree hashes that it completes. Triggers refuse to change or delete it.
type LedgerEntry struct{ ent.Schema }

// Fields of LedgerEntry.
func (LedgerEntry) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id").Immutable().Comment("jurisdiction × 10^12 + sequence"),
		field.String("jurisdiction").MaxLen(6).Immutable(),
		field.Int64("sequence").NonNegative().Immutable(),
		field.Bytes("salt").MaxLen(16).Immutable(),
		field.Bytes("body").Immutable().Comment("the exact bytes that are hashed"),
		field.Bytes("hashes").MaxLen(2048).Immutable().Comment("its leaf hash and the hashes of the subtrees that it completes, lowest first"),
	}
}

// Request is the first answer to a request_id, kept as long as what it made.
type Request struct{ ent.Schema }

// Fields of Request.
func (Request) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(80).Immutable().Comment("a hash of principal, method and request_id"),
		field.String("jurisdiction").MaxLen(6).Immutable(),
		field.Bytes("body_hash").MaxLen(32).Immutable(),
		field.Bytes("answer").Immutable(),
		field.Time("created_at").Immutable(),
	}
}

// Serial is the last number given of a series in a year.
type Serial struct{ ent.Schema }

// Fields of Serial.
func (Serial) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(40).Immutable().Comment("series-jurisdiction-year, such as XQ-330182-2024"),
		field.String("jurisdiction").MaxLen(6).Immutable(),
		field.Int("last").Positive(),
	}
}

// Cursor is how far a consumer has read a ledger.
type Cursor struct{ ent.Schema }

// Fields of Cursor.
func (Cursor) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(80).Immutable().Comment("consumer/jurisdiction"),
		field.String("jurisdiction").MaxLen(6).Immutable(),
		field.Int64("position").NonNegative().Comment("entries before this sequence are applied"),
	}
}

// Total is a cell of the totals: what one metric adds up to for one month, channel and field.
type Total struct{ ent.Schema }

// Fields of Total.
func (Total) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(120).Immutable().Comment("the key joined by /"),
		field.String("jurisdiction").MaxLen(6).Immutable(),
		field.String("metric").MaxLen(40).Immutable(),
		field.String("month").MaxLen(7).Immutable(),
		field.String("channel").MaxLen(20).Immutable(),
		field.String("field").MaxLen(40).Immutable(),
		field.Int64("count"),
		field.Int64("amount_fen"),
	}
}

// Indexes of Total.
func (Total) Indexes() []ent.Index {
	return []ent.Index{index.Fields("jurisdiction", "month")}
}

// Checkpoint is a head that was signed and kept, with what witnesses signed beside it. Its note never changes; equal heads have equal notes.
type Checkpoint struct{ ent.Schema }

// Fields of Checkpoint.
func (Checkpoint) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id").Immutable().Comment("jurisdiction × 10^12 + size"),
		field.String("jurisdiction").MaxLen(6).Immutable(),
		field.Int64("size").Positive().Immutable(),
		field.String("note").MaxLen(2048).Immutable().Comment("the signed note, with the ledger's own signature alone"),
		field.String("cosignatures").MaxLen(65536).Default("").Comment("signature lines of witnesses, one each"),
		field.Time("signed_at").Immutable(),
	}
}
