// Package keeping is about who can open sealed bids: key custodians 密钥保管人, the platform's own keys, and what the bids of a demand are sealed
// under.
//
//   - A custodian is a person. Its key counts once another person has compared the fingerprint, and only while it was shown to be there lately.
//   - What bids are sealed under is fixed in the transaction that publishes the demand, and again when its deadline moves; it is never changed.
//   - The platform's keys follow from one secret in the data directory, which is neither in the database nor the ledger's key: whoever steals a
//     database or a backup reads no bid of level S0 and no draft.
package keeping

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcustodian "github.com/jiebang/jiebang/ent/gen/ent/custodian"
	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/keeping/custodian"
)

// Keeping keeps keys and those who keep them.
type Keeping struct {
	db     *storage.DB
	secret []byte
}

// New returns the keeping of db. The secret has 32 bytes; all of the platform's own keys follow from it.
func New(db *storage.DB, secret []byte) *Keeping { return &Keeping{db, secret} }

// Register registers a public key of the caller, who is a person, for the office that the name says.
func (k *Keeping) Register(ctx context.Context, office, recipient string) (*ent.Custodian, error) {
	if err := seal.CheckRecipient(recipient); err != nil {
		return nil, fault.As(err).At("custodian.recipient")
	}
	return storage.Tx(ctx, k.db, identity.Change(ctx, identity.Caller(ctx).Jurisdiction), func(tx *storage.Txn) (*ent.Custodian, error) {
		if tx.Caller.Person == "" {
			return nil, custodian.ErrPerson
		}
		waits, err := tx.Custodian.Query().Where(entcustodian.PersonID(tx.Caller.Person), entcustodian.Jurisdiction(tx.Jurisdiction),
			entcustodian.StateEQ(custodian.Registered)).Exist(ctx)
		if err != nil {
			return nil, err
		}
		if waits {
			return nil, custodian.ErrExists
		}
		taken, err := tx.Custodian.Query().Where(entcustodian.Recipient(recipient)).Exist(ctx)
		if err != nil {
			return nil, err
		}
		if taken {
			return nil, custodian.ErrKeyTaken.At("custodian.recipient")
		}
		c := &ent.Custodian{ID: id.New(tx.Rand, id.Custodian, tx.Jurisdiction), Jurisdiction: tx.Jurisdiction, OrganizationID: tx.Caller.Organization,
			PersonID: tx.Caller.Person, DisplayName: office, Recipient: recipient, State: custodian.Registered, CreatedAt: tx.Now}
		return c, saveCustodian(ctx, tx, "custodian.registered", c)
	})
}

// Confirm confirms a key, by a second person who types its fingerprint.
func (k *Keeping) Confirm(ctx context.Context, custodianID, etag, fingerprint string) (*ent.Custodian, error) {
	return k.change(ctx, custodianID, func(tx *storage.Txn, c *ent.Custodian) (err error) {
		if err := rpc.CheckEtag("etag", etag, c.Version); err != nil {
			return err
		}
		if tx.Caller.Person == "" {
			return custodian.ErrPerson
		}
		if c.State, err = c.State.Next(custodian.Confirm); err != nil {
			return err
		}
		if err := custodian.CheckFingerprint(c.Recipient, fingerprint); err != nil {
			return rpc.At("fingerprint", err)
		}
		c.ConfirmedBy = tx.Caller.Person
		return saveCustodian(ctx, tx, "custodian.confirmed", c)
	})
}

// Retire ends the use of a key for demands that are published from now on.
func (k *Keeping) Retire(ctx context.Context, custodianID, etag string) (*ent.Custodian, error) {
	return k.change(ctx, custodianID, func(tx *storage.Txn, c *ent.Custodian) (err error) {
		if err := rpc.CheckEtag("etag", etag, c.Version); err != nil {
			return err
		}
		if c.State, err = c.State.Next(custodian.Retire); err != nil {
			return err
		}
		return saveCustodian(ctx, tx, "custodian.retired", c)
	})
}

// Prove takes the answer to a challenge, which proves that the key is there.
func (k *Keeping) Prove(ctx context.Context, custodianID string, answer []byte) (*ent.Custodian, error) {
	return k.change(ctx, custodianID, func(tx *storage.Txn, c *ent.Custodian) error {
		if c.State == custodian.Retired {
			return custodian.ErrState.With("state", string(c.State))
		}
		right, err := k.answers(c, tx.Now, answer)
		if err != nil {
			return err
		}
		if !right {
			return custodian.ErrAnswer.At("answer")
		}
		c.CheckedAt = &tx.Now
		return saveCustodian(ctx, tx, "custodian.proved", c)
	})
}

// change loads a custodian under the lock and lets decide change it.
func (k *Keeping) change(ctx context.Context, custodianID string, decide func(*storage.Txn, *ent.Custodian) error) (*ent.Custodian, error) {
	home, err := rpc.Home(id.Custodian, custodianID, custodian.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, k.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Custodian, error) {
		c, err := find(ctx, tx.Client, tx.Caller, custodianID)
		if err != nil {
			return nil, err
		}
		return c, decide(tx, c)
	})
}

// find reads a custodian to which the caller may do what it calls for. That of another person is no more one's own than that of another
// organization; and nobody confirms a key of one's own.
func find(ctx context.Context, c *ent.Client, caller party.Caller, custodianID string) (*ent.Custodian, error) {
	found, err := c.Custodian.Query().Where(entcustodian.ID(custodianID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, custodian.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	o := policy.Object{Person: found.PersonID, Jurisdiction: found.Jurisdiction, Openness: policy.Published}
	if rpc.From(ctx).Policy.Action == "custodian.confirm" {
		o.Authors = []string{found.PersonID}
	}
	return found, identity.May(ctx, caller, o, custodian.ErrNotFound, custodian.ErrForeign)
}

// Mine is a custodian who is the caller in person.
func Mine(ctx context.Context, c *ent.Client, caller party.Caller, custodianID string) (*ent.Custodian, error) {
	return find(ctx, c, caller, custodianID)
}
