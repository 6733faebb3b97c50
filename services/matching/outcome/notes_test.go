package outcome

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// TestFlush writes what can be written when a jurisdiction fails, and the others when they are well again, in their order.
func TestFlush(t *testing.T) {
	t.Parallel()
	broken := map[string]error{"330182": errors.New("no 330182"), "330183": errors.New("no 330183")}
	written := map[string][]string{}
	var n *notes
	n = newNotes(func(_ context.Context, jurisdiction string, steps []storage.Engagement) error {
		if err := broken[jurisdiction]; err != nil {
			n.add(storage.Engagement{Source: Search, Demand: steps[0].Demand, Organization: "o", Step: "opened"}) // meanwhile
			return err
		}
		for _, s := range steps {
			written[jurisdiction] = append(written[jurisdiction], s.Step)
		}
		return nil
	})
	step := func(jurisdiction, step string) {
		t.Helper()
		demand := "d" + jurisdiction + "-0000000000000000"
		if got, ok := id.Jurisdiction(id.Demand, demand); !ok || got != jurisdiction {
			t.Fatalf("%s is in %q", demand, got)
		}
		n.add(storage.Engagement{Source: Search, Demand: demand, Organization: "o", Step: step})
	}
	for _, j := range []string{"330182", "330183", "330184"} {
		step(j, Shown)
	}
	err := n.flush(t.Context())
	for j, why := range broken {
		if !errors.Is(err, why) {
			t.Errorf("%s: got %v", j, err)
		}
	}
	if len(written) != 1 || !slices.Equal(written["330184"], []string{Shown}) {
		t.Errorf("beside two that fail: %v", written)
	}
	clear(broken)
	if err := n.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, j := range []string{"330182", "330183"} {
		if !slices.Equal(written[j], []string{Shown, "opened"}) {
			t.Errorf("%s: %v", j, written[j])
		}
	}
	if len(written["330184"]) != 1 {
		t.Errorf("written twice: %v", written)
	}
}

// TestSeen keeps what is shown again from being written again, and nothing else: what was opened too early counts for nothing, and must not hide what
// is opened later.
func TestSeen(t *testing.T) {
	t.Parallel()
	var written []string
	n := newNotes(func(_ context.Context, _ string, steps []storage.Engagement) error {
		for _, s := range steps {
			written = append(written, s.Step)
		}
		return nil
	})
	for _, step := range []string{"opened", Shown, Shown, "opened", "contacted", Shown, "contacted"} {
		n.add(storage.Engagement{Source: Search, Demand: "d330182-0000000000000000", Organization: "o", Step: step})
	}
	if err := n.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"opened", Shown, "opened", "contacted", "contacted"}; !slices.Equal(written, want) {
		t.Errorf("got %v, want %v", written, want)
	}
}
