// Package rule tells what a rule of the protos wants, in words that can be shown.
package rule

import (
	"regexp"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// orderings is how the protos write what a list may be ordered by.
var orderings = regexp.MustCompile(`^\^\(\(([a-z_|]+)\)\( desc\)\?\)\?\$$`)

// Limit returns the name of a rule and what its value limits a field to: a list of texts and what can be ordered by are choices, and other lists, which
// have no text but their address, are nothing.
func Limit(name string, v protoreflect.Value) (as, limit string) {
	switch value := v.Interface().(type) {
	case nil:
		return name, ""
	case protoreflect.List:
		return name, choices(value)
	case string:
		if m := orderings.FindStringSubmatch(value); m != nil {
			return "order_by", strings.ReplaceAll(m[1], "|", ", ")
		}
	}
	return name, v.String()
}

func choices(list protoreflect.List) string {
	all := make([]string, list.Len())
	for i := range all {
		text, ok := list.Get(i).Interface().(string)
		if !ok {
			return ""
		}
		all[i] = text
	}
	return strings.Join(all, ", ")
}
