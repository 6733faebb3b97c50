package demand_test

import (
	"errors"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/posting/demand"
)

var noon = time.Date(2024, 2, 26, 12, 0, 0, 0, time.UTC)

// TestAdmits walks the instants around a deadline: it is exclusive.
func TestAdmits(t *testing.T) {
	for _, test := range []struct {
		name  string
		state demand.State
		at    time.Time
		want  error
	}{
		{"a microsecond before", demand.Published, noon.Add(-time.Microsecond), nil},
		{"a nanosecond before", demand.Published, noon.Add(-time.Nanosecond), nil},
		{"at the deadline", demand.Published, noon, demand.ErrDeadlinePassed},
		{"a nanosecond after", demand.Published, noon.Add(time.Nanosecond), demand.ErrDeadlinePassed},
		{"a draft", demand.Draft, noon.Add(-time.Hour), demand.ErrNotOpen},
		{"evaluating", demand.Evaluating, noon.Add(-time.Hour), demand.ErrNotOpen},
		{"withdrawn", demand.Withdrawn, noon.Add(-time.Hour), demand.ErrNotOpen},
	} {
		if got := demand.Admits(test.state, noon, test.at); !errors.Is(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

// TestDue makes sure that what is not admitted any more is due, and the reverse: there is no instant between.
func TestDue(t *testing.T) {
	for _, d := range []time.Duration{-time.Hour, -time.Nanosecond, 0, time.Nanosecond, time.Hour} {
		at := noon.Add(d)
		if open, due := demand.Admits(demand.Published, noon, at) == nil, demand.Due(demand.Published, noon, at); open == due {
			t.Errorf("%v after the deadline: admits %v, due %v", d, open, due)
		}
	}
	if demand.Due(demand.Evaluating, noon, noon) {
		t.Error("a demand that has closed is due again")
	}
}

func TestCheckDeadline(t *testing.T) {
	for _, test := range []struct {
		name     string
		deadline time.Time
		want     error
	}{
		{"missing", time.Time{}, demand.ErrDeadlineMissing},
		{"the zero time", time.Time{}, demand.ErrDeadlinePast},
		{"past", noon.Add(-time.Microsecond), demand.ErrDeadlinePast},
		{"now", noon, demand.ErrDeadlinePast},
		{"soon", noon.Add(time.Microsecond), nil},
		{"the last", noon.Add(demand.MaxPeriod), nil},
		{"too far", noon.Add(demand.MaxPeriod + time.Microsecond), demand.ErrDeadlineTooFar},
	} {
		deadline := &test.deadline
		if test.name == "missing" {
			deadline = nil
		}
		if got := demand.CheckDeadline(noon, deadline); !errors.Is(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

// TestFinalStates makes sure that nothing leaves a final state, and that every failure has its reason.
func TestFinalStates(t *testing.T) {
	events := []demand.Event{demand.Publish, demand.Withdraw, demand.Close, demand.Lapse, demand.Reject, demand.Award, demand.Sign, demand.Refuse, demand.Fulfil, demand.Abandon}
	for _, s := range []demand.State{demand.Fulfilled, demand.Withdrawn, demand.Failed} {
		for _, e := range events {
			if next, err := s.Next(e); err == nil {
				t.Errorf("%s leads from %s to %s", e, s, next)
			}
		}
	}
	for s := range demand.Machine {
		for _, e := range events {
			if next, err := s.Next(e); err == nil && (next == demand.Failed) != (demand.FailureOf(e) != "") {
				t.Errorf("%s from %s leads to %s for %q", e, s, next, demand.FailureOf(e))
			}
		}
	}
}
