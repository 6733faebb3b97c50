package plant_test

import (
	"slices"
	"testing"

	"github.com/jiebang/jiebang/services/internal/prove/plant"
)

// TestEdits makes sure that every bug can still be planted: what it replaces is there, once. Whether it is found, `make prove-identity` tells.
func TestEdits(t *testing.T) {
	t.Chdir("../../../..")
	for _, b := range append(slices.Concat(plant.Bugs, plant.Sealed, plant.Contracts, plant.Monitoring), plant.Bug{Name: "crashes", Edits: plant.Crash}, plant.Bug{Name: "all walls", Edits: slices.Concat(plant.NoMethods, plant.NoObjects, plant.NoScope)}) {
		_, remove, err := plant.Overlay(b.Edits)
		if err != nil {
			t.Errorf("%s: %v", b.Name, err)
			continue
		}
		remove()
	}
}
