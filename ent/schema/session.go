package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Session is a person who has logged in, acting for one organization. It is in no ledger; a login of a privileged role is.
type Session struct{ ent.Schema }

// Fields of Session.
func (Session) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(40).Immutable(),
		field.String("jurisdiction").MaxLen(6).Immutable(),
		field.String("person_id").MaxLen(40).Immutable(),
		field.Int("person_version").Comment("of the person when it logged in: a later change of its credentials ends the session"),
		field.String("membership_id").MaxLen(40).Optional().Nillable().Immutable().Comment("as which member it acts; none for a person that is a member of nothing"),
		field.Int("membership_version").Default(0).Immutable().Comment("of the membership when it logged in: a later change of its roles ends the session"),
		field.Bytes("secret_hash").MaxLen(32).Immutable(),
		field.String("method").MaxLen(20).Immutable().Comment("how it logged in"),
		field.String("address").MaxLen(64).Immutable(),
		field.String("agent").MaxLen(200).Immutable(),
		field.Time("created_at").Immutable(),
		field.Time("expires_at").Immutable().Comment("however much it is used"),
		field.Time("seen_at").Comment("to the minute"),
		field.Time("stepped_at").Optional().Nillable().Comment("when a second factor was last shown"),
		field.Time("ended_at").Optional().Nillable(),
	}
}

// Indexes of Session.
func (Session) Indexes() []ent.Index {
	return []ent.Index{index.Fields("person_id"), index.Fields("expires_at")}
}

// DeviceLogin is a device that waits for its person to say yes elsewhere (RFC 8628).
type DeviceLogin struct{ ent.Schema }

// Fields of DeviceLogin.
func (DeviceLogin) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(64).Immutable().Comment("hash of the device code"),
		field.String("user_code").MaxLen(12).Immutable().Unique(),
		field.String("agent").MaxLen(200).Immutable(),
		field.String("address").MaxLen(64).Immutable(),
		field.String("session_id").MaxLen(40).Default("").Comment("of the person who said yes"),
		field.Bool("denied").Default(false),
		field.Bool("taken").Default(false).Comment("the device has its session"),
		field.Time("polled_at").Optional().Nillable(),
		field.Time("created_at").Immutable(),
		field.Time("expires_at").Immutable(),
	}
}

// Throttle counts failed attempts to log in, by account and by address, and delays the next. No account is locked for good.
type Throttle struct{ ent.Schema }

// Fields of Throttle.
func (Throttle) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(80).Immutable().Comment("what is counted, hashed"),
		field.Int("failures"),
		field.Time("until").Comment("no attempt before"),
		field.Time("updated_at"),
	}
}

// Indexes of Throttle.
func (Throttle) Indexes() []ent.Index { return []ent.Index{index.Fields("updated_at")} }

// Ceremony is a passkey's challenge that waits for its answer. Whoever takes it deletes it, so that no answer counts twice.
type Ceremony struct{ ent.Schema }

// Fields of Ceremony.
func (Ceremony) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(64).Immutable(),
		field.String("person_id").MaxLen(40).Default("").Immutable().Comment("empty before a login"),
		field.Bytes("data").MaxLen(8192).Immutable(),
		field.Time("expires_at").Immutable(),
	}
}

// Indexes of Ceremony.
func (Ceremony) Indexes() []ent.Index { return []ent.Index{index.Fields("expires_at")} }
