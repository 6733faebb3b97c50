// Package party says who takes part in the marketplace and what each may do. It is pure: the activity loads the rows, these rules decide.
//
//   - A role belongs either to a bureau or to another organization, never to both.
//   - An organization whose code fails its check digit reads, but changes nothing until the bureau has confirmed it.
package party

import (
	"slices"
	"time"

	"github.com/jiebang/jiebang/services/fault"
)

// Kind is what an organization is.
type Kind string

// The kinds of organizations.
const (
	Enterprise Kind = "enterprise"
	University Kind = "university"
	Institute  Kind = "institute"
	Bureau     Kind = "bureau"
	Broker     Kind = "broker"
)

// Values lists the kinds for ent.
func (Kind) Values() []string {
	return []string{string(Enterprise), string(University), string(Institute), string(Bureau), string(Broker)}
}

// Role is what a token lets its bearer do inside its organization.
type Role string

// The roles.
const (
	Editor   Role = "editor"
	Signer   Role = "signer"
	Operator Role = "operator"
	Auditor  Role = "auditor"
	Admin    Role = "admin"
)

// For reports whether a token of an organization of this kind may have the role.
func (r Role) For(k Kind) bool {
	if k == Bureau {
		return r == Operator || r == Auditor || r == Admin
	}
	return r == Editor || r == Signer
}

// Faults of callers.
var (
	ErrTokenMissing = fault.New(fault.Unauthenticated, "TOKEN_MISSING", "the call needs authorization: Bearer TOKEN")
	ErrTokenInvalid = fault.New(fault.Unauthenticated, "TOKEN_INVALID", "the token is not known")
	ErrTokenExpired = fault.New(fault.Unauthenticated, "TOKEN_EXPIRED", "the token has expired")
	ErrTokenRevoked = fault.New(fault.Unauthenticated, "TOKEN_REVOKED", "the token has been revoked")
	ErrRole         = fault.New(fault.Forbidden, "ROLE_NOT_ALLOWED", "the token's roles do not allow this method")
	ErrUnconfirmed  = fault.New(fault.Precondition, "ORGANIZATION_UNCONFIRMED", "the bureau has not confirmed the organization's code yet")
	ErrRoleForeign  = fault.New(fault.Invalid, "ROLE_FOREIGN", "the role does not belong to this kind of organization")
	ErrTokenExpiry  = fault.New(fault.Invalid, "TOKEN_EXPIRY", "a token expires in the future and within 365 days")
	ErrPosterKind   = fault.New(fault.Precondition, "POSTER_KIND", "only an enterprise posts demands")
	ErrBidderKind   = fault.New(fault.Precondition, "BIDDER_KIND", "an organization of this kind does not bid")
	ErrBrokerKind   = fault.New(fault.Invalid, "BROKER_KIND", "the broker of a contract must be a broker organization")
)

// Caller is who calls: a token and the organization that it acts for. The zero Caller is anyone; System is the platform itself.
type Caller struct {
	Token        string // id of the token
	Organization string // id of the organization
	Jurisdiction string // where the organization is registered
	Kind         Kind
	Check        CodeCheck
	Roles        []Role
	Expires      time.Time
	Revoked      bool
	System       bool
}

// System acts by the clock alone.
var System = Caller{Token: "system", System: true}

// Known reports whether c bears a token.
func (c Caller) Known() bool { return c.Token != "" }

// Has reports whether c has the role.
func (c Caller) Has(r Role) bool { return slices.Contains(c.Roles, r) }

// Live reports whether the token works at now.
func (c Caller) Live(now time.Time) error {
	switch {
	case c.System:
		return nil
	case c.Revoked:
		return ErrTokenRevoked
	case !now.Before(c.Expires):
		return ErrTokenExpired.With("expire_time", c.Expires.UTC().Format(time.RFC3339))
	}
	return nil
}

// May reports whether c may act under the policy p at all.
func (c Caller) May(p Policy) error {
	if p.Public || c.System {
		return nil
	}
	if !c.Known() {
		return ErrTokenMissing
	}
	if len(p.Roles) > 0 && !slices.ContainsFunc(p.Roles, c.Has) {
		return ErrRole.With("action", p.Action)
	}
	if p.Mutates && c.Check == CheckFailed {
		return ErrUnconfirmed.With("organization", c.Organization)
	}
	return nil
}

// Oversees reports whether c belongs to the bureau of the jurisdiction with one of its reading roles.
func (c Caller) Oversees(jurisdiction string) bool {
	return c.System || c.Kind == Bureau && c.Jurisdiction == jurisdiction && (c.Has(Operator) || c.Has(Auditor))
}

// Policy is what a method demands of its caller.
type Policy struct {
	Action  string
	Public  bool
	Roles   []Role // empty: any valid token
	Mutates bool
}

// MayPost reports whether an organization of this kind posts demands.
func (k Kind) MayPost() error {
	if k != Enterprise {
		return ErrPosterKind.With("kind", string(k))
	}
	return nil
}

// MayBid reports whether an organization of this kind bids.
func (k Kind) MayBid() error {
	if k != University && k != Institute && k != Enterprise {
		return ErrBidderKind.With("kind", string(k))
	}
	return nil
}

// MaxTokenLife is how long a token may live.
const MaxTokenLife = 365 * 24 * time.Hour

// CheckToken reports whether a token with these roles and this expiry may be issued at now for an organization of kind k.
func CheckToken(k Kind, roles []Role, now, expires time.Time) error {
	for _, r := range roles {
		if !r.For(k) {
			return ErrRoleForeign.With("role", string(r)).With("kind", string(k)).At("token.roles")
		}
	}
	if !expires.After(now) || expires.Sub(now) > MaxTokenLife {
		return ErrTokenExpiry.At("token.expire_time")
	}
	return nil
}
