package identity

import (
	"context"
	"crypto/sha256"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entapproval "github.com/jiebang/jiebang/ent/gen/ent/approval"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// digest is what a second person approves: the method and the whole request.
func digest(in *rpc.Incoming) []byte {
	h := sha256.New()
	h.Write([]byte(in.Method + "\n"))
	h.Write(in.BodyHash)
	return h.Sum(nil)
}

// authorize decides on the method again, for the caller as it is under the lock.
func authorize(ctx context.Context, tx *storage.Txn, in *rpc.Incoming) error {
	env := policy.Env{Now: tx.Now, Request: digest(in)}
	var used *ent.Approval
	if in.Policy.TwoPersons {
		a, err := tx.Approval.Query().Where(entapproval.RequestHash(env.Request), entapproval.RequestedBy(tx.Caller.Person),
			entapproval.StateEQ(party.Approved), entapproval.ExpiresAtGT(tx.Now)).First(ctx)
		if err != nil && !ent.IsNotFound(err) {
			return err
		}
		if a != nil {
			used, env.Approval = a, &policy.Approval{Request: a.RequestHash, Person: a.DecidedBy, Session: a.DecidedSession}
		}
	}
	if err := policy.Decide(tx.Caller, in.Policy, policy.Object{}, env).Err(tx.Caller, in.Policy, nil, nil); err != nil {
		return err
	}
	if used == nil {
		return nil
	}
	used.State = party.Used
	return saveApproval(ctx, tx, "approval.used", used)
}
