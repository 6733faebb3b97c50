package chance_test

import (
	"regexp"
	"testing"

	"github.com/jiebang/jiebang/services/internal/chance"
)

// TestUUID makes UUIDs of version 4: each once, and the same ones from the same seed.
func TestUUID(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	one, two := chance.Seeded("seed"), chance.Seeded("seed")
	for range 1000 {
		id := chance.UUID(one)
		if !form.MatchString(id) || seen[id] {
			t.Fatalf("%s is no UUID of version 4, or was there before", id)
		}
		if again := chance.UUID(two); again != id {
			t.Fatalf("got %s and %s from one seed", id, again)
		}
		seen[id] = true
	}
}
