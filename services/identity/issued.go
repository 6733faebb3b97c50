package identity

import (
	"context"

	enttoken "github.com/jiebang/jiebang/ent/gen/ent/token"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// RevokeIssued revokes the tokens that somebody has issued in the jurisdiction of tx, and those that they have issued in turn.
func RevokeIssued(ctx context.Context, tx *storage.Txn, issuer string) error {
	open := scope.Open(ctx, "the tokens of somebody who is disabled end, whichever organization they act for")
	for issuers := []string{issuer}; len(issuers) > 0; {
		tokens, err := tx.Token.Query().Where(enttoken.IssuedByIn(issuers...), enttoken.Jurisdiction(tx.Jurisdiction)).Order(enttoken.ByID()).All(open)
		if err != nil {
			return err
		}
		issuers = nil
		for _, t := range tokens {
			issuers = append(issuers, t.ID)
			if t.RevokedAt != nil {
				continue
			}
			t.RevokedAt = &tx.Now
			if err := saveToken(ctx, tx, "token.revoked", t); err != nil {
				return err
			}
		}
	}
	return nil
}
