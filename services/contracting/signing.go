package contracting

import (
	"bytes"
	"context"
	"fmt"
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

// Sign signs for the caller's organization what the digest names.
func (s *Contracting) Sign(ctx context.Context, contractID, etag string, by Signing) (*ent.Contract, error) {
	return s.change(ctx, contractID, at{"etag", etag}, func(tx *storage.Txn, k *ent.Contract) error {
		if err := signatory(k, tx.Caller); err != nil {
			return err
		}
		if _, err := k.State.Next(contract.Sign); err != nil {
			return err
		}
		text, err := by.Check(Terms(k).Digest())
		if err != nil {
			return err
		}
		if err := sign(tx, k, text); err != nil {
			return err
		}
		if k.BuyerSignedAt == nil || k.SellerSignedAt == nil || !side(k).Complete() {
			return save(ctx, tx, "contract.signed", k)
		}
		return s.activate(ctx, tx, k)
	})
}

// sign puts the signature of the caller's organization into a contract.
func sign(tx *storage.Txn, k *ent.Contract, by *string) (err error) {
	if member := tx.Caller.Organization; side(k).Is(member) {
		if _, signed := side(k).Of(member); signed {
			return contract.ErrSigned
		}
		k.MemberSignatures, err = side(k).Add(member, tx.Now, by)
		return err
	}
	mine, kept := &k.BuyerSignedAt, &k.BuyerSignature
	if tx.Caller.Organization == k.SellerID {
		mine, kept = &k.SellerSignedAt, &k.SellerSignature
	}
	if *mine != nil {
		return contract.ErrSigned
	}
	*mine, *kept = &tx.Now, by
	return nil
}

// activate brings a contract into force with its last signature, and its demand with it.
func (s *Contracting) activate(ctx context.Context, tx *storage.Txn, k *ent.Contract) (err error) {
	if k.State, err = k.State.Next(contract.Activate); err != nil {
		return err
	}
	date := contract.SignDate(tx.Now)
	k.SignDate = &date
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
	sides := []identity.Side{{Part: "buyer", OrganizationID: k.BuyerID}, {Part: "seller", OrganizationID: k.SellerID}}
	for i, m := range side(k).Others() {
		sides = append(sides, identity.Side{Part: fmt.Sprintf("member_%d", i+1), OrganizationID: m})
	}
	facts, err := identity.Facts(ctx, tx, sides...)
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
		if err := signatory(k, tx.Caller); err != nil {
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
		k.BuyerSignedAt, k.SellerSignedAt, k.BuyerSignature, k.SellerSignature, k.MemberSignatures = nil, nil, nil, nil, ""
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
