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
	Enterprise  Kind = "enterprise"
	University  Kind = "university"
	Institute   Kind = "institute"
	Lab         Kind = "lab"
	Broker      Kind = "broker"
	Incubator   Kind = "incubator"
	Bureau      Kind = "bureau"
	AuditOffice Kind = "audit_office"
)

// Kinds are all kinds, in the order of the API.
var Kinds = []Kind{Enterprise, University, Institute, Bureau, Broker, Lab, Incubator, AuditOffice}

// Values lists the kinds for ent.
func (Kind) Values() []string { return texts(Kinds) }

// Public reports whether the kind is an authority's, which oversees and does not trade.
func (k Kind) Public() bool { return k == Bureau || k == AuditOffice }

// Role is what a member or a token may do inside its organization: a set of privileges, which package policy holds.
type Role string

// The roles.
const (
	Owner      Role = "owner"      // runs the organization: its members, roles, tokens
	Editor     Role = "editor"     // prepares what a signer binds
	Signer     Role = "signer"     // binds the organization
	Expert     Role = "expert"     // judges
	Operator   Role = "operator"   // runs the marketplace at the bureau 经办
	Approver   Role = "approver"   // the second person of the bureau's acts 审批
	Registrar  Role = "registrar"  // registers technology contracts 认定登记
	Custodian  Role = "custodian"  // keeps a share of the keys to sealed bids 密钥保管人
	Auditor    Role = "auditor"    // reads the whole ledger
	Sysadmin   Role = "sysadmin"   // 系统管理员: runs the servers, reads no business
	Secadmin   Role = "secadmin"   // 安全管理员: registers organizations and grants roles
	Auditadmin Role = "auditadmin" // 审计管理员: reads what the other two did
)

// Roles are all roles, in the order of the API.
var Roles = []Role{Editor, Signer, Operator, Auditor, Secadmin, Owner, Expert, Approver, Registrar, Custodian, Sysadmin, Auditadmin}

// For reports whether a member or token of an organization of this kind may have the role.
func (r Role) For(k Kind) bool {
	switch r {
	case Custodian:
		return true
	case Operator, Approver, Registrar, Sysadmin, Secadmin:
		return k == Bureau
	case Auditor, Auditadmin:
		return k.Public()
	case Owner, Editor, Signer, Expert:
		return !k.Public()
	}
	return false
}

// Lent is the role of a system administrator who broke the glass, for as long as that lasts: it reads, and changes nothing.
const Lent = Auditor

// privileged are the roles that one person alone does not grant.
var privileged = []Role{Approver, Auditor, Sysadmin, Secadmin, Auditadmin}

// Privileged reports whether two persons grant the role to a member.
func (r Role) Privileged() bool { return slices.Contains(privileged, r) }

// exclusive are roles that no one has two of: 三员分立.
var exclusive = []Role{Sysadmin, Secadmin, Auditadmin}

// CheckRoles reports whether one member or token of an organization of kind k may have all of the roles.
func CheckRoles(k Kind, roles []Role) error {
	for _, r := range roles {
		if !r.For(k) {
			return ErrRoleForeign.With("role", string(r)).With("kind", string(k))
		}
	}
	return CheckApart(roles)
}

// CheckApart reports whether one person may have all of the roles, in whatever organizations of one jurisdiction.
func CheckApart(roles []Role) error {
	var has Role
	for _, r := range roles {
		if !slices.Contains(exclusive, r) {
			continue
		}
		if has != "" && has != r {
			return ErrRolesApart
		}
		has = r
	}
	return nil
}

// Keeper is the role that an organization of this kind always has somebody in, once it has had; empty if the bureau keeps it.
func (k Kind) Keeper() Role {
	switch {
	case k == Bureau:
		return Secadmin
	case !k.Public():
		return Owner
	}
	return ""
}

// Divides reports whether an organization of this kind may have parts.
func (k Kind) Divides() bool { return k == University || k == Institute || k == Enterprise }

func texts[S ~string](all []S) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = string(s)
	}
	return out
}

// Faults of callers.
var (
	ErrTokenMissing = fault.New(fault.Unauthenticated, "TOKEN_MISSING", "the call needs authorization: Bearer TOKEN")
	ErrTokenAddress = fault.New(fault.Unauthenticated, "TOKEN_ADDRESS", "the token does not work from this address")
	ErrSession      = fault.New(fault.Unauthenticated, "SESSION_ENDED", "the session has ended; log in again")
	ErrRolesApart   = fault.New(fault.Precondition, "ROLES_APART", "sysadmin, secadmin and auditadmin are three different persons")
	ErrTokenInvalid = fault.New(fault.Unauthenticated, "TOKEN_INVALID", "the token is not known")
	ErrTokenExpired = fault.New(fault.Unauthenticated, "TOKEN_EXPIRED", "the token has expired")
	ErrTokenRevoked = fault.New(fault.Unauthenticated, "TOKEN_REVOKED", "the token has been revoked")
	ErrRoleForeign  = fault.New(fault.Invalid, "ROLE_FOREIGN", "the role does not belong to this kind of organization")
	ErrTokenScope   = fault.New(fault.Invalid, "TOKEN_SCOPE", "a scope is an action of its issuer's, such as demand.read")
	ErrRoleBeyond   = fault.New(fault.Forbidden, "ROLE_BEYOND", "a token has no role that its issuer does not have")
	ErrTokenExpiry  = fault.New(fault.Invalid, "TOKEN_EXPIRY", "a token expires in the future and within 365 days")
	ErrPosterKind   = fault.New(fault.Precondition, "POSTER_KIND", "only an enterprise posts demands")
	ErrBidderKind   = fault.New(fault.Precondition, "BIDDER_KIND", "an organization of this kind does not bid")
	ErrBrokerKind   = fault.New(fault.Invalid, "BROKER_KIND", "the broker of a contract must be a broker organization")
)

// Caller is who calls: a token, or a person in a session, and the organization that it acts for. The zero Caller is anyone; System is the platform.
type Caller struct {
	Token        string // id of the token; empty in a session
	Session      string // id of the session; empty with a token
	Person       string // id of the person whose session it is
	Organization string // id of the organization
	Parent       string // id of the organization that it belongs to, if it is a part of one
	Jurisdiction string // where the organization is registered
	Kind         Kind
	Check        CodeCheck
	State        State // of the organization
	Roles        []Role
	Lent         bool     // the role Lent is among them because it broke the glass: it reads by it, and changes nothing
	Scopes       []string // actions that a token is limited to; empty for all that its roles allow
	Expires      time.Time
	Revoked      bool
	Stepped      time.Time // when the session last showed a second factor; zero for never
	System       bool
}

// System acts by the clock alone.
var System = Caller{Token: "system", System: true}

// Known reports whether c bears a token or is in a session.
func (c Caller) Known() bool { return c.Token != "" || c.Session != "" }

// Principal is who answers for what c does: the person, or the token.
func (c Caller) Principal() string {
	if c.Person != "" {
		return c.Person
	}
	return c.Token
}

// Has reports whether c has the role.
func (c Caller) Has(r Role) bool { return slices.Contains(c.Roles, r) }

// Live reports whether the token or session works at now.
func (c Caller) Live(now time.Time) error {
	switch {
	case c.System:
		return nil
	case c.Session != "" && (c.Revoked || !now.Before(c.Expires)):
		return ErrSession
	case c.Revoked:
		return ErrTokenRevoked
	case !now.Before(c.Expires):
		return ErrTokenExpired.With("expire_time", c.Expires.UTC().Format(time.RFC3339))
	}
	return nil
}

// overseers are the roles that read what happens in their jurisdiction.
var overseers = []Role{Operator, Approver, Registrar, Auditor}

// Oversees reports whether c belongs to an authority of the jurisdiction with one of its reading roles.
func (c Caller) Oversees(jurisdiction string) bool {
	return c.System || c.Kind.Public() && c.Jurisdiction == jurisdiction && slices.ContainsFunc(overseers, c.Has)
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
	if k != University && k != Institute && k != Enterprise && k != Lab {
		return ErrBidderKind.With("kind", string(k))
	}
	return nil
}

// MaxTokenLife is how long a token may live.
const MaxTokenLife = 365 * 24 * time.Hour

// CheckToken reports whether a token with these roles and this expiry may be issued at now for an organization of kind k.
func CheckToken(k Kind, roles []Role, now, expires time.Time) error {
	if err := CheckRoles(k, roles); err != nil {
		return fault.As(err).At("token.roles")
	}
	if !expires.After(now) || expires.Sub(now) > MaxTokenLife {
		return ErrTokenExpiry.At("token.expire_time")
	}
	return nil
}
