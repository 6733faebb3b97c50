package opening

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entopening "github.com/jiebang/jiebang/ent/gen/ent/opening"
	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Image is the audited columns of what a custodian has given. The shares themselves are in the ledger once they have opened the bids.
func Image(o *ent.Opening) entry.Row {
	return (&entry.Image{}).Text("jurisdiction", o.Jurisdiction).Int("version", int64(o.Version)).Time("created_at", o.CreatedAt).Time("updated_at", o.UpdatedAt).
		Text("demand_id", o.DemandID).Text("custodian_id", o.CustodianID).Text("organization_id", o.OrganizationID).Bytes("shares_digest", o.SharesDigest).
		Bool("used", o.Used).Row()
}

// DigestOf is the digest of the shares that an opening holds; it differs from shares_digest if somebody changed them.
func DigestOf(o *ent.Opening) []byte {
	d := seal.Sum(o.Shares)
	return d[:]
}

// save appends the entry of what a custodian has given and writes its row; version 0 is a new one.
func save(ctx context.Context, tx *storage.Txn, kind string, o *ent.Opening) error {
	o.Version, o.UpdatedAt = o.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.OpeningName(o.DemandID, o.ID), Organization: id.OrganizationName(o.OrganizationID), Row: Image(o)})
	if err != nil {
		return err
	}
	o.EntrySeq, o.EntryHash = r.Sequence, r.Hash
	if o.Version == 1 {
		return tx.Opening.Create().SetID(o.ID).SetJurisdiction(o.Jurisdiction).SetVersion(o.Version).SetEntrySeq(o.EntrySeq).SetEntryHash(o.EntryHash).
			SetCreatedAt(o.CreatedAt).SetUpdatedAt(o.UpdatedAt).SetDemandID(o.DemandID).SetCustodianID(o.CustodianID).SetOrganizationID(o.OrganizationID).
			SetShares(o.Shares).SetSharesDigest(o.SharesDigest).SetUsed(o.Used).Exec(ctx)
	}
	return storage.One(tx.Opening.Update().Where(entopening.ID(o.ID), entopening.Version(o.Version-1)).SetVersion(o.Version).SetEntrySeq(o.EntrySeq).
		SetEntryHash(o.EntryHash).SetUpdatedAt(o.UpdatedAt).SetUsed(o.Used).Save(ctx))
}
