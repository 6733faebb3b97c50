package services

import (
	"context"
	"fmt"
	"slices"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/account"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/member"
)

// Founder is somebody whom the server's own operator makes a member at once, without an invitation: the first persons of a bureau, who then invite the
// others. What two persons do needs two of them.
type Founder struct {
	Login, DisplayName, Password string
	Jurisdiction                 string
	Organization                 string   // id; the bureau of the jurisdiction if empty
	Roles                        []string // such as secadmin
}

// Founded are the names of a founder's person and membership.
type Founded struct{ Person, Member string }

// Found makes an account that is a member at once. It needs the server's own database.
func (s *Server) Found(ctx context.Context, f Founder) (Founded, error) {
	var roles []party.Role
	for _, r := range f.Roles {
		if !slices.Contains(party.Roles, party.Role(r)) {
			return Founded{}, fmt.Errorf("no role is called %q; the roles are %v", r, party.Roles)
		}
		roles = append(roles, party.Role(r))
	}
	prepared, err := s.accounts.Prepare(ctx, account.Details{Login: f.Login, DisplayName: f.DisplayName}, f.Password, "account")
	if err != nil {
		return Founded{}, err
	}
	return storage.Tx(ctx, s.db, identity.Act(f.Jurisdiction, "member.found"), func(tx *storage.Txn) (Founded, error) {
		o, err := place(ctx, tx, f)
		if err != nil {
			return Founded{}, err
		}
		p, err := account.Create(ctx, tx, prepared)
		if err != nil {
			return Founded{}, err
		}
		m, err := member.Admit(ctx, tx, o, p.ID, roles)
		if err != nil {
			return Founded{}, err
		}
		return Founded{id.PersonName(p.ID), id.MemberName(o.ID, m.ID)}, nil
	})
}

// place is the organization of a founder.
func place(ctx context.Context, tx *storage.Txn, f Founder) (*ent.Organization, error) {
	if f.Organization != "" {
		return identity.Organization(ctx, tx.Client, f.Organization)
	}
	return identity.BureauOf(ctx, tx.Client, f.Jurisdiction)
}
