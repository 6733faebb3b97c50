// Package signature has the signatures that parties make with keys of their own, beside the act of signing itself. The algorithm is a part of each, so
// that another one can be added; what was signed by one is never checked by another.
package signature

import (
	"crypto/ed25519"
	"encoding/hex"
	"fmt"

	"github.com/jiebang/jiebang/services/fault"
)

// Algorithm is how a signature is made.
type Algorithm string

// Ed25519 is RFC 8032. SM2 with SM3 (GB/T 32918) has its place beside it.
const Ed25519 Algorithm = "ed25519"

// ErrInvalid says that a signature does not fit.
var ErrInvalid = fault.New(fault.Invalid, "SIGNATURE_INVALID", "the signature does not fit the digest, the key or the algorithm")

// Signature is a signature over a digest.
type Signature struct {
	Algorithm Algorithm
	Key       []byte // public
	Value     []byte
}

// Check reports whether the signature is over the digest.
func (s Signature) Check(digest []byte) error {
	if s.Algorithm != Ed25519 || len(s.Key) != ed25519.PublicKeySize || !ed25519.Verify(s.Key, digest, s.Value) {
		return ErrInvalid.With("algorithm", string(s.Algorithm))
	}
	return nil
}

// String writes the signature as its row keeps it.
func (s Signature) String() string { return fmt.Sprintf("%s %x %x", s.Algorithm, s.Key, s.Value) }

// Parse reads what String writes.
func Parse(text string) (Signature, error) {
	var algorithm, key, value string
	if _, err := fmt.Sscanf(text, "%s %s %s", &algorithm, &key, &value); err != nil {
		return Signature{}, ErrInvalid
	}
	k, err1 := hex.DecodeString(key)
	v, err2 := hex.DecodeString(value)
	s := Signature{Algorithm(algorithm), k, v}
	if err1 != nil || err2 != nil || s.String() != text {
		return Signature{}, ErrInvalid
	}
	return s, nil
}
