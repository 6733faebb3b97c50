// Package policy decides who may do what. It is pure: Decide is given the caller as read for this call, the method, the object as read for this
// call, and what surrounds them; it remembers nothing.
//
//   - What is not allowed is denied: an action, a role, a relation or a state that no rule names.
//   - A reason to forbid wins over every reason to allow.
//   - What a caller may not know of is denied as Hidden, which the outside sees as not found, whatever else would be wrong.
//
// It is asked three times: for the method before anything is read, for the object on the rows that were read (under the lock, for a change), and, as
// the predicate of Scope, for every row that a query returns.
package policy

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/identity/party"
)

// Access is how a method is entered.
type Access int

// The ways. The zero Access is none.
const (
	Closed     Access = iota
	Public            // anyone, also without a token
	Known             // any live token or session
	Privileged        // a role that has the action among its privileges
)

// Method is what the policy option of a method says.
type Method struct {
	Action     string
	Access     Access
	Mutates    bool
	StepUp     bool // only shortly after a second factor was shown
	TwoPersons bool // only once a second person has approved this very request

	SessionStepUp bool // the same of persons; a token was issued for it
}

// personal reports whether a method is about the caller's own person, whatever becomes of the organization: somebody whose password is known to others
// must be able to change it.
func (m Method) personal() bool {
	return strings.HasPrefix(m.Action, "account.") && m.Action != "account.break"
}

// Relation is how a caller stands to an object.
type Relation int

// The relations, as a set.
const (
	Stranger    Relation = 1 << iota
	Own                  // the object is the caller's organization's, or its own person's
	Party                // the caller's organization has a part in the object: a side of a contract, the demander of an opened bid
	Oversight            // the caller reads for the authority of the object's jurisdiction
	Secretariat          // the caller is a security administrator at the bureau of the object's jurisdiction
	Relations   = iota
)

// Anyone is every relation.
const Anyone = Stranger | Own | Party | Oversight | Secretariat

// Openness is who may know of an object in its present state.
type Openness int

// The degrees. The zero Openness is the closest.
const (
	Private   Openness = iota // its own organization, or its own person
	Kept                      // besides, the security administrators who keep the accounts
	Shared                    // its own organization, those who have a part in it, and the authority
	Published                 // everyone
)

// Object is what an action is done to, as far as the decision depends on it. The zero Object is none: the method alone is asked about.
type Object struct {
	Is           bool
	Owner        string   // organization
	Parties      []string // organizations that have a part in it
	Person       string   // whose it is, if it is a person's
	Jurisdiction string
	Openness     Openness
	Authors      []string // persons who made what is to be approved
}

// Env is what surrounds a decision.
type Env struct {
	Now      time.Time
	Request  []byte    // digest of the request
	Approval *Approval // that was given to a request of this caller's
}

// Approval is the word of a second person.
type Approval struct {
	Request         []byte // digest of the request that was approved
	Person, Session string // who approved, and in which session
}

// Fresh is how long a second factor lasts for an act that demands one.
const Fresh = 5 * time.Minute

// Decision is the outcome.
type Decision int

// The outcomes. The first that applies wins.
const (
	Denied      Decision = iota // no rule
	Hidden                      // the caller may not know of the object
	Anonymous                   // no credential
	OutOfScope                  // the token is limited to other actions
	NoPrivilege                 // no role of the caller's has the action
	Suspended                   // the organization is suspended or closed
	Unconfirmed                 // the organization's code is not confirmed
	Foreign                     // the caller may know of the object, and may not do this to it
	Conflict                    // the caller made what it would approve
	Unstepped                   // no fresh second factor
	Alone                       // no second person has approved
	Allowed
)

// Decide decides.
func Decide(c party.Caller, m Method, o Object, e Env) Decision {
	relation := counted(c, m.Action, Relate(c, o))
	switch {
	case c.System:
		return Allowed
	case !Fits(m):
		return Denied
	case m.Access == Public && !o.Is:
		return Allowed
	case !c.Known() && m.Access != Public:
		return Anonymous
	case m.Access != Public && len(c.Scopes) > 0 && !slices.Contains(c.Scopes, m.Action):
		return OutOfScope
	case m.Access == Privileged && !privileged(c, m):
		return NoPrivilege
	case m.Access != Public && m.Mutates && !m.personal() && (c.State == party.Suspended || c.State == party.Closed):
		return Suspended
	case m.Access != Public && m.Mutates && !m.personal() && c.Check == party.CheckFailed:
		return Unconfirmed
	case o.Is && !Sees(relation, o.Openness):
		return Hidden
	case o.Is && rules[m.Action].on&relation == 0:
		return Foreign
	case o.Is && c.Person != "" && slices.Contains(o.Authors, c.Person):
		return Conflict
	case m.StepUp && (c.Session == "" || !fresh(c, e)), m.SessionStepUp && c.Session != "" && !fresh(c, e):
		return Unstepped
	case m.TwoPersons && !seconded(c, e):
		return Alone
	}
	return Allowed
}

// privileged reports whether a role of the caller's has the action. A role that is lent has only those that change nothing.
func privileged(c party.Caller, m Method) bool {
	return slices.ContainsFunc(c.Roles, func(r party.Role) bool {
		return Has(r, m.Action) && !(m.Mutates && c.Lent && r == party.Lent)
	})
}

// fresh reports whether a second factor was shown shortly before.
func fresh(c party.Caller, e Env) bool {
	return !c.Stepped.IsZero() && !e.Now.Before(c.Stepped) && e.Now.Sub(c.Stepped) <= Fresh
}

// seconded reports whether another person, in another session, has approved this request.
func seconded(c party.Caller, e Env) bool {
	a := e.Approval
	return a != nil && c.Person != "" && a.Person != "" && a.Person != c.Person && a.Session != c.Session && len(e.Request) > 0 && bytes.Equal(a.Request, e.Request)
}

// Relate is the relations in which a caller stands to an object.
func Relate(c party.Caller, o Object) Relation {
	r := Stranger
	if !o.Is || !c.Known() || c.System {
		return r
	}
	if o.Person != "" && o.Person == c.Person || o.Owner != "" && (o.Owner == c.Organization) {
		r |= Own
	}
	if c.Organization != "" && slices.Contains(o.Parties, c.Organization) {
		r |= Party
	}
	if c.Oversees(o.Jurisdiction) {
		r |= Oversight
	}
	if c.Kind == party.Bureau && c.Jurisdiction == o.Jurisdiction && c.Has(party.Secadmin) {
		r |= Secretariat
	}
	return r
}

// counted leaves out the oversight of those who do not oversee as far as an action goes.
func counted(c party.Caller, action string, r Relation) Relation {
	if who := rules[action].overseers; len(who) > 0 && !slices.ContainsFunc(who, c.Has) {
		return r &^ Oversight
	}
	return r
}

// Sees reports whether somebody in a relation may know of an object.
func Sees(r Relation, o Openness) bool {
	switch o {
	case Published:
		return true
	case Shared:
		return r&(Own|Party|Oversight) != 0
	case Kept:
		return r&(Own|Secretariat) != 0
	case Private:
		return r&Own != 0
	}
	return false
}
