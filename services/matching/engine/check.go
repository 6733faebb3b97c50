package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

// ErrBadDocument is the refusal of a document that no engine takes; the others of the same Put live.
var ErrBadDocument = errors.New("search: not a document")

// MaxValue is the longest value of an attribute in bytes: fifty Chinese characters.
const MaxValue = 150

// Check returns ErrBadDocument, with the reason, for a document that no engine takes.
func (d Doc) Check() error {
	if !ValidID(d.ID) {
		return fmt.Errorf("%w: the id %q is not [A-Za-z0-9_-]{1,128}", ErrBadDocument, d.ID)
	}
	for name, v := range d.Attrs {
		if n, ok := v.(Num); ok && (math.IsNaN(float64(n)) || math.IsInf(float64(n), 0)) {
			return fmt.Errorf("%w: %s of %s is no number", ErrBadDocument, name, d.ID)
		}
		for _, label := range Labels(v) {
			if len(label) > MaxValue {
				return fmt.Errorf("%w: %s of %s is longer than %d bytes", ErrBadDocument, name, d.ID, MaxValue)
			}
		}
	}
	return nil
}

// ValidID reports whether an id is one that both engines take.
func ValidID(id string) bool {
	for _, c := range []byte(id) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return len(id) > 0 && len(id) <= 128
}

// Labels are what a facet calls the values of an attribute, each once.
func Labels(v Value) []string {
	switch v := v.(type) {
	case Str:
		return []string{string(v)}
	case Strs:
		var labels []string
		seen := map[string]bool{}
		for _, s := range v {
			if !seen[s] {
				seen[s], labels = true, append(labels, s)
			}
		}
		return labels
	case Num:
		return []string{strconv.FormatFloat(float64(v), 'f', -1, 64)}
	case Bool:
		return []string{strconv.FormatBool(bool(v))}
	case Time:
		return []string{time.Time(v).UTC().Format(time.RFC3339Nano)}
	}
	return nil
}

// Check returns ErrWindow for a query that reaches past the window.
func (q Query) Check() error {
	if q.Offset < 0 || q.Limit < 0 || q.Offset > MaxWindow || q.Limit > MaxWindow-q.Offset {
		return ErrWindow
	}
	return nil
}

// Federated is an engine that can answer queries over several kinds with one list, ranked together.
type Federated interface {
	// Federate reads Kind, Text, Filter and Must of each query. Scores are comparable over all of the list.
	Federate(ctx context.Context, queries []Query, offset, limit int) ([]KindHit, error)
}

// KindHit is a document found, and where.
type KindHit struct {
	Kind Kind
	Hit
}
