package matrix

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/services/identity/policy"
)

// letters are the outcomes as the golden file writes them.
var letters = map[policy.Decision]string{
	policy.Allowed: "Y", policy.Hidden: "h", policy.Foreign: "f", policy.NoPrivilege: "-", policy.Anonymous: "?", policy.Denied: "!", policy.OutOfScope: "s",
	policy.Suspended: "x", policy.Unconfirmed: "u", policy.Conflict: "c", policy.Unstepped: "t", policy.Alone: "2",
}

const legend = `The authorization matrix, as policy.Decide decides it. go test ./services/identity/policy -update writes it; a person reads what changed.

Y allowed · h hidden (not found) · f known, and not the caller's to do this to · - no role has it · ? no credential · ! no rule
x organization suspended or closed · u its code not confirmed · t no fresh second factor · 2 no second person

First the roles. An action, its access, and for each group of callers five outcomes in a row, one for each way in which the object stands to the caller:
  another's in another jurisdiction, another's in the caller's, the caller's organization's, the caller's own person's, another's with a part of the caller's
for an object that is
  private   kept      shared    published
`

// Text is the matrix as a person reads it.
func Text() string {
	var b strings.Builder
	b.WriteString(legend)
	for _, action := range policy.Actions() {
		for _, access := range accesses {
			m := policy.Method{Action: action, Access: access}
			if policy.Fits(m) {
				b.WriteString("\n")
				roles(&b, m)
			}
		}
	}
	b.WriteString("\nThen what surrounds a decision that the roles allow. A row is a method that changes something (c), wants a fresh second factor (s), wants two persons (p), wants\n" +
		"a fresh second factor of persons (t), and how the organization stands. The columns are what the caller has shown, and in each group what a second person has said:\n")
	var names []string
	for _, f := range factors {
		names = append(names, f.name)
	}
	fmt.Fprintf(&b, "  %s; in each\n", strings.Join(names, ", "))
	names = nil
	for _, s := range seconds {
		names = append(names, s.name)
	}
	fmt.Fprintf(&b, "  %s\n\n", strings.Join(names, ", "))
	surroundings(&b)
	return b.String()
}

var accessNames = map[policy.Access]string{policy.Public: "public", policy.Known: "known", policy.Privileged: "privileged"}

func roles(b *strings.Builder, m policy.Method) {
	groups, order := map[string][]string{}, []string(nil)
	for _, s := range Subjects() {
		var row []string
		for degree := range Degrees {
			cells := ""
			for _, sit := range Situations {
				o := sit.Object
				o.Openness = policy.Openness(degree)
				cells += letters[policy.Decide(s.Caller, m, o, policy.Env{Now: now})]
			}
			row = append(row, cells)
		}
		pattern := strings.Join(row, " ")
		if !slices.Contains(order, pattern) {
			order = append(order, pattern)
		}
		groups[pattern] = append(groups[pattern], s.Name)
	}
	slices.SortStableFunc(order, func(a, b string) int { return len(groups[a]) - len(groups[b]) })
	for i, pattern := range order {
		who := strings.Join(groups[pattern], " ")
		if i == len(order)-1 && i > 0 {
			who = "everyone else"
		}
		fmt.Fprintf(b, "%-24s %-10s %s  %s\n", m.Action, accessNames[m.Access], pattern, who)
	}
}

func surroundings(b *strings.Builder) {
	caller := Subjects()[1].Caller
	caller.Roles = append(caller.Roles, "signer")
	for flags := range 16 {
		m := policy.Method{Action: "demand.award", Access: policy.Privileged, Mutates: flags&1 > 0, StepUp: flags&2 > 0, TwoPersons: flags&4 > 0, SessionStepUp: flags&8 > 0}
		name := ""
		for i, letter := range []string{"c", "s", "p", "t"} {
			if flags>>i&1 > 0 {
				name += letter
			} else {
				name += "."
			}
		}
		for _, cond := range conditions {
			var row []string
			for _, f := range factors {
				cells := ""
				for _, a := range seconds {
					c := caller
					cond.set(&c)
					f.set(&c)
					cells += letters[policy.Decide(c, m, Situations[2].Object, policy.Env{Now: now, Request: request, Approval: a.approval})]
				}
				row = append(row, cells)
			}
			fmt.Fprintf(b, "%s  %-12s %s\n", name, cond.name, strings.Join(row, " "))
		}
	}
}
