package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/identity/party"
)

// Approval is a request that two persons make: the first has asked, the second says yes or no to exactly that.
type Approval struct{ ent.Schema }

// Mixin of Approval.
func (Approval) Mixin() []ent.Mixin { return []ent.Mixin{Audited{}} }

// Fields of Approval.
func (Approval) Fields() []ent.Field {
	return []ent.Field{
		field.String("organization_id").MaxLen(40).Immutable().Comment("of the first person"),
		field.String("action").MaxLen(60).Immutable(),
		field.String("method").MaxLen(120).Immutable().Comment("of the API"),
		field.String("subject").MaxLen(200).Immutable().Comment("the name of what it is done to"),
		field.Bytes("request_hash").MaxLen(32).Immutable().Comment("digest of the method and the whole request"),
		field.Bytes("request").MaxLen(65536).Immutable().Comment("the request as it was made, for the second person to read"),
		field.String("requested_by").MaxLen(40).Immutable(),
		field.String("requested_session").MaxLen(40).Immutable(),
		field.Enum("state").GoType(party.ApprovalState("")),
		field.String("decided_by").MaxLen(40).Default(""),
		field.String("decided_session").MaxLen(40).Default(""),
		field.Time("expires_at").Immutable(),
	}
}

// Indexes of Approval.
func (Approval) Indexes() []ent.Index {
	return []ent.Index{index.Fields("organization_id", "state", "created_at"), index.Fields("request_hash")}
}
