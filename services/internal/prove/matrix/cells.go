// Package matrix decides every cell of the authorization matrix twice: by policy.Decide, and by a second, naive implementation that shares nothing with
// the first but the words. It also writes the matrix as a person reads it, and serves samples of it by a real server.
package matrix

import (
	"slices"
	"time"

	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/prove/matrix/naive"
)

// Cell is one cell of the matrix.
type Cell struct {
	Caller party.Caller
	Method policy.Method
	Object policy.Object
	Env    policy.Env
}

// Decide decides a cell as the product does.
func (c Cell) Decide() policy.Decision { return policy.Decide(c.Caller, c.Method, c.Object, c.Env) }

// Naive decides a cell by the second implementation.
func (c Cell) Naive() policy.Decision { return naive.Decide(c.Caller, c.Method, c.Object, c.Env) }

var now = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

// The places of the matrix.
const (
	home, away   = "330182", "330127"
	me, self     = "o330182-own", "u330182-self"
	other, third = "o330182-other", "u330182-third"
)

// Subject is a caller of the matrix.
type Subject struct {
	Name   string
	Caller party.Caller
}

// Subjects are a caller of each role in each kind of organization that has it, one without a role, and nobody. All are people in a session.
func Subjects() []Subject {
	all := []Subject{{Name: "nobody"}}
	add := func(name string, k party.Kind, roles ...party.Role) {
		all = append(all, Subject{name, party.Caller{Session: "s330182-mine", Person: self, Organization: me, Jurisdiction: home, Kind: k, Check: party.Valid,
			State: party.Registered, Roles: roles}})
	}
	add("member", party.Enterprise)
	add("official", party.Bureau)
	for _, r := range party.Roles {
		for _, k := range []party.Kind{party.Enterprise, party.Bureau, party.AuditOffice} {
			if !r.For(k) {
				continue
			}
			name := string(r)
			if k == party.AuditOffice {
				name += "@audit_office"
			} else if k == party.Bureau && r == party.Custodian {
				name += "@bureau"
			}
			add(name, k, r)
		}
	}
	return all
}

// lent is a system administrator who broke the glass. The golden file, whose cells change nothing, tells nothing of it.
func lent() Subject {
	return Subject{"lent", party.Caller{Session: "s330182-mine", Person: self, Organization: me, Jurisdiction: home, Kind: party.Bureau, Check: party.Valid,
		State: party.Registered, Roles: []party.Role{party.Sysadmin, party.Lent}, Lent: true}}
}

// Situation is an object as it stands to the caller.
type Situation struct {
	Name   string
	Object policy.Object
}

// Situations are the ways in which an object may stand to a caller, beside there being none.
var Situations = []Situation{
	{"away", policy.Object{Is: true, Owner: other, Jurisdiction: away}},
	{"home", policy.Object{Is: true, Owner: other, Jurisdiction: home}},
	{"own", policy.Object{Is: true, Owner: me, Jurisdiction: home}},
	{"self", policy.Object{Is: true, Person: self, Jurisdiction: away}},
	{"part", policy.Object{Is: true, Owner: other, Parties: []string{"o330182-third", me}, Jurisdiction: away}},
}

// Degrees are the degrees of openness, by name.
var Degrees = []string{"private", "kept", "shared", "published"}

var accesses = []policy.Access{policy.Closed, policy.Public, policy.Known, policy.Privileged}

// conditions are how an organization may stand with its bureau.
var conditions = []struct {
	name string
	set  func(*party.Caller)
}{
	{"registered", func(*party.Caller) {}},
	{"verified", func(c *party.Caller) { c.State = party.Verified }},
	{"suspended", func(c *party.Caller) { c.State = party.Suspended }},
	{"closed", func(c *party.Caller) { c.State = party.Closed }},
	{"unconfirmed", func(c *party.Caller) { c.Check = party.CheckFailed }},
}

// factors are what a caller has shown.
var factors = []struct {
	name string
	set  func(*party.Caller)
}{
	{"token", func(c *party.Caller) { c.Token, c.Session, c.Person = "t330182-mine", "", "" }},
	{"session", func(*party.Caller) {}},
	{"fresh", func(c *party.Caller) { c.Stepped = now.Add(-policy.Fresh) }},
	{"stale", func(c *party.Caller) { c.Stepped = now.Add(-policy.Fresh - time.Nanosecond) }},
	{"ahead", func(c *party.Caller) { c.Stepped = now.Add(time.Nanosecond) }},
}

var request = []byte("request")

// seconds are what a second person may have said.
var seconds = []struct {
	name     string
	approval *policy.Approval
}{
	{"none", nil},
	{"another", &policy.Approval{Request: request, Person: third, Session: "s330182-third"}},
	{"himself", &policy.Approval{Request: request, Person: self, Session: "s330182-third"}},
	{"same session", &policy.Approval{Request: request, Person: third, Session: "s330182-mine"}},
	{"other request", &policy.Approval{Request: []byte("another"), Person: third, Session: "s330182-third"}},
}

var bools = []bool{false, true}

// Enumerate visits the matrix: every role × action × access × change or not × relation × openness × standing of the organization; and, around one cell
// of each method that is allowed so far and one that is not, every second factor × second person × scope × conflict.
func Enumerate(visit func(Cell)) {
	for _, action := range append(policy.Actions(), "nothing.is") {
		for _, access := range accesses {
			for _, mutates := range bools {
				around(policy.Method{Action: action, Access: access, Mutates: mutates}, visit)
			}
		}
	}
}

func around(m policy.Method, visit func(Cell)) {
	standings := conditions
	if !policy.Fits(m) { // nobody may, however things stand
		standings = conditions[:1]
	}
	one := map[bool]Cell{}
	for _, s := range append(Subjects(), lent()) {
		for _, cond := range standings {
			c := Cell{Caller: s.Caller, Method: m, Env: policy.Env{Now: now, Request: request}}
			cond.set(&c.Caller)
			objects(c, func(c Cell) {
				visit(c)
				one[c.Decide() == policy.Allowed] = c
			})
		}
	}
	for _, allowed := range bools {
		if c, ok := one[allowed]; ok {
			shown(c, visit)
		}
	}
}

func objects(c Cell, visit func(Cell)) {
	visit(c)
	for _, s := range Situations {
		for degree := range Degrees {
			c.Object = s.Object
			c.Object.Openness = policy.Openness(degree)
			visit(c)
		}
	}
}

// shown visits what surrounds a cell.
func shown(c Cell, visit func(Cell)) {
	for flags := range 8 {
		c.Method.StepUp, c.Method.TwoPersons, c.Method.SessionStepUp = flags&1 > 0, flags&2 > 0, flags&4 > 0
		for _, f := range factors {
			caller := c.Caller
			if caller.Known() {
				f.set(&caller)
			}
			for _, a := range seconds {
				for _, scopes := range [][]string{nil, {"nothing.is"}, {"nothing.is", c.Method.Action}} {
					d := c
					d.Caller, d.Env.Approval = caller, a.approval
					d.Caller.Scopes = scopes
					visit(d)
					d.Object.Authors = []string{third, self}
					visit(d)
				}
			}
		}
	}
}

// Count decides the whole matrix twice and counts the cells and those in which the two differ; wrong are the first of these.
func Count() (cells int, differ int, wrong []Cell) {
	Enumerate(func(c Cell) {
		cells++
		if c.Decide() != c.Naive() {
			differ++
			if len(wrong) < 10 {
				wrong = append(wrong, c)
			}
		}
	})
	return cells, differ, slices.Clip(wrong)
}
