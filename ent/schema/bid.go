package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/money"
)

// Bid is a 揭榜 for a demand.
type Bid struct{ ent.Schema }

// Mixin of Bid.
func (Bid) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of Bid.
func (Bid) Fields() []ent.Field {
	return []ent.Field{
		field.String("demand_id").MaxLen(40).Immutable(),
		field.String("organization_id").MaxLen(40).Immutable(),
		field.Int64("amount_fen").GoType(money.Fen(0)).Optional().Nillable().Comment("报价; null until the bid is opened"),
		field.Text("proposal").Optional().Nillable().Comment("null until the bid is opened"),
		field.Text("consortium").Optional().Nillable().Comment("who bids together, as consortium.Encode writes it; null until the bid is opened, and of who bids alone"),
		field.Bytes("nonce").MaxLen(32).Optional().Comment("of a bid that is older than envelopes: blinds content_digest"),
		field.Bytes("draft").Optional().Comment("content of a draft, encrypted to the platform"),
		field.Bytes("envelope").Optional().Comment("what was submitted, sealed"),
		field.Bytes("policy").MaxLen(32).Optional().Comment("of the sealing that the envelope is under"),
		field.String("level").MaxLen(2).Optional().Comment("of that sealing"),
		field.String("sealed_by").MaxLen(10).Optional(),
		field.String("fault").MaxLen(64).Optional().Comment("why it could not be opened, or was excluded once all were"),
		field.Bytes("content_digest").MaxLen(32).Comment("of the envelope, or of the draft"),
		field.Int("submission").NonNegative().Comment("number of the submitted version; 0 for a draft"),
		field.Enum("state").GoType(bid.State("")),
		field.Time("submitted_at").Optional().Nillable(),
		field.Time("opened_at").Optional().Nillable(),
		field.Int("lane").Optional().Nillable().Positive().Comment("which award of several it has; null is the only one"),
	}
}

// Indexes of Bid. Two more are written by hand in the migrations, because PostgreSQL spells their conditions in its own way: one live bid
// for each demand and organization, and one
// effective award for each demand, or for each lane of a demand that has several.
func (Bid) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("organization_id", "created_at", "id"),
		index.Fields("demand_id", "state", "submitted_at", "id"), // envelopes are long: nobody looks through those of other demands
	}
}
