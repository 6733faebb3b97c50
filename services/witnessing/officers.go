package witnessing

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entmembership "github.com/jiebang/jiebang/ent/gen/ent/membership"
	"github.com/jiebang/jiebang/services/account"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/scope"
)

// Officer is somebody who answers for going on from a database that was rolled back.
type Officer struct{ Login, Password, Code string }

// Officers are two of the bureau of a ledger, one of each role, who show their second factors to the server itself: it serves nobody before they have.
type Officers struct {
	Jurisdiction       string
	Operator, Approver Officer
}

// Pair are the names of the two persons.
type Pair struct{ Operator, Approver string }

// ErrOfficers says that nobody answers for a rollback who may.
var ErrOfficers = errors.New("接受回退须由科技局的一名经办(operator)和一名审批(approver)当面办理")

// Vouched proves both officers. What they are is read from the database as it is, rolled back: there is no other.
func (w *Witnessing) Vouched(ctx context.Context, accounts *account.Accounts, two Officers) (p Pair, err error) {
	ctx = scope.Open(ctx, "the server's own operator has two officers prove themselves before anybody is served")
	bureau, err := identity.BureauOf(ctx, w.db.Read, two.Jurisdiction)
	if err != nil {
		return p, fmt.Errorf("%w: 账本 %s 的数据库里没有科技局: %w", ErrOfficers, two.Jurisdiction, err)
	}
	for _, who := range []struct {
		Officer
		role party.Role
		name *string
	}{{two.Operator, party.Operator, &p.Operator}, {two.Approver, party.Approver, &p.Approver}} {
		person, err := accounts.Vouch(ctx, account.Attempt{Login: who.Login, Password: who.Password, Code: who.Code})
		if err != nil {
			return p, fmt.Errorf("%w: %s: %w", ErrOfficers, who.Login, err)
		}
		m, err := w.db.Read.Membership.Query().Where(entmembership.OrganizationID(bureau.ID), entmembership.PersonID(person.ID), entmembership.StateEQ(party.Member)).Only(ctx)
		if ent.IsNotFound(err) || err == nil && !slices.Contains(m.Roles, who.role) {
			return p, fmt.Errorf("%w: %s 在 %s 没有角色 %s", ErrOfficers, who.Login, bureau.DisplayName, who.role)
		}
		if err != nil {
			return p, err
		}
		*who.name = id.PersonName(person.ID)
	}
	if p.Operator == p.Approver {
		return p, fmt.Errorf("%w: 两人不能是同一人", ErrOfficers)
	}
	return p, nil
}
