package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
)

// ContractText is the text of a contract that was generated here when it was proposed. The contract has its SHA-256, so that nothing more need be audited.
type ContractText struct{ ent.Schema }

// Fields of ContractText.
func (ContractText) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(60).Immutable().Comment("the contract's id, and the version of the text after a hyphen"),
		field.String("jurisdiction").MaxLen(6).Immutable(),
		field.String("contract_id").MaxLen(40).Immutable(),
		field.String("template").MaxLen(40).Immutable(),
		field.Bytes("content").Immutable().Comment("HTML"),
	}
}
