package registration_test

import (
	"errors"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/registering/registration"
)

// TestTerms reads the terms on both sides of the day on which they change.
func TestTerms(t *testing.T) {
	for _, test := range []struct {
		at     string
		accept int
	}{{"2001-01-01T00:00:00+08:00", 30}, {"2024-12-31T23:59:59+08:00", 30}, {"2025-01-01T00:00:00+08:00", 15}, {"2026-11-25T00:00:00+08:00", 15}} {
		at, err := time.Parse(time.RFC3339, test.at)
		if err != nil {
			t.Fatal(err)
		}
		terms := registration.TermsAt(at)
		if terms.Accept != test.accept || terms.Review != 30 || terms.Duty != 30 || terms.Unfiled != 30 || terms.Experts != 3 || terms.Limit != 500_000_000 {
			t.Errorf("%s: got %+v", test.at, terms)
		}
		for _, of := range []struct {
			technology money.Fen
			disputed   bool
			want       bool
		}{{499_999_999, false, false}, {500_000_000, false, true}, {500_000_001, false, true}, {1, true, true}, {1, false, false}} {
			if got := terms.NeedsReview(of.technology, of.disputed); got != of.want {
				t.Errorf("%s: %d fen, disputed %t: got %t", test.at, of.technology, of.disputed, got)
			}
		}
	}
}

// TestNumbers tries forms of numbers.
func TestNumbers(t *testing.T) {
	for number, want := range map[string]error{"2026330182000001": nil, "26330182000001": nil, "202633018200001": registration.ErrNumber, "": registration.ErrNumber,
		"20263301820000011": registration.ErrNumber, "2026330182000OO1": registration.ErrNumber, "2.02633018200000E15": registration.ErrNumber, "2026330182000001\n": registration.ErrNumber} {
		if err := registration.CheckNumber(number); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", number, err, want)
		}
	}
}

// TestContracts says which contracts are filed and registered.
func TestContracts(t *testing.T) {
	for s := range contract.Machine {
		if filed := registration.CheckContract(s) == nil; filed != (s == contract.Active) {
			t.Errorf("%s: filed %t", s, filed)
		}
		if registered := registration.CheckRegistrable(s) == nil; registered != (s == contract.Active || s == contract.Completed) {
			t.Errorf("%s: registered %t", s, registered)
		}
	}
}

// TestAdvice counts experts: more than half must bear the technology part.
func TestAdvice(t *testing.T) {
	agree, oppose := registration.Opinion{Verdict: registration.Agree, Technology: 100}, registration.Opinion{Verdict: registration.Oppose}
	for _, test := range []struct {
		opinions   []registration.Opinion
		technology money.Fen
		fits       bool
	}{
		{[]registration.Opinion{agree, agree, oppose}, 100, true}, {[]registration.Opinion{agree, agree, oppose}, 101, false}, {[]registration.Opinion{agree, oppose}, 100, false},
		{[]registration.Opinion{agree, oppose, oppose}, 1, false}, {[]registration.Opinion{agree}, 100, true}, {nil, 1, false},
	} {
		if err := registration.Advice(test.opinions, test.technology); (err == nil) != test.fits {
			t.Errorf("%v for %d: got %v", test.opinions, test.technology, err)
		}
		back, err := registration.DecodeOpinions(registration.EncodeOpinions(test.opinions))
		if err != nil || len(back) != len(test.opinions) {
			t.Errorf("%v: got %v, %v", test.opinions, back, err)
		}
	}
}

// TestDuties adds duties up: what has ended need not follow.
func TestDuties(t *testing.T) {
	for _, d := range []registration.Duty{registration.None, registration.Follow, registration.Cancel} {
		if d.Owes(registration.Cancel) != registration.Cancel || (d.Owes(registration.Follow) == registration.Cancel) != (d == registration.Cancel) {
			t.Errorf("%s: got %s and %s", d, d.Owes(registration.Cancel), d.Owes(registration.Follow))
		}
	}
}
