package milestone_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/settling/milestone"
)

// states are all states, in order of their names.
func states() (all []milestone.State) {
	for _, s := range milestone.Machine.States() {
		all = append(all, milestone.State(s))
	}
	return all
}

// TestStates says of each state whether something may still become of it, whether a contract may be completed with it, and whether an amendment may change it.
func TestStates(t *testing.T) {
	final := []milestone.State{milestone.Cancelled, milestone.Met, milestone.NotDelivered, milestone.Waived}
	for _, s := range states() {
		if got, want := s.Open(), !slices.Contains(final, s); got != want {
			t.Errorf("%s is open: got %t, want %t", s, got, want)
		}
		if got, want := s.Done(), s == milestone.Met || s == milestone.Waived; got != want {
			t.Errorf("%s is done: got %t, want %t", s, got, want)
		}
		if got, want := s.Spreads(), s.Open() && s != milestone.PartiallyMet; got != want {
			t.Errorf("%s spreads: got %t, want %t", s, got, want)
		}
		if got, want := milestone.Overdue(s, "2026-03-31", "2026-04-01"), s.Open(); got != want {
			t.Errorf("%s is overdue a day later: got %t, want %t", s, got, want)
		}
		if milestone.Overdue(s, "2026-03-31", "2026-03-31") {
			t.Errorf("%s is overdue on the day itself", s)
		}
	}
}

// TestSpread divides random totals among milestones in random states: they add up to the fen, and what is decided keeps its amount, or it is refused.
func TestSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var parts []milestone.Part
		decided, open := money.Fen(0), false
		for range rapid.IntRange(1, 20).Draw(t, "milestones") {
			p := milestone.Part{Share: rapid.Int64Range(1, 10_000).Draw(t, "share"), Amount: money.Fen(rapid.Int64Range(0, 1_000_000).Draw(t, "amount")),
				State: rapid.SampledFrom(states()).Draw(t, "state")}
			if parts = append(parts, p); p.State.Spreads() {
				open = true
			} else {
				decided += p.Amount
			}
		}
		total := money.Fen(rapid.Int64Range(1, 30_000_000).Draw(t, "total"))
		got, err := milestone.Spread(total, parts)
		if fits := total >= decided && (open || total == decided); !fits {
			if !errors.Is(err, milestone.ErrSpread) {
				t.Fatalf("%d among %v: got %v %v, want it refused", total, parts, got, err)
			}
			return
		}
		sum := money.Fen(0)
		for i, f := range got {
			if sum += f; f < 0 || !parts[i].State.Spreads() && f != parts[i].Amount {
				t.Fatalf("milestone %d: got %d of %v", i, f, parts[i])
			}
		}
		if err != nil || sum != total {
			t.Fatalf("got %v %v, which add up to %d, want %d", got, err, sum, total)
		}
	})
	if got, err := milestone.Spread(5, nil); got != nil || err != nil {
		t.Errorf("got %v %v of no milestones", got, err)
	}
}

// TestAccepts tries what is accepted in part, to the fen.
func TestAccepts(t *testing.T) {
	for _, test := range []struct {
		part money.Fen
		ok   bool
	}{{10, false}, {11, true}, {99, true}, {100, false}} {
		if got, err := milestone.Accepts(milestone.Partly, 100, 10, &test.part); (err == nil) != test.ok || test.ok && got != test.part {
			t.Errorf("%d: got %d %v", test.part, got, err)
		}
	}
	if got, err := milestone.Accepts(milestone.Accept, 100, 10, nil); got != 100 || err != nil {
		t.Errorf("whole: got %d %v", got, err)
	}
	if got, err := milestone.Accepts(milestone.Reject, 100, 10, nil); got != 10 || err != nil {
		t.Errorf("rejected: got %d %v, want what was accepted before", got, err)
	}
}

// TestEvidenceIsForever pins how evidence is written, and reads it again.
func TestEvidenceIsForever(t *testing.T) {
	evidence := []milestone.Evidence{{Value: "95.3", Report: []byte{1, 2, 3}}, {Value: "合格"}}
	const want = `[{"value":"95.3","report":"AQID"},{"value":"合格"}]`
	if got := milestone.EncodeEvidence(evidence); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	got, err := milestone.DecodeEvidence(want)
	if diff := cmp.Diff(evidence, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}
