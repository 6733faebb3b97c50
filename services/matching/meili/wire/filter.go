package wire

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/matching/engine"
)

// Filters that admit every document and none.
const (
	always = "id EXISTS"
	Never  = "NOT id EXISTS"
)

// maxDepth is how deep a filter may nest: the server takes 150.
const maxDepth = 60

// Filter writes filters, all of which must admit, as the server reads them. A value is written by plain, in quotes: it has no sign in it that means anything.
func Filter(all ...engine.Filter) (string, error) { return both(engine.And(all), 0) }

func both(f engine.And, depth int) (string, error) { return joined(f, " AND ", always, depth) }

func joined[F ~[]engine.Filter](fs F, with, empty string, depth int) (string, error) {
	var parts []string
	for _, f := range fs {
		if f == nil && with == " AND " {
			continue
		}
		p, err := one(f, depth+1)
		if err != nil {
			return "", err
		}
		parts = append(parts, p)
	}
	switch len(parts) {
	case 0:
		return empty, nil
	case 1:
		return parts[0], nil
	}
	return "(" + strings.Join(parts, with) + ")", nil
}

func one(f engine.Filter, depth int) (string, error) {
	if depth > maxDepth {
		return "", fmt.Errorf("%w: nested more than %d deep", engine.ErrBadFilter, maxDepth)
	}
	switch f := f.(type) {
	case nil:
		return always, nil
	case engine.And:
		return both(f, depth)
	case engine.Or:
		return joined(f, " OR ", Never, depth)
	case engine.Not:
		p, err := one(f.F, depth+1)
		return "NOT (" + p + ")", err
	case engine.Eq:
		return among(f.Attr, f.Value)
	case engine.In:
		return among(f.Attr, f.Values...)
	case engine.Has:
		return on(f.Attr, "EXISTS")
	case engine.Range:
		return span(f)
	}
	return "", fmt.Errorf("%w: a filter of no known kind", engine.ErrBadFilter)
}

// among is true when the attribute is one of the values.
func among(a string, vs ...engine.Value) (string, error) {
	var list []string
	for _, v := range vs {
		if w, ok := operand(v); ok {
			list = append(list, w)
		}
	}
	p, err := on(a, "IN ["+strings.Join(list, ", ")+"]")
	if len(list) == 0 && err == nil {
		return "(" + p + " AND " + Never + ")", nil // the attribute must be one to filter by all the same
	}
	return p, err
}

// span is true when the attribute lies between the ends.
func span(f engine.Range) (string, error) {
	ops := map[bool][2]string{false: {">=", "<="}, true: {">", "<"}}
	var parts []string
	for i, end := range []engine.Value{f.Min, f.Max} {
		if end == nil {
			continue
		}
		switch end.(type) {
		case engine.Num, engine.Time:
		default:
			return "", fmt.Errorf("%w: a range of %s that is neither of numbers nor of times", engine.ErrBadFilter, f.Attr)
		}
		w, ok := operand(end)
		if !ok {
			return "", fmt.Errorf("%w: a range of %s without an end", engine.ErrBadFilter, f.Attr)
		}
		p, err := on(f.Attr, ops[[2]bool{f.AboveMin, f.BelowMax}[i]][i]+" "+w)
		if err != nil {
			return "", err
		}
		parts = append(parts, p)
	}
	if len(parts) == 0 {
		return on(f.Attr, "EXISTS")
	}
	return "(" + strings.Join(parts, " AND ") + ")", nil
}

// on applies a condition to an attribute.
func on(a, condition string) (string, error) {
	return Attr + a + " " + condition, CheckNames(a)
}

// operand writes a value in quotes; false for one that nothing is equal to.
func operand(v engine.Value) (string, bool) {
	switch v := v.(type) {
	case engine.Str:
		return `"=` + plain(cased(string(v))) + `"`, true
	case engine.Num:
		return `"` + strconv.FormatFloat(float64(v), 'f', -1, 64) + `"`, !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0)
	case engine.Bool:
		return `"` + strconv.FormatBool(bool(v)) + `"`, true
	case engine.Time:
		return `"` + strconv.FormatInt(time.Time(v).UnixMicro(), 10) + `"`, true
	}
	return "", false
}

// IDs admits the documents with ids.
func IDs(ids []string) string { return `id IN ["` + strings.Join(ids, `", "`) + `"]` }
