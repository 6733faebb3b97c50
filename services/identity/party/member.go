package party

import (
	"slices"
	"time"

	"github.com/jiebang/jiebang/services/fault"
)

// Faults of members.
var (
	ErrPrivileged       = fault.New(fault.Precondition, "ROLE_PRIVILEGED", "two persons grant this role: use GrantRole")
	ErrSelfGrant        = fault.New(fault.Forbidden, "SELF_GRANT", "nobody at an authority gives itself a role")
	ErrInvitationExpiry = fault.New(fault.Invalid, "INVITATION_EXPIRY", "an invitation expires in the future and within 30 days")
	ErrInvitationOver   = fault.New(fault.Precondition, "INVITATION_EXPIRED", "the invitation has expired; ask for another")
	ErrLastOwner        = fault.New(fault.Precondition, "LAST_OWNER", "the organization would have nobody who runs it; transfer the ownership first")
)

// How long an invitation lasts.
const (
	InvitationLife    = 7 * 24 * time.Hour
	maxInvitationLife = 30 * 24 * time.Hour
)

// CheckInvitation reports whether somebody may be invited at now, until then, to an organization of kind k with the roles.
func CheckInvitation(k Kind, roles []Role, now, expires time.Time) error {
	if err := CheckRoles(k, roles); err != nil {
		return fault.As(err).At("roles")
	}
	if err := CheckGrants(nil, roles); err != nil {
		return fault.As(err).At("roles")
	}
	if !expires.After(now) || expires.Sub(now) > maxInvitationLife {
		return ErrInvitationExpiry.At("expire_time")
	}
	return nil
}

// CheckAnswer reports whether an invitation that expires then may be answered at now. The deadline is exclusive.
func CheckAnswer(now, expires time.Time) error {
	if !now.Before(expires) {
		return ErrInvitationOver.With("expire_time", expires.UTC().Format(time.RFC3339))
	}
	return nil
}

// CheckGrants reports whether one person alone may give roles to a member who has others.
func CheckGrants(has, roles []Role) error {
	for _, r := range roles {
		if r.Privileged() && !slices.Contains(has, r) {
			return ErrPrivileged.With("role", string(r))
		}
	}
	return nil
}

// Gains reports whether roles has one that has lacks.
func Gains(has, roles []Role) bool {
	return slices.ContainsFunc(roles, func(r Role) bool { return !slices.Contains(has, r) })
}

// Faults of resets and of persons who are disabled.
var (
	ErrMemberSelf      = fault.New(fault.Forbidden, "MEMBER_SELF", "nobody does this to its own account")
	ErrMemberElsewhere = fault.New(fault.Forbidden, "MEMBER_ELSEWHERE", "the person's account is kept by another jurisdiction, which alone does this")
	ErrResetTogether   = fault.New(fault.Precondition, "RESET_TOGETHER", "two persons reset this password: use ResetPrivilegedMember")
)

// ResetLife is how long the code of a reset works.
const ResetLife = 24 * time.Hour

// Resetting is what decides whether one person alone may reset a password: whoever has the code of a reset could act in the person's place.
type Resetting struct {
	Authority bool   // the member is one of an authority's
	Outside   bool   // the caller is not of the organization
	Elsewhere bool   // the person is a member of another organization too
	Roles     []Role // the member's
}

// CheckReset reports whether one person alone may reset the password of a member.
func CheckReset(r Resetting) error {
	if r.Authority || r.Outside || r.Elsewhere || slices.ContainsFunc(r.Roles, Role.Privileged) {
		return ErrResetTogether
	}
	return nil
}
