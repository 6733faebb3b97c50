// Package lifecycle makes state machines that are data: a map from state and event to the next state. A pair that is absent is forbidden.
// Guards are rules of their own, called before Next; they are not hidden in the map.
package lifecycle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/services/fault"
)

// Machine says where each event leads from each state. States that have no events are final.
type Machine[S, E ~string] map[S]map[E]S

// Next returns the state that e leads to from s, or forbidden with the state and the event.
func (m Machine[S, E]) Next(s S, e E, forbidden *fault.Fault) (S, error) {
	next, ok := m[s][e]
	if !ok {
		return s, forbidden.With("state", strings.ToUpper(string(s))).With("event", string(e))
	}
	return next, nil
}

// States lists the states in order of their names, as ent wants them.
func (m Machine[S, E]) States() []string {
	var names []string
	for s := range m {
		names = append(names, string(s))
	}
	slices.Sort(names)
	return names
}

// Mermaid draws the machine, one line a transition, for the golden diagram.
func (m Machine[S, E]) Mermaid() string {
	lines := []string{}
	for s, events := range m {
		for e, next := range events {
			lines = append(lines, fmt.Sprintf("    %s --> %s: %s\n", s, next, e))
		}
		if len(events) == 0 {
			lines = append(lines, fmt.Sprintf("    %s --> [*]\n", s))
		}
	}
	slices.Sort(lines)
	return "stateDiagram-v2\n" + strings.Join(lines, "")
}
