package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/noticing/hook"
	"github.com/jiebang/jiebang/services/noticing/notice"
)

// Notice is what an organization or a person is told. It follows the ledger and is in none.
type Notice struct{ ent.Schema }

// Fields of Notice.
func (Notice) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(40).Immutable().Comment("made from the entry and the receiver: the same entry makes no second one"),
		field.String("jurisdiction").MaxLen(6).Immutable(),
		field.String("organization_id").MaxLen(40).Default("").Immutable().Comment("the receiver; empty if it is a person"),
		field.String("person_id").MaxLen(40).Default("").Immutable().Comment("the receiver; empty if it is an organization"),
		field.String("kind").MaxLen(60).Immutable(),
		field.String("subject").MaxLen(200).Immutable(),
		field.Text("text").Immutable(),
		field.JSON("changes", []notice.Change{}).Optional().Immutable(),
		field.JSON("items", []notice.Item{}).Optional().Immutable(),
		field.Time("created_at").Immutable().Comment("of the entry"),
		field.Int64("sequence").Default(0).Immutable().Comment("of the entry"),
		field.Time("expires_at").Immutable(),
		field.Time("read_at").Optional().Nillable(),
	}
}

// Indexes of Notice.
func (Notice) Indexes() []ent.Index {
	return []ent.Index{index.Fields("organization_id", "created_at", "id"), index.Fields("person_id", "created_at", "id"), index.Fields("expires_at")}
}

// NoticeSwitch is a kind of notices that an organization or a person does not want.
type NoticeSwitch struct{ ent.Schema }

// Fields of NoticeSwitch.
func (NoticeSwitch) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(120).Immutable().Comment("receiver/kind"),
		field.String("organization_id").MaxLen(40).Default("").Immutable(),
		field.String("person_id").MaxLen(40).Default("").Immutable(),
		field.String("kind").MaxLen(60).Immutable(),
	}
}

// Indexes of NoticeSwitch.
func (NoticeSwitch) Indexes() []ent.Index {
	return []ent.Index{index.Fields("organization_id"), index.Fields("person_id")}
}

// Imprint is what is kept of a subject of entries, to tell what its next entry changes.
type Imprint struct{ ent.Schema }

// Fields of Imprint.
func (Imprint) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(200).Immutable().Comment("resource name of the subject"),
		field.JSON("kept", map[string]string{}),
		field.Time("changed_at").Comment("of the entry that made it so"),
	}
}

// Webhook is where the notices of an organization are sent.
type Webhook struct{ ent.Schema }

// Fields of Webhook.
func (Webhook) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(40).Immutable(),
		field.String("organization_id").MaxLen(40).Immutable(),
		field.String("url").MaxLen(500).Immutable(),
		field.Strings("kinds").Immutable().Comment("empty for all"),
		field.Bytes("nonce").MaxLen(16).Immutable().Comment("makes the secret, together with the server's key"),
		field.Enum("state").GoType(hook.State("")),
		field.Int("failures").Default(0).Comment("notices given up since one was received"),
		field.String("created_by").MaxLen(40).Immutable().Comment("a person or a token"),
		field.Time("created_at").Immutable(),
		field.Time("leased_until").Optional().Nillable().Comment("a server is sending until then, at the latest"),
	}
}

// Indexes of Webhook.
func (Webhook) Indexes() []ent.Index {
	return []ent.Index{index.Fields("organization_id", "url").Unique()}
}

// Delivery is a notice on its way to a webhook.
type Delivery struct{ ent.Schema }

// Fields of Delivery.
func (Delivery) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(40).Immutable(),
		field.String("webhook_id").MaxLen(40).Immutable(),
		field.String("organization_id").MaxLen(40).Immutable(),
		field.String("notice_id").MaxLen(40).Immutable(),
		field.String("kind").MaxLen(60).Immutable(),
		field.Bytes("body").Immutable().Comment("the exact bytes that are sent"),
		field.Enum("state").GoType(hook.Progress("")),
		field.Int("attempts").Default(0),
		field.Int("failed").Default(0).Comment("tries since it was last told to be sent"),
		field.Time("next_at"),
		field.Int("status").Default(0),
		field.String("error").MaxLen(400).Default(""),
		field.Time("created_at").Immutable().Comment("of the notice"),
		field.Int64("sequence").Default(0).Immutable().Comment("of the notice's entry"),
		field.Time("delivered_at").Optional().Nillable(),
	}
}

// Indexes of Delivery.
func (Delivery) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("webhook_id", "notice_id").Unique(),
		index.Fields("webhook_id", "state", "created_at", "sequence", "id"),
		index.Fields("webhook_id", "created_at", "id"),
		index.Fields("state", "webhook_id"),
	}
}
