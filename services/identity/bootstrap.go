package identity

import (
	"context"
	"errors"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entorganization "github.com/jiebang/jiebang/ent/gen/ent/organization"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// Bootstrap registers the bureau of a jurisdiction that has none and issues its first token, whose secret is returned and kept nowhere.
// It returns an empty secret if the bureau is there already.
func (i *Identity) Bootstrap(ctx context.Context, jurisdiction, bureau string) (secret string, err error) {
	random := chance.Bytes(i.db.Rand(), secretBytes)
	issued, err := storage.Tx(ctx, i.db, Act(jurisdiction, "identity.bootstrap"), func(tx *storage.Txn) (Issued, error) {
		there, err := bureauOf(ctx, tx.Client, jurisdiction)
		if err != nil {
			return Issued{}, err
		}
		if there != nil {
			return Issued{}, errThere
		}
		o, err := register(ctx, tx, Content{DisplayName: bureau}, party.Bureau, party.PlaceholderCode(jurisdiction), party.Confirmed)
		if err != nil {
			return Issued{}, err
		}
		return issue(ctx, tx, bureauToken(tx, o, "first token"), random)
	})
	if errors.Is(err, errThere) {
		return "", nil
	}
	return issued.Secret, err
}

// AdminToken issues another token for the bureau, for an operator who has lost the first; it needs the server's own database.
func (i *Identity) AdminToken(ctx context.Context, jurisdiction string) (secret string, err error) {
	random := chance.Bytes(i.db.Rand(), secretBytes)
	issued, err := storage.Tx(ctx, i.db, Act(jurisdiction, "identity.admin_token"), func(tx *storage.Txn) (Issued, error) {
		o, err := BureauOf(ctx, tx.Client, jurisdiction)
		if err != nil {
			return Issued{}, err
		}
		return issue(ctx, tx, bureauToken(tx, o, "token issued on the server"), random)
	})
	return issued.Secret, err
}

// bureauToken is a token with all of a bureau's roles; its bearer issues narrower ones.
func bureauToken(tx *storage.Txn, bureau *ent.Organization, name string) *ent.Token {
	return &ent.Token{OrganizationID: bureau.ID, DisplayName: name, IssuedBy: tx.Principal, Roles: []party.Role{party.Secadmin, party.Operator, party.Auditor},
		ExpiresAt: tx.Now.Add(defaultTokenLife)}
}

var errThere = errors.New("the bureau is there")

func bureauOf(ctx context.Context, c *ent.Client, jurisdiction string) (*ent.Organization, error) {
	o, err := c.Organization.Query().Where(entorganization.Jurisdiction(jurisdiction), entorganization.KindEQ(party.Bureau)).First(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	return o, err
}

// BureauOf reads the bureau of a jurisdiction, or ErrNotFound.
func BureauOf(ctx context.Context, c *ent.Client, jurisdiction string) (*ent.Organization, error) {
	o, err := bureauOf(ctx, c, jurisdiction)
	if err == nil && o == nil {
		err = ErrNotFound.With("organization", "bureau of "+jurisdiction)
	}
	return o, err
}
