package embedded_test

import (
	"testing"

	"github.com/jiebang/jiebang/services/matching/conformance"
	"github.com/jiebang/jiebang/services/matching/embedded"
	"github.com/jiebang/jiebang/services/matching/engine"
)

func TestConformance(t *testing.T) {
	conformance.Run(t, func(t *testing.T) engine.Engine {
		e := embedded.New()
		t.Cleanup(func() { must(t, e.Close()) })
		return e
	}, conformance.Options{})
}
