package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// ContractMember finds the contracts of an organization that is a member of a consortium and not its lead. Who is a member is said by the contract itself, which is
// audited, and asked there.
type ContractMember struct{ ent.Schema }

// Fields of ContractMember.
func (ContractMember) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").MaxLen(100).Immutable().Comment("the contract's id and the organization's"),
		field.String("jurisdiction").MaxLen(6).Immutable(),
		field.String("contract_id").MaxLen(40).Immutable(),
		field.String("organization_id").MaxLen(40).Immutable(),
	}
}

// Indexes of ContractMember.
func (ContractMember) Indexes() []ent.Index {
	return []ent.Index{index.Fields("organization_id", "contract_id")}
}
