package member

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// CodeBytes is how many random bytes the code of an invitation has.
const CodeBytes = codeBytes

// First invites somebody to an organization in roles that two persons would have to grant. It is for the server's own operator, while there are none.
func First(ctx context.Context, tx *storage.Txn, o *ent.Organization, roles []party.Role, random []byte) (Invited, error) {
	if err := party.CheckRoles(o.Kind, roles); err != nil {
		return Invited{}, err
	}
	until := tx.Now.Add(party.InvitationLife)
	m := &ent.Membership{ID: id.New(tx.Rand, id.Membership, tx.Jurisdiction), Jurisdiction: tx.Jurisdiction, OrganizationID: o.ID, Roles: roles, State: party.Pending,
		CodeHash: identity.Hash(random), InvitedBy: tx.Principal, ExpiresAt: until, NextEventAt: &until, CreatedAt: tx.Now}
	return Invited{m, identity.Secret(m.ID, random)}, save(ctx, tx, "member.invited", m)
}
