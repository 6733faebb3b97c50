package services

import (
	"context"

	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/member"
)

// InviteAdmin invites a security administrator to the bureau of a jurisdiction and returns the code of the invitation, which is good once and is nowhere
// else. It needs the server's own database; whoever has the code makes the account, so nobody has a password that another knows.
func (s *Server) InviteAdmin(ctx context.Context, jurisdiction string) (code string, err error) {
	random := chance.Bytes(s.db.Rand(), member.CodeBytes)
	invited, err := storage.Tx(ctx, s.db, identity.Act(jurisdiction, "member.first"), func(tx *storage.Txn) (member.Invited, error) {
		bureau, err := identity.BureauOf(ctx, tx.Client, jurisdiction)
		if err != nil {
			return member.Invited{}, err
		}
		return member.First(ctx, tx, bureau, []party.Role{party.Secadmin}, random)
	})
	return invited.Code, err
}
