package bidding

import (
	"context"
	"errors"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entrefusal "github.com/jiebang/jiebang/ent/gen/ent/refusal"
	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/keeping"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// maxRefusals is how many refusals of an organization for a demand leave an entry, so that they are no way to flood the ledger.
const maxRefusals = 20

// errUnnoted says that a refusal leaves no entry.
var errUnnoted = errors.New("a refusal that is not noted")

// refused notes that a bid came too late and returns why it is refused, with the entry that says so, which its bidder alone reads. Only a bid
// that nothing else is wrong with is noted.
func (s *Bidding) refused(ctx context.Context, home, demandID string, e *seal.Envelope, why error) error {
	if in := rpc.From(ctx); in.ValidateOnly || !errors.Is(why, demand.ErrDeadlinePassed) && !errors.Is(why, demand.ErrNotOpen) {
		return why
	}
	call := identity.Change(ctx, home)
	call.Method, call.RequestID = "bid.refuse", chance.UUID(s.db.Rand())
	r, err := storage.Tx(ctx, s.db, call, func(tx *storage.Txn) (storage.Receipt, error) {
		d, err := posting.Find(ctx, tx.Client, demandID, tx.Caller)
		if err != nil {
			return storage.Receipt{}, err
		}
		under, err := keeping.Sealing(ctx, tx.Client, demandID)
		if err != nil {
			return storage.Receipt{}, err
		}
		at, err := tx.Latest(ctx, rpc.From(ctx).Received)
		if err != nil {
			return storage.Receipt{}, err
		}
		if at.Before(under.Deadline) {
			return storage.Receipt{}, errUnnoted
		}
		if err := errors.Join(eligible(ctx, tx, d), e.Check(keeping.Terms(under))); err != nil {
			return storage.Receipt{}, err
		}
		return noteRefusal(ctx, tx, demandID, seal.Sum(e.Encode()), at)
	})
	if err != nil {
		return why // it is refused all the same
	}
	return fault.As(why).With("refusal", id.LedgerName(home)).With("sequence", r.Sequence)
}

func noteRefusal(ctx context.Context, tx *storage.Txn, demandID string, digest seal.Digest, at time.Time) (storage.Receipt, error) {
	r, err := tx.Refusal.Query().Where(entrefusal.DemandID(demandID), entrefusal.OrganizationID(tx.Caller.Organization)).Only(ctx)
	switch {
	case ent.IsNotFound(err):
		r = &ent.Refusal{ID: id.New(tx.Rand, id.Refusal, tx.Jurisdiction), Jurisdiction: tx.Jurisdiction, DemandID: demandID, OrganizationID: tx.Caller.Organization,
			CreatedAt: tx.Now}
	case err != nil:
		return storage.Receipt{}, err
	case r.Version >= maxRefusals:
		return storage.Receipt{}, errUnnoted
	}
	r.Version, r.UpdatedAt, r.Digest, r.ReceivedAt = r.Version+1, tx.Now, digest[:], at
	e, err := tx.Append(entry.Entry{Kind: "bid.refused", Subject: id.RefusalName(demandID, r.ID), Organization: id.OrganizationName(r.OrganizationID), Row: RefusalImage(r)})
	if err != nil {
		return storage.Receipt{}, err
	}
	if r.Version == 1 {
		return e, tx.Refusal.Create().SetID(r.ID).SetJurisdiction(r.Jurisdiction).SetVersion(r.Version).SetEntrySeq(e.Sequence).SetEntryHash(e.Hash).
			SetCreatedAt(r.CreatedAt).SetUpdatedAt(r.UpdatedAt).SetDemandID(r.DemandID).SetOrganizationID(r.OrganizationID).SetDigest(r.Digest).SetReceivedAt(r.ReceivedAt).Exec(ctx)
	}
	return e, storage.One(tx.Refusal.Update().Where(entrefusal.ID(r.ID), entrefusal.Version(r.Version-1)).SetVersion(r.Version).SetEntrySeq(e.Sequence).
		SetEntryHash(e.Hash).SetUpdatedAt(r.UpdatedAt).SetDigest(r.Digest).SetReceivedAt(r.ReceivedAt).Save(ctx))
}

// RefusalImage is the audited columns of a refusal.
func RefusalImage(r *ent.Refusal) entry.Row {
	return (&entry.Image{}).Text("jurisdiction", r.Jurisdiction).Int("version", int64(r.Version)).Time("created_at", r.CreatedAt).Time("updated_at", r.UpdatedAt).
		Text("demand_id", r.DemandID).Text("organization_id", r.OrganizationID).Bytes("digest", r.Digest).Time("received_at", r.ReceivedAt).Row()
}
