package identity

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entapproval "github.com/jiebang/jiebang/ent/gen/ent/approval"
	entfacts "github.com/jiebang/jiebang/ent/gen/ent/facts"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// ErrApprovalLarge says that nobody could be asked to approve a request.
var ErrApprovalLarge = fault.New(fault.Invalid, "APPROVAL_LARGE", "the request is too large for a second person to read")

const (
	approvalLife = 24 * time.Hour
	maxAsked     = 64 << 10 // bytes of a request that a second person reads
)

// digest is what a second person approves: the method and the whole request.
func digest(in *rpc.Incoming) []byte {
	h := sha256.New()
	h.Write([]byte(in.Method + "\n"))
	h.Write(in.BodyHash)
	return h.Sum(nil)
}

// authorize decides on the method again, for the caller as it is under the lock. What lacks nothing but the word of a second person is decided on to its
// end and withheld, so that nobody is asked to approve what would be refused.
func authorize(ctx context.Context, tx *storage.Txn, in *rpc.Incoming) error {
	env := policy.Env{Now: tx.Now, Request: digest(in)}
	var used *ent.Approval
	if in.Policy.TwoPersons {
		a, err := open(ctx, tx, in, party.Approved)
		if err != nil {
			return err
		}
		if a != nil {
			used, env.Approval = a, &policy.Approval{Request: a.RequestHash, Person: a.DecidedBy, Session: a.DecidedSession}
		}
	}
	decision := policy.Decide(tx.Caller, in.Policy, policy.Object{}, env)
	err := decision.Err(tx.Caller, in.Policy, nil, nil)
	if decision == policy.Alone {
		tx.Withheld = err
		return nil
	}
	if err != nil || used == nil {
		return err
	}
	if used.State, err = used.State.Next(party.Use); err != nil {
		return err
	}
	return SaveApproval(ctx, tx, "approval.used", used)
}

// open is the approval, in one of the states, that the caller has asked for the request and whose time is not over; nil if there is none.
func open(ctx context.Context, tx *storage.Txn, in *rpc.Incoming, states ...party.ApprovalState) (*ent.Approval, error) {
	a, err := tx.Approval.Query().Where(entapproval.RequestHash(digest(in)), entapproval.RequestedBy(tx.Caller.Person), entapproval.StateIn(states...),
		entapproval.ExpiresAtGT(tx.Now)).First(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	return a, err
}

// Ask leaves the request of the call of ctx for a second person and returns the name of the approval; the same request has one at a time.
func (i *Identity) Ask(ctx context.Context, subject string, request []byte) (approval string, err error) {
	if len(request) > maxAsked || len(subject) > 200 {
		return "", ErrApprovalLarge
	}
	in := rpc.From(ctx)
	call := change(ctx, in.Home, func(_ context.Context, tx *storage.Txn, in *rpc.Incoming) error {
		m := in.Policy
		m.TwoPersons = false
		return policy.Decide(tx.Caller, m, policy.Object{}, policy.Env{Now: tx.Now}).Err(tx.Caller, m, nil, nil)
	})
	call.Method, call.RequestID = "approval.ask", chance.UUID(i.db.Rand())
	var there *ent.Approval
	a, err := storage.Tx(ctx, i.db, call, func(tx *storage.Txn) (*ent.Approval, error) {
		var err error
		if there, err = open(ctx, tx, in, party.Asked, party.Approved); err != nil {
			return nil, err
		}
		if there != nil {
			return nil, errThere
		}
		a := &ent.Approval{
			ID: id.New(tx.Rand, id.Approval, tx.Jurisdiction), Jurisdiction: tx.Jurisdiction, OrganizationID: tx.Caller.Organization, Action: in.Policy.Action,
			Method: strings.TrimPrefix(in.Method, "/"), Subject: subject, RequestHash: digest(in), Request: request, RequestedBy: tx.Caller.Person,
			RequestedSession: tx.Caller.Session, State: party.Asked, ExpiresAt: tx.Now.Add(approvalLife), CreatedAt: tx.Now,
		}
		return a, SaveApproval(ctx, tx, "approval.asked", a)
	})
	if errors.Is(err, errThere) {
		a, err = there, nil
	}
	if err != nil {
		return "", err
	}
	return id.ApprovalName(a.ID), nil
}

// Names are what persons are called, by their ids; one whose data was erased has none.
func Names(ctx context.Context, c *ent.Client, persons ...string) (map[string]string, error) {
	rows, err := c.Facts.Query().Where(entfacts.IDIn(persons...)).All(ctx)
	names := make(map[string]string, len(rows))
	for _, f := range rows {
		names[f.ID] = f.DisplayName
	}
	return names, err
}
