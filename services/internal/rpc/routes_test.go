package rpc_test

import (
	"regexp"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"
)

var variable = regexp.MustCompile(`\{[^=}]+=?([^}]*)\}`)

// TestEveryRoute calls every method by the path that its proto gives: whatever it answers, the path is there.
func TestEveryRoute(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		for _, d := range methods() {
			rule, _ := proto.GetExtension(d.Options(), annotations.E_Http).(*annotations.HttpRule)
			verb, path := "POST", rule.GetPost()
			switch {
			case rule.GetGet() != "":
				verb, path = "GET", rule.GetGet()
			case rule.GetPatch() != "":
				verb, path = "PATCH", rule.GetPatch()
			case rule.GetDelete() != "":
				verb, path = "DELETE", rule.GetDelete()
			}
			if path == "" {
				t.Errorf("%s has no path", d.FullName())
				continue
			}
			path = strings.ReplaceAll(variable.ReplaceAllString(path, "$1"), "*", "x")
			if r := as(m, "").call(t, verb, path, ""); strings.Contains(r.body, "ROUTE_NOT_FOUND") {
				t.Errorf("%s: %s %s is not there", d.FullName(), verb, path)
			}
		}
	})
}
