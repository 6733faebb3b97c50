// Package approving is the second person's part in what two persons do: to read what the first has asked, and to say yes or no to exactly that. Asking,
// and using an approval up with the act, are identity's.
//
//   - The one who asked never decides. What is decided on is a digest of the method and the whole request, which the second person gives back.
//   - An approval is used once, by the one who asked, within a day.
package approving

import (
	"bytes"
	"context"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entapproval "github.com/jiebang/jiebang/ent/gen/ent/approval"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// Faults of approvals.
var (
	ErrNotFound = fault.New(fault.NotFound, "APPROVAL_NOT_FOUND", "there is no such request")
	ErrForeign  = fault.New(fault.Forbidden, "APPROVAL_FOREIGN", "only the one who asked takes a request back")
	ErrExpired  = fault.New(fault.Precondition, "APPROVAL_EXPIRED", "the request was made more than a day ago; make it again")
	ErrDigest   = fault.New(fault.Precondition, "APPROVAL_DIGEST", "the digest is not that of this request; read it again")
)

// Approving lets a second person decide.
type Approving struct{ db *storage.DB }

// New returns the approving of db.
func New(db *storage.DB) *Approving { return &Approving{db} }

// find reads a request to which the caller may do what it calls for. The one who asked does not decide.
func find(ctx context.Context, c *ent.Client, caller party.Caller, approvalID string) (*ent.Approval, error) {
	a, err := c.Approval.Query().Where(entapproval.ID(approvalID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	o := policy.Object{Owner: a.OrganizationID, Jurisdiction: a.Jurisdiction, Openness: policy.Kept}
	if action := rpc.From(ctx).Policy.Action; action == "approval.approve" || action == "approval.refuse" {
		o.Authors = []string{a.RequestedBy}
	}
	return a, identity.May(ctx, caller, o, ErrNotFound, ErrNotFound)
}

// Approve says yes, as a second person, to the request whose digest the caller has seen.
func (s *Approving) Approve(ctx context.Context, approvalID, etag string, seen []byte) (*ent.Approval, error) {
	return s.decide(ctx, approvalID, etag, decision{party.Approve, "approval.approved", func(tx *storage.Txn, a *ent.Approval) error {
		if !bytes.Equal(seen, a.RequestHash) {
			return ErrDigest.At("digest")
		}
		a.DecidedBy, a.DecidedSession = tx.Caller.Person, tx.Caller.Session
		return nil
	}})
}

// Refuse says no.
func (s *Approving) Refuse(ctx context.Context, approvalID, etag string) (*ent.Approval, error) {
	return s.decide(ctx, approvalID, etag, decision{party.Refuse, "approval.refused", func(tx *storage.Txn, a *ent.Approval) error {
		a.DecidedBy, a.DecidedSession = tx.Caller.Person, tx.Caller.Session
		return nil
	}})
}

// Withdraw takes a request back, as the one who asked.
func (s *Approving) Withdraw(ctx context.Context, approvalID, etag string) (*ent.Approval, error) {
	return s.decide(ctx, approvalID, etag, decision{party.Withdraw, "approval.withdrawn", func(tx *storage.Txn, a *ent.Approval) error {
		if tx.Caller.Person != a.RequestedBy {
			return ErrForeign
		}
		return nil
	}})
}

// decision is what happens to an approval, and what besides must hold.
type decision struct {
	event party.ApprovalEvent
	kind  string
	take  func(*storage.Txn, *ent.Approval) error
}

func (s *Approving) decide(ctx context.Context, approvalID, etag string, d decision) (*ent.Approval, error) {
	home, err := rpc.Home(id.Approval, approvalID, ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Approval, error) {
		a, err := find(ctx, tx.Client, tx.Caller, approvalID)
		if err != nil {
			return nil, err
		}
		if err := d.take(tx, a); err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag("etag", etag, a.Version); err != nil {
			return nil, err
		}
		if a.State, err = a.State.Next(d.event); err != nil {
			return nil, err
		}
		if d.event != party.Withdraw && !tx.Now.Before(a.ExpiresAt) {
			return nil, ErrExpired
		}
		return a, identity.SaveApproval(ctx, tx, d.kind, a)
	})
}

// readable restricts a query to the requests that find would give the caller.
func readable(caller party.Caller) func(*sql.Selector) {
	return func(s *sql.Selector) {
		mine := sql.False()
		if caller.Organization != "" {
			mine = sql.EQ(s.C(entapproval.FieldOrganizationID), caller.Organization)
		}
		if caller.Kind == party.Bureau && caller.Has(party.Secadmin) {
			mine = sql.Or(mine, sql.EQ(s.C(entapproval.FieldJurisdiction), caller.Jurisdiction))
		}
		s.Where(mine)
	}
}
