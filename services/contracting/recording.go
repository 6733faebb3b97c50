package contracting

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcontract "github.com/jiebang/jiebang/ent/gen/ent/contract"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/registering/registration"
)

// Recorded is a contract that was signed elsewhere.
type Recorded struct {
	Content
	Buyer, Seller string // organization ids
	Channel       contract.Channel
	SignDate      string
	Grade         contract.Grade // what the evidence proves, if it is empty
	Registry      string         // 合同登记编号
	Origin        *Origin        // of one that a list has; nil if an officer recorded it
}

// Origin is where a contract of a list comes from.
type Origin struct {
	Backfill       string // id
	Row            int
	Source, Number string
}

// Record records a signed contract in the bureau's ledger; it is in force at once.
func (s *Contracting) Record(ctx context.Context, r Recorded) (*ent.Contract, error) {
	return storage.Tx(ctx, s.db, identity.Change(ctx, identity.Caller(ctx).Jurisdiction), func(tx *storage.Txn) (*ent.Contract, error) {
		if r.Channel != contract.Auction {
			return nil, contract.ErrChannel.With("channel", string(r.Channel)).At("contract.channel")
		}
		return s.Enter(ctx, tx, r)
	})
}

// Enter records a signed contract in the transaction. Its grade is that of its evidence.
func (s *Contracting) Enter(ctx context.Context, tx *storage.Txn, r Recorded) (*ent.Contract, error) {
	grade, err := contract.Evidence{Grade: r.Grade, Registry: r.Registry, Digest: r.TextDigest}.Check()
	if err != nil {
		field := "contract.text_digest"
		if r.Grade != "" {
			field = "contract.evidence_grade"
		}
		return nil, rpc.At(field, err)
	}
	if err := contract.CheckSignDate(r.SignDate, tx.Now); err != nil {
		return nil, err
	}
	if r.Buyer == r.Seller {
		return nil, contract.ErrPartiesSame.At("contract.seller")
	}
	sides := []struct{ field, id string }{{"contract.buyer", r.Buyer}, {"contract.seller", r.Seller}}
	if r.Origin != nil {
		sides = nil // a list names them by what they are, and its check has found them
	}
	for _, o := range sides {
		if _, err := identity.Organization(ctx, tx.Client, o.id); err != nil {
			return nil, rpc.At(o.field, err)
		}
	}
	k := &ent.Contract{
		ID: id.New(tx.Rand, id.Contract, tx.Jurisdiction), Jurisdiction: tx.Jurisdiction, BuyerID: r.Buyer, SellerID: r.Seller,
		Channel: r.Channel, State: contract.Active, Recorded: true, SignDate: &r.SignDate, CreatedAt: tx.Now,
		TextVersion: 1, EvidenceGrade: &grade,
	}
	if err := register(ctx, tx, k, r.Registry); err != nil {
		return nil, rpc.At("contract.registry_number", err)
	}
	if o := r.Origin; o != nil {
		k.BackfillID, k.BackfillRow, k.Source, k.NumberThere = &o.Backfill, &o.Row, &o.Source, &o.Number
	}
	r.apply(k, contentFields)
	if err := checkContent(ctx, tx, k); err != nil {
		return nil, err
	}
	if err := number(ctx, tx, k); err != nil {
		return nil, err
	}
	return k, s.conclude(ctx, tx, "contract.recorded", k)
}

// register notes the number under which the registry has a contract, which no other has.
func register(ctx context.Context, tx *storage.Txn, k *ent.Contract, number string) error {
	if number == "" {
		return nil
	}
	if err := registration.CheckNumber(number); err != nil {
		return err
	}
	taken, err := tx.Contract.Query().Where(entcontract.Jurisdiction(k.Jurisdiction), entcontract.RegistryNumber(number)).Exist(ctx)
	if err == nil && taken {
		err = contract.ErrRegistryTaken.With("number", number)
	}
	k.RegistryNumber = &number
	return err
}
