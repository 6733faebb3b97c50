// Package chance is the only source of randomness: ids, salts, nonces and secrets come from one injected Source, so that two runs with
// equal seeds differ only in what is put into them.
package chance

import (
	"crypto/rand"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"strings"
	"sync"
)

// Source gives random bytes. Read never fails and is safe for concurrent use.
type Source interface{ io.Reader }

// System is the operating system's source.
func System() Source { return rand.Reader }

// Seeded gives the same bytes for the same seed: for tests and for nothing else.
func Seeded(seed string) Source {
	var key [32]byte
	copy(key[:], seed)
	return &locked{source: mathrand.NewChaCha8(key)}
}

type locked struct {
	mu     sync.Mutex
	source *mathrand.ChaCha8
}

func (l *locked) Read(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.source.Read(b)
}

// Bytes reads n bytes.
func Bytes(s Source, n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(s, b); err != nil {
		panic("chance: the source of randomness failed: " + err.Error()) // nothing safe can be done without it
	}
	return b
}

// Perm is the numbers from 0 to n-1 in an order that chance draws.
func Perm(s Source, n int) []int {
	seed := [32]byte(Bytes(s, 32))
	return mathrand.New(mathrand.NewChaCha8(seed)).Perm(n) // #nosec G404 -- seeded with as many random bytes as its key has
}

// UUID makes a UUID of version 4 (RFC 9562), which a request_id is.
func UUID(s Source) string {
	b := Bytes(s, 16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// IsUUID reports whether text is a UUID of version 4 as it is usually written.
func IsUUID(text string) bool {
	for i := range text {
		switch i {
		case 8, 13, 18, 23:
			if text[i] != '-' {
				return false
			}
		default:
			if strings.IndexByte("0123456789abcdefABCDEF", text[i]) < 0 {
				return false
			}
		}
	}
	return len(text) == 36 && text[14] == '4'
}
