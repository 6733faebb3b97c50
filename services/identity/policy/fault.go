package policy

import (
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity/party"
)

// Faults of decisions. What is Hidden or Foreign is said in the words of the object.
var (
	ErrDenied      = fault.New(fault.Forbidden, "NOT_ALLOWED", "no rule allows this")
	ErrSuspended   = fault.New(fault.Precondition, "ORGANIZATION_SUSPENDED", "the organization is suspended or closed and changes nothing")
	ErrUnconfirmed = fault.New(fault.Precondition, "ORGANIZATION_UNCONFIRMED", "the bureau has not confirmed the organization's code yet")
	ErrScope       = fault.New(fault.Forbidden, "SCOPE_NOT_ALLOWED", "the token is limited to other actions")
	ErrRole        = fault.New(fault.Forbidden, "ROLE_NOT_ALLOWED", "the caller's roles do not allow this method")
	ErrConflict    = fault.New(fault.Forbidden, "APPROVAL_CONFLICT", "whoever made a request does not approve it")
	ErrStepUp      = fault.New(fault.Forbidden, "STEP_UP_REQUIRED", "show your second factor again and repeat the call within five minutes; a token cannot do this")
	ErrAlone       = fault.New(fault.Precondition, "APPROVAL_REQUIRED", "a second person must approve this request; repeat it with the same request_id then")
)

// Err is the fault of a decision, nil if it is Allowed. hidden and foreign are the faults of the object.
func (d Decision) Err(c party.Caller, m Method, hidden, foreign *fault.Fault) error {
	switch d {
	case Allowed:
		return nil
	case Hidden:
		return hidden
	case Foreign:
		return foreign
	case Anonymous:
		return party.ErrTokenMissing
	case Suspended:
		return ErrSuspended.With("organization", c.Organization)
	case Unconfirmed:
		return ErrUnconfirmed.With("organization", c.Organization)
	case OutOfScope:
		return ErrScope.With("action", m.Action)
	case NoPrivilege:
		return ErrRole.With("action", m.Action)
	case Conflict:
		return ErrConflict
	case Unstepped:
		return ErrStepUp.With("action", m.Action)
	case Alone:
		return ErrAlone.With("action", m.Action)
	}
	return ErrDenied.With("action", m.Action)
}
