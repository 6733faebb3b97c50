package registering

import (
	"bytes"
	"context"
	"crypto/sha256"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entregistration "github.com/jiebang/jiebang/ent/gen/ent/registration"
	"github.com/jiebang/jiebang/services/accounting"
	"github.com/jiebang/jiebang/services/accounting/account"
	"github.com/jiebang/jiebang/services/contracting"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/registering/registration"
)

// Review asks experts of a technology part that is large or disputed.
func (s *Registering) Review(ctx context.Context, seen Seen, disputed bool, why string) (*ent.Registration, error) {
	return s.change(ctx, seen, func(tx *storage.Txn, _ *ent.Contract, r *ent.Registration) (err error) {
		if r.State, err = r.State.Next(registration.Review); err != nil {
			return err
		}
		terms := registration.TermsAt(*r.AcceptedAt)
		if !terms.NeedsReview(max(r.ClaimedTechnologyFen, r.RecordedTechnologyFen), disputed) {
			return registration.ErrUndisputed.With("limit", terms.Limit.String()).At("disputed")
		}
		if r.Reason, err = registration.Reason(why); err != nil {
			return rpc.At("reason", err)
		}
		r.Disputed = disputed
		return begin(ctx, tx, r, terms.Review, "registration.review_started")
	})
}

// Conclude notes what the experts have said.
func (s *Registering) Conclude(ctx context.Context, seen Seen, opinions []registration.Opinion, minutes []byte) (*ent.Registration, error) {
	return s.change(ctx, seen, func(tx *storage.Txn, _ *ent.Contract, r *ent.Registration) (err error) {
		if r.State, err = r.State.Next(registration.Conclude); err != nil {
			return err
		}
		if err := registration.TermsAt(*r.AcceptedAt).CheckOpinions(opinions, r.ClaimedTotalFen); err != nil {
			return err
		}
		if len(minutes) != sha256.Size {
			return registration.ErrDigest.At("minutes_digest")
		}
		r.Review, r.ReviewDigest = registration.EncodeOpinions(opinions), minutes
		return save(ctx, tx, "registration.review_concluded", r)
	})
}

// recorded is the certificate that waits for the second officer.
func recorded(r *ent.Registration) registration.Certificate {
	return registration.Certificate{Number: r.RecordedNumber, Total: r.RecordedTotalFen, Technology: r.RecordedTechnologyFen, Date: r.RecordedDate, Digest: r.RecordedDigest}
}

// keep notes a certificate and who recorded it.
func keep(r *ent.Registration, c registration.Certificate, by string) {
	r.RecordedNumber, r.RecordedTotalFen, r.RecordedTechnologyFen, r.RecordedDate, r.RecordedDigest = c.Number, c.Total, c.Technology, c.Date, c.Digest
	r.RecordedBy = by
}

// Record notes what a certificate says, by an officer or for the seller. It changes no amount yet.
func (s *Registering) Record(ctx context.Context, seen Seen, c registration.Certificate) (*ent.Registration, error) {
	return s.change(ctx, seen, func(tx *storage.Txn, k *ent.Contract, r *ent.Registration) (err error) {
		if !tx.Caller.Oversees(r.Jurisdiction) {
			if err := contracting.Acts(k, tx.Caller, contracting.Seller); err != nil {
				return err
			}
		}
		if r.State, err = r.State.Next(registration.Record); err != nil {
			return err
		}
		if err := c.Check(*k.SignDate, contract.SignDate(tx.Now)); err != nil {
			return err
		}
		if r.Number != nil && c.Number != *r.Number {
			return registration.ErrNumberOther.With("number", *r.Number).At("certificate.number")
		}
		if err := fits(ctx, tx, k, r, c); err != nil {
			return err
		}
		keep(r, c, tx.Caller.Principal())
		return save(ctx, tx, "registration.recorded", r)
	})
}

// fits refuses a certificate that the contract, the experts or another registration do not bear.
func fits(ctx context.Context, tx *storage.Txn, k *ent.Contract, r *ent.Registration, c registration.Certificate) error {
	if err := registration.CheckRegistrable(k.State); err != nil {
		return err
	}
	if !r.State.Counts() {
		opinions, err := registration.DecodeOpinions(r.Review)
		if err != nil {
			return err
		}
		if err := registration.TermsAt(*r.AcceptedAt).CheckReview(c.Technology, r.Disputed, r.State, opinions); err != nil {
			return err
		}
	}
	taken, err := tx.Registration.Query().Where(entregistration.Jurisdiction(r.Jurisdiction), entregistration.Number(c.Number), entregistration.IDNEQ(r.ID)).Exist(ctx)
	if err == nil && taken {
		err = registration.ErrNumberTaken.With("number", c.Number).At("certificate.number")
	}
	return err
}

// Confirm lets a recorded certificate count, as an officer who did not record it.
func (s *Registering) Confirm(ctx context.Context, seen Seen) (*ent.Registration, error) {
	return s.change(ctx, seen, func(tx *storage.Txn, k *ent.Contract, r *ent.Registration) (err error) {
		event, kind := r.State.Confirms(), "registration.registered"
		if event == registration.Change {
			kind = "registration.changed"
		}
		next, err := r.State.Next(event)
		if err != nil {
			return err
		}
		c := recorded(r)
		if c.Number == "" {
			return registration.ErrUnrecorded
		}
		if r.RecordedBy == tx.Caller.Principal() {
			return registration.ErrSameOfficer
		}
		if err := fits(ctx, tx, k, r, c); err != nil {
			return err
		}
		before := part(r)
		r.State, r.Number, r.TotalFen, r.TechnologyFen, r.RegisterDate, r.CertificateDigest = next, &c.Number, &c.Total, &c.Technology, &c.Date, bytes.Clone(c.Digest)
		r.ConfirmedBy, r.Duty, r.DueAt, r.OverdueAt = tx.Caller.Principal(), registration.None, nil, nil
		keep(r, registration.Certificate{}, r.RecordedBy)
		if err := save(ctx, tx, kind, r); err != nil {
			return err
		}
		return recognize(ctx, tx, r, part(r)-before)
	})
}

// part is the 技术交易额 of a registration as far as it counts.
func part(r *ent.Registration) money.Fen {
	if r.State.Counts() && r.TechnologyFen != nil {
		return *r.TechnologyFen
	}
	return 0
}

// recognize posts by how much the 技术交易额 of a contract has changed; nothing if it has not.
func recognize(ctx context.Context, tx *storage.Txn, r *ent.Registration, difference money.Fen) error {
	if difference == 0 {
		return nil
	}
	return accounting.Post(ctx, tx, r.ContractID, r.EntrySeq, account.Recognized(difference))
}

// Cancel cancels a registration 注销, with the benefits that were taken under it as they are reported.
func (s *Registering) Cancel(ctx context.Context, seen Seen, why, benefits string) (*ent.Registration, error) {
	return s.change(ctx, seen, func(tx *storage.Txn, _ *ent.Contract, r *ent.Registration) (err error) {
		before := part(r)
		if r.State, err = r.State.Next(registration.Deregister); err != nil {
			return err
		}
		if r.Reason, err = registration.Reason(why); err != nil {
			return rpc.At("reason", err)
		}
		if r.Benefits, err = registration.Reason(benefits); err != nil {
			return rpc.At("benefits", err)
		}
		r.Duty, r.DueAt, r.OverdueAt = registration.None, nil, nil
		keep(r, registration.Certificate{}, r.RecordedBy)
		if err := save(ctx, tx, "registration.cancelled", r); err != nil {
			return err
		}
		return recognize(ctx, tx, r, -before)
	})
}
