package policy_test

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/prove/matrix"
)

var update = flag.Bool("update", false, "write the golden file")

const golden = "testdata/matrix.golden"

// TestGolden compares the matrix with the file that a person reads.
func TestGolden(t *testing.T) {
	got := matrix.Text()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("the matrix has changed (-was +is); read what, and write it with -update:\n%s", diff)
	}
}

// TestMatrix decides every cell by both implementations.
func TestMatrix(t *testing.T) {
	cells, differ, wrong := matrix.Count()
	if differ > 0 || cells < 80_000 {
		t.Errorf("%d of %d cells differ", differ, cells)
	}
	for _, c := range wrong {
		t.Errorf("%+v\n%+v\n%+v: got %d, the naive implementation says %d", c.Caller, c.Method, c.Object, c.Decide(), c.Naive())
	}
}

// some draws one of the values, or often the zero value.
func some[T any](t *rapid.T, label string, values ...T) T {
	return values[rapid.IntRange(0, len(values)-1).Draw(t, label)]
}

func several[T any](t *rapid.T, label string, values ...T) []T {
	var out []T
	for _, v := range values {
		if rapid.IntRange(0, 3).Draw(t, label) == 0 {
			out = append(out, v)
		}
	}
	return out
}

// cell draws a cell that no table thought of.
func cell(t *rapid.T) matrix.Cell {
	now := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	organizations, persons, places := []string{"", "o1", "o2"}, []string{"", "u1", "u2"}, []string{"", "330182", "330127"}
	actions := append(policy.Actions(), "", "demand", "demand.readx")
	c := matrix.Cell{
		Caller: party.Caller{
			Token: some(t, "token", "", "t1"), Session: some(t, "session", "", "s1", "s2"), Person: some(t, "person", persons...), Organization: some(t, "organization", organizations...),
			Jurisdiction: some(t, "jurisdiction", places...), Kind: some(t, "kind", party.Kinds...), Roles: several(t, "roles", party.Roles...), Lent: rapid.Bool().Draw(t, "lent"),
			State: some(t, "state", party.Registered, party.Verified, party.Suspended, party.Closed), Check: some(t, "check", party.Valid, party.CheckFailed, party.Confirmed),
			Scopes: several(t, "scopes", "demand.read", "demand.award", "token.list"), System: rapid.IntRange(0, 20).Draw(t, "system") == 0,
			Stepped: some(t, "stepped", time.Time{}, now, now.Add(-policy.Fresh), now.Add(-policy.Fresh-1), now.Add(1)),
		},
		Method: policy.Method{Action: some(t, "action", actions...), Access: policy.Access(rapid.IntRange(-1, 4).Draw(t, "access")), Mutates: rapid.Bool().Draw(t, "mutates"),
			StepUp: rapid.Bool().Draw(t, "step-up"), TwoPersons: rapid.Bool().Draw(t, "two persons"), SessionStepUp: rapid.Bool().Draw(t, "session step-up")},
		Object: policy.Object{Is: rapid.Bool().Draw(t, "is"), Owner: some(t, "owner", organizations...), Parties: several(t, "parties", organizations...),
			Person: some(t, "whose", persons...), Jurisdiction: some(t, "place", places...), Openness: policy.Openness(rapid.IntRange(0, 3).Draw(t, "openness")),
			Authors: several(t, "authors", persons...)},
		Env: policy.Env{Now: now, Request: some(t, "request", nil, []byte("r1"), []byte("r2"))},
	}
	if rapid.Bool().Draw(t, "approved") {
		c.Env.Approval = &policy.Approval{Request: some(t, "approved request", nil, []byte("r1"), []byte("r2")), Person: some(t, "approver", persons...),
			Session: some(t, "approver's session", "", "s1", "s2")}
	}
	if rapid.Bool().Draw(t, "likely") { // most draws fail early: let some go far
		c.Caller.Scopes, c.Caller.System = nil, false
		c.Caller.Roles, c.Method.Access = party.Roles, policy.Privileged
	}
	return c
}

func agree(t *rapid.T) {
	if c := cell(t); c.Decide() != c.Naive() {
		t.Fatalf("%+v: got %d, the naive implementation says %d", c, c.Decide(), c.Naive())
	}
}

// TestAgree draws cells that the table does not have, with callers of many roles, without a person, and with actions that no rule names.
func TestAgree(t *testing.T) { rapid.Check(t, agree) }

// FuzzAgree is TestAgree for go test -fuzz.
func FuzzAgree(f *testing.F) { f.Fuzz(rapid.MakeFuzz(agree)) }

// TestMonotone adds a reason to forbid, or takes a reason to allow away: what was not allowed stays so.
func TestMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := cell(t)
		was := c.Decide()
		less := c
		what := some(t, "what", "suspend", "close", "doubt", "limit", "conflict", "hide", "role", "step", "approval", "demand step-up", "demand two", "revoke credential")
		switch what {
		case "suspend":
			less.Caller.State = party.Suspended
		case "close":
			less.Caller.State = party.Closed
		case "doubt":
			less.Caller.Check = party.CheckFailed
		case "limit":
			if len(less.Caller.Scopes) == 0 {
				less.Caller.Scopes = []string{"nothing.is"}
			} else {
				less.Caller.Scopes = less.Caller.Scopes[:1]
			}
		case "conflict":
			less.Object.Authors = append(slices.Clone(less.Object.Authors), c.Caller.Person)
		case "hide":
			less.Object.Openness = policy.Private
		case "role":
			less.Caller.Roles = less.Caller.Roles[:len(less.Caller.Roles)/2]
		case "step":
			less.Caller.Stepped = time.Time{}
		case "approval":
			less.Env.Approval = nil
		case "demand step-up":
			less.Method.StepUp = true
		case "demand two":
			less.Method.TwoPersons = true
		case "revoke credential":
			less.Caller.Token, less.Caller.Session = "", ""
		}
		if is := less.Decide(); is == policy.Allowed && was != policy.Allowed {
			t.Fatalf("%s: %+v was %d and is allowed", what, c, was)
		}
	})
}
