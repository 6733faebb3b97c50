package identity

import (
	"context"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/rpc"
)

// May decides whether a caller may do to an object what the method of the call of ctx does. The object is as it was just read, and so is the caller of a
// change. hidden is the fault for who may not know of the object, foreign for who may know of it and no more. A fresh second factor and the word of a
// second person are asked for with the method: by the gate, and for a change by Change under the lock.
func May(ctx context.Context, c party.Caller, o policy.Object, hidden, foreign *fault.Fault) error {
	m := rpc.From(ctx).Policy
	m.StepUp, m.SessionStepUp, m.TwoPersons, o.Is = false, false, false, true
	return policy.Decide(c, m, o, policy.Env{}).Err(c, m, hidden, foreign)
}

// Sees decides whether a caller may read an object on the way to something else; action is the one that reads it.
func Sees(c party.Caller, action string, o policy.Object, hidden *fault.Fault) error {
	o.Is = true
	m := policy.Method{Action: action, Access: policy.Public}
	return policy.Decide(c, m, o, policy.Env{}).Err(c, m, hidden, hidden)
}

// degree is Published for what is public in its state and otherwise Private: what has no parties is one or the other.
func degree(public bool) policy.Openness {
	if public {
		return policy.Published
	}
	return policy.Private
}

// Owned is the object of what an organization has to itself until it makes it public.
func Owned(organization, jurisdiction string, public bool) policy.Object {
	return policy.Object{Is: true, Owner: organization, Jurisdiction: jurisdiction, Openness: degree(public)}
}
