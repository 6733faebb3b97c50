package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/identity/party"
)

// Token is an API token; its secret is not kept, only a hash of it.
type Token struct{ ent.Schema }

// Mixin of Token.
func (Token) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of Token.
func (Token) Fields() []ent.Field {
	return []ent.Field{
		field.String("organization_id").MaxLen(40).Immutable(),
		field.String("display_name").MaxLen(240),
		field.JSON("roles", []party.Role{}).Immutable(),
		field.Bytes("secret_hash").MaxLen(32).Immutable().Comment("SHA-256 of the secret's random part; 256 random bits need no slow hash"),
		field.JSON("scopes", []string{}).Optional().Immutable().Comment("actions that it is limited to; empty for all of its roles'"),
		field.JSON("networks", []string{}).Optional().Immutable().Comment("where it works, in CIDR notation; empty for everywhere"),
		field.String("issued_by").MaxLen(40).Default("").Immutable().Comment("a person, a token, or system"),
		field.Time("expires_at").Immutable(),
		field.Time("revoked_at").Optional().Nillable(),
	}
}

// Indexes of Token.
func (Token) Indexes() []ent.Index {
	return []ent.Index{index.Fields("organization_id", "created_at", "id")}
}
