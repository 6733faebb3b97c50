// Package disclosing is 保密披露: what of a demand is not public is given to who may have it, and each giving is an entry of the ledger.
//
//   - There are three layers: public, after the agreement was accepted, and for who has won and has accepted it.
//   - Nothing but DiscloseDemand gives a layer that is not public to anyone but its firm.
//   - Officers of the bureau and experts who were asked read the middle layer by their office, and it is noted like any other reading.
package disclosing

import (
	"context"
	_ "embed" // the agreement

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	entdisclosure "github.com/jiebang/jiebang/ent/gen/ent/disclosure"
	entopinion "github.com/jiebang/jiebang/ent/gen/ent/opinion"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/posting/detail"
)

// Version is the agreement in force, and Text what it says. Another text is another version.
const Version = "nda/1"

// Text is what the agreement in force says.
//
//go:embed nda-1.txt
var Text string

// Faults of disclosures.
var (
	ErrVersion  = fault.New(fault.Invalid, "AGREEMENT_VERSION", "another version of the agreement is in force; read it again")
	ErrAccepted = fault.New(fault.Exists, "AGREEMENT_ACCEPTED", "the organization has accepted the agreement for this demand")
	ErrMissing  = fault.New(fault.Forbidden, "AGREEMENT_MISSING", "what is confidential is given after the agreement was accepted")
	ErrNothing  = fault.New(fault.Precondition, "NOTHING_GATED", "the demand has no confidential content")
)

// Disclosing discloses.
type Disclosing struct{ db *storage.DB }

// New returns the disclosing of db.
func New(db *storage.DB) *Disclosing { return &Disclosing{db} }

// Disclosed is what was given.
type Disclosed struct {
	NDA, Winner string
	Row         *ent.Disclosure
}

// Accept accepts the agreement for a demand.
func (s *Disclosing) Accept(ctx context.Context, demandID, version string) (*ent.Disclosure, error) {
	return change(ctx, s.db, demandID, func(tx *storage.Txn, d *ent.Demand, r *ent.Disclosure) (*ent.Disclosure, error) {
		switch {
		case version != Version:
			return nil, ErrVersion.With("version", Version).At("version")
		case r.Agreement != "":
			return nil, ErrAccepted
		}
		if err := tx.Caller.Kind.MayBid(); err != nil {
			return nil, err
		}
		r.Agreement, r.AcceptedBy = version, tx.Caller.Principal()
		return r, save(ctx, tx, "disclosure.accepted", r)
	})
}

// Disclose gives the caller what it may read of a demand, and notes it.
func (s *Disclosing) Disclose(ctx context.Context, demandID string) (Disclosed, error) {
	return change(ctx, s.db, demandID, func(tx *storage.Txn, d *ent.Demand, r *ent.Disclosure) (Disclosed, error) {
		office, err := byOffice(ctx, tx, d)
		if err != nil {
			return Disclosed{}, err
		}
		if r.Agreement == "" && !office {
			return Disclosed{}, ErrMissing
		}
		gated, err := detail.DecodeGated(d.Gated)
		if err != nil {
			return Disclosed{}, err
		}
		won, err := tx.Bid.Query().Where(entbid.DemandID(d.ID), entbid.OrganizationID(tx.Caller.Organization), entbid.StateEQ(bid.Won)).Exist(ctx)
		if err != nil {
			return Disclosed{}, err
		}
		given := Disclosed{NDA: gated.NDA, Row: r}
		if won = won && r.Agreement != ""; won {
			given.Winner = gated.Winner
		}
		r.Times, r.Winner, r.ReadBy = r.Times+1, won, tx.Caller.Principal()
		return given, save(ctx, tx, "disclosure.made", r)
	})
}

// byOffice reports whether the caller reads what is under the agreement without having accepted it: the firm, its officers, its experts.
func byOffice(ctx context.Context, tx *storage.Txn, d *ent.Demand) (bool, error) {
	if tx.Caller.Organization == d.OrganizationID || tx.Caller.Oversees(d.Jurisdiction) {
		return true, nil
	}
	if tx.Caller.Person == "" {
		return false, nil
	}
	return tx.Opinion.Query().Where(entopinion.DemandID(d.ID), entopinion.PersonID(tx.Caller.Person)).Exist(ctx)
}

// change loads a demand that the caller may know of, and what is noted of its organization, and lets decide change that.
func change[T any](ctx context.Context, db *storage.DB, demandID string, decide func(*storage.Txn, *ent.Demand, *ent.Disclosure) (T, error)) (T, error) {
	var none T
	home, err := rpc.Home(id.Demand, demandID, demand.ErrNotFound)
	if err != nil {
		return none, err
	}
	return storage.Tx(ctx, db, identity.Change(ctx, home), func(tx *storage.Txn) (T, error) {
		d, err := posting.Find(ctx, tx.Client, demandID, tx.Caller)
		if err != nil {
			return none, err
		}
		if d.Gated == "" {
			return none, ErrNothing
		}
		r, err := tx.Disclosure.Query().Where(entdisclosure.DemandID(demandID), entdisclosure.OrganizationID(tx.Caller.Organization)).Only(ctx)
		if ent.IsNotFound(err) {
			r, err = &ent.Disclosure{ID: id.New(tx.Rand, id.Disclosure, home), Jurisdiction: home, DemandID: demandID, OrganizationID: tx.Caller.Organization, CreatedAt: tx.Now}, nil
		}
		if err != nil {
			return none, err
		}
		return decide(tx, d, r)
	})
}

// Image is the audited columns of a disclosure.
func Image(r *ent.Disclosure) entry.Row {
	return (&entry.Image{}).Text("jurisdiction", r.Jurisdiction).Int("version", int64(r.Version)).Time("created_at", r.CreatedAt).Time("updated_at", r.UpdatedAt).
		Text("demand_id", r.DemandID).Text("organization_id", r.OrganizationID).Text("agreement", r.Agreement).Text("accepted_by", r.AcceptedBy).
		Int("times", int64(r.Times)).Bool("winner", r.Winner).Text("read_by", r.ReadBy).Row()
}

// save appends the entry of a changed disclosure and writes its row; version 0 is a new one.
func save(ctx context.Context, tx *storage.Txn, kind string, r *ent.Disclosure) error {
	r.Version, r.UpdatedAt = r.Version+1, tx.Now
	receipt, err := tx.Append(entry.Entry{Kind: kind, Subject: id.DisclosureName(r.DemandID, r.ID), Organization: id.OrganizationName(r.OrganizationID), Row: Image(r)})
	if err != nil {
		return err
	}
	r.EntrySeq, r.EntryHash = receipt.Sequence, receipt.Hash
	if r.Version == 1 {
		return tx.Disclosure.Create().SetID(r.ID).SetJurisdiction(r.Jurisdiction).SetVersion(r.Version).SetEntrySeq(r.EntrySeq).SetEntryHash(r.EntryHash).
			SetCreatedAt(r.CreatedAt).SetUpdatedAt(r.UpdatedAt).SetDemandID(r.DemandID).SetOrganizationID(r.OrganizationID).SetAgreement(r.Agreement).
			SetAcceptedBy(r.AcceptedBy).SetTimes(r.Times).SetWinner(r.Winner).SetReadBy(r.ReadBy).Exec(ctx)
	}
	return storage.One(tx.Disclosure.Update().Where(entdisclosure.ID(r.ID), entdisclosure.Version(r.Version-1)).SetVersion(r.Version).SetEntrySeq(r.EntrySeq).
		SetEntryHash(r.EntryHash).SetUpdatedAt(r.UpdatedAt).SetAgreement(r.Agreement).SetAcceptedBy(r.AcceptedBy).SetTimes(r.Times).SetWinner(r.Winner).
		SetReadBy(r.ReadBy).Save(ctx))
}
