package party

import (
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/lifecycle"
)

// PersonState is the state of an account.
type PersonState string

// The states of an account.
const (
	Active   PersonState = "active"
	Disabled PersonState = "disabled"
	Erased   PersonState = "erased"
)

// PersonEvent is what happens to an account.
type PersonEvent string

// The events of an account.
const (
	Disable PersonEvent = "disable"
	Enable  PersonEvent = "enable"
	Erase   PersonEvent = "erase"
)

// PersonMachine is the life of an account.
var PersonMachine = lifecycle.Machine[PersonState, PersonEvent]{
	Active:   {Disable: Disabled, Erase: Erased},
	Disabled: {Enable: Active, Erase: Erased},
	Erased:   {},
}

// Values lists the states for ent.
func (PersonState) Values() []string { return PersonMachine.States() }

// ErrPersonState says that an account is disabled or erased.
var ErrPersonState = fault.New(fault.Precondition, "ACCOUNT_STATE", "the account is not in a state that allows this")

// Next is the state after an event.
func (s PersonState) Next(e PersonEvent) (PersonState, error) {
	return PersonMachine.Next(s, e, ErrPersonState)
}

// Factor is a kind of credential.
type Factor string

// The kinds of credentials. TOTP, Recovery and Passkey show a second factor; Reset is the code that lets a person set another password.
const (
	Password Factor = "password"
	TOTP     Factor = "totp"
	Recovery Factor = "recovery"
	Passkey  Factor = "passkey"
	Reset    Factor = "reset"
)

// Values lists the kinds for ent.
func (Factor) Values() []string { return texts([]Factor{Password, TOTP, Recovery, Passkey, Reset}) }

// MemberState is the state of a membership.
type MemberState string

// The states of a membership.
const (
	Pending  MemberState = "pending"
	Member   MemberState = "active"
	Rejected MemberState = "rejected"
	Expired  MemberState = "expired"
	Revoked  MemberState = "revoked"
	Ended    MemberState = "ended"
)

// MemberEvent is what happens to a membership.
type MemberEvent string

// The events of a membership.
const (
	Accept MemberEvent = "accept"
	Reject MemberEvent = "reject"
	Expire MemberEvent = "expire"
	Revoke MemberEvent = "revoke"
	Leave  MemberEvent = "leave"
)

// MemberMachine is the life of a membership.
var MemberMachine = lifecycle.Machine[MemberState, MemberEvent]{
	Pending:  {Accept: Member, Reject: Rejected, Expire: Expired, Revoke: Revoked},
	Member:   {Leave: Ended},
	Rejected: {},
	Expired:  {},
	Revoked:  {},
	Ended:    {},
}

// Values lists the states for ent.
func (MemberState) Values() []string { return MemberMachine.States() }

// ErrMemberState says that an invitation was answered before, or a membership has ended.
var ErrMemberState = fault.New(fault.Precondition, "MEMBER_STATE", "the membership is not in a state that allows this")

// Next is the state after an event.
func (s MemberState) Next(e MemberEvent) (MemberState, error) {
	return MemberMachine.Next(s, e, ErrMemberState)
}

// ApprovalState is the state of a request that two persons make.
type ApprovalState string

// The states of an approval.
const (
	Asked     ApprovalState = "asked"
	Approved  ApprovalState = "approved"
	Refused   ApprovalState = "refused"
	Withdrawn ApprovalState = "withdrawn"
	Used      ApprovalState = "used"
)

// ApprovalEvent is what happens to an approval.
type ApprovalEvent string

// The events of an approval.
const (
	Approve  ApprovalEvent = "approve"
	Refuse   ApprovalEvent = "refuse"
	Withdraw ApprovalEvent = "withdraw"
	Use      ApprovalEvent = "use"
)

// ApprovalMachine is the life of an approval. One whose time is over is not used any more, whatever its state.
var ApprovalMachine = lifecycle.Machine[ApprovalState, ApprovalEvent]{
	Asked:     {Approve: Approved, Refuse: Refused, Withdraw: Withdrawn},
	Approved:  {Use: Used, Withdraw: Withdrawn},
	Refused:   {},
	Withdrawn: {},
	Used:      {},
}

// Values lists the states for ent.
func (ApprovalState) Values() []string { return ApprovalMachine.States() }

// ErrApprovalState says that an approval was decided before.
var ErrApprovalState = fault.New(fault.Precondition, "APPROVAL_STATE", "the request was decided before")

// Next is the state after an event.
func (s ApprovalState) Next(e ApprovalEvent) (ApprovalState, error) {
	return ApprovalMachine.Next(s, e, ErrApprovalState)
}
