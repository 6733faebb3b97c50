package signature_test

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"github.com/jiebang/jiebang/services/contracting/signature"
)

// TestSignature checks a signature, reads it from its text, and spoils each part of it.
func TestSignature(t *testing.T) {
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	digest := []byte(strings.Repeat("d", 32))
	good := signature.Signature{Algorithm: signature.Ed25519, Key: private.Public().(ed25519.PublicKey), Value: ed25519.Sign(private, digest)}
	read, err := signature.Parse(good.String())
	if err != nil || read.Check(digest) != nil || good.Check(digest) != nil {
		t.Errorf("got %v %v, want it good", read, err)
	}
	if good.Check([]byte(strings.Repeat("e", 32))) == nil {
		t.Error("good over another digest")
	}
	for name, spoil := range map[string]func(*signature.Signature){
		"another algorithm": func(s *signature.Signature) { s.Algorithm = "sm2" }, "no key": func(s *signature.Signature) { s.Key = nil },
		"another value": func(s *signature.Signature) { s.Value = append([]byte{9}, s.Value[1:]...) }, "no value": func(s *signature.Signature) { s.Value = nil },
	} {
		s := good
		if spoil(&s); s.Check(digest) == nil {
			t.Errorf("%s: good", name)
		}
	}
	for _, text := range []string{"", "ed25519", "ed25519 zz 00", "ed25519 00 00 00", "ed25519  00 00", "ed25519 0A 00"} {
		if s, err := signature.Parse(text); err == nil {
			t.Errorf("%q: got %v", text, s)
		}
	}
}
