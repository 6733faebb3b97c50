package contracting

import (
	"bytes"
	"context"
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/accounting"
	"github.com/jiebang/jiebang/services/accounting/account"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/contracting/signature"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Signing is what a signer hands in: the digest of what was read, and a signature over it by a key of the signer's own, if there is one.
type Signing struct {
	Digest    []byte
	Signature *signature.Signature
}

// Check reports whether the signing is over a digest, and returns the signature as a row keeps it.
func (s Signing) Check(digest []byte) (*string, error) {
	if !bytes.Equal(s.Digest, digest) {
		return nil, contract.ErrDigestMismatch.At("sign_digest")
	}
	if s.Signature == nil {
		return nil, nil
	}
	if err := s.Signature.Check(digest); err != nil {
		return nil, signature.ErrInvalid.With("algorithm", string(s.Signature.Algorithm)).At("signature")
	}
	text := s.Signature.String()
	return &text, nil
}

// Sign signs for the caller's side what the digest names.
func (s *Contracting) Sign(ctx context.Context, contractID, etag string, by Signing) (*ent.Contract, error) {
	return s.change(ctx, contractID, at{"etag", etag}, func(tx *storage.Txn, k *ent.Contract) error {
		who, err := SideOf(k, tx.Caller)
		if err != nil {
			return err
		}
		if _, err := k.State.Next(contract.Sign); err != nil {
			return err
		}
		text, err := by.Check(Terms(k).Digest())
		if err != nil {
			return err
		}
		mine, other, kept := &k.BuyerSignedAt, k.SellerSignedAt, &k.BuyerSignature
		if who == Seller {
			mine, other, kept = &k.SellerSignedAt, k.BuyerSignedAt, &k.SellerSignature
		}
		if *mine != nil {
			return contract.ErrSigned
		}
		*mine, *kept = &tx.Now, text
		if other == nil {
			return save(ctx, tx, "contract.signed", k)
		}
		return s.activate(ctx, tx, k)
	})
}

// activate brings a contract into force with its last signature, and its demand with it.
func (s *Contracting) activate(ctx context.Context, tx *storage.Txn, k *ent.Contract) (err error) {
	if k.State, err = k.State.Next(contract.Activate); err != nil {
		return err
	}
	date, grade := contract.SignDate(tx.Now), contract.GradeA
	k.SignDate, k.EvidenceGrade = &date, &grade
	if err := number(ctx, tx, k); err != nil {
		return err
	}
	if err := s.conclude(ctx, tx, "contract.activated", k); err != nil {
		return err
	}
	return moveDemand(ctx, tx, k, demand.Sign, "demand.contracted")
}

// conclude saves a contract that comes into force and posts its total; its entry tells how the sides stood then. What hangs on it begins.
func (s *Contracting) conclude(ctx context.Context, tx *storage.Txn, kind string, k *ent.Contract) error {
	facts, err := identity.Facts(ctx, tx, identity.Side{Part: "buyer", OrganizationID: k.BuyerID}, identity.Side{Part: "seller", OrganizationID: k.SellerID})
	if err != nil {
		return err
	}
	if err := save(ctx, tx, kind, k, facts...); err != nil {
		return err
	}
	if err := accounting.Post(ctx, tx, k.ID, k.EntrySeq, account.Signed(k.TotalFen)); err != nil {
		return err
	}
	for _, w := range s.works {
		if err := w.Begin(ctx, tx, k); err != nil {
			return err
		}
	}
	return nil
}

// Revise sends the text back before all have signed: it is superseded, with the signatures under it, and the next version is drafted.
func (s *Contracting) Revise(ctx context.Context, contractID, etag, reason string) (*ent.Contract, error) {
	return s.change(ctx, contractID, at{"etag", etag}, func(tx *storage.Txn, k *ent.Contract) (err error) {
		if _, err := SideOf(k, tx.Caller); err != nil {
			return err
		}
		if k.State, err = k.State.Next(contract.Revise); err != nil {
			return err
		}
		why, err := Reason(reason)
		if err != nil {
			return err
		}
		k.ChangeRequest, k.TextVersion = &why, k.TextVersion+1
		k.BuyerSignedAt, k.SellerSignedAt, k.BuyerSignature, k.SellerSignature = nil, nil, nil, nil
		return save(ctx, tx, "contract.revised", k)
	})
}

// Reason is a reason that must be given.
func Reason(text string) (string, error) {
	reason := strings.TrimSpace(text)
	if reason == "" {
		return "", contract.ErrReasonMissing.At("reason")
	}
	return reason, nil
}
