package sso

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"github.com/jiebang/jiebang/services/internal/chance"
)

// Sealer gives a browser what only this platform can read, and knows it again.
type Sealer struct {
	aead cipher.AEAD
	rand chance.Source
}

// NewSealer derives its key from a secret that all servers of a platform share.
func NewSealer(secret []byte, rand chance.Source) (*Sealer, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "jiebang sign-on", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &Sealer{aead, rand}, err
}

// Seal seals a value for a purpose.
func (s *Sealer) Seal(purpose string, value any) (string, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	nonce := chance.Bytes(s.rand, s.aead.NonceSize())
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nonce, nonce, plain, []byte(purpose))), nil
}

// Open reads what was sealed for the purpose, and reports whether it was.
func (s *Sealer) Open(purpose, sealed string, into any) bool {
	b, err := base64.RawURLEncoding.DecodeString(sealed)
	n := s.aead.NonceSize()
	if err != nil || len(b) < n {
		return false
	}
	plain, err := s.aead.Open(nil, b[:n], b[n:], []byte(purpose))
	return err == nil && json.Unmarshal(plain, into) == nil
}

// word is 256 random bits as a text.
func word(rand chance.Source) string {
	return base64.RawURLEncoding.EncodeToString(chance.Bytes(rand, 32))
}
