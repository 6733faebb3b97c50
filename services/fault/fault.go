// Package fault is the error type of the rules: a kind to act on, a reason that never changes, the field that is wrong and the values that
// the text names. A fault is declared once, beside its rule; services/internal/rpc turns it into a status, and nothing else does.
package fault

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Kind says what a caller can do about a fault.
type Kind int

// The kinds. Do not reorder.
const (
	Invalid         Kind = iota + 1 // the request is wrong whatever the state
	Unauthenticated                 // no valid credential
	Forbidden                       // the caller's role does not allow the method
	NotFound                        // not there, or not for the caller to know of
	Exists                          // the unique thing is there already
	Precondition                    // the state does not allow it
	Conflict                        // somebody was faster: read again and repeat
	Exhausted                       // too large or too much
	Unavailable                     // not now: repeat later
	Deadline                        // the caller leaves too little time
)

// Fault is an error that a caller may see.
type Fault struct {
	Kind   Kind
	Reason string            // UPPER_SNAKE, documented at the RPC
	Text   string            // English, for developers
	Field  string            // path of the wrong field in the request, if one is
	Meta   map[string]string // the values that the text in any language may name
}

// New declares a fault.
func New(kind Kind, reason, text string) *Fault {
	return &Fault{Kind: kind, Reason: reason, Text: text}
}

// Error gives the reason, the text and the values.
func (f *Fault) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", f.Reason, f.Text)
	if f.Field != "" {
		fmt.Fprintf(&b, " field=%s", f.Field)
	}
	for _, k := range slices.Sorted(maps.Keys(f.Meta)) {
		fmt.Fprintf(&b, " %s=%s", k, f.Meta[k])
	}
	return b.String()
}

// Is makes a fault with values equal to the one that was declared.
func (f *Fault) Is(target error) bool {
	t, ok := target.(*Fault)
	return ok && t.Reason == f.Reason
}

// With returns a copy that names a value.
func (f *Fault) With(key string, value any) *Fault {
	c := *f
	c.Meta = maps.Clone(f.Meta)
	if c.Meta == nil {
		c.Meta = map[string]string{}
	}
	c.Meta[key] = fmt.Sprint(value)
	return &c
}

// At returns a copy that names the wrong field by its path in the request.
func (f *Fault) At(field string) *Fault {
	c := *f
	c.Field = field
	return &c
}

// As returns the fault in err's chain, or nil.
func As(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return nil
}
