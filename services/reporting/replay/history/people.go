package history

import (
	"fmt"
	"strings"

	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/lifecycle"
)

// The events by which organizations, members, approvals and persons move, by the entries that tell of them. An entry that is not here leaves the state
// as it was; the first of a subject begins its life.
var (
	organizationEvents = map[string]party.Event{"verified": party.Verify, "suspended": party.Suspend, "reinstated": party.Reinstate, "closed": party.Close}
	memberEvents       = map[string]party.MemberEvent{"accepted": party.Accept, "rejected": party.Reject, "expired": party.Expire, "revoked": party.Revoke,
		"removed": party.Leave, "left": party.Leave}
	approvalEvents = map[string]party.ApprovalEvent{"approved": party.Approve, "refused": party.Refuse, "withdrawn": party.Withdraw, "used": party.Use}
	personEvents   = map[string]party.PersonEvent{"disabled": party.Disable, "enabled": party.Enable, "erased": party.Erase}
)

// follows is the rule of what does nothing but move.
func follows[S, E ~string](what string, events map[string]E, machine lifecycle.Machine[S, E]) rule {
	return func(_ *History, e *entry.Entry, s *subject, _ string, _ bool) error {
		return follow(e, s, what, events, machine)
	}
}

// follow makes sure that a subject moves as its machine allows, and by its events alone.
func follow[S, E ~string](e *entry.Entry, s *subject, what string, events map[string]E, machine lifecycle.Machine[S, E]) error {
	was, state := begun[S](s.state), begun[S](value(e, "state"))
	_, event, _ := strings.Cut(e.Kind, ".")
	ev, moves := events[event]
	if _, known := machine[state]; !known || s.version == 1 && moves {
		return fmt.Errorf("%s不能以状态 %s 开始(%s)", what, state, e.Kind)
	}
	next, ok := was, true
	if moves {
		next, ok = machine[was][ev]
	}
	if s.version > 1 && (!ok || next != state) {
		return fmt.Errorf("状态不能由 %s 变为 %s(%s)", was, state, e.Kind)
	}
	return nil
}

// begun is a state; an entry of an organization that is registered and no more has none.
func begun[S ~string](state string) S {
	if state == "" {
		return S(party.Registered)
	}
	return S(state)
}
