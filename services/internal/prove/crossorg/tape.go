package crossorg

import (
	"crypto/sha256"
	"sync"

	"github.com/jiebang/jiebang/services/internal/chance"
)

// tape is the chance of a world. It begins anew where a history says so: what the worlds have drawn before, which depends on what is secret, changes nothing
// of what they draw later.
type tape struct {
	mu     sync.Mutex
	source chance.Source
}

// Read implements io.Reader.
func (t *tape) Read(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.source.Read(b)
}

func (t *tape) turn(seed string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	sum := sha256.Sum256([]byte(seed)) // a seed has as many bytes
	t.source = chance.Seeded(string(sum[:]))
}
