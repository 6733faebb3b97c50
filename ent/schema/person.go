package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/identity/party"
)

// Person is an account, without a word about who it is: that lies in Facts, and can be erased.
type Person struct{ ent.Schema }

// Mixin of Person.
func (Person) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of Person.
func (Person) Fields() []ent.Field {
	return []ent.Field{
		field.Enum("state").GoType(party.PersonState("")),
		field.Bytes("facts_hash").MaxLen(32).Comment("hash of the salted facts: proves what they were as long as they are there, and nothing once they are erased"),
		field.Time("secured_at").Comment("when the credentials last changed: sessions of before have ended"),
	}
}

// Facts are the personal data of a person. They are in no ledger and can be erased.
type Facts struct{ ent.Schema }

// Fields of Facts.
func (Facts) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(40).Immutable().Comment("of the person"),
		field.Bytes("salt").MaxLen(16),
		field.String("login").MaxLen(120).Unique().Comment("folded: no two that look alike"),
		field.String("login_text").MaxLen(120).Comment("as its person writes it"),
		field.String("display_name").MaxLen(240),
		field.String("email").MaxLen(254).Default(""),
		field.String("phone").MaxLen(20).Default(""),
	}
}

// Credential is what a person proves itself with. It is in no ledger; that it was changed is.
type Credential struct{ ent.Schema }

// Fields of Credential.
func (Credential) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(200).Immutable().Comment("kind/person, or kind/person/what tells several apart"),
		field.String("person_id").MaxLen(40).Immutable(),
		field.Enum("kind").GoType(party.Factor("")).Immutable(),
		field.String("label").MaxLen(240).Default(""),
		field.Bytes("secret").MaxLen(4096).Comment("a password's or recovery code's hash, a passkey's public key, a time-based code's secret"),
		field.Bool("confirmed").Default(true).Comment("a time-based code counts once it has been shown"),
		field.Int64("counter").Default(0).Comment("the last step of a time-based code, the sign count of a passkey: none is taken twice"),
		field.Time("created_at").Immutable(),
		field.Time("used_at").Optional().Nillable(),
	}
}

// Indexes of Credential.
func (Credential) Indexes() []ent.Index { return []ent.Index{index.Fields("person_id")} }

// Link ties an account at an outside identity provider to a person.
type Link struct{ ent.Schema }

// Fields of Link.
func (Link) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(64).Immutable().Comment("hash of issuer and subject"),
		field.String("person_id").MaxLen(40).Immutable(),
		field.String("issuer").MaxLen(300).Immutable(),
		field.String("subject").MaxLen(300).Immutable(),
		field.Time("created_at").Immutable(),
	}
}

// Indexes of Link.
func (Link) Indexes() []ent.Index { return []ent.Index{index.Fields("person_id")} }
